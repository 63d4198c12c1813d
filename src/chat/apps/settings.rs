//! What an operator sets for one app: limits, the origins whose pages may call, whether it is suspended.
//!
//! Read often and changed hardly ever, so every node keeps it for a moment ([`settings`]) and forgets it
//! as soon as it changes, on any node.

use crate::{
    config::{check::is_origin, live::RateLimits},
    error::{Error, Result},
    ids::AppId,
    node::Node,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::{PgPool, types::Json};
use std::sync::Arc;

/// The largest number that a limit may be.
const LARGEST: u64 = 1_000_000_000;
/// Origins of one app at most, and characters of one.
const ORIGINS: usize = 100;
const ORIGIN_CHARACTERS: usize = 255;

/// What holds for one app.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether its tokens and secrets are refused.
    pub is_suspended: bool,
    /// The generation of its tokens; all others are refused.
    pub token_generation: i32,
    /// Where it differs from what the server allows everybody.
    pub limits: Limits,
    /// The origins whose pages may call; empty: all.
    pub allowed_origins: Vec<String>,
}

/// An app's own limits; what is absent is as the server has it. A new one is a field here and a name in
/// `Limits::NAMES`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AppLimits")]
pub struct Limits {
    /// Messages of the app's users in a minute; each node counts for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub messages_per_minute: Option<u32>,
    /// Calls and events of the app's users and of its backend in a minute; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub requests_per_minute: Option<u32>,
    /// Sockets of the app's users at once; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub sockets: Option<u32>,
    /// Days for which the app's messages are kept. Older ones are removed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub messages_days: Option<u32>,
}

impl Limits {
    const NAMES: [&str; 4] = [
        "messages_per_minute",
        "requests_per_minute",
        "sockets",
        "messages_days",
    ];

    /// The server's rates, but for what the app has of its own.
    fn over(&self, rates: RateLimits) -> RateLimits {
        RateLimits {
            app_calls: self.requests_per_minute.unwrap_or(rates.app_calls),
            app_messages: self.messages_per_minute.unwrap_or(rates.app_messages),
            ..rates
        }
    }

    /// Checks limits that are to be set; `null` takes one back. An unknown name is a mistake and no key to
    /// be ignored: whoever wrote it would believe in a limit that is not there.
    pub(super) fn check(wanted: &Map<String, Value>) -> Result<()> {
        for (name, value) in wanted {
            if !Self::NAMES.contains(&name.as_str()) {
                let names = Self::NAMES.join(", ");
                return Err(Error::invalid(format!(
                    "limits: there is no such limit; there are {names}"
                )));
            }
            let number = value.as_u64();
            if !value.is_null() && !number.is_some_and(|number| (1..=LARGEST).contains(&number)) {
                return Err(Error::invalid(format!(
                    "limits.{name} must be a whole number from 1 to {LARGEST}, or null"
                )));
            }
        }
        Ok(())
    }
}

impl Settings {
    /// Lets a call pass from a page of this origin; one that is from no page says none.
    pub fn admits(&self, origin: Option<&str>) -> Result<()> {
        admits(&self.allowed_origins, origin)
    }
}

/// The same, where the origins were read together with something else.
pub(super) fn admits(allowed: &[String], origin: Option<&str>) -> Result<()> {
    let is_allowed = |origin: &str| allowed.iter().any(|one| one.eq_ignore_ascii_case(origin));
    match origin {
        Some(origin) if !allowed.is_empty() && !is_allowed(origin) => Err(Error::Forbidden(
            "This origin is not one of the app's allowed origins",
        )),
        _ => Ok(()),
    }
}

/// Origins as browsers write them, such as `https://chat.example`; anything else would never match.
pub(super) fn check_origins(wanted: &[String]) -> Result<()> {
    if wanted.len() > ORIGINS {
        return Err(Error::invalid(format!(
            "allowed_origins: {ORIGINS} at most"
        )));
    }
    match wanted.iter().all(|origin| may_be(origin)) {
        true => Ok(()),
        false => Err(Error::invalid(
            "allowed_origins: each is a scheme and a host, and a port if it is not the usual one, like https://chat.example",
        )),
    }
}

fn may_be(origin: &str) -> bool {
    origin.len() <= ORIGIN_CHARACTERS && is_origin(&origin.to_ascii_lowercase())
}

/// What holds for an app. Kept for a moment, and forgotten on every node when it changes; refused as a
/// token is for an app that is not there.
pub async fn settings(node: &Node, app: AppId) -> Result<Arc<Settings>> {
    node.chat.access.settings(&node.database, app).await
}

/// How often an app and its users may do what, now.
pub async fn rates(node: &Node, app: AppId) -> Result<RateLimits> {
    let rates = node.live().rate_limits;
    match rates.enabled {
        true => Ok(settings(node, app).await?.limits.over(rates)),
        false => Ok(rates),
    }
}

/// What holds for an app, as the database has it now.
pub(in crate::chat) async fn read_settings(
    database: &PgPool,
    app: AppId,
) -> Result<Option<Settings>> {
    let row = sqlx::query!(
        r#"SELECT suspended_at IS NOT NULL AS "is_suspended!", token_generation,
                  limits AS "limits: Json<Limits>", allowed_origins
           FROM apps WHERE id = $1 AND deleted_at IS NULL"#,
        app.0,
    )
    .fetch_optional(database)
    .await?;
    Ok(row.map(|row| Settings {
        is_suspended: row.is_suspended,
        token_generation: row.token_generation,
        limits: row.limits.0,
        allowed_origins: row.allowed_origins,
    }))
}
