//! Connecting over Socket.IO: who is let in, what the server says of itself, how it ends.

use crate::support::{
    Heyyo, Socket, Wire,
    shape::{Kind, expect_fields},
    wire::{BOTH, Frame, Transport},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_token_is_welcome_over_both_transports() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    for transport in BOTH {
        let socket = alice.socket_over(transport).await;
        let sent = channel.send("hello").await;
        assert_eq!(socket.next_event("message.new").await["id"], sent["id"]);
        socket.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_and_a_bad_token_are_refused_in_the_documented_words() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let tampered = format!("{}x", alice.token);
    let rows = [
        (None, "Authentication required"),
        (Some(json!({})), "Authentication required"),
        (Some(json!({ "token": null })), "Authentication required"),
        (Some(json!({ "token": "" })), "Authentication required"),
        (Some(json!({ "token": "garbage" })), "Invalid token"),
        (Some(json!({ "token": tampered })), "Invalid token"),
        (Some(json!({ "token": "a".repeat(8_000) })), "Invalid token"),
    ];
    let ambiguous = [
        json!({ "token": 42 }),
        json!({ "token": {} }),
        json!([]),
        json!("token"),
        json!(7),
        json!(null),
    ];
    for transport in BOTH {
        alice.socket_over(transport).await.leave().await;
        for (auth, words) in &rows {
            let refusal = Socket::connect(&heyyo.http(), transport, auth.as_ref())
                .await
                .err();
            assert_eq!(
                refusal.as_deref(),
                Some(*words),
                "{auth:?} over {transport:?}"
            );
        }
        for auth in &ambiguous {
            let refusal = Socket::connect(&heyyo.http(), transport, Some(auth))
                .await
                .err()
                .expect("a refusal");
            assert!(
                ["Authentication required", "Invalid token"].contains(&refusal.as_str()),
                "{auth}: {refusal}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_socket_hears_nothing_and_can_say_nothing() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    let mut wire = Wire::open(&heyyo.http(), Transport::WebSocket).await;
    wire.send("40{\"token\":\"garbage\"}");
    assert_eq!(
        wire.next().await,
        Some(Frame::Text("44{\"message\":\"Invalid token\"}".to_owned()))
    );
    wire.send(format!(
        "421{}",
        json!(["message.send", { "channelId": channel.id, "text": "let me in" }])
    ));
    let listener = alice.socket().await;
    channel.send("hello").await;
    listener.next_event("message.new").await;
    assert_eq!(
        channel.history("").await.as_array().expect("a list").len(),
        1
    );
    wire.send("1");
    while let Some(frame) = wire.next().await {
        assert!(
            !format!("{frame:?}").contains("hello"),
            "a refused socket heard {frame:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_handshake_offers_an_upgrade_and_names_its_limits() {
    let heyyo = Heyyo::start().await;
    for transport in BOTH {
        let wire = Wire::open(&heyyo.http(), transport).await;
        let fields = [
            ("sid", Kind::Text),
            ("upgrades", Kind::List),
            ("pingInterval", Kind::Whole),
            ("pingTimeout", Kind::Whole),
            ("maxPayload", Kind::Whole),
        ];
        expect_fields(&wire.handshake, &fields);
    }
    let polling = Wire::open(&heyyo.http(), Transport::Polling).await;
    assert_eq!(polling.handshake["upgrades"], json!(["websocket"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_a_users_and_not_a_sockets() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    let sockets = [
        alice.socket().await,
        alice.socket_over(Transport::Polling).await,
        alice.socket().await,
    ];
    let sent = channel.send("to each of them").await;
    for socket in &sockets {
        assert_eq!(socket.next_event("message.new").await["id"], sent["id"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_ever_tells_a_session_id() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    let listener = alice.socket().await;
    // A session id is all that a polling client proves itself with.
    let mut wire = Wire::open(&heyyo.http(), Transport::Polling).await;
    let session = wire.handshake["sid"]
        .as_str()
        .expect("a session id")
        .to_owned();
    wire.send(format!("40{}", json!({ "token": bob.token })));
    let welcome = wire.next().await;
    assert!(
        matches!(&welcome, Some(Frame::Text(packet)) if packet.starts_with("40")),
        "{welcome:?}"
    );
    let join = json!(["channel.join", { "channelId": channel.id }]);
    wire.send(format!("42{join}"));
    listener.next_event("member.joined").await;
    let typing = json!(["typing.start", { "channelId": channel.id }]);
    wire.send(format!("42{typing}"));
    listener.next_event("typing.start").await;
    let send = json!(["message.send", { "channelId": channel.id, "text": "hello" }]);
    wire.send(format!("42{send}"));
    listener.next_event("message.new").await;
    for event in listener.events_so_far() {
        assert!(!event.to_string().contains(&session), "{event}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_closes_the_transport_so_that_clients_come_back() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let mut wires = Vec::new();
    for transport in BOTH {
        let mut wire = Wire::open(&heyyo.http(), transport).await;
        wire.send(format!("40{}", json!({ "token": alice.token })));
        let welcome = wire.next().await;
        assert!(
            matches!(&welcome, Some(Frame::Text(packet)) if packet.starts_with("40")),
            "{welcome:?}"
        );
        wires.push(wire);
    }
    drop(heyyo);
    for wire in &mut wires {
        while let Some(frame) = wire.next().await {
            // Clients do not come back by themselves after a goodbye to the namespace.
            assert_ne!(frame, Frame::Text("41".to_owned()));
        }
    }
}
