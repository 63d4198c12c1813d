//! One batch, one statement, one commit.

use super::Waiting;
use crate::ids::MessageId;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// What the database says of one draft of a batch.
pub(super) struct Row {
    pub is_member: bool,
    pub known_id: Option<MessageId>,
    pub known_digest: Option<Vec<u8>>,
    pub seq: Option<i64>,
    pub created_at: Option<DateTime<Utc>>,
    /// Somebody else held the channel's row for too long.
    pub is_locked: bool,
}

/// A lock was waited for too long (PostgreSQL manual, appendix A).
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Stores a batch. Takes the rows of all touched channels in the order of their ids, so that two nodes
/// never wait for each other, and reads `last_seq` from the locked rows.
///
/// PostgreSQL expects ten drafts, however many come, and would join them with the locked rows by
/// comparing each with each. So channels are numbered here, and a draft finds its head by number.
///
/// A row that somebody else holds for too long, a node that hangs or an operator, is waited for once;
/// then the others are stored without it.
pub(super) async fn insert(
    connection: &mut PgConnection,
    batch: &[Waiting],
) -> sqlx::Result<Vec<Row>> {
    let mut touched: Vec<_> = batch.iter().map(channel).collect();
    touched.sort_unstable();
    touched.dedup();
    let mut columns = Columns::default();
    for waiting in batch {
        columns.push(waiting);
        let number = touched.partition_point(|other| *other < channel(waiting));
        columns.channel.push(number as i64 + 1);
    }
    let (touched_apps, touched_channels): (Vec<_>, Vec<_>) = touched.into_iter().unzip();
    let lists = (&columns, &touched_apps[..], &touched_channels[..]);
    match take_all(connection, lists).await {
        Err(sqlx::Error::Database(error))
            if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) =>
        {
            take_free(connection, lists).await
        }
        rows => rows,
    }
}

/// What is asked, of all touched channels or, with `SKIP LOCKED`, of those that nobody else holds.
macro_rules! store {
    ($name:ident, $skip:literal) => {
        async fn $name(
            connection: &mut PgConnection,
            (columns, touched_apps, touched_channels): (&Columns<'_>, &[Uuid], &[Uuid]),
        ) -> sqlx::Result<Vec<Row>> {
            sqlx::query_as!(
                Row,
                r#"WITH draft AS MATERIALIZED (
                    SELECT draft.*, members.user_id IS NOT NULL AS is_member,
                           known.id AS known_id, known.client_digest AS known_digest
                    FROM unnest(
                        $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[],
                        $6::text[], $7::bytea[], $8::text[], $9::text[], $10::text[], $11::bigint[]
                    ) WITH ORDINALITY AS draft (
                        app_id, channel_id, user_id, id, parent_id,
                        client_id, client_digest, text, attachments, metadata, channel, place
                    )
                    LEFT JOIN members USING (app_id, channel_id, user_id)
                    LEFT JOIN messages AS known
                      ON known.app_id = draft.app_id AND known.channel_id = draft.channel_id
                     AND known.user_id = draft.user_id AND known.client_id = draft.client_id
                ), heads AS MATERIALIZED (
                    SELECT array_agg(channel) AS channels, array_agg(last_seq) AS seqs, array_agg(last_message_at) AS times
                    FROM (
                        SELECT channel, last_seq, last_message_at
                        FROM unnest($12::uuid[], $13::uuid[]) WITH ORDINALITY AS touched (app_id, id, channel)
                        JOIN channels USING (app_id, id)
                        ORDER BY app_id, id FOR NO KEY UPDATE OF channels"# + $skip + r#"
                    ) AS locked
                ), fresh AS MATERIALIZED (
                    SELECT draft.*, seqs[head] + row_number() OVER earlier AS seq,
                           GREATEST(
                               date_trunc('milliseconds', clock_timestamp()),
                               times[head] + interval '1 millisecond'
                           ) + (row_number() OVER earlier - 1) * interval '1 millisecond' AS created_at
                    FROM draft, heads, array_position(channels, channel) AS head
                    WHERE is_member AND known_id IS NULL AND head IS NOT NULL
                      AND (parent_id IS NULL OR channel_id = (
                          SELECT parent.channel_id FROM messages AS parent
                          WHERE parent.app_id = draft.app_id AND parent.id = draft.parent_id
                      ))
                    WINDOW earlier AS (PARTITION BY channel ORDER BY place)
                ), inserted AS (
                    INSERT INTO messages (
                        app_id, channel_id, seq, id, user_id, parent_id, client_id, client_digest,
                        text, attachments, metadata, created_at, updated_at
                    )
                    SELECT app_id, channel_id, seq, id, user_id, parent_id, client_id, client_digest,
                           text, attachments::json, metadata::json, created_at, created_at
                    FROM fresh
                ), advanced AS (
                    UPDATE channels
                    SET last_seq = newest.seq, message_count = message_count + newest.count,
                        last_message_at = newest.created_at, updated_at = newest.created_at
                    FROM (
                        SELECT app_id, channel_id, max(seq) AS seq, count(*) AS count, max(created_at) AS created_at
                        FROM fresh GROUP BY app_id, channel_id
                    ) AS newest
                    WHERE channels.app_id = newest.app_id AND channels.id = newest.channel_id
                )
                SELECT draft.is_member AS "is_member!", fresh.seq AS "seq?", fresh.created_at AS "created_at?",
                       draft.known_id AS "known_id?: MessageId", draft.known_digest AS "known_digest?",
                       (SELECT array_position(channels, draft.channel) FROM heads) IS NULL AS "is_locked!"
                FROM draft LEFT JOIN fresh USING (place)
                ORDER BY place"#,
                &columns.app_id,
                &columns.channel_id,
                &columns.user_id,
                &columns.id,
                &columns.parent_id as _,
                &columns.client_id as _,
                &columns.client_digest as _,
                &columns.text as _,
                &columns.attachments as _,
                &columns.metadata as _,
                &columns.channel,
                touched_apps,
                touched_channels,
            )
            .fetch_all(connection)
            .await
        }
    };
}

