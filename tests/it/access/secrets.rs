//! Secrets are changed without a gap: the new one is good at once, the old one until it is ended.

use super::expect_done;
use crate::support::{
    Heyyo, Reply, Tenant, eventually,
    shape::{Kind, expect_fields, items, text, texts},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A new secret, asked for by the tenant itself.
async fn another(tenant: &Tenant, body: Value) -> (String, Tenant) {
    let call = tenant.call("POST", "/api/secrets").json(&body);
    let made = call.await.expect(201);
    let secret = tenant.with_secret(text(&made, "api_secret"));
    (text(&made, "id").to_owned(), secret)
}

async fn list(tenant: &Tenant) -> Value {
    tenant.call("GET", "/api/secrets").await.expect(200)
}

fn expect_wrong(reply: &Reply) {
    reply.expect_words(401, "unauthenticated", "Invalid credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_changed_without_a_gap() {
    let heyyo = Heyyo::start().await;
    let old = heyyo.tenant("acme").await;
    let first = list(&old).await;
    let made = old.call("POST", "/api/secrets").await;
    let fields = [
        ("id", Kind::Id),
        ("api_key", Kind::Text),
        ("api_secret", Kind::Text),
        ("created_at", Kind::Timestamp),
        (
            "message",
            Kind::Is("Store your API secret securely. It will not be shown again."),
        ),
    ];
    expect_fields(&made.expect(201), &fields);
    assert_eq!(made.json()["api_key"], old.api_key.as_str());
    let new = old.with_secret(text(&made.json(), "api_secret"));
    assert_ne!(new.api_secret, old.api_secret);
    assert!(new.api_secret.starts_with("cbs_"));

    for tenant in [&old, &new] {
        tenant.user("alice").await;
        let listed = tenant.call("GET", "/api/secrets").await;
        assert_eq!(items(&listed.expect(200)).len(), 2);
        assert!(!listed.text().contains("cbs_"), "{}", listed.text());
    }
    let path = format!("/api/secrets/{}", text(&first[0], "id"));
    expect_done(&new.call("DELETE", &path).await, "Secret deleted");
    expect_wrong(&old.call("GET", "/api/secrets").await);
    expect_wrong(&old.ask_for_token("alice", json!({})).await);
    new.user("alice").await;
    assert_eq!(texts(&list(&new).await, "id"), [text(&made.json(), "id")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_secret_ends_with_its_overlap() {
    let heyyo = Heyyo::start().await;
    let old = heyyo.tenant("acme").await;
    let (_, new) = another(&old, json!({ "overlap_seconds": 3_600 })).await;
    old.user("alice").await;
    let secrets = list(&new).await;
    assert!(secrets[0]["expires_at"].is_string(), "{secrets}");
    assert!(secrets[1]["expires_at"].is_null(), "{secrets}");
    // An hour later.
    let later = "UPDATE app_secrets SET expires_at = now() WHERE app_id = $1::uuid AND expires_at IS NOT NULL";
    let later = sqlx::query(later).bind(&old.id).execute(heyyo.database());
    assert_eq!(later.await.unwrap().rows_affected(), 1);
    expect_wrong(&old.call("GET", "/api/secrets").await);
    assert_eq!(items(&list(&new).await).len(), 1);

    // At once, for a secret that got out.
    let (_, newest) = another(&new, json!({ "overlap_seconds": 0 })).await;
    eventually("the old one to end", async || {
        let reply = new.call("GET", "/api/secrets").await;
        (reply.status == 401).then_some(())
    })
    .await;
    newest.user("alice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_has_one_secret_at_least_and_two_at_most() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let first = text(&list(&acme).await[0], "id").to_owned();
    let path = |id: &str| format!("/api/secrets/{id}");
    let last = acme.call("DELETE", &path(&first)).await;
    last.expect_refusal(409, "conflict");
    let (second, new) = another(&acme, json!({ "overlap_seconds": 60 })).await;
    let third = acme.call("POST", "/api/secrets").await;
    third.expect_refusal(409, "conflict");
    // The only one that does not end.
    let last = acme.call("DELETE", &path(&second)).await;
    last.expect_refusal(409, "conflict");
    let nobodys = [
        Uuid::now_v7().to_string(),
        text(&list(&globex).await[0], "id").to_owned(),
    ];
    for id in nobodys {
        let reply = new.call("DELETE", &path(&id)).await;
        reply.expect_words(404, "not_found", "Secret not found");
    }
    assert_eq!(items(&list(&new).await).len(), 2);
    new.call("DELETE", &path(&first)).await.expect(200);
    another(&new, json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_helps_a_tenant_who_lost_a_secret() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let first = text(&list(&acme).await[0], "id").to_owned();
    let made = heyyo.operator("POST", &acme.path("/secrets")).await;
    let new = acme.with_secret(text(&made.expect(201), "api_secret"));
    let path = acme.path(&format!("/secrets/{first}"));
    expect_done(&heyyo.operator("DELETE", &path).await, "Secret deleted");
    expect_wrong(&acme.call("GET", "/api/secrets").await);
    new.user("alice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overlap_that_is_no_good_makes_no_secret() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    for overlap in [
        json!(-1),
        json!(1.5),
        json!("60"),
        json!(7_776_001),
        json!([]),
    ] {
        let body = json!({ "overlap_seconds": overlap });
        for call in [
            acme.call("POST", "/api/secrets"),
            heyyo.operator("POST", &acme.path("/secrets")),
        ] {
            call.json(&body).await.expect_refusal(400, "invalid");
        }
    }
    assert_eq!(items(&list(&acme).await).len(), 1);
}
