//! Reading the log: pages of a channel, one message, a member's place in it.
//!
//! A deleted message is in no page. Its place in the order stays, so `seq` may skip there.

use crate::{
    auth::Profile,
    chat::{
        drafts::{Checked, ClientName},
        members::{Insider, Member},
        messages::Message,
        reactions::{self, Reactions},
    },
    error::Result,
    hub::Address,
    ids::{AppId, ChannelId, MessageId, UserId},
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::types::Json;
use std::sync::Arc;

/// Which page of a channel's messages.
#[derive(Default)]
pub struct Page {
    /// How many at most.
    pub limit: i64,
    /// Only what was created before then.
    pub before: Option<DateTime<Utc>>,
    /// Only what stands before this place.
    pub before_seq: Option<i64>,
    /// Only what stands after this place; the page then begins right there.
    pub after_seq: Option<i64>,
}

impl Page {
    /// Whether it is the end of the channel, as it is now.
    pub fn is_newest(&self) -> bool {
        self.before.is_none() && self.before_seq.is_none() && self.after_seq.is_none()
    }
}

/// A message of a page: with its sender's profile once more, flat, as documented, and its reactions.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListedMessage")]
pub struct Listed {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// The tenant's own id of the sender.
    pub user_external_id: String,
    /// The sender's shown name.
    pub user_display_name: Option<String>,
    /// The sender's shown picture.
    pub user_avatar_url: Option<String>,
    /// How it was reacted to.
    #[serde(flatten)]
    pub reactions: Reactions,
}

struct Row {
    app_id: AppId,
    id: MessageId,
    channel_id: ChannelId,
    seq: i64,
    user_id: UserId,
    text: Option<String>,
    attachments: Json<Box<RawValue>>,
    metadata: Json<Box<RawValue>>,
    parent_id: Option<MessageId>,
    client_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
    external_id: String,
    display_name: Option<String>,
    avatar_url: Option<String>,
}

impl From<Row> for Message {
    fn from(row: Row) -> Self {
        Message {
            id: row.id,
            channel_id: row.channel_id,
            seq: row.seq,
            user_id: row.user_id,
            text: row.text,
            attachments: row.attachments.0,
            metadata: row.metadata.0,
            parent_id: row.parent_id,
            client_id: ClientName::shown(row.id, row.client_id),
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            user: Arc::new(Profile {
                external_id: row.external_id,
                display_name: row.display_name,
                avatar_url: row.avatar_url,
            }),
        }
    }
}

/// Whether a draft is in the log already, under its client's own name for it.
pub(super) async fn has(node: &Node, member: &Member, draft: &Checked) -> Result<bool> {
    let Some(client) = &draft.client else {
        return Ok(false);
    };
    let is_stored = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM messages WHERE app_id = $1 AND channel_id = $2 AND user_id = $3 AND client_id = $4
           ) AS "is_stored!""#,
        member.app().0,
        member.channel().0,
        member.user().0,
        client.id,
    )
    .fetch_one(&node.database)
    .await?;
    Ok(is_stored)
}

/// Messages with their senders; what stands behind `FROM` differs.
macro_rules! select_messages {
    ($from:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"SELECT messages.app_id AS "app_id: AppId", messages.id AS "id: MessageId", messages.channel_id AS "channel_id: ChannelId", seq,
                      user_id AS "user_id: UserId", text, attachments AS "attachments: Json<Box<RawValue>>",
                      messages.metadata AS "metadata: Json<Box<RawValue>>", parent_id AS "parent_id: MessageId",
                      client_id, messages.created_at, messages.updated_at, deleted_at,
                      external_id, display_name, avatar_url
               FROM messages JOIN users ON users.app_id = messages.app_id AND users.id = messages.user_id "#
                + $from,
            $($argument),*
        )
    };
}

/// A page of a channel, oldest first.
pub async fn list(node: &Node, insider: &Insider, page: &Page) -> Result<Vec<Listed>> {
    let rows = match page.after_seq {
        Some(after) => rows_after(node, insider, after, page).await?,
        None => rows_before(node, insider, page).await?,
    };
    let ids: Vec<_> = rows.iter().map(|row| row.id.0).collect();
    let mut reactions = reactions::to(node, insider, &ids).await?;
    let listed = rows.into_iter().map(|row| {
        let message = Message::from(row);
        Listed {
            user_external_id: message.user.external_id.clone(),
            user_display_name: message.user.display_name.clone(),
            user_avatar_url: message.user.avatar_url.clone(),
            reactions: reactions.remove(&message.id).unwrap_or_default(),
            message,
        }
    });
    Ok(listed.collect())
}

/// The newest that stand before a time and a place; read backwards, given forwards. The time is
/// turned into a place first, by one look into its index: filtering by it would read the channel
/// from its end to there.
async fn rows_before(node: &Node, insider: &Insider, page: &Page) -> Result<Vec<Row>> {
    let mut rows = select_messages!(
        "WHERE messages.app_id = $1 AND channel_id = $2 AND deleted_at IS NULL AND seq < $3
           AND seq <= CASE WHEN $4::timestamptz IS NULL THEN $3 ELSE COALESCE((
                   SELECT earlier.seq FROM messages AS earlier
                   WHERE earlier.app_id = $1 AND earlier.channel_id = $2 AND earlier.created_at < $4
                   ORDER BY earlier.created_at DESC LIMIT 1
               ), 0) END
         ORDER BY seq DESC LIMIT $5",
        insider.app().0,
        insider.channel().0,
        page.before_seq.unwrap_or(i64::MAX),
        page.before,
        page.limit,
    )
    .fetch_all(&node.database)
    .await?;
    rows.reverse();
    Ok(rows)
}

