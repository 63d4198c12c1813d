//! What is remembered of memberships, so that a busy member is not looked up at each call.

use crate::ids::{AppId, ChannelId, UserId};
use moka::future::Cache;
use std::{
    hash::BuildHasher,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, MutexGuard};

/// Memberships read a while ago. One that is ended on this node is forgotten at once, and on the others
/// as soon as they hear of it.
pub struct Memberships {
    pub(super) known: Cache<Membership, Instant>,
    /// How many were ended. One that was read before one was ended is not remembered after it.
    removals: AtomicU64,
    /// Whoever comes or goes, and the same one's seats with them, takes turns.
    turns: Vec<Mutex<()>>,
    hasher: foldhash::fast::FixedState,
}

/// How old a membership may be that proves something: short enough that a removed member is out in time
/// on every node, and long enough that a busy one is not looked up at each call.
pub(super) const FRESH: Duration = Duration::from_secs(1);
/// How old it may be for a send. A server that has more to do than it can must not look up each sender
/// each second, and in vain.
pub(super) const PRESUMED: Duration = Duration::from_secs(60);

type Membership = (AppId, ChannelId, UserId);

/// Comings and goings share this many turns.
const TURNS: usize = 256;

impl Default for Memberships {
    fn default() -> Self {
        let known = Cache::builder()
            .max_capacity(200_000)
            .time_to_live(PRESUMED)
            .build();
        Self {
            known,
            removals: AtomicU64::new(0),
            turns: (0..TURNS).map(|_| Mutex::default()).collect(),
            hasher: foldhash::fast::FixedState::default(),
        }
    }
}

impl Memberships {
    /// Lets one coming or going of a user happen at a time, so that their seats are told in the order
    /// in which the database was.
    pub(super) async fn turn(&self, channel: ChannelId, user: UserId) -> MutexGuard<'_, ()> {
        let place = self.hasher.hash_one((channel, user)) as usize % TURNS;
        self.turns[place].lock().await
    }

    /// Memberships read from now on may be remembered; those that were being read may not.
    pub(in crate::chat) fn count_removal(&self) {
        self.removals.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn removals(&self) -> u64 {
        self.removals.load(Ordering::Acquire)
    }

    /// Remembers one that was read when so many had been ended.
    pub(super) async fn remember(&self, membership: Membership, read: Instant, removals: u64) {
        self.known.insert(membership, read).await;
        // Looked at behind the insert: a removal that is not counted yet will find it.
        if self.removals() != removals {
            self.forget(membership).await;
        }
    }

    /// Forgets one: it is no more.
    pub(in crate::chat) async fn forget(&self, membership: Membership) {
        self.known.invalidate(&membership).await;
    }

    /// Forgets all: any of them may have been ended on another node.
    pub(in crate::chat) fn clear(&self) {
        self.count_removal();
        self.known.invalidate_all();
    }
}
