//! Messages: sent, and deleted.
//!
//! A send is checked here and appended by [`log`](crate::chat::log); nothing else writes a message.

use crate::{
    auth::{Actor, Profile},
    chat::{
        apps,
        audit::{self, Deed},
        drafts::{Checked, ClientName, Draft},
        log::follow,
        members::{Insider, Member, Sender},
        moderation::{self, Agreed},
        text,
    },
    error::{Error, Result},
    hub::{Address, event::Event},
    ids::{ChannelId, MessageId, UserId},
    node::Node,
    telemetry::traces,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use sqlx::PgConnection;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use tracing::Instrument;

/// A message, as both doors and every event show it.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Message {
    /// The message.
    pub id: MessageId,
    /// Its channel.
    pub channel_id: ChannelId,
    /// Its place in the channel: 1, 2, 3 … without holes.
    pub seq: i64,
    /// Its sender.
    pub user_id: UserId,
    /// What is said; `null` without text and once deleted.
    pub text: Option<String>,
    /// What rides along, a list.
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub attachments: Box<RawValue>,
    /// The client's own facts, an object.
    #[schemars(with = "Map<String, Value>")]
    pub metadata: Box<RawValue>,
    /// The message this one answers.
    pub parent_id: Option<MessageId>,
    /// The sender's own name for it.
    pub client_id: Option<String>,
    /// Strictly later than the one before it in the channel.
    #[serde(serialize_with = "text::timestamp")]
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    #[serde(serialize_with = "text::timestamp")]
    pub updated_at: DateTime<Utc>,
    /// When it was deleted.
    #[serde(serialize_with = "text::optional_timestamp")]
    pub deleted_at: Option<DateTime<Utc>>,
    /// Its sender, as others see them.
    pub user: Arc<Profile>,
}

impl Message {
    /// A draft that was just stored, in its place.
    pub(super) fn placed(
        member: &Member,
        id: MessageId,
        draft: Checked,
        (seq, created_at): (i64, DateTime<Utc>),
    ) -> Self {
        Self {
            id,
            channel_id: member.channel(),
            seq,
            user_id: member.user(),
            text: draft.text,
            attachments: draft.attachments,
            metadata: draft.metadata,
            parent_id: draft.parent_id,
            client_id: ClientName::shown(id, draft.client.map(|client| client.id)),
            created_at,
            updated_at: created_at,
            deleted_at: None,
            user: member.caller().profile.clone(),
        }
    }

    /// The news of it.
    pub fn event(&self) -> Event {
        Event::lasting("message.new", self).at(self.seq)
    }
}

/// A message that is in the log.
pub struct Sent {
    /// The `message.new` that was published, serialised once for the sender too.
    pub event: Arc<Event>,
    /// Whether it was there already, under the client's own name for it.
    pub is_repeat: bool,
}

/// What a send took, for who waits for it.
#[derive(Clone, Copy, Default)]
pub struct Took {
    /// The app's plugins.
    pub hooks: Duration,
    /// Waiting for the commit, and the commit.
    pub store: Duration,
}

/// Checks a draft, and asks the app's plugins about it.
pub async fn check(node: &Node, sender: &Sender, draft: Draft) -> Result<Agreed> {
    let sizes = apps::sizes(node, sender.0.app()).await?;
    let draft = draft.check(&sizes)?;
    let judged = moderation::judge(node, &sender.0, draft);
    judged.instrument(traces::part("plugins")).await
}

/// Puts what was agreed to in line for the log. Two calls one after the other are stored in that
/// order. `answer` is told once, when the message is durable and published, or why it is neither.
pub fn submit(
    node: &Node,
    sender: &Sender,
    agreed: Agreed,
    answer: impl FnOnce(Result<Sent>) + Send + Sync + 'static,
) {
    let Agreed { draft, afterwards } = agreed;
    let span = traces::part("log");
    let answer = move |sent| {
        drop(span);
        answer(sent);
    };
    let Some(afterwards) = afterwards else {
        return node.chat.log.append(&sender.0, draft, Box::new(answer));
    };
    let (node_of, member_of) = (node.clone(), sender.0.clone());
    let answer = Box::new(move |sent: Result<Sent>| {
        let is_new = sent.as_ref().is_ok_and(|sent| !sent.is_repeat);
        answer(sent);
        if is_new {
            afterwards.tell(&node_of, &member_of);
        }
    });
    node.chat.log.append(&sender.0, draft, answer);
}

