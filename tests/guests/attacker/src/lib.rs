//! A plugin that does what the text of a message tells it to: each word is one way to harm a server.
//!
//! This file is the plugin as the host sees it and what each word does; `flood.rs` is what takes too
//! much, `reach.rs` what reaches for what is not there. A word may have a number behind it, like
//! `!spin 20`. What an attack found out is given back as the metadata entry `note`, so that a test sees
//! that the attack ran and was not merely misspelled: a word that is not known is a fault.

mod allocator;
mod flood;
mod reach;

wit_bindgen::generate!({ path: "../../../wit/0.1", world: "plugin" });

use exports::heyyo::hooks::{
    after_message, after_reaction, before_message, before_reaction, lifecycle,
};
use heyyo::hooks::{
    config, context, log, state,
    types::{Amendment, Call, Change, Entry, Fault, Message, Reaction, ReactionVerdict, Verdict},
    types::{Flag, Rejection},
};
use std::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Calls of this instance: who sees another's count sees another's memory.
static COUNT: AtomicU64 = AtomicU64::new(0);

struct Attacker;

fn note(text: impl Into<String>) -> Result<Verdict, Fault> {
    Ok(Verdict::Amend(Amendment {
        text: None,
        flagged: vec![],
        metadata: vec![entry("note", text)],
    }))
}

fn entry(key: &str, text: impl Into<String>) -> Entry {
    Entry {
        key: key.to_owned(),
        value: text.into(),
    }
}

/// Does what a text says.
fn obey(text: &str) -> Result<Verdict, Fault> {
    let (word, argument) = text.split_once(' ').unwrap_or((text, ""));
    let number = || argument.parse::<u64>().unwrap_or(0);
    match word {
        "!loop" => loop {
            black_box(0);
        },
        "!spin" => spin(Duration::from_millis(number())),
        "!sleep" => std::thread::sleep(Duration::from_millis(number())),
        "!recurse" => return note(recurse(0).to_string()),
        "!panic" => panic!("as the message said"),
        "!abort" => std::process::abort(),
        "!exit" => std::process::exit(number() as i32),
        "!memory" => flood::memory(),
        "!try-memory" => return note(flood::try_memory().to_string()),
        "!fill" => flood::fill(),
        "!handles" => flood::handles(),
        "!log-flood" => flood::log(),
        "!stdout-flood" => flood::stdout(),
        "!state-flood" => return note(flood::state()),
        "!random" => flood::random(number()),
        "!huge-text" => return amend_text("x".repeat(number() as usize)),
        "!nul" => return amend_text("a\0b".to_owned()),
        "!many-flags" => return many_flags(number()),
        "!many-entries" => return many_entries(number()),
        "!huge-entry" => return note("x".repeat(number() as usize)),
        "!huge-reject" => return huge_reject(number() as usize),
        "!huge-fault" => return fault("x".repeat(number() as usize)),
        "!allocation-loop" => allocator::set_trap(allocator::Trap::Allocation),
        "!release-loop" => allocator::set_trap(allocator::Trap::Release),
        "!files" => return note(reach::files()),
        "!environment" => return note(reach::environment()),
        "!network" => return note(reach::network()),
        "!sockets" => return note(reach::sockets().to_string()),
        "!threads" => return note(reach::threads()),
        "!state-add" => return note(sum(argument)),
        "!state-set" => return note(set(argument)),
        "!state-get" => return note(get(argument)),
        "!fault" => return fault(argument.to_owned()),
        "!reject" => return Ok(Verdict::Reject(rejection("told-to", argument))),
        "!hold" => return Ok(Verdict::Hold(rejection("told-to", argument))),
        "!amend" => return amend_text(argument.to_owned()),
        "!log" => log::write(log::Level::Info, argument),
        "!config" => return note(config::get(argument).unwrap_or("none".to_owned())),
        "!recent" => return note(context::recent(number() as u8).len().to_string()),
        "!channel" => return note(context::channel().map_or("none".to_owned(), |found| found.id)),
        "!count" => return note((COUNT.fetch_add(1, Ordering::Relaxed) + 1).to_string()),
        word if word.starts_with('!') => return fault(format!("no attack is called {word}")),
        _ => {}
    }
    Ok(Verdict::Allow)
}

