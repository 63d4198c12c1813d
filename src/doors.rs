//! Both doors as one service: `/socket.io` goes to `socket/`, everything else to `rest/`; in dev mode, `/demo`
//! is a page that uses both.
//!
//! What they share is here: the request id, CORS, and what becomes of a panic.

use crate::{
    demo,
    error::Error,
    limits::Address,
    node::Node,
    rest::{self, Peer, reply::Reply},
    socket::{
        self,
        transport::{self, Passage},
    },
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use socketioxide::SocketIo;
use std::{any::Any, convert::Infallible, time::Duration};
use tower::{Layer, Service, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_http::{catch_panic::CatchPanicLayer, cors};
use tracing::Instrument;
use uuid::Uuid;

/// Everything that answers a request.
pub type Doors = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

/// The body of any answer.
pub type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of answers that a page may read.
const EXPOSED: [HeaderName; 6] = [
    REQUEST_ID,
    header::RETRY_AFTER,
    HeaderName::from_static("server-timing"),
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
];

/// Opens both doors of a node.
pub fn open(node: &Node) -> (Doors, SocketIo) {
    let rest = {
        let node = node.clone();
        // Boxed: each layer around it would move the whole of it once more.
        service_fn(move |request| {
            Box::pin(rest::answer(
                node.clone(),
                socket::asyncapi::document,
                request,
            ))
        })
    };
    let (service, sockets) = socket::builder(node).build_with_inner_svc(rest);
    socket::open(&sockets);

    let of_sockets = node.clone();
    let service = service_fn(move |request| answer(of_sockets.clone(), service.clone(), request));
    let service = CatchPanicLayer::custom(panicked)
        .layer(service)
        .map_response(boxed);
    let service = cors(node).layer(service).map_response(boxed);
    let service = service_fn(move |request| with_id(service.clone(), request));
    (Doors::new(service), sockets)
}

/// Answers a request: one of Socket.IO only while its session lives.
async fn answer<S, B>(
    node: Node,
    service: S,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, S::Error>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let peer = request.extensions().get::<Peer>();
    let peer = peer.expect("the accept loop knows the peer").0.ip();
    let address = Address::of(peer, request.headers(), &node.live().server.trusted_proxies);
    request.extensions_mut().insert(address);
    let path = request.uri().path();
    if let Some(reply) = demo::answer(&node, request.method(), path) {
        return Ok(boxed(reply.into_response()));
    }
    if !path.starts_with(transport::PATH) {
        return service.oneshot(request).await.map(boxed);
    }
    // A browser asks nobody before it opens a WebSocket.
    let origin = request.headers().get(header::ORIGIN);
    if origin.is_some_and(|origin| !node.live().server.allows(origin)) {
        return Ok(refusal(StatusCode::FORBIDDEN, "Origin not allowed"));
    }
    let passage = transport::admit(&node, &mut request);
    let answered = service.oneshot(request);
    let answered = match passage {
        Passage::Refused => None,
        Passage::Limited(error) => return Ok(boxed(Reply::error(&error).into_response())),
        Passage::Free => Some(answered.await),
        // Its client comes back at once, and not when the next ping would end the poll.
        Passage::While(seat) => tokio::select! {
            biased;
            answered = answered => Some(answered),
            () = seat.closed() => None,
        },
    };
    let Some(response) = answered else {
        return Ok(refusal(StatusCode::BAD_REQUEST, transport::UNKNOWN_SESSION));
    };
    let mut response = response?;
    // A heartbeat that is missed or an upgrade that breaks off is the client's doing; socketioxide
    // answers the request that hangs by it with an empty 500.
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(boxed(response))
}

/// An answer in place of Socket.IO's.
fn refusal(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    boxed(response)
}

/// Pages of the allowed origins may call. All may by default: what counts is the token, which no browser
/// sends by itself.
fn cors(node: &Node) -> cors::CorsLayer {
    let node = node.clone();
    let allows = move |origin: &HeaderValue, _: &_| node.live().server.allows(origin);
    cors::CorsLayer::new()
        .allow_origin(cors::AllowOrigin::predicate(allows))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        // A star would not cover Authorization.
        .allow_headers(cors::AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
        .max_age(Duration::from_secs(3600))
}

/// One type for all bodies.
fn boxed<B>(response: Response<B>) -> Response<Body>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    response.map(|body| body.map_err(Into::into).boxed_unsync())
}

/// Gives each request an id, the client's own when it is a plain word, and the answer the same.
async fn with_id<S>(service: S, mut request: Request<Incoming>) -> Result<Response<Body>, S::Error>
where
    S: Service<Request<Incoming>, Response = Response<Body>>,
{
    let given = request.headers_mut().remove(REQUEST_ID).filter(is_word);
    let id = given.unwrap_or_else(|| {
        let id = Uuid::now_v7().to_string();
        HeaderValue::from_str(&id).expect("a UUID is plain text")
    });
    // What is logged meanwhile names it.
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let mut response = service.oneshot(request).instrument(span).await?;
    response.headers_mut().insert(REQUEST_ID, id);
    Ok(response)
}

fn is_word(id: &HeaderValue) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    (1..=64).contains(&id.len()) && id.as_bytes().iter().all(is_plain)
}

/// A panic is ours to find in the log and nobody else's to read.
fn panicked(cause: Box<dyn Any + Send>) -> Response<Full<Bytes>> {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("of unknown cause");
    let error = Error::Internal(anyhow::anyhow!("panic: {text}"));
    error.log("request");
    Reply::error(&error).into_response()
}
