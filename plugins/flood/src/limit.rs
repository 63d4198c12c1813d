//! Whether a user sends too much. Messages are counted by the host, atomically, so that many at once
//! cannot slip through together; all else is one value per user, read first and written last. Three
//! round trips for a message that is let through, one for a silenced user's.

use crate::memory::{Memory, number};
use crate::policy::Policy;
use guest::state;
use guest::types::{Call, Message, Rejection, Verdict};

/// The part of the host's `state` that is needed; a test has its own.
pub trait Store {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, state::Error>;
    fn set(&self, key: &str, value: &[u8], seconds: u32) -> Result<(), state::Error>;
    /// Adds one; the counter ends so many seconds after its first.
    fn add(&self, key: &str, seconds: u32) -> Result<i64, state::Error>;
    fn delete(&self, key: &str) -> Result<(), state::Error>;
}

/// The verdict about one message, and the memory of it.
pub fn judge(
    policy: &Policy,
    store: &impl Store,
    call: &Call,
    message: &Message,
) -> Result<Verdict, state::Error> {
    if policy.exempt.contains(&message.sender.external_id) {
        return Ok(Verdict::Allow);
    }
    let who = match policy.per_channel {
        true => format!("{}:{}", message.sender.id, message.channel),
        false => message.sender.id.clone(),
    };
    let (user, count) = (format!("user:{who}"), format!("count:{who}"));
    let mut memory = store
        .get(&user)?
        .map(|written| Memory::read(&written))
        .unwrap_or_default();

    // First of all: a client that did not hear the answer asks again, and hears the same.
    if memory.knows(&call.event) {
        return Ok(Verdict::Allow);
    }
    if call.at < memory.paused_until {
        return Ok(rejection(
            "paused",
            "You were sending too much.",
            memory.paused_until - call.at,
        ));
    }

    let offence = if is_repetition(policy, &mut memory, call, message) {
        Some(("repeated", "You have said that already."))
    } else if policy.messages > 0
        && store.add(&count, policy.window_seconds)? > i64::from(policy.messages)
    {
        Some(("too-fast", "You are sending too much."))
    } else {
        None
    };
    let Some((code, reason)) = offence else {
        memory.note(&call.event);
        store.set(&user, &memory.write(), policy.forget_seconds)?;
        return Ok(Verdict::Allow);
    };

    memory.strikes = memory.strikes.saturating_add(1);
    let pause = policy.pause(memory.strikes);
    memory.paused_until = call.at + u64::from(pause) * 1000;
    // After the pause all is counted anew; otherwise a pause shorter than the window would be followed
    // by the next strike at once.
    memory.said = 0;
    store.delete(&count)?;
    store.set(
        &user,
        &memory.write(),
        policy.forget_seconds.saturating_add(pause),
    )?;
    Ok(rejection(code, reason, memory.paused_until - call.at))
}

/// Whether the text was said too often by now; remembers that it was said.
fn is_repetition(policy: &Policy, memory: &mut Memory, call: &Call, message: &Message) -> bool {
    // What differs in capitals, spaces and punctuation only is the same.
    let letters = message
        .text
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase);
    let (mut length, mut utf8) = (0_u32, [0; 4]);
    let mut text = Vec::with_capacity(message.text.len());
    for letter in letters {
        length += 1;
        text.extend_from_slice(letter.encode_utf8(&mut utf8).as_bytes());
    }
    if policy.repeats == 0 || length < policy.repeat_shortest {
        return false;
    }
    let text = number(text.into_iter());
    let is_over =
        call.at.saturating_sub(memory.since) >= u64::from(policy.repeat_window_seconds) * 1000;
    if memory.text != text || memory.said == 0 || is_over {
        memory.text = text;
        memory.said = 0;
        memory.since = call.at;
    }
    memory.said += 1;
    memory.said > policy.repeats
}

fn rejection(code: &str, reason: &str, milliseconds: u64) -> Verdict {
    let wait = match milliseconds.div_ceil(1000) {
        1 => "Wait a second.".to_string(),
        seconds @ ..120 => format!("Wait {seconds} seconds."),
        seconds => format!("Wait {} minutes.", seconds.div_ceil(60)),
    };
    Verdict::Reject(Rejection {
        code: code.into(),
        reason: format!("{reason} {wait}"),
    })
}
