//! A message as a plugin is shown it: one that is to be sent, and those before it.

use crate::{
    auth::Profile,
    chat::{drafts::Checked, history, members::Member},
    error::Result,
    hooks::event::{Message, Sender},
    ids::{AppId, ChannelId, UserId},
};
use sqlx::PgPool;

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

fn sender_of(id: UserId, profile: &Profile) -> Sender {
    Sender {
        id,
        external_id: profile.external_id.clone(),
        name: profile.display_name.clone(),
    }
}
