//! The Socket.IO door: connections, events and acks. No rule lives here; see `chat/`.
//!
//! [`routes`] is the one page with every event; [`call`] is what a handler is given and how its
//! answer becomes an ack; [`backlog`] keeps one client's events in the order they came.

pub mod asyncapi;
pub mod backlog;
pub mod call;
pub mod routes;

mod channels;
mod lifetimes;
mod messages;
mod presence;
mod reactions;
pub mod transport;

use crate::{
    auth::{Caller, token},
    chat::{newcomers, presence as presences, recovery},
    deadline,
    error::Error,
    hub::seat::Seat,
    ids::ChannelId,
    limits::{Address, Kind, Owner},
    node::Node,
};
use backlog::Arrivals;
use chrono::Utc;
use lifetimes::Lifetimes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use socketioxide::{
    ParserConfig, SocketIo, SocketIoBuilder,
    extract::{Extension, SocketRef, State, TryData},
    handler::ConnectHandler,
};
use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

/// Packets that may wait for one slow reader.
const BUFFERED_PACKETS: usize = 1_024;
/// Bytes read at once from a WebSocket. Every idle one keeps such a buffer; most of what clients say
/// fits, and a longer packet gets a buffer of its own size.
const READ_BUFFER: usize = 512;
/// How long a connection may take to ask for its namespace, and an upgrade to end.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The bounds of the door, each looser by default than a chat needs.
pub fn builder(node: &Node) -> SocketIoBuilder {
    let largest = node.boot.limits.packet_bytes;
    SocketIo::builder()
        .with_state(node.clone())
        .with_state(Lifetimes::watched(node))
        .with_parser(ParserConfig::common().max_incoming_binaries(0))
        // For polling only; the next two are the same for WebSocket, 64 MiB and 16 MiB by default.
        .max_payload(largest as u64)
        .ws_max_message_size(largest)
        .ws_max_frame_size(largest)
        .ws_read_buffer_size(READ_BUFFER)
        .max_buffer_size(BUFFERED_PACKETS)
        .connect_timeout(HANDSHAKE_TIMEOUT)
        .upgrade_timeout(HANDSHAKE_TIMEOUT)
}

/// Opens the door: begins to admit.
pub fn open(sockets: &SocketIo) {
    sockets.ns("/", connected.with(admit));
}

/// What a client shows when it connects (`auth`).
#[derive(Deserialize, JsonSchema)]
struct Credentials {
    /// The user's token.
    token: Option<String>,
    /// For a client that comes back: the newest `seq` it knows of each channel.
    #[schemars(with = "Option<HashMap<ChannelId, u64>>")]
    since: Option<Value>,
}

/// How far a client that comes back had come in each channel.
#[derive(Clone)]
struct Since(HashMap<ChannelId, i64>);

