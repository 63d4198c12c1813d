//! What a change does to a running server: a good one is live soon and disturbs nobody; a bad one, or one
//! that only a start can make, changes nothing and says why.

use super::stage::Stage;
use crate::support::{Socket, eventually, in_time};
use serde_json::json;
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

/// Sends over a socket and over REST until told to end; all of it must be stored and heard. How many.
async fn chat(stage: &Stage, socket: &Socket, is_over: &AtomicBool) -> u64 {
    let mut sent = 0;
    while !is_over.load(Ordering::Relaxed) {
        let message = json!({ "channelId": stage.channel.id, "text": "hi" });
        let ack = socket.emit_with_ack("message.send", message).await;
        assert!(ack["message"]["id"].is_string(), "{ack}");
        stage.channel.send("ho").await;
        for text in ["hi", "ho"] {
            let heard = socket.next_event("message.new").await;
            assert_eq!(heard["text"], text);
        }
        sent += 2;
    }
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_edit_while_people_chat_changes_nothing() {
    let good = "# Ours.\n[limits]\ntext_characters = 10\nattachments = 3\n";
    let stage = Stage::start("bad-edit", good).await;
    let socket = stage.alice.socket().await;
    let is_over = AtomicBool::new(false);
    let edit = async {
        // Its first half is good, and is not used either.
        stage.write("# Ours.\n[limits]\nattachments = 1\ntext_characters = \"many\"\ntxt = 1\n");
        let line = stage.logged("configuration not reloaded").await;
        for problem in [
            "heyyo.toml:4: limits.text_characters: expected a whole number, found \"many\"",
            "heyyo.toml:5: limits.txt: unknown key",
        ] {
            assert!(line.contains(problem), "{line}");
        }
        let health = stage.server.http().get("/health").await.expect(200);
        assert_eq!(health["status"], "ok");
        stage.reload_is(0).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(chat(&stage, &socket, &is_over), edit);
    assert!(sent > 0);
    let attachments = json!({ "attachments": [{}, {}, {}] });
    let call = stage.channel.post_message(&stage.alice, attachments);
    call.await.expect(201);
    assert!(!stage.takes(11).await);
    // Back to what holds: all is well again, and nothing differs.
    stage.write(good);
    stage
        .logged("configuration reloaded: nothing differs")
        .await;
    stage.reload_is(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_edit_is_live_soon_and_drops_nobody() {
    let stage = Stage::start("good-edit", "[limits]\ntext_characters = 10\n").await;
    let socket = stage.alice.socket().await;
    let is_over = AtomicBool::new(false);
    let edit = async {
        for characters in [20, 30, 40] {
            let since = Instant::now();
            stage.write(&format!(
                "[limits]\ntext_characters = {characters}\nsocket_backlog = {characters}\n"
            ));
            eventually("the new limit", async || {
                stage.takes(characters).await.then_some(())
            })
            .await;
            let took = since.elapsed();
            assert!(took <= super::stage::SOON, "{took:?}");
            // It is heard among the others.
            in_time(
                "the long one",
                socket.next_event_where("message.new", |message| {
                    message["text"]
                        .as_str()
                        .is_some_and(|text| text.len() == characters)
                }),
            )
            .await;
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let chatting = async {
        let mut sent = 0;
        while !is_over.load(Ordering::Relaxed) {
            let message = json!({ "channelId": stage.channel.id, "text": "hi" });
            let ack = socket.emit_with_ack("message.send", message).await;
            assert!(ack["message"]["id"].is_string(), "{ack}");
            sent += 1;
        }
        sent
    };
    let (sent, ()) = tokio::join!(chatting, edit);
    assert!(sent > 0);
    stage
        .logged("configuration reloaded: limits.text_characters 30 -> 40, limits.socket_backlog 30 -> 40")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_a_restart_is_refused_whole_with_the_reason() {
    let stage = Stage::start("needs-a-restart", "[limits]\ntext_characters = 10\n").await;
    stage.write("[limits]\ntext_characters = 20\n\n[plugins]\ninstances = 7\n");
    stage
        .logged("all stays as it was: heyyo.toml:5: plugins.instances: needs a restart (1000 -> 7)")
        .await;
    assert!(!stage.takes(11).await, "the half of a change went live");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_variable_fixed_at_start_stays_on_top() {
    let variables = [("HEYYO_LIMITS__TEXT_CHARACTERS", "10")];
    let stage = Stage::start_with("on-top", &variables).await;
    stage.write("[limits]\ntext_characters = 20\nattachments = 1\n");
    stage
        .logged("configuration reloaded: limits.attachments 10 -> 1")
        .await;
    stage.takes_at_most(10, Instant::now()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_key_is_changed_without_a_restart_and_never_logged() {
    let (old, new) = ("the-old-key-of-an-operator", "the-new-key-of-an-operator");
    let name = "rotation";
    let text = |keys: &[&str]| format!("[auth]\nadmin_keys = {keys:?}\n");
    let folder = crate::faults::server_process::folder_for(name);
    fs::write(
        folder.join("heyyo.toml"),
        text(&["an-admin-key-for-tests", old]),
    )
    .expect("a file");
    let stage = Stage::start_with(name, &[("HEYYO_ADMIN_KEY", "")]).await;
    let status = async |key: &str| {
        let call = stage.server.http().get("/api/apps");
        call.header("x-admin-key", key).await.status
    };
    assert_eq!((status(old).await, status(new).await), (200, 403));
    stage.write(&text(&[old, new]));
    eventually("the new key", async || {
        (status(new).await == 200).then_some(())
    })
    .await;
    assert_eq!(status(old).await, 200, "both are valid meanwhile");
    stage.write(&text(&[new]));
    eventually("the end of the old key", async || {
        (status(old).await == 403).then_some(())
    })
    .await;
    assert_eq!(status(new).await, 200);
    stage
        .logged("configuration reloaded: auth.admin_keys changed")
        .await;
    let log = stage.server.log();
    assert!(!log.contains(old) && !log.contains(new), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_level_of_the_log_is_live() {
    let stage = Stage::start("level", "[log]\nlevel = \"info\"\n").await;
    assert!(!stage.server.log().contains("DEBUG"));
    stage.write("[log]\nlevel = \"heyyo=debug\"\n");
    eventually("a line of the new level", async || {
        stage.server.http().get("/nowhere").await.expect(404);
        stage.server.log().contains("DEBUG").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_life_of_tokens_is_live() {
    let stage = Stage::start("life", "[auth]\ntoken_seconds = 100\n").await;
    let life = async || {
        let token = stage.tenant.user("bob").await.token;
        let claims = crate::support::people::claims(&token);
        claims["exp"]
            .as_i64()
            .zip(claims["iat"].as_i64())
            .map(|(end, start)| end - start)
    };
    assert_eq!(life().await, Some(100));
    stage.write("[auth]\ntoken_seconds = 200\n");
    eventually("a longer life", async || {
        (life().await == Some(200)).then_some(())
    })
    .await;
}
