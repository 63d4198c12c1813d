//! What one instance remembers is seen by its own tenant's next call at most: never by another tenant,
//! another version or another configuration.

use super::{attacker, host::Host};
use heyyo::hooks::plugin::Isolation;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_used_again_and_never_by_another_tenant() {
    let host = Host::new();
    let attacker = attacker();
    let ours = host.plugin(&attacker, |_| {}).await;
    let theirs = host.plugin(&attacker, |_| {}).await;
    for count in ["1", "2", "3"] {
        assert_eq!(host.note(&ours, "!count").await, count);
    }
    assert_eq!(host.note(&theirs, "!count").await, "1", "the same upload");
    assert_eq!(host.note(&ours, "!count").await, "4");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_plugin_of_the_same_tenant_begins_anew_and_has_a_state_of_its_own() {
    let host = Host::new();
    let attacker = attacker();
    let first = host.plugin(&attacker, |_| {}).await;
    let app = first.settings.app;
    let second = host.plugin(&attacker, |settings| settings.app = app).await;
    assert_eq!(host.note(&first, "!count").await, "1");
    assert_eq!(host.note(&second, "!count").await, "1");
    assert_eq!(host.note(&first, "!state-add key").await, "1");
    assert_eq!(host.note(&first, "!state-add key").await, "2");
    assert_eq!(host.note(&second, "!state-add key").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_configuration_finds_no_old_instance() {
    let host = Host::new();
    let attacker = attacker();
    let old = host
        .plugin(&attacker, |settings| {
            settings.config.insert("word".to_owned(), json!("old"));
        })
        .await;
    assert_eq!(host.note(&old, "!count").await, "1");
    assert_eq!(host.note(&old, "!config word").await, "old");
    let settings = old.settings.clone();
    let new = host
        .plugin(&attacker, |changed| {
            *changed = (*settings).clone();
            changed.config.insert("word".to_owned(), json!("new"));
        })
        .await;
    assert_eq!(host.note(&new, "!config word").await, "new");
    assert_eq!(host.note(&new, "!count").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_wants_isolation_forgets_after_each_call() {
    let host = Host::new();
    let plugin = host
        .plugin(&attacker(), |settings| {
            settings.isolation = Isolation::Fresh;
        })
        .await;
    for _ in 0..3 {
        assert_eq!(host.note(&plugin, "!count").await, "1");
    }
    // What it stores is another matter.
    assert_eq!(host.note(&plugin, "!state-add key").await, "1");
    assert_eq!(host.note(&plugin, "!state-add key").await, "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_ends_after_a_thousand_calls() {
    let host = Host::new();
    let plugin = host.plugin(&attacker(), |_| {}).await;
    for _ in 0..1_000 {
        host.note(&plugin, "!count").await;
    }
    assert_eq!(host.note(&plugin, "!count").await, "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_in_a_dry_run_is_not_there_afterwards() {
    let host = Host::new();
    let plugin = host.plugin(&attacker(), |_| {}).await;
    assert_eq!(host.note(&plugin, "!state-add key").await, "1");
    let run = host.try_out(&plugin, "!state-add key").await;
    let note = super::host::note_in(&run.verdict);
    assert_eq!(note.as_deref(), Some("2"), "it sees what is stored");
    assert_eq!(host.note(&plugin, "!state-get key").await, "1");
}