store!(take_all, "");
store!(take_free, " SKIP LOCKED");

fn channel(waiting: &Waiting) -> (Uuid, Uuid) {
    (waiting.member.app().0, waiting.member.channel().0)
}

/// A batch, column by column, as `unnest` wants it.
#[derive(Default)]
struct Columns<'a> {
    app_id: Vec<Uuid>,
    channel_id: Vec<Uuid>,
    user_id: Vec<Uuid>,
    id: Vec<Uuid>,
    parent_id: Vec<Option<Uuid>>,
    client_id: Vec<Option<&'a str>>,
    client_digest: Vec<Option<&'a [u8]>>,
    text: Vec<Option<&'a str>>,
    attachments: Vec<&'a str>,
    metadata: Vec<&'a str>,
    /// Numbers of the touched channels, from 1.
    channel: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, waiting: &'a Waiting) {
        let draft = &waiting.draft;
        self.app_id.push(waiting.member.app().0);
        self.channel_id.push(waiting.member.channel().0);
        self.user_id.push(waiting.member.user().0);
        self.id.push(waiting.id.0);
        self.parent_id.push(draft.parent_id.map(|id| id.0));
        self.client_id
            .push(draft.client.as_ref().map(|client| client.id.as_str()));
        self.client_digest
            .push(draft.client.as_ref().map(|client| client.digest.as_slice()));
        self.text.push(draft.text.as_deref());
        self.attachments.push(draft.attachments.get());
        self.metadata.push(draft.metadata.get());
    }
}

/// Leaves in `batch` the first of each client's own name and gives back the others: the next commit
/// finds the first in the log.
pub(super) fn take_repeats(batch: &mut Vec<Waiting>) -> Vec<Waiting> {
    let mut seen = HashSet::new();
    let is_repeat: Vec<bool> = batch
        .iter()
        .map(|waiting| waiting.name().is_some_and(|name| !seen.insert(name)))
        .collect();
    if !is_repeat.contains(&true) {
        // As many as now: room for the most would be 120 KB to find and to give back for each commit.
        return Vec::with_capacity(batch.len());
    }
    let mut place = 0;
    batch
        .extract_if(.., |_| {
            place += 1;
            is_repeat[place - 1]
        })
        .collect()
}
