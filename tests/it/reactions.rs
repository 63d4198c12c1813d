//! Reactions, through both doors: added once for each user and kind, told to the channel.

use crate::support::{
    Channel, Heyyo, User,
    shape::{Kind, expect_fields, items, text},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Two members of a channel, and a message.
struct Stage {
    _heyyo: Heyyo,
    alice: User,
    bob: User,
    stranger: User,
    channel: Channel,
    message: Value,
}

async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    Stage {
        stranger: acme.user("stranger").await,
        message: channel.send("hello").await,
        _heyyo: heyyo,
        alice,
        bob,
        channel,
    }
}

/// Who reacted how to the channel's only message, in a fixed order.
async fn reactions(channel: &Channel) -> Vec<(String, String)> {
    let list = channel.history("?limit=1&before_seq=2").await;
    let mut reactions: Vec<_> = items(&list[0]["reactions"])
        .iter()
        .map(|reaction| {
            expect_fields(
                reaction,
                &[
                    ("type", Kind::Text),
                    ("user_id", Kind::Id),
                    ("count", Kind::Whole),
                ],
            );
            assert_eq!(reaction["count"], 1);
            (
                text(reaction, "type").to_owned(),
                text(reaction, "user_id").to_owned(),
            )
        })
        .collect();
    reactions.sort();
    reactions
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_is_listed_by_kind_and_user() {
    let Stage {
        _heyyo,
        alice,
        bob,
        channel,
        message,
        ..
    } = stage().await;
    let path = channel.message_path(&message, "/reactions");
    for (user, kind) in [(&alice, ":heart:"), (&bob, ":heart:"), (&bob, "👍")] {
        let added = user.post(&path, &json!({ "type": kind })).await.expect(200);
        assert_eq!(added, json!({ "message": "Reaction added" }));
    }
    let mut expected = vec![
        (":heart:".to_owned(), alice.id.clone()),
        (":heart:".to_owned(), bob.id.clone()),
        ("👍".to_owned(), bob.id.clone()),
    ];
    expected.sort();
    assert_eq!(reactions(&channel).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_reaction_again_is_ignored_through_either_door() {
    let Stage {
        _heyyo,
        alice,
        bob,
        channel,
        message,
        ..
    } = stage().await;
    let path = channel.message_path(&message, "/reactions");
    let (socket, listener) = (bob.socket().await, alice.socket().await);
    let payload = json!({ "messageId": message["id"], "type": ":heart:" });
    for _ in 0..2 {
        bob.post(&path, &json!({ "type": ":heart:" }))
            .await
            .expect(200);
        assert_eq!(
            socket.emit_with_ack("reaction.add", payload.clone()).await,
            json!({ "success": true })
        );
    }
    assert_eq!(reactions(&channel).await.len(), 1);
    listener.next_event("reaction.new").await;
    listener
        .expect_nothing_but(&["presence.changed"], &channel)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_is_told_to_the_whole_channel_from_either_door() {
    let Stage {
        _heyyo,
        alice,
        bob,
        stranger,
        channel,
        message,
    } = stage().await;
    let own = stranger.create_channel("own").await;
    let (reacting, listening, outside) = (
        bob.socket().await,
        alice.socket().await,
        stranger.socket().await,
    );
    for (kind, over_rest) in [(":heart:", true), (":eyes:", false)] {
        if over_rest {
            let path = channel.message_path(&message, "/reactions");
            bob.post(&path, &json!({ "type": kind })).await.expect(200);
        } else {
            let payload = json!({ "messageId": message["id"], "type": kind });
            let ack = reacting.emit_with_ack("reaction.add", payload).await;
            assert_eq!(ack, json!({ "success": true }));
        }
        for socket in [&reacting, &listening] {
            let event = socket.next_event("reaction.new").await;
            assert_eq!(event["channelId"], channel.id);
            assert_eq!(event["messageId"], message["id"]);
            assert_eq!(event["userId"], bob.id);
            assert_eq!(event["externalId"], "bob");
            assert_eq!(event["type"], kind);
        }
    }
    outside.expect_nothing(&own).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_members_react_and_only_to_what_is_there() {
    let Stage {
        _heyyo,
        alice,
        stranger,
        channel,
        message,
        ..
    } = stage().await;
    let (listener, outside) = (alice.socket().await, stranger.socket().await);
    let reaction = json!({ "type": ":heart:" });
    let refused = stranger
        .post(&channel.message_path(&message, "/reactions"), &reaction)
        .await;
    assert!([403, 404].contains(&refused.status), "{}", refused.text());
    let payload = json!({ "messageId": message["id"], "type": ":heart:" });
    let ack = outside.emit_with_ack("reaction.add", payload).await;
    assert!(
        ["forbidden", "not_found"].contains(&text(&ack, "code")),
        "{ack}"
    );

    let nothing = Uuid::now_v7();
    let path = channel.path(&format!("/messages/{nothing}/reactions"));
    alice
        .post(&path, &reaction)
        .await
        .expect_refusal(404, "not_found");
    let payload = json!({ "messageId": nothing, "type": ":heart:" });
    assert_eq!(
        listener.emit_with_ack("reaction.add", payload).await["code"],
        "not_found"
    );
    let elsewhere = alice.create_channel("elsewhere").await;
    let path = elsewhere.message_path(&message, "/reactions");
    alice
        .post(&path, &reaction)
        .await
        .expect_refusal(404, "not_found");

    assert_eq!(reactions(&channel).await, []);
    listener.expect_nothing(&channel).await;
}

/// What a page says of the channel's newest message: who is named, and how many there are of each kind.
async fn counted(channel: &Channel) -> (Vec<Value>, Vec<(String, u64)>) {
    let list = channel.history("?limit=1").await;
    let counts = items(&list[0]["reaction_counts"]).iter().map(|one| {
        let count = one["count"].as_u64().expect("a count");
        (text(one, "type").to_owned(), count)
    });
    (items(&list[0]["reactions"]).to_vec(), counts.collect())
}

/// A page stays as small as it is, however many react.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_crowd_a_hundred_are_named_and_all_are_counted() {
    let stage = stage().await;
    let first = json!({ "type": ":first:" });
    let path = stage.channel.message_path(&stage.message, "/reactions");
    stage.bob.post(&path, &first).await.expect(200);
    let crowd = "INSERT INTO reactions (app_id, message_id, user_id, type)
        SELECT app_id, id, gen_random_uuid(), CASE WHEN one % 4 = 0 THEN ':heart:' ELSE ':cat:' END
        FROM messages, generate_series(1, 800) AS one WHERE id = $1";
    let message = Uuid::parse_str(text(&stage.message, "id")).expect("an id");
    let crowd = sqlx::query(crowd).bind(message);
    crowd
        .execute(stage._heyyo.database())
        .await
        .expect("a crowd");
    let (named, counts) = counted(&stage.channel).await;
    assert_eq!(named.len(), 100);
    assert_eq!(named[0]["user_id"], stage.bob.id, "the first to react");
    assert!(named.iter().all(|one| one["count"] == 1));
    let count = |kind: &str, count: u64| (kind.to_owned(), count);
    assert_eq!(
        counts,
        [
            count(":first:", 1),
            count(":cat:", 600),
            count(":heart:", 200)
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_takes_so_many_reactions_and_fifty_kinds_of_them() {
    let heyyo = Heyyo::start_with(|config| config.live.limits.reactions = 52).await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    let message = channel.send("hello").await;
    let path = channel.message_path(&message, "/reactions");
    let mut users = vec![];
    for user in ["one", "two", "three"] {
        let user = acme.user(user).await;
        channel.join(&user).await;
        users.push(user);
    }
    let react = async |user: &User, kind: usize| {
        let kind = json!({ "type": format!("kind {kind}") });
        user.post(&path, &kind).await
    };
    for kind in 0..50 {
        react(&users[kind / 20], kind).await.expect(200);
    }
    let words = "Too many reactions to this message, or too many kinds of them";
    let another_kind = react(&alice, 50).await;
    another_kind.expect_words(409, "conflict", words);
    for kind in 48..50 {
        react(&alice, kind).await.expect(200);
    }
    let one_more = react(&alice, 47).await;
    one_more.expect_words(409, "conflict", words);
    // What is there is there.
    react(&alice, 48).await.expect(200);
    let (_, counts) = counted(&channel).await;
    assert_eq!(counts.len(), 50);
    assert_eq!(counts[48], ("kind 48".to_owned(), 2));
}
