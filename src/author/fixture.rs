//! A fixture: a story with an end that must come true, and how its short events become whole ones.
//!
//! An author says of a message what matters. The rest is filled in here, the same each time: one
//! channel for the whole story, and one user for each `external_id`.

use crate::{
    hooks::{
        event::{Event, Hook, Message, Reaction},
        facts::Channel,
    },
    ids::ChannelId,
};
use anyhow::{Context, anyhow, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use sha2::{Digest, Sha256};
use std::{fs, path::Path};
use uuid::Uuid;

/// The step that checks a configuration.
pub const CHECK_CONFIG: &str = "check-config";
/// The keys of an event that exist; a slip of the pen must not pass as a default.
const OF_MESSAGE: [&str; 7] = [
    "id",
    "channel",
    "sender",
    "text",
    "parent",
    "attachments",
    "metadata",
];
const OF_REACTION: [&str; 4] = ["message", "channel", "sender", "kind"];
const OF_SENDER: [&str; 3] = ["id", "external_id", "name"];

/// One file of `fixtures/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// What must come true.
    pub name: String,
    /// What the plugin reads with `config`; without it that of `plugin.toml`.
    pub config: Option<Map<String, Value>>,
    /// What the plugin is told of the channel.
    #[serde(default)]
    channel: Place,
    /// What was said there before, newest first.
    #[serde(default)]
    recent: Vec<Value>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// One event, or one look at a configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A hook, or `check-config`.
    pub hook: String,
    message: Option<Value>,
    reaction: Option<Value>,
    /// Another configuration than the fixture's, for `check-config`.
    pub config: Option<Map<String, Value>>,
    /// The id of the call: twice the same is a client that tries again.
    pub event: Option<Uuid>,
    /// When it happens: milliseconds since 1970, or a date like `2026-01-31T12:00:00Z`.
    at: Option<Value>,
    /// How often.
    #[serde(default = "once")]
    pub repeat: u32,
    /// What must come of it.
    pub expect: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Place {
    id: Uuid,
    name: String,
    kind: String,
    members: u32,
    metadata: Map<String, Value>,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            id: named("channel"),
            name: "general".to_owned(),
            kind: "messaging".to_owned(),
            members: 2,
            metadata: Map::new(),
        }
    }
}

fn once() -> u32 {
    1
}

/// The id of what has that name: the same in each run, so that a fixture tells the same story.
fn named(name: &str) -> Uuid {
    let digest = Sha256::digest(name);
    let bytes: [u8; 16] = digest[..16].try_into().expect("16 of 32");
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Fixture {
    /// Reads one.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let text = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let mut reader = serde_json::Deserializer::from_slice(&text);
        serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| anyhow!("{}: {}: {}", file.display(), error.path(), error.inner()))
    }

    /// The channel, as a plugin sees it.
    pub fn channel(&self) -> Channel {
        let metadata = serde_json::value::to_raw_value(&self.channel.metadata);
        Channel {
            id: ChannelId(self.channel.id),
            name: self.channel.name.clone(),
            kind: self.channel.kind.clone(),
            members: self.channel.members,
            metadata: metadata.unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }

    /// What was said before.
    pub fn recent(&self) -> anyhow::Result<Vec<Message>> {
        let messages = self.recent.iter().cloned();
        messages
            .map(|message| whole_message(Some(message), self.channel.id))
            .collect::<Result<_, _>>()
            .context("recent")
    }

    /// The event of a step; none if it looks at a configuration.
    pub fn event(&self, step: &Step) -> anyhow::Result<Option<Event>> {
        if step.hook == CHECK_CONFIG {
            ensure!(
                step.message.is_none() && step.reaction.is_none(),
                "{CHECK_CONFIG} takes `config`, and neither `message` nor `reaction`"
            );
            return Ok(None);
        }
        let (message, reaction) = (step.message.clone(), step.reaction.clone());
        whole(&step.hook, message, reaction, self.channel.id).map(Some)
    }
}

