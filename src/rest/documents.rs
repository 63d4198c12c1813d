//! What the server says of its own calls and events: two documents for machines, and for people a page
//! that reads both. The page comes whole, out of the program, and may fetch nothing but the two.

use crate::{
    error::Result,
    rest::{call::Call, openapi, reply::Reply},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const PAGE: &str = include_str!("documents.html");

pub(super) async fn openapi(_: Call) -> Result<Reply> {
    Ok(Reply::json(openapi::document()))
}

pub(super) async fn asyncapi(call: Call) -> Result<Reply> {
    Ok(Reply::json((call.events)()))
}

pub(super) async fn page(_: Call) -> Result<Reply> {
    Ok(Reply::page(PAGE, POLICY.clone()))
}

/// Its own style and script, by their digests, and this server.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let (style, script) = (digest("style"), digest("script"));
    let policy = format!(
        "default-src 'none'; style-src {style}; script-src {script}; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("a policy is plain text")
});

/// What stands in the page between these tags, as a policy names it.
fn digest(tag: &str) -> String {
    let (_, rest) = PAGE
        .split_once(&format!("<{tag}>"))
        .expect("the page has it");
    let (text, _) = rest.split_once(&format!("</{tag}>")).expect("it ends");
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}
