//! Senders and listeners of one channel that go on, whatever happens, until they are told to end.

use super::{
    listener::Listener,
    place::Place,
    sender::{Door, Sender},
};
use crate::support::{eventually, wire::Transport};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tokio::task::JoinHandle;

/// What the last message says. Whoever has heard it has heard everything.
pub const LAST: &str = "the last message";

/// A running load.
pub struct Load {
    first: Place,
    acked: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    senders: Vec<JoinHandle<Sender>>,
    listeners: Vec<JoinHandle<Listener>>,
}

/// What came of a load.
pub struct Ended {
    /// All senders; the last of them sent the last message.
    pub senders: Vec<Sender>,
    /// All listeners.
    pub listeners: Vec<Listener>,
}

impl Load {
    /// Lets the first people send through these doors, one each, and the others listen over these
    /// transports. Returns when all listen.
    pub async fn start(places: &[Place], doors: &[Door], transports: &[Transport]) -> Self {
        let (acked, is_over) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (sending, listening) = places.split_at(doors.len());
        let mut listeners = Vec::new();
        for (number, (place, transport)) in listening.iter().zip(transports).enumerate() {
            let mut listener = Listener::new(format!("listener {number}"), place, 0);
            let transport = *transport;
            listener.connect(transport).await;
            listeners.push(tokio::spawn(async move {
                listener.hear_until(transport, LAST).await;
                listener
            }));
        }
        let senders = sending.iter().zip(doors).enumerate();
        let senders = senders.map(|(number, (place, door))| {
            let mut sender = Sender::new(format!("sender {number}"), place, *door);
            let (acked, is_over) = (acked.clone(), is_over.clone());
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    sender.send_next().await;
                    acked.fetch_add(1, Ordering::Relaxed);
                }
                sender
            })
        });
        Self {
            first: places[0].clone(),
            senders: senders.collect(),
            listeners,
            acked,
            is_over,
        }
    }

    /// Returns when this many more messages were acked.
    pub async fn grows_by(&self, count: usize) {
        let goal = self.acked.load(Ordering::Relaxed) + count;
        let has_grown = async || (self.acked.load(Ordering::Relaxed) >= goal).then_some(());
        eventually(&format!("{count} more acks"), has_grown).await;
    }

    /// Sends the last message and waits until everybody has heard it.
    pub async fn end(self) -> Ended {
        self.is_over.store(true, Ordering::Relaxed);
        let mut senders = Vec::new();
        for sender in self.senders {
            senders.push(sender.await.expect("a sender that ends"));
        }
        let door = Door::Socket(Transport::WebSocket);
        let mut last = Sender::new("the last sender", &self.first, door);
        last.send(LAST).await;
        senders.push(last);
        let mut listeners = Vec::new();
        for listener in self.listeners {
            listeners.push(listener.await.expect("a listener that ends"));
        }
        Ended { senders, listeners }
    }
}

impl Ended {
    /// Compares all that was sent and heard with the history, which somebody reads; any fault fails the
    /// test.
    pub async fn expect_faultless(self, place: &Place) {
        let sent = self.senders.into_iter().flat_map(|sender| sender.sent);
        let streams = self.listeners.into_iter().map(Listener::into_stream);
        place
            .expect_faultless(sent.collect(), streams.collect())
            .await;
    }
}
