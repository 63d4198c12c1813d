//! What plugins' decisions do to messages and reactions, over both doors.

use crate::support::{server::Heyyo, shape, uploads::bundled, wait::eventually};
use serde_json::json;

#[tokio::test]
async fn each_plugin_sees_what_the_one_before_it_changed() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    let socket = jane.socket().await;
    tenant
        .plugin("word-filter", json!({ "words": ["jane"] }))
        .await;
    tenant.plugin("pii-mask", json!({})).await;
    tenant
        .change_plugin("pii-mask", json!({ "order": 1 }))
        .await;
    let send = || channel.post_message(&jane, json!({ "text": "write to jane@example.com" }));
    send().await.expect_refusal(422, "rejected");

    // Now the name is gone before the filter looks.
    tenant
        .change_plugin("pii-mask", json!({ "order": -1 }))
        .await;
    let sent = send().await.expect(201);
    let text = shape::text(&sent, "text");
    assert!(!text.contains("jane"), "{text}");

    // Everybody is told the same, and history says it too.
    let heard = socket.next_event("message.new").await;
    assert_eq!(heard["text"], text);
    assert_eq!(channel.history("").await[0]["text"], text);
}

#[tokio::test]
async fn a_flag_stands_under_its_plugins_name_beside_the_clients_own_facts() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant
        .plugin("word-filter", json!({ "words": ["odd"], "action": "flag" }))
        .await;
    let body = json!({ "text": "how odd", "metadata": { "draft": 7 } });
    let sent = channel.post_message(&jane, body).await.expect(201);
    assert_eq!(sent["text"], "how odd");
    assert_eq!(sent["metadata"]["draft"], 7);
    let flags = &sent["metadata"]["plugins"]["word-filter"]["flags"];
    assert_eq!(flags[0]["code"], "banned-word", "{sent}");
    assert_eq!(channel.history("").await[0]["metadata"], sent["metadata"]);
}

#[tokio::test]
async fn a_socket_is_refused_as_rest_is() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant
        .plugin("word-filter", json!({ "words": ["bad"] }))
        .await;
    tenant
        .plugin("emoji-policy", json!({ "deny": [":poop:"] }))
        .await;
    let socket = jane.socket().await;

    let wanted = json!({ "channelId": channel.id, "text": "bad" });
    let ack = socket.emit_with_ack("message.send", wanted).await;
    assert_eq!(ack["code"], "rejected");
    assert_eq!(ack["plugin"], "word-filter");
    assert_eq!(ack["reason_code"], "banned-word");

    let message = channel.send("fine").await;
    let react = |kind: &str| json!({ "messageId": message["id"], "type": kind });
    let ack = socket.emit_with_ack("reaction.add", react(":poop:")).await;
    assert_eq!(ack["code"], "rejected");
    assert_eq!(ack["plugin"], "emoji-policy");
    let ack = socket.emit_with_ack("reaction.add", react(":heart:")).await;
    assert_eq!(ack["success"], true);
    let refused = jane
        .post(
            &channel.message_path(&message, "/reactions"),
            &json!({ "type": ":poop:" }),
        )
        .await;
    refused.expect_refusal(422, "rejected");
    let reactions = &channel.history("").await[0]["reactions"];
    assert_eq!(shape::texts(reactions, "type"), [":heart:"]);
}

#[tokio::test]
async fn sends_of_one_socket_keep_their_order_through_plugins() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant
        .plugin("word-filter", json!({ "words": ["bad"] }))
        .await;
    let socket = jane.socket().await;
    let acks: Vec<_> = (0..40)
        .map(|number| {
            let wanted = json!({ "channelId": channel.id, "text": number.to_string() });
            socket.emit_for_ack("message.send", wanted)
        })
        .collect();
    for ack in acks {
        assert!(socket.ack(ack).await["message"].is_object());
    }
    let texts = shape::texts(&channel.history("").await, "text");
    let wanted: Vec<_> = (0..40).map(|number| number.to_string()).collect();
    assert_eq!(texts, wanted);
}