/// The same, for those who wait.
pub async fn send(node: &Node, sender: &Sender, draft: Draft) -> Result<(Sent, Took)> {
    let began = Instant::now();
    let agreed = check(node, sender, draft).await?;
    let hooks = began.elapsed();
    let (answer, sent) = oneshot::channel();
    submit(node, sender, agreed, |result| {
        // Nobody waits any more; the message stays.
        let _ = answer.send(result);
    });
    // A dropped sender is a writer that ended with the process.
    let sent = sent.await.unwrap_or_else(|_| Err(Error::unavailable()))?;
    let store = began.elapsed() - hooks;
    Ok((sent, Took { hooks, store }))
}

/// Deletes the caller's own message. Its text is gone from the log, not hidden in it.
pub async fn delete(node: &Node, member: &Member, message: MessageId) -> Result<()> {
    let mut connection = node.database.acquire().await?;
    let erased = erase(
        &mut connection,
        member.address(),
        message,
        Some(member.user()),
    )
    .await?;
    drop(connection);
    let seq = erased.ok_or(Error::NotFound("Message not found or unauthorized"))?;
    tell_deleted(node, member.address(), message, seq).await;
    Ok(())
}

/// Deletes anybody's message, for the backend of the channel's app.
pub async fn delete_any(
    node: &Node,
    actor: &Actor,
    insider: &Insider,
    message: MessageId,
) -> Result<()> {
    let address = (insider.app(), insider.channel());
    let mut transaction = node.database.begin().await?;
    let erased = erase(&mut transaction, address, message, None).await?;
    let seq = erased.ok_or(Error::NotFound("Message not found"))?;
    let deed = Deed::on(insider.app(), "message.deleted", message);
    audit::note(&mut transaction, actor, deed).await?;
    transaction.commit().await?;
    tell_deleted(node, address, message, seq).await;
    Ok(())
}

/// Takes out of a message all that was said, if it is there and that sender's; gives its place.
async fn erase(
    connection: &mut PgConnection,
    (app, channel): Address,
    message: MessageId,
    sender: Option<UserId>,
) -> Result<Option<i64>> {
    let seq = sqlx::query_scalar!(
        "WITH channel AS (
             SELECT app_id, id FROM channels WHERE app_id = $1 AND id = $2 FOR NO KEY UPDATE
         ), deleted AS (
             UPDATE messages SET text = NULL, attachments = '[]', metadata = '{}', deleted_at = now(), updated_at = now()
             FROM channel
             WHERE messages.app_id = $1 AND channel_id = channel.id AND messages.id = $3
               AND user_id = COALESCE($4, user_id) AND deleted_at IS NULL
             RETURNING messages.app_id, channel_id, seq
         )
         UPDATE channels SET message_count = message_count - 1 FROM deleted
         WHERE channels.app_id = deleted.app_id AND channels.id = deleted.channel_id
         RETURNING deleted.seq",
        app.0,
        channel.0,
        message.0,
        sender.map(|sender| sender.0),
    )
    .fetch_optional(connection)
    .await?;
    Ok(seq)
}

async fn tell_deleted(node: &Node, address: Address, message: MessageId, seq: i64) {
    let event = Deleted {
        channel: address.1,
        message,
    };
    let event = Event::lasting("message.deleted", &event);
    follow::publish_after(node, address, seq, event).await;
}

/// A message is gone.
#[derive(Serialize, JsonSchema)]
pub struct Deleted {
    #[serde(rename = "channelId")]
    channel: ChannelId,
    #[serde(rename = "messageId")]
    message: MessageId,
}
