//! A plugin that fails again and again is left out for a while, and nobody else with it.

use super::{attacker, host::Host};
use heyyo::hooks::{breaker::State, event::Verdict, fault::Fault};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_faults_pause_a_plugin_and_its_log_says_so() {
    let host = Host::new();
    let attacker = attacker();
    let plugin = host.plugin(&attacker, |_| {}).await;
    let neighbour = host.plugin(&attacker, |_| {}).await;
    for fault in 1..=5 {
        let verdict = host.ask(&plugin, "!panic").await;
        assert!(
            matches!(verdict, Err(Fault::Crash(_))),
            "fault {fault}: {verdict:?}"
        );
    }
    assert_eq!(host.ask(&plugin, "hello").await, Err(Fault::Paused));
    let summary = plugin.record.summary();
    assert_eq!(summary.breaker, State::Open);
    assert!((1..=31).contains(&summary.paused_seconds.expect("a time")));
    assert_eq!(summary.faults["crash"], 5);
    let lines = plugin.record.lines();
    assert!(
        lines
            .iter()
            .any(|line| line.text.starts_with("paused for 30 s")),
        "{lines:?}"
    );
    assert_eq!(host.ask(&neighbour, "hello").await, Ok(Verdict::Allow));

    plugin.record.forgive();
    assert_eq!(host.ask(&plugin, "hello").await, Ok(Verdict::Allow));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_is_merely_asked_too_often_is_not_paused() {
    let host = Host::new();
    let plugin = host.plugin(&attacker(), |_| {}).await;
    let calls = (0..100).map(|_| {
        let (host, plugin) = (host.clone(), plugin.clone());
        tokio::spawn(async move { host.ask(&plugin, "!spin 60").await })
    });
    let mut busy = 0;
    for call in calls.collect::<Vec<_>>() {
        match call.await.expect("a call that ends") {
            Ok(_) => {}
            Err(Fault::Busy) => busy += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(busy >= 20, "{busy} of 100 were more than may wait");
    assert_eq!(plugin.record.summary().breaker, State::Closed);
    assert_eq!(host.ask(&plugin, "hello").await, Ok(Verdict::Allow));
}
