//! Settings that a running server may be given anew. `config/heyyo.toml` says what each means.
//!
//! All of them are one value that is swapped whole: a call never sees the half of a change. Whoever
//! needs several that belong together looks once.

use super::origins;
use arc_swap::{ArcSwap, Guard};
use http::HeaderValue;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc, time::Duration};

/// Settings that may change at run time. Not `Debug`: there are secrets in it.
#[derive(Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Live {
    pub server: Server,
    pub database: Database,
    pub auth: Auth,
    pub limits: Limits,
    pub features: Features,
    pub rate_limits: RateLimits,
    pub recovery: Recovery,
    pub retention: Retention,
    pub plugins: Plugins,
    pub log: Log,
    /// Whether a configuration file was read: dev mode is for people who have none.
    #[serde(skip)]
    pub has_file: bool,
}

/// What a connection may take, and which pages may call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Server {
    pub allowed_origins: Vec<String>,
    pub trusted_proxies: Networks,
    pub connections: u32,
    pub address_connections: u32,
    pub stalled_seconds: u64,
    pub idle_seconds: u64,
    pub body_seconds: u64,
    pub drain_seconds: u64,
}

/// How long the database is waited for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Database {
    pub patience_milliseconds: u64,
}

/// Operators' keys and the life of tokens.
#[derive(Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Auth {
    pub admin_keys: Vec<String>,
    pub token_seconds: u64,
}

/// Sizes that a client must keep to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Limits {
    pub body_bytes: usize,
    pub text_characters: usize,
    pub attachments: usize,
    pub attachment_bytes: usize,
    pub metadata_bytes: usize,
    pub metadata_depth: usize,
    pub reactions: i64,
    pub socket_backlog: usize,
}

/// What the server does beside keeping messages.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Features {
    pub reactions: bool,
    pub typing: bool,
    pub presence: bool,
    pub uploads: bool,
}

/// How often. 0: without a limit.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct RateLimits {
    pub enabled: bool,
    pub address_calls: u32,
    pub address_connections: u32,
    pub address_sockets: u32,
    pub user_calls: u32,
    pub user_messages: u32,
    pub user_sockets: u32,
    pub app_calls: u32,
    pub app_messages: u32,
    pub app_sockets: u32,
    pub app_revocations: u32,
}

/// What a client that comes back is given.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Recovery {
    pub max_messages: i64,
}

/// How long things are kept. 0: for ever.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Retention {
    pub messages_days: i64,
    pub audit_days: i64,
}

/// What a plugin may cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Plugins {
    pub memory_bytes: usize,
    pub before_ms: u64,
    pub after_ms: u64,
    pub longest_ms: u64,
    pub per_app: usize,
    pub upload_bytes: usize,
    pub compile_memory_bytes: u64,
    pub compile_seconds: u64,
    pub cache_bytes: u64,
}

/// What is logged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Log {
    pub level: String,
}

/// The pointer to what holds now. `Clone` is the same pointer.
#[derive(Clone)]
pub struct Current(Arc<ArcSwap<Live>>);

impl Current {
    /// Begins with these.
    pub fn new(live: Live) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(live)))
    }

    /// What holds now: a look without a lock. It stays what it is for as long as it is held.
    pub fn load(&self) -> Guard<Arc<Live>> {
        self.0.load()
    }

    /// From the next look on, these hold.
    pub fn swap(&self, live: Live) {
        self.0.store(Arc::new(live));
    }

    /// How long a statement may take, now.
    pub fn patience(&self) -> Duration {
        self.load().database.patience()
    }
}

/// Addresses and networks. What is neither is left out here and refused by the check.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Networks {
    written: Vec<String>,
    networks: Vec<IpNet>,
}

impl From<Vec<String>> for Networks {
    fn from(written: Vec<String>) -> Self {
        let network = |text: &String| {
            let address = || text.parse().ok().map(|address: IpAddr| address.into());
            text.parse().ok().or_else(address)
        };
        Self {
            networks: written.iter().filter_map(network).collect(),
            written,
        }
    }
}

impl From<Networks> for Vec<String> {
    fn from(networks: Networks) -> Self {
        networks.written
    }
}

impl Networks {
    /// Whether each that was written is one.
    pub fn are_all(&self) -> bool {
        self.written.len() == self.networks.len()
    }

    /// Whether an address is in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

impl Server {
    /// Whether a page of this origin may call.
    pub fn allows(&self, origin: &HeaderValue) -> bool {
        let origin = origin.to_str().unwrap_or_default();
        let mut allowed = self.allowed_origins.iter();
        allowed.any(|one| one == "*" || origins::fits(one, origin))
    }
}

impl Database {
    /// How long a statement may take.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.patience_milliseconds)
    }
}

impl Auth {
    /// The life of a token.
    pub fn token_lifetime(&self) -> Duration {
        Duration::from_secs(self.token_seconds)
    }
}