fn spin(long: Duration) {
    let began = Instant::now();
    while began.elapsed() < long {
        black_box(0);
    }
}

#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let frame = [depth; 32];
    if black_box(depth) == u64::MAX {
        return 0;
    }
    black_box(recurse(depth + 1)) + black_box(frame)[3]
}

fn fault(message: String) -> Result<Verdict, Fault> {
    Err(Fault { message })
}

fn rejection(code: &str, reason: &str) -> Rejection {
    Rejection {
        code: code.to_owned(),
        reason: reason.to_owned(),
    }
}

fn amend_text(text: String) -> Result<Verdict, Fault> {
    Ok(Verdict::Amend(Amendment {
        text: Some(text),
        flagged: vec![],
        metadata: vec![],
    }))
}

fn many_flags(count: u64) -> Result<Verdict, Fault> {
    let flag = |_| Flag {
        code: "flag".to_owned(),
        score: 255,
        note: None,
    };
    Ok(Verdict::Amend(Amendment {
        text: None,
        flagged: (0..count).map(flag).collect(),
        metadata: vec![],
    }))
}

fn many_entries(count: u64) -> Result<Verdict, Fault> {
    Ok(Verdict::Amend(Amendment {
        text: None,
        flagged: vec![],
        metadata: (0..count)
            .map(|number| entry(&format!("key{number}"), "1"))
            .collect(),
    }))
}

fn huge_reject(bytes: usize) -> Result<Verdict, Fault> {
    let line = format!("first line\nsecond \u{1b}[31m{}", "x".repeat(bytes));
    Ok(Verdict::Reject(rejection(&line, &line)))
}

fn sum(key: &str) -> String {
    state::add(key, 1, None).map_or_else(|error| format!("{error:?}"), |sum| sum.to_string())
}

fn set(argument: &str) -> String {
    let (key, value) = argument.split_once(' ').unwrap_or((argument, ""));
    format!("{:?}", state::set(key, value.as_bytes(), None))
}

fn get(key: &str) -> String {
    match state::get(key) {
        Ok(Some(value)) => String::from_utf8_lossy(&value).into_owned(),
        Ok(None) => "none".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

impl before_message::Guest for Attacker {
    fn handle(_call: Call, _how: Change, message: Message) -> Result<Verdict, Fault> {
        obey(&message.text)
    }
}

/// Only what begins with `after `, so that one message can be judged quietly and enriched with harm.
impl after_message::Guest for Attacker {
    fn handle(_call: Call, _how: Change, message: Message) -> Result<Option<Amendment>, Fault> {
        let Some(word) = message.text.strip_prefix("after ") else {
            return Ok(None);
        };
        match obey(word)? {
            Verdict::Amend(amendment) => Ok(Some(amendment)),
            _ => Ok(None),
        }
    }
}

impl before_reaction::Guest for Attacker {
    fn handle(_call: Call, reaction: Reaction) -> Result<ReactionVerdict, Fault> {
        Ok(match obey(&reaction.kind)? {
            Verdict::Reject(why) => ReactionVerdict::Reject(why),
            _ => ReactionVerdict::Allow,
        })
    }
}

impl after_reaction::Guest for Attacker {
    fn handle(_call: Call, _how: Change, reaction: Reaction) -> Result<(), Fault> {
        match reaction.kind.strip_prefix("after ") {
            Some(word) => obey(word).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// The key `check` says what to do; each other key that begins with `bad` is a problem.
impl lifecycle::Guest for Attacker {
    fn check_config(config: Vec<Entry>) -> Result<(), Vec<lifecycle::Problem>> {
        if let Some(check) = config.iter().find(|entry| entry.key == "check") {
            let _ = obey(check.value.trim_matches('"'));
        }
        let bad = config
            .into_iter()
            .filter(|entry| entry.key.starts_with("bad"));
        let problems: Vec<_> = bad
            .map(|entry| lifecycle::Problem {
                message: format!("{} is bad", entry.value),
                key: entry.key,
            })
            .collect();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems),
        }
    }
}

export!(Attacker);