async fn rows_after(node: &Node, insider: &Insider, after: i64, page: &Page) -> Result<Vec<Row>> {
    let rows = select_messages!(
        "WHERE messages.app_id = $1 AND channel_id = $2 AND deleted_at IS NULL AND seq > $3 AND seq < $4
           AND ($5::timestamptz IS NULL OR messages.created_at < $5)
         ORDER BY seq LIMIT $6",
        insider.app().0,
        insider.channel().0,
        after,
        page.before_seq.unwrap_or(i64::MAX),
        page.before,
        page.limit,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(rows)
}

/// The newest `seq` of a channel.
pub(super) async fn head(node: &Node, app: AppId, channel: ChannelId) -> Result<i64> {
    let head = sqlx::query_scalar!(
        "SELECT last_seq FROM channels WHERE app_id = $1 AND id = $2",
        app.0,
        channel.0,
    )
    .fetch_one(&node.database)
    .await?;
    Ok(head)
}

/// What stands in a channel after one place and up to another, in order, as much of it as so many bytes
/// are, and one at least. The deleted are among them, without their text: whoever follows the log must not
/// find a hole in it.
pub(super) async fn between(
    node: &Node,
    (app, channel): (AppId, ChannelId),
    (after, up_to): (i64, i64),
    bytes: i64,
) -> Result<Vec<Message>> {
    let rows = select_messages!(
        "WHERE messages.app_id = $1 AND channel_id = $2 AND seq > $3 AND seq <= GREATEST($3 + 1, (
             SELECT max(seq) FROM (
                 SELECT seq, sum(octet_length(COALESCE(text, '')) + octet_length(attachments::text)
                                 + octet_length(messages.metadata::text) + octet_length(COALESCE(avatar_url, '')))
                             OVER (ORDER BY seq) AS bytes
                 FROM messages JOIN users ON users.app_id = messages.app_id AND users.id = messages.user_id
                 WHERE messages.app_id = $1 AND channel_id = $2 AND seq > $3 AND seq <= $4
             ) AS earlier WHERE bytes <= $5
         ))
         ORDER BY seq",
        app.0,
        channel.0,
        after,
        up_to,
        bytes,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(rows.into_iter().map(Message::from).collect())
}

/// A channel's newest messages, newest first, without the deleted.
pub(super) async fn newest(
    database: &sqlx::PgPool,
    (app, channel): (AppId, ChannelId),
    limit: i64,
) -> Result<Vec<Message>> {
    let rows = select_messages!(
        "WHERE messages.app_id = $1 AND channel_id = $2 AND deleted_at IS NULL ORDER BY seq DESC LIMIT $3",
        app.0,
        channel.0,
        limit,
    )
    .fetch_all(database)
    .await?;
    Ok(rows.into_iter().map(Message::from).collect())
}

/// What stands in some channels after one place and up to another, each channel in its order, at most
/// so many together. As [`between`], which the deleted are among.
pub(super) async fn missing(
    database: &sqlx::PgPool,
    gaps: &[(Address, i64, i64)],
    most: i64,
) -> Result<Vec<Message>> {
    let apps: Vec<_> = gaps.iter().map(|((app, _), ..)| app.0).collect();
    let channels: Vec<_> = gaps.iter().map(|((_, channel), ..)| channel.0).collect();
    let after: Vec<_> = gaps.iter().map(|(_, after, _)| *after).collect();
    let up_to: Vec<_> = gaps.iter().map(|(.., up_to)| *up_to).collect();
    let rows = select_messages!(
        "JOIN unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) AS gap (app_id, channel_id, after, up_to)
           ON messages.app_id = gap.app_id AND messages.channel_id = gap.channel_id AND seq > after AND seq <= up_to
         ORDER BY messages.channel_id, seq LIMIT $5",
        &apps,
        &channels,
        &after,
        &up_to,
        most,
    )
    .fetch_all(database)
    .await?;
    Ok(rows.into_iter().map(Message::from).collect())
}

/// Those of some messages that are in the log, in its order, with their apps. Apps and ids are pairs.
pub(super) async fn stored(
    connection: &mut sqlx::PgConnection,
    apps: &[uuid::Uuid],
    ids: &[uuid::Uuid],
) -> Result<Vec<(AppId, Message)>> {
    let rows = select_messages!(
        "WHERE (messages.app_id, messages.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
         ORDER BY messages.channel_id, seq",
        apps,
        ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.app_id, row.into()))
        .collect())
}

/// The channel of one of the app's messages, deleted or not. Proves nothing of who may see it.
pub async fn channel_of(
    node: &Node,
    caller: &crate::auth::Caller,
    message: MessageId,
) -> Result<Option<ChannelId>> {
    let channel = sqlx::query_scalar!(
        r#"SELECT channel_id AS "channel: ChannelId" FROM messages WHERE app_id = $1 AND id = $2"#,
        caller.app.0,
        message.0,
    )
    .fetch_optional(&node.database)
    .await?;
    Ok(channel)
}
