//! The one writer of a shard: takes what waits, stores it, publishes it and acks, over and over.

use super::{
    Answer, Waiting,
    backend::{self, Served},
    batch::{self, Row},
    follow::Late,
    uncertain::Uncertain,
};
use crate::{
    chat::{
        drafts::ClientName,
        fair_queue::{FairQueue, Room},
        history,
        messages::{Message, Sent},
    },
    config::Current,
    deadline,
    error::{Error, Result},
    hub::Hub,
    ids::{AppId, ChannelId, MessageId},
};
use sqlx::{PgPool, error::DatabaseError};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How soon to find out what came of a commit that broke off, when nobody sends.
const SETTLE_EVERY: Duration = Duration::from_millis(250);
/// How long finding out may take, and opening a connection: all who send wait for it.
const SETTLE_WITHIN: Duration = Duration::from_secs(1);
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How long a channel is left alone whose row somebody else holds: all others waited for it once.
const LOCKED: Duration = Duration::from_secs(2);
/// Sends in one commit at most: enough that more would not be faster, and so few that large ones are not slow.
const BATCH: Room = Room {
    places: 512,
    bytes: 1 << 20,
};

/// Its connection, and what it knows of commits that went wrong.
pub(super) struct Writer {
    database: PgPool,
    hub: Arc<Hub>,
    /// Says how long a statement may take, and a send wait in line.
    current: Current,
    /// The connection, while it is well: whatever goes wrong with it, it is not used again.
    served: Option<Served>,
    uncertain: Uncertain,
    /// Channels whose rows somebody else held for too long, and since when they are not asked for.
    locked: HashMap<ChannelId, Instant>,
}

impl Writer {
    /// One that has nothing to do yet.
    pub(super) fn new(database: &PgPool, hub: &Arc<Hub>, current: &Current) -> Self {
        Self {
            database: database.clone(),
            hub: hub.clone(),
            current: current.clone(),
            served: None,
            uncertain: Uncertain::default(),
            locked: HashMap::new(),
        }
    }

    /// Writes until the line is closed and empty.
    pub(super) async fn run(mut self, line: Arc<FairQueue<Waiting>>) {
        let mut batch = Vec::with_capacity(BATCH.places);
        loop {
            if batch.is_empty() {
                let taken = line.take(&mut batch, BATCH);
                // Even if nobody sends, the others must hear of what was stored.
                match self.uncertain.is_empty() {
                    true => taken.await,
                    false => drop(timeout(SETTLE_EVERY, taken).await),
                }
                if batch.is_empty() && self.uncertain.is_empty() {
                    return;
                }
            }
            if let Err(error) = self.settle().await {
                // Everybody: who is still in line would wait for the next try, and those behind them
                // for the one after.
                line.take_all(&mut batch);
                refuse(std::mem::take(&mut batch), &error);
                continue;
            }
            // Who waited too long is told so, and not stored for: if everybody were, nobody would be
            // answered while they still wait, and all work would be for nobody.
            let patience = self.current.patience() * 3 / 2;
            let is_late = |waiting: &mut Waiting| waiting.since.elapsed() > patience;
            let late: Vec<_> = batch.extract_if(.., is_late).collect();
            if !late.is_empty() {
                refuse(late, &Error::unavailable());
                continue;
            }
            self.locked.retain(|_, since| since.elapsed() < LOCKED);
            let is_locked =
                |waiting: &mut Waiting| self.locked.contains_key(&waiting.member.channel());
            let locked: Vec<_> = batch.extract_if(.., is_locked).collect();
            if !locked.is_empty() {
                refuse(locked, &Error::unavailable());
                continue;
            }
            let later = batch::take_repeats(&mut batch);
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
            // One of them broke the statement; found by trying each half.
            Err(Error::Internal(_)) if batch.len() > 1 => {
                let mut first = batch;
                let second = first.split_off(first.len() / 2);
                for half in [first, second] {
                    // Nothing later is published before an earlier commit that broke off.
                    match self.settle().await {
                        Ok(()) => Box::pin(self.commit(half)).await,
                        Err(error) => refuse(half, &error),
                    }
                }
            }
            Err(error) => refuse(batch, &error),
        }
    }

    /// The writer's connection, or a new one, for as long as it is well.
    async fn served(&mut self) -> Result<Served> {
        match self.served.take() {
            Some(served) => Ok(served),
            None => deadline::within(CONNECT_WITHIN, backend::open(&self.database)).await,
        }
    }

