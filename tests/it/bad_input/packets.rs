//! Payloads that are no good: an ack says what is wrong, and the connection is kept.
//!
//! A bystander listens all the while and must never notice anything.

use crate::support::{Channel, Heyyo, Socket, User, shape::text, wire::BOTH};
use heyyo::socket::routes::EVENTS;
use serde_json::{Value, json};
use uuid::Uuid;

/// A server, a member with a channel, and a bystander's socket that must never notice anything.
pub struct Stage {
    pub heyyo: Heyyo,
    pub alice: User,
    pub channel: Channel,
    pub bystander: Socket,
}

pub async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    Stage {
        bystander: bob.socket().await,
        heyyo,
        alice,
        channel,
    }
}

impl Stage {
    /// The server is well, and the bystander has heard nothing but who came and went, and the
    /// harmless event of `works_or_ended`.
    pub async fn all_is_well(&self) {
        self.heyyo.http().get("/health").await.expect(200);
        self.bystander
            .expect_nothing_but(&["presence.changed", "typing.stop"], &self.channel)
            .await;
    }

    /// Whether this socket still works, or has been ended. It must be either.
    pub async fn works_or_ended(&self, socket: &Socket) -> bool {
        let typing = json!({ "channelId": self.channel.id });
        let ack = socket
            .ack_or_end(socket.emit_for_ack("typing.stop", typing))
            .await;
        if let Some(ack) = &ack {
            assert_eq!(*ack, json!({ "success": true }));
            self.bystander.next_event("typing.stop").await;
        }
        ack.is_some()
    }
}

/// A payload that each event accepts.
async fn good_payload(event: &str, stage: &Stage) -> Value {
    let channel = &stage.channel.id;
    match event {
        "message.send" => json!({ "channelId": channel, "text": "good" }),
        "typing.start" | "typing.stop" | "channel.join" => json!({ "channelId": channel }),
        "reaction.add" => {
            let message = stage.channel.send("react to this").await;
            json!({ "messageId": message["id"], "type": ":heart:" })
        }
        other => panic!("{other} is new: give it a row"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_payload_is_told_so_in_the_ack_and_keeps_its_connection() {
    let stage = stage().await;
    for transport in BOTH {
        let socket = stage.alice.socket_over(transport).await;
        for event in EVENTS {
            let good = good_payload(event, &stage).await;
            let ack = socket.emit_with_ack(event, good.clone()).await;
            assert!(
                ack.get("error").is_none(),
                "{event} with {good} was acked {ack}"
            );
            let mut bad = vec![
                json!(null),
                json!(true),
                json!(7),
                json!("text"),
                json!([]),
                json!([[]]),
                json!({}),
            ];
            bad.push(Value::Array(
                good.as_object()
                    .expect("an object")
                    .values()
                    .cloned()
                    .collect(),
            ));
            for field in ["channelId", "messageId", "type", "text"]
                .iter()
                .filter(|field| good.get(field).is_some())
            {
                for value in [
                    json!(null),
                    json!(7),
                    json!({}),
                    json!(""),
                    json!("\u{0}"),
                    json!(["a"]),
                    json!("a".repeat(5_000)),
                ] {
                    let mut payload = good.clone();
                    payload[field] = value;
                    bad.push(payload);
                }
            }
            for payload in bad {
                let ack = socket.emit_with_ack(event, payload.clone()).await;
                assert_eq!(
                    ack["code"], "invalid",
                    "{event} with {payload} was acked {ack}"
                );
                assert!(!text(&ack, "error").is_empty());
            }
        }
        stage.bystander.arrived_until_now(&stage.channel).await;
        assert!(
            stage.works_or_ended(&socket).await,
            "the connection was lost"
        );
        stage.all_is_well().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_over_a_limit_is_told_so_in_the_ack() {
    let stage = stage().await;
    let socket = stage.alice.socket().await;
    let nested = (0..9).fold(json!(1), |inner, _| json!({ "a": inner }));
    let rows = [
        ("text", json!("é".repeat(4_001))),
        ("text", json!("a\u{0}b")),
        ("attachments", json!({})),
        ("attachments", json!(vec![json!({ "a": 1 }); 11])),
        ("attachments", json!([{ "a": "b".repeat(2_048) }])),
        ("metadata", json!([])),
        ("metadata", nested),
        ("metadata", json!({ "a": "b".repeat(8_192) })),
        ("parentId", json!("not-an-id")),
        ("clientId", json!("a".repeat(2_000))),
        ("clientId", json!(7)),
    ];
    for (field, value) in rows {
        let mut payload = json!({ "channelId": stage.channel.id, "text": "good" });
        payload[field] = value;
        let ack = socket.emit_with_ack("message.send", payload).await;
        assert_eq!(ack["code"], "invalid", "{field} was acked {ack}");
    }
    let payload =
        json!({ "channelId": stage.channel.id, "text": "good", "parentId": Uuid::now_v7() });
    let ack = socket.emit_with_ack("message.send", payload).await;
    assert!(
        ["invalid", "not_found"].contains(&text(&ack, "code")),
        "{ack}"
    );
    let payload = json!({ "channelId": stage.channel.id, "text": "🎉".repeat(4_000) });
    assert!(socket.emit_with_ack("message.send", payload).await["message"].is_object());
    stage.bystander.next_event("message.new").await;
    stage.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_without_a_payload_is_told_so_in_the_ack() {
    let stage = stage().await;
    let socket = stage.alice.socket().await;
    for (number, event) in (1_000..).zip(EVENTS) {
        socket.say(format!("42{number}[\"{event}\"]"));
        assert_eq!(socket.ack(number).await["code"], "invalid", "{event}");
        // And without anyone to tell.
        socket.say(format!("42[\"{event}\"]"));
        socket.emit(event, json!({ "channelId": 7 }));
    }
    assert!(
        stage.works_or_ended(&socket).await,
        "the connection was lost"
    );
    stage.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_arguments_than_one_are_ignored() {
    let stage = stage().await;
    let socket = stage.alice.socket().await;
    let packet = json!(["message.send", { "channelId": stage.channel.id, "text": "hello" }, { "text": "more" }, 7]);
    socket.say(format!("421000{packet}"));
    assert_eq!(socket.ack(1_000).await["message"]["text"], "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_surrogate_is_answered() {
    let stage = stage().await;
    for transport in BOTH {
        let socket = stage.alice.socket_over(transport).await;
        let channel = &stage.channel.id;
        socket.say(format!(
            "421000[\"message.send\",{{\"channelId\":\"{channel}\",\"text\":\"\\ud800\"}}]"
        ));
        assert_eq!(
            socket.ack(1_000).await["code"],
            "invalid",
            "over {transport:?}"
        );
        socket.say("421001[\"\\ud800\",{}]");
        let ack = socket.ack_or_end(1_001).await;
        assert!(ack.is_none_or(|ack| ack["code"] == "invalid"));
        stage.all_is_well().await;
    }
}
