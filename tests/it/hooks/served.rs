//! What clients and tenants of a server see of a plugin that fails: what its tenant chose becomes of the
//! message, and the words say whose fault it was.

use super::{
    bombs::{prints, program},
    house::{House, server},
};
use crate::support::{eventually, shape::texts};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_fails_does_to_a_message_what_its_tenant_chose() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let settings = json!({ "name": "broken", "on_error": "reject" });
    house
        .upload(settings, &program(1, "unreachable"))
        .await
        .expect(201);
    let socket = house.user.socket().await;
    let send = |said: &str| {
        let payload = json!({ "channelId": house.channel.id, "text": said });
        socket.emit_with_ack("message.send", payload)
    };
    let expect_rejected = |refusal: &Value| {
        assert_eq!(refusal["code"], "rejected", "{refusal}");
        assert_eq!(refusal["reason_code"], "plugin_failed", "{refusal}");
        assert_eq!(refusal["plugin"], "broken", "{refusal}");
    };

    let rejected = house.say("one").await;
    rejected.expect_words(
        422,
        "rejected",
        "broken could not check this; try again later",
    );
    expect_rejected(&rejected.json());
    expect_rejected(&send("two").await);

    house.change("broken", json!({ "on_error": "pass" })).await;
    house.say("three").await.expect(201);
    let ack = send("four").await;
    assert_eq!(ack["message"]["text"], "four", "{ack}");

    house.change("broken", json!({ "on_error": "hold" })).await;
    let held = house.say("five").await.expect(202);
    assert_eq!(held["held"], true, "{held}");
    assert_eq!(held["reason_code"], "plugin_failed", "{held}");
    let ack = send("six").await;
    assert_eq!(ack["held"], true, "{ack}");

    let history = house.channel.history("").await;
    let said = texts(&history, "text");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said.iter().any(|said| said == "three") && said.iter().any(|said| said == "four"),
        "{said:?}"
    );
    let log = house.log("broken").await;
    assert!(
        log.iter()
            .any(|line| line.contains("crashed: wasm trap: wasm `unreachable`")),
        "{log:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_plugin_lets_nothing_through_and_a_new_version_begins_anew() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let settings = json!({ "name": "broken" });
    house
        .upload(settings, &program(1, "unreachable"))
        .await
        .expect(201);
    for _ in 0..6 {
        house.say("hello").await.expect_refusal(422, "rejected");
    }
    let plugin = house.plugin("broken").await;
    let stats = &plugin["stats"];
    assert_eq!(stats["breaker"], "open", "{plugin}");
    assert_eq!(
        stats["faults"]["crash"], 5,
        "the sixth was not asked: {plugin}"
    );
    house
        .add_version("broken", &prints("\"allow\""))
        .await
        .expect(201);
    house.say("hello").await.expect(201);
    assert_eq!(house.plugin("broken").await["stats"]["breaker"], "closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_vanishes_while_its_message_is_judged_leaves_nothing() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let settings = json!({ "name": "spinning", "before_ms": 500 });
    house
        .upload(settings, &program(1, "(loop (br 0))"))
        .await
        .expect(201);
    let socket = house.user.socket().await;
    let payload = json!({ "channelId": house.channel.id, "text": "gone" });
    socket.emit("message.send", payload);
    socket.leave().await;
    house
        .say("still here")
        .await
        .expect_refusal(422, "rejected");
    eventually("both were judged", async || {
        let stats = house.plugin("spinning").await["stats"].clone();
        (stats["calls"] == 2 && stats["faults"]["deadline"] == 2).then_some(())
    })
    .await;
    house.change("spinning", json!({ "enabled": false })).await;
    house.say("fine").await.expect(201);
    let history = house.channel.history("").await;
    assert_eq!(texts(&history, "text"), ["fine"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_at_its_upload_leaves_no_plugin() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let shape = super::bombs::hook("heyyo:hooks/before-message@0.1.0", "(result u32)", "");
    for (wasm, words) in [
        (b"MZ nothing of ours".to_vec(), "This is not WebAssembly"),
        (
            super::bombs::doubling(30),
            "core instances are more than 80",
        ),
        (shape, "a hook has not the contract's shape"),
    ] {
        let reply = house.upload(json!({ "name": "bad" }), &wasm).await;
        let refusal = reply.expect(400);
        let error = refusal["error"].as_str().unwrap_or_default();
        assert!(error.contains(words), "{refusal}");
    }
    let list = house.tenant.call("GET", "/api/plugins").await.expect(200);
    assert_eq!(list, json!([]));
    house.say("hello").await.expect(201);
}
