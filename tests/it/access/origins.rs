//! Allowed origins: a page that an app does not know is refused at both doors, and a caller that is no
//! page says no origin and passes.

use crate::support::{Heyyo, Tenant, User, wire::BOTH};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

const OURS: &str = "https://chat.example";
const THEIRS: &str = "https://evil.example";
const REFUSED: &str = "This origin is not one of the app's allowed origins";

async fn allow(heyyo: &Heyyo, tenant: &Tenant, origins: Value) {
    let call = heyyo.operator("PATCH", &tenant.path(""));
    let patch = json!({ "allowed_origins": origins });
    call.json(&patch).await.expect(200);
}

/// What a page of an origin is told when it connects: a packet of Socket.IO.
async fn connect(heyyo: &Heyyo, user: &User, origin: Option<&str>) -> String {
    let url = heyyo.url().replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket";
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let auth = format!("40{}", json!({ "token": user.token }));
    socket.send(Message::text(auth)).await.unwrap();
    loop {
        let packet = socket.next().await.expect("an answer").unwrap();
        let packet = packet.into_text().unwrap().to_string();
        if packet.starts_with('4') {
            return packet;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_pages_of_the_apps_own_origins_come_in() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, bob) = (acme.user("alice").await, globex.user("bob").await);
    let call = |user: &User, origin: &str| user.get("/api/channels").header("origin", origin);
    let is_in = |packet: String| packet.starts_with("40");
    for origin in [OURS, THEIRS, "null"] {
        call(&alice, origin).await.expect(200);
        assert!(is_in(connect(&heyyo, &alice, Some(origin)).await));
    }
    allow(&heyyo, &acme, json!([OURS, "http://localhost:3000"])).await;
    for origin in [OURS, "http://localhost:3000"] {
        call(&alice, origin).await.expect(200);
        assert!(is_in(connect(&heyyo, &alice, Some(origin)).await));
    }
    let foreign = [
        THEIRS,
        "null",
        "http://chat.example",
        "https://chat.example:8443",
        "https://chat.example.evil.example",
        "https://evil.chat.example",
    ];
    for origin in foreign {
        call(&alice, origin)
            .await
            .expect_words(403, "forbidden", REFUSED);
        let answer = connect(&heyyo, &alice, Some(origin)).await;
        assert!(
            answer.starts_with("44") && answer.contains(REFUSED),
            "{answer}"
        );
        // A secret in a page is a mistake anyhow.
        let backend = acme.call("GET", "/api/users").header("origin", origin);
        backend.await.expect_words(403, "forbidden", REFUSED);
        let token = acme.ask_for_token("alice", json!({}));
        let token = token.header("origin", origin).await;
        token.expect_words(403, "forbidden", REFUSED);
    }
    let garbled = alice.get("/api/channels").header("origin", b"\xff");
    garbled.await.expect_words(403, "forbidden", REFUSED);
    // Whoever is no page, and pages of another app's users.
    alice.get("/api/channels").await.expect(200);
    assert!(is_in(connect(&heyyo, &alice, None).await));
    call(&bob, THEIRS).await.expect(200);
    assert!(is_in(connect(&heyyo, &bob, Some(THEIRS)).await));
    allow(&heyyo, &acme, json!([])).await;
    call(&alice, THEIRS).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_star_lets_in_the_pages_below_a_host() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    allow(&heyyo, &acme, json!(["https://*.chat.example"])).await;
    for (origin, is_below) in [
        ("https://eu.chat.example", true),
        ("https://a.eu.chat.example", true),
        (OURS, false),
        ("http://eu.chat.example", false),
        ("https://evilchat.example", false),
        ("https://eu.chat.example.evil.example", false),
    ] {
        let call = alice.get("/api/channels").header("origin", origin);
        assert_eq!(call.await.status == 200, is_below, "{origin}");
        let answer = connect(&heyyo, &alice, Some(origin)).await;
        assert_eq!(answer.starts_with("40"), is_below, "{origin}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_that_is_taken_back_is_out_at_once_and_others_stay() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let stays = [
        alice.socket_over(BOTH[0]).await,
        alice.socket_over(BOTH[1]).await,
    ];
    let url = heyyo.url().replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket";
    let mut request = url.into_client_request().unwrap();
    request
        .headers_mut()
        .insert("origin", THEIRS.parse().unwrap());
    let (mut page, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let auth = format!("40{}", json!({ "token": alice.token }));
    page.send(Message::text(auth)).await.unwrap();
    let mut packets = vec![];
    while !packets
        .iter()
        .any(|packet: &String| packet.starts_with("40"))
    {
        let packet = page.next().await.expect("a packet").unwrap();
        packets.push(packet.into_text().unwrap().to_string());
    }
    allow(&heyyo, &acme, json!([OURS])).await;
    while packets.last().is_none_or(|last| last != "41") {
        let packet = page.next().await.expect("the word to go").unwrap();
        packets.push(packet.into_text().unwrap().to_string());
    }
    assert!(stays.iter().all(|socket| socket.is_live()));
}