/// Who may connect. A seat is in all its rooms, and its handler is there, before the client is told
/// that it is connected: whatever is said from then on is heard, both ways.
async fn admit(
    socket: SocketRef,
    State(node): State<Node>,
    State(lifetimes): State<Arc<Lifetimes>>,
    TryData(credentials): TryData<Credentials>,
) -> Result<(), &'static str> {
    count(&node, &socket)?;
    // `TryData`: anything that is not `{token}` is a client without a token, in our words.
    let Credentials { token, since } = credentials.map_err(|_| "Authentication required")?;
    let token = token
        .filter(|token| !token.is_empty())
        .ok_or("Authentication required")?;
    let verified = token::verify(&node.keys, &token).ok_or("Invalid token")?;
    let mut since = read_since(since).ok_or("since must map channel ids to message numbers")?;

    let owner = (verified.claims.aud, verified.claims.sub);
    // Before it is seated: whoever finds the seat looks whether its token is still good.
    socket.extensions.insert(verified.clone());
    let seat = Arc::new(Seat::new(
        socket.clone(),
        owner,
        verified.claims.jti,
        node.metrics.clone(),
    ));
    // A session may have one socket after the other, and the end of the first come after the second.
    socket.extensions.insert(Arc::downgrade(&seat));
    // Until it is connected: a client that goes now is never told to have been here.
    lifetimes.end_at(Utc::now() + HANDSHAKE_TIMEOUT, &seat);
    node.hub.seat(&seat);
    // Their own statement, and one of those before them.
    let patience = node.current.patience() * 2;
    let admitted = newcomers::admit(&node, &verified, seat.origin());
    let admitted = deadline::within(patience, admitted).await;
    let (caller, channels) = admitted.map_err(|error| {
        lifetimes.forget(&seat);
        node.hub.leave(&seat);
        refusal(error)
    })?;
    // A channel that they are not in is no channel at all.
    since.retain(|channel, _| channels.contains_key(channel));
    for (channel, head) in channels {
        let is_catching_up = since.contains_key(&channel);
        node.hub.enter(&seat, channel, head, is_catching_up);
    }

    socket.on_fallback(Arrivals::new(&node, &caller, &seat));
    socket.on_disconnect(disconnected);
    if !since.is_empty() {
        socket.extensions.insert(Since(since));
    }
    socket.extensions.insert(caller);
    Ok(())
}

/// Counts one more that connects: a session may have one socket after the other, for one connection.
fn count(node: &Node, socket: &SocketRef) -> Result<(), &'static str> {
    let rates = node.live().rate_limits;
    if !rates.enabled {
        return Ok(());
    }
    let address = socket.req_parts().extensions.get().copied();
    let Address(address) = address.expect("the doors know the address");
    let who = Owner::Address(address);
    (node.limits.take(who, Kind::Call, rates.address_calls)).map_err(refusal)?;
    let sockets = &node.limits.sockets;
    let counted = sockets.one_more(address, rates.address_sockets, 0);
    let counted = counted.ok_or("Too many connections from your address")?;
    // For as long as the socket is there.
    socket.extensions.insert(Arc::new(counted));
    Ok(())
}

fn read_since(since: Option<Value>) -> Option<HashMap<ChannelId, i64>> {
    let since: HashMap<ChannelId, i64> = serde_json::from_value(since.unwrap_or(json!({}))).ok()?;
    since.values().all(|seq| *seq >= 0).then_some(since)
}

fn refusal(error: Error) -> &'static str {
    error.log("connect");
    match error {
        Error::Forbidden(text) => text,
        Error::RateLimited { .. } => "Too many connections, try again later",
        _ => "Temporarily unavailable, try again",
    }
}

async fn connected(
    socket: SocketRef,
    State(node): State<Node>,
    State(lifetimes): State<Arc<Lifetimes>>,
    Extension(caller): Extension<Caller>,
    Extension(seat): Extension<Weak<Seat>>,
) {
    // It may have gone again already.
    let Some(seat) = seat.upgrade().filter(|seat| node.hub.sessions.has(seat)) else {
        return;
    };
    seat.open();
    let channels = seat.channels();
    lifetimes.end_at(caller.expires_at, &seat);
    if let Some(Since(since)) = socket.extensions.remove::<Since>() {
        for (channel, seq) in since {
            recovery::catch_up(&node, &seat, channel, seq).await;
        }
    }
    presences::connected(&node, &caller, &seat);
    // It may have gone before it was entered; then nobody else would take it out.
    if !node.hub.sessions.has(&seat) {
        presences::disconnected(&node, &caller, socket.id, &channels);
        lifetimes.forget(&seat);
    }
}

async fn disconnected(
    socket: SocketRef,
    State(node): State<Node>,
    State(lifetimes): State<Arc<Lifetimes>>,
    Extension(caller): Extension<Caller>,
    Extension(seat): Extension<Weak<Seat>>,
) {
    let Some(seat) = seat.upgrade() else {
        return;
    };
    let channels = node.hub.leave(&seat);
    lifetimes.forget(&seat);
    presences::disconnected(&node, &caller, socket.id, &channels);
}
