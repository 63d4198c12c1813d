//! Uploading, changing and deleting plugins, and what is refused.

use crate::support::{server::Heyyo, shape, uploads::bundled};
use serde_json::{Value, json};

#[tokio::test]
async fn an_upload_is_live_at_once_and_says_what_it_is() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    channel.send("what a zyzzyva").await;

    let plugin = tenant
        .plugin("word-filter", json!({ "words": ["zyzzyva"] }))
        .await;
    assert_eq!(plugin["name"], "word-filter");
    assert_eq!(plugin["version"], 1);
    assert_eq!(plugin["on_error"], "reject");
    let version = &plugin["versions"][0];
    assert_eq!(version["hooks"], json!(["before-message"]));
    assert_eq!(version["bytes"], bundled("word-filter").len());
    assert_eq!(shape::text(version, "sha256").len(), 64);
    assert!(shape::is_timestamp(shape::text(version, "created_at")));

    let refused = channel
        .post_message(&jane, json!({ "text": "what a zyzzyva" }))
        .await;
    refused.expect_refusal(422, "rejected");
    assert_eq!(refused.json()["plugin"], "word-filter");
    assert_eq!(refused.json()["reason_code"], "banned-word");
    channel.send("nothing bad").await;
    let texts = shape::texts(&channel.history("").await, "text");
    assert_eq!(texts, ["what a zyzzyva", "nothing bad"]);

    let shown = tenant
        .call("GET", "/api/plugins/word-filter")
        .await
        .expect(200);
    assert_eq!(shown["stats"]["calls"], 2);
    assert_eq!(shown["stats"]["breaker"], "closed");
    let listed = tenant.call("GET", "/api/plugins").await.expect(200);
    assert_eq!(shape::texts(&listed, "name"), ["word-filter"]);
}

#[tokio::test]
async fn a_plugin_that_is_deleted_or_disabled_is_not_asked() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant
        .plugin("word-filter", json!({ "words": ["bad"] }))
        .await;
    let bad = || channel.post_message(&jane, json!({ "text": "bad" }));
    bad().await.expect_refusal(422, "rejected");

    tenant
        .change_plugin("word-filter", json!({ "enabled": false }))
        .await;
    bad().await.expect(201);
    tenant
        .change_plugin("word-filter", json!({ "enabled": true }))
        .await;
    bad().await.expect_refusal(422, "rejected");
    let delete = tenant.call("DELETE", "/api/plugins/word-filter");
    delete.await.expect(200);
    bad().await.expect(201);
    let gone = tenant.call("GET", "/api/plugins/word-filter");
    gone.await
        .expect_words(404, "not_found", "Plugin not found");
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_in_the_plugins_own_words_and_changes_nothing() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let settings = json!({ "name": "word-filter", "config": { "wrds": ["bad"] } });
    let wasm = bundled("word-filter");
    let refused = tenant
        .upload_to("/api/plugins", Some(&settings), Some(&wasm))
        .await;
    refused.expect_refusal(400, "invalid");
    assert_eq!(refused.json()["problems"][0]["key"], "wrds");
    assert_eq!(
        tenant.call("GET", "/api/plugins").await.expect(200),
        json!([])
    );

    tenant
        .plugin("word-filter", json!({ "words": ["bad"] }))
        .await;
    let change = tenant.call("PATCH", "/api/plugins/word-filter");
    let refused = change.json(&json!({ "config": { "words": 7 } })).await;
    refused.expect_refusal(400, "invalid");
    assert_eq!(refused.json()["problems"][0]["key"], "words");
    let shown = tenant
        .call("GET", "/api/plugins/word-filter")
        .await
        .expect(200);
    assert_eq!(shown["config"], json!({ "words": ["bad"] }));
}

#[tokio::test]
async fn what_is_wrong_with_an_upload_is_named() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let wasm = bundled("emoji-policy");
    let good = json!({ "name": "one" });
    let upload = |settings: Option<&Value>, wasm: Option<&[u8]>| {
        tenant.upload_to("/api/plugins", settings, wasm)
    };
    let refusals = [
        (upload(None, Some(&wasm)), "settings is required"),
        (upload(Some(&good), None), "wasm is required"),
        (upload(Some(&good), Some(b"")), "wasm is required"),
        (
            upload(Some(&good), Some(b"#!/bin/sh")),
            "This is not WebAssembly",
        ),
        (
            upload(Some(&json!([])), Some(&wasm)),
            "must be a JSON object",
        ),
        (upload(Some(&json!({})), Some(&wasm)), "name"),
        (
            upload(Some(&json!({ "name": "Not This" })), Some(&wasm)),
            "name must begin",
        ),
        (
            upload(
                Some(&json!({ "name": "one", "on_error": "shrug" })),
                Some(&wasm),
            ),
            "shrug",
        ),
        (
            upload(Some(&json!({ "name": "one", "before_ms": 0 })), Some(&wasm)),
            "before_ms",
        ),
        (
            upload(
                Some(&json!({ "name": "one", "after_ms": 99_999 })),
                Some(&wasm),
            ),
            "after_ms",
        ),
        (
            upload(
                Some(&json!({ "name": "one", "hooks": ["before-message"] })),
                Some(&wasm),
            ),
            "hooks",
        ),
    ];
    for (call, words) in refusals {
        let refused = call.await;
        refused.expect_refusal(400, "invalid");
        let error = refused.json()["error"].to_string();
        assert!(error.contains(words), "{error} does not say {words}");
    }
    let json = tenant.call("POST", "/api/plugins").json(&good);
    json.await.expect_refusal(415, "invalid");

    upload(Some(&good), Some(&wasm)).await.expect(201);
    let again = upload(Some(&good), Some(&wasm)).await;
    again.expect_refusal(409, "conflict");
}

#[tokio::test]
async fn a_key_or_a_secret_alone_grants_nothing() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let http = heyyo.http();
    let call = || http.get("/api/plugins");
    call().await.expect_refusal(401, "unauthenticated");
    let key = call().header("x-api-key", &tenant.api_key);
    key.await.expect_refusal(401, "unauthenticated");
    let secret = call().header("x-api-secret", &tenant.api_secret);
    secret.await.expect_refusal(401, "unauthenticated");
    let wrong = call()
        .header("x-api-key", &tenant.api_key)
        .header("x-api-secret", "cbs_guessed");
    wrong.await.expect_refusal(401, "unauthenticated");
    tenant.call("GET", "/api/plugins").await.expect(200);
}

#[tokio::test]
async fn an_app_has_no_more_plugins_than_it_may_have() {
    let heyyo = Heyyo::start_with(|config| config.live.plugins.per_app = 1).await;
    let tenant = heyyo.tenant("Acme").await;
    tenant.plugin("emoji-policy", json!({})).await;
    let settings = json!({ "name": "another" });
    let wasm = bundled("emoji-policy");
    let more = tenant.upload_to("/api/plugins", Some(&settings), Some(&wasm));
    more.await.expect_refusal(409, "conflict");
    let other = heyyo.tenant("Other").await;
    other.plugin("emoji-policy", json!({})).await;
}
