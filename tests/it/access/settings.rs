//! What an operator sets for an app: its name, its limits, and whether it is suspended.

use super::{expect_done, expect_in, expect_out};
use crate::support::{
    Heyyo, Reply, Tenant,
    shape::{Kind, expect_fields, items},
    wire::BOTH,
};
use serde_json::{Value, json};
use uuid::Uuid;

async fn change(heyyo: &Heyyo, tenant: &Tenant, patch: Value) -> Reply {
    let call = heyyo.operator("PATCH", &tenant.path(""));
    call.json(&patch).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_is_shown_with_all_that_is_set_for_it() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let shown = heyyo.operator("GET", &acme.path("")).await;
    let app = shown.expect(200);
    let fields = [
        ("id", Kind::Id),
        ("name", Kind::Is("acme")),
        ("api_key", Kind::Text),
        ("created_at", Kind::Timestamp),
        ("suspended", Kind::Flag),
        ("limits", Kind::Object),
        ("allowed_origins", Kind::List),
        ("secrets", Kind::List),
    ];
    expect_fields(&app, &fields);
    assert_eq!(items(&app["secrets"]).len(), 1);
    assert!(!shown.text().contains("cbs_"), "{}", shown.text());

    let patch = json!({
        "name": " Acme Chat ", "unknown": 1,
        "limits": { "messages_per_minute": 60, "sockets": 10 },
        "allowed_origins": ["https://chat.example"],
    });
    let changed = change(&heyyo, &acme, patch).await.expect(200);
    assert_eq!(changed["name"], "Acme Chat");
    assert_eq!(
        changed["limits"],
        json!({ "messages_per_minute": 60, "sockets": 10 })
    );
    // What is not named stays, and null takes one back.
    let limits = json!({ "requests_per_minute": 5, "messages_days": 30, "sockets": null });
    let patch = json!({ "limits": limits });
    let changed = change(&heyyo, &acme, patch).await.expect(200);
    assert_eq!(
        changed["limits"],
        json!({ "messages_per_minute": 60, "requests_per_minute": 5, "messages_days": 30 })
    );
    assert_eq!(changed["allowed_origins"], json!(["https://chat.example"]));
    assert_eq!(change(&heyyo, &acme, json!({})).await.expect(200), changed);
    let shown = heyyo.operator("GET", &acme.path("")).await.expect(200);
    assert_eq!(shown, changed);
    let other = heyyo.operator("GET", &globex.path("")).await.expect(200);
    assert_eq!(other["limits"], json!({}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_that_is_no_good_changes_nothing() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let before = heyyo.operator("GET", &acme.path("")).await.expect(200);
    let long = "a".repeat(300);
    let bad = [
        json!({ "name": "" }),
        json!({ "name": "a\u{0}b" }),
        json!({ "name": "a".repeat(101) }),
        json!({ "name": 7 }),
        json!({ "suspended": "yes" }),
        json!({ "suspended": 1 }),
        json!({ "limits": [] }),
        json!({ "limits": 7 }),
        json!({ "limits": { "message_per_minute": 5 } }),
        json!({ "limits": { "\u{0}": 5 } }),
        json!({ "limits": { "sockets": 0 } }),
        json!({ "limits": { "sockets": -1 } }),
        json!({ "limits": { "sockets": 1.5 } }),
        json!({ "limits": { "sockets": "5" } }),
        json!({ "limits": { "sockets": 1_000_000_001 } }),
        json!({ "limits": { "sockets": true } }),
        json!({ "limits": { "messages_days": 0 } }),
        json!({ "allowed_origins": "https://a.example" }),
        json!({ "allowed_origins": [7] }),
        json!({ "allowed_origins": ["*"] }),
        json!({ "limits": { "messages_days": 20_001 } }),
        json!({ "limits": { "text_characters": 0 } }),
        json!({ "limits": { "attachments": 1_001 } }),
        json!({ "allowed_origins": ["a.example"] }),
        json!({ "allowed_origins": ["https://*.example"] }),
        json!({ "allowed_origins": ["https://chat.*.example"] }),
        json!({ "allowed_origins": ["https://"] }),
        json!({ "allowed_origins": ["://a.example"] }),
        json!({ "allowed_origins": ["https://a.example/"] }),
        json!({ "allowed_origins": ["https://a.example/path"] }),
        json!({ "allowed_origins": ["https://a@b.example"] }),
        json!({ "allowed_origins": ["https://a.example:443"] }),
        json!({ "allowed_origins": ["https://a.example\u{0}"] }),
        json!({ "allowed_origins": [format!("https://{long}.example")] }),
        json!({ "allowed_origins": vec!["https://a.example"; 101] }),
        // One that is good does not help one that is not.
        json!({ "name": "good", "limits": { "sockets": 0 } }),
    ];
    for patch in bad {
        let reply = change(&heyyo, &acme, patch.clone()).await;
        assert_eq!(reply.status, 400, "{patch} was answered {}", reply.text());
    }
    let after = heyyo.operator("GET", &acme.path("")).await.expect(200);
    assert_eq!(after, before);
    let nowhere = format!("/api/apps/{}", Uuid::now_v7());
    for (method, below) in [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/revoke"),
        ("POST", "/secrets"),
    ] {
        let call = heyyo.operator(method, &format!("{nowhere}{below}"));
        let reply = call.json(&json!({ "name": "a" })).await;
        reply.expect_words(404, "not_found", "App not found");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_app_is_refused_everywhere_and_comes_back_as_it_was() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, bob) = (acme.user("alice").await, globex.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.send("before").await;
    let sockets = [
        alice.socket_over(BOTH[0]).await,
        alice.socket_over(BOTH[1]).await,
    ];
    let other = bob.socket().await;
    let suspended = "This app is suspended";
    let app = change(&heyyo, &acme, json!({ "suspended": true })).await;
    assert_eq!(app.expect(200)["suspended"], true);

    for socket in &sockets {
        socket.dismissed().await;
    }
    expect_out(&alice, suspended).await;
    let token = acme.ask_for_token("alice", json!({})).await;
    token.expect_words(403, "forbidden", suspended);
    let backend = acme.call("GET", "/api/users").await;
    backend.expect_words(403, "forbidden", suspended);
    // Who does not prove to be of the app is not told.
    let stranger = acme.with_secret("cbs_wrong").call("GET", "/api/users");
    stranger
        .await
        .expect_words(401, "unauthenticated", "Invalid credentials");
    assert!(other.is_live());
    expect_in(&bob).await;

    change(&heyyo, &acme, json!({ "suspended": false }))
        .await
        .expect(200);
    expect_in(&alice).await;
    assert_eq!(items(&channel.history("").await).len(), 1);
    acme.user("alice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_tokens_of_an_app_are_revoked_and_new_ones_are_good() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, bob) = (acme.user("alice").await, globex.user("bob").await);
    let (hers, his) = (alice.socket().await, bob.socket().await);
    let revoked = heyyo.operator("POST", &acme.path("/revoke")).await;
    expect_done(&revoked, "Tokens revoked");
    hers.dismissed().await;
    expect_out(&alice, "Invalid token").await;
    assert!(his.is_live());
    expect_in(&bob).await;
    expect_in(&acme.user("alice").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apps_own_limits_hold_in_place_of_the_servers_and_for_it_alone() {
    let heyyo = Heyyo::start_with(|config| config.live.rate_limits.enabled = true).await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, bob) = (acme.user("alice").await, globex.user("bob").await);
    let (hers, his) = (
        alice.create_channel("general").await,
        bob.create_channel("general").await,
    );
    let limits = json!({ "limits": { "messages_per_minute": 3, "sockets": 2 } });
    change(&heyyo, &acme, limits).await.expect(200);
    let socket = alice.socket().await;
    for number in 0..4 {
        his.send("hi").await;
        let payload = json!({ "channelId": hers.id, "text": "hi" });
        let ack = socket.emit_with_ack("message.send", payload).await;
        assert_eq!(ack["code"] == "rate_limited", number == 3, "{ack}");
    }
    let refused = hers.post_message(&alice, json!({ "text": "hi" })).await;
    let words = "Too many messages of this app: 3 a minute at most";
    refused.expect_words(429, "rate_limited", words);

    let carol = acme.user("carol").await;
    let _second = carol.socket().await;
    let third = carol.refused_socket().await;
    assert_eq!(third.as_deref(), Some("Too many connections of this app"));
    let _his = [bob.socket().await, bob.socket().await, bob.socket().await];

    let limits = json!({ "limits": { "messages_per_minute": null, "sockets": null, "requests_per_minute": 2 } });
    change(&heyyo, &acme, limits).await.expect(200);
    hers.send("hi").await;
    carol.get("/api/channels").await.expect(200);
    for call in [alice.get("/api/channels"), acme.call("GET", "/api/users")] {
        call.await.expect_refusal(429, "rate_limited");
    }
    bob.get("/api/channels").await.expect(200);
    // The operator is none of the app's callers.
    heyyo.operator("GET", &acme.path("")).await.expect(200);
}
