//! The one shared handle: what every call needs, made once at start.
//!
//! `Clone` is one reference count. The rooms own their state ([`chat::State`]); the node only holds
//! it, and this is the one place where a room below is named by a file above.

use crate::{
    auth::{admin::AdminRule, secret::Keyring},
    chat,
    config::{Boot, Current, Live},
    hooks::Hooks,
    hub::Hub,
    limits::Limits,
    metrics::Metrics,
    reload::Reloads,
};
use arc_swap::Guard;
use sqlx::{Connection, PgPool};
use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// A running Heyyo.
#[derive(Clone)]
pub struct Node(Arc<Parts>);

/// What a node is made of.
pub struct Parts {
    /// The database.
    pub database: PgPool,
    /// Settings fixed at start.
    pub boot: Boot,
    /// Settings that may change; see [`Node::live`].
    pub current: Current,
    /// How their changes went.
    pub reloads: Arc<Reloads>,
    /// Keys derived from the master key.
    pub keys: Keyring,
    /// How news travels. Shared with the log's writers, which outlive a call.
    pub hub: Arc<Hub>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How often who calls.
    pub limits: Arc<Limits>,
    /// What runs plugins.
    pub hooks: Hooks,
    /// What `chat/` keeps in memory.
    pub chat: chat::State,
    /// When the node started.
    pub started: Instant,
    /// Whether it is about to end.
    pub is_draining: AtomicBool,
}

impl Node {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The settings that hold now. Look once where several must belong together, and do not hold the
    /// look while you wait for something: take what you need.
    pub fn live(&self) -> Guard<Arc<Live>> {
        self.current.load()
    }

    /// Who may manage apps, now.
    pub fn admin(&self) -> AdminRule {
        AdminRule::of(&self.boot, &self.live())
    }

    /// Why no traffic should be sent here, if none should be.
    pub async fn is_unready(&self) -> Option<&'static str> {
        if self.is_draining.load(Ordering::Relaxed) {
            return Some("The server is shutting down");
        }
        let ping = async { self.database.acquire().await?.ping().await };
        match tokio::time::timeout(self.current.patience(), ping).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) | Err(_) => Some("The database does not answer"),
        }
    }
}

impl Deref for Node {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
