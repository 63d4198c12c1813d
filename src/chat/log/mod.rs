//! The group-commit log: how a message becomes durable, ordered and known, at once for many.
//!
//! Sends wait in line per shard, a shard being a hash of the channel; each app's in a line of its own
//! (`fair_queue`). A shard's one writer (`writer`) takes what waits, in turn, stores it in one statement,
//! publishes in `seq` order, then acks. Nobody waits for a timer: a batch is what arrived while the last one
//! committed. One writer per channel on this node makes live order the log's order; the row lock on the
//! channel makes it so across nodes, and what another node stored in between is read and published first
//! (`follow`). (Group commit: Gawlick and Kinkade, "Varieties of Concurrency Control in IMS/VS Fast Path", 1985.)

mod backend;
mod batch;
pub(super) mod follow;
mod uncertain;
mod writer;

use crate::{
    chat::{
        drafts::Checked,
        fair_queue::{FairQueue, Room, Waits},
        members::Member,
        messages::Sent,
    },
    config::Current,
    error::{Error, Result},
    hub::Hub,
    ids::{AppId, ChannelId, MessageId, UserId},
};
use sqlx::PgPool;
use std::{hash::BuildHasher, sync::Arc, thread::available_parallelism, time::Instant};
use writer::Writer;

/// Sends that may wait in one shard before more are turned away.
const LINE: Room = Room {
    places: 8_192,
    bytes: 64 << 20,
};

/// Who waits, in all shards.
pub struct Log {
    shards: Vec<Arc<FairQueue<Waiting>>>,
    current: Current,
    hasher: foldhash::fast::FixedState,
}

/// Is told what came of an append, once.
pub type Answer = Box<dyn FnOnce(Result<Sent>) + Send + Sync>;

struct Waiting {
    member: Member,
    id: MessageId,
    draft: Checked,
    answer: Answer,
    since: Instant,
}

impl Waits for Waiting {
    fn app(&self) -> AppId {
        self.member.app()
    }

    fn weight(&self) -> usize {
        let text = self.draft.text.as_ref().map_or(0, String::len);
        text + self.draft.attachments.get().len() + self.draft.metadata.get().len()
    }
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
    pub fn start(database: &PgPool, hub: &Arc<Hub>, current: &Current) -> Self {
        // Few writers make large batches, and a large batch costs little more than a small one. One
        // for every two cores keeps the others free for what is sent and delivered.
        let writers = available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        let shards = (0..writers).map(|_| {
            let line = Arc::new(FairQueue::new(LINE));
            let writer = Writer::new(database, hub, current);
            tokio::spawn(writer.run(line.clone()));
            line
        });
        Self {
            shards: shards.collect(),
            current: current.clone(),
            hasher: foldhash::fast::FixedState::default(),
        }
    }

    /// Whether nothing at all of an app can be put in line now: then a send need not even be read.
    pub fn is_full(&self, app: AppId) -> bool {
        self.shards.iter().all(|line| self.is_overdue(line, app))
    }

    /// How many wait.
    pub fn queue(&self) -> usize {
        self.shards.iter().map(|line| line.count()).sum()
    }

    fn is_overdue(&self, line: &FairQueue<Waiting>, app: AppId) -> bool {
        let wait = line.first(app, |first| first.since.elapsed());
        wait.is_some_and(|wait| wait > self.current.patience())
    }

    /// Puts a draft in line. Says no at once when its app's line is too long, in heads or in time: waiting
    /// longer would only make all of the app late.
    pub fn append(&self, member: &Member, draft: Checked, answer: Answer) {
        let shard = self.hasher.hash_one(member.channel()) as usize % self.shards.len();
        let line = &self.shards[shard];
        // Not sooner: by now a refusal has cost almost what storing costs, which is done for many at once.
        if self.is_overdue(line, member.app()) {
            return answer(Err(Error::unavailable()));
        }
        let waiting = Waiting {
            member: member.clone(),
            id: draft.id,
            draft,
            answer,
            since: Instant::now(),
        };
        if let Err(waiting) = line.push(waiting) {
            (waiting.answer)(Err(Error::unavailable()));
        }
    }
}

impl Drop for Log {
    /// Those who wait are stored, then the writers end.
    fn drop(&mut self) {
        for line in &self.shards {
            line.close();
        }
    }
}
