//! Messages over REST: sent, listed, deleted.

use crate::support::{
    Heyyo,
    shape::{Kind, expect_fields, items, texts},
};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sent_message_is_told_whole() {
    let heyyo = Heyyo::start().await;
    let jane = heyyo
        .tenant("acme")
        .await
        .sign_in("user-123", json!({ "display_name": "Jane Doe" }))
        .await;
    let channel = jane.create_channel("general").await;
    let message = channel
        .post_message(&jane, json!({ "text": "Hello from REST 👋" }))
        .await
        .expect(201);
    expect_fields(
        &message,
        &[
            ("id", Kind::Id),
            ("channel_id", Kind::Id),
            ("user_id", Kind::Id),
            ("text", Kind::Is("Hello from REST 👋")),
            ("attachments", Kind::List),
            ("metadata", Kind::Object),
            ("parent_id", Kind::Null),
            ("created_at", Kind::Timestamp),
            ("updated_at", Kind::Timestamp),
            ("deleted_at", Kind::Null),
            ("seq", Kind::Whole),
            ("user", Kind::Object),
        ],
    );
    assert_eq!(message["channel_id"], channel.id);
    assert_eq!(message["user_id"], jane.id);
    assert_eq!(message["attachments"], json!([]));
    assert_eq!(message["metadata"], json!({}));
    assert_eq!(message["seq"], 1);
    let fields = [
        ("external_id", Kind::Is("user-123")),
        ("display_name", Kind::Is("Jane Doe")),
        ("avatar_url", Kind::Null),
    ];
    expect_fields(&message["user"], &fields);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_a_message_may_carry_comes_back_as_it_was() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    let parent = channel.send("a question").await;
    let body = json!({
        "text": "an answer\nof \"two\" lines, <b>not</b> \u{1F9D1}\u{200D}\u{1F680} \u{202E}markup",
        "attachments": [{ "type": "image", "url": "https://example.com/a.png", "size": [1, 2.5, null] }],
        "metadata": { "client_ref": "abc", "deep": { "er": [true] } },
        "parent_id": parent["id"],
    });
    let sent = channel.post_message(&alice, body.clone()).await.expect(201);
    let listed = channel.history("").await[1].clone();
    for (name, value) in body.as_object().expect("an object") {
        assert_eq!(sent[name], *value);
        assert_eq!(listed[name], *value);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_needs_text_or_attachments() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    let attachments = json!([{ "type": "image" }]);
    let message = channel
        .post_message(&alice, json!({ "attachments": attachments }))
        .await
        .expect(201);
    assert_eq!(message["attachments"], attachments);
    assert_eq!(message["text"], Value::Null);
    channel
        .post_message(&alice, json!({ "text": null, "attachments": attachments }))
        .await
        .expect(201);
    for nothing in [
        json!({}),
        json!({ "text": "" }),
        json!({ "attachments": [] }),
        json!({ "text": null, "metadata": {} }),
    ] {
        channel
            .post_message(&alice, nothing)
            .await
            .expect_refusal(400, "invalid");
    }
    assert_eq!(items(&channel.history("").await).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_ascending_with_the_sender_flattened() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let jane = acme
        .sign_in("user-123", json!({ "display_name": "Jane Doe" }))
        .await;
    let bob = acme.user("bob").await;
    let channel = jane.create_channel("general").await;
    channel.join(&bob).await;
    let first = channel.send("first").await;
    channel.send_as(&bob, "second").await;
    channel.send("third").await;
    let list = channel.history("").await;
    assert_eq!(texts(&list, "text"), ["first", "second", "third"]);
    expect_fields(
        &list[0],
        &[
            ("id", Kind::Id),
            ("channel_id", Kind::Id),
            ("user_id", Kind::Id),
            ("created_at", Kind::Timestamp),
            ("user_external_id", Kind::Is("user-123")),
            ("user_display_name", Kind::Is("Jane Doe")),
            ("user_avatar_url", Kind::Null),
            ("reactions", Kind::List),
        ],
    );
    for name in ["id", "channel_id", "user_id", "created_at", "seq"] {
        assert_eq!(list[0][name], first[name]);
    }
    assert_eq!(list[0]["reactions"], json!([]));
    assert_eq!(list[1]["user_external_id"], "bob");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_members_read_and_write() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.send("hello").await;
    let refused = [
        bob.get(&channel.path("/messages")).await,
        channel
            .post_message(&bob, json!({ "text": "let me in" }))
            .await,
    ];
    for reply in refused {
        reply.expect_words(403, "forbidden", "Not a member of this channel");
    }
    channel.join(&bob).await;
    bob.get(&channel.path("/messages")).await.expect(200);
    assert_eq!(texts(&channel.history("").await, "text"), ["hello"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_sender_deletes_and_only_once() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    let message = channel.send_as(&bob, "mine").await;
    let path = channel.message_path(&message, "");
    let gone = "Message not found or unauthorized";
    alice
        .delete(&path)
        .await
        .expect_words(404, "not_found", gone);
    let elsewhere = bob.create_channel("elsewhere").await;
    bob.delete(&elsewhere.message_path(&message, ""))
        .await
        .expect_words(404, "not_found", gone);
    let nowhere = channel.path(&format!("/messages/{}", Uuid::now_v7()));
    bob.delete(&nowhere)
        .await
        .expect_words(404, "not_found", gone);
    assert_eq!(
        texts(&channel.history("").await, "text"),
        ["mine"],
        "a refused deletion deleted"
    );

    assert_eq!(
        bob.delete(&path).await.expect(200),
        json!({ "message": "Message deleted" })
    );
    bob.delete(&path).await.expect_words(404, "not_found", gone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_text_never_appears_again() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    let body = json!({ "text": "the combination is 1234", "metadata": { "hint": "1234" }, "client_id": "once" });
    let message = channel.post_message(&alice, body.clone()).await.expect(201);
    channel
        .post_message(&bob, json!({ "text": "noted", "parent_id": message["id"] }))
        .await
        .expect(201);
    let readers = [
        "/messages",
        "/messages?after_seq=0",
        "/messages?before_seq=100",
        "",
    ];
    assert!(
        alice
            .get(&channel.path("/messages"))
            .await
            .text()
            .contains("1234")
    );

    alice
        .delete(&channel.message_path(&message, ""))
        .await
        .expect(200);
    for reader in [&alice, &bob] {
        for path in readers {
            let told = reader.get(&channel.path(path)).await;
            assert_eq!(told.status, 200);
            assert!(
                !told.text().contains("1234"),
                "{path} still tells {}",
                told.text()
            );
        }
    }
    let socket = bob.socket().await;
    // The sender's own retry is answered, but brings nothing back.
    channel.post_message(&alice, body).await;
    let reaction = json!({ "type": ":heart:" });
    bob.post(&channel.message_path(&message, "/reactions"), &reaction)
        .await
        .expect_refusal(404, "not_found");
    socket.expect_nothing(&channel).await;
    assert!(
        !bob.get(&channel.path("/messages"))
            .await
            .text()
            .contains("1234")
    );
    let rows =
        "SELECT count(*) FROM messages WHERE text LIKE '%1234%' OR metadata::text LIKE '%1234%'";
    let kept: i64 = sqlx::query_scalar(rows)
        .fetch_one(heyyo.database())
        .await
        .expect("a count");
    assert_eq!(kept, 0, "a deleted text is hidden but still there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_never_older_than_the_last_answer() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme
        .sign_in("alice", json!({ "display_name": "Alice" }))
        .await;
    let channel = alice.create_channel("general").await;
    let message = channel.send("first").await;
    let first = async || channel.history("").await[0].clone();
    // Each change comes right after the page was read, and is told by the very next page.
    for round in 0..5 {
        first().await;
        let reaction = json!({ "type": format!("kind {round}") });
        let path = channel.message_path(&message, "/reactions");
        alice.post(&path, &reaction).await.expect(200);
        assert_eq!(items(&first().await["reactions"]).len(), round + 1);

        let name = format!("Alice {round}");
        acme.sign_in("alice", json!({ "display_name": name })).await;
        assert_eq!(first().await["user_display_name"], name);

        let sent = channel.send("another").await;
        assert_eq!(channel.history("").await[1]["id"], sent["id"]);
        alice
            .delete(&channel.message_path(&sent, ""))
            .await
            .expect(200);
        assert_eq!(items(&channel.history("").await).len(), 1);
    }
}
