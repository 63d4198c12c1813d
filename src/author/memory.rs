//! Answers what plugins ask for from memory: the author's stand-in for the server's database.
//!
//! It keeps the promises and the limits that `wit/0.1/host.wit` writes down, so that a plugin which
//! passes here finds nothing new in production. Time is the fixture's, so that what expires can be
//! tried without waiting.

use crate::{
    hooks::{
        event::Message,
        facts::{Answer, Channel, Fate, Operation, Question, Refusal, Scope},
    },
    ids::AppId,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::mpsc;
use uuid::Uuid;

const KEY_BYTES: usize = 256;
const VALUE_BYTES: usize = 64 << 10;
const QUOTA_BYTES: usize = 1 << 20;
const QUOTA_KEYS: usize = 10_000;

/// What is remembered.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    states: HashMap<Uuid, HashMap<String, Kept>>,
    places: HashMap<AppId, Place>,
    /// Milliseconds since 1970; real time if none.
    clock: Option<u64>,
}

struct Kept {
    value: Stored,
    expires: Option<u64>,
}

enum Stored {
    Bytes(Vec<u8>),
    Counter(i64),
}

struct Place {
    channel: Channel,
    recent: Vec<Message>,
}

impl Memory {
    /// Answers until nobody asks any more.
    pub async fn answer(self, mut questions: mpsc::Receiver<Question>) {
        while let Some(question) = questions.recv().await {
            let mut known = self.0.lock().unwrap();
            // Who has stopped waiting needs no answer.
            match question {
                Question::State {
                    scope,
                    operation,
                    answer,
                } => drop(answer.send(known.operate(scope, operation))),
                Question::Channel {
                    app,
                    channel,
                    answer,
                } => {
                    let place = known.places.get(&app);
                    let found = place.map(|place| Channel {
                        id: channel,
                        ..place.channel.clone()
                    });
                    drop(answer.send(found));
                }
                Question::Recent {
                    app, limit, answer, ..
                } => {
                    let place = known.places.get(&app);
                    let recent = place.map(|place| {
                        let newest = place.recent.iter().take(usize::from(limit.min(50)));
                        newest.cloned().collect()
                    });
                    drop(answer.send(recent.unwrap_or_default()));
                }
                // Nothing is deleted here.
                Question::Fate { answer, .. } => drop(answer.send(Some(Fate::Stands))),
            }
        }
    }

    /// What plugins of an app find when they look around.
    pub fn describe(&self, app: AppId, channel: Channel, recent: Vec<Message>) {
        let place = Place { channel, recent };
        self.0.lock().unwrap().places.insert(app, place);
    }

    /// Sets the clock by which values expire.
    pub fn set_clock(&self, milliseconds: u64) {
        self.0.lock().unwrap().clock = Some(milliseconds);
    }
}

impl Known {
    fn now(&self) -> u64 {
        self.clock
            .unwrap_or_else(|| chrono::Utc::now().timestamp_millis().max(0) as u64)
    }

    fn operate(&mut self, scope: Scope, operation: Operation) -> Result<Answer, Refusal> {
        let now = self.now();
        let key = operation.key();
        if key.is_empty() || key.len() > KEY_BYTES || key.contains('\0') {
            return Err(Refusal::Invalid);
        }
        let state = self.states.entry(scope.plugin).or_default();
        if state
            .get(key)
            .is_some_and(|kept| kept.expires.is_some_and(|end| end <= now))
        {
            state.remove(key);
        }
        let expires = |ttl: Option<u32>| ttl.map(|seconds| now + u64::from(seconds) * 1_000);
        match operation {
            Operation::Get { key } => Ok(Answer::Value(state.get(&key).map(Kept::bytes))),
            Operation::Delete { key } => {
                state.remove(&key);
                Ok(Answer::Done)
            }
            Operation::Set { key, value, ttl } => {
                if value.len() > VALUE_BYTES {
                    return Err(Refusal::Invalid);
                }
                let kept = Kept {
                    value: Stored::Bytes(value),
                    expires: expires(ttl),
                };
                put(state, key, kept, now)?;
                Ok(Answer::Done)
            }
            Operation::Add { key, delta, ttl } => {
                let (before, expires) = match state.get(&key) {
                    None => (0, expires(ttl)),
                    Some(Kept {
                        value: Stored::Counter(sum),
                        expires,
                    }) => (*sum, *expires),
                    Some(_) => return Err(Refusal::Invalid),
                };
                let sum = before.checked_add(delta).ok_or(Refusal::Invalid)?;
                let value = Stored::Counter(sum);
                put(state, key, Kept { value, expires }, now)?;
                Ok(Answer::Sum(sum))
            }
        }
    }
}

