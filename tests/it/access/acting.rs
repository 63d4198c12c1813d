//! A tenant's backend in a channel: in the name of one of its users, and in its own.

use super::expect_done;
use crate::support::{
    Heyyo, Tenant, User,
    shape::{items, text, texts},
};
use serde_json::json;
use uuid::Uuid;

struct Stage {
    heyyo: Heyyo,
    acme: Tenant,
    alice: User,
    bob: User,
}

async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    Stage {
        heyyo,
        acme,
        alice,
        bob,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_does_in_a_users_name_what_the_user_could() {
    let stage = stage().await;
    let acme = &stage.acme;
    let make = json!({ "name": "made for her", "members": ["bob"] });
    let made = acme.call_as("alice", "POST", "/api/channels").json(&make);
    let made = made.await.expect(201);
    assert_eq!(made["created_by"], stage.alice.id);
    let messages = format!("/api/channels/{}/messages", text(&made, "id"));
    let listening = stage.bob.socket().await;

    // By either id, and by one that is no plain text.
    acme.user("ж/ %").await;
    let join = format!("/api/channels/{}/join", text(&made, "id"));
    acme.call_as("%D0%B6%2F%20%25", "POST", &join)
        .await
        .expect(200);
    for (name, external_id) in [
        ("alice", "alice"),
        (stage.alice.id.as_str(), "alice"),
        ("%D0%B6%2F%20%25", "ж/ %"),
    ] {
        let say = json!({ "text": "hello", "user_id": "bob" });
        let sent = acme.call_as(name, "POST", &messages).json(&say);
        let sent = sent.await.expect(201);
        assert_eq!(sent["user"]["external_id"], external_id);
        assert_eq!(listening.next_event("message.new").await, sent);
    }
    let hers = acme.call_as("alice", "GET", "/api/channels").await;
    assert_eq!(texts(&hers.expect(200), "id"), [text(&made, "id")]);
    // Nor more than the user could.
    let own = stage.bob.create_channel("his").await;
    let say = acme.call_as("alice", "POST", &own.path("/messages"));
    let outside = say.json(&json!({ "text": "a" })).await;
    outside.expect_words(403, "forbidden", "Not a member of this channel");
    let mut last = own.send("his own").await;
    let path = own.message_path(&last, "");
    own.join(&stage.alice).await;
    let foreign = acme.call_as("alice", "DELETE", &path).await;
    foreign.expect_refusal(404, "not_found");
    last = acme.call_as("bob", "DELETE", &path).await.expect(200);
    assert_eq!(last["message"], "Message deleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plugins_are_asked_about_what_a_backend_sends() {
    let stage = stage().await;
    let channel = stage.alice.create_channel("general").await;
    let words = json!({ "words": ["badger"] });
    stage.acme.plugin("word-filter", words).await;
    let say = |text: &str| {
        let call = stage
            .acme
            .call_as("alice", "POST", &channel.path("/messages"));
        call.json(&json!({ "text": text }))
    };
    say("a badger").await.expect_refusal(422, "rejected");
    say("a bird").await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_a_backend_acts_for_must_be_said_and_be_there() {
    let stage = stage().await;
    let acme = &stage.acme;
    let channel = stage.alice.create_channel("general").await;
    let path = channel.path("/messages");
    let say = json!({ "text": "a" });
    let call = |call: crate::support::Call| call.json(&say);
    let unsaid = call(acme.call("POST", &path)).await;
    unsaid.expect_refusal(400, "invalid");
    for word in [
        "nobody",
        "",
        "%00",
        "deleted:x",
        &Uuid::now_v7().to_string(),
    ] {
        let reply = call(acme.call_as(word, "POST", &path)).await;
        reply.expect_words(404, "not_found", "User not found");
    }
    for word in [&b"%ff"[..], b"\xff\xfe"] {
        let reply = acme.call("POST", &path).header("x-acting-user", word);
        call(reply).await.expect_refusal(400, "invalid");
    }
    // With a token, nobody acts for another: the header is not looked at.
    let hers = stage.alice.post(&path, &say).header("x-acting-user", "bob");
    assert_eq!(hers.await.expect(201)["user_id"], stage.alice.id);
    let key_alone = stage.heyyo.http().call("POST", &path);
    let key_alone = call(key_alone.header("x-api-key", &acme.api_key));
    let key_alone = key_alone.header("x-acting-user", "alice").await;
    key_alone.expect_words(401, "unauthenticated", "Authentication required");
    let wrong = acme.with_secret("cbs_wrong");
    let wrong = call(wrong.call_as("alice", "POST", &path)).await;
    wrong.expect_words(401, "unauthenticated", "Invalid credentials");
    assert_eq!(items(&channel.history("").await).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_looks_into_any_channel_and_says_who_is_in_it() {
    let stage = stage().await;
    let acme = &stage.acme;
    let body = json!({ "name": "closed", "type": "private" });
    let channel = stage.alice.create_channel_with(body).await;
    channel.send("hello").await;
    let details = acme.call("GET", &channel.path("")).await.expect(200);
    assert_eq!(details, channel.details().await);
    let history = acme.call("GET", &channel.path("/messages?limit=1")).await;
    assert_eq!(history.expect(200), channel.history("").await);

    let (hers, his) = (stage.alice.socket().await, stage.bob.socket().await);
    let add = acme.call("POST", &channel.path("/members"));
    let added = add.json(&json!({ "user_id": "bob" })).await;
    expect_done(&added, "Member added");
    assert_eq!(
        hers.next_event("member.joined").await["userId"],
        stage.bob.id
    );
    let sent = channel.send("hello, bob").await;
    assert_eq!(his.next_event("message.new").await, sent);
    // The owner too: a backend may leave a channel to whoever is next.
    let removed = acme.call("DELETE", &channel.path("/members/alice")).await;
    expect_done(&removed, "Member removed");
    let left = his.next_event("member.left").await;
    assert_eq!(left["newOwnerId"], stage.bob.id);
    stage
        .alice
        .get(&channel.path("/messages"))
        .await
        .expect_refusal(403, "forbidden");
    for word in ["alice", "nobody"] {
        let path = channel.path(&format!("/members/{word}"));
        let reply = acme.call("DELETE", &path).await;
        reply.expect_words(404, "not_found", "Member not found");
    }
    let nobody = acme.call("POST", &channel.path("/members"));
    let nobody = nobody.json(&json!({ "user_id": "nobody" })).await;
    nobody.expect_words(404, "not_found", "User not found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_deletes_anybodys_message() {
    let stage = stage().await;
    let channel = stage.alice.create_channel("general").await;
    let listening = stage.alice.socket().await;
    let (message, other) = (channel.send("bad").await, channel.send("good").await);
    let path = channel.message_path(&message, "");
    let delete = || stage.acme.call("DELETE", &path);
    expect_done(&delete().await, "Message deleted");
    let told = listening.next_event("message.deleted").await;
    assert_eq!(told["messageId"], message["id"]);
    assert_eq!(
        texts(&channel.history("").await, "id"),
        [text(&other, "id")]
    );
    delete()
        .await
        .expect_words(404, "not_found", "Message not found");
    // Through its own channel only.
    let elsewhere = stage.alice.create_channel("elsewhere").await;
    let wrong = elsewhere.message_path(&other, "");
    let wrong = stage.acme.call("DELETE", &wrong).await;
    wrong.expect_words(404, "not_found", "Message not found");
    assert_eq!(items(&channel.history("").await).len(), 1);
}
