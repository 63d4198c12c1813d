//! Reactions: one of each kind for a user and a message.

use crate::{
    auth::Caller,
    chat::{
        history,
        log::follow,
        members::{self, Member},
        moderation, text,
    },
    error::{Error, Result},
    hub::{event::Event, frame::Change},
    ids::{ChannelId, MessageId, UserId},
    node::Node,
};
use schemars::JsonSchema;
use serde::Serialize;

/// The kind of a reaction: an emoji, or a word like `:heart:`.
const KIND_BYTES: usize = 64;
/// Kinds one user may leave on one message.
const KINDS_EACH: i64 = 20;

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
           ), allowed AS (
               SELECT count(*) < $6 AS more FROM reactions WHERE app_id = $1 AND message_id = $3 AND user_id = $4
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
