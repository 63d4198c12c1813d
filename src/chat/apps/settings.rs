//! What an operator sets for one app: limits, the origins whose pages may call, whether it is suspended.
//!
//! Read often and changed hardly ever, so every node keeps it for a moment ([`settings`]) and forgets it
//! as soon as it changes, on any node.

use crate::{
    auth::token::Verified,
    chat::{
        access::{REFUSED, SUSPENDED},
        apps::Limits,
    },
    config::{
        live::{self, RateLimits},
        origins,
    },
    error::{Error, Result},
    ids::AppId,
    node::Node,
};
use sqlx::{PgPool, types::Json};
use std::sync::Arc;

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

impl Settings {
    /// Lets a token of the app pass, whosever it is.
    pub fn accepts(&self, token: &Verified) -> Result<()> {
        match self.is_suspended {
            true => Err(SUSPENDED),
            false if self.token_generation != token.generation => Err(REFUSED),
            false => Ok(()),
        }
    }

    /// Lets a call pass from a page of this origin; one that is from no page says none.
    pub fn admits(&self, origin: Option<&str>) -> Result<()> {
        admits(&self.allowed_origins, origin)
    }
}

/// The same, where the origins were read together with something else.
pub(super) fn admits(allowed: &[String], origin: Option<&str>) -> Result<()> {
    let is_allowed = |origin: &str| allowed.iter().any(|one| origins::fits(one, origin));
    match origin {
        Some(origin) if !allowed.is_empty() && !is_allowed(origin) => Err(Error::Forbidden(
            "This origin is not one of the app's allowed origins",
        )),
        _ => Ok(()),
    }
}

/// Origins as browsers write them, such as `https://chat.example`, or with a star for what stands before a
/// host; anything else would never match.
pub(super) fn check_origins(wanted: &[String]) -> Result<()> {
    if wanted.len() > ORIGINS {
        return Err(Error::invalid(format!(
            "allowed_origins: {ORIGINS} at most"
        )));
    }
    match wanted.iter().all(|origin| may_be(origin)) {
        true => Ok(()),
        false => Err(Error::invalid(
            "allowed_origins: each is a scheme and a host, and a port if it is not the usual one, like https://chat.example or https://*.chat.example",
        )),
    }
}

fn may_be(origin: &str) -> bool {
    origin.len() <= ORIGIN_CHARACTERS && origins::is_pattern(&origin.to_ascii_lowercase())
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
        true => Ok(settings(node, app).await?.limits.rates(rates)),
        false => Ok(rates),
    }
}

/// How large what an app's users send may be, now.
pub async fn sizes(node: &Node, app: AppId) -> Result<live::Limits> {
    let limits = settings(node, app).await?.limits;
    Ok(limits.sizes(node.live().limits))
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
