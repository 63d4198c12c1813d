//! Reactions: one of each kind for a user and a message.
//!
//! A message takes so many (`limits.reactions`), so that nothing which reads or shows them grows with a
//! crowd; a page names the first of them and counts all by kind.

use crate::{
    auth::Caller,
    chat::{
        apps, history,
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
/// Reactions to one message that a page names.
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
    let most = apps::sizes(node, member.app()).await?.reactions;
    let found = sqlx::query!(
        r#"WITH message AS (
               SELECT app_id, id, seq FROM messages
               WHERE app_id = $1 AND channel_id = $2 AND id = $3 AND deleted_at IS NULL
           ), others AS (
               SELECT user_id, type FROM reactions WHERE app_id = $1 AND message_id = $3 ORDER BY user_id, type LIMIT $8
           ), allowed AS (
               SELECT count(*) < $8 AND count(*) FILTER (WHERE user_id = $4) < $6
                  AND (bool_or(type = $5) IS TRUE OR count(DISTINCT type) < $7) AS more FROM others
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
        most,
    )
    .fetch_one(&node.database)
    .await?;
    let seq = found.seq.ok_or(Error::NotFound("Message not found"))?;
    if !found.more && !found.is_repeat {
        return Err(Error::Conflict(
            "Too many reactions to this message, or too many kinds of them",
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

/// One user's reaction of one kind.
#[derive(Serialize, JsonSchema)]
pub struct Reaction {
    /// Its kind.
    #[serde(rename = "type")]
    kind: String,
    /// Whose it is.
    user_id: UserId,
    /// Always 1: a user reacts once of each kind.
    count: i64,
}

/// How many reacted in one way.
#[derive(Serialize, JsonSchema)]
pub struct ReactionCount {
    /// Its kind.
    #[serde(rename = "type")]
    kind: String,
    /// Of how many users.
    count: i64,
}

/// The reactions to one message.
#[derive(Default, Serialize, JsonSchema)]
pub struct Reactions {
    /// Who reacted how, in order: the first hundred.
    reactions: Vec<Reaction>,
    /// How many reacted how, the named among them; in the order of the first of each kind.
    reaction_counts: Vec<ReactionCount>,
}

/// The reactions to some messages.
pub(super) async fn to(
    node: &Node,
    insider: &Insider,
    messages: &[Uuid],
) -> Result<HashMap<MessageId, Reactions>> {
    let most = apps::sizes(node, insider.app()).await?.reactions;
    let rows = sqlx::query!(
        r#"SELECT message.id AS "message!: MessageId", type AS kind, count(*) AS "count!",
                  CASE WHEN place <= $3 THEN user_id END AS "user: UserId"
           FROM unnest($2::uuid[]) AS message (id), LATERAL (
               SELECT user_id, type, row_number() OVER (ORDER BY created_at, user_id, type) AS place
               FROM (
                   SELECT user_id, type, created_at FROM reactions
                   WHERE app_id = $1 AND message_id = message.id ORDER BY user_id, type LIMIT $4
               ) AS one
           ) AS reaction
           GROUP BY 1, 2, 4 ORDER BY message.id, min(place)"#,
        insider.app().0,
        messages,
        NAMED,
        most,
    )
    .fetch_all(&node.database)
    .await?;
    let mut found: HashMap<_, Reactions> = HashMap::new();
    for row in rows {
        let Reactions {
            reactions,
            reaction_counts,
        } = found.entry(row.message).or_default();
        match reaction_counts.iter_mut().find(|one| one.kind == row.kind) {
            Some(one) => one.count += row.count,
            None => reaction_counts.push(ReactionCount {
                kind: row.kind.clone(),
                count: row.count,
            }),
        }
        if let Some(user_id) = row.user {
            reactions.push(Reaction {
                kind: row.kind,
                user_id,
                count: row.count,
            });
        }
    }
    Ok(found)
}
