//! Who the other nodes are, and whether everything they told was heard.

use super::{
    LEASE, RENEW, apply,
    carry::{self, Letter},
    leases,
    listen::Heard,
};
use crate::{
    chat::{log::follow::follow, members, presence},
    error::Result,
    hub::{
        Address, Owner,
        frame::{Frame, NodeId},
        memberships::{Entry, News},
    },
    ids::ChannelId,
    node::Node,
};
use sqlx::PgPool;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{Instant, sleep_until},
};

/// How soon to try again what failed, and to look at everything again.
const AGAIN: Duration = Duration::from_millis(500);
/// Letters that are acted on at once.
const LETTERS: usize = 512;
/// Users whose channels are looked at by one statement.
const LOOK: usize = 500;

/// The other nodes, as this one knows them.
pub(super) struct Neighbours {
    pub(super) node: Node,
    pub(super) database: PgPool,
    known: HashMap<NodeId, Neighbour>,
    /// Places in the log that were told of and are not published yet.
    pub(super) wanted: HashMap<Address, i64>,
    /// Users whose presence changed with a node's coming or going, and who are to be told of.
    pub(super) changes: HashMap<Owner, bool>,
    /// Users whose seats entered or left a channel, of which more may have been told before; and where
    /// the logs were of those that they came to, as was told.
    pub(super) entered: HashMap<Owner, HashMap<ChannelId, i64>>,
    /// All is to be looked at.
    is_behind: bool,
    /// Something may not have been heard: the others are asked to say who is with them, and that we
    /// have to look.
    asks: bool,
    /// The PostgreSQL process that it listens by.
    backend: Option<i32>,
    /// Whether it serves: nothing was left untold before.
    is_settled: bool,
    /// Since when leases were renewed without a failure: until then others had no chance to either.
    steady_since: Option<Instant>,
    heard_itself: Instant,
    listen_anew: Arc<Notify>,
}

struct Neighbour {
    /// Its last letter.
    number: Option<u64>,
    /// Whether it told us who is with it.
    has_answered: bool,
    /// Whether it is to be told who is with us.
    wants_answer: bool,
    is_listening: bool,
}

impl Neighbours {
    pub(super) fn new(node: &Node, database: &PgPool, listen_anew: Arc<Notify>) -> Self {
        Self {
            node: node.clone(),
            database: database.clone(),
            known: HashMap::new(),
            wanted: HashMap::new(),
            changes: HashMap::new(),
            entered: HashMap::new(),
            is_behind: false,
            asks: false,
            backend: None,
            is_settled: false,
            steady_since: None,
            heard_itself: Instant::now(),
            listen_anew,
        }
    }

    /// Goes on until the node ends. `settled` is told when all who hear this node have answered.
    pub(super) async fn run(
        mut self,
        mut heard: mpsc::Receiver<Heard>,
        settled: oneshot::Sender<()>,
    ) {
        let mut settled = Some(settled);
        let began = Instant::now();
        let (mut renewal, mut next_look) = (began + LEASE, began);
        let mut arrived = Vec::with_capacity(LETTERS);
        loop {
            let has_work = self.has_work();
            let wake = if has_work { next_look } else { renewal };
            tokio::select! {
                count = heard.recv_many(&mut arrived, LETTERS) => if count == 0 { return },
                () = sleep_until(wake.min(renewal)) => {}
            }
            let mut letters = Vec::new();
            for heard in arrived.drain(..) {
                match heard {
                    Heard::Letter(letter) => letters.push(letter),
                    Heard::Listening(backend) => {
                        // What was told since the last letter is gone.
                        self.backend = Some(backend);
                        self.ask();
                        self.heard_itself = Instant::now();
                        renewal = Instant::now();
                    }
                }
            }
            if !letters.is_empty() {
                self.read(letters).await;
            }
            if renewal <= Instant::now() {
                let renewed = self.renew().await;
                let next = if renewed.is_ok() { RENEW } else { AGAIN };
                renewal = Instant::now() + next;
            }
            self.answer();
            if self.has_work() && next_look <= Instant::now() {
                next_look = Instant::now() + AGAIN;
                if std::mem::take(&mut self.asks) {
                    self.say(|users| Frame::Hello { users });
                }
                if let Err(error) = self.look().await {
                    error.log("nodes");
                }
            }
            if self.steady_since.is_some() && self.has_all_answers(began) {
                self.is_settled = true;
                settled.take().map(|settled| settled.send(()));
            }
        }
    }