impl Step {
    /// What is said, or how is reacted, as JSON.
    pub fn said(&self) -> String {
        let message = self.message.as_ref().map(|message| &message["text"]);
        let said = message.or_else(|| self.reaction.as_ref().map(|reaction| &reaction["kind"]));
        said.map(Value::to_string).unwrap_or_default()
    }

    /// When it happens; none is now.
    pub fn at(&self) -> anyhow::Result<Option<u64>> {
        self.at.as_ref().map(milliseconds).transpose()
    }
}

fn milliseconds(at: &Value) -> anyhow::Result<u64> {
    let date = || chrono::DateTime::parse_from_rfc3339(at.as_str()?).ok();
    at.as_u64()
        .or_else(|| u64::try_from(date()?.timestamp_millis()).ok())
        .with_context(|| {
            format!("at: {at} is neither milliseconds since 1970 nor a date like \"2026-01-31T12:00:00Z\"")
        })
}

/// An event that stands alone, as in a file for `replay`: `{"hook", "message" | "reaction", "event", "at"}`.
#[derive(Debug, Deserialize)]
pub struct Alone {
    hook: String,
    message: Option<Value>,
    reaction: Option<Value>,
    /// The id of the call.
    pub event: Option<Uuid>,
    at: Option<Value>,
}

impl Alone {
    /// The event, and when it happened.
    pub fn event(self) -> anyhow::Result<(Event, Option<u64>)> {
        let at = self.at.as_ref().map(milliseconds).transpose()?;
        let event = whole(&self.hook, self.message, self.reaction, named("channel"))?;
        Ok((event, at))
    }
}

/// An event of what was said of it.
pub fn whole(
    hook: &str,
    message: Option<Value>,
    reaction: Option<Value>,
    channel: Uuid,
) -> anyhow::Result<Event> {
    let names = Hook::ALL.map(Hook::name).join(", ");
    let hook = Hook::named(hook)
        .with_context(|| format!("hook: {hook:?} is none of {names}, {CHECK_CONFIG}"))?;
    Ok(match hook {
        Hook::BeforeMessage => Event::BeforeMessage(whole_message(message, channel)?),
        Hook::AfterMessage => Event::AfterMessage(whole_message(message, channel)?),
        Hook::BeforeReaction => Event::BeforeReaction(whole_reaction(reaction, channel)?),
        Hook::AfterReaction => Event::AfterReaction(whole_reaction(reaction, channel)?),
    })
}

fn whole_message(message: Option<Value>, channel: Uuid) -> anyhow::Result<Message> {
    let message = message.context("message: this hook is told of one")?;
    let message = filled("message", message, &OF_MESSAGE, channel)?;
    serde_json::from_value(message).context("message")
}

fn whole_reaction(reaction: Option<Value>, channel: Uuid) -> anyhow::Result<Reaction> {
    let reaction = reaction.context("reaction: this hook is told of one")?;
    let reaction = filled("reaction", reaction, &OF_REACTION, channel)?;
    serde_json::from_value(reaction).context("reaction")
}

fn filled(what: &str, given: Value, keys: &[&str], channel: Uuid) -> anyhow::Result<Value> {
    let Value::Object(mut given) = given else {
        return Err(anyhow!("{what}: {given} is no object"));
    };
    refuse_unknown(what, &given, keys)?;
    given.entry("channel").or_insert_with(|| json!(channel));
    let sender = given.entry("sender").or_insert_with(|| json!({}));
    let sender = sender
        .as_object_mut()
        .with_context(|| format!("{what}.sender is no object"))?;
    refuse_unknown("sender", sender, &OF_SENDER)?;
    let external = sender
        .entry("external_id")
        .or_insert_with(|| json!("somebody"))
        .to_string();
    sender
        .entry("id")
        .or_insert_with(|| json!(named(&external)));
    Ok(Value::Object(given))
}

fn refuse_unknown(what: &str, given: &Map<String, Value>, keys: &[&str]) -> anyhow::Result<()> {
    match given.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(anyhow!(
            "{what}.{key} is not there; there are {}",
            keys.join(", ")
        )),
        None => Ok(()),
    }
}
