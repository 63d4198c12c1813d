//! A deleted app is gone at once for everybody, and of its rows nothing is left in the end. Another
//! app keeps all of its own.

use super::{expect_done, expect_in, expect_out};
use crate::support::{Heyyo, Tenant, shape::texts, uploads::bundled};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use std::time::Duration;
use tokio::time::{interval, timeout};
use uuid::Uuid;

/// The longest that rows may take to go: they wait until every node refuses whoever would write more.
const PATIENCE: Duration = Duration::from_secs(60);
/// What outlives an app until its time is over.
const KEPT: [&str; 2] = ["revocations", "audit_entries"];

async fn furnish(tenant: &Tenant) {
    let (alice, bob) = (tenant.user("alice").await, tenant.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    let message = channel.send("hello").await;
    let react = json!({ "type": ":heart:" });
    let path = channel.message_path(&message, "/reactions");
    bob.post(&path, &react).await.expect(200);
    let window = json!({ "messages": 1_000, "window_seconds": 3_600, "repeats": 0 });
    tenant.plugin("flood", window).await;
    channel.send("counted").await;
    let hold = json!({ "words": ["badger"], "action": "hold" });
    let settings = json!({ "name": "holds", "config": hold });
    let wasm = bundled("word-filter");
    let upload = tenant.upload_to("/api/plugins", Some(&settings), Some(&wasm));
    upload.await.expect(201);
    let held = channel.post_message(&bob, json!({ "text": "badger" }));
    held.await.expect(202);
}

/// How many rows an app has, by table.
async fn rows(database: &PgPool, tenant: &Tenant) -> Vec<(String, i64)> {
    let tables = "SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relkind = 'r' AND attname = 'app_id' AND relnamespace = 'public'::regnamespace ORDER BY relname";
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(database)
        .await
        .unwrap();
    let mut rows = vec![];
    for (table, key) in tables
        .into_iter()
        .map(|table| (table, "app_id"))
        .chain([("apps".to_owned(), "id")])
    {
        let count = format!("SELECT count(*) FROM {table} WHERE {key} = $1");
        let count = sqlx::query_scalar(AssertSqlSafe(count));
        let id: Uuid = tenant.id.parse().unwrap();
        rows.push((table, count.bind(id).fetch_one(database).await.unwrap()));
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_deleted_app_nothing_is_left() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    for tenant in [&acme, &globex] {
        furnish(tenant).await;
    }
    let revoke = json!({ "jti": Uuid::now_v7() });
    for tenant in [&acme, &globex] {
        let call = tenant.call("POST", "/api/tokens/revoke");
        call.json(&revoke).await.expect(200);
    }
    let before = rows(heyyo.database(), &acme).await;
    assert!(
        before.iter().all(|(_, count)| *count > 0),
        "furnish {before:?}"
    );
    let others = rows(heyyo.database(), &globex).await;
    let (alice, bob) = (acme.user("alice").await, globex.user("bob").await);
    let (hers, his) = (alice.socket().await, bob.socket().await);

    let deleted = heyyo.operator("DELETE", &acme.path("")).await;
    expect_done(&deleted, "App deleted");
    hers.dismissed().await;
    expect_out(&alice, "Invalid token").await;
    let backend = acme.call("GET", "/api/users").await;
    backend.expect_words(401, "unauthenticated", "Invalid credentials");
    for (method, below) in [("GET", ""), ("DELETE", ""), ("POST", "/secrets")] {
        let gone = heyyo.operator(method, &acme.path(below)).await;
        gone.expect_words(404, "not_found", "App not found");
    }
    let apps = heyyo.operator("GET", "/api/apps").await.expect(200);
    assert_eq!(texts(&apps, "id"), [globex.id.as_str()]);

    let mut glances = interval(Duration::from_millis(200));
    let all_gone = async {
        loop {
            glances.tick().await;
            let left = rows(heyyo.database(), &acme).await;
            let left = left
                .iter()
                .filter(|(table, count)| *count > 0 && !KEPT.contains(&table.as_str()));
            if left.count() == 0 {
                break;
            }
        }
    };
    let ended = timeout(PATIENCE, all_gone).await;
    assert!(
        ended.is_ok(),
        "left: {:?}",
        rows(heyyo.database(), &acme).await
    );
    assert_eq!(rows(heyyo.database(), &globex).await, others);
    assert!(his.is_live());
    expect_in(&bob).await;
}