    fn has_all_answers(&self, began: Instant) -> bool {
        let mut known = self.known.values();
        began.elapsed() > LEASE || known.all(|other| other.has_answered || !other.is_listening)
    }

    fn has_work(&mut self) -> bool {
        self.is_behind |= self.node.hub.bus.take_behind();
        let has_more =
            !(self.wanted.is_empty() && self.entered.is_empty() && self.changes.is_empty());
        self.asks || self.is_behind || has_more
    }

    /// Reads letters, and acts on them.
    async fn read(&mut self, letters: Vec<String>) {
        let mut frames = Vec::new();
        for letter in letters {
            let Ok(letter) = serde_json::from_str::<Letter>(&letter) else {
                tracing::warn!("a letter that is none of a node");
                continue;
            };
            if letter.from == self.node.hub.bus.id() {
                self.heard_itself = Instant::now();
                continue;
            }
            self.note(letter.from, letter.number);
            for frame in letter.frames {
                if let Some(frame) = self.open(frame.get()).await {
                    frames.push((letter.from, frame));
                }
            }
        }
        apply::apply(self, frames).await;
    }

    /// A frame, fetched from where it is kept if it was too large.
    async fn open(&mut self, frame: &str) -> Option<Frame> {
        let frame = serde_json::from_str(frame)
            .inspect_err(|error| tracing::debug!("a frame that is not known here: {error}"))
            .ok()?;
        let Frame::Kept(id) = frame else {
            return Some(frame);
        };
        match carry::kept(&self.database, id).await {
            Ok(Some(frame)) => serde_json::from_str(&frame).ok(),
            missed => {
                let _ = missed.inspect_err(|error| error.log("nodes"));
                self.ask();
                None
            }
        }
    }

    fn ask(&mut self) {
        self.asks = true;
        for other in self.known.values_mut() {
            other.has_answered = false;
        }
    }

    /// A letter came. If others came before it that were not heard, we have to look.
    fn note(&mut self, from: NodeId, number: u64) {
        let known = self.meet(from);
        let has_missed = known.number.is_some_and(|last| number > last + 1);
        known.number = Some(number);
        if has_missed {
            tracing::info!("missed what another node told");
            self.ask();
        }
    }

    /// Knows a node from now on. One that is new to us is told from now on, and told so.
    fn meet(&mut self, other: NodeId) -> &mut Neighbour {
        let count = self.known.len() + 2;
        self.known.entry(other).or_insert_with(|| {
            tracing::info!(nodes = count, "another node is there");
            self.node.hub.bus.set_others(true);
            self.node.metrics.now.neighbours.set(count as i64 - 1);
            Neighbour {
                number: None,
                has_answered: false,
                wants_answer: self.is_settled,
                is_listening: true,
            }
        })
    }

    /// A node said who is with it. It wants to know who is with us; or it tells us, `to` whom it is, that
    /// it tells us everything from now on: then we have to look at what it did not tell before.
    pub(super) fn is_here(&mut self, other: NodeId, users: Vec<Owner>, to: Option<NodeId>) {
        let is_answer = to == Some(self.node.hub.bus.id());
        let known = self.meet(other);
        known.has_answered = true;
        known.wants_answer |= to.is_none();
        self.is_behind |= is_answer;
        let changes = self.node.chat.presence.replace(other, users);
        self.changes.extend(changes);
    }

    /// A node is gone.
    pub(super) fn is_gone(&mut self, other: NodeId) {
        self.known.remove(&other);
        tracing::info!(nodes = self.known.len() + 1, "another node is gone");
        self.node.hub.bus.set_others(!self.known.is_empty());
        self.node
            .metrics
            .now
            .neighbours
            .set(self.known.len() as i64);
        let changes = self.node.chat.presence.replace(other, vec![]);
        self.changes.extend(changes);
    }

    /// Tells those who want to know who is here.
    fn answer(&mut self) {
        let wants = |other: &mut Neighbour| std::mem::take(&mut other.wants_answer);
        let known = self.known.iter_mut();
        let to = known.filter_map(|(id, other)| wants(other).then_some(*id));
        for to in to.collect::<Vec<_>>() {
            self.say(|users| Frame::Present { to, users });
        }
    }

