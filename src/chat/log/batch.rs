//! One batch, one statement, one commit.

use super::Waiting;
use crate::ids::MessageId;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// What the database says of one draft of a batch.
pub(super) struct Row {
    pub is_member: bool,
    pub known_id: Option<MessageId>,
    pub known_digest: Option<Vec<u8>>,
    pub placed: Option<(i64, DateTime<Utc>)>,
}

/// Stores a batch. Takes the rows of all touched channels in the order of their ids, so that two nodes
/// never wait for each other, and reads `last_seq` from the locked rows.
pub(super) async fn insert(
    connection: &mut PgConnection,
    batch: &[Waiting],
) -> sqlx::Result<Vec<Row>> {
    let mut columns = Columns::default();
    batch.iter().for_each(|waiting| columns.push(waiting));
    let rows = sqlx::query!(
            r#"WITH draft AS (
                SELECT * FROM unnest(
                    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[],
                    $6::text[], $7::bytea[], $8::text[], $9::text[], $10::text[]
                ) WITH ORDINALITY AS draft (
                    app_id, channel_id, user_id, id, parent_id,
                    client_id, client_digest, text, attachments, metadata, place
                )
            ), touched AS MATERIALIZED (
                SELECT app_id, id AS channel_id, last_seq, last_message_at FROM channels
                WHERE (app_id, id) IN (SELECT app_id, channel_id FROM draft)
                ORDER BY app_id, id FOR NO KEY UPDATE
            ), known AS MATERIALIZED (
                SELECT place, messages.id, messages.client_digest
                FROM draft JOIN messages USING (app_id, channel_id, user_id, client_id)
            ), fresh AS MATERIALIZED (
                SELECT draft.*, last_seq + row_number() OVER earlier AS seq,
                       GREATEST(
                           date_trunc('milliseconds', clock_timestamp()),
                           last_message_at + interval '1 millisecond'
                       ) + (row_number() OVER earlier - 1) * interval '1 millisecond' AS created_at
                FROM draft JOIN touched USING (app_id, channel_id) JOIN members USING (app_id, channel_id, user_id)
                WHERE NOT EXISTS (SELECT FROM known WHERE known.place = draft.place)
                  AND (draft.parent_id IS NULL OR draft.channel_id = (
                      SELECT parent.channel_id FROM messages AS parent
                      WHERE parent.app_id = draft.app_id AND parent.id = draft.parent_id
                  ))
                WINDOW earlier AS (PARTITION BY app_id, channel_id ORDER BY place)
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
            SELECT members.user_id IS NOT NULL AS "is_member!", fresh.seq AS "seq?", fresh.created_at AS "created_at?",
                   known.id AS "known_id?: MessageId", known.client_digest AS "known_digest?"
            FROM draft
            LEFT JOIN fresh USING (place)
            LEFT JOIN known USING (place)
            LEFT JOIN members ON members.app_id = draft.app_id AND members.channel_id = draft.channel_id
                             AND members.user_id = draft.user_id
            ORDER BY place"#,
            &columns.app_id,
            &columns.channel_id,
            &columns.user_id,
            &columns.id,
            &columns.parent_id as _,
            &columns.client_id as _,
            &columns.client_digest as _,
            &columns.text as _,
            &columns.attachments,
            &columns.metadata,
        )
        .fetch_all(connection)
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        is_member: row.is_member,
        known_id: row.known_id,
        known_digest: row.known_digest,
        placed: row.seq.zip(row.created_at),
    });
    Ok(rows.collect())
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
    attachments: Vec<String>,
    metadata: Vec<String>,
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
        self.attachments.push(draft.attachments.get().to_owned());
        self.metadata.push(draft.metadata.get().to_owned());
    }
}
