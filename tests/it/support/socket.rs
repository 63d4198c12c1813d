//! A Socket.IO version 5 client over either transport, for tests.
//!
//! Everything that arrives is kept, so a failed test can say what came in place of what it waited for.
//! That nothing came is proved without waiting: a marker is sent behind it through a channel, and
//! whatever the server was to deliver earlier has arrived when the marker has.

use super::{
    described,
    http::Http,
    people::Channel,
    wait::DEADLINE,
    wire::{Frame, Transport, Wire},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
};
use uuid::Uuid;

/// How the text of a marker begins. Markers are never news, whichever socket they were sent for.
const MARKER: &str = "marker ";

/// An event from the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its first argument, or null.
    pub payload: Value,
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.name, self.payload)
    }
}

/// A connected client. Dropped, it is gone without a goodbye.
pub struct Socket {
    outgoing: mpsc::UnboundedSender<Frame>,
    seen: Arc<watch::Sender<Seen>>,
    last_ack: AtomicU64,
    carrier: AbortHandle,
}

/// All that the server said.
#[derive(Default)]
struct Seen {
    /// To the CONNECT packet: welcome, or the text of the refusal.
    answer: Option<Result<(), String>>,
    /// Every event, in order of arrival, and whether a test has taken it.
    events: Vec<(Event, bool)>,
    acks: HashMap<u64, Value>,
    /// The server sent the client away, or ended the connection.
    over: bool,
    /// It said so: stock clients do not come back by themselves.
    dismissed: bool,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

impl Socket {
    /// Connects with this `auth`, or tells the text of the `connect_error`.
    pub async fn connect(
        http: &Http,
        transport: Transport,
        auth: Option<&Value>,
    ) -> Result<Self, String> {
        let wire = Wire::open(http, transport).await;
        let connect = auth.map(Value::to_string).unwrap_or_default();
        wire.send(format!("40{connect}"));
        let seen = Arc::new(watch::Sender::new(Seen::default()));
        let socket = Self {
            outgoing: wire.outgoing.clone(),
            carrier: tokio::spawn(carry(wire, Arc::clone(&seen))).abort_handle(),
            seen,
            last_ack: AtomicU64::new(0),
        };
        socket
            .wait_for("an answer to CONNECT", |seen| seen.answer.clone())
            .await?;
        Ok(socket)
    }

    /// Sends an event and returns the ack's first argument.
    pub async fn emit_with_ack(&self, name: &str, payload: Value) -> Value {
        let ack = self.ack(self.emit_for_ack(name, payload)).await;
        described::expect_ack(name, &ack);
        ack
    }

    /// Sends an event without an ack.
    pub fn emit(&self, name: &str, payload: Value) {
        self.say(format!("42{}", json!([name, payload])));
    }

    /// Sends an event and does not wait: [`ack`](Self::ack) takes the number returned.
    pub fn emit_for_ack(&self, name: &str, payload: Value) -> u64 {
        let number = self.last_ack.fetch_add(1, Ordering::Relaxed) + 1;
        self.say(format!("42{number}{}", json!([name, payload])));
        number
    }

    /// Sends any packet at all.
    pub fn say(&self, packet: impl Into<String>) {
        // A connection that the server ended is noticed by whatever waits for its answer.
        let _ = self.outgoing.send(Frame::Text(packet.into()));
    }

    /// Sends a binary frame.
    pub fn say_bytes(&self, bytes: Vec<u8>) {
        let _ = self.outgoing.send(Frame::Binary(bytes));
    }

    /// The ack of this number, awaited.
    pub async fn ack(&self, number: u64) -> Value {
        self.wait_for(&format!("ack {number}"), |seen| seen.acks.remove(&number))
            .await
    }

    /// The ack of this number, or nothing when the server ends the connection instead.
    pub async fn ack_or_end(&self, number: u64) -> Option<Value> {
        let look = |seen: &mut Seen| match seen.acks.remove(&number) {
            Some(ack) => Some(Some(ack)),
            None => seen.over.then_some(None),
        };
        self.wait_for(&format!("ack {number} or the end"), look)
            .await
    }

    /// The oldest event of this name that no one has taken yet, awaited.
    pub async fn next_event(&self, name: &str) -> Value {
        self.next_event_where(name, |_| true).await
    }

    /// The oldest event of this name whose payload fits and that no one has taken yet, awaited.
    pub async fn next_event_where(&self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let take = |seen: &mut Seen| {
            let wanted = |event: &Event| event.name == name && fits(&event.payload);
            let (event, taken) = seen
                .events
                .iter_mut()
                .find(|(event, taken)| !taken && wanted(event))?;
            *taken = true;
            Some(event.payload.clone())
        };
        let payload = self.wait_for(&format!("the event {name}"), take).await;
        described::expect_event(name, &payload);
        payload
    }

    /// Every event that ever arrived, in order.
    pub fn events_so_far(&self) -> Vec<Event> {
        self.seen
            .borrow()
            .events
            .iter()
            .map(|(event, _)| event.clone())
            .collect()
    }

