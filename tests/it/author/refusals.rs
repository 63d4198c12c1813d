//! What an author is told when something is wrong: each refusal says what, and the exit code is 1.

use super::{Folder, bundled_wasm, one_step, plugin};
use serde_json::json;

#[tokio::test]
async fn check_says_in_words_why_a_server_would_refuse() {
    let folder = Folder::new();
    let cases: [(&[u8], &str); 4] = [
        (b"no plugin", "This is not WebAssembly"),
        (b"\0asm\x01\0\0\0", "core module without _start"),
        (b"\0asm\x0d\0\x01\0", "It exports no hook"),
        (b"\0asm\x0d\0\x01\0\x07\xff", "not valid WebAssembly"),
    ];
    for (bytes, words) in cases {
        folder.write("bad.wasm", bytes);
        plugin(&folder.0, &["check", "bad.wasm"])
            .await
            .refused(words);
    }
    plugin(&folder.0, &["check", "not-there.wasm"])
        .await
        .refused("There is no not-there.wasm");
    plugin(&folder.0, &["check"])
        .await
        .refused("has no plugin.toml");
}

#[tokio::test]
async fn check_says_what_a_plugin_is_and_refuses_a_wrong_configuration() {
    let folder = Folder::new();
    folder.write(
        "plugin.toml",
        "name = \"emoji-policy\"\nlanguage = \"rust\"\n",
    );
    plugin(&folder.0, &["check"])
        .await
        .refused("heyyo plugin build");
    folder.write("dist/emoji-policy.wasm", bundled_wasm("emoji-policy"));
    let said = plugin(&folder.0, &["check"]).await.well();
    for words in [
        "before-reaction",
        "heyyo:hooks/config@0.1.0",
        "A server would take it.",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    folder.write(
        "plugin.toml",
        "name = \"emoji-policy\"\nlanguage = \"rust\"\n[settings]\nconfig = { denny = [] }\n",
    );
    let ended = plugin(&folder.0, &["check"]).await;
    assert!(ended.stdout.contains("denny"), "{}", ended.stdout);
    ended.refused("not what the plugin wants");
}

#[tokio::test]
async fn a_story_that_does_not_come_true_fails_the_test_and_shows_where() {
    let right = one_step(&json!({ "reject": { "code": "reaction-not-allowed" } }));
    let said = plugin(&right.0, &["test", "--patience", "20"]).await.well();
    assert!(said.contains("\n1 passed, 0 failed\n"), "{said}");

    let wrong_word = one_step(&json!({ "reject": { "code": "hungry" } }));
    let ended = plugin(&wrong_word.0, &["test", "--patience", "20"]).await;
    assert_eq!(ended.code, Some(1));
    for words in [
        "reject.code",
        "\"hungry\"",
        "\"reaction-not-allowed\"",
        "\n0 passed, 1 failed\n",
    ] {
        assert!(
            ended.stdout.contains(words),
            "no {words:?} in {}",
            ended.stdout
        );
    }

    let wrong_kind = one_step(&json!("allow"));
    let ended = plugin(&wrong_kind.0, &["test", "--patience", "20"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
}

#[tokio::test]
async fn a_slip_in_a_fixture_is_no_passed_test() {
    let folder = one_step(&json!("allow"));
    let step =
        json!({ "hook": "before-reaction", "reaction": { "knid": "🍕" }, "expect": "allow" });
    let fixture = json!({ "name": "a slip", "steps": [step] });
    folder.write("fixtures/pizza.json", fixture.to_string());
    plugin(&folder.0, &["test"]).await.refused("reaction.knid");
    let step = json!({ "hook": "before-mesage", "message": {}, "expect": "allow" });
    let fixture = json!({ "name": "a slip", "steps": [step] });
    folder.write("fixtures/pizza.json", fixture.to_string());
    plugin(&folder.0, &["test"]).await.refused("before-mesage");
}

#[tokio::test]
async fn new_touches_no_folder_that_is_there() {
    let folder = Folder::new();
    folder.write("mine/diary.txt", "dear diary");
    plugin(&folder.0, &["new", "mine"])
        .await
        .refused("is there already");
    plugin(&folder.0, &["new", "Big Name"])
        .await
        .refused("is no name for a plugin");
    let left: Vec<_> = std::fs::read_dir(&folder.0).expect("a folder").collect();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn without_keys_a_server_is_not_asked() {
    let folder = one_step(&json!("allow"));
    for command in ["list", "push", "logs"] {
        plugin(&folder.0, &[command])
            .await
            .refused("HEYYO_API_KEY and HEYYO_API_SECRET");
    }
}

#[tokio::test]
async fn replay_runs_recorded_events_through_a_plugin() {
    let folder = one_step(&json!("allow"));
    folder.write(
        "events.jsonl",
        "{\"hook\":\"before-reaction\",\"reaction\":{\"kind\":\"🍕\"}}\n\n{\"hook\":\"before-reaction\",\"reaction\":{\"kind\":\"👍\"}}\n",
    );
    let arguments = [
        "replay",
        ".",
        "--events",
        "events.jsonl",
        "--set",
        "deny=[\"🍕\"]",
    ];
    let said = plugin(&folder.0, &arguments).await.well();
    assert!(said.contains("1 allow, 1 reject"), "{said}");
}
