//! Catching up: a client that comes back says how far it had come in each channel, and is given what
//! it missed, once and in order, before anything new.
//!
//! Its seat is in the room before the log is read, and what happens meanwhile is kept for it, so that
//! nothing falls between the two. A storm of clients who come back at once is a few reads, not
//! thousands: see [`Reads`].

use crate::{
    chat::history,
    deadline,
    error::{Error, Result},
    hub::{event::Event, seat::Seat},
    ids::{AppId, ChannelId},
    node::Node,
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::Semaphore;

/// Reads of the log that may run at once for those who catch up.
const READS_AT_ONCE: usize = 4;

/// Events, and their bytes, that are given before the seat must have taken them.
const HANDFUL: usize = 128;
const HANDFUL_BYTES: usize = 48 * 1024;

/// Bytes that are read at once, of what is said and rides along: a seat keeps them until it has taken them. Not
/// less: clients who come back at once share a read as long as they are at one place.
const PART_BYTES: i64 = 256 * 1024;

/// Who wants to read what. Clients who want the same share one read, as long as it has not begun:
/// one that has begun may be too old for them.
pub struct Reads {
    waiting: Mutex<HashMap<Range, Read>>,
    turns: Semaphore,
}

type Range = (AppId, ChannelId, i64);
/// One read for all who wait for it; none if the log could not be read.
type Read = Shared<BoxFuture<'static, Option<Arc<Missed>>>>;

impl Default for Reads {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turns: Semaphore::new(READS_AT_ONCE),
        }
    }
}

/// What one channel has for those who come back at one place.
struct Missed {
    /// The newest place.
    head: i64,
    /// What comes next, up to there or to where it is enough for once; none if all together is more than is
    /// given this way, or is not kept any more.
    events: Option<Vec<Event>>,
}

/// A channel is caught up with: what was missed has been given, or is too much for that.
#[derive(Serialize, JsonSchema)]
pub struct Recovery {
    #[serde(rename = "channelId")]
    channel: ChannelId,
    /// The `seq` after which the client asked.
    from: i64,
    /// The newest `seq`.
    to: i64,
    /// False if more was missed than is given this way, or is kept: the client pages with REST.
    complete: bool,
}

/// Gives a seat what it missed in a channel after `since`, then lets it hear what happens.
pub async fn catch_up(node: &Node, seat: &Arc<Seat>, channel: ChannelId, since: i64) {
    let mut reached = since;
    let missed = loop {
        let range = (seat.owner().0, channel, reached);
        let Some(missed) = read(node, range).await else {
            // The log cannot be read now. The client comes back by itself and asks again.
            seat.send_away();
            return;
        };
        let mut rest = missed.events.as_deref().unwrap_or_default();
        reached += rest.len() as i64;
        while !rest.is_empty() {
            if !seat.is_in(channel) {
                // No member any more.
                return;
            }
            let (events, later) = rest.split_at(handful(rest));
            if !seat.give_at_its_pace(events).await {
                return seat.close();
            }
            rest = later;
        }
        if reached == missed.head || missed.events.is_none() {
            break missed;
        }
    };
    let recovery = Recovery {
        channel,
        from: since,
        to: missed.head,
        complete: missed.events.is_some(),
    };
    node.metrics.recovered(recovery.complete);
    node.hub.caught_up(
        seat,
        channel,
        missed.head,
        Event::lasting("recovery", &recovery),
    );
}

/// How many of these to give before the seat must have taken them: what one poll can carry.
fn handful(events: &[Event]) -> usize {
    let mut weight = 0;
    let fits = events.iter().take_while(|event| {
        weight += event.weight();
        weight <= HANDFUL_BYTES
    });
    fits.count().clamp(1, HANDFUL)
}

async fn read(node: &Node, range: Range) -> Option<Arc<Missed>> {
    let reads = &node.chat.reads;
    let read = {
        let mut waiting = reads.waiting.lock().unwrap();
        let begin = || {
            let node = node.clone();
            async move {
                begin(&node, range)
                    .await
                    .map_err(|error: Error| error.log("recovery"))
                    .ok()
            }
            .boxed()
            .shared()
        };
        waiting.entry(range).or_insert_with(begin).clone()
    };
    read.await
}

async fn begin(node: &Node, range: Range) -> Result<Arc<Missed>> {
    let turn = node.chat.reads.turns.acquire().await;
    // Whoever comes from now on waits for the next read.
    node.chat.reads.waiting.lock().unwrap().remove(&range);
    let missed = deadline::within(node.current.patience(), missed(node, range)).await;
    drop(turn);
    missed.map(Arc::new)
}

async fn missed(node: &Node, (app, channel, since): Range) -> Result<Missed> {
    let head = history::head(node, app, channel).await?;
    let most = node.live().recovery.max_messages;
    let events = match head - since {
        // A place that is not there yet: of another database, or made up.
        ..0 => None,
        0 => Some(vec![]),
        count if count > most => None,
        _ => {
            let between = (since, head);
            let messages = history::between(node, (app, channel), between, PART_BYTES).await?;
            // Fewer are left where some have had their time.
            let last = messages.last().map_or(head, |last| last.seq);
            let is_all = messages.len() as i64 == last - since;
            is_all.then(|| messages.iter().map(|message| message.event()).collect())
        }
    };
    Ok(Missed { head, events })
}