#[tokio::test]
async fn what_an_after_hook_adds_is_stored_and_told() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant.plugin("entities", json!({})).await;
    let socket = jane.socket().await;
    let sent = channel.send("see https://example.com @bob").await;
    assert_eq!(sent["metadata"], json!({}));
    let updated = socket.next_event("message.updated").await;
    assert_eq!(updated["messageId"], sent["id"]);
    assert_eq!(updated["channelId"], sent["channel_id"]);
    // A text that is deleted meanwhile must not come back with it.
    assert!(updated.get("text").is_none(), "{updated}");
    let found = json!(["https://example.com"]);
    assert_eq!(updated["metadata"]["plugins"]["entities"]["links"], found);
    let history = channel.history("").await;
    assert_eq!(history[0]["metadata"], updated["metadata"]);
}

#[tokio::test]
async fn a_client_may_not_write_where_plugins_do() {
    let heyyo = Heyyo::start().await;
    let jane = heyyo.tenant("Acme").await.user("jane").await;
    let channel = jane.create_channel("general").await;
    let forged = json!({ "text": "hi", "metadata": { "plugins": { "word-filter": {} } } });
    let refused = channel.post_message(&jane, forged).await;
    refused.expect_refusal(400, "invalid");
}

#[tokio::test]
async fn a_plugin_counts_in_its_own_tenant_alone() {
    let heyyo = Heyyo::start().await;
    let mut channels = vec![];
    for name in ["One", "Two"] {
        let tenant = heyyo.tenant(name).await;
        tenant.plugin("flood", json!({ "messages": 3 })).await;
        let jane = tenant.user("jane").await;
        channels.push(jane.create_channel("general").await);
    }
    let [one, two] = &channels[..] else {
        unreachable!("two were made")
    };
    for number in 0..3 {
        one.send(&format!("hello {number}")).await;
    }
    let refused = one.post_message(&one.owner, json!({ "text": "one more" }));
    refused.await.expect_refusal(422, "rejected");
    two.send("hello").await;
}

#[tokio::test]
async fn a_plugin_of_some_channel_types_is_asked_in_those_alone() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let open = jane.create_channel("open").await;
    let support = jane
        .create_channel_with(json!({ "name": "support", "type": "support" }))
        .await;
    tenant
        .plugin("word-filter", json!({ "words": ["bad"] }))
        .await;
    tenant
        .change_plugin("word-filter", json!({ "channel_types": ["support"] }))
        .await;
    open.send("bad").await;
    let refused = support.post_message(&jane, json!({ "text": "bad" }));
    refused.await.expect_refusal(422, "rejected");
}

#[tokio::test]
async fn a_dry_run_tells_all_and_keeps_nothing() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    tenant.plugin("flood", json!({ "messages": 1 })).await;
    let event = json!({ "hook": "before-message", "message": { "text": "hi" } });
    for _ in 0..3 {
        let tried = tenant
            .call("POST", "/api/plugins/flood/test")
            .json(&json!({ "event": event }))
            .await
            .expect(200);
        assert_eq!(tried["verdict"], "allow", "{tried}");
        assert!(tried["memory_bytes"].as_u64() > Some(65_535));
    }
    let shown = tenant.call("GET", "/api/plugins/flood").await.expect(200);
    assert_eq!(shown["state"], json!({ "keys": 0, "bytes": 0 }));
    assert_eq!(shown["stats"]["calls"], 0);
    let wrong = tenant
        .call("POST", "/api/plugins/flood/test")
        .json(&json!({ "event": { "hook": "after-reaction", "reaction": { "kind": "x" } } }));
    wrong.await.expect_refusal(400, "invalid");
}

