//! Packets that are no good, on both layers: Engine.IO below, Socket.IO above, payloads on top.
//!
//! A payload gets an ack that says what is wrong and keeps its connection. A packet that breaks the
//! protocol may end its own connection; never another's, and the server stays well.

use crate::support::{
    Channel, Heyyo, Http, Socket, User, Wire,
    shape::text,
    wire::{BOTH, Frame, Transport},
};
use heyyo::socket::routes::EVENTS;
use serde_json::{Value, json};
use uuid::Uuid;

/// A server, a member with a channel, and a bystander's socket that must never notice anything.
struct Stage {
    heyyo: Heyyo,
    alice: User,
    channel: Channel,
    bystander: Socket,
}

async fn stage() -> Stage {
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
    /// The server is well, and the bystander has heard nothing but who came and went.
    async fn all_is_well(&self) {
        self.heyyo.http().get("/health").await.expect(200);
        self.bystander
            .expect_nothing_but(&["presence.changed"], &self.channel)
            .await;
    }

    /// Whether this socket still works, or has been ended. It must be either.
    async fn works_or_ended(&self, socket: &Socket) -> bool {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_that_breaks_the_protocol_harms_nobody_else() {
    let stage = stage().await;
    let deep = format!(
        "42[\"message.send\",{}{}]",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let huge = format!("42[\"message.send\",\"{}\"]", "a".repeat(200_000));
    let packets = [
        "",
        "4",
        "9",
        "x",
        "4x",
        "49",
        "42",
        "42{",
        "42{}",
        "42[]",
        "42[1]",
        "42[null]",
        "42[{}]",
        "42[[]]",
        "42[\"message.send\"",
        "42\"message.send\"",
        "42[\"message.send\",]",
        "42-1[\"message.send\"]",
        "4299999999999999999999[\"message.send\",{}]",
        "42/nope,[\"message.send\",{}]",
        "421/nope,1[\"message.send\",{}]",
        "40",
        "40{}",
        "40/admin,{}",
        "40garbage",
        "41/nope,",
        "43",
        "431[]",
        "43x[]",
        "439999999999[{}]",
        "44",
        "44{\"message\":\"no\"}",
        "45",
        "451-",
        "451-[\"message.send\",{\"_placeholder\":true,\"num\":0}]",
        "45999999-[\"message.send\",{\"_placeholder\":true,\"num\":0}]",
        "45-1-[]",
        "461-1[]",
        "461-",
        "47",
        "6",
        "5",
        "2probe",
        "2",
        "0",
        "0{}",
        "3",
        "3x",
        "1x",
        "b",
        "bAAAA",
        "b!!!!",
        "4\u{0}",
        "42[\"\u{0}\"]",
        "\u{1e}",
        "42[\"a\"]\u{1e}42[\"b\"]",
        &deep,
        &huge,
    ];
    for transport in BOTH {
        let mut ended = 0;
        for packet in packets {
            let socket = stage.alice.socket_over(transport).await;
            socket.say(packet);
            ended += u32::from(!stage.works_or_ended(&socket).await);
            stage.all_is_well().await;
        }
        assert!(
            (1..packets.len() as u32).contains(&ended),
            "{ended} connections ended over {transport:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binary_is_refused_without_harm() {
    let stage = stage().await;
    let channel = &stage.channel.id;
    let attached = format!(
        "451-1000[\"message.send\",{{\"channelId\":\"{channel}\",\"text\":{{\"_placeholder\":true,\"num\":0}}}}]"
    );
    for transport in BOTH {
        let socket = stage.alice.socket_over(transport).await;
        socket.say(attached.clone());
        socket.say_bytes(b"hello".to_vec());
        let ack = socket.ack_or_end(1_000).await;
        assert!(
            ack.as_ref().is_none_or(|ack| ack["code"] == "invalid"),
            "{ack:?}"
        );
        let socket = stage.alice.socket_over(transport).await;
        socket.say_bytes(vec![0, 159, 146, 150]);
        stage.works_or_ended(&socket).await;
        stage.all_is_well().await;
    }
    let mut wire = Wire::open(&stage.heyyo.http(), Transport::WebSocket).await;
    wire.send_frame(Frame::NotText(b"40{\"token\":\"\xff\xfe\"}".to_vec()));
    while let Some(frame) = wire.next().await {
        assert!(
            !matches!(&frame, Frame::Text(packet) if packet.starts_with("40")),
            "admitted by {frame:?}"
        );
    }
    stage.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_never_said_who_it_is_can_say_nothing() {
    let stage = stage().await;
    let send = json!(["message.send", { "channelId": stage.channel.id, "text": "let me in" }]);
    for transport in BOTH {
        let mut wire = Wire::open(&stage.heyyo.http(), transport).await;
        wire.send(format!("421{send}"));
        wire.send("1");
        while let Some(frame) = wire.next().await {
            assert!(
                !matches!(&frame, Frame::Text(packet) if packet.starts_with("43")),
                "acked: {frame:?}"
            );
        }
        stage.all_is_well().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_engine_request_is_a_4xx() {
    let stage = stage().await;
    let http = stage.heyyo.http();
    let unknown = "transport=polling&sid=AAAAAAAAAAAAAAAAAAAA";
    let long = format!("EIO=4&transport=polling&sid={}", "a".repeat(5_000));
    let queries = [
        "",
        "EIO=4",
        "transport=polling",
        "EIO=3&transport=polling",
        "EIO=5&transport=polling",
        "EIO=&transport=polling",
        "EIO=4&transport=",
        "EIO=4&transport=pigeon",
        "EIO=4&transport=websocket",
        "EIO=four&transport=polling",
        "EIO=4&transport=polling&sid=",
        "EIO=4&transport=polling&sid=%00",
        "EIO=4&transport=polling&sid=../../etc",
        unknown,
        "EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA",
        "EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAA",
        &long,
    ];
    for query in queries {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let path = format!("/socket.io/?{query}");
            let reply = http
                .call(method, &path)
                .bytes("text/plain;charset=UTF-8", "2")
                .await;
            assert!(
                (400..500).contains(&reply.status),
                "{method} {path} was answered {}",
                reply.status
            );
        }
    }
    stage.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_polling_body_is_answered() {
    let stage = stage().await;
    let http = stage.heyyo.http();
    let pongs = vec!["3"; 1_000].join("\u{1e}");
    let large = format!("4{}", "a".repeat(200_000));
    let bodies: [&[u8]; 12] = [
        b"",
        b"garbage",
        b"\x1e",
        b"\x1e\x1e\x1e",
        b"4",
        b"42",
        b"9:42[\"a\"]",
        b"\xff\xfe\xfd",
        b"40\xff",
        b"b!!!!",
        pongs.as_bytes(),
        large.as_bytes(),
    ];
    for body in bodies {
        let session = polling_session(&http).await;
        let reply = http
            .call("POST", &session)
            .bytes("text/plain;charset=UTF-8", body.to_vec())
            .await;
        let shown: String = String::from_utf8_lossy(body).chars().take(40).collect();
        assert!(
            reply.status == 200 || (400..500).contains(&reply.status),
            "{shown:?} was answered {}",
            reply.status
        );
        if body.len() > 100_000 {
            assert_eq!(reply.status, 413, "{shown:?}");
        }
        stage.all_is_well().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_polls_of_one_session_both_end() {
    let stage = stage().await;
    let http = stage.heyyo.http();
    let session = polling_session(&http).await;
    // The first ping comes at once and ends one poll; after it both would wait.
    http.get(&session).await;
    let (first, second) = (http.get(&session).exchange(), http.get(&session).exchange());
    let end = http
        .call("POST", &session)
        .bytes("text/plain;charset=UTF-8", "1");
    let (first, second, end) = tokio::join!(first, second, end);
    assert!(end.status == 200 || (400..500).contains(&end.status));
    for reply in [first, second].into_iter().flatten() {
        assert!(reply.status < 500, "a poll was answered {}", reply.status);
    }
    stage.all_is_well().await;
}

/// Opens a polling session and returns its path.
async fn polling_session(http: &Http) -> String {
    let path = "/socket.io/?EIO=4&transport=polling";
    let opening = http.get(path).await;
    let handshake: Value = serde_json::from_str(&opening.text()[1..]).expect("a handshake");
    format!("{path}&sid={}", text(&handshake, "sid"))
}
