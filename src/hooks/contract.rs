//! The contract in Rust: bindings made from `wit/`, one module for each minor version, and the way
//! from Heyyo's own shapes into theirs and back.
//!
//! What comes back is a stranger's: [`verdict`] and [`amendment`] hold it to the bounds that
//! `wit/0.1/types.wit` names, and what is over them is a fault of the plugin.

use crate::hooks::{
    event::{self, Amendment, Call, Verdict},
    fault::Fault,
};
use serde_json::{Map, Value, value::RawValue};
use std::{collections::BTreeMap, time::Duration};

/// Version 0.1.
#[allow(missing_docs)]
pub mod v0_1 {
    wasmtime::component::bindgen!({
        path: "wit/0.1",
        world: "plugin",
        imports: {
            "heyyo:hooks/state": async | trappable,
            "heyyo:hooks/context": async | trappable,
            default: trappable,
        },
        exports: { default: async },
    });
}

use v0_1::heyyo::hooks::types;

/// Flags of one amendment at most.
const FLAGS: usize = 16;
/// Metadata entries of one amendment, and their bytes together.
const ENTRIES: usize = 32;
const ENTRY_BYTES: usize = 8 * 1024;
/// Bytes of a word for machines and of a sentence for a person.
const CODE_BYTES: usize = 64;
const REASON_BYTES: usize = 256;

/// The `call` record.
pub fn call(call: Call, deadline: Duration) -> types::Call {
    types::Call {
        event: call.event.to_string(),
        at: call.at,
        deadline: deadline.as_millis() as u32,
    }
}

fn user(sender: &event::Sender) -> types::User {
    types::User {
        id: sender.id.to_string(),
        external_id: sender.external_id.clone(),
        name: sender.name.clone(),
        facts: vec![],
    }
}

/// The `message` record.
pub fn message(message: &event::Message) -> types::Message {
    types::Message {
        id: message.id.to_string(),
        channel: message.channel.to_string(),
        sender: user(&message.sender),
        text: message.text.clone(),
        parent: message.parent.map(|id| id.to_string()),
        attachments: list(&message.attachments),
        metadata: entries(&message.metadata),
        facts: vec![],
    }
}

/// The `reaction` record.
pub fn reaction(reaction: &event::Reaction) -> types::Reaction {
    types::Reaction {
        message: reaction.message.to_string(),
        channel: reaction.channel.to_string(),
        sender: user(&reaction.sender),
        kind: reaction.kind.clone(),
        facts: vec![],
    }
}

fn list(json: &RawValue) -> Vec<String> {
    if json.get() == "[]" {
        return vec![];
    }
    let items: Vec<Box<RawValue>> = serde_json::from_str(json.get()).unwrap_or_default();
    items
        .into_iter()
        .map(|item| String::from(Box::<str>::from(item)))
        .collect()
}

/// An object as entries, one for each key.
pub fn entries(json: &RawValue) -> Vec<types::Entry> {
    if json.get() == "{}" {
        return vec![];
    }
    let object: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(json.get()).unwrap_or_default();
    object
        .into_iter()
        .map(|(key, value)| types::Entry {
            key,
            value: Box::<str>::from(value).into(),
        })
        .collect()
}

/// What a message hook decided.
pub fn verdict(verdict: types::Verdict) -> Result<Verdict, Fault> {
    Ok(match verdict {
        types::Verdict::Allow => Verdict::Allow,
        types::Verdict::Amend(changes) => match amendment(changes)? {
            changes if changes.is_empty() => Verdict::Allow,
            changes => Verdict::Amend(changes),
        },
        types::Verdict::Reject(why) => Verdict::Reject(rejection(why)),
        types::Verdict::Hold(why) => Verdict::Hold(rejection(why)),
    })
}

/// What a reaction hook decided.
pub fn reaction_verdict(verdict: types::ReactionVerdict) -> Verdict {
    match verdict {
        types::ReactionVerdict::Allow => Verdict::Allow,
        types::ReactionVerdict::Reject(why) => Verdict::Reject(rejection(why)),
    }
}

/// What a hook that is told afterwards wants to add.
pub fn addition(added: Option<types::Amendment>) -> Result<Verdict, Fault> {
    let Some(added) = added.map(amendment).transpose()? else {
        return Ok(Verdict::Nothing);
    };
    checked_addition(added)
}

/// An addition keeps the text: what was said is not changed any more.
pub fn checked_addition(added: Amendment) -> Result<Verdict, Fault> {
    match added {
        Amendment { text: Some(_), .. } => Err(Fault::Breach(
            "an after-message hook may not change the text",
        )),
        added if added.is_empty() => Ok(Verdict::Nothing),
        added => Ok(Verdict::Amend(added)),
    }
}

fn amendment(changes: types::Amendment) -> Result<Amendment, Fault> {
    let flags = changes.flagged.into_iter().map(|flag| event::Flag {
        code: flag.code,
        score: flag.score,
        note: flag.note,
    });
    let is_json_or_text = |entry: types::Entry| {
        let value = serde_json::from_str(&entry.value).unwrap_or(Value::String(entry.value));
        (entry.key, value)
    };
    let few = changes.metadata.len() <= ENTRIES;
    bounded(Amendment {
        text: changes.text,
        flags: flags.take(FLAGS + 1).collect(),
        metadata: match few {
            true => changes.metadata.into_iter().map(is_json_or_text).collect(),
            false => return Err(Fault::Breach("more than 32 metadata entries")),
        },
    })
}

/// Holds an amendment to the contract's bounds.
pub fn bounded(mut changes: Amendment) -> Result<Amendment, Fault> {
    if changes.flags.len() > FLAGS {
        return Err(Fault::Breach("more than 16 flags"));
    }
    if changes.metadata.len() > ENTRIES {
        return Err(Fault::Breach("more than 32 metadata entries"));
    }
    for flag in &mut changes.flags {
        flag.code = plain(&flag.code, CODE_BYTES);
        flag.note = flag.note.as_deref().map(|note| plain(note, REASON_BYTES));
        flag.score = flag.score.min(100);
    }
    if holds_nul(&changes.metadata) {
        return Err(Fault::Breach("metadata with a NUL character"));
    }
    let bytes = serde_json::to_vec(&changes.metadata).map_or(usize::MAX, |json| json.len());
    match bytes <= ENTRY_BYTES {
        true => Ok(changes),
        false => Err(Fault::Breach("more than 8 KiB of metadata")),
    }
}

/// PostgreSQL cannot store one.
fn holds_nul(metadata: &Map<String, Value>) -> bool {
    fn inside(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(inside),
            Value::Object(entries) => holds_nul(entries),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    metadata
        .iter()
        .any(|(key, value)| key.contains('\0') || inside(value))
}

fn rejection(why: types::Rejection) -> event::Rejection {
    bounded_rejection(event::Rejection {
        code: why.code,
        reason: why.reason,
    })
}

/// Holds a rejection to the contract's bounds.
pub fn bounded_rejection(why: event::Rejection) -> event::Rejection {
    event::Rejection {
        code: plain(&why.code, CODE_BYTES),
        reason: plain(&why.reason, REASON_BYTES),
    }
}

/// Text for a person or a log: one line, not longer than `most` bytes.
pub fn plain(text: &str, most: usize) -> String {
    let cut = text.floor_char_boundary(most);
    text[..cut]
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
