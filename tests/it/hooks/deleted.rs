//! What was said in a message that is deleted reaches nobody any more: no plugin that it waited for, no
//! report, no client.

use super::{
    attacker,
    bombs::prints,
    house::{House, few_places, server},
};
use crate::support::{User, eventually, shape::text};
use serde_json::{Value, json};

async fn delete(house: &House, message: &Value) {
    let path = house.channel.message_path(message, "");
    house.user.delete(&path).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_deleted_while_it_waits_for_a_plugin_is_not_shown_to_it() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let settings = json!({ "name": "attacker", "hooks": ["after-message"] });
    house.upload(settings, &attacker()).await.expect(201);
    let say = async |said: &str| house.say(said).await.expect(201);
    // What comes after it waits.
    say("after !spin 3000").await;
    let secret = say("after !log a secret").await;
    delete(&house, &secret).await;
    assert_eq!(house.log("attacker").await, [""; 0], "it spins");
    say("after !log no secret").await;
    eventually("the plugin is told of the last", async || {
        let log = house.log("attacker").await;
        (!log.is_empty()).then(|| assert_eq!(log, ["no secret"]))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shadows_report_shows_no_message_that_is_deleted() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let settings = json!({ "name": "attacker", "hooks": ["before-message"] });
    house.upload(settings, &attacker()).await.expect(201);
    let path = "/api/plugins/attacker/versions";
    let shadow = json!({ "mode": "shadow" });
    let allows = prints("\"allow\"");
    let upload = house.tenant.upload_to(path, Some(&shadow), Some(&allows));
    upload.await.expect(201);
    let secret = house.say("!amend a secret").await.expect(201);
    house.say("!amend no secret").await.expect(201);
    let report = async || {
        let call = house.tenant.call("GET", "/api/plugins/attacker/shadow");
        call.await.expect(200)
    };
    eventually("both are compared", async || {
        (report().await["differed"] == 2).then_some(())
    })
    .await;

    delete(&house, &secret).await;
    let report = report().await;
    assert_eq!(report["differed"], 2);
    assert!(!report.to_string().contains("a secret"), "{report}");
    let differences = report["differences"].as_array().expect("a list");
    assert_eq!(differences.len(), 1, "{report}");
    assert_eq!(differences[0]["said"], "!amend no secret");
}

/// What a plugin adds may say what the message said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_added_to_a_message_in_the_eyes_of_those_who_know_that_it_is_deleted() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let there = house.user.clone();
    nothing_is_added(&house, &there).await;
}

/// The plugin runs at one node, and the message is deleted at another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_is_it_at_another_node() {
    let heyyo = server().await;
    let house = House::at(&heyyo, "acme").await;
    let other = heyyo.beside_with(few_places).await;
    let there = house.user.at(&other);
    nothing_is_added(&house, &there).await;
}

/// Sends here, deletes and listens there.
async fn nothing_is_added(house: &House, there: &User) {
    let settings = json!({ "name": "attacker", "hooks": ["after-message"] });
    house.upload(settings, &attacker()).await.expect(201);
    let socket = there.socket().await;
    for _ in 0..100 {
        let message = house.say("after !count").await.expect(201);
        let path = house.channel.message_path(&message, "");
        there.delete(&path).await.expect(200);
    }
    let kept = house.say("after !count").await.expect(201);
    let is_kept = |payload: &Value| payload["messageId"] == kept["id"];
    let update = socket.next_event_where("message.updated", is_kept);
    update.await;
    let mut deleted: Vec<String> = vec![];
    for event in socket.events_so_far() {
        let id = || text(&event.payload, "messageId").to_owned();
        match event.name.as_str() {
            "message.deleted" => deleted.push(id()),
            "message.updated" => assert!(!deleted.contains(&id()), "{event:?}"),
            _ => {}
        }
    }
    assert_eq!(deleted.len(), 100);
}
