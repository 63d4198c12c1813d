//! The group-commit log: how a message becomes durable, ordered and known, at once for many.
//!
//! Sends wait in a queue per shard, a shard being a hash of the channel. A shard's one writer takes
//! all that waits, stores it in one statement, publishes in `seq` order, then acks. Nobody waits for
//! a timer: a batch is what arrived while the last one committed. One writer per channel on this
//! node makes live order the log's order; the row lock on the channel makes it so across nodes.
//! (Group commit: Gawlick and Kinkade, "Varieties of Concurrency Control in IMS/VS Fast Path", 1985.)

mod batch;

use crate::{
    chat::{
        drafts::{Checked, ClientName},
        history,
        members::Member,
        messages::{Message, Sent},
    },
    error::{Error, Result},
    hub::Hub,
    ids::{AppId, ChannelId, MessageId, UserId},
};
use batch::Row;
use chrono::{DateTime, Utc};
use sqlx::{PgPool, error::DatabaseError};
use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    sync::Arc,
    thread::available_parallelism,
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::timeout,
};

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

/// Is told what came of an append, once.
pub type Answer = Box<dyn FnOnce(Result<Sent>) + Send + Sync>;

struct Waiting {
    member: Member,
    id: MessageId,
    draft: Checked,
    answer: Answer,
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
        // Few writers make large batches, and a large batch costs little more than a small one. One
        // for every two cores keeps the others free for what is sent and delivered.
        let writers = available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        let shards = (0..writers).map(|_| {
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

    /// Puts a draft in line. Says no at once when the line is full: waiting longer would only make
    /// everybody late.
    pub fn append(&self, member: &Member, draft: Checked, answer: Answer) {
        let shard = self.hasher.hash_one(member.channel()) as usize % self.shards.len();
        let waiting = Waiting {
            member: member.clone(),
            id: draft.id,
            draft,
            answer,
        };
        if let Err(TrySendError::Full(waiting) | TrySendError::Closed(waiting)) =
            self.shards[shard].try_send(waiting)
        {
            (waiting.answer)(Err(Error::unavailable()));
        }
    }
}

struct Writer {
    database: PgPool,
    hub: Arc<Hub>,
    /// Messages of commits that broke off: nobody knows yet whether they are in the log.
    uncertain: Vec<(AppId, ChannelId, MessageId)>,
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
        let mut rows = self.store(&batch).await;
        if batch.len() == 1 && matches!(rows, Err(Error::Internal(_))) {
            // Another node stored the same client's message between our look and our insert: the
            // second look finds it.
            rows = self.store(&batch).await;
        }
        match rows {
            Ok(rows) => self.publish(batch, rows).await,
            // One of them broke the statement; found by trying each alone.
            Err(Error::Internal(_)) if batch.len() > 1 => {
                for one in batch {
                    // Nothing later is published before an earlier commit that broke off.
                    match self.settle().await {
                        Ok(()) => Box::pin(self.commit(vec![one])).await,
                        Err(error) => refuse(vec![one], &error),
                    }
                }
            }
            Err(error) => refuse(batch, &error),
        }
    }

    async fn store(&mut self, batch: &[Waiting]) -> Result<Vec<Row>> {
        // Until here nothing was sent; from here on an error may come after the commit.
        let mut connection = self.database.acquire().await?;
        let rows = batch::insert(&mut connection, batch).await;
        // What the database refuses is not stored. A connection that breaks off says nothing, and
        // little does one that is ended by an operator (class 57P): it may come after the commit.
        let is_refusal =
            |error: &dyn DatabaseError| !error.code().is_some_and(|code| code.starts_with("57P"));
        if let Err(error) = &rows
            && !error.as_database_error().is_some_and(is_refusal)
        {
            let ids =
                |waiting: &Waiting| (waiting.member.app(), waiting.member.channel(), waiting.id);
            self.uncertain.extend(batch.iter().map(ids));
        }
        Ok(rows?)
    }

    /// Publishes in the log's order, and acks.
    async fn publish(&self, batch: Vec<Waiting>, rows: Vec<Row>) {
        let mut repeats = HashMap::new();
        for (waiting, row) in batch.into_iter().zip(rows) {
            let Waiting {
                member,
                id,
                draft,
                answer,
            } = waiting;
            match (row.placed, row.known_id) {
                (Some((seq, created_at)), _) => {
                    let event = Arc::new(message(&member, id, draft, seq, created_at).event());
                    self.hub.publish(member.channel(), event.clone());
                    // The sender may be gone; the message stays.
                    answer(Ok(Sent {
                        event,
                        is_repeat: false,
                    }));
                }
                (None, Some(known)) if is_same(&draft.client, &row.known_digest) => {
                    repeats.insert((member.app(), known), answer);
                }
                (None, Some(_)) => answer(Err(Error::Conflict(
                    "This client_id was used for another message",
                ))),
                (None, None) if row.is_member => {
                    answer(Err(Error::NotFound("Parent message not found")))
                }
                (None, None) => answer(Err(Error::Forbidden("Not a member of this channel"))),
            }
        }
        if !repeats.is_empty() {
            self.repeat(repeats).await;
        }
    }

    /// Answers the message that is in the log already.
    async fn repeat(&self, mut repeats: HashMap<(AppId, MessageId), Answer>) {
        let (apps, ids): (Vec<_>, Vec<_>) = repeats.keys().map(|(app, id)| (app.0, id.0)).unzip();
        let stored = match self.database.acquire().await {
            Ok(mut connection) => history::stored(&mut connection, &apps, &ids).await,
            Err(error) => Err(error.into()),
        };
        for (app, message) in stored
            .inspect_err(|error| error.log("log"))
            .unwrap_or_default()
        {
            if let Some(answer) = repeats.remove(&(app, message.id)) {
                answer(Ok(Sent {
                    event: Arc::new(message.event()),
                    is_repeat: true,
                }));
            }
        }
        for answer in repeats.into_values() {
            answer(Err(Error::unavailable()));
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
        for (_, message) in stored {
            self.hub
                .publish(message.channel_id, Arc::new(message.event()));
        }
        Ok(())
    }
}

fn refuse(batch: Vec<Waiting>, error: &Error) {
    error.log("log");
    for waiting in batch {
        let error = match error {
            Error::Unavailable { retry_after } => Error::Unavailable {
                retry_after: *retry_after,
            },
            _ => Error::Internal(anyhow::anyhow!("the append failed, see above")),
        };
        (waiting.answer)(Err(error));
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
