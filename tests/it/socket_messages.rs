//! Messages over sockets: sent, acked, heard by the whole channel, in one order.

use crate::support::{
    Channel, Heyyo, User,
    shape::{Kind, expect_fields, items, text, texts},
    wire::{BOTH, Transport},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A channel of two, and someone of the same app outside it with a channel of their own.
struct Stage {
    _heyyo: Heyyo,
    alice: User,
    bob: User,
    stranger: User,
    channel: Channel,
    elsewhere: Channel,
}

async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme
        .sign_in("alice", json!({ "display_name": "Alice" }))
        .await;
    let (bob, stranger) = (acme.user("bob").await, acme.user("stranger").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    Stage {
        elsewhere: stranger.create_channel("elsewhere").await,
        _heyyo: heyyo,
        alice,
        bob,
        stranger,
        channel,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sent_message_is_acked_whole_and_stored() {
    let Stage {
        _heyyo,
        alice,
        channel,
        ..
    } = stage().await;
    let parent = channel.send("a question").await;
    for transport in BOTH {
        let socket = alice.socket_over(transport).await;
        let payload = json!({
            "channelId": channel.id,
            "text": "Hello from WebSocket ⚡",
            "attachments": [{ "type": "image" }],
            "metadata": { "a": 1 },
            "parentId": parent["id"],
        });
        let ack = socket.emit_with_ack("message.send", payload.clone()).await;
        let message = &ack["message"];
        expect_fields(
            message,
            &[
                ("id", Kind::Id),
                ("channel_id", Kind::Id),
                ("user_id", Kind::Id),
                ("created_at", Kind::Timestamp),
                ("updated_at", Kind::Timestamp),
                ("deleted_at", Kind::Null),
                ("seq", Kind::Whole),
            ],
        );
        assert_eq!(message["channel_id"], channel.id);
        assert_eq!(message["user_id"], alice.id);
        assert_eq!(message["parent_id"], parent["id"]);
        for name in ["text", "attachments", "metadata"] {
            assert_eq!(message[name], payload[name]);
        }
        let user = [
            ("external_id", Kind::Is("alice")),
            ("display_name", Kind::Is("Alice")),
            ("avatar_url", Kind::Null),
        ];
        expect_fields(&message["user"], &user);
        let listed = channel.history("?limit=1").await[0].clone();
        for name in [
            "id",
            "text",
            "attachments",
            "metadata",
            "parent_id",
            "created_at",
            "seq",
        ] {
            assert_eq!(listed[name], message[name]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_heard_by_the_whole_channel_from_either_door() {
    let Stage {
        _heyyo,
        alice,
        bob,
        stranger,
        channel,
        elsewhere,
    } = stage().await;
    for transport in BOTH {
        let (sending, beside) = (
            alice.socket_over(transport).await,
            alice.socket_over(transport).await,
        );
        let (listening, outside) = (
            bob.socket_over(transport).await,
            stranger.socket_over(transport).await,
        );
        let by_socket = sending.emit_with_ack(
            "message.send",
            json!({ "channelId": channel.id, "text": "by socket" }),
        );
        let by_socket = by_socket.await["message"].clone();
        let by_rest = channel.send("by REST").await;
        for socket in [&sending, &beside, &listening] {
            for told in [&by_socket, &by_rest] {
                let heard = socket.next_event("message.new").await;
                for name in [
                    "id",
                    "channel_id",
                    "user_id",
                    "text",
                    "created_at",
                    "seq",
                    "attachments",
                    "metadata",
                ] {
                    assert_eq!(heard[name], told[name], "the event and the answer differ");
                }
                let user = [
                    ("external_id", Kind::Is("alice")),
                    ("display_name", Kind::Is("Alice")),
                    ("avatar_url", Kind::Null),
                ];
                expect_fields(&heard["user"], &user);
            }
            socket
                .expect_nothing_but(&["presence.changed"], &channel)
                .await;
        }
        outside.expect_nothing(&elsewhere).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_member_is_told_so() {
    let Stage {
        _heyyo,
        bob,
        stranger,
        channel,
        ..
    } = stage().await;
    let (outside, listening) = (stranger.socket().await, bob.socket().await);
    let payload = json!({ "channelId": channel.id, "text": "let me in" });
    let ack = outside.emit_with_ack("message.send", payload).await;
    assert_eq!(ack["error"], "Not a member of this channel");
    assert_eq!(ack["code"], "forbidden");
    listening.expect_nothing(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_without_content_is_refused_in_the_ack() {
    let Stage {
        _heyyo,
        alice,
        channel,
        ..
    } = stage().await;
    let socket = alice.socket().await;
    for nothing in [
        json!({}),
        json!({ "text": "" }),
        json!({ "text": null, "attachments": [] }),
    ] {
        let mut payload = nothing;
        payload["channelId"] = json!(channel.id);
        let ack = socket.emit_with_ack("message.send", payload.clone()).await;
        assert_eq!(ack["code"], "invalid", "{payload} was acked {ack}");
        assert!(!text(&ack, "error").is_empty());
    }
    assert_eq!(channel.history("").await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_needs_no_ack() {
    let Stage {
        _heyyo,
        alice,
        bob,
        channel,
        ..
    } = stage().await;
    let (sending, listening) = (alice.socket().await, bob.socket().await);
    sending.emit(
        "message.send",
        json!({ "channelId": channel.id, "text": "no need to answer" }),
    );
    assert_eq!(
        listening.next_event("message.new").await["text"],
        "no need to answer"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_client_sends_without_waiting_is_stored_in_its_order() {
    let Stage {
        _heyyo,
        alice,
        bob,
        channel,
        ..
    } = stage().await;
    let listening = bob.socket().await;
    for transport in BOTH {
        let socket = alice.socket_over(transport).await;
        let run = Uuid::now_v7();
        let sent: Vec<String> = (0..50).map(|number| format!("{run} {number}")).collect();
        // Queued in one go: over polling they even travel in one body.
        let numbers: Vec<u64> = sent
            .iter()
            .map(|text| {
                socket.emit_for_ack(
                    "message.send",
                    json!({ "channelId": channel.id, "text": text }),
                )
            })
            .collect();
        let mut last = 0;
        for (number, text) in numbers.into_iter().zip(&sent) {
            let ack = socket.ack(number).await;
            assert_eq!(ack["message"]["text"], *text, "{ack}");
            let seq = ack["message"]["seq"].as_u64().expect("a seq");
            assert!(seq > last, "{seq} was acked after {last}");
            last = seq;
        }
        assert_eq!(
            texts(&channel.history("?limit=50").await, "text"),
            sent,
            "stored in another order: {transport:?}"
        );
        for text in &sent {
            assert_eq!(
                listening.next_event("message.new").await["text"],
                *text,
                "heard in another order"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_different_kinds_are_handled_in_order_too() {
    let Stage {
        _heyyo,
        stranger,
        channel,
        ..
    } = stage().await;
    let socket = stranger.socket().await;
    // Sent before the join is answered: it works only if the join comes first.
    let join = socket.emit_for_ack("channel.join", json!({ "channelId": channel.id }));
    let send = socket.emit_for_ack(
        "message.send",
        json!({ "channelId": channel.id, "text": "I am here" }),
    );
    assert_eq!(socket.ack(join).await, json!({ "success": true }));
    assert_eq!(socket.ack(send).await["message"]["text"], "I am here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_hears_the_order_that_is_stored() {
    let Stage {
        _heyyo,
        alice,
        bob,
        channel,
        ..
    } = stage().await;
    let listeners = [
        alice.socket().await,
        bob.socket_over(Transport::Polling).await,
    ];
    let mut senders = Vec::new();
    for user in [&alice, &bob, &alice, &bob] {
        let (user, channel) = (user.clone(), channel.clone());
        senders.push(tokio::spawn(async move {
            let socket = user.socket().await;
            for _ in 0..10 {
                let payload = json!({ "channelId": channel.id, "text": "by socket" });
                let ack = socket.emit_with_ack("message.send", payload).await;
                assert!(ack["message"].is_object(), "{ack}");
                channel.send_as(&user, "by REST").await;
            }
        }));
    }
    for sender in senders {
        sender.await.expect("a sender");
    }
    let order = |message: &Value| message["seq"].as_u64().expect("a seq");
    let stored: Vec<u64> = items(&channel.history("?limit=100").await)
        .iter()
        .map(order)
        .collect();
    assert_eq!(stored, (1..=80).collect::<Vec<u64>>());
    for listener in &listeners {
        let arrived = listener.arrived_until_now(&channel).await;
        let messages = arrived.iter().filter(|event| event.name == "message.new");
        // Behind them may come the marker of the other listener.
        let heard: Vec<u64> = messages
            .map(|event| order(&event.payload))
            .take(stored.len())
            .collect();
        assert_eq!(heard, stored);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_is_told_to_the_whole_channel() {
    let Stage {
        _heyyo,
        alice,
        bob,
        stranger,
        channel,
        elsewhere,
    } = stage().await;
    let message = channel.send("the combination is 1234").await;
    let (own, listening, outside) = (
        alice.socket().await,
        bob.socket().await,
        stranger.socket().await,
    );
    alice
        .delete(&channel.message_path(&message, ""))
        .await
        .expect(200);
    for socket in [&own, &listening] {
        let event = socket.next_event("message.deleted").await;
        assert_eq!(event["channelId"], channel.id);
        assert_eq!(event["messageId"], message["id"]);
        assert!(!event.to_string().contains("1234"));
    }
    outside.expect_nothing(&elsewhere).await;
}
