//! The one shared handle: what every call needs, made once at start.
//!
//! `Clone` is one reference count. The rooms own their state ([`chat::State`]); the node only holds
//! it, and this is the one place where a room below is named by a file above.

use crate::{
    auth::{admin::AdminRule, secret::Keyring},
    chat,
    config::{Boot, Live},
    hooks::Hooks,
    hub::Hub,
    metrics::Metrics,
};
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
    /// Settings that may change.
    pub live: Live,
    /// Keys derived from the master key.
    pub keys: Keyring,
    /// Who may manage apps.
    pub admin: AdminRule,
    /// How news travels. Shared with the log's writers, which outlive a call.
    pub hub: Arc<Hub>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
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
}

impl Node {
    /// Why no traffic should be sent here, if none should be.
    pub async fn is_unready(&self) -> Option<&'static str> {
        if self.is_draining.load(Ordering::Relaxed) {
            return Some("The server is shutting down");
        }
        let ping = async { self.database.acquire().await?.ping().await };
        match tokio::time::timeout(self.boot.database.patience(), ping).await {
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
