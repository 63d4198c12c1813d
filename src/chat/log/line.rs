//! Who waits to be stored in one shard: a line for each app, of which the writer takes in turn.
//!
//! An app that sends more than can be stored waits for itself; another waits for the commit that is under
//! way and for one message of each. (Fair queueing by turns: Nagle, "On Packet Switches With Infinite
//! Storage", RFC 970, 1985.) Within an app, and so within a channel, who came first is stored first.

use super::Waiting;
use crate::ids::AppId;
use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};
use tokio::sync::Notify;

/// Sends that may wait in one shard: all of it for one app alone, an equal share for each of several.
/// Together they may be more when others come to one that was alone, by the logarithm of how many there are.
const QUEUE: usize = 8_192;

/// The lines of a shard's apps, and whose turn it is.
#[derive(Default)]
pub struct Line {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    /// None of them is empty.
    of_app: HashMap<AppId, VecDeque<Waiting>>,
    /// Each app that waits, once.
    turns: VecDeque<AppId>,
    count: usize,
    is_closed: bool,
}

impl Line {
    /// Puts one in its app's line; gives back what has no room there.
    pub fn push(&self, waiting: Waiting) -> Result<(), Waiting> {
        let mut state = self.state.lock().unwrap();
        let State {
            of_app,
            turns,
            count,
            is_closed,
        } = &mut *state;
        let app = waiting.member.app();
        // Who has nothing here is let in, however many there are.
        let share = QUEUE / of_app.len().max(1);
        let own = of_app.get(&app).map_or(0, VecDeque::len);
        if *is_closed || (own > 0 && own >= share) {
            return Err(waiting);
        }
        if own == 0 {
            turns.push_back(app);
        }
        of_app.entry(app).or_default().push_back(waiting);
        *count += 1;
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// For how long the first of an app has waited.
    pub fn wait(&self, app: AppId) -> Duration {
        let state = self.state.lock().unwrap();
        let first = state.of_app.get(&app).and_then(VecDeque::front);
        first.map_or(Duration::ZERO, |first| first.since.elapsed())
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().count
    }

    /// Takes up to `most` into an empty batch, waiting for the first. It stays empty once the line is
    /// closed.
    pub async fn take(&self, batch: &mut Vec<Waiting>, most: usize) {
        loop {
            let is_closed = {
                let mut state = self.state.lock().unwrap();
                state.take(batch, most);
                state.is_closed
            };
            if !batch.is_empty() || is_closed {
                return;
            }
            self.arrived.notified().await;
        }
    }

    /// Takes all that wait.
    pub fn take_all(&self, batch: &mut Vec<Waiting>) {
        self.state.lock().unwrap().take(batch, usize::MAX);
    }

    /// Lets nobody in any more.
    pub fn close(&self) {
        self.state.lock().unwrap().is_closed = true;
        self.arrived.notify_one();
    }
}

impl State {
    fn take(&mut self, batch: &mut Vec<Waiting>, most: usize) {
        while batch.len() < most
            && let Some(app) = self.turns.pop_front()
        {
            let own = self.of_app.get_mut(&app).expect("who has a turn waits");
            batch.extend(own.pop_front());
            self.count -= 1;
            match own.is_empty() {
                true => drop(self.of_app.remove(&app)),
                false => self.turns.push_back(app),
            }
        }
    }
}
