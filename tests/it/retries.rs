//! Sending again what was sent before: the same message, never a second one.
//!
//! The client's own id may come in a body, in a header or in a socket's payload; it names one message
//! of one user in one channel, through whichever door.

use crate::support::{
    Channel, Heyyo, User,
    shape::{items, texts},
};
use serde_json::{Value, json};

/// Two members of a channel.
struct Stage {
    _heyyo: Heyyo,
    alice: User,
    bob: User,
    channel: Channel,
}

async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    Stage {
        _heyyo: heyyo,
        alice,
        bob,
        channel,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_over_rest_answers_the_first_message() {
    let Stage {
        _heyyo,
        alice,
        channel,
        ..
    } = stage().await;
    let listener = alice.socket().await;
    let send = || channel.post_message(&alice, json!({ "text": "once", "client_id": "a" }));
    let first = send().await.expect(201);
    for _ in 0..3 {
        let again = send().await.expect(200);
        for name in [
            "id",
            "seq",
            "text",
            "created_at",
            "user",
            "user_id",
            "channel_id",
        ] {
            assert_eq!(again[name], first[name]);
        }
    }
    assert_eq!(listener.next_event("message.new").await["id"], first["id"]);
    listener.expect_nothing(&channel).await;
    assert_eq!(channel.history("").await[0]["id"], first["id"]);
    assert_eq!(
        items(&channel.history("").await).len(),
        2,
        "the message and the marker"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_header_names_a_message_as_the_body_does() {
    let Stage {
        _heyyo,
        alice,
        channel,
        ..
    } = stage().await;
    let body = json!({ "text": "once" });
    let send = || {
        channel
            .post_message(&alice, body.clone())
            .header("idempotency-key", "a")
    };
    let first = send().await.expect(201);
    assert_eq!(send().await.expect(200)["id"], first["id"]);
    let named = json!({ "text": "once", "client_id": "a" });
    assert_eq!(
        channel.post_message(&alice, named).await.expect(200)["id"],
        first["id"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_through_the_other_door_is_a_retry() {
    let Stage {
        _heyyo,
        alice,
        channel,
        ..
    } = stage().await;
    let socket = alice.socket().await;
    let payload = json!({ "channelId": channel.id, "text": "once", "clientId": "a" });
    let first = socket.emit_with_ack("message.send", payload.clone()).await["message"].clone();
    assert_eq!(first["text"], "once");
    let again = socket.emit_with_ack("message.send", payload).await["message"].clone();
    assert_eq!(again["id"], first["id"]);
    let body = json!({ "text": "once", "client_id": "a" });
    assert_eq!(
        channel.post_message(&alice, body).await.expect(200)["id"],
        first["id"]
    );

    let second = channel
        .post_message(&alice, json!({ "text": "twice", "client_id": "b" }))
        .await
        .expect(201);
    let payload = json!({ "channelId": channel.id, "text": "twice", "clientId": "b" });
    assert_eq!(
        socket.emit_with_ack("message.send", payload).await["message"]["id"],
        second["id"]
    );
    assert_eq!(texts(&channel.history("").await, "text"), ["once", "twice"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_content_under_the_same_name_is_a_conflict() {
    let Stage {
        _heyyo,
        alice,
        channel,
        ..
    } = stage().await;
    let parent = channel.send("parent").await;
    let attachments = json!([{ "type": "image" }]);
    let body = |name: &str, value: Value| {
        let mut body = json!({ "text": "once", "client_id": "a" });
        body[name] = value;
        body
    };
    channel
        .post_message(&alice, body("text", json!("once")))
        .await
        .expect(201);
    let others = [
        body("text", json!("other")),
        body("text", json!("once ")),
        body("attachments", attachments),
        body("metadata", json!({ "a": 1 })),
        body("parent_id", parent["id"].clone()),
    ];
    for other in &others {
        channel
            .post_message(&alice, other.clone())
            .await
            .expect_refusal(409, "conflict");
    }
    let socket = alice.socket().await;
    let payload = json!({ "channelId": channel.id, "text": "other", "clientId": "a" });
    let ack = socket.emit_with_ack("message.send", payload).await;
    assert_eq!(ack["code"], "conflict", "{ack}");
    assert_eq!(ack["message"], Value::Null, "{ack}");
    assert_eq!(
        texts(&channel.history("").await, "text"),
        ["parent", "once"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_belongs_to_one_user_in_one_channel() {
    let Stage {
        _heyyo,
        alice,
        bob,
        channel,
    } = stage().await;
    let elsewhere = alice.create_channel("elsewhere").await;
    let body = |text: &str| json!({ "text": text, "client_id": "a" });
    let sent = [
        channel.post_message(&alice, body("one")).await.expect(201),
        channel.post_message(&bob, body("two")).await.expect(201),
        elsewhere
            .post_message(&alice, body("three"))
            .await
            .expect(201),
    ];
    assert_ne!(sent[0]["id"], sent[1]["id"]);
    assert_ne!(sent[0]["id"], sent[2]["id"]);
    channel
        .post_message(&alice, json!({ "text": "unnamed" }))
        .await
        .expect(201);
    channel
        .post_message(&alice, json!({ "text": "unnamed" }))
        .await
        .expect(201);
    assert_eq!(
        texts(&channel.history("").await, "text"),
        ["one", "two", "unnamed", "unnamed"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tries_at_once_are_one_message() {
    let Stage {
        _heyyo,
        alice,
        channel,
        ..
    } = stage().await;
    let body = json!({ "text": "once", "client_id": "a" });
    let tries: Vec<_> = (0..20)
        .map(|_| tokio::spawn(channel.post_message(&alice, body.clone()).into_future()))
        .collect();
    let mut statuses = Vec::new();
    let mut ids = Vec::new();
    for one in tries {
        let reply = one.await.expect("a try");
        statuses.push(reply.status);
        ids.push(reply.json()["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        1,
        "{statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| [200, 201].contains(status)),
        "{statuses:?}"
    );
    assert_eq!(items(&channel.history("").await).len(), 1);
}
