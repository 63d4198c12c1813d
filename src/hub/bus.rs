//! What waits to be told to other nodes.
//!
//! Telling never waits: a frame is put in line or left out. While this node is alone, which it knows
//! from the leases (`chat/nodes`), nothing is put in line and a send costs one look at a flag.

use crate::hub::frame::{Change, Frame, NodeId};
use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Frames that may wait. The last half is for what must not be left out.
const QUEUE: usize = 16_384;

/// The line of frames, and what this node knows of itself.
pub struct Bus {
    id: NodeId,
    queue: mpsc::Sender<Frame>,
    waiting: Mutex<Option<mpsc::Receiver<Frame>>>,
    has_others: AtomicBool,
    has_lost: AtomicBool,
    is_behind: AtomicBool,
}

impl Default for Bus {
    fn default() -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        Self {
            id: NodeId(Uuid::now_v7()),
            queue,
            waiting: Mutex::new(Some(waiting)),
            has_others: AtomicBool::new(false),
            has_lost: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
        }
    }
}

impl Bus {
    /// This node.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Puts a frame in line, if anybody is there to hear it.
    pub fn send(&self, frame: impl FnOnce() -> Frame) {
        if !self.has_others() {
            return;
        }
        let frame = frame();
        let is_passing = frame.is_passing();
        if is_passing && self.queue.capacity() < QUEUE / 2 {
            return;
        }
        if self.queue.try_send(frame).is_err() && !is_passing {
            self.lost();
        }
    }

    /// Tells the other nodes to forget what they keep in memory of this.
    pub fn changed(&self, change: Change) {
        self.send(|| Frame::Changed(change));
    }

    /// Whether somebody is there to hear.
    pub fn has_others(&self) -> bool {
        self.has_others.load(Ordering::SeqCst)
    }

    /// From now on, or no longer, somebody is there to hear.
    pub fn set_others(&self, has_others: bool) {
        self.has_others.store(has_others, Ordering::SeqCst);
    }

    /// A frame was not told: the others must find out.
    pub fn lost(&self) {
        self.has_lost.store(true, Ordering::SeqCst);
    }

    /// Whether frames were lost since the last look.
    pub fn take_lost(&self) -> bool {
        self.has_lost.swap(false, Ordering::SeqCst)
    }

    /// A room could not be given what is in its log: it must be looked after soon.
    pub fn fell_behind(&self) {
        self.is_behind.store(true, Ordering::SeqCst);
    }

    /// Whether a room fell behind since the last look.
    pub fn take_behind(&self) -> bool {
        self.is_behind.swap(false, Ordering::SeqCst)
    }

    /// The end of the line, for the one who carries it.
    pub fn take_waiting(&self) -> Option<mpsc::Receiver<Frame>> {
        self.waiting.lock().unwrap().take()
    }
}
