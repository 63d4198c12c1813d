//! The audit: who changed what about apps and their users' access, when and from where.
//!
//! An entry is written in the transaction of the change it tells of, so that neither is there without
//! the other, and is kept for `retention.audit_days`. It never holds a secret or what somebody wrote. What happens
//! all day long is not in it: signing in, sending, coming and going.

use crate::{auth::Actor, chat::text, error::Result, ids::AppId, node::Node};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::fmt::Display;
use uuid::{NoContext, Timestamp, Uuid};

/// What was done.
pub(super) struct Deed {
    pub app: AppId,
    action: &'static str,
    target: Option<String>,
    details: Value,
}

impl Deed {
    /// Done to an app.
    pub fn of(app: AppId, action: &'static str) -> Self {
        Self {
            app,
            action,
            target: None,
            details: json!({}),
        }
    }

    /// Done to something of an app's.
    pub fn on(app: AppId, action: &'static str, target: impl Display) -> Self {
        Self {
            target: Some(target.to_string()),
            ..Self::of(app, action)
        }
    }

    /// What was set. Nothing secret.
    pub fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }
}

/// Writes an entry, with the change it tells of.
pub(super) async fn note(transaction: &mut PgConnection, actor: &Actor, deed: Deed) -> Result<()> {
    sqlx::query!(
        "INSERT INTO audit_entries (app_id, id, actor, address, action, target, details)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        deed.app.0,
        Uuid::now_v7(),
        actor.name,
        actor.address.to_string(),
        deed.action,
        deed.target,
        deed.details,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// One entry.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub struct Entry {
    id: Uuid,
    /// When.
    #[serde(serialize_with = "text::timestamp")]
    at: DateTime<Utc>,
    /// Who: an operator's key, or an app's secret by its id.
    actor: String,
    /// From where: an IP address.
    address: String,
    /// To which app, or in which.
    app_id: AppId,
    /// What, such as `app.changed`.
    action: String,
    /// To what: its id.
    target: Option<String>,
    /// What was set; nothing secret.
    #[schemars(with = "serde_json::Map<String, Value>")]
    details: Value,
}

/// Entries of all apps, newest first: those before the one of this id.
pub async fn list(node: &Node, limit: i64, before: Option<Uuid>) -> Result<Vec<Entry>> {
    let entries = sqlx::query_as!(
        Entry,
        r#"SELECT id, at, actor, address, app_id AS "app_id: AppId", action, target, details
           FROM audit_entries WHERE id < $1 ORDER BY id DESC LIMIT $2"#,
        before.unwrap_or(Uuid::max()),
        limit,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(entries)
}

/// Removes up to `most` entries whose time is over, and says how many.
pub(super) async fn expire(node: &Node, most: i64) -> Result<u64> {
    let days = node.live().retention.audit_days;
    if days == 0 {
        return Ok(0);
    }
    // Ids begin with the time: the oldest are at one end of their index, and nothing else is looked at.
    let ended = Utc::now() - TimeDelta::days(days);
    let ended = Timestamp::from_unix(NoContext, ended.timestamp().max(0) as u64, 0);
    let expired = sqlx::query!(
        "DELETE FROM audit_entries WHERE (app_id, id) IN (
             SELECT app_id, id FROM audit_entries WHERE id < $1 ORDER BY id LIMIT $2
         )",
        Uuid::new_v7(ended),
        most,
    )
    .execute(&node.database)
    .await?;
    Ok(expired.rows_affected())
}
