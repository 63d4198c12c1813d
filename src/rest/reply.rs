//! Replies, and the one table from kinds of errors to statuses.

use crate::{
    error::{Error, Refusal, Result},
    limits::Standing,
};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// What a handler gives back.
pub struct Reply {
    status: StatusCode,
    media: &'static str,
    body: Bytes,
    allow: Option<String>,
    retry_after: Option<u64>,
    times: Option<String>,
    policy: Option<HeaderValue>,
    standing: Option<Standing>,
}

/// What was done, in words.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Done")]
pub(super) struct Message<'a> {
    message: &'a str,
}

impl Reply {
    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Result<Self> {
        Self::with(StatusCode::OK, body)
    }

    /// 200 with a body that is JSON already.
    pub fn json(body: Bytes) -> Self {
        Self {
            status: StatusCode::OK,
            media: "application/json",
            body,
            allow: None,
            retry_after: None,
            times: None,
            policy: None,
            standing: None,
        }
    }

    /// 200 with a body of another kind than JSON.
    pub fn text(media: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            media,
            ..Self::json(body.into())
        }
    }

    /// 200 with a page, which may do what its policy says (`Content-Security-Policy`).
    pub fn page(html: &'static str, policy: HeaderValue) -> Self {
        Self {
            media: "text/html; charset=utf-8",
            policy: Some(policy),
            ..Self::json(Bytes::from_static(html.as_bytes()))
        }
    }

    /// 503 with a body.
    pub fn unavailable(body: &impl Serialize) -> Result<Self> {
        Self::with(StatusCode::SERVICE_UNAVAILABLE, body)
    }

    /// Tells what parts of the call took (`Server-Timing`, in milliseconds).
    pub fn with_times(self, times: &[(&str, Duration)]) -> Self {
        let times = times
            .iter()
            .map(|(name, took)| format!("{name};dur={:.3}", took.as_secs_f64() * 1_000.0));
        Self {
            times: Some(times.collect::<Vec<_>>().join(", ")),
            ..self
        }
    }

    /// Tells how near the caller is to a limit, unless that is said already.
    pub fn with_standing(self, standing: Option<Standing>) -> Self {
        Self {
            standing: self.standing.or(standing),
            ..self
        }
    }

    /// Its status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// 201 with what was made.
    pub fn created(body: &impl Serialize) -> Result<Self> {
        Self::with(StatusCode::CREATED, body)
    }

    /// 200 with `{message}`.
    pub fn done(message: &str) -> Result<Self> {
        Self::ok(&Message { message })
    }

    fn with(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Internal(error.into()))?;
        Ok(Self {
            status,
            ..Self::json(body.into())
        })
    }

    /// The refusal that an error is on the wire: `{error, code}`.
    pub fn error(error: &Error) -> Self {
        let body = serde_json::to_vec(&Refusal::of(error)).expect("texts become JSON");
        let mut reply = Self {
            status: status(error),
            ..Self::json(body.into())
        };
        // Whole seconds, and never too soon.
        let seconds = |wait: Duration| wait.as_secs() + 1;
        reply.retry_after = error.retry_after().map(seconds);
        match error {
            Error::MethodNotAllowed(methods) => reply.allow = Some(methods.clone()),
            Error::RateLimited { limit, full_in, .. } => {
                reply.standing = Some(Standing {
                    limit: *limit,
                    remaining: 0,
                    full_in: *full_in,
                });
            }
            _ => {}
        }
        reply
    }

    /// The response, with the headers that every one has: it is what it says, and nobody's to keep.
    pub fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if let Some(allow) = self.allow.and_then(|allow| allow.try_into().ok()) {
            headers.insert(header::ALLOW, allow);
        }
        if let Some(times) = self.times.and_then(|times| times.try_into().ok()) {
            headers.insert("server-timing", times);
        }
        if let Some(policy) = self.policy {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        if let Some(standing) = self.standing {
            headers.insert("x-ratelimit-limit", standing.limit.into());
            headers.insert("x-ratelimit-remaining", standing.remaining.into());
            headers.insert("x-ratelimit-reset", standing.full_in.as_secs().into());
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) | Error::Misconfigured(_) => StatusCode::BAD_REQUEST,
        Error::Rejected { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Held { .. } => StatusCode::ACCEPTED,
        Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) | Error::Disabled(_) => StatusCode::FORBIDDEN,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
