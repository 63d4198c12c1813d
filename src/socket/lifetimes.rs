//! Ends seats when their time is over: a connected one when its token ends, one that never finished
//! connecting after the handshake's time.
//!
//! One task looks each second at the earliest end, however many seats there are; a timer for each
//! would cost every idle connection memory.

use crate::{hub::seat::Seat, node::Node};
use chrono::{DateTime, Utc};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

/// The ends of all seats.
#[derive(Default)]
pub struct Lifetimes(Mutex<Ends>);

/// By the seat's address, as a session may have one seat after the other.
#[derive(Default)]
struct Ends {
    earliest_first: BTreeMap<(DateTime<Utc>, usize), Arc<Seat>>,
    of: HashMap<usize, DateTime<Utc>>,
}

fn address(seat: &Arc<Seat>) -> usize {
    Arc::as_ptr(seat).addr()
}

impl Lifetimes {
    /// No seats yet, and a task that will end them.
    pub fn watched(node: &Node) -> Arc<Self> {
        let lifetimes = Arc::new(Self::default());
        tokio::spawn(watch(Arc::downgrade(&lifetimes), node.clone()));
        lifetimes
    }

    /// The seat ends then, and not when it was said before.
    pub fn end_at(&self, end: DateTime<Utc>, seat: &Arc<Seat>) {
        self.forget(seat);
        let mut ends = self.0.lock().unwrap();
        ends.of.insert(address(seat), end);
        let key = (end, address(seat));
        ends.earliest_first.insert(key, seat.clone());
    }

    /// The seat is gone.
    pub fn forget(&self, seat: &Arc<Seat>) {
        let mut ends = self.0.lock().unwrap();
        if let Some(end) = ends.of.remove(&address(seat)) {
            ends.earliest_first.remove(&(end, address(seat)));
        }
    }

    fn take_ended(&self) -> Option<Arc<Seat>> {
        let mut ends = self.0.lock().unwrap();
        let first = ends
            .earliest_first
            .first_entry()
            .filter(|first| first.key().0 <= Utc::now())?;
        let seat = first.remove();
        ends.of.remove(&address(&seat));
        Some(seat)
    }
}

async fn watch(lifetimes: Weak<Lifetimes>, node: Node) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    loop {
        every_second.tick().await;
        let Some(lifetimes) = lifetimes.upgrade() else {
            return;
        };
        while let Some(seat) = lifetimes.take_ended() {
            match seat.socket().connected() {
                true => seat.dismiss(),
                false => drop(node.hub.leave(&seat)),
            }
        }
    }
}
