//! What plugins add to a message after it was stored: many at once, in one statement, behind nobody's back.
//!
//! Every message of a busy app may get some, so they are taken as the log takes sends: all that came while
//! the last were stored. The channel's row is left alone, which the log needs. What does not fit in
//! the line is dropped, and so is what is added to a message that is deleted by then.
//!
//! The channel is told what changed, `message.updated`, and not what was said: a text that is deleted
//! at this moment must not appear again.

use crate::{
    chat::{
        fair_queue::{FairQueue, Room, Waits},
        log::follow,
        members::Member,
        text,
    },
    deadline,
    error::Result,
    hub::{
        event::Event,
        frame::{Change, Frame},
    },
    ids::{AppId, ChannelId, MessageId},
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use sqlx::types::Json;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Additions that may wait. Each is small: the contract of plugins says how large it may be.
const WAITING: Room = Room {
    places: 4_096,
    bytes: usize::MAX,
};
/// Additions in one statement at most.
const AT_ONCE: Room = Room {
    places: 256,
    bytes: usize::MAX,
};
/// How often it is tried to tell of them.
const TRIES: usize = 3;

/// Where additions wait.
pub struct Annotations {
    line: FairQueue<Added>,
    is_being_emptied: AtomicBool,
}

impl Default for Annotations {
    fn default() -> Self {
        Self {
            line: FairQueue::new(WAITING),
            is_being_emptied: AtomicBool::new(false),
        }
    }
}

struct Added {
    app: AppId,
    message: MessageId,
    /// By the names of plugins.
    by_plugin: Map<String, Value>,
}

impl Waits for Added {
    fn app(&self) -> AppId {
        self.app
    }
}

/// Adds to a stored message what a plugin makes of it. False if too many wait already.
pub fn add(
    node: &Node,
    member: &Member,
    message: MessageId,
    plugin: &str,
    added: Map<String, Value>,
) -> bool {
    let annotations = &node.chat.annotations;
    let added = Added {
        app: member.app(),
        message,
        by_plugin: Map::from_iter([(plugin.to_owned(), Value::Object(added))]),
    };
    if annotations.line.push(added).is_err() {
        return false;
    }
    if annotations.begin() {
        tokio::spawn(empty(node.clone()));
    }
    true
}

impl Annotations {
    /// Whether nobody empties the line yet: then the caller does.
    fn begin(&self) -> bool {
        !self.is_being_emptied.swap(true, Ordering::AcqRel)
    }

    /// The next of those that wait. None ends the emptying, unless somebody came at the last moment.
    fn next(&self) -> Option<Vec<Added>> {
        let mut batch = vec![];
        loop {
            self.line.take_now(&mut batch, AT_ONCE);
            if !batch.is_empty() {
                return Some(batch);
            }
            self.is_being_emptied.store(false, Ordering::Release);
            if self.line.count() == 0 || !self.begin() {
                return None;
            }
        }
    }
}

async fn empty(node: Node) {
    while let Some(batch) = node.chat.annotations.next() {
        let stored = store(&node, merged(batch));
        match deadline::within(node.current.patience(), stored).await {
            Ok(updated) => publish(&node, updated).await,
            Err(error) => error.log("annotations"),
        }
    }
}

/// One addition for each message.
fn merged(batch: Vec<Added>) -> HashMap<(AppId, MessageId), Map<String, Value>> {
    let mut merged: HashMap<_, Map<String, Value>> = HashMap::new();
    for added in batch {
        let of_message = merged.entry((added.app, added.message)).or_default();
        of_message.extend(added.by_plugin);
    }
    merged
}

/// What changed of a message, as the channel is told.
#[derive(Serialize, JsonSchema)]
pub struct Updated {
    #[serde(rename = "channelId")]
    channel: ChannelId,
    #[serde(rename = "messageId")]
    message: MessageId,
    /// All of it, as it is now.
    #[schemars(with = "Map<String, Value>")]
    metadata: Json<Box<RawValue>>,
    #[serde(rename = "updatedAt", serialize_with = "text::timestamp")]
    updated_at: DateTime<Utc>,
}

/// A message that something was added to, and its place.
struct Place {
    app: AppId,
    channel: ChannelId,
    seq: i64,
    message: MessageId,
}

/// Takes the messages in the order of their ids, so that two nodes never wait for each other.
async fn store(
    node: &Node,
    added: HashMap<(AppId, MessageId), Map<String, Value>>,
) -> Result<Vec<Place>> {
    let (mut apps, mut ids, mut values) = (vec![], vec![], vec![]);
    for ((app, message), by_plugin) in added {
        apps.push(app.0);
        ids.push(message.0);
        values.push(Value::Object(by_plugin));
    }
    let updated = sqlx::query_as!(
        Place,
        r#"WITH added AS MATERIALIZED (
               SELECT messages.app_id, messages.channel_id, messages.seq, by_plugin
               FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[]) AS added (app_id, id, by_plugin)
               JOIN messages USING (app_id, id)
               WHERE deleted_at IS NULL
               ORDER BY messages.app_id, messages.id FOR NO KEY UPDATE OF messages
           )
           UPDATE messages SET updated_at = date_trunc('milliseconds', clock_timestamp()), metadata = (
               messages.metadata::jsonb || jsonb_build_object('plugins',
                   COALESCE(messages.metadata::jsonb -> 'plugins', '{}') || (
                       SELECT jsonb_object_agg(name, COALESCE(messages.metadata::jsonb #> ARRAY['plugins', name], '{}') || more)
                       FROM jsonb_each(by_plugin) AS each (name, more)))
           )::json
           FROM added
           WHERE messages.app_id = added.app_id AND messages.channel_id = added.channel_id AND messages.seq = added.seq
             AND deleted_at IS NULL
           RETURNING messages.app_id AS "app: AppId", messages.channel_id AS "channel: ChannelId", messages.seq,
                     messages.id AS "message: MessageId""#,
        &apps,
        &ids,
        &values,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(updated)
}

async fn publish(node: &Node, updated: Vec<Place>) {
    let mut places = HashMap::new();
    for updated in &updated {
        let place = places.entry((updated.app, updated.channel)).or_default();
        *place = updated.seq.max(*place);
    }
    for &(_, channel) in places.keys() {
        node.chat.pages.messages_changed(channel);
        node.hub.bus.changed(Change::Messages(channel));
    }
    follow::reach(node, places).await;
    for updated in &updated {
        node.hub.bus.send(|| Frame::Updated {
            app: updated.app,
            channel: updated.channel,
            message: updated.message,
            after: updated.seq,
        });
    }
    let messages = updated.into_iter().map(|one| (one.app, one.message));
    tell(node, messages.collect()).await;
}

/// Tells the channels here what is new of some messages, which have been published.
pub(super) async fn tell(node: &Node, messages: Vec<(AppId, MessageId)>) {
    for _ in 0..TRIES {
        let told = deadline::within(node.current.patience(), tell_once(node, &messages));
        match told.await {
            Ok(()) => return,
            Err(error) => error.log("annotations"),
        }
    }
}

/// Under a lock of the messages: who deletes one of them meanwhile is answered after that, and of what is
/// deleted already nobody is told. Each node looks by itself, as news takes its time from one to another.
async fn tell_once(node: &Node, messages: &[(AppId, MessageId)]) -> Result<()> {
    let (apps, ids): (Vec<_>, Vec<_>) = messages
        .iter()
        .map(|(app, message)| (app.0, message.0))
        .unzip();
    let mut transaction = node.database.begin().await?;
    let standing = sqlx::query_as!(
        Updated,
        r#"SELECT channel_id AS "channel: ChannelId", id AS "message: MessageId",
                  metadata AS "metadata: Json<Box<RawValue>>", updated_at
           FROM messages
           WHERE (app_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND deleted_at IS NULL
           ORDER BY app_id, id FOR SHARE"#,
        &apps,
        &ids,
    )
    .fetch_all(&mut *transaction)
    .await?;
    for updated in standing {
        let event = Event::lasting("message.updated", &updated);
        node.hub.tell(&[updated.channel], &Arc::new(event));
    }
    transaction.commit().await?;
    Ok(())
}
