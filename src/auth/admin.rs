//! Who may manage apps.
//!
//! With an admin key: whoever shows it. Without one, in dev mode: a direct caller on this very
//! machine, and nobody who merely looks like one. A proxy on the same host and a web page that
//! posts to localhost both arrive from a loopback address; headers give them away.

use crate::{
    auth::secret,
    config::{Boot, Live},
    error::{Error, Result},
};
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};

/// Headers that a proxy adds and a direct caller has no reason to send.
const PROXY_HEADERS: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// The operator's rule.
#[derive(Clone)]
pub enum AdminRule {
    /// One of these keys must be shown.
    Keys(Vec<String>),
    /// Dev mode: direct callers on this machine.
    DirectLoopback,
    /// Nobody: there is a configuration, but no key in it.
    Nobody,
}

/// An operator who was let through, as the audit names them: `admin:` and eight digits of their key's
/// SHA-256, so that two keys are told apart and neither is told; `local` in dev mode.
#[derive(Clone, Debug)]
pub struct Operator(pub String);

impl AdminRule {
    /// The rule that the configuration makes.
    pub fn of(boot: &Boot, live: &Live) -> Self {
        match live.auth.admin_keys.as_slice() {
            [] if boot.server.is_loopback() && !live.has_file => AdminRule::DirectLoopback,
            [] => AdminRule::Nobody,
            keys => AdminRule::Keys(keys.to_vec()),
        }
    }

    /// Lets an operator through, or says what is missing.
    pub fn admit(&self, headers: &HeaderMap, peer: SocketAddr) -> Result<Operator> {
        match self {
            AdminRule::Keys(keys) => match shown_key(headers) {
                None => Err(Error::Unauthenticated("Admin key required")),
                // No early end: the time taken must not tell which key was nearly right.
                Some(shown)
                    if keys
                        .iter()
                        .fold(false, |found, key| found | secret::same(key, shown)) =>
                {
                    Ok(Operator(format!("admin:{}", fingerprint(shown))))
                }
                Some(_) => Err(Error::Forbidden("Invalid admin key")),
            },
            AdminRule::DirectLoopback if is_direct(headers, peer) => {
                Ok(Operator("local".to_owned()))
            }
            AdminRule::DirectLoopback => Err(Error::Forbidden(
                "Without an admin key only direct local calls may manage apps; set HEYYO_ADMIN_KEY",
            )),
            AdminRule::Nobody => Err(Error::Forbidden(
                "Managing apps needs an admin key; set HEYYO_ADMIN_KEY",
            )),
        }
    }
}

/// What `printf %s "$KEY" | sha256sum | cut -c1-8` says.
fn fingerprint(key: &str) -> String {
    let digest = Sha256::digest(key);
    digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn shown_key(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    bearer.or_else(|| headers.get("x-admin-key")?.to_str().ok())
}

fn is_direct(headers: &HeaderMap, peer: SocketAddr) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("");
    let own_page = |origin: &str| origin.strip_prefix("http://") == Some(host);
    let origin_is_ours = match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => origin.to_str().is_ok_and(own_page),
    };
    let fetched_by_another_site = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none");

    peer.ip().to_canonical().is_loopback()
        && is_loopback_name(host)
        && origin_is_ours
        && !fetched_by_another_site
        && !PROXY_HEADERS.iter().any(|name| headers.contains_key(*name))
}

/// A page that pointed its own name at 127.0.0.1 (DNS rebinding) shows that name here.
fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
