//! How often and how many: token buckets for addresses, users and apps, counts of connections and uploads, so
//! that nobody takes what is everybody's.
//!
//! A bucket holds what its owner may do in a minute and is refilled evenly (GCRA, the generic cell rate
//! algorithm of ATM traffic management, ITU-T I.371). Its size is part of its name: a limit that an operator
//! changes is a new bucket, from the next call on. Buckets that nobody used for two minutes are full
//! again and forgotten. Each node counts for itself. Who may do what is not decided here.

use crate::{
    config::live::{Networks, RateLimits},
    error::{Error, Result},
    ids::{AppId, UserId},
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use http::HeaderMap;
use moka::sync::Cache;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Buckets that are kept at most.
const BUCKETS: u64 = 200_000;
/// A bucket that was not used for longer is full.
const KEPT: Duration = Duration::from_secs(120);
/// Uploads that are taken at once: each may be as large as a plugin, and is kept in memory.
const UPLOADS: usize = 8;

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Whose bucket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Owner {
    /// Everybody who calls from there.
    Address(IpAddr),
    /// All users of an app.
    App(AppId),
    /// One user, however many sockets and tokens they have.
    User(AppId, UserId),
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Calls of any kind.
    Call,
    /// Messages.
    Message,
    /// Connections of Socket.IO.
    Connection,
    /// Tokens and users that are shut out.
    Revocation,
}

/// What is left in a bucket, as a client is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// How many in a minute.
    pub limit: u32,
    /// How many are left now.
    pub remaining: u32,
    /// Until the bucket is full again.
    pub full_in: Duration,
}

impl Standing {
    /// The one that is nearer to its end.
    fn or(self, other: Option<Self>) -> Self {
        let share = |one: &Self| f64::from(one.remaining) / f64::from(one.limit);
        match other {
            Some(other) if share(&other) < share(&self) => other,
            _ => self,
        }
    }
}

/// Where a request came from: the peer, or who a trusted proxy says it is. The doors put it into each
/// request's extensions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Address(pub IpAddr);

impl Address {
    /// Follows `X-Forwarded-For` from its end for as long as those who wrote it are trusted.
    pub fn of(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> Self {
        let mut address = peer.to_canonical();
        if !trusted.contain(address) {
            return Self(address);
        }
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let words = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for word in words {
            // What is before a word that is none was written by nobody who is trusted.
            let word = std::str::from_utf8(word).unwrap_or_default();
            let Ok(earlier) = word.trim().parse::<IpAddr>() else {
                break;
            };
            address = earlier.to_canonical();
            if !trusted.contain(address) {
                break;
            }
        }
        Self(address)
    }
}

/// All buckets of a node.
pub struct Limits {
    buckets: Cache<(Owner, Kind, u32), Arc<Bucket>>,
    clock: DefaultClock,
    /// Sockets of Socket.IO.
    pub sockets: Arc<Counts>,
    /// Connections of any kind.
    pub connections: Arc<Counts>,
    /// Whose turn it is to send an upload: of each app, and of all.
    uploads_of: Cache<AppId, Arc<Semaphore>>,
    uploads: Arc<Semaphore>,
    /// Whose turn it is to ask the database, of each app.
    turns_of: Cache<AppId, Arc<Semaphore>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            buckets: Cache::builder()
                .max_capacity(BUCKETS)
                .time_to_idle(KEPT)
                .build(),
            clock: DefaultClock::default(),
            sockets: Arc::default(),
            connections: Arc::default(),
            uploads_of: Cache::new(BUCKETS),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            turns_of: Cache::new(BUCKETS),
        }
    }
}

impl Limits {
    /// Takes one from a bucket of so many a minute; 0: there is no limit. Tells what is left, or refuses.
    pub fn take(&self, owner: Owner, kind: Kind, per_minute: u32) -> Result<Option<Standing>> {
        let Some(limit) = NonZeroU32::new(per_minute) else {
            return Ok(None);
        };
        let name = (owner.counted(), kind, per_minute);
        let bucket = self.buckets.get_with(name, || {
            let bucket = RateLimiter::direct(Quota::per_minute(limit));
            Arc::new(bucket.with_middleware())
        });
        let standing = |remaining: u32| Standing {
            limit: per_minute,
            remaining,
            full_in: Duration::from_secs(60) * (per_minute - remaining.min(per_minute))
                / per_minute,
        };
        match bucket.check() {
            Ok(left) => Ok(Some(standing(left.remaining_burst_capacity()))),
            Err(refused) => Err(Error::RateLimited {
                what: owner.words(kind),
                limit: per_minute,
                retry_after: refused.wait_time_from(self.clock.now()),
                full_in: Duration::from_secs(60),
            }),
        }
    }