/// Keeps a value, if the plugin has room for it.
fn put(
    state: &mut HashMap<String, Kept>,
    key: String,
    kept: Kept,
    now: u64,
) -> Result<(), Refusal> {
    state.retain(|_, kept| kept.expires.is_none_or(|end| end > now));
    let others = state.iter().filter(|(other, _)| **other != key);
    let (mut keys, mut bytes) = (1, key.len() + kept.size());
    for (other, kept) in others {
        keys += 1;
        bytes += other.len() + kept.size();
    }
    if keys > QUOTA_KEYS || bytes > QUOTA_BYTES {
        return Err(Refusal::OverQuota);
    }
    state.insert(key, kept);
    Ok(())
}

impl Kept {
    fn size(&self) -> usize {
        match &self.value {
            Stored::Bytes(bytes) => bytes.len(),
            Stored::Counter(_) => size_of::<i64>(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match &self.value {
            Stored::Bytes(bytes) => bytes.clone(),
            Stored::Counter(sum) => sum.to_string().into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> (Known, Scope) {
        let known = Known {
            clock: Some(1_000_000),
            ..Known::default()
        };
        let scope = Scope {
            app: AppId::new(),
            plugin: Uuid::now_v7(),
        };
        (known, scope)
    }

    fn add(known: &mut Known, scope: Scope, delta: i64) -> Result<Answer, Refusal> {
        let (key, ttl) = ("sent".to_owned(), Some(60));
        known.operate(scope, Operation::Add { key, delta, ttl })
    }

    #[test]
    fn a_counter_s_window_begins_with_its_first_add() {
        let (mut known, scope) = known();
        assert_eq!(add(&mut known, scope, 1), Ok(Answer::Sum(1)));
        known.clock = Some(1_059_999);
        assert_eq!(add(&mut known, scope, 1), Ok(Answer::Sum(2)));
        let key = "sent".to_owned();
        let digits = known.operate(scope, Operation::Get { key });
        assert_eq!(digits, Ok(Answer::Value(Some(b"2".to_vec()))));
        known.clock = Some(1_060_000);
        assert_eq!(add(&mut known, scope, 1), Ok(Answer::Sum(1)));
    }

    #[test]
    fn what_the_contract_forbids_is_refused() {
        let (mut known, scope) = known();
        let mut set = |key: &str, bytes: usize| {
            let (key, value) = (key.to_owned(), vec![0; bytes]);
            let ttl = None;
            known.operate(scope, Operation::Set { key, value, ttl })
        };
        assert_eq!(set("", 1), Err(Refusal::Invalid));
        assert_eq!(set("a\0", 1), Err(Refusal::Invalid));
        assert_eq!(set(&"k".repeat(257), 1), Err(Refusal::Invalid));
        assert_eq!(set("k", VALUE_BYTES + 1), Err(Refusal::Invalid));
        for number in 0..15 {
            assert_eq!(set(&number.to_string(), VALUE_BYTES), Ok(Answer::Done));
        }
        assert_eq!(set("one more", VALUE_BYTES), Err(Refusal::OverQuota));
        assert_eq!(set("0", 1), Ok(Answer::Done));
        assert_eq!(set("sent", 1), Ok(Answer::Done));
        assert_eq!(add(&mut known, scope, 1), Err(Refusal::Invalid));
    }
}
