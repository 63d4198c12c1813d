//! One connected socket, and the rule that it is never skipped: it gets every lasting event, in
//! order, or it is closed, comes back and recovers. A silent gap is the one thing a chat may not do.

use crate::{
    hub::{event::Event, line::Line},
    ids::{AppId, ChannelId, UserId},
    metrics::Metrics,
};
use futures_util::task::AtomicWaker;
use serde_json::value::RawValue;
use socketioxide::{
    SendError, SocketError, TransportType,
    extract::{AckSender, SocketRef},
    socket::Sid,
};
use std::{
    collections::HashSet,
    future::poll_fn,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};
use uuid::Uuid;

/// Bytes that may wait for a seat whose connection takes nothing, or between two polls.
const BACKLOG_BYTES: usize = 1024 * 1024;
/// How long a seat that catches up may take for each handful: 20 s, looked at every 2 ms.
const TICK: Duration = Duration::from_millis(2);
const PATIENCE_TICKS: u32 = 10_000;
/// Events that may wait for a seat that is still catching up.
const MISSED_EVENTS: usize = 4_096;

/// What a seat is given once it is connected.
type Early = Box<dyn FnOnce(&Seat) + Send>;

/// One connected socket.
pub struct Seat {
    socket: SocketRef,
    /// What came before it was known to be connected; `None` from then on.
    early: Mutex<Option<Vec<Early>>>,
    is_open: AtomicBool,
    owner: (AppId, UserId),
    token: Uuid,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    channels: Mutex<Option<HashSet<ChannelId>>>,
    /// Channels whose membership ended while it was there, or about to be.
    barred: Mutex<Vec<(ChannelId, u64)>>,
    line: OnceLock<Arc<Line>>,
    /// Bytes given that, as far as is known, were not taken.
    backlog: AtomicUsize,
    is_closed: AtomicBool,
    /// The poll that hangs, if one does: to be woken when the seat is closed.
    hanging: AtomicWaker,
    /// Requests of a polling session for more.
    polls: AtomicU64,
}

impl Seat {
    /// A seat for a socket of a user, who came with the token of this id.
    pub fn new(
        socket: SocketRef,
        owner: (AppId, UserId),
        token: Uuid,
        metrics: Arc<Metrics>,
    ) -> Self {
        let seat = Self {
            metrics,
            early: Mutex::new(Some(vec![])),
            is_open: AtomicBool::new(false),
            owner,
            token,
            channels: Mutex::new(Some(HashSet::new())),
            barred: Mutex::default(),
            line: OnceLock::new(),
            backlog: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
            hanging: AtomicWaker::new(),
            polls: AtomicU64::new(0),
            socket,
        };
        // A WebSocket's own request came over its line; a polling session has none yet.
        if seat.socket.transport_type() == TransportType::Websocket
            && let Some(line) = seat.socket.req_parts().extensions.get::<Arc<Line>>()
        {
            seat.moved_to(line.clone());
        }
        seat
    }

    /// The socket's id. A credential of its session: for us alone.
    pub fn id(&self) -> Sid {
        self.socket.id
    }

    /// Whose it is.
    pub fn owner(&self) -> (AppId, UserId) {
        self.owner
    }

    /// The id of the token that it came with.
    pub fn token(&self) -> Uuid {
        self.token
    }

    /// The origin of the page that it was opened by, if it was one.
    pub fn origin(&self) -> Option<&str> {
        let origin = self.socket.req_parts().headers.get("origin")?;
        // One that is no text is no page's that anybody would allow.
        Some(origin.to_str().unwrap_or_default())
    }

    /// Sends away one whose token is no good any more. Its client is told "io server disconnect" and does
    /// not come back by itself: a new token is its application's to fetch. One that is not connected
    /// yet, or cannot be told, is cut; when it comes back it is refused in words.
    pub fn dismiss(&self) {
        if !self.socket.connected() || self.socket.clone().disconnect().is_err() {
            self.send_away();
        }
    }

    /// The socket moved to this connection.
    pub fn moved_to(&self, line: Arc<Line>) {
        let _ = self.line.set(line);
    }

    /// Notes that the seat is in a channel; false if it was already, or may not, or if it is gone.
    pub(super) fn note(&self, channel: ChannelId) -> bool {
        if self.bar_of(channel).is_some() {
            return false;
        }
        self.channels
            .lock()
            .unwrap()
            .as_mut()
            .is_some_and(|channels| channels.insert(channel))
    }

