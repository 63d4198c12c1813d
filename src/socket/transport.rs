//! What a request of Socket.IO says about its session, before socketioxide sees it.
//!
//! A session that moves to a WebSocket is told its new line; one whose seat was closed because it
//! could not keep up gets no further, so that its client begins a new one; and what would be kept as
//! long as the session is made small: headers that nobody reads are dropped, and the rest is copied
//! out of the connection's read buffer, which the smallest part of it would keep alive.

use crate::{
    error::{Error, Result},
    hub::{Sid, line::Line, seat::Seat},
    limits::{Address, Kind, Owner},
    node::Node,
};
use http::{HeaderName, HeaderValue, Request, Uri, header};
use hyper::body::Incoming;
use std::sync::{Arc, atomic::Ordering};

/// Where the paths of Socket.IO's requests begin.
pub const PATH: &str = "/socket.io";

/// Headers that socketioxide and the handshake of a WebSocket read; and from which page it is, for an app
/// that does not allow all.
const NEEDED: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::ORIGIN,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_PROTOCOL,
    header::SEC_WEBSOCKET_VERSION,
];

/// Answer of Engine.IO to a session that it does not know; clients begin a new one.
pub const UNKNOWN_SESSION: &str = r#"{"code":1,"message":"Session ID unknown"}"#;

/// How far a request gets.
pub enum Passage {
    /// Nowhere: its session has ended.
    Refused,
    /// Nowhere: its address opens too many, or the server ends.
    Limited(Error),
    /// To socketioxide.
    Free,
    /// To socketioxide, for as long as this seat is not closed: a poll that hangs.
    While(Arc<Seat>),
}

/// Takes note of a request and says how far it gets.
pub fn admit(node: &Node, request: &mut Request<Incoming>) -> Passage {
    make_small(request);
    let query = request.uri().query().unwrap_or("");
    let parameter = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let Some(session) = parameter("sid").and_then(|id| id.parse::<Sid>().ok()) else {
        return match take_connection(node, request) {
            Ok(()) => Passage::Free,
            Err(error) => Passage::Limited(error),
        };
    };
    let is_websocket = parameter("transport") == Some("websocket");
    if is_websocket && let Some(line) = request.extensions().get::<Arc<Line>>() {
        node.hub.sessions.moves_to(session, line);
    }
    match node.hub.sessions.find(session) {
        Some(seat) if seat.is_closed() => Passage::Refused,
        Some(seat) if request.method() == http::Method::GET => {
            seat.polled(node.boot.limits.packet_bytes);
            match is_websocket {
                true => Passage::Free,
                false => Passage::While(seat),
            }
        }
        _ => Passage::Free,
    }
}

fn take_connection(node: &Node, request: &Request<Incoming>) -> Result<()> {
    if node.is_draining.load(Ordering::Relaxed) {
        return Err(Error::unavailable());
    }
    let rates = node.live().rate_limits;
    if let Some(Address(address)) = request.extensions().get().filter(|_| rates.enabled) {
        let owner = Owner::Address(*address);
        let most = rates.address_connections;
        node.limits.take(owner, Kind::Connection, most)?;
    }
    Ok(())
}

fn make_small(request: &mut Request<Incoming>) {
    let headers = std::mem::take(request.headers_mut());
    for name in NEEDED {
        let copy = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).ok();
        if let Some(value) = headers.get(&name).and_then(copy) {
            request.headers_mut().insert(name, value);
        }
    }
    if let Ok(copy) = Uri::try_from(request.uri().to_string()) {
        *request.uri_mut() = copy;
    }
}
