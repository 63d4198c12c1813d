//! A small HTTP client that also watches what holds for every answer.
//!
//! Each reply of the REST door is checked as it arrives: in time, never a 5xx, JSON, a request id, and
//! a refusal that says `error` and `code`. So a test that only looks at a status still proves all of it.

use super::{described, wait::in_time};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use std::{pin::Pin, time::Duration};

/// The words that `code` may be.
const CODES: [&str; 12] = [
    "invalid",
    "unauthenticated",
    "forbidden",
    "disabled",
    "not_found",
    "conflict",
    "rejected",
    "held",
    "rate_limited",
    "too_large",
    "unavailable",
    "internal",
];

/// How long a long-polling request may hang before the client gives up on it: longer than the
/// server's ping interval, which ends it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A client of one server.
#[derive(Clone)]
pub struct Http {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Http {
    /// A client of the server at `base`, such as `http://127.0.0.1:4000`.
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Begins a call. Nothing is sent before it is awaited.
    pub fn call(&self, method: &str, path: &str) -> Call {
        Call {
            http: self.clone(),
            method: method.to_owned(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// Begins a GET.
    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// Begins a POST with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call("POST", path).json(body)
    }
}

/// A call that is sent by awaiting it.
#[derive(Clone)]
pub struct Call {
    http: Http,
    method: String,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    /// Presents a user's token.
    pub fn token(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), format!("Bearer {token}"))
    }

    /// Sets a header. A value may hold bytes that are not text.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header's value");
        self.headers.insert(name, value);
        self
    }

    /// Sends a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    /// Sends any bytes under any content type.
    pub fn bytes(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    /// Sends any bytes without saying what they are.
    pub fn unnamed_bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// What is called, for a failed test to name it.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    async fn send(self) -> Reply {
        let name = self.name();
        let reply = in_time(&name, self.exchange())
            .await
            .unwrap_or_else(|why| panic!("{name}: {why}"));
        reply.keep_the_standing_promises();
        reply
    }

    /// The answer as it comes, or why none came. For long-polling and for connections that the
    /// server may cut; everything else awaits the call itself.
    pub async fn exchange(self) -> Result<Reply, String> {
        let name = self.name();
        let mut request = hyper::Request::new(Full::new(self.body));
        *request.method_mut() = self.method.parse().expect("a method");
        *request.uri_mut() = format!("{}{}", self.http.base, self.path)
            .parse()
            .expect("a path");
        *request.headers_mut() = self.headers;
        let (head, body) = self
            .http
            .client
            .request(request)
            .await
            .map_err(in_words)?
            .into_parts();
        let body = body.collect().await.map_err(in_words)?.to_bytes();
        Ok(Reply {
            call: name,
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    call: String,
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|why| panic!("{}: {why} in {}", self.call, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON, when the status is the one expected.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{} answered {}",
            self.call,
            self.text()
        );
        self.json()
    }

    /// A refusal with this status and code, whatever its words.
    pub fn expect_refusal(&self, status: u16, code: &str) -> &Self {
        assert_eq!(
            self.expect(status)["code"],
            code,
            "{} answered {}",
            self.call,
            self.text()
        );
        self
    }

    /// A refusal in exactly these words.
    pub fn expect_words(&self, status: u16, code: &str, error: &str) {
        let refusal = self.expect_refusal(status, code).json();
        assert_eq!(refusal["error"], error, "{}", self.call);
    }

    /// Status and body, which is all that two refusals of one kind may be compared by.
    pub fn visible(&self) -> (u16, String) {
        (self.status, self.text())
    }

    fn keep_the_standing_promises(&self) {
        let told = || {
            format!(
                "{} answered {} {:?} {}",
                self.call,
                self.status,
                self.headers,
                self.text()
            )
        };
        assert!(self.status < 500, "a 5xx: {}", told());
        if self.call.contains(" /socket.io") {
            return;
        }
        assert!(
            !self.header("x-request-id").is_empty(),
            "no X-Request-Id: {}",
            told()
        );
        // What a browser asks first is answered in headers alone.
        if self.call.starts_with("OPTIONS ") {
            return;
        }
        let pages = [" /metrics", " /docs", " /demo", " /demo/", ".js", ".css"];
        let is_a_page = self.status == 200 && pages.iter().any(|page| self.call.ends_with(page));
        assert!(
            is_a_page || self.header("content-type").starts_with("application/json"),
            "not JSON: {}",
            told()
        );
        described::expect_answer(&self.call, self.status, &self.body);
        if self.status >= 400 {
            let refusal = self.json();
            assert!(
                refusal["error"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "no words: {}",
                told()
            );
            assert!(
                refusal["code"]
                    .as_str()
                    .is_some_and(|code| CODES.contains(&code)),
                "no code: {}",
                told()
            );
        }
    }
}

/// An error with all its causes.
fn in_words(error: impl std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    words
}
