//! The audit tells who did what, to whom and from where, and never a secret.

use crate::support::{
    Heyyo, Tenant,
    people::claims,
    shape::{Kind, expect_fields, items, text, texts},
};
use serde_json::{Value, json};
use uuid::Uuid;

async fn list(heyyo: &Heyyo, query: &str) -> Value {
    let call = heyyo.operator("GET", &format!("/api/audit{query}"));
    call.await.expect(200)
}

/// Does everything that is audited, once each; gives the actions in order.
async fn do_everything(heyyo: &Heyyo, tenant: &Tenant) -> Vec<&'static str> {
    let alice = tenant.user("alice").await;
    let channel = alice.create_channel("general").await;
    let message = channel.send("bad").await;
    let operator = |method: &str, below: &str| heyyo.operator(method, &tenant.path(below));
    let patch = json!({ "name": "Acme", "limits": { "sockets": 7 } });
    operator("PATCH", "").json(&patch).await.expect(200);
    let made = operator("POST", "/secrets").await.expect(201);
    let new = tenant.with_secret(text(&made, "api_secret"));
    let secret = format!("/api/secrets/{}", text(&made, "id"));
    tenant.call("DELETE", &secret).await.expect(200);
    new.call("GET", "/api/users")
        .await
        .expect_refusal(401, "unauthenticated");
    let jti = text(&claims(&alice.token), "jti").to_owned();
    let calls = [
        ("POST", "/api/tokens/revoke", json!({ "jti": jti })),
        ("DELETE", &channel.message_path(&message, ""), json!({})),
        ("POST", "/api/users/alice/revoke", json!({})),
        ("POST", "/api/users/alice/deactivate", json!({})),
        ("POST", "/api/users/alice/reactivate", json!({})),
        ("DELETE", "/api/users/alice", json!({})),
    ];
    for (method, path, body) in calls {
        tenant.call(method, path).json(&body).await.expect(200);
    }
    operator("POST", "/revoke").await.expect(200);
    operator("DELETE", "").await.expect(200);
    vec![
        "app.created",
        "app.changed",
        "secret.created",
        "secret.deleted",
        "token.revoked",
        "message.deleted",
        "user.tokens_revoked",
        "user.deactivated",
        "user.reactivated",
        "user.deleted",
        "app.tokens_revoked",
        "app.deleted",
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_told_of_once_newest_first() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let done = do_everything(&heyyo, &acme).await;
    let audit = heyyo.operator("GET", "/api/audit").await;
    let entries = audit.expect(200);
    let mut actions = texts(&entries, "action");
    actions.reverse();
    assert_eq!(actions, done);
    for entry in items(&entries) {
        let fields = [
            ("id", Kind::Id),
            ("at", Kind::Timestamp),
            ("actor", Kind::Text),
            ("address", Kind::Is("127.0.0.1")),
            ("app_id", Kind::Id),
            ("action", Kind::Text),
            ("details", Kind::Object),
        ];
        expect_fields(entry, &fields);
        assert_eq!(entry["app_id"], acme.id);
        let is_operators = text(entry, "actor") == "admin:a11865cb";
        let by_backend = text(entry, "actor").starts_with("app:");
        let of_app = text(entry, "action").starts_with("app.");
        let of_both = text(entry, "action").starts_with("secret.");
        assert!(is_operators || by_backend, "{entry}");
        assert!(of_both || is_operators == of_app, "{entry}");
    }
    let changed = items(&entries)
        .iter()
        .find(|one| one["action"] == "app.changed");
    let details = json!({ "name": "Acme", "limits": { "sockets": 7 } });
    assert_eq!(changed.unwrap()["details"], details);
    for secret in [&acme.api_secret, "cbs_", heyyo.admin_key()] {
        assert!(!audit.text().contains(secret), "{}", audit.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_is_not_in_the_audit() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let before = list(&heyyo, "").await;
    let refused = [
        heyyo
            .operator("PATCH", &acme.path(""))
            .json(&json!({ "name": "" })),
        heyyo.operator("DELETE", &format!("/api/apps/{}", Uuid::now_v7())),
        acme.call("POST", "/api/users/nobody/deactivate"),
        acme.call("DELETE", "/api/users/nobody"),
        acme.call("DELETE", &format!("/api/secrets/{}", Uuid::now_v7())),
        acme.call("POST", "/api/tokens/revoke").json(&json!({})),
    ];
    for call in refused {
        assert!(call.await.status >= 400);
    }
    assert_eq!(list(&heyyo, "").await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_is_paged_without_a_gap() {
    let heyyo = Heyyo::start().await;
    for number in 0..5 {
        heyyo.tenant(&format!("app {number}")).await;
    }
    let all = list(&heyyo, "?limit=1000").await;
    assert_eq!(items(&all).len(), 5);
    let mut seen: Vec<Value> = vec![];
    let mut query = "?limit=2".to_owned();
    loop {
        let page = list(&heyyo, &query).await;
        let Some(last) = items(&page).last() else {
            break;
        };
        query = format!("?limit=2&before={}", text(last, "id"));
        seen.extend(items(&page).iter().cloned());
    }
    assert_eq!(Value::Array(seen), all);
    for query in ["?limit=0", "?limit=x", "?before=x", "?before=7"] {
        let call = heyyo.operator("GET", &format!("/api/audit{query}"));
        call.await.expect_refusal(400, "invalid");
    }
}
