//! An app's own limits: where it differs from what the server allows everybody, more or less of it.
//!
//! Their names and ranges are said once, by the fields below; what is refused and what is described to
//! callers are read from there. What they mean is decided where they hold.

use crate::{
    config::live::{self, RateLimits},
    error::{Error, Result},
};
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{ops::RangeInclusive, sync::LazyLock};

/// An app's own limits; what is absent is as the server has it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AppLimits")]
pub struct Limits {
    /// Messages of the app's users in a minute; each node counts for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub messages_per_minute: Option<u32>,
    /// Calls and events of the app's users and of its backend in a minute; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub requests_per_minute: Option<u32>,
    /// Sockets of the app's users at once; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub sockets: Option<u32>,
    /// Messages of one user in a minute; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub user_messages_per_minute: Option<u32>,
    /// Calls of one user, and events over all their sockets, in a minute; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub user_requests_per_minute: Option<u32>,
    /// Sockets of one user at once; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub user_sockets: Option<u32>,
    /// Days for which the app's messages are kept. Older ones are removed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 20_000))]
    pub messages_days: Option<u32>,
    /// The text of a message, in characters. What a body or a packet may hold is the server's to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub text_characters: Option<u32>,
    /// Attachments of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000))]
    pub attachments: Option<u32>,
    /// The JSON of one attachment, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1_048_576))]
    pub attachment_bytes: Option<u32>,
    /// The metadata of a message or channel: its JSON in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1_048_576))]
    pub metadata_bytes: Option<u32>,
    /// Reactions to one message, of all users together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub reactions: Option<u32>,
    /// Plugins of the app. One that has more keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub plugins: Option<u32>,
}

impl Limits {
    /// The server's rates, but for what the app has of its own.
    pub fn rates(&self, rates: RateLimits) -> RateLimits {
        RateLimits {
            app_calls: self.requests_per_minute.unwrap_or(rates.app_calls),
            app_messages: self.messages_per_minute.unwrap_or(rates.app_messages),
            app_sockets: self.sockets.unwrap_or(rates.app_sockets),
            user_calls: self.user_requests_per_minute.unwrap_or(rates.user_calls),
            user_messages: self.user_messages_per_minute.unwrap_or(rates.user_messages),
            user_sockets: self.user_sockets.unwrap_or(rates.user_sockets),
            ..rates
        }
    }

    /// The server's sizes, but for what the app has of its own.
    pub fn sizes(&self, sizes: live::Limits) -> live::Limits {
        let or = |own: Option<u32>, everybody| own.map_or(everybody, |own| own as usize);
        live::Limits {
            text_characters: or(self.text_characters, sizes.text_characters),
            attachments: or(self.attachments, sizes.attachments),
            attachment_bytes: or(self.attachment_bytes, sizes.attachment_bytes),
            metadata_bytes: or(self.metadata_bytes, sizes.metadata_bytes),
            reactions: self.reactions.map_or(sizes.reactions, i64::from),
            ..sizes
        }
    }

    /// Checks limits that are to be set; `null` takes one back. An unknown name is a mistake and no key to
    /// be ignored: whoever wrote it would believe in a limit that is not there.
    pub(super) fn check(wanted: &Map<String, Value>) -> Result<()> {
        for (name, value) in wanted {
            let Some((_, range)) = RANGES.iter().find(|(known, _)| known == name) else {
                let names: Vec<_> = RANGES.iter().map(|(known, _)| known.as_str()).collect();
                return Err(Error::invalid(format!(
                    "limits: there is no such limit; there are {}",
                    names.join(", ")
                )));
            };
            let number = value.as_u64();
            if !value.is_null() && !number.is_some_and(|number| range.contains(&number)) {
                let (least, most) = (range.start(), range.end());
                return Err(Error::invalid(format!(
                    "limits.{name} must be a whole number from {least} to {most}, or null"
                )));
            }
        }
        Ok(())
    }
}

/// Each limit's name and what it may be, as its field says.
static RANGES: LazyLock<Vec<(String, RangeInclusive<u64>)>> = LazyLock::new(|| {
    let schema = schema_for!(Limits);
    let fields = schema.get("properties").and_then(Value::as_object);
    let fields = fields.expect("a struct has properties").iter();
    let range = |(name, field): (&String, &Value)| {
        let end = |end| field[end].as_u64().expect("every limit has a range");
        (name.clone(), end("minimum")..=end("maximum"))
    };
    fields.map(range).collect()
});
