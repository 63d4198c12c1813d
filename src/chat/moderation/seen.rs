//! A message as a plugin is shown it: one that is to be sent, and those before it.

use crate::{
    auth::Profile,
    chat::{drafts::Checked, history, members::Member},
    error::Result,
    hooks::event::{Message, Sender},
    ids::{AppId, ChannelId, MessageId, UserId},
};
use sqlx::PgPool;
use std::collections::HashMap;

/// The sender of what a member does.
pub(super) fn sender(member: &Member) -> Sender {
    sender_of(member.user(), &member.caller().profile)
}

/// A message that is to be sent.
pub(super) fn draft(member: &Member, draft: &Checked) -> Message {
    Message {
        id: draft.id,
        channel: member.channel(),
        sender: sender(member),
        text: draft.text.clone().unwrap_or_default(),
        parent: draft.parent_id,
        attachments: draft.attachments.clone(),
        metadata: draft.metadata.clone(),
    }
}

/// Those of a channel's newest messages that a plugin may see, newest first.
pub(in crate::chat) async fn recent(
    database: &PgPool,
    channel: (AppId, ChannelId),
    limit: u8,
) -> Result<Vec<Message>> {
    let messages = history::newest(database, channel, i64::from(limit)).await?;
    Ok(messages
        .into_iter()
        .map(|message| Message {
            id: message.id,
            channel: message.channel_id,
            sender: sender_of(message.user_id, &message.user),
            text: message.text.unwrap_or_default(),
            parent: message.parent_id,
            attachments: message.attachments,
            metadata: message.metadata,
        })
        .collect())
}

/// Of those messages that are in the log: whether what was said in them is still there.
pub(in crate::chat) async fn standing(
    database: &PgPool,
    app: AppId,
    messages: impl IntoIterator<Item = MessageId>,
) -> Result<HashMap<MessageId, bool>> {
    let ids: Vec<_> = messages.into_iter().map(|message| message.0).collect();
    let rows = sqlx::query!(
        r#"SELECT id AS "id: MessageId", deleted_at IS NULL AS "stands!" FROM messages
           WHERE app_id = $1 AND id = ANY($2)"#,
        app.0,
        &ids,
    )
    .fetch_all(database)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.stands)).collect())
}

fn sender_of(id: UserId, profile: &Profile) -> Sender {
    Sender {
        id,
        external_id: profile.external_id.clone(),
        name: profile.display_name.clone(),
    }
}
