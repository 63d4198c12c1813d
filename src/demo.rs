//! The page to chat on, at `/demo`: for whoever tries Heyyo on their own machine, so in dev mode alone.
//!
//! It is built from `clients/demo` and comes out of the program whole. It makes an app of its own with the
//! calls that dev mode leaves open, as anyone could with curl; nothing here knows more than any client.

use crate::{auth::admin::AdminRule, node::Node, rest::reply::Reply};
use bytes::Bytes;
use http::{HeaderValue, Method};

const PAGE: &str = include_str!("../clients/demo/dist/index.html");
const SCRIPT: &str = include_str!("../clients/demo/dist/demo.js");
const STYLE: &str = include_str!("../clients/demo/dist/demo.css");

/// Its own files and this server, and pictures of users from wherever they are.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The page or a part of it. `None` if it is not asked for, or not in dev mode.
pub fn answer(node: &Node, method: &Method, path: &str) -> Option<Reply> {
    let part = path.strip_prefix("/demo")?;
    if method != Method::GET || !matches!(node.admin(), AdminRule::DirectLoopback) {
        return None;
    }
    match part {
        "" | "/" => Some(Reply::page(PAGE, POLICY)),
        "/demo.js" => Some(part_of("text/javascript; charset=utf-8", SCRIPT)),
        "/demo.css" => Some(part_of("text/css; charset=utf-8", STYLE)),
        _ => None,
    }
}

fn part_of(media: &'static str, text: &'static str) -> Reply {
    Reply::text(media, Bytes::from_static(text.as_bytes()))
}
