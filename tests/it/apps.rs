//! Apps, the tenants: created and listed by an administrator, who sees a secret exactly once.

use crate::support::{
    Heyyo,
    shape::{Kind, expect_fields, items, text},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creating_an_app_answers_its_key_and_its_secret() {
    let heyyo = Heyyo::start().await;
    let call = heyyo
        .http()
        .post("/api/apps", &json!({ "name": "Acme Chat" }));
    let app = call
        .header("x-admin-key", heyyo.admin_key())
        .await
        .expect(201);
    expect_fields(
        &app,
        &[
            ("id", Kind::Id),
            ("name", Kind::Is("Acme Chat")),
            ("api_key", Kind::Text),
            ("api_secret", Kind::Text),
            ("created_at", Kind::Timestamp),
            (
                "message",
                Kind::Is("Store your API secret securely. It will not be shown again."),
            ),
        ],
    );
    assert!(text(&app, "api_key").starts_with("cb_"), "{app}");
    assert!(text(&app, "api_secret").starts_with("cbs_"), "{app}");
    assert!(
        text(&app, "api_secret").len() >= 40,
        "32 random bytes take 40 characters or more"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_apps_of_one_name_are_two_apps() {
    let heyyo = Heyyo::start().await;
    let (one, other) = (heyyo.tenant("acme").await, heyyo.tenant("acme").await);
    assert_ne!(one.id, other.id);
    assert_ne!(one.api_key, other.api_key);
    assert_ne!(one.api_secret, other.api_secret);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_apps_never_shows_a_secret() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let reply = heyyo
        .http()
        .get("/api/apps")
        .header("x-admin-key", heyyo.admin_key())
        .await;
    let apps = reply.expect(200);
    for tenant in [&acme, &globex] {
        let app = items(&apps)
            .iter()
            .find(|app| app["id"] == tenant.id)
            .expect("the app is listed");
        let fields = [
            ("name", Kind::Text),
            ("api_key", Kind::Text),
            ("created_at", Kind::Timestamp),
        ];
        expect_fields(app, &fields);
        assert_eq!(app["api_key"], tenant.api_key);
        assert!(!reply.text().contains(&tenant.api_secret));
    }
    assert!(!reply.text().contains("secret"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_key_is_taken_from_either_header() {
    let heyyo = Heyyo::start().await;
    let list = || heyyo.http().get("/api/apps");
    list()
        .header("x-admin-key", heyyo.admin_key())
        .await
        .expect(200);
    list()
        .header("authorization", format!("Bearer {}", heyyo.admin_key()))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apps_are_closed_to_everyone_without_the_admin_key() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let wrong = format!("{}x", heyyo.admin_key());
    for call in [
        heyyo.http().get("/api/apps"),
        heyyo.http().post("/api/apps", &json!({ "name": "more" })),
    ] {
        call.clone().await.expect_refusal(401, "unauthenticated");
        call.clone()
            .header("x-admin-key", &wrong)
            .await
            .expect_refusal(403, "forbidden");
        call.clone()
            .token(&wrong)
            .await
            .expect_refusal(403, "forbidden");
        call.clone()
            .token(&alice.token)
            .await
            .expect_refusal(403, "forbidden");
        let with_app = call
            .clone()
            .header("x-api-key", &acme.api_key)
            .header("x-api-secret", &acme.api_secret);
        with_app.await.expect_refusal(401, "unauthenticated");
    }
    let apps = heyyo
        .http()
        .get("/api/apps")
        .header("x-admin-key", heyyo.admin_key())
        .await
        .expect(200);
    assert!(
        items(&apps).iter().all(|app| app["name"] != "more"),
        "a refused call created an app"
    );
}