    /// The seat is in a channel no more, and does not enter it. Bars are counted over all seats.
    pub(super) fn bar(&self, channel: ChannelId, count: u64) {
        let mut barred = self.barred.lock().unwrap();
        barred.retain(|(other, _)| *other != channel);
        barred.push((channel, count));
        if let Some(channels) = self.channels.lock().unwrap().as_mut() {
            channels.remove(&channel);
        }
    }

    /// The seat may enter a channel again.
    pub(super) fn unbar(&self, channel: ChannelId) {
        self.barred
            .lock()
            .unwrap()
            .retain(|(other, _)| *other != channel);
    }

    /// The same, unless another bar has come meanwhile.
    pub(super) fn unbar_if(&self, channel: ChannelId, count: u64) {
        self.barred
            .lock()
            .unwrap()
            .retain(|bar| *bar != (channel, count));
    }

    /// The count of the bar that keeps it out of a channel, if one does.
    pub(super) fn bar_of(&self, channel: ChannelId) -> Option<u64> {
        let barred = self.barred.lock().unwrap();
        barred
            .iter()
            .find(|(other, _)| *other == channel)
            .map(|(_, count)| *count)
    }

    /// Whether it is in a channel.
    pub fn is_in(&self, channel: ChannelId) -> bool {
        let channels = self.channels.lock().unwrap();
        channels
            .as_ref()
            .is_some_and(|channels| channels.contains(&channel))
    }

    /// The channels it is in.
    pub fn channels(&self) -> Vec<ChannelId> {
        self.channels
            .lock()
            .unwrap()
            .iter()
            .flatten()
            .copied()
            .collect()
    }

    /// The seat is gone and enters nothing more; gives back where it was.
    pub(super) fn leave(&self) -> HashSet<ChannelId> {
        self.channels.lock().unwrap().take().unwrap_or_default()
    }

    /// The client was told that it is connected: gives it what came until then. socketioxide tells it
    /// first, and only then takes what is for it.
    pub fn open(&self) {
        let mut early = self.early.lock().unwrap();
        for give in early.take().unwrap_or_default() {
            give(self);
        }
        // Still under the lock: what comes now waits until those before it were given.
        self.is_open.store(true, Ordering::Release);
    }

    /// Keeps for later what cannot be given yet; gives it back when it can.
    fn wait<T>(&self, given: T, give: impl FnOnce(T) -> Early) -> Option<T> {
        if self.is_open.load(Ordering::Acquire) {
            return Some(given);
        }
        let mut early = self.early.lock().unwrap();
        let Some(waiting) = early.as_mut() else {
            return Some(given);
        };
        match waiting.len() < MISSED_EVENTS {
            true => waiting.push(give(given)),
            false => self.close(),
        }
        None
    }

    /// Gives the seat an event, or closes it.
    pub fn give(&self, event: &Arc<Event>) {
        let later = |event: &Arc<Event>| -> Early {
            let event = event.clone();
            Box::new(move |seat| seat.hand_over(&event))
        };
        if let Some(event) = self.wait(event, later) {
            self.hand_over(event);
        }
    }

    /// The same for a seat that is connected.
    pub(super) fn hand_over(&self, event: &Event) {
        if self.is_closed.load(Ordering::Relaxed) {
            return;
        }
        if !self.has_room_for(event.weight(), event.is_passing) {
            // News of the moment is dropped first; for the rest the seat is closed.
            if !event.is_passing {
                self.close();
            }
            return;
        }
        match self.socket.emit(&*event.name, &event.payload) {
            Err(SendError::Socket(SocketError::InternalChannelFull)) if event.is_passing => {}
            emitted => self.expect_taken(&event.name, emitted),
        }
    }

    /// Gives the seat the answer to an event of its own, or closes it: an answer that is dropped is one
    /// that its client waits for in vain. It comes back and asks again under its client id.
    pub fn answer(&self, event: &str, ack: AckSender, answer: &RawValue) {
        let later = |ack: AckSender| -> Early {
            let (event, answer) = (event.to_owned(), answer.to_owned());
            Box::new(move |seat| seat.hand_back(&event, ack, &answer))
        };
        if let Some(ack) = self.wait(ack, later) {
            self.hand_back(event, ack, answer);
        }
    }

