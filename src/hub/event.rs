//! What is told: a name and a payload that is serialised once for everybody.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// One piece of news.
#[derive(Serialize, Deserialize)]
pub struct Event {
    /// Its name on the wire.
    pub name: Cow<'static, str>,
    /// Its payload, as JSON text.
    pub payload: Box<RawValue>,
    /// Its place in the channel's order, for a message.
    pub seq: Option<i64>,
    /// Whether it is about this very moment: worth nothing later, and the first to be dropped for a
    /// seat that cannot keep up.
    pub is_passing: bool,
}

impl Event {
    /// News that everybody must get.
    pub fn lasting(name: &'static str, payload: &impl Serialize) -> Self {
        let payload = serde_json::value::to_raw_value(payload).expect("an event becomes JSON");
        Self {
            name: name.into(),
            payload,
            seq: None,
            is_passing: false,
        }
    }

    /// News of the moment.
    pub fn passing(name: &'static str, payload: &impl Serialize) -> Self {
        Self {
            is_passing: true,
            ..Self::lasting(name, payload)
        }
    }

    /// The same, with its place in the channel's order.
    pub fn at(self, seq: i64) -> Self {
        Self {
            seq: Some(seq),
            ..self
        }
    }

    /// What it weighs in a queue, in bytes.
    pub fn weight(&self) -> usize {
        self.name.len() + self.payload.get().len()
    }
}
