//! Sizes and rates that an operator sets for one app: less than the server's and more, for it alone.

use crate::{
    hooks::bombs::prints,
    support::{Heyyo, Tenant, User, uploads::bundled, wire::BOTH},
};
use serde_json::{Value, json};

async fn limit(heyyo: &Heyyo, tenant: &Tenant, limits: Value) {
    let call = heyyo.operator("PATCH", &tenant.path(""));
    call.json(&json!({ "limits": limits })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apps_own_sizes_hold_for_messages_and_channels_over_both_doors() {
    let heyyo = Heyyo::start_with(|config| config.live.limits.text_characters = 20).await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, bob) = (acme.user("alice").await, globex.user("bob").await);
    let hers = alice.create_channel("general").await;
    let his = bob.create_channel("general").await;
    let socket = alice.socket().await;
    let cases = [
        (
            json!({ "text_characters": 5 }),
            json!({ "text": "abcdef" }),
            "text is longer than 5 characters",
        ),
        (
            json!({ "attachments": 1 }),
            json!({ "attachments": [{}, {}] }),
            "attachments: 1 at most",
        ),
        (
            json!({ "attachment_bytes": 9 }),
            json!({ "attachments": [{ "a": "1234" }] }),
            "attachment is larger than 9 bytes",
        ),
        (
            json!({ "metadata_bytes": 9 }),
            json!({ "text": "a", "metadata": { "a": "1234" } }),
            "metadata is larger than 9 bytes",
        ),
    ];
    for (limits, message, words) in cases {
        hers.post_message(&alice, message.clone()).await.expect(201);
        limit(&heyyo, &acme, limits).await;
        let refused = hers.post_message(&alice, message.clone()).await;
        refused.expect_words(400, "invalid", words);
        let mut payload = message.clone();
        payload["channelId"] = json!(hers.id);
        let ack = socket.emit_with_ack("message.send", payload).await;
        assert_eq!(ack["error"], words);
        his.post_message(&bob, message).await.expect(201);
    }
    let wanted = json!({ "name": "a", "metadata": { "a": "1234" } });
    let refused = alice.post("/api/channels", &wanted).await;
    refused.expect_words(400, "invalid", "metadata is larger than 9 bytes");
    bob.post("/api/channels", &wanted).await.expect(201);

    // More than the server allows others.
    let message = json!({ "text": "a".repeat(21) });
    limit(&heyyo, &acme, json!({ "text_characters": 21 })).await;
    hers.post_message(&alice, message.clone()).await.expect(201);
    let refused = his.post_message(&bob, message.clone()).await;
    refused.expect_words(400, "invalid", "text is longer than 20 characters");
    limit(&heyyo, &acme, json!({ "text_characters": null })).await;
    let refused = hers.post_message(&alice, message).await;
    refused.expect_words(400, "invalid", "text is longer than 20 characters");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_plugin_makes_of_a_message_is_held_to_the_apps_own_size() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    let longer = prints(r#"{"amend":{"text":"twelve of it"}}"#);
    let settings = json!({ "name": "longer" });
    let uploaded = acme.upload_to("/api/plugins", Some(&settings), Some(&longer));
    uploaded.await.expect(201);
    limit(&heyyo, &acme, json!({ "text_characters": 12 })).await;
    assert_eq!(channel.send("short").await["text"], "twelve of it");
    limit(&heyyo, &acme, json!({ "text_characters": 11 })).await;
    let refused = channel
        .post_message(&alice, json!({ "text": "short" }))
        .await;
    refused.expect_refusal(422, "rejected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apps_own_number_of_reactions_and_plugins_holds() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    limit(&heyyo, &acme, json!({ "reactions": 1, "plugins": 1 })).await;
    for (tenant, is_limited) in [(&acme, true), (&globex, false)] {
        let alice = tenant.user("alice").await;
        let channel = alice.create_channel("general").await;
        let message = channel.send("hello").await;
        let path = channel.message_path(&message, "/reactions");
        let react = async |kind: &str| alice.post(&path, &json!({ "type": kind })).await.status;
        assert_eq!(react("one").await, 200);
        assert_eq!(react("two").await, if is_limited { 409 } else { 200 });

        tenant.plugin("emoji-policy", json!({})).await;
        let settings = json!({ "name": "another" });
        let wasm = bundled("emoji-policy");
        let more = tenant.upload_to("/api/plugins", Some(&settings), Some(&wasm));
        assert_eq!(more.await.status, if is_limited { 409 } else { 201 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apps_own_limits_of_one_user_hold_for_each_of_its_users() {
    let heyyo = Heyyo::start_with(|config| config.live.rate_limits.enabled = true).await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, carol) = (acme.user("alice").await, acme.user("carol").await);
    let bob = globex.user("bob").await;
    let (hers, his) = (
        alice.create_channel("general").await,
        bob.create_channel("general").await,
    );
    hers.join(&carol).await;
    let limits = json!({ "user_messages_per_minute": 1, "user_sockets": 2 });
    limit(&heyyo, &acme, limits).await;
    for user in [&alice, &carol] {
        hers.send_as(user, "one").await;
        let refused = hers.post_message(user, json!({ "text": "two" })).await;
        let words = "Too many messages: 1 a minute at most";
        refused.expect_words(429, "rate_limited", words);
    }
    his.send("one").await;
    his.send("two").await;

    let both = async |user: &User| {
        [
            user.socket_over(BOTH[0]).await,
            user.socket_over(BOTH[1]).await,
        ]
    };
    let _sockets = (both(&alice).await, both(&carol).await, both(&bob).await);
    let refused = alice.refused_socket().await;
    let words = "Too many connections of this user";
    assert_eq!(refused.as_deref(), Some(words));
    bob.socket().await;

    let limits = json!({ "user_messages_per_minute": null, "user_requests_per_minute": 2 });
    limit(&heyyo, &acme, limits).await;
    hers.send("two").await;
    alice.get("/api/channels").await.expect(200);
    let refused = alice.get("/api/channels").await;
    refused.expect_words(429, "rate_limited", "Too many calls: 2 a minute at most");
    carol.get("/api/channels").await.expect(200);
}
