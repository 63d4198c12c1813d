//! Cuts sockets when their token ends.
//!
//! One task looks each second at the earliest end, however many sockets there are; a timer for each
//! would cost every idle connection memory.

use chrono::{DateTime, Utc};
use socketioxide::extract::SocketRef;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

type End = (DateTime<Utc>, socketioxide::socket::Sid);

/// The ends of all live sockets, earliest first.
#[derive(Default)]
pub struct Lifetimes {
    ends: Mutex<BTreeMap<End, SocketRef>>,
    is_watched: AtomicBool,
}

impl Lifetimes {
    /// Cuts `socket` at `end`, unless it is gone by then.
    pub fn end_at(self: &Arc<Self>, end: DateTime<Utc>, socket: &SocketRef) {
        self.ends
            .lock()
            .unwrap()
            .insert((end, socket.id), socket.clone());
        if !self.is_watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(watch(Arc::downgrade(self)));
        }
    }

    /// The socket is gone.
    pub fn forget(&self, end: DateTime<Utc>, socket: &SocketRef) {
        self.ends.lock().unwrap().remove(&(end, socket.id));
    }
}

async fn watch(lifetimes: std::sync::Weak<Lifetimes>) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    loop {
        every_second.tick().await;
        let Some(lifetimes) = lifetimes.upgrade() else {
            return;
        };
        while let Some((_, socket)) = first_ended(&lifetimes) {
            // The client is told "io server disconnect" and does not come back by itself: its token
            // is no good any more, and a new one is its application's to fetch.
            let _ = socket.disconnect();
        }
    }
}

fn first_ended(lifetimes: &Lifetimes) -> Option<(End, SocketRef)> {
    let mut ends = lifetimes.ends.lock().unwrap();
    let is_over = ends
        .first_key_value()
        .is_some_and(|((end, _), _)| *end <= Utc::now());
    is_over.then(|| ends.pop_first()).flatten()
}