    /// Takes everything that the server was to deliver before now, and returns what no one had taken.
    /// The socket's user must be in the channel, whose owner sends the marker.
    pub async fn arrived_until_now(&self, channel: &Channel) -> Vec<Event> {
        let marker = format!("{MARKER}{}", Uuid::now_v7());
        channel.send(&marker).await;
        let said = |event: &Event| {
            let text = event.payload["text"].as_str().unwrap_or_default();
            (event.name == "message.new").then(|| text.to_owned())
        };
        let take = |seen: &mut Seen| {
            let end = seen
                .events
                .iter()
                .position(|(event, _)| said(event).as_ref() == Some(&marker))?;
            let mut arrived = Vec::new();
            for (event, taken) in &mut seen.events[..=end] {
                let is_marker = said(event).is_some_and(|text| text.starts_with(MARKER));
                if !std::mem::replace(taken, true) && !is_marker {
                    arrived.push(event.clone());
                }
            }
            Some(arrived)
        };
        self.wait_for("the marker", take).await
    }

    /// Fails if anything but events of these names was to be delivered before now and not yet taken.
    pub async fn expect_nothing_but(&self, names: &[&str], channel: &Channel) {
        let arrived = self.arrived_until_now(channel).await;
        let surprises: Vec<_> = arrived
            .iter()
            .filter(|event| !names.contains(&event.name.as_str()))
            .collect();
        assert!(
            surprises.is_empty(),
            "only {names:?} were to arrive, not {surprises:?}"
        );
    }

    /// Fails if anything at all was to be delivered before now and not yet taken.
    pub async fn expect_nothing(&self, channel: &Channel) {
        self.expect_nothing_but(&[], channel).await;
    }

    /// Leaves as a client does: the namespace first, then the connection.
    pub async fn leave(self) {
        self.say("41");
        self.say("1");
        self.ended().await;
    }

    /// Returns when the server has told this client to go, and not to come back by itself.
    pub async fn dismissed(&self) {
        self.wait_for("the word to go", |seen| seen.dismissed.then_some(()))
            .await;
    }

    /// Whether the server has let this client be until now.
    pub fn is_live(&self) -> bool {
        !self.seen.borrow().over
    }

    /// Returns when the server has sent this client away or ended the connection.
    pub async fn ended(&self) {
        self.wait_for("the end of the connection", |seen| seen.over.then_some(()))
            .await;
    }

    /// Whether the server told this client to go, and not to come back by itself.
    pub fn was_dismissed(&self) -> bool {
        self.seen.borrow().dismissed
    }

    async fn wait_for<T>(&self, what: &str, mut find: impl FnMut(&mut Seen) -> Option<T>) -> T {
        // Subscribed before the first look, so that nothing slips in between.
        let mut news = self.seen.subscribe();
        let search = async {
            loop {
                let (mut found, mut over) = (None, false);
                self.seen.send_if_modified(|seen| {
                    found = find(seen);
                    over = seen.over;
                    false
                });
                if let Some(found) = found {
                    return found;
                }
                assert!(!over, "{what}: the connection ended; {}", self.story());
                news.changed()
                    .await
                    .expect("the sender is held by this socket");
            }
        };
        match tokio::time::timeout(DEADLINE, search).await {
            Ok(found) => found,
            Err(_) => panic!("{what}: not within {DEADLINE:?}; {}", self.story()),
        }
    }

    /// What did arrive, for a failed test to tell.
    fn story(&self) -> String {
        let lines: Vec<String> = self
            .events_so_far()
            .iter()
            .map(|event| format!("\n  {event}"))
            .collect();
        format!("{} events had arrived:{}", lines.len(), lines.concat())
    }
}

/// Notes what arrives until the connection ends.
async fn carry(mut wire: Wire, seen: Arc<watch::Sender<Seen>>) {
    while let Some(frame) = wire.incoming.recv().await {
        if let Frame::Text(packet) = frame {
            seen.send_modify(|seen| seen.note(&packet));
        }
    }
    seen.send_modify(|seen| seen.over = true);
}

impl Seen {
    fn note(&mut self, packet: &str) {
        let (kind, rest) = packet.split_at_checked(2).unwrap_or((packet, ""));
        let digits = rest.len()
            - rest
                .trim_start_matches(|letter: char| letter.is_ascii_digit())
                .len();
        let (number, json) = rest.split_at(digits);
        let mut body: Value = serde_json::from_str(json).unwrap_or_default();
        match kind {
            "40" => self.answer = Some(Ok(())),
            "44" => self.answer = Some(Err(body["message"].as_str().unwrap_or(json).to_owned())),
            "41" => (self.over, self.dismissed) = (true, true),
            "42" => {
                let name = body[0].as_str().unwrap_or_default().to_owned();
                let payload = body.get_mut(1).map(Value::take).unwrap_or_default();
                self.events.push((Event { name, payload }, false));
            }
            "43" => {
                let number = number.parse().expect("an ack's number");
                let payload = body.get_mut(0).map(Value::take).unwrap_or_default();
                let before = self.acks.insert(number, payload);
                assert!(before.is_none(), "ack {number} came twice");
            }
            _ => panic!("an unknown packet: {packet}"),
        }
    }
}
