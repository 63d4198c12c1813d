//! Reactions: one of each kind for a user and a message.
//!
//! Nothing that reads or shows them grows with a crowd: of one message so many are looked at, in the
//! order of their key, fewer are named, and the rest are counted by kind.

use crate::{
    auth::Caller,
    chat::{
        history,
        log::follow,
        members::{self, Insider, Member},
        moderation, text,
    },
    error::{Error, Result},
    hub::{event::Event, frame::Change},
    ids::{ChannelId, MessageId, UserId},
    node::Node,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

/// The kind of a reaction: an emoji, or a word like `:heart:`.
const KIND_BYTES: usize = 64;
/// Kinds one user may leave on one message, and all users together.
const KINDS_EACH: i64 = 20;
const KINDS: i64 = 50;
/// Reactions to one message that are looked at, and that a page names.
const LOOKED_AT: i64 = 1_000;
const NAMED: i64 = 100;

/// Reacts to a message of which only the id is known.
pub async fn add_to(node: &Node, caller: &Caller, message: MessageId, kind: &str) -> Result<()> {
    let not_found = Error::NotFound("Message not found");
    let Some(channel) = history::channel_of(node, caller, message).await? else {
        return Err(not_found);
    };
    // Someone outside the channel may not learn that the message is there.
    let member = members::require(node, caller, channel)
        .await
        .map_err(|error| match error {
            Error::Forbidden(_) => not_found,
            error => error,
        })?;
    add(node, &member, message, kind).await
}

/// Reacts to a message. The same again changes nothing and tells nobody.
pub async fn add(node: &Node, member: &Member, message: MessageId, kind: &str) -> Result<()> {
    if !node.live().features.reactions {
        return Err(Error::Disabled("Reactions are switched off"));
    }
    let kind = text::required("type", kind, KIND_BYTES)?;
    if kind.len() > KIND_BYTES {
        return Err(Error::invalid(format!(
            "type is longer than {KIND_BYTES} bytes"
        )));
    }
    let afterwards = moderation::judge_reaction(node, member, message, &kind).await?;
    let found = sqlx::query!(
        r#"WITH message AS (
               SELECT app_id, id, seq FROM messages
               WHERE app_id = $1 AND channel_id = $2 AND id = $3 AND deleted_at IS NULL
           ), kinds AS (
               SELECT DISTINCT type FROM (
                   SELECT type FROM reactions WHERE app_id = $1 AND message_id = $3 ORDER BY user_id, type LIMIT $8
               ) AS looked_at
           ), allowed AS (
               SELECT (SELECT count(*) FROM reactions
                       WHERE app_id = $1 AND message_id = $3 AND user_id = $4) < $6
                  AND ($5 IN (SELECT type FROM kinds) OR (SELECT count(*) FROM kinds) < $7) AS more
           ), added AS (
               INSERT INTO reactions (app_id, message_id, user_id, type)
               SELECT app_id, id, $4, $5 FROM message, allowed WHERE allowed.more
               ON CONFLICT DO NOTHING RETURNING type
           )
           SELECT (SELECT seq FROM message) AS seq, EXISTS (SELECT FROM added) AS "is_new!",
                  (SELECT more FROM allowed) AS "more!",
                  EXISTS (SELECT FROM reactions
                          WHERE app_id = $1 AND message_id = $3 AND user_id = $4 AND type = $5) AS "is_repeat!""#,
        member.app().0,
        member.channel().0,
        message.0,
        member.user().0,
        kind,
        KINDS_EACH,
        KINDS,
        LOOKED_AT,
    )
    .fetch_one(&node.database)
    .await?;
    let seq = found.seq.ok_or(Error::NotFound("Message not found"))?;
    if !found.more && !found.is_repeat {
        return Err(Error::Conflict(
            "Too many kinds of reaction to this message",
        ));
    }
    if found.is_new {
        node.chat.pages.messages_changed(member.channel());
        node.hub.bus.changed(Change::Messages(member.channel()));
        let event = Added {
            channel: member.channel(),
            message,
            user: member.user(),
            external_id: &member.caller().profile.external_id,
            kind: &kind,
        };
        let event = Event::lasting("reaction.new", &event);
        follow::publish_after(node, member.address(), seq, event).await;
        if let Some(afterwards) = afterwards {
            afterwards.tell(node, member);
        }
    }
    Ok(())
}

/// Someone reacted to a message.
#[derive(Serialize, JsonSchema)]
pub struct Added<'a> {
    #[serde(rename = "channelId")]
    channel: ChannelId,
    #[serde(rename = "messageId")]
    message: MessageId,
    #[serde(rename = "userId")]
    user: UserId,
    #[serde(rename = "externalId")]
    external_id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

/// How a message was reacted to: by one user, or by how many that are not named.
#[derive(Serialize, JsonSchema)]
pub struct Reaction {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whose it is. The first hundred are named; `null` for all others of this kind together.
    pub user_id: Option<UserId>,
    /// Of whom: 1 for a user, who reacts once of each kind. Of one message a thousand are counted.
    pub count: i64,
}

/// The reactions to some messages, in order.
pub(super) async fn to(
    node: &Node,
    insider: &Insider,
    messages: &[Uuid],
) -> Result<HashMap<MessageId, Vec<Reaction>>> {
    let rows = sqlx::query!(
        r#"SELECT message.id AS "message!: MessageId", type AS kind, count(*) AS "count!",
                  CASE WHEN place <= $3 THEN user_id END AS "user: UserId"
           FROM unnest($2::uuid[]) AS message (id), LATERAL (
               SELECT user_id, type, row_number() OVER (ORDER BY created_at, user_id, type) AS place
               FROM (
                   SELECT user_id, type, created_at FROM reactions
                   WHERE app_id = $1 AND message_id = message.id ORDER BY user_id, type LIMIT $4
               ) AS looked_at
           ) AS reaction
           GROUP BY 1, 2, 4 ORDER BY message.id, min(place)"#,
        insider.app().0,
        messages,
        NAMED,
        LOOKED_AT,
    )
    .fetch_all(&node.database)
    .await?;
    let mut reactions: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        reactions.entry(row.message).or_default().push(Reaction {
            kind: row.kind,
            user_id: row.user,
            count: row.count,
        });
    }
    Ok(reactions)
}
