//! A user's list of channels, kept as the very bytes that are sent.
//!
//! A list is kept under a digest of what it shows, read fresh for each call: the ids of the channels
//! and the versions of their rows. PostgreSQL gives a row a new version (`xmin`) with each change, so
//! whatever changes, on any node, an old list is never found again and nothing needs to be taken out.

use crate::{
    auth::Caller,
    chat::channels,
    error::{Error, Result},
    ids::{AppId, UserId},
    node::Node,
};
use bytes::Bytes;
use moka::future::Cache;
use std::time::Duration;

/// How long a list may be found. Short, as a PostgreSQL that was put back to an earlier time gives
/// its versions anew.
const KEPT: Duration = Duration::from_secs(30);
/// Bytes of all lists together.
const CAPACITY: u64 = 32 * 1024 * 1024;

/// The lists of users who asked a moment ago.
pub struct Lists(Cache<State, Bytes>);

/// What a list shows.
#[derive(PartialEq, Eq, Hash)]
struct State {
    app: AppId,
    user: UserId,
    channels: i64,
    digest: i64,
}

impl Default for Lists {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|_, list: &Bytes| list.len().try_into().unwrap_or(u32::MAX))
            .time_to_live(KEPT)
            .build();
        Self(cache)
    }
}

/// The caller's channels as JSON, newest activity first.
pub async fn json(node: &Node, caller: &Caller) -> Result<Bytes> {
    let state = state(node, caller).await?;
    let lists = &node.chat.lists.0;
    if let Some(kept) = lists.get(&state).await {
        return Ok(kept);
    }
    // Read after its state: it may show what came since. Who still finds it is told what is newer.
    let list = channels::list(node, caller).await?;
    let json = serde_json::to_vec(&list).map_err(|error| Error::Internal(error.into()))?;
    let bytes = Bytes::from(json);
    lists.insert(state, bytes.clone()).await;
    Ok(bytes)
}

async fn state(node: &Node, caller: &Caller) -> Result<State> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "channels!",
                  COALESCE(bit_xor(uuid_hash_extended(channels.id, channels.xmin::text::bigint)), 0) AS "digest!"
           FROM members JOIN channels ON channels.app_id = members.app_id AND channels.id = members.channel_id
           WHERE members.app_id = $1 AND user_id = $2"#,
        caller.app.0,
        caller.user.0,
    )
    .fetch_one(&node.database)
    .await?;
    Ok(State {
        app: caller.app,
        user: caller.user,
        channels: row.channels,
        digest: row.digest,
    })
}
