//! Messages kept aside: nobody sees them until the tenant's backend decides.

use crate::support::{people::Tenant, server::Heyyo, shape};
use serde_json::{Value, json};

async fn held(tenant: &Tenant) -> Vec<Value> {
    let held = tenant.call("GET", "/api/held").await.expect(200);
    shape::items(&held).to_vec()
}

#[tokio::test]
async fn a_held_message_is_nowhere_until_it_is_released() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant
        .plugin("word-filter", json!({ "words": ["odd"], "action": "hold" }))
        .await;
    let socket = jane.socket().await;

    let send = || channel.post_message(&jane, json!({ "text": "odd", "client_id": "one" }));
    let told = send().await.expect(202);
    assert_eq!(
        (&told["held"], &told["code"]),
        (&json!(true), &json!("held"))
    );
    assert_eq!(told["plugin"], "word-filter");
    // Tried again, it is the same.
    assert_eq!(send().await.expect(202)["id"], told["id"]);
    let wanted = json!({ "channelId": channel.id, "text": "odd too" });
    let ack = socket.emit_with_ack("message.send", wanted).await;
    assert_eq!(ack["held"], true);

    let waiting = held(&tenant).await;
    let texts: Vec<_> = waiting.iter().map(|held| held["text"].clone()).collect();
    assert_eq!(texts, ["odd", "odd too"]);
    assert_eq!(channel.history("").await, json!([]));

    let release = format!("/api/held/{}/release", shape::text(&told, "id"));
    let released = tenant.call("POST", &release).await.expect(201);
    assert_eq!(
        (&released["id"], &released["seq"]),
        (&told["id"], &json!(1))
    );
    assert_eq!(socket.next_event("message.new").await["text"], "odd");
    tenant
        .call("POST", &release)
        .await
        .expect_refusal(404, "not_found");

    let drop = format!("/api/held/{}", shape::text(&ack, "id"));
    tenant.call("DELETE", &drop).await.expect(200);
    tenant
        .call("DELETE", &drop)
        .await
        .expect_refusal(404, "not_found");
    assert!(held(&tenant).await.is_empty());
    assert_eq!(shape::texts(&channel.history("").await, "text"), ["odd"]);
    // The client that tries once more is told of the message that is there now, whatever plugins say.
    assert_eq!(send().await.expect(200)["id"], told["id"]);
    let other = json!({ "text": "odd, again", "client_id": "one" });
    let other = channel.post_message(&jane, other).await;
    other.expect_refusal(409, "conflict");
    assert_eq!(held(&tenant).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_message_released_without_a_name_of_its_clients_shows_none() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant
        .plugin("word-filter", json!({ "words": ["odd"], "action": "hold" }))
        .await;
    let told = channel.post_message(&jane, json!({ "text": "odd" })).await;
    let told = told.expect(202);
    let release = format!("/api/held/{}/release", shape::text(&told, "id"));
    let released = tenant.call("POST", &release).await.expect(201);
    assert_eq!(released["client_id"], Value::Null);
    assert_eq!(channel.history("").await[0]["client_id"], Value::Null);
}

#[tokio::test]
async fn another_tenant_sees_and_moves_nothing_that_is_held() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant
        .plugin("word-filter", json!({ "words": ["odd"], "action": "hold" }))
        .await;
    let told = channel.post_message(&jane, json!({ "text": "odd" })).await;
    let told = told.expect(202);
    let other = heyyo.tenant("Other").await;
    assert!(held(&other).await.is_empty());
    let release = format!("/api/held/{}/release", shape::text(&told, "id"));
    other
        .call("POST", &release)
        .await
        .expect_refusal(404, "not_found");
    assert_eq!(held(&tenant).await.len(), 1);
}
