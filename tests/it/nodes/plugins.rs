//! Plugins: what is changed at one node is asked at all of them.

use crate::support::{Heyyo, Reply, eventually, uploads::bundled};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_plugin_is_live_on_the_other_node() {
    let first = Heyyo::start().await;
    let second = first.beside().await;
    let tenant = first.tenant("acme").await;
    let alice = tenant.user("alice").await.at(&second);
    let channel = alice.create_channel("general").await;
    // The other node knows that there are none.
    channel.send("bad").await;
    let becomes = async |status: u16| {
        eventually("the other node to ask it anew", async || {
            let sent: Reply = channel.post_message(&alice, json!({ "text": "bad" })).await;
            (sent.status == status).then_some(())
        })
        .await;
    };
    let words = json!({ "words": ["bad"] });
    tenant.plugin("word-filter", words).await;
    becomes(422).await;
    let good = json!({ "config": { "words": ["worse"] } });
    tenant.change_plugin("word-filter", good).await;
    becomes(201).await;
    let words = json!({ "config": { "words": ["bad"] } });
    tenant.change_plugin("word-filter", words).await;
    becomes(422).await;

    let path = "/api/plugins/word-filter";
    let shadow = json!({ "mode": "shadow" });
    let versions = format!("{path}/versions");
    let added = tenant.upload_to(&versions, Some(&shadow), Some(&bundled("entities")));
    added.await.expect(201);
    let wrong = channel.post_message(&alice, json!({ "text": "bad" }));
    wrong.await.expect_refusal(422, "rejected");
    for (change, status) in [("promote", 201), ("rollback", 422)] {
        let call = tenant.call("POST", &format!("{path}/{change}"));
        call.await.expect(200);
        becomes(status).await;
    }
    tenant.call("DELETE", path).await.expect(200);
    becomes(201).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_plugin_adds_later_is_heard_on_the_other_node() {
    let first = Heyyo::start().await;
    let second = first.beside().await;
    let tenant = first.tenant("acme").await;
    let alice = tenant.user("alice").await;
    let channel = alice.create_channel("general").await;
    let there = alice.at(&second).socket().await;
    tenant.plugin("entities", json!({})).await;
    let sent = channel.send("see https://example.com/ on Friday").await;
    let fits = |heard: &serde_json::Value| heard["messageId"] == sent["id"];
    let updated = there.next_event_where("message.updated", fits).await;
    assert!(updated["metadata"]["plugins"]["entities"].is_object());
    let shown = channel.at(&second).history("").await;
    assert_eq!(shown[0]["metadata"], updated["metadata"]);
}
