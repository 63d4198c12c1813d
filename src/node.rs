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
};
use arc_swap::Guard;
use sqlx::{Connection, PgPool};
use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long an answer of the database, that it is there, is good for.
const PINGED: Duration = Duration::from_millis(500);

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
    /// When the database was last asked whether it is there, and whether it was.
    pub pinged: Mutex<Option<(Instant, bool)>>,
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
        // One asks for all who want to know, however many they are.
        let mut last = self.pinged.lock().await;
        let fresh = last.filter(|(at, _)| at.elapsed() < PINGED);
        let is_there = match fresh {
            Some((_, is_there)) => is_there,
            None => {
                let ping = async { self.database.acquire().await?.ping().await };
                let pinged = tokio::time::timeout(self.current.patience(), ping).await;
                matches!(pinged, Ok(Ok(())))
            }
        };
        if fresh.is_none() {
            *last = Some((Instant::now(), is_there));
        }
        (!is_there).then_some("The database does not answer")
    }
}

impl Deref for Node {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
