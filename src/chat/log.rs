//! The group-commit log: how a message becomes durable, ordered and known, at once for many.
//!
//! Sends wait in a queue per shard, a shard being a hash of the channel. A shard's one writer takes
//! all that waits, stores it in one statement, publishes in `seq` order, then acks. Nobody waits for
//! a timer: a batch is what arrived while the last one committed. One writer per channel on this
//! node makes live order the log's order; the row lock on the channel makes it so across nodes.
//! (Group commit: Gawlick and Kinkade, "Varieties of Concurrency Control in IMS/VS Fast Path", 1985.)

use crate::{
    chat::{
        drafts::{Checked, ClientName},
        history,
        members::Member,
        messages::Message,
    },
    error::{Error, Result},
    hub::{Hub, event::Event},
    ids::{AppId, ChannelId, MessageId, UserId},
};
use chrono::{DateTime, Utc};
use sqlx::PgPool;
use std::{collections::HashSet, hash::BuildHasher, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// Writers. Each is one database connection while it commits; two cores are kept busy by four.
const SHARDS: usize = 4;
/// Sends that may wait in one shard before more are turned away.
const QUEUE: usize = 8_192;
/// How soon to find out what came of a commit that broke off, when nobody sends.
const SETTLE_EVERY: Duration = Duration::from_millis(250);
/// Sends in one commit at most: enough that more would not be faster.
const BATCH: usize = 512;

/// The queues of all shards.
pub struct Log {
    shards: Vec<mpsc::Sender<Waiting>>,
    hasher: foldhash::fast::FixedState,
}

/// What came of an append.
pub enum Appended {
    /// It is in the log; this is what was published.
    Fresh(Arc<Event>),
    /// It was there already, under the client's own name for it.
    Known(MessageId),
}

/// A promise to say what came of an append.
pub struct Receipt(oneshot::Receiver<Result<Appended>>);

impl Receipt {
    /// Waits for the commit.
    pub async fn appended(self) -> Result<Appended> {
        // A dropped sender is a writer that ended with the process.
        self.0.await.unwrap_or_else(|_| Err(Error::unavailable()))
    }
}

struct Waiting {
    member: Member,
    id: MessageId,
    draft: Checked,
    done: oneshot::Sender<Result<Appended>>,
}

impl Waiting {
    fn name(&self) -> Option<(AppId, ChannelId, UserId, &str)> {
        let client = self.draft.client.as_ref()?;
        Some((
            self.member.app(),
            self.member.channel(),
            self.member.user(),
            &client.id,
        ))
    }
}

impl Log {
    /// Starts the writers.
    pub fn start(database: &PgPool, hub: &Arc<Hub>) -> Self {
        let shards = (0..SHARDS).map(|_| {
            let (queue, waiting) = mpsc::channel(QUEUE);
            let writer = Writer {
                database: database.clone(),
                hub: hub.clone(),
                uncertain: vec![],
            };
            tokio::spawn(writer.run(waiting));
            queue
        });
        Self {
            shards: shards.collect(),
            hasher: foldhash::fast::FixedState::default(),
        }
    }

    /// Puts a draft in line. Fails at once when the line is full: waiting longer would only make
    /// everybody late.
    pub fn append(&self, member: &Member, draft: Checked) -> Result<Receipt> {
        let shard = self.hasher.hash_one(member.channel()) as usize % self.shards.len();
        let (done, receipt) = oneshot::channel();
        let waiting = Waiting {
            member: member.clone(),
            id: MessageId::new(),
            draft,
            done,
        };
        self.shards[shard]
            .try_send(waiting)
            .map_err(|_| Error::unavailable())?;
        Ok(Receipt(receipt))
    }
}

struct Writer {
    database: PgPool,
    hub: Arc<Hub>,
    /// Messages of commits that broke off: nobody knows yet whether they are in the log.
    uncertain: Vec<(AppId, ChannelId, MessageId)>,
}

/// What the database says of one draft of a batch.
struct Row {
    is_member: bool,
    known_id: Option<MessageId>,
    known_digest: Option<Vec<u8>>,
    placed: Option<(i64, DateTime<Utc>)>,
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            if batch.is_empty() {
                match self.uncertain.is_empty() {
                    true if queue.recv_many(&mut batch, BATCH).await == 0 => return,
                    true => {}
                    // Even if nobody sends: the others must hear of what was stored.
                    false => drop(timeout(SETTLE_EVERY, queue.recv_many(&mut batch, BATCH)).await),
                }
            }
            if let Err(error) = self.settle().await {
                refuse(std::mem::take(&mut batch), &error);
                continue;
            }
            let later = take_repeats(&mut batch);
            self.commit(std::mem::replace(&mut batch, later)).await;
        }
    }

    async fn commit(&mut self, batch: Vec<Waiting>) {
        let mut rows = self.insert(&batch).await;
        if batch.len() == 1 && matches!(rows, Err(Error::Internal(_))) {
            // Another node stored the same client's message between our look and our insert: the
            // second look finds it.
            rows = self.insert(&batch).await;
        }
        match rows {
            Ok(rows) => self.publish(batch, rows),
            // One of them broke the statement; found by trying each alone.
            Err(Error::Internal(_)) if batch.len() > 1 => {
                for one in batch {
                    Box::pin(self.commit(vec![one])).await;
                }
            }
            Err(error) => refuse(batch, &error),
        }
    }

    /// Publishes in the log's order, then acks.
    fn publish(&self, batch: Vec<Waiting>, rows: Vec<Row>) {
        for (waiting, row) in batch.into_iter().zip(rows) {
            let Waiting {
                member,
                id,
                draft,
                done,
            } = waiting;
            let answer = match (row.placed, row.known_id) {
                (Some((seq, created_at)), _) => {
                    let event = Arc::new(message(&member, id, draft, seq, created_at).event());
                    self.hub.publish(member.channel(), event.clone());
                    Ok(Appended::Fresh(event))
                }
                (None, Some(known)) if is_same(&draft.client, &row.known_digest) => {
                    Ok(Appended::Known(known))
                }
                (None, Some(_)) => Err(Error::Conflict(
                    "This client_id was used for another message",
                )),
                (None, None) if row.is_member => Err(Error::NotFound("Parent message not found")),
                (None, None) => Err(Error::Forbidden("Not a member of this channel")),
            };
            // The sender may be gone; the message stays.
            let _ = done.send(answer);
        }
    }

    /// Finds out what came of commits that broke off, and publishes what is in the log before
    /// anything later is. Takes the channels' rows first: a commit that still runs is waited for.
    async fn settle(&mut self) -> Result<()> {
        if self.uncertain.is_empty() {
            return Ok(());
        }
        let apps: Vec<_> = self.uncertain.iter().map(|(app, ..)| app.0).collect();
        let channels: Vec<_> = self
            .uncertain
            .iter()
            .map(|(_, channel, _)| channel.0)
            .collect();
        let ids: Vec<_> = self.uncertain.iter().map(|(.., id)| id.0).collect();
        let mut transaction = self.database.begin().await?;
        sqlx::query!(
            "SELECT FROM channels WHERE (app_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
             ORDER BY app_id, id FOR NO KEY UPDATE",
            &apps,
            &channels,
        )
        .fetch_all(&mut *transaction)
        .await?;
        let stored = history::stored(&mut transaction, &apps, &ids).await?;
        transaction.commit().await?;
        tracing::info!(
            uncertain = ids.len(),
            stored = stored.len(),
            "settled commits that broke off"
        );
        self.uncertain.clear();
        for message in stored {
            self.hub
                .publish(message.channel_id, Arc::new(message.event()));
        }
        Ok(())
    }

    /// One statement, one commit. Takes the rows of all touched channels in the order of their ids,
    /// so that two nodes never wait for each other, and reads `last_seq` from the locked rows.
    async fn insert(&mut self, batch: &[Waiting]) -> Result<Vec<Row>> {
        let mut columns = Columns::default();
        batch.iter().for_each(|waiting| columns.push(waiting));
        // Until here nothing was sent; from here on an error may come after the commit.
        let mut connection = self.database.acquire().await?;
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
                  AND (draft.parent_id IS NULL OR EXISTS (
                      SELECT FROM messages AS parent
                      WHERE parent.app_id = draft.app_id AND parent.id = draft.parent_id
                        AND parent.channel_id = draft.channel_id
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
        .fetch_all(&mut *connection)
        .await
        .map_err(Error::from);
        if let Err(Error::Unavailable { .. }) = &rows {
            let ids = batch
                .iter()
                .map(|waiting| (waiting.member.app(), waiting.member.channel(), waiting.id));
            self.uncertain.extend(ids);
        }
        let rows = rows?.into_iter().map(|row| Row {
            is_member: row.is_member,
            known_id: row.known_id,
            known_digest: row.known_digest,
            placed: row.seq.zip(row.created_at),
        });
        Ok(rows.collect())
    }
}

fn refuse(batch: Vec<Waiting>, error: &Error) {
    error.log("log");
    for waiting in batch {
        let answer = match error {
            Error::Unavailable { retry_after } => Error::Unavailable {
                retry_after: *retry_after,
            },
            _ => Error::Internal(anyhow::anyhow!("the append failed, see above")),
        };
        let _ = waiting.done.send(Err(answer));
    }
}

/// Leaves in `batch` the first of each client's own name and gives back the others: the next commit
/// finds the first in the log.
fn take_repeats(batch: &mut Vec<Waiting>) -> Vec<Waiting> {
    let mut seen = HashSet::new();
    let is_repeat: Vec<bool> = batch
        .iter()
        .map(|waiting| waiting.name().is_some_and(|name| !seen.insert(name)))
        .collect();
    if !is_repeat.contains(&true) {
        return Vec::with_capacity(BATCH);
    }
    let mut place = 0;
    batch
        .extract_if(.., |_| {
            place += 1;
            is_repeat[place - 1]
        })
        .collect()
}

fn is_same(client: &Option<ClientName>, known_digest: &Option<Vec<u8>>) -> bool {
    let digest = client.as_ref().map(|client| client.digest.as_slice());
    digest == known_digest.as_deref()
}

fn message(
    member: &Member,
    id: MessageId,
    draft: Checked,
    seq: i64,
    created_at: DateTime<Utc>,
) -> Message {
    Message {
        id,
        channel_id: member.channel(),
        seq,
        user_id: member.user(),
        text: draft.text,
        attachments: draft.attachments,
        metadata: draft.metadata,
        parent_id: draft.parent_id,
        client_id: draft.client.map(|client| client.id),
        created_at,
        updated_at: created_at,
        deleted_at: None,
        user: member.caller().profile.clone(),
    }
}

/// A batch, column by column, as `unnest` wants it.
#[derive(Default)]
struct Columns<'a> {
    app_id: Vec<uuid::Uuid>,
    channel_id: Vec<uuid::Uuid>,
    user_id: Vec<uuid::Uuid>,
    id: Vec<uuid::Uuid>,
    parent_id: Vec<Option<uuid::Uuid>>,
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
