//! More than one node on one database: each hears what the others store and tell.
//!
//! The database is all that nodes share. `leases` say which there are, `carry` tells them by NOTIFY,
//! `listen` hears, `neighbours` keeps account of who is there and finds what was lost, `apply` acts
//! on what is heard.
//!
//! # What holds, and why
//!
//! **Messages: the log's order, each once, without a hole, on every node.** A letter only says how far a
//! log has come; whoever listens reads the messages from the log (`log/follow.rs`),
//! and a room takes none but the next one. So letters may be lost, doubled or late. A node looks at the
//! log when it is told, when a message of its own stands behind a hole, and at the logs of *all* its
//! rooms whenever it may not have been told: it listens anew, a letter's number is missing, a node that
//! it knew is gone (it may have died between commit and NOTIFY), or a node says that it tells from now on
//! ([`Present`](crate::hub::frame::Frame::Present)). A room that is too far behind is sent away to catch up.
//!
//! **Memberships** travel like news and are read again, with the logs, after each such gap.
//!
//! **Other lasting news** (reactions, deletions, who joined) comes after the message it is about, once.
//! In a gap it is lost, as for a client that comes back: its app looks at the history.
//! Typing is best effort. Presence is a set that each node knows of each other one, told anew after a gap.
//! What is kept in memory of the database is forgotten when told, and after a gap.
//!
//! # A node alone tells nothing
//!
//! It knows that it is alone from the leases. A new node therefore listens, enters its lease, says hello,
//! and serves only when every node that hears it has answered. A node answers *after* it has begun to
//! tell. So whatever it did not tell, it had stored before its answer, and so before anybody could
//! connect to the new node: they find it in the database, where a socket's place in each log is read
//! when it connects. A node whose lease is valid but that does not listen at the moment is not waited
//! for: it looks at everything when it listens again. One that was taken for dead and was not is found
//! by its next letter or lease, is told again, and told that it must look.
//!
//! Nothing here delays what happens on one node: frames wait in a bounded line, and one that finds it
//! full is lost and found out like any other.

mod apply;
mod carry;
mod leases;
mod listen;
mod neighbours;

use crate::{
    error::{Error, Result},
    hub::frame::Frame,
    node::Node,
};
use neighbours::Neighbours;
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// How long a lease is valid.
pub(super) const LEASE: Duration = Duration::from_secs(6);
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(2);
/// Letters that may wait to be acted on, before PostgreSQL keeps them.
const LETTERS: usize = 1_024;
/// How long a node takes at most to begin, and to say goodbye.
const BEGINNING: Duration = Duration::from_secs(10);
const GOODBYE: Duration = Duration::from_secs(2);
/// Connections: one listens, one tells, one reads, and one may be dead without knowing.
const CONNECTIONS: u32 = 4;

/// A node among the others.
pub struct Joined {
    node: Node,
    database: PgPool,
    carrier: JoinHandle<()>,
    others: [JoinHandle<()>; 2],
}

/// Joins the other nodes; returns when all who hear this one tell it what happens.
pub async fn join(node: &Node) -> Result<Joined> {
    // Connections of its own: calls that wait for the database must not make a node look dead.
    let options = node.database.connect_options();
    let database = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(GOODBYE)
        .test_before_acquire(false)
        .connect_lazy_with((*options).clone());
    let waiting = node.hub.bus.take_waiting();
    let waiting = waiting.ok_or(Error::Internal(anyhow::anyhow!("joined twice")))?;
    let (letters, heard) = mpsc::channel(LETTERS);
    let (settled, has_settled) = oneshot::channel();
    let anew = Arc::new(Notify::new());

    let carrier = tokio::spawn(carry::carry(database.clone(), node.hub.clone(), waiting));
    let listener = {
        let (database, anew) = (database.clone(), anew.clone());
        tokio::spawn(async move { listen::listen(database, letters, &anew).await })
    };
    let neighbours = Neighbours::new(node, &database, anew);
    let joined = Joined {
        node: node.clone(),
        database,
        carrier,
        others: [listener, tokio::spawn(neighbours.run(heard, settled))],
    };
    match timeout(BEGINNING, has_settled).await {
        Ok(Ok(())) => Ok(joined),
        _ => {
            joined.leave().await;
            Err(Error::unavailable())
        }
    }
}

impl Joined {
    /// Says goodbye, so that the others need not wait for the lease to end. Comes last: what a node has
    /// not told by then, the others will not hear of.
    pub async fn leave(mut self) {
        self.others.iter().for_each(JoinHandle::abort);
        if self.node.hub.bus.has_others() {
            self.node.hub.bus.send(|| Frame::Bye);
            let _ = timeout(GOODBYE, &mut self.carrier).await;
        }
        self.carrier.abort();
        let _ = timeout(GOODBYE, leases::end(&self.database, self.node.hub.bus.id())).await;
        let _ = timeout(GOODBYE, self.database.close()).await;
    }
}
