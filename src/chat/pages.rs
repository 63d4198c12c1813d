//! The newest page of a busy channel, kept as the very bytes that are sent.
//!
//! A page is kept under the state it shows: the channel's `last_seq` and `message_count`, read fresh
//! for each call, change with every message and deletion on any node, so an old page is never found
//! again and nothing needs to be taken out. What those two do not show, reactions, additions and profiles,
//! raises a counter on every node; one that is not told sees it within `KEPT`.

use crate::{
    chat::{
        changes::Changes,
        history::{self, Page},
        members::Insider,
    },
    error::{Error, Result},
    ids::{AppId, ChannelId},
    node::Node,
};
use bytes::Bytes;
use moka::future::Cache;
use std::time::Duration;

/// How long a page may be found.
const KEPT: Duration = Duration::from_secs(3);
/// Bytes of all pages together.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// The newest pages of busy channels.
pub struct Pages {
    kept: Cache<State, Bytes>,
    changes: Changes,
}

/// What a page shows, and how much of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    app: AppId,
    channel: ChannelId,
    limit: i64,
    last_seq: i64,
    message_count: i64,
    changes: (u64, u64),
}

impl Default for Pages {
    fn default() -> Self {
        let kept = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|_, page: &Bytes| page.len().try_into().unwrap_or(u32::MAX))
            .time_to_live(KEPT)
            .build();
        Self {
            kept,
            changes: Changes::default(),
        }
    }
}

impl Pages {
    /// Forgets all.
    pub(super) fn clear(&self) {
        self.changes.all_changed();
        self.kept.invalidate_all();
    }

    /// A channel's messages or the reactions to them changed. Said after the commit and before the answer.
    pub fn messages_changed(&self, channel: ChannelId) {
        self.changes.changed(channel);
    }

    /// A profile changed. Said after the commit and before the answer.
    pub fn profiles_changed(&self, app: AppId) {
        self.changes.changed(app);
    }
}

/// A page of a channel as JSON, oldest first.
pub async fn json(node: &Node, insider: &Insider, page: &Page) -> Result<Bytes> {
    if !page.is_newest() {
        return read(node, insider, page).await;
    }
    let pages = &node.chat.pages;
    // The counters first: what changes while we read must not be kept under what was.
    let changes = (
        pages.changes.so_far(insider.channel()),
        pages.changes.so_far(insider.app()),
    );
    let head = sqlx::query!(
        "SELECT last_seq, message_count FROM channels WHERE app_id = $1 AND id = $2",
        insider.app().0,
        insider.channel().0,
    )
    .fetch_one(&node.database)
    .await?;
    let state = State {
        app: insider.app(),
        channel: insider.channel(),
        limit: page.limit,
        last_seq: head.last_seq,
        message_count: head.message_count,
        changes,
    };
    if let Some(kept) = pages.kept.get(&state).await {
        return Ok(kept);
    }
    // Read up to the state it is kept under: a message that came since belongs to the next.
    let page = Page {
        before_seq: Some(head.last_seq + 1),
        ..*page
    };
    let bytes = read(node, insider, &page).await?;
    pages.kept.insert(state, bytes.clone()).await;
    Ok(bytes)
}

async fn read(node: &Node, insider: &Insider, page: &Page) -> Result<Bytes> {
    let listed = history::list(node, insider, page).await?;
    let json = serde_json::to_vec(&listed).map_err(|error| Error::Internal(error.into()))?;
    Ok(json.into())
}
