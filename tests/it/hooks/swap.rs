//! A plugin is changed while messages are sent: each is judged by the one or the other, none is lost.

use super::{
    attacker,
    bombs::prints,
    host::Host,
    house::{House, server},
};
use crate::support::shape::{items, text, texts};
use futures_util::future::join_all;
use heyyo::{config::Live, hooks::fault::Fault};
use serde_json::json;
use std::{collections::HashMap, time::Duration};

/// Sends, by so many at once.
const SENDS: usize = 200;
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_send_is_lost_or_fails_while_versions_and_settings_change() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let version = |number: u32| {
        prints(&format!(
            "{{\"amend\":{{\"metadata\":{{\"by\":{number}}}}}}}"
        ))
    };
    // Room enough that a busy machine is no fault.
    let settings = json!({ "name": "marked", "before_ms": 2_000 });
    house.upload(settings, &version(1)).await.expect(201);

    let send = async |lane: usize| {
        let mut marks = vec![];
        for number in (lane..SENDS).step_by(AT_ONCE) {
            let message = house.say(&format!("message {number}")).await.expect(201);
            let mark = message["metadata"]["plugins"]["marked"]["by"].as_i64();
            marks.push(mark.unwrap_or_else(|| panic!("nobody judged {message}")));
        }
        marks
    };
    let sends = join_all((0..AT_ONCE).map(send));
    let changes = async {
        house
            .change("marked", json!({ "config": { "word": "one" } }))
            .await;
        house.add_version("marked", &version(2)).await.expect(201);
        house
            .change("marked", json!({ "isolation": "fresh" }))
            .await;
        let back = house.tenant.call("POST", "/api/plugins/marked/rollback");
        back.await.expect(200);
        house
            .change("marked", json!({ "isolation": "reused", "order": 3 }))
            .await;
    };
    let (marks, ()) = tokio::join!(sends, changes);
    let mut by: HashMap<i64, usize> = HashMap::new();
    for mark in marks.into_iter().flatten() {
        *by.entry(mark).or_default() += 1;
    }
    println!("judged by version: {by:?}");
    assert_eq!(by.values().sum::<usize>(), SENDS);
    assert!(by.keys().all(|version| [1, 2].contains(version)), "{by:?}");

    let mut stored: Vec<String> = vec![];
    let mut query = "?limit=100".to_owned();
    loop {
        let page = house.channel.history(&query).await;
        let Some(oldest) = items(&page).first() else {
            break;
        };
        query = format!("?limit=100&before={}", text(oldest, "created_at"));
        stored.extend(texts(&page, "text"));
    }
    stored.sort();
    stored.dedup();
    assert_eq!(stored.len(), SENDS);
    let plugin = house.plugin("marked").await;
    assert_eq!(plugin["stats"]["faults"], json!({}), "{plugin}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_the_operator_changes_holds_for_plugins_that_are_loaded() {
    let host = Host::new();
    let usual = host
        .plugin(&attacker(), |settings| settings.before = None)
        .await;
    let own = host.plugin(&attacker(), |_| {}).await;
    for (before_ms, longest_ms, expected) in [(300, 2_000, 300), (200, 2_000, 200), (200, 100, 100)]
    {
        let mut live = Live::clone(&host.1.load());
        live.plugins.before_ms = before_ms;
        live.plugins.longest_ms = longest_ms;
        host.1.swap(live);
        let deadline = Fault::Deadline(Duration::from_millis(expected));
        assert_eq!(host.ask(&usual, "!spin 5000").await, Err(deadline));
    }
    // Nor may a tenant's own time be longer than what is allowed now.
    let deadline = Fault::Deadline(Duration::from_millis(100));
    assert_eq!(host.ask(&own, "!spin 5000").await, Err(deadline));
}