    fn hand_back(&self, event: &str, ack: AckSender, answer: &RawValue) {
        if self.is_closed.load(Ordering::Relaxed) {
            return;
        }
        match self.has_room_for(answer.get().len(), false) {
            true => self.expect_taken(event, ack.send(answer)),
            false => self.close(),
        }
    }

    fn expect_taken(&self, event: &str, given: Result<(), SendError>) {
        match given {
            Ok(()) => {}
            Err(SendError::Socket(SocketError::InternalChannelFull)) => self.close(),
            // It has gone by itself.
            Err(SendError::Socket(SocketError::Closed)) => {}
            Err(SendError::Serialize(error)) => tracing::error!(event, "not serialised: {error}"),
        }
    }

    /// Counts what it is to be given into the backlog. A WebSocket has one only while its connection
    /// takes nothing; of a polling session nothing is known between two polls.
    fn has_room_for(&self, weight: usize, is_passing: bool) -> bool {
        let is_websocket = match self.line.get() {
            Some(line) if !line.is_blocked() => {
                self.backlog.store(0, Ordering::Relaxed);
                return true;
            }
            line => line.is_some(),
        };
        if is_passing && is_websocket {
            return false;
        }
        let backlog = self.backlog.fetch_add(weight, Ordering::Relaxed);
        backlog + weight <= BACKLOG_BYTES
    }

    /// Keeps an event for a seat that is catching up, or closes it when there are too many.
    pub(super) fn keep(&self, missed: &mut Vec<Arc<Event>>, event: &Arc<Event>) {
        if event.is_passing || self.is_closed.load(Ordering::Relaxed) {
            return;
        }
        if missed.len() >= MISSED_EVENTS {
            missed.clear();
            return self.close();
        }
        missed.push(event.clone());
    }

    /// Gives the seat events and waits until it has taken them, so that many do not overrun it.
    /// False if it took too long or the seat is gone.
    pub async fn give_at_its_pace(&self, events: &[Event]) -> bool {
        let weight: u64 = events.iter().map(|event| event.weight() as u64).sum();
        let is_websocket = || self.socket.transport_type() == TransportType::Websocket;
        // A session that is about to move knows its line, and may still be given these by a poll.
        let line = self.line.get().filter(|_| is_websocket());
        let written = line.map_or(0, |line| line.written());
        let polls = self.polls.load(Ordering::Relaxed);
        let has_taken_them = || match line {
            Some(line) => line.written() - written >= weight,
            // A poll comes after the answer to the one before was read; a WebSocket ends polling.
            None => self.polls.load(Ordering::Relaxed) > polls || is_websocket(),
        };
        events.iter().for_each(|event| self.hand_over(event));
        for _ in 0..PATIENCE_TICKS {
            if self.is_closed() || !self.socket.connected() {
                return false;
            }
            if has_taken_them() {
                return true;
            }
            tokio::time::sleep(TICK).await;
        }
        false
    }

    /// A polling session asked for more, and is given at most `bytes`.
    pub fn polled(&self, bytes: usize) {
        self.polls.fetch_add(1, Ordering::Relaxed);
        let less = |backlog: usize| Some(backlog.saturating_sub(bytes));
        let _ = self
            .backlog
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// The socket itself.
    pub fn socket(&self) -> &SocketRef {
        &self.socket
    }

    /// Whether it was closed here.
    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Returns when it is closed here. For its poll, of which a session has one at a time.
    pub async fn closed(&self) {
        poll_fn(|context| {
            self.hanging.register(context.waker());
            match self.is_closed.load(Ordering::Acquire) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await
    }

    /// Closes the transport of a seat that cannot keep up. Its client comes back by itself, which it
    /// would not after a disconnect that it is told of.
    pub fn close(&self) {
        if self.send_away() && self.socket.connected() {
            self.metrics.closed_slow.inc();
            tracing::info!(user = %self.owner.1, "closed a socket that could not keep up");
        }
    }

    /// Closes the transport of a seat that may come back, here or elsewhere. False if it was closed.
    pub fn send_away(&self) -> bool {
        let was_closed = self.is_closed.swap(true, Ordering::AcqRel);
        self.hanging.wake();
        // Also one that is not connected yet: it was skipped, and must not be let in.
        if let Some(line) = self.line.get() {
            line.cut();
        }
        !was_closed
    }
}
