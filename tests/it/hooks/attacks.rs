//! What a plugin tries while it runs: it ends within its bounds, the fault says which bound that was,
//! and the next call finds a plugin that works.

use super::{
    attacker,
    host::{DEADLINE, Host},
};
use heyyo::hooks::{event::Verdict, fault::Fault};
use std::time::{Duration, Instant};

/// What a call may take beyond its deadline: making an instance first, and a busy machine.
const GRACE: Duration = Duration::from_secs(2);

/// One attack: what the message says, and words that the fault must have.
const FATAL: [(&str, &str, &str); 19] = [
    ("!loop", "deadline", "took longer than 400 ms"),
    ("!sleep 100000", "deadline", "took longer than 400 ms"),
    ("!stdout-flood", "deadline", "took longer than 400 ms"),
    ("!fill", "deadline", "took longer than 400 ms"),
    ("!memory", "memory", "needs more than 64 MiB of memory"),
    ("!recurse", "crash", "crashed: "),
    ("!panic", "crash", "crashed: wasm trap: wasm `unreachable`"),
    ("!abort", "crash", "crashed: wasm trap: wasm `unreachable`"),
    ("!exit 3", "crash", "it ended itself with exit code"),
    ("!exit 0", "crash", "it ended itself with exit code 0"),
    ("!handles", "crash", "resource table has no free keys"),
    ("!log-flood", "crash", "flooded its log"),
    ("!random 1099511627776", "crash", "exceeds limit 65536"),
    ("!huge-text 3000000", "crash", "too much data"),
    ("!many-flags 100000", "crash", "too much data"),
    ("!many-flags 17", "breach", "more than 16 flags"),
    (
        "!many-entries 33",
        "breach",
        "more than 32 metadata entries",
    ),
    ("!huge-entry 8200", "breach", "more than 8 KiB of metadata"),
    ("!fault as told", "fault", "gave up: as told"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attack_ends_in_time_with_a_fault_that_names_its_bound() {
    let host = Host::new();
    let attacker = attacker();
    for (text, code, words) in FATAL {
        // One plugin for each, so that none is paused for another's faults.
        let plugin = host.plugin(&attacker, |_| {}).await;
        let before = host.note(&plugin, "!count").await;
        assert_eq!(before, "1", "{text}: a new instance");
        let began = Instant::now();
        let verdict = host.ask(&plugin, text).await;
        let took = began.elapsed();
        let fault = verdict.expect_err(text);
        println!("{text:24} {:>7.1} ms  {fault}", took.as_secs_f64() * 1e3);
        assert_eq!(fault.code(), code, "{text}: {fault}");
        assert!(fault.to_string().contains(words), "{text}: {fault}");
        assert!(took < DEADLINE + GRACE, "{text} took {took:?}");

        let log = plugin.record.lines();
        let last = log.last().expect("a line in the log");
        assert_eq!(last.text, fault.to_string(), "{text}: the log tells it too");

        // What the contract was broken with is the plugin's word; what trapped has no instance any more.
        let is_sound = matches!(fault, Fault::Breach(_) | Fault::Said(_));
        let after = host.note(&plugin, "!count").await;
        let expected = if is_sound { "2" } else { "1" };
        assert_eq!(
            after, expected,
            "{text}: which instance serves the next call"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_asks_politely_gets_no_more_memory_either() {
    let host = Host::new();
    let plugin = host.plugin(&attacker(), |_| {}).await;
    let run = host.try_out(&plugin, "!try-memory").await;
    let note = super::host::note_in(&run.verdict).expect("a note");
    let taken: usize = note.parse().expect("a number");
    assert!((50..64).contains(&taken), "{taken} MiB of 64");
    assert!(run.memory <= 64 << 20, "{} bytes", run.memory);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_allocator_that_never_returns_is_stopped_before_and_after_the_hook() {
    let host = Host::new();
    let attacker = attacker();
    let plugin = host.plugin(&attacker, |_| {}).await;
    for set in ["!allocation-loop", "!release-loop"] {
        // The trap may already be stepped on by the call that sets it.
        let mut verdict = host.ask(&plugin, set).await;
        if verdict.is_ok() {
            verdict = host.ask(&plugin, "hello").await;
        }
        assert_eq!(verdict, Err(Fault::Deadline(DEADLINE)), "{set}");
        assert_eq!(
            host.ask(&plugin, "hello").await,
            Ok(Verdict::Allow),
            "{set}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_reaches_no_file_no_environment_no_network_and_no_thread() {
    let host = Host::new();
    let plugin = host.plugin(&attacker(), |_| {}).await;
    for (text, tries) in [("!files", 6), ("!network", 4), ("!threads", 1)] {
        let note = host.note(&plugin, text).await;
        println!("{text}: {note}");
        assert!(!note.contains("REACHED"), "{text}: {note}");
        assert_eq!(note.split("; ").count(), tries, "{text} tried all: {note}");
    }
    let environment = host.note(&plugin, "!environment").await;
    assert_eq!(environment, "0 variables, 0 arguments, 0 bytes of input");
    let sockets = host.note(&plugin, "!sockets").await;
    assert_eq!(
        sockets, "0",
        "each would be a file descriptor of the server"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_keeps_16_kib_of_a_call_and_counts_the_rest() {
    let host = Host::new();
    let plugin = host.plugin(&attacker(), |_| {}).await;
    let run = host.try_out(&plugin, "!log-flood").await;
    let bytes: usize = run.log.lines.iter().map(|(_, text)| text.len()).sum();
    assert!(bytes <= 16 << 10, "{bytes} bytes");
    assert!(bytes > 8 << 10, "{bytes} bytes are few");
    assert_eq!(run.log.dropped, 1_001, "then the call is ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_for_a_sender_are_one_short_line() {
    let host = Host::new();
    let plugin = host.plugin(&attacker(), |_| {}).await;
    let verdict = host.ask(&plugin, "!huge-reject 100000").await;
    let Ok(Verdict::Reject(why)) = verdict else {
        panic!("{verdict:?}");
    };
    assert!(why.code.len() <= 64 && why.reason.len() <= 256, "{why:?}");
    let all = why.code.clone() + &why.reason;
    assert!(!all.contains(char::is_control), "{why:?}");
    assert!(why.reason.starts_with("first line second "), "{why:?}");

    let fault = host.ask(&plugin, "!huge-fault 100000").await;
    let told = fault.expect_err("a fault").to_string();
    assert!(told.len() < 1_100, "{} bytes", told.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_holds_no_more_state_than_a_plugin_may_have() {
    let host = Host::new();
    let plugin = host.plugin(&attacker(), |_| {}).await;
    let run = host.try_out(&plugin, "!state-flood").await;
    let note = super::host::note_in(&run.verdict);
    let note = note.unwrap_or_else(|| panic!("no end before {:?}", run.verdict));
    assert_eq!(note, "15 then Error::OverQuota", "64 KiB and a key each");
    let after = host.note(&plugin, "!state-get key 0").await;
    assert_eq!(after, "none", "nothing of a dry run is kept");
}