    /// A call or an event of an app's user, or of its backend. Tells what is nearest to its end.
    pub fn admit(
        &self,
        rates: &RateLimits,
        (app, user): (AppId, Option<UserId>),
        is_message: bool,
    ) -> Result<Option<Standing>> {
        if !rates.enabled {
            return Ok(None);
        }
        let user = user.map(|user| Owner::User(app, user));
        let app = Some(Owner::App(app));
        // Users first: what one of them may not do is not taken from all.
        let buckets = [
            (user, Kind::Call, rates.user_calls),
            (user, Kind::Message, rates.user_messages),
            (app, Kind::Call, rates.app_calls),
            (app, Kind::Message, rates.app_messages),
        ];
        let mut nearest = None;
        for (owner, kind, per_minute) in buckets {
            if let Some(owner) = owner
                && (is_message || kind == Kind::Call)
                && let Some(standing) = self.take(owner, kind, per_minute)?
            {
                nearest = Some(standing.or(nearest));
            }
        }
        Ok(nearest)
    }

    /// An app's turn to ask the database, for as long as what is given back lives. It has three quarters
    /// of a node's connections: what it waits for itself, others do not wait for.
    pub async fn turn(&self, app: AppId, connections: u32) -> OwnedSemaphorePermit {
        let places = (connections as usize * 3).div_ceil(4);
        let new = || Arc::new(Semaphore::new(places));
        let turn = self.turns_of.get_with(app, new).acquire_owned().await;
        turn.expect("it is never closed")
    }

    /// The turn to send an upload and have it compiled, for as long as what is given back lives. An app
    /// has one: however many it begins, and however slowly it sends them, it keeps one place of eight.
    pub fn upload(&self, app: AppId) -> Result<[OwnedSemaphorePermit; 2]> {
        let new = || Arc::new(Semaphore::new(1));
        let own = self.uploads_of.get_with(app, new).try_acquire_owned();
        let own = own.map_err(|_| Error::Conflict("An upload of this app is under way"))?;
        let shared = self.uploads.clone().try_acquire_owned();
        Ok([own, shared.map_err(|_| Error::unavailable())?])
    }
}

/// How many there are, of each address and in all.
#[derive(Default)]
pub struct Counts(Mutex<(HashMap<IpAddr, u32>, u32)>);

impl Counts {
    /// Counts one more of an address, as long as what is given back lives; `None` if there are so many
    /// already, of it or in all. 0: there is no limit.
    pub fn one_more(
        self: &Arc<Self>,
        address: IpAddr,
        most: u32,
        most_of_all: u32,
    ) -> Option<Counted> {
        let address = prefix(address);
        let mut counts = self.0.lock().unwrap();
        let (of_address, all) = &mut *counts;
        if most_of_all > 0 && *all >= most_of_all {
            return None;
        }
        let count = of_address.entry(address).or_default();
        if most > 0 && *count >= most {
            return None;
        }
        *count += 1;
        *all += 1;
        Some(Counted {
            counts: self.clone(),
            address,
        })
    }
}

/// One that is counted.
pub struct Counted {
    counts: Arc<Counts>,
    address: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap();
        let (of_address, all) = &mut *counts;
        *all -= 1;
        if let Some(count) = of_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                of_address.remove(&self.address);
            }
        }
    }
}

impl Owner {
    fn words(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Owner::Address(_), Kind::Connection) => "connections from your address",
            (Owner::Address(_), _) => "calls from your address",
            (Owner::App(_), Kind::Message) => "messages of this app",
            (Owner::App(_), Kind::Revocation) => "revocations of this app",
            (Owner::App(_), _) => "calls of this app",
            (Owner::User(..), Kind::Message) => "messages",
            (Owner::User(..), _) => "calls",
        }
    }

    fn counted(self) -> Self {
        match self {
            Owner::Address(address) => Owner::Address(prefix(address)),
            owner => owner,
        }
    }
}

/// What one customer of a network has: an IPv4 address, or 64 bits of an IPv6 one (RFC 6177).
fn prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (!0 << 64);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        address => address,
    }
}
