//! Following the log: what another node stored is read here and published in order, like our own.
//!
//! A room takes the next message only ([`Hub::follow`]), so it does not matter who reads, how many do at
//! once, or whether a reader is late: each message is given once, in order. A message deleted meanwhile
//! is read as recovery shows it, without its text.

use crate::{
    chat::{history, log::Answer, messages::Sent},
    deadline,
    error::{Error, Result},
    hub::{Address, Hub, event::Event},
    node::Node,
};
use sqlx::PgPool;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Messages of one read.
const READ: i64 = 1_000;
/// How far a room may be behind before its seats are sent to catch up by themselves: about what a
/// socket takes at once.
const BEHIND: i64 = 1_000;

/// Publishes what is in the log of some channels up to these places. Channels that nobody listens to,
/// and places that were published, cost nothing.
pub async fn follow(database: &PgPool, hub: &Hub, wanted: &HashMap<Address, i64>) -> Result<()> {
    loop {
        let mut gaps = Vec::new();
        for (&(app, channel), &up_to) in wanted {
            match hub.published(channel) {
                Some(published) if up_to - published > BEHIND => hub.give_up(channel, up_to),
                Some(published) if up_to > published => {
                    gaps.push(((app, channel), published, up_to));
                }
                _ => {}
            }
        }
        if gaps.is_empty() {
            return Ok(());
        }
        for message in history::missing(database, &gaps, READ).await? {
            hub.follow(message.channel_id, &Arc::new(message.event()));
        }
        let mut places = gaps.iter();
        if places.all(|((_, channel), after, _)| hub.published(*channel) == Some(*after)) {
            // What comes next was removed, as it has had its time. Seats are told so when they come back.
            for ((_, channel), _, up_to) in gaps {
                hub.give_up(channel, up_to);
            }
            return Ok(());
        }
    }
}

/// Publishes news of a message, on every node. The message itself is published first: a reaction to it,
/// or that it was deleted, would mean nothing before.
pub async fn publish_after(node: &Node, address: Address, seq: i64, event: Event) {
    reach(node, HashMap::from([(address, seq)])).await;
    node.hub.publish(address, seq, event);
}

/// Publishes on this node what is in the log of some channels up to these places.
pub async fn reach(node: &Node, wanted: HashMap<Address, i64>) {
    let followed = follow(&node.database, &node.hub, &wanted);
    if let Err(error) = deadline::within(node.current.patience(), followed).await {
        error.log("log");
        node.hub.bus.fell_behind();
    }
}

/// Messages of ours that stand behind others of their channel, and who waits for their ack.
#[derive(Default)]
pub(super) struct Late {
    gaps: HashMap<Address, i64>,
    answers: Vec<(Answer, Sent)>,
}

impl Late {
    pub(super) fn add(&mut self, address: Address, seq: i64, answer: Option<(Answer, Sent)>) {
        let up_to = self.gaps.entry(address).or_default();
        *up_to = seq.max(*up_to);
        self.answers.extend(answer);
    }

    /// Publishes them behind the others, and only then acks: a client that knew of a message before it
    /// had those before it would not ask for them when it comes back. The next batch need not wait.
    pub(super) fn publish(self, database: &PgPool, hub: &Arc<Hub>, patience: Duration) {
        if self.gaps.is_empty() {
            return;
        }
        let (database, hub) = (database.clone(), hub.clone());
        tokio::spawn(async move {
            let followed = follow(&database, &hub, &self.gaps);
            let followed = deadline::within(patience, followed).await;
            if let Err(error) = &followed {
                error.log("log");
                hub.bus.fell_behind();
            }
            for (answer, sent) in self.answers {
                // The next try finds it in the log.
                answer(
                    followed
                        .as_ref()
                        .map_err(|_| Error::unavailable())
                        .map(|()| sent),
                );
            }
        });
    }
}
