//! Which seat and which connection belong to a session of Socket.IO.
//!
//! A session may begin with polling requests and move to a WebSocket, on another connection. Here the
//! two are brought together, so that a seat can be closed however its session is carried: a
//! WebSocket's line is cut, a polling session's next request is refused.

use crate::hub::{Sid, line::Line, seat::Seat};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Weak},
};

/// The sessions of this node.
#[derive(Default)]
pub struct Sessions(Mutex<Known>);

#[derive(Default)]
struct Known {
    seats: HashMap<Sid, Arc<Seat>>,
    /// WebSockets whose session has no seat yet.
    moving: HashMap<Sid, Weak<Line>>,
}

impl Known {
    fn has(&self, seat: &Arc<Seat>) -> bool {
        let found = self.seats.get(&seat.id());
        found.is_some_and(|found| Arc::ptr_eq(found, seat))
    }
}

impl Sessions {
    /// A session has a seat.
    pub(super) fn seat(&self, seat: &Arc<Seat>) {
        let mut known = self.0.lock().unwrap();
        if let Some(line) = known
            .moving
            .remove(&seat.id())
            .and_then(|line| line.upgrade())
        {
            seat.moved_to(line);
        }
        known.seats.insert(seat.id(), seat.clone());
    }

    /// A seat is gone; the session may have another by now.
    pub(super) fn forget(&self, seat: &Arc<Seat>) {
        let mut known = self.0.lock().unwrap();
        if known.has(seat) {
            known.seats.remove(&seat.id());
        }
    }

    /// Whether a session has this very seat.
    pub fn has(&self, seat: &Arc<Seat>) -> bool {
        self.0.lock().unwrap().has(seat)
    }

    /// The seat of a session, while it has one.
    pub fn find(&self, session: Sid) -> Option<Arc<Seat>> {
        self.0.lock().unwrap().seats.get(&session).cloned()
    }

    /// A session moves to a WebSocket on this line.
    pub fn moves_to(&self, session: Sid, line: &Arc<Line>) {
        let mut known = self.0.lock().unwrap();
        match known.seats.get(&session) {
            Some(seat) => seat.moved_to(line.clone()),
            // A connection becomes one WebSocket; one that only asks to, again and again, is not kept more often.
            None if line.has_moved() => {}
            None => {
                // Sessions that never got a seat; their connections are long gone.
                known.moving.retain(|_, line| line.strong_count() > 0);
                known.moving.insert(session, Arc::downgrade(line));
            }
        }
    }
}