#[tokio::test]
async fn a_shadow_is_compared_and_never_applied_until_it_is_promoted() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    let settings =
        json!({ "name": "word-filter", "mode": "shadow", "config": { "words": ["bad"] } });
    let wasm = crate::support::uploads::bundled("word-filter");
    let upload = tenant.upload_to("/api/plugins", Some(&settings), Some(&wasm));
    let plugin = upload.await.expect(201);
    assert_eq!(
        (&plugin["version"], &plugin["shadow_version"]),
        (&json!(null), &json!(1))
    );

    channel.send("good").await;
    channel.send("bad").await;
    let report = eventually("both were compared", async || {
        let report = tenant.call("GET", "/api/plugins/word-filter/shadow");
        let report = report.await.expect(200);
        (report["agreed"] == 1 && report["differed"] == 1).then_some(report)
    })
    .await;
    let difference = &report["differences"][0];
    assert_eq!(difference["said"], "bad");
    assert_eq!(difference["live"], "allow");
    assert_eq!(difference["shadow"]["reject"]["code"], "banned-word");

    let promote = tenant.call("POST", "/api/plugins/word-filter/promote");
    promote.await.expect(200);
    let refused = channel.post_message(&jane, json!({ "text": "bad" }));
    refused.await.expect_refusal(422, "rejected");
    let nothing = tenant.call("POST", "/api/plugins/word-filter/promote");
    nothing.await.expect_refusal(409, "conflict");
}

#[tokio::test]
async fn a_message_that_is_stored_is_answered_again_whatever_plugins_think_by_now() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    let socket = jane.socket().await;
    tenant
        .plugin("word-filter", json!({ "words": ["rude"] }))
        .await;
    let message = json!({ "text": "odd", "client_id": "one" });
    let sent = channel.post_message(&jane, message.clone()).await;
    let sent = sent.expect(201);

    tenant
        .change_plugin("word-filter", json!({ "config": { "words": ["odd"] } }))
        .await;
    let new = json!({ "text": "odd", "client_id": "two" });
    let new = channel.post_message(&jane, new).await;
    new.expect_refusal(422, "rejected");
    let again = channel.post_message(&jane, message).await.expect(200);
    assert_eq!(again["id"], sent["id"]);
    let again = json!({ "channelId": channel.id, "text": "odd", "clientId": "one" });
    let ack = socket.emit_with_ack("message.send", again).await;
    assert_eq!(ack["message"]["id"], sent["id"], "{ack}");
}

#[tokio::test]
async fn many_messages_at_once_each_get_what_every_plugin_adds_to_them() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant.plugin("entities", json!({})).await;
    let wasm = bundled("entities");
    let named = json!({ "name": "again" });
    let uploaded = tenant.upload_to("/api/plugins", Some(&named), Some(&wasm));
    uploaded.await.expect(201);
    let socket = jane.socket().await;
    let acks: Vec<_> = (0..60)
        .map(|number| {
            let text = format!("see https://example.com/{number}");
            let message =
                json!({ "channelId": channel.id, "text": text, "metadata": { "mine": number } });
            socket.emit_for_ack("message.send", message)
        })
        .collect();
    for ack in acks {
        assert!(socket.ack(ack).await["message"].is_object());
    }
    let has_all = |message: &serde_json::Value| {
        let added = &message["metadata"]["plugins"];
        added["entities"]["links"].is_array() && added["again"]["links"].is_array()
    };
    let history = eventually("all additions", async || {
        let history = channel.history("?limit=100").await;
        shape::items(&history)
            .iter()
            .all(has_all)
            .then_some(history)
    })
    .await;
    for (number, message) in shape::items(&history).iter().enumerate() {
        let link = json!([format!("https://example.com/{number}")]);
        assert_eq!(message["metadata"]["plugins"]["entities"]["links"], link);
        assert_eq!(message["metadata"]["plugins"]["again"]["links"], link);
        assert_eq!(message["metadata"]["mine"], number);
    }
}
