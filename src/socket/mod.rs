//! The Socket.IO door: connections, events and acks. No rule lives here; see `chat/`.
//!
//! [`routes`] is the one page with every event; [`call`] is what a handler is given and how its
//! answer becomes an ack; [`backlog`] keeps one client's events in the order they came.

pub mod backlog;
pub mod call;
pub mod routes;

mod channels;
mod lifetimes;
mod messages;
mod presence;
mod reactions;

use crate::{
    auth::{Caller, token},
    chat::{self, members, users},
    error::Error,
    node::Node,
};
use backlog::Arrivals;
use lifetimes::Lifetimes;
use serde::Deserialize;
use socketioxide::{
    ParserConfig, SocketIo, SocketIoBuilder,
    extract::{Extension, SocketRef, State, TryData},
    handler::ConnectHandler,
};
use std::{sync::Arc, time::Duration};

/// Packets that may wait for one slow reader.
const BUFFERED_PACKETS: usize = 1_024;
/// How long a connection may take to ask for its namespace, and an upgrade to end.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The bounds of the door, each looser by default than a chat needs.
pub fn builder(node: &Node) -> SocketIoBuilder {
    let largest = node.live.limits.body_bytes;
    SocketIo::builder()
        .with_state(node.clone())
        .with_state(Arc::new(Lifetimes::default()))
        .with_parser(ParserConfig::common().max_incoming_binaries(0))
        // For polling only; the next two are the same for WebSocket, 64 MiB and 16 MiB by default.
        .max_payload(largest as u64)
        .ws_max_message_size(largest)
        .ws_max_frame_size(largest)
        .max_buffer_size(BUFFERED_PACKETS)
        .connect_timeout(HANDSHAKE_TIMEOUT)
        .upgrade_timeout(HANDSHAKE_TIMEOUT)
}

/// Opens the door: gives the hub its sockets and begins to admit.
pub fn open(node: &Node, sockets: &SocketIo) {
    node.hub.attach(sockets.clone());
    sockets.ns("/", connected.with(admit));
}

#[derive(Deserialize)]
struct Credentials {
    token: Option<String>,
}

/// Who may connect. All of a socket's rooms and its handler are there before the client is told
/// that it is connected: whatever it sends next is heard.
async fn admit(
    socket: SocketRef,
    State(node): State<Node>,
    TryData(credentials): TryData<Credentials>,
) -> Result<(), &'static str> {
    // `TryData`: anything that is not `{token}` is a client without a token, in our words.
    let token = credentials
        .ok()
        .and_then(|credentials| credentials.token)
        .filter(|token| !token.is_empty())
        .ok_or("Authentication required")?;
    let verified = token::verify(&node.keys, &token).ok_or("Invalid token")?;
    let caller = users::admit(&node, &verified).await.map_err(refusal)?;

    node.hub.enter_user(&socket, caller.app, caller.user);
    let channels = members::channels_of(&node, caller.app, caller.user)
        .await
        .map_err(refusal)?;
    node.hub.enter_channels(&socket, &channels);

    let arrivals = Arrivals::new(&node, &caller);
    socket.on_fallback(arrivals);
    socket.on_disconnect(disconnected);
    socket.extensions.insert(caller);
    Ok(())
}

fn refusal(error: Error) -> &'static str {
    error.log("connect");
    match error {
        Error::Forbidden(text) => text,
        _ => "Temporarily unavailable, try again",
    }
}

async fn connected(
    socket: SocketRef,
    State(node): State<Node>,
    State(lifetimes): State<Arc<Lifetimes>>,
    Extension(caller): Extension<Caller>,
) {
    lifetimes.end_at(caller.expires_at, &socket);
    chat::presence::connected(&node, &caller, &socket).await;
    // It may have gone before it was entered; then nobody else would take it out.
    if !socket.connected() || !node.hub.is_live(socket.id) {
        disconnected(socket, State(node), State(lifetimes), Extension(caller)).await;
    }
}

async fn disconnected(
    socket: SocketRef,
    State(node): State<Node>,
    State(lifetimes): State<Arc<Lifetimes>>,
    Extension(caller): Extension<Caller>,
) {
    lifetimes.forget(caller.expires_at, &socket);
    chat::presence::disconnected(&node, &caller, &socket).await;
}
