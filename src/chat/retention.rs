//! How long messages are kept: `retention.messages_days`, or what an operator set for one app.
//!
//! A channel's oldest go first, so that what is left is its log from some place on: its head stays, no
//! `seq` is given twice, and whoever asks for what was removed finds that fewer are there than were
//! missed. Reactions go with the messages, and what was kept aside goes when it is as old.

use crate::{
    error::Result,
    ids::{AppId, ChannelId},
    node::Node,
};
use chrono::{DateTime, Utc};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Messages that one statement removes, while those who send to their channel wait.
const MESSAGES: i64 = 500;
/// Reactions, or messages that were kept aside, that one statement removes: nobody waits.
const BATCH: i64 = 2_000;
/// Channels that are looked for at a time.
const CHANNELS: i64 = 100;
/// How long others have the database to themselves before the next statement.
const PAUSE: Duration = Duration::from_millis(20);
/// The longest that messages are kept for, in days, as ids begin in 1970; whoever says more means for ever.
const LONGEST: i64 = 20_000;

/// Messages of a channel have had their time.
struct Ended {
    app: AppId,
    channel: ChannelId,
    /// Those that were sent before then.
    before: DateTime<Utc>,
}

/// A statement on what ended in each app. Ids begin with the time they were made at, so that the oldest
/// are at one end of an index; `before_id` is the first of the time at which it ends.
macro_rules! of_ended {
    ($macro:ident!($($as:ty,)? $before:literal + ended + $after:literal, $days:expr $(, $argument:expr)*)) => {
        sqlx::$macro!(
            $($as,)?
            $before
                + "(SELECT app_id, before, (lpad(to_hex((extract(epoch FROM before) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid AS before_id
                    FROM (SELECT id AS app_id, now() - days * interval '1 day' AS before
                          FROM apps, LATERAL (SELECT COALESCE((limits ->> 'messages_days')::bigint, $1) AS days) AS kept
                          WHERE days BETWEEN 1 AND $2 AND deleted_at IS NULL) AS app) AS ended"
                + $after,
            $days,
            LONGEST,
            $($argument),*
        )
    };
}

/// Removes what has had its time, and goes on for as long as something is left, but not after `until`.
pub(super) async fn remove(node: &Node, until: Instant) -> Result<()> {
    remove_held(node).await?;
    let mut removed = 0;
    loop {
        let before = removed;
        for ended in ended(node).await? {
            while Instant::now() < until {
                match remove_oldest(node, &ended).await? {
                    0 => break,
                    count => removed += count,
                }
                sleep(PAUSE).await;
            }
        }
        if removed == before {
            break;
        }
    }
    if removed > 0 {
        tracing::info!(removed, "removed messages that have had their time");
    }
    Ok(())
}

/// Some of the channels in which messages have had their time.
async fn ended(node: &Node) -> Result<Vec<Ended>> {
    let days = node.live().retention.messages_days;
    let ended = of_ended!(query_as!(
        Ended,
        r#"SELECT DISTINCT ended.app_id AS "app!: AppId", channel_id AS "channel!: ChannelId", before AS "before!" FROM "# + ended
            + ", LATERAL (
                   SELECT channel_id FROM messages
                   WHERE app_id = ended.app_id AND id < before_id AND created_at < before ORDER BY id LIMIT $3
               ) AS message LIMIT $3",
        days,
        CHANNELS
    ));
    Ok(ended.fetch_all(&node.database).await?)
}

/// Removes a handful of a channel's oldest, and says how many.
async fn remove_oldest(node: &Node, ended: &Ended) -> Result<u64> {
    let oldest = sqlx::query!(
        "SELECT id, seq FROM messages WHERE app_id = $1 AND channel_id = $2 AND created_at < $3
         ORDER BY created_at LIMIT $4",
        ended.app.0,
        ended.channel.0,
        ended.before,
        MESSAGES,
    )
    .fetch_all(&node.database)
    .await?;
    let Some(last) = oldest.last().map(|message| message.seq) else {
        return Ok(0);
    };
    // First and by themselves: there may be a thousand for each.
    let ids: Vec<_> = oldest.iter().map(|message| message.id).collect();
    while remove_reactions(node, ended.app, &ids).await? == BATCH as u64 {
        sleep(PAUSE).await;
    }
    sqlx::query!(
        "WITH channel AS (
             SELECT app_id, id FROM channels WHERE app_id = $1 AND id = $2 FOR NO KEY UPDATE
         ), removed AS (
             DELETE FROM messages USING channel
             WHERE messages.app_id = $1 AND channel_id = channel.id AND seq <= $3
             RETURNING deleted_at
         )
         UPDATE channels SET message_count = message_count - readable
         FROM (SELECT count(*) AS readable FROM removed WHERE deleted_at IS NULL) AS counted
         WHERE app_id = $1 AND id = $2",
        ended.app.0,
        ended.channel.0,
        last,
    )
    .execute(&node.database)
    .await?;
    Ok(oldest.len() as u64)
}

async fn remove_reactions(node: &Node, app: AppId, messages: &[uuid::Uuid]) -> Result<u64> {
    let removed = sqlx::query!(
        "DELETE FROM reactions WHERE app_id = $1 AND message_id = ANY($2) AND ctid = ANY(ARRAY(
             SELECT ctid FROM reactions WHERE app_id = $1 AND message_id = ANY($2) LIMIT $3
         ))",
        app.0,
        messages,
        BATCH,
    )
    .execute(&node.database)
    .await?;
    Ok(removed.rows_affected())
}

async fn remove_held(node: &Node) -> Result<()> {
    let days = node.live().retention.messages_days;
    let removed = of_ended!(query!(
        "DELETE FROM held_messages WHERE (app_id, id) IN (SELECT held.app_id, held.id FROM " + ended
            + " JOIN held_messages AS held ON held.app_id = ended.app_id AND held.id < before_id AND held.created_at < before
                LIMIT $3)",
        days,
        BATCH
    ));
    removed.execute(&node.database).await?;
    Ok(())
}
