//! What plugins are told and what they decide, in Heyyo's own words.
//!
//! One shape for all versions of the contract (`contract.rs` turns it into theirs) and one JSON for
//! all who see it: programs that read stdin, dry runs, fixtures, the shadow's report.

use crate::ids::{ChannelId, MessageId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};
use std::fmt;
use uuid::Uuid;

/// A hook: what a plugin can take part in.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Hook {
    /// Judges a message before it is stored.
    BeforeMessage,
    /// Is told of a stored message, and may add to it.
    AfterMessage,
    /// Judges a reaction before it is stored.
    BeforeReaction,
    /// Is told of a stored reaction.
    AfterReaction,
}

impl Hook {
    /// All of them.
    pub const ALL: [Hook; 4] = [
        Hook::BeforeMessage,
        Hook::AfterMessage,
        Hook::BeforeReaction,
        Hook::AfterReaction,
    ];

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Hook::BeforeMessage => "before-message",
            Hook::AfterMessage => "after-message",
            Hook::BeforeReaction => "before-reaction",
            Hook::AfterReaction => "after-reaction",
        }
    }

    /// The hook of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.name() == name)
    }

    /// Whether the sender waits for it.
    pub fn is_before(self) -> bool {
        matches!(self, Hook::BeforeMessage | Hook::BeforeReaction)
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Who caused an event.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Sender {
    /// Heyyo's id of the user.
    #[serde(default = "UserId::new")]
    pub id: UserId,
    /// The tenant's own id of the user.
    #[serde(default)]
    pub external_id: String,
    /// The shown name.
    #[serde(default)]
    pub name: Option<String>,
}

/// A message, as a plugin sees it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "MessageEvent")]
pub struct Message {
    /// The message.
    #[serde(default = "MessageId::new")]
    pub id: MessageId,
    /// Its channel.
    #[serde(default = "ChannelId::new")]
    pub channel: ChannelId,
    /// Who sent it.
    #[serde(default = "Sender::somebody")]
    pub sender: Sender,
    /// What is said; empty without text.
    #[serde(default)]
    pub text: String,
    /// The message it answers.
    #[serde(default)]
    pub parent: Option<MessageId>,
    /// A JSON list of objects.
    #[serde(
        default = "empty_list",
        deserialize_with = "checked::<_, Vec<Map<String, Value>>>"
    )]
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub attachments: Box<RawValue>,
    /// A JSON object.
    #[serde(
        default = "empty_object",
        deserialize_with = "checked::<_, Map<String, Value>>"
    )]
    #[schemars(with = "Map<String, Value>")]
    pub metadata: Box<RawValue>,
}

/// A reaction, as a plugin sees it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ReactionEvent")]
pub struct Reaction {
    /// The message that is reacted to.
    #[serde(default = "MessageId::new")]
    pub message: MessageId,
    /// Its channel.
    #[serde(default = "ChannelId::new")]
    pub channel: ChannelId,
    /// Who reacts.
    #[serde(default = "Sender::somebody")]
    pub sender: Sender,
    /// Its kind.
    pub kind: String,
}

impl Sender {
    /// A stand-in, for events that are made up.
    pub fn somebody() -> Self {
        Self {
            id: UserId::new(),
            external_id: "somebody".to_owned(),
            name: None,
        }
    }
}

/// JSON text that is a `T`: what is made up for a plugin is no less than what it would be given.
fn checked<'de, D, T>(deserializer: D) -> Result<Box<RawValue>, D::Error>
where
    D: Deserializer<'de>,
    T: Serialize + Deserialize<'de>,
{
    to_raw_value(&T::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn empty_list() -> Box<RawValue> {
    RawValue::from_string("[]".to_owned()).expect("a list")
}

fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).expect("an object")
}

/// One event for one hook.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message, before.
    BeforeMessage(Message),
    /// A message, after.
    AfterMessage(Message),
    /// A reaction, before.
    BeforeReaction(Reaction),
    /// A reaction, after.
    AfterReaction(Reaction),
}

impl Event {
    /// Whose it is.
    pub fn hook(&self) -> Hook {
        match self {
            Event::BeforeMessage(_) => Hook::BeforeMessage,
            Event::AfterMessage(_) => Hook::AfterMessage,
            Event::BeforeReaction(_) => Hook::BeforeReaction,
            Event::AfterReaction(_) => Hook::AfterReaction,
        }
    }

    /// The message, or the one that is reacted to.
    pub fn message(&self) -> MessageId {
        match self {
            Event::BeforeMessage(message) | Event::AfterMessage(message) => message.id,
            Event::BeforeReaction(reaction) | Event::AfterReaction(reaction) => reaction.message,
        }
    }

    /// What is said: the message's text or the reaction's kind.
    pub fn said(&self) -> &str {
        match self {
            Event::BeforeMessage(message) | Event::AfterMessage(message) => &message.text,
            Event::BeforeReaction(reaction) | Event::AfterReaction(reaction) => &reaction.kind,
        }
    }

    /// Where it happens.
    pub fn channel(&self) -> ChannelId {
        match self {
            Event::BeforeMessage(message) | Event::AfterMessage(message) => message.channel,
            Event::BeforeReaction(reaction) | Event::AfterReaction(reaction) => reaction.channel,
        }
    }
}

/// What is told of the call itself.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Names the event, and the same event tried again.
    pub event: Uuid,
    /// When the server took it, in milliseconds since 1970.
    pub at: u64,
}

impl Call {
    /// A call now, about the event of that name.
    pub fn now(event: Uuid) -> Self {
        Self {
            event,
            at: chrono::Utc::now().timestamp_millis().max(0) as u64,
        }
    }
}

/// A remark on a message.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Flag {
    /// A word for machines.
    pub code: String,
    /// 0 to 100.
    #[serde(default)]
    pub score: u8,
    /// Words for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why an event is refused or held.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rejection {
    /// A word for machines.
    pub code: String,
    /// A sentence for the sender.
    pub reason: String,
}

/// What a plugin adds to a message, or changes of it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Amendment {
    /// The new text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    /// Facts by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

impl Amendment {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.flags.is_empty() && self.metadata.is_empty()
    }
}

/// What a plugin made of an event.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it is.
    Allow,
    /// With these changes.
    Amend(Amendment),
    /// Not at all.
    Reject(Rejection),
    /// Not yet.
    Hold(Rejection),
    /// An after-hook has nothing to add.
    Nothing,
}

impl Verdict {
    /// A word for machines.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Amend(_) => "amend",
            Verdict::Reject(_) => "reject",
            Verdict::Hold(_) => "hold",
            Verdict::Nothing => "nothing",
        }
    }
}
