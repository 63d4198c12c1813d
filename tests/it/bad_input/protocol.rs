//! Packets that break the protocol, of Engine.IO below and of Socket.IO above.
//!
//! They may end their own connection; never another's, and the server stays well.

use super::packets::stage;
use crate::support::{
    Http, Wire,
    shape::text,
    wire::{BOTH, Frame, Transport},
};
use serde_json::{Value, json};

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