    async fn store(&mut self, batch: &[Waiting]) -> Result<Vec<Row>> {
        // Until here nothing was sent; from here on an error may come after the commit.
        let mut served = self.served().await?;
        let began = Instant::now();
        let rows = batch::insert(&mut served.connection, batch);
        let rows = timeout(self.current.patience(), rows).await;
        if let Ok(Ok(_)) = &rows {
            let metrics = &self.hub.metrics;
            let took = began.elapsed().as_secs_f64();
            metrics.commit_seconds.observe(took);
            metrics.batch.observe(batch.len() as f64);
        }
        // What the database refuses is not stored. A connection that breaks off says nothing, nor does
        // one that is silent, and little does one that is ended by an operator (class 57P): it may come
        // after the commit.
        let is_refusal =
            |error: &dyn DatabaseError| !error.code().is_some_and(|code| code.starts_with("57P"));
        match &rows {
            Ok(Err(error)) if !error.as_database_error().is_some_and(is_refusal) => {
                self.uncertain.note(batch, served.by);
            }
            Err(_) => self.uncertain.note(batch, served.by),
            Ok(_) => self.served = Some(served),
        }
        match rows {
            Ok(rows) => Ok(rows?),
            Err(_) => Err(Error::unavailable()),
        }
    }

    /// Publishes in the log's order, and acks.
    async fn publish(&mut self, batch: Vec<Waiting>, rows: Vec<Row>) {
        let mut repeats = HashMap::new();
        let mut late = Late::default();
        for (waiting, row) in batch.into_iter().zip(rows) {
            let Waiting {
                member,
                id,
                draft,
                answer,
                ..
            } = waiting;
            match (row.seq.zip(row.created_at), row.known_id) {
                (Some((seq, created_at)), _) => {
                    self.hub.metrics.stored.inc();
                    let event =
                        Arc::new(Message::placed(&member, id, draft, (seq, created_at)).event());
                    let address = (member.app(), member.channel());
                    let is_published = self.hub.publish_next(address, &event);
                    let sent = Sent {
                        event,
                        is_repeat: false,
                    };
                    match is_published {
                        // The sender may be gone; the message stays.
                        true => answer(Ok(sent)),
                        false => late.add(address, seq, Some((answer, sent))),
                    }
                }
                (None, Some(known)) if is_same(&draft.client, &row.known_digest) => {
                    repeats.insert((member.app(), known), answer);
                }
                (None, Some(_)) => answer(Err(Error::Conflict(
                    "This client_id was used for another message",
                ))),
                (None, None) if row.is_member && row.is_locked => {
                    self.locked.insert(member.channel(), Instant::now());
                    answer(Err(Error::unavailable()))
                }
                (None, None) if row.is_member => {
                    answer(Err(Error::NotFound("Parent message not found")))
                }
                (None, None) => answer(Err(Error::Forbidden("Not a member of this channel"))),
            }
        }
        if !repeats.is_empty() {
            self.repeat(repeats, &mut late).await;
        }
        late.publish(&self.database, &self.hub, self.current.patience());
    }

    /// Answers the message that is in the log already.
    async fn repeat(&mut self, mut repeats: HashMap<(AppId, MessageId), Answer>, late: &mut Late) {
        let (apps, ids): (Vec<_>, Vec<_>) = repeats.keys().map(|(app, id)| (app.0, id.0)).unzip();
        let patience = self.current.patience();
        let stored = async {
            let mut served = self.served().await?;
            let stored = history::stored(&mut served.connection, &apps, &ids);
            let stored = deadline::within(patience, stored).await?;
            self.served = Some(served);
            Ok(stored)
        };
        let stored = stored.await.inspect_err(|error: &Error| error.log("log"));
        for (app, message) in stored.unwrap_or_default() {
            if let Some(answer) = repeats.remove(&(app, message.id)) {
                let sent = Sent {
                    event: Arc::new(message.event()),
                    is_repeat: true,
                };
                // It may be the first that this node hears of it.
                match self.hub.published(message.channel_id) {
                    Some(seq) if seq < message.seq => {
                        let address = (app, message.channel_id);
                        late.add(address, message.seq, Some((answer, sent)));
                    }
                    _ => answer(Ok(sent)),
                }
            }
        }
        for answer in repeats.into_values() {
            answer(Err(Error::unavailable()));
        }
    }

    /// Finds out what came of commits that broke off, and publishes what is in the log before
    /// anything later is.
    async fn settle(&mut self) -> Result<()> {
        if self.uncertain.is_empty() {
            return Ok(());
        }
        let mut served = self.served().await?;
        let stored = self.uncertain.stored(&mut served.connection);
        let stored = deadline::within(SETTLE_WITHIN, stored).await?;
        self.served = Some(served);
        self.uncertain = Uncertain::default();
        let mut late = Late::default();
        for (app, message) in stored {
            let address = (app, message.channel_id);
            if !self.hub.publish_next(address, &Arc::new(message.event())) {
                late.add(address, message.seq, None);
            }
        }
        late.publish(&self.database, &self.hub, self.current.patience());
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

fn is_same(client: &Option<ClientName>, known_digest: &Option<Vec<u8>>) -> bool {
    let digest = client.as_ref().map(|client| client.digest.as_slice());
    digest == known_digest.as_deref()
}
