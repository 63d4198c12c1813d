//! One client's events, in the order they came.
//!
//! socketioxide runs each event in a task of its own, so two sends of one socket could be stored
//! the wrong way round. Here an event joins its socket's line while it is being received, and is
//! handled there and then if nothing has to be waited for, as with most sends: a task for each would
//! cost more than the rest of it. Otherwise one task at a time empties the line.

use crate::{
    auth::Caller,
    chat::apps,
    deadline,
    error::{Error, Result},
    hub::seat::Seat,
    node::Node,
    socket::{
        call::{Ack, Answer, Call},
        routes,
    },
    telemetry::traces,
};
use chrono::Utc;
use futures_util::FutureExt;
use serde_json::value::RawValue;
use socketioxide::{
    adapter::LocalAdapter,
    extract::{AckSender, SocketRef},
    handler::{FromMessageParts, MessageHandler},
    socket::Socket,
};
use socketioxide_core::Value;
use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};
use tracing::Instrument;

/// How long an event may wait, for those before it and for its own look at the database. While the
/// database is away each waits for it in vain, one after the other, and nobody may wait for all.
const PATIENCE: Duration = Duration::from_secs(2);

/// The handler of every event of one socket.
pub struct Arrivals(Arc<Line>);

struct Line {
    node: Node,
    caller: Caller,
    /// Not held: the seat holds the socket, which holds this.
    seat: Weak<Seat>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Arrival>,
    is_being_emptied: bool,
}

struct Arrival {
    /// The whole packet, `["event", payload…]`.
    packet: Value,
    socket: SocketRef,
    ack: AckSender,
    at: Instant,
}

impl Arrivals {
    /// An empty line for a caller's socket.
    pub fn new(node: &Node, caller: &Caller, seat: &Arc<Seat>) -> Self {
        Self(Arc::new(Line {
            node: node.clone(),
            caller: caller.clone(),
            seat: Arc::downgrade(seat),
            waiting: Mutex::default(),
        }))
    }
}

/// Tells this handler from the closures that socketioxide knows.
pub struct InOrder;

impl MessageHandler<LocalAdapter, InOrder> for Arrivals {
    /// Called by socketioxide while it receives, one event after the other.
    fn call(&self, socket: Arc<Socket>, mut packet: Value, ack_id: Option<i64>) {
        let Ok(ack) = AckSender::from_message_parts(&socket, &mut packet, &ack_id);
        let arrival = Arrival {
            packet,
            socket: SocketRef::from(socket),
            ack,
            at: Instant::now(),
        };
        let refuse = |arrival: Arrival| {
            let (event, _) = read(&arrival.packet);
            let ack = Ack::new(event, arrival.ack, self.0.seat.clone());
            ack.send(Err(Error::unavailable()));
        };
        // Under overload most that comes is refused, and what that costs is taken from those who are not.
        if self.0.node.chat.log.is_full(self.0.caller.app) && is_send(&arrival.packet) {
            let ack = Ack::new("message.send".to_owned(), arrival.ack, self.0.seat.clone());
            return ack.send(Err(Error::unavailable()));
        }
        // Whoever has lost the seat has lost the voice with it.
        let has_seat = self.0.seat.strong_count() > 0;
        if !has_seat || self.0.caller.expires_at <= Utc::now() {
            return;
        }
        let mut waiting = self.0.waiting.lock().unwrap();
        if waiting.events.len() >= self.0.node.live().limits.socket_backlog {
            drop(waiting);
            return refuse(arrival);
        }
        waiting.events.push_back(arrival);
        if std::mem::replace(&mut waiting.is_being_emptied, true) {
            return;
        }
        drop(waiting);
        let mut emptying = Box::pin(empty(self.0.clone()));
        if (&mut emptying).now_or_never().is_none() {
            tokio::spawn(emptying);
        }
    }
}

async fn empty(line: Arc<Line>) {
    while let Some(arrival) = next(&line) {
        let Arrival {
            packet,
            socket,
            ack,
            at,
        } = arrival;
        let (event, payload) = read(&packet);
        let ack = Some(Ack::new(event.clone(), ack, line.seat.clone()));
        let (node, caller) = (line.node.clone(), line.caller.clone());
        let mut call = Call {
            node,
            caller,
            socket,
            payload,
            ack,
        };
        // A panic in one event must not leave the line without anyone who empties it.
        let dispatched = async {
            let who = (call.caller.app, Some(call.caller.user));
            let rates = apps::rates(&call.node, who.0).await?;
            let is_send = event == "message.send";
            let limits = &call.node.limits;
            limits.admit(&rates, who, is_send)?;
            // Sends wait in the log, each app in a line of its own.
            let _turn = match is_send {
                true => None,
                false => Some(
                    limits
                        .turn(who.0, call.node.boot.database.connections)
                        .await,
                ),
            };
            routes::dispatch(&event, &mut call).await
        };
        let dispatched = AssertUnwindSafe(dispatched).catch_unwind();
        let panicked = |_| Err(Error::Internal(anyhow::anyhow!("{event} panicked")));
        let dispatched = dispatched.map(|answer| answer.unwrap_or_else(panicked));
        let dispatched = dispatched.instrument(traces::event(routes::known(&event)));
        let patience = PATIENCE.saturating_sub(at.elapsed());
        let answer = match deadline::within(patience, dispatched).await {
            Ok(Answer::Promised) => continue,
            Ok(Answer::Now(answer)) => Ok(answer),
            Err(error) => Err(error),
        };
        if let Some(ack) = call.ack {
            ack.send(answer);
        }
    }
}

fn next(line: &Line) -> Option<Arrival> {
    let mut waiting = line.waiting.lock().unwrap();
    let next = waiting.events.pop_front();
    waiting.is_being_emptied = next.is_some();
    next
}

/// Whether a packet is a send, as far as that is seen without reading it.
fn is_send(packet: &Value) -> bool {
    matches!(packet, Value::Str(text, _) if text.starts_with(r#"["message.send""#))
}

/// The name and the first argument of a packet. What is not JSON has neither.
fn read(packet: &Value) -> (String, Option<Box<RawValue>>) {
    let Value::Str(text, _) = packet else {
        return Default::default();
    };
    let parts: Result<Vec<Box<RawValue>>, _> = serde_json::from_str(text.as_str());
    let mut parts = parts.unwrap_or_default().into_iter();
    let event = parts
        .next()
        .and_then(|name| serde_json::from_str(name.get()).ok());
    (event.unwrap_or_default(), parts.next())
}