    /// Under the lock of those who are here: who comes or goes later is told later.
    fn say(&self, frame: impl FnOnce(Vec<Owner>) -> Frame) {
        let bus = &self.node.hub.bus;
        let presence = &self.node.chat.presence;
        presence.with_all_here(|users| bus.send(|| frame(users)));
    }

    /// Renews the lease, and looks who else has one.
    async fn renew(&mut self) -> Result<()> {
        let Some(backend) = self.backend else {
            return Ok(());
        };
        let id = self.node.hub.bus.id();
        let leases = leases::renew(&self.database, id, backend).await;
        let leases = leases.inspect_err(|error| {
            error.log("nodes");
            self.steady_since = None;
        })?;
        let is_first = self.steady_since.is_none();
        let steady_since = *self.steady_since.get_or_insert_with(Instant::now);
        for lease in leases.iter().filter(|lease| lease.is_fresh) {
            self.meet(NodeId(lease.id)).is_listening = lease.is_listening;
        }
        if steady_since.elapsed() > LEASE {
            let is_fresh = |id: &NodeId| {
                let mut fresh = leases.iter().filter(|lease| lease.is_fresh);
                fresh.any(|lease| lease.id == id.0)
            };
            let ended = self.known.keys().filter(|id| !is_fresh(id)).copied();
            for other in ended.collect::<Vec<_>>() {
                self.is_gone(other);
                // Its last word may have been lost with it.
                self.is_behind = true;
            }
        }
        if self.known.is_empty() {
            self.heard_itself = Instant::now();
        } else {
            self.node.hub.bus.send(|| Frame::Pulse);
            self.asks |= is_first || self.known.values().any(|other| !other.has_answered);
            if self.heard_itself.elapsed() > LEASE {
                // A connection that is dead and does not know it.
                self.heard_itself = Instant::now();
                self.listen_anew.notify_one();
            }
        }
        Ok(())
    }

    /// Looks at everything if something was missed, and publishes what was found and told.
    async fn look(&mut self) -> Result<()> {
        if self.is_behind {
            self.node.chat.forget();
            for owner in self.node.hub.seats.users() {
                self.entered.entry(owner).or_default();
            }
            self.is_behind = false;
        }
        self.catch_up().await
    }

    /// Publishes what this node was told of.
    pub(super) async fn catch_up(&mut self) -> Result<()> {
        self.look_at_channels().await?;
        follow(&self.database, &self.node.hub, &self.wanted).await?;
        self.wanted.clear();
        let changes = std::mem::take(&mut self.changes);
        let told = presence::tell_changes(&self.node, &self.database, &changes).await;
        told.inspect_err(|_| self.changes.extend(changes))
    }

    /// Which channels users are in, and how far those have come, by the database.
    async fn look_at_channels(&mut self) -> Result<()> {
        let hub = &self.node.hub;
        let mut again = HashMap::new();
        while !self.entered.is_empty() {
            let users: Vec<Owner> = self.entered.keys().copied().take(LOOK).collect();
            let mut bars = hub.bars();
            let mut gone: HashSet<(Owner, ChannelId)> = HashSet::new();
            for &owner in &users {
                let channels = hub.channels_of(owner).into_iter();
                gone.extend(channels.map(|channel| (owner, channel)));
            }
            let belongings = members::channels_of_all(&self.database, &users).await;
            let belongings = belongings.inspect_err(|_| self.entered.extend(again.drain()))?;
            for belonging in belongings {
                let (owner, address) = (
                    (belonging.app, belonging.user),
                    (belonging.app, belonging.channel),
                );
                gone.remove(&(owner, belonging.channel));
                let returned = self.entered.get(&owner);
                let news = News {
                    head: belonging.head,
                    bars,
                    returned_at: returned.and_then(|at| at.get(&belonging.channel)).copied(),
                };
                if hub.let_in_as_of(address, belonging.user, news) == Entry::Barred {
                    // A member again, and nobody said from where on.
                    hub.close_here(owner);
                }
                let up_to = self.wanted.entry(address).or_default();
                *up_to = belonging.head.max(*up_to);
            }
            for ((app, user), channel) in gone {
                if !hub.let_out_as_of((app, channel), user, &mut bars) {
                    again.insert((app, user), HashMap::new());
                }
            }
            for owner in &users {
                self.entered.remove(owner);
            }
        }
        self.entered = again;
        Ok(())
    }
}
