//! What nobody waits for: after-hooks and shadows, one event after the other, from a bounded queue.
//!
//! A plugin that is slower than its events loses the newest and is told how many; it never delays
//! an answer and never takes memory without end.

use crate::hooks::event::{Call, Event};
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;

/// Events that may wait.
const WAITING: usize = 1_000;

/// One event that is told, and what becomes of what the plugin makes of it.
pub struct Told {
    /// The event.
    pub event: Arc<Event>,
    /// The call.
    pub call: Call,
    /// Whether what it writes to its state is kept.
    pub is_kept: bool,
    /// Is told what it decided.
    pub then: Then,
}

/// Is told what a plugin decided, on a thread of plugins.
pub type Then = Box<dyn FnOnce(Result<super::event::Verdict, super::fault::Fault>) + Send>;

/// The queue of one plugin; its worker starts with the first event and ends with the plugin.
#[derive(Default)]
pub struct Queue(OnceLock<mpsc::Sender<Told>>);

impl Queue {
    /// Puts an event in line; false if the line is full. `start` is given the other end, once.
    pub fn put(&self, told: Told, start: impl FnOnce(mpsc::Receiver<Told>)) -> bool {
        let sender = self.0.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(WAITING);
            start(receiver);
            sender
        });
        sender.try_send(told).is_ok()
    }
}
