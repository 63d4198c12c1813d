//! Facts about who is slowed down, when and for how long.

use flood::{limit::Store, limit::judge, memory::Memory, policy::Policy};
use guest::types::{Call, Entry, Message, User, Verdict};
use guest::{Settings, state};
use std::{cell::RefCell, collections::HashMap};

/// The host's state, without time: what expires is deleted by hand.
#[derive(Default)]
struct Memories {
    values: RefCell<HashMap<String, Vec<u8>>>,
    counters: RefCell<HashMap<String, i64>>,
    is_away: bool,
}

impl Store for Memories {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, state::Error> {
        if self.is_away {
            Err(state::Error::Unavailable)
        } else {
            Ok(self.values.borrow().get(key).cloned())
        }
    }

    fn set(&self, key: &str, value: &[u8], _seconds: u32) -> Result<(), state::Error> {
        self.values.borrow_mut().insert(key.into(), value.into());
        Ok(())
    }

    fn add(&self, key: &str, _seconds: u32) -> Result<i64, state::Error> {
        let mut counters = self.counters.borrow_mut();
        let counter = counters.entry(key.into()).or_default();
        *counter += 1;
        Ok(*counter)
    }

    fn delete(&self, key: &str) -> Result<(), state::Error> {
        self.counters.borrow_mut().remove(key);
        Ok(())
    }
}

/// A conversation: who said what when, and what came of it.
struct Scene {
    policy: Policy,
    memories: Memories,
    events: u32,
}

impl Scene {
    fn new(config: &[(&str, &str)]) -> Scene {
        let entry = |(key, value): &(&str, &str)| Entry {
            key: (*key).into(),
            value: (*value).into(),
        };
        let mut settings = Settings::from_entries(config.iter().map(entry).collect());
        let policy = Policy::read(&mut settings);
        assert_eq!(settings.mistakes(), []);
        Scene {
            policy,
            memories: Memories::default(),
            events: 0,
        }
    }

    fn say(&mut self, second: u64, user: &str, text: &str) -> String {
        self.events += 1;
        self.say_as(&self.events.to_string(), second, user, text)
    }

    fn say_as(&self, event: &str, second: u64, user: &str, text: &str) -> String {
        let call = Call {
            event: event.into(),
            at: 1_700_000_000_000 + second * 1000,
            deadline: 50,
        };
        let sender = User {
            id: user.into(),
            external_id: user.into(),
            name: None,
            facts: vec![],
        };
        let message = Message {
            id: String::new(),
            channel: "general".into(),
            sender,
            text: text.into(),
            parent: None,
            attachments: vec![],
            metadata: vec![],
            facts: vec![],
        };
        match judge(&self.policy, &self.memories, &call, &message) {
            Ok(Verdict::Allow) => "allow".into(),
            Ok(Verdict::Reject(rejection)) => format!("{}: {}", rejection.code, rejection.reason),
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.to_string(),
        }
    }
}

#[test]
fn who_sends_too_fast_is_silenced_longer_each_time() {
    let mut scene = Scene::new(&[
        ("messages", "2"),
        ("pause_seconds", "10"),
        ("longest_pause_seconds", "30"),
    ]);
    assert_eq!(scene.say(0, "ann", "one"), "allow");
    assert_eq!(scene.say(0, "ann", "two"), "allow");
    assert_eq!(
        scene.say(0, "ann", "three"),
        "too-fast: You are sending too much. Wait 10 seconds."
    );
    assert_eq!(
        scene.say(1, "ann", "four"),
        "paused: You were sending too much. Wait 9 seconds."
    );
    assert_eq!(scene.say(1, "ben", "one"), "allow");
    assert_eq!(scene.say(10, "ann", "five"), "allow");
    assert_eq!(scene.say(10, "ann", "six"), "allow");
    assert_eq!(
        scene.say(10, "ann", "seven"),
        "too-fast: You are sending too much. Wait 20 seconds."
    );
    for _ in 0..2 {
        assert_eq!(scene.say(40, "ann", "again"), "allow");
    }
    assert_eq!(
        scene.say(40, "ann", "eight"),
        "too-fast: You are sending too much. Wait 30 seconds."
    );
}

#[test]
fn a_client_that_tries_again_counts_once() {
    let mut scene = Scene::new(&[("messages", "2"), ("repeats", "1")]);
    for _ in 0..5 {
        assert_eq!(scene.say_as("same", 0, "ann", "hello there"), "allow");
    }
    assert_eq!(scene.say(0, "ann", "another one"), "allow");
    assert!(scene.say(0, "ann", "a third one").starts_with("too-fast"));
    assert_eq!(scene.say_as("same", 0, "ann", "hello there"), "allow");
}

#[test]
fn the_same_text_is_refused_when_said_too_often() {
    let mut scene = Scene::new(&[
        ("repeats", "2"),
        ("repeat_window_seconds", "60"),
        ("messages", "0"),
    ]);
    assert_eq!(scene.say(0, "ann", "Buy gold!"), "allow");
    assert_eq!(scene.say(1, "ann", "buy  gold"), "allow");
    assert!(scene.say(2, "ann", "BUY, GOLD…").starts_with("repeated"));
    assert_eq!(scene.say(80, "ben", "buy gold"), "allow");
    let mut scene = Scene::new(&[("repeats", "2"), ("repeat_window_seconds", "60")]);
    for second in [0, 59, 61, 100] {
        assert_eq!(scene.say(second, "ann", "good morning"), "allow");
    }
    for _ in 0..9 {
        assert_eq!(scene.say(300, "ben", "ok!"), "allow");
    }
}

#[test]
fn exempt_users_are_not_limited() {
    let mut scene = Scene::new(&[("messages", "1"), ("exempt", r#"["bot"]"#)]);
    for _ in 0..9 {
        assert_eq!(scene.say(0, "bot", "the same again"), "allow");
    }
}

#[test]
fn without_memory_there_is_no_verdict() {
    let mut scene = Scene::new(&[]);
    scene.memories.is_away = true;
    assert_ne!(scene.say(0, "ann", "hello"), "allow");
}

#[test]
fn a_memory_is_read_as_it_was_written_and_nonsense_is_none() {
    let mut memory = Memory {
        strikes: 3,
        paused_until: 5,
        text: u64::MAX,
        said: 2,
        since: 9,
        ..Memory::default()
    };
    for event in ["a", "b", "c", "d", "e"] {
        memory.note(event);
    }
    assert_eq!(Memory::read(&memory.write()), memory);
    assert!(memory.knows("e") && memory.knows("b") && !memory.knows("a"));
    for nonsense in [&b""[..], b"1 2", b"\xff\xff", b"a b c d e", b"1 2 3 4 5 z"] {
        assert_eq!(Memory::read(nonsense), Memory::default());
    }
}

#[test]
fn mistakes_are_named() {
    let entry = |key: &str, value: &str| Entry {
        key: key.into(),
        value: value.into(),
    };
    let config = vec![
        entry("messages", "-1"),
        entry("pause_seconds", "9000"),
        entry("window", "3"),
    ];
    let keys: Vec<_> = guest::mistakes(config, Policy::read)
        .into_iter()
        .map(|mistake| mistake.key)
        .collect();
    assert_eq!(keys, ["messages", "longest_pause_seconds", "window"]);
}
