//! Messages kept aside until the tenant's backend decides.
//!
//! A released message is appended to its channel as if it had just been sent, by its sender, without
//! asking plugins again: somebody has decided. Its sender must still be a member.

use crate::{
    auth::{Caller, Profile, Tenant},
    chat::{
        drafts::{Checked, ClientName},
        log,
        members::Member,
        messages::Sent,
        text,
    },
    error::{Error, Result},
    hooks::event::Rejection,
    ids::{AppId, ChannelId, MessageId, UserId},
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use sqlx::types::Json;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Held messages of one answer at most.
const PAGE: i64 = 100;
/// Held messages of one app at most.
const MOST: i64 = 10_000;

/// Keeps a message aside. Gives back the refusal that tells its sender; a send that is tried again is
/// told of the first.
pub(super) async fn keep(
    node: &Node,
    member: &Member,
    draft: Checked,
    plugin: String,
    why: Rejection,
) -> Result<Error> {
    let id = sqlx::query_scalar!(
        r#"WITH held AS (
               INSERT INTO held_messages (
                   app_id, id, channel_id, user_id, parent_id, client_id, client_digest,
                   text, attachments, metadata, plugin, code, reason
               )
               SELECT app_id, $2, channel_id, user_id, $5, $6, $7, $8, $9, $10, $11, $12, $13
               FROM members WHERE app_id = $1 AND channel_id = $3 AND user_id = $4
                 AND (SELECT count(*) FROM held_messages WHERE app_id = $1) < $14
               ON CONFLICT DO NOTHING RETURNING id
           )
           SELECT id AS "id!: MessageId" FROM held
           UNION ALL
           SELECT id FROM held_messages
           WHERE app_id = $1 AND channel_id = $3 AND user_id = $4 AND client_id = $6"#,
        member.app().0,
        draft.id.0,
        member.channel().0,
        member.user().0,
        draft.parent_id.map(|id| id.0),
        draft.client.as_ref().map(|client| client.id.as_str()),
        draft.client.as_ref().map(|client| client.digest.as_slice()),
        draft.text,
        Json(&draft.attachments) as _,
        Json(&draft.metadata) as _,
        plugin,
        why.code,
        why.reason,
        MOST,
    )
    .fetch_optional(&node.database)
    .await?;
    Ok(match id {
        Some(id) => Error::Held {
            id,
            plugin,
            code: why.code,
            reason: why.reason,
        },
        None => Error::unavailable(),
    })
}

/// A message that waits for a decision.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HeldMessage")]
pub struct Held {
    /// The message it will be.
    id: MessageId,
    channel_id: ChannelId,
    /// Its sender.
    user_id: UserId,
    /// The tenant's own id of the sender.
    user_external_id: String,
    text: Option<String>,
    #[schemars(with = "Vec<Map<String, Value>>")]
    attachments: Json<Box<RawValue>>,
    #[schemars(with = "Map<String, Value>")]
    metadata: Json<Box<RawValue>>,
    parent_id: Option<MessageId>,
    /// The plugin that wants it so.
    plugin: String,
    /// Its word for machines.
    code: String,
    /// Its sentence for people.
    reason: String,
    #[serde(serialize_with = "text::timestamp")]
    created_at: DateTime<Utc>,
}

/// Those that wait, oldest first.
pub async fn list(node: &Node, tenant: &Tenant) -> Result<Vec<Held>> {
    let held = sqlx::query_as!(
        Held,
        r#"SELECT held_messages.id AS "id: MessageId", channel_id AS "channel_id: ChannelId", user_id AS "user_id: UserId",
                  external_id AS user_external_id, text, attachments AS "attachments: Json<Box<RawValue>>",
                  metadata AS "metadata: Json<Box<RawValue>>", parent_id AS "parent_id: MessageId",
                  plugin, code, reason, held_messages.created_at
           FROM held_messages JOIN users ON users.app_id = held_messages.app_id AND users.id = user_id
           WHERE held_messages.app_id = $1 ORDER BY held_messages.id LIMIT $2"#,
        tenant.app.0,
        PAGE,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(held)
}

/// Drops one.
pub async fn drop(node: &Node, tenant: &Tenant, id: MessageId) -> Result<()> {
    let dropped = sqlx::query!(
        "DELETE FROM held_messages WHERE app_id = $1 AND id = $2",
        tenant.app.0,
        id.0,
    )
    .execute(&node.database)
    .await?;
    match dropped.rows_affected() {
        0 => Err(Error::NotFound("Held message not found")),
        _ => Ok(()),
    }
}

/// Sends one after all. Released twice, it is sent once: its id is the message's.
pub async fn release(node: &Node, tenant: &Tenant, id: MessageId) -> Result<Sent> {
    let row = sqlx::query!(
        r#"SELECT channel_id AS "channel_id: ChannelId", user_id AS "user_id: UserId",
                  external_id, display_name, avatar_url, text,
                  attachments AS "attachments: Json<Box<RawValue>>", metadata AS "metadata: Json<Box<RawValue>>",
                  parent_id AS "parent_id: MessageId", client_id, client_digest
           FROM held_messages JOIN users ON users.app_id = held_messages.app_id AND users.id = user_id
           WHERE held_messages.app_id = $1 AND held_messages.id = $2"#,
        tenant.app.0,
        id.0,
    )
    .fetch_optional(&node.database)
    .await?
    .ok_or(Error::NotFound("Held message not found"))?;
    let profile = Profile {
        external_id: row.external_id,
        display_name: row.display_name,
        avatar_url: row.avatar_url,
    };
    let member = released_by(tenant.app, row.user_id, profile, row.channel_id);
    let digest = row.client_digest.unwrap_or_default();
    // Without a name of its client's, its own id keeps it from being sent twice.
    let client = ClientName {
        id: row.client_id.unwrap_or_else(|| ClientName::released(id)),
        digest: digest.try_into().unwrap_or_default(),
    };
    let draft = Checked {
        id,
        text: row.text,
        attachments: row.attachments.0,
        metadata: row.metadata.0,
        parent_id: row.parent_id,
        client: Some(client),
    };
    let (answer, sent) = oneshot::channel();
    let answer: log::Answer = Box::new(|result| {
        // Nobody waits any more; the message stays.
        let _ = answer.send(result);
    });
    node.chat.log.append(&member, draft, answer);
    let sent = sent.await.unwrap_or_else(|_| Err(Error::unavailable()))?;
    drop(node, tenant, id).await?;
    Ok(sent)
}

/// The sender as the log knows them; the append itself checks that they are a member still.
fn released_by(app: AppId, user: UserId, profile: Profile, channel: ChannelId) -> Member {
    let caller = Caller {
        app,
        user,
        profile: Arc::new(profile),
        expires_at: DateTime::<Utc>::MAX_UTC,
    };
    Member::unproven(caller, channel)
}
