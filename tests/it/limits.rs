//! Rate limits: who does more than they may is told when to come back, and nobody else notices.

use crate::{
    config::stage::{SOON, Stage},
    faults::server_process::folder_for,
    support::{
        Heyyo, eventually,
        people::{Channel, User},
        socket::Socket,
        wire::{BOTH, Transport},
    },
};
use heyyo::config::live::RateLimits;
use serde_json::json;
use std::{fs, time::Instant};
use uuid::Uuid;

async fn limited(change: impl FnOnce(&mut RateLimits)) -> Heyyo {
    Heyyo::start_with(|config| {
        config.live.rate_limits.enabled = true;
        change(&mut config.live.rate_limits);
    })
    .await
}

/// Two members of a channel of a new app.
async fn people(heyyo: &Heyyo, app: &str) -> (User, User, Channel) {
    let tenant = heyyo.tenant(app).await;
    let (jane, bob) = (tenant.user("jane").await, tenant.user("bob").await);
    let channel = jane.create_channel("general").await;
    channel.join(&bob).await;
    (jane, bob, channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_sends_as_many_messages_as_they_may_over_both_doors_together() {
    let heyyo = limited(|rates| rates.user_messages = 4).await;
    let (jane, bob, channel) = people(&heyyo, "Acme").await;
    let socket = jane.socket().await;
    for left in ["3", "2"] {
        let sent = channel.post_message(&jane, json!({ "text": "hi" })).await;
        sent.expect(201);
        assert_eq!(sent.header("x-ratelimit-limit"), "4");
        assert_eq!(sent.header("x-ratelimit-remaining"), left);
        let reset: u64 = sent.header("x-ratelimit-reset").parse().expect("seconds");
        assert!((1..=60).contains(&reset), "{reset}");
    }
    let message = json!({ "channelId": channel.id, "text": "hi" });
    for _ in 0..2 {
        let ack = socket.emit_with_ack("message.send", message.clone()).await;
        assert!(ack["message"].is_object(), "{ack}");
    }
    let refused = channel
        .post_message(&jane, json!({ "text": "one more" }))
        .await;
    refused.expect_words(429, "rate_limited", "Too many messages: 4 a minute at most");
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=16).contains(&wait), "one each 15 s: {wait}");
    assert_eq!(refused.header("x-ratelimit-limit"), "4");
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    let ack = socket.emit_with_ack("message.send", message).await;
    assert_eq!(ack["code"], "rate_limited", "{ack}");
    let wait = ack["retry_after_ms"].as_u64().expect("milliseconds");
    assert!((1..=15_000).contains(&wait), "{wait}");
    // Everything else goes on, and so do the others.
    assert_eq!(channel.history("").await.as_array().map(Vec::len), Some(4));
    channel.send_as(&bob, "hello").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_at_its_limit_takes_nothing_from_another() {
    let heyyo = limited(|rates| rates.app_messages = 3).await;
    let (jane, bob, channel) = people(&heyyo, "Acme").await;
    let (other, _, elsewhere) = people(&heyyo, "Globex").await;
    for user in [&jane, &bob, &jane] {
        channel.send_as(user, "hi").await;
    }
    for user in [&jane, &bob] {
        let refused = channel.post_message(user, json!({ "text": "hi" })).await;
        let words = "Too many messages of this app: 3 a minute at most";
        refused.expect_words(429, "rate_limited", words);
    }
    for _ in 0..3 {
        elsewhere.send_as(&other, "hi").await;
    }
}

/// Every node reads of each revocation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_shuts_out_so_many_a_minute_and_what_is_refused_changes_nothing() {
    let heyyo = limited(|rates| rates.app_revocations = 2).await;
    let acme = heyyo.tenant("Acme").await;
    let bob = acme.user("bob").await;
    for _ in 0..2 {
        let nobodys = json!({ "jti": Uuid::now_v7() });
        let revoked = acme.call("POST", "/api/tokens/revoke").json(&nobodys);
        revoked.await.expect(200);
    }
    let refused = acme.call("POST", "/api/users/bob/deactivate").await;
    let words = "Too many revocations of this app: 2 a minute at most";
    refused.expect_words(429, "rate_limited", words);
    bob.create_channel("still here").await;
    let app = heyyo.operator("PATCH", &acme.path(""));
    app.json(&json!({ "suspended": true })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_guesses_secrets_is_slowed_down_and_a_probe_is_not() {
    let heyyo = limited(|rates| rates.address_calls = 5).await;
    let guess = json!({ "api_key": "cb_guess", "api_secret": "cbs_guess", "user_id": "x" });
    for _ in 0..5 {
        let refused = heyyo.http().post("/api/auth/token", &guess).await;
        refused.expect_refusal(401, "unauthenticated");
    }
    let refused = heyyo.http().post("/api/auth/token", &guess).await;
    let words = "Too many calls from your address: 5 a minute at most";
    refused.expect_words(429, "rate_limited", words);
    let unknown = heyyo.http().get("/no/such/path").await;
    unknown.expect_refusal(429, "rate_limited");
    for probe in ["/health", "/ready"] {
        heyyo.http().get(probe).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_trusted_proxy_says_where_a_call_came_from() {
    for (trusted, forged) in [(vec![], 429), (vec!["127.0.0.0/8".to_owned()], 404)] {
        let heyyo = Heyyo::start_with(|config| {
            config.live.rate_limits.enabled = true;
            config.live.rate_limits.address_calls = 1;
            config.live.server.trusted_proxies = trusted.into();
        })
        .await;
        let call = |from: &str| {
            let call = heyyo.http().get("/no/such/path");
            call.header("x-forwarded-for", from)
        };
        call("198.51.100.1").await.expect(404);
        // What stands before the last one that is not trusted was written by anybody.
        let lied = call("203.0.113.9, 198.51.100.1, 127.0.0.1").await;
        lied.expect(429);
        let other = call("198.51.100.2").await;
        other.expect(forged);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_at_once_are_bounded_for_a_user_and_for_an_address() {
    let heyyo = limited(|rates| {
        rates.user_sockets = 2;
        rates.address_sockets = 3;
    })
    .await;
    let tenant = heyyo.tenant("Acme").await;
    let (jane, bob) = (tenant.user("jane").await, tenant.user("bob").await);
    let connect = async |user: &User, transport: Transport| {
        let auth = json!({ "token": user.token });
        Socket::connect(&heyyo.http(), transport, Some(&auth)).await
    };
    let mut sockets = vec![];
    for transport in BOTH {
        sockets.push(connect(&jane, transport).await.expect("one of two"));
    }
    let refused = connect(&jane, Transport::WebSocket).await.err();
    assert_eq!(
        refused.as_deref(),
        Some("Too many connections of this user")
    );
    sockets.push(
        connect(&bob, Transport::WebSocket)
            .await
            .expect("one of three"),
    );
    let refused = connect(&bob, Transport::WebSocket).await.err();
    let words = "Too many connections from your address";
    assert_eq!(refused.as_deref(), Some(words));
    // One that goes makes room for another.
    sockets.remove(1).leave().await;
    eventually("room for one", async || {
        connect(&jane, Transport::WebSocket).await.ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_has_so_many_sockets_and_another_as_many() {
    let heyyo = limited(|rates| rates.app_sockets = 1).await;
    let (acme, globex) = (heyyo.tenant("Acme").await, heyyo.tenant("Globex").await);
    let (jane, bob) = (acme.user("jane").await, acme.user("bob").await);
    let _hers = jane.socket().await;
    let words = "Too many connections of this app";
    assert_eq!(bob.refused_socket().await.as_deref(), Some(words));
    globex.user("bob").await.socket().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_opens_so_many_connections_in_a_minute() {
    let heyyo = limited(|rates| rates.address_connections = 2).await;
    let open = || heyyo.http().get("/socket.io/?EIO=4&transport=polling");
    for _ in 0..2 {
        assert_eq!(open().await.status, 200);
    }
    let refused = open().await;
    let words = "Too many connections from your address: 2 a minute at most";
    refused.expect_words(429, "rate_limited", words);
    assert!(!refused.header("retry-after").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_connect_is_a_call_of_a_user_and_of_an_address() {
    let words = "Too many connections, try again later";
    let heyyo = limited(|rates| rates.user_calls = 2).await;
    let tenant = heyyo.tenant("Acme").await;
    let (jane, bob) = (tenant.user("jane").await, tenant.user("bob").await);
    for _ in 0..2 {
        jane.socket().await.leave().await;
    }
    assert_eq!(jane.refused_socket().await.as_deref(), Some(words));
    jane.get("/api/channels").await.expect(429);
    bob.socket().await;

    // Whoever guesses, too.
    let heyyo = limited(|rates| rates.address_calls = 2).await;
    let mut told = vec![];
    for _ in 0..3 {
        let auth = json!({ "token": "guessed" });
        let refused = Socket::connect(&heyyo.http(), Transport::WebSocket, Some(&auth)).await;
        told.extend(refused.err());
    }
    assert_eq!(told, ["Invalid token", "Invalid token", words]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_tightened_and_loosened_while_the_server_runs() {
    let file = |messages: u32| format!("[rate_limits]\nuser_messages = {messages}\n");
    let place = folder_for("rate-limits").join("heyyo.toml");
    fs::write(place, file(1_000)).expect("a file");
    let is_enabled = [("HEYYO_RATE_LIMITS__ENABLED", "true")];
    let stage = Stage::start_with("rate-limits", &is_enabled).await;
    let send = async || {
        let message = json!({ "text": "hi" });
        stage.channel.post_message(&stage.alice, message).await
    };
    let limit_is = async |limit: &str| {
        eventually(limit, async || {
            let sent = send().await;
            (sent.header("x-ratelimit-limit") == limit).then_some(sent)
        })
        .await
    };
    send().await.expect(201);
    stage.write(&file(1));
    limit_is("1").await;
    assert_eq!(send().await.status, 429);
    let began = Instant::now();
    stage.write(&file(900));
    limit_is("900").await.expect(201);
    assert!(began.elapsed() < SOON);
}
