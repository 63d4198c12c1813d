//! The REST door: requests in, JSON out. No rule lives here; see `chat/`.
//!
//! [`routes::ROUTES`] is the one page with every route; [`call`] is what a handler is given, [`reply`] what
//! it gives back. A handler is four moves: who may, what, do, reply.

pub mod call;
pub mod openapi;
pub mod reply;
pub mod routes;

mod apps;
mod audit;
mod channels;
mod documents;
mod health;
mod held;
mod messages;
mod plugins;
mod secrets;
mod tokens;
mod users;

use crate::{
    auth::Caller,
    chat, deadline,
    error::Error,
    limits::{Address, Kind, Owner, Standing},
    node::Node,
    telemetry::traces,
};
use bytes::Bytes;
use call::Call;
use http::{HeaderMap, Method, Request, Response, request};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use reply::Reply;
use routes::{Access, Found};
use std::{convert::Infallible, net::SocketAddr, time::Duration, time::Instant};
use tracing::Instrument;

/// How much of a refused body is read on, and for how long.
const DRAINED_BYTES: usize = 4 * 1024 * 1024;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// What a form may have beside its file.
const FORM_BYTES: usize = 256 * 1024;
/// How long credentials that were looked at are good for while a body comes.
const LET_IN: Duration = Duration::from_secs(1);

/// Where a request came from. The accept loop puts it into each request's extensions.
#[derive(Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// How the other door describes itself. Whoever opens both knows it: a door imports no other.
pub type Description = fn() -> Bytes;

/// Answers one request. Never fails: an error is an answer too.
pub async fn answer(
    node: Node,
    events: Description,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let began = Instant::now();
    let (head, mut body) = request.into_parts();
    let name = format!("{} {}", head.method, head.uri.path());
    let found = routes::find(&head.method, head.uri.path());
    let counted = found.as_ref().map_or(("other", "none"), |(route, _)| {
        (route.method.as_str(), route.path)
    });
    let metrics = node.metrics.clone();
    let peer = peer(&head).ip().to_canonical();
    let is_trusted = node.live().server.trusted_proxies.contain(peer);
    let span = traces::request(counted, is_trusted.then_some(&head.headers));
    let mut standing = None;
    let dispatched = dispatch((node, events), found, head, (&mut body, &mut standing));
    let reply = match dispatched.instrument(span.clone()).await {
        Ok(reply) => reply,
        Err(error) => {
            error.log(&name);
            drain(body).await;
            Reply::error(&error)
        }
    };
    traces::answered(&span, reply.status());
    metrics.answered(counted, reply.status(), began);
    Ok(reply.with_standing(standing).into_response())
}

fn peer(head: &request::Parts) -> SocketAddr {
    let peer = head.extensions.get::<Peer>();
    peer.expect("the accept loop knows the peer").0
}

async fn dispatch(
    (node, events): (Node, Description),
    found: Result<Found, Error>,
    head: request::Parts,
    (body, standing): (&mut Incoming, &mut Option<Standing>),
) -> Result<Reply, Error> {
    let live = node.live().clone();
    let rates = &live.rate_limits;
    // Whoever looks whether the server is well may look as often as they like.
    let is_probe = matches!(&found, Ok((route, _)) if route.access == Access::Probe);
    if rates.enabled && !is_probe {
        let address = head.extensions.get::<Address>();
        let owner = Owner::Address(address.expect("the doors know the address").0);
        *standing = node.limits.take(owner, Kind::Call, rates.address_calls)?;
    }
    let (route, ids) = found?;
    let peer = peer(&head);
    let operator = match route.access {
        Access::Admin => Some(node.admin().admit(&head.headers, peer)?),
        _ => None,
    };
    // For the call as a whole, but for what its client takes to send the body.
    let patience = live.database.patience() * 2;
    let began = Instant::now();
    let admitted = call::authenticate(&node, route.access, &head.headers);
    let (mut caller, mut tenant) = deadline::within(patience, admitted).await?;
    let of_user = |caller: &Caller| (caller.app, Some(caller.user));
    let of_backend = tenant.as_ref().map(|tenant| (tenant.app, None));
    let who = caller.as_ref().map(of_user).or(of_backend);
    let is_message = route.path == routes::MESSAGES && route.method == Method::POST;
    if let Some(who) = who {
        let rates = deadline::within(patience, chat::apps::rates(&node, who.0)).await?;
        *standing = node.limits.admit(&rates, who, is_message)?.or(*standing);
    }
    let mut patience = patience.saturating_sub(began.elapsed());
    let within = Duration::from_secs(live.server.body_seconds);
    let let_in = Instant::now();
    let _turn = match (route.access, &tenant) {
        (Access::Uploader, Some(tenant)) => Some(node.limits.upload(tenant.app)?),
        _ => None,
    };
    let (most, media) = match route.access {
        Access::Uploader => (
            live.plugins.upload_bytes + FORM_BYTES,
            "multipart/form-data",
        ),
        _ => (live.limits.body_bytes, "application/json"),
    };
    let is_of_plugins = route.path.starts_with(routes::PLUGINS);
    if is_of_plugins {
        // One may have to be compiled, behind another.
        patience += Duration::from_secs(live.plugins.compile_seconds) * 2;
    }
    let body = tokio::time::timeout(within, read(body, &head.headers, most, media))
        .await
        .map_err(|_| Error::invalid("The body took too long to arrive"))??;
    // Whoever was let in may have been shut out while the body came.
    if let_in.elapsed() > LET_IN {
        let again = call::authenticate(&node, route.access, &head.headers);
        (caller, tenant) = deadline::within(patience, again).await?;
    }
    let call = Call {
        node: node.clone(),
        events,
        caller,
        tenant,
        operator,
        ids,
        head,
        body,
    };
    let handled = async {
        // Sends wait in the log, each app in a line of its own, and plugins to be compiled.
        let _turn = match who {
            Some((app, _)) if !is_message && !is_of_plugins => {
                let connections = node.boot.database.connections;
                Some(node.limits.turn(app, connections).await)
            }
            _ => None,
        };
        (route.handler)(call).await
    };
    deadline::within(patience, handled).await
}

async fn read(
    body: &mut Incoming,
    headers: &HeaderMap,
    most: usize,
    media: &'static str,
) -> Result<Bytes, Error> {
    let too_large = || Error::TooLarge(format!("The body is larger than {most} bytes").into());
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let body = Limited::new(body, most)
        .collect()
        .await
        .map_err(|error| match error.is::<LengthLimitError>() {
            true => too_large(),
            false => Error::invalid("The body broke off"),
        })?
        .to_bytes();
    if !body.is_empty() && !is(media, headers) {
        return Err(Error::UnsupportedMediaType(media));
    }
    Ok(body)
}

/// Reads on past a refusal, within bounds: closing on a client that still sends resets the connection,
/// and the refusal with it.
async fn drain(mut body: Incoming) {
    let rest = async {
        let mut bytes = 0;
        while bytes < DRAINED_BYTES
            && let Some(Ok(frame)) = body.frame().await
        {
            bytes += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // One who sends too slowly to be waited for is not.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, rest).await;
}

fn is(media: &str, headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or("")
        .trim();
    essence.eq_ignore_ascii_case(media)
}
