//! Two nodes on one database: whoever is connected to either hears what happens on both.
//!
//! Everything is done at the first node and heard at the second, by people who share a channel there.

mod access;
mod leaving;
mod plugins;
mod tenancy;

use crate::support::{Channel, Heyyo, Socket, User, children, eventually, in_time, shape::items};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, postgres::PgListener};

/// Two nodes, and people at them.
struct Pair {
    alice: User,
    bob: User,
    channel: Channel,
    // Dropped in this order: the database goes with the first node.
    second: Heyyo,
    first: Heyyo,
}

/// Alice owns a channel and is at the first node; Bob is its member and at the second.
async fn pair() -> Pair {
    let first = Heyyo::start().await;
    let second = first.beside().await;
    let acme = first.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    Pair {
        bob: bob.at(&second),
        alice,
        channel,
        second,
        first,
    }
}

impl Pair {
    /// Fails if anything but this was to be delivered to a socket of either node. The second marker
    /// comes after all that was told before the first.
    async fn expect_nothing(&self, socket: &Socket) {
        for _ in 0..2 {
            socket.expect_nothing(&self.channel).await;
        }
    }

    async fn forget_the_past(&self, socket: &Socket) {
        for _ in 0..2 {
            socket.arrived_until_now(&self.channel).await;
        }
    }
}

/// The message of this text, as a socket hears it; markers pass by.
async fn hear(socket: &Socket, message: &Value) -> Value {
    let fits = |heard: &Value| heard["text"] == message["text"];
    socket.next_event_where("message.new", fits).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_heard_on_both_nodes_once_and_alike() {
    let pair = pair().await;
    let (here, there) = (pair.alice.socket().await, pair.bob.socket().await);
    pair.forget_the_past(&there).await;
    pair.forget_the_past(&here).await;
    for round in 0..3 {
        let sent = pair.channel.send(&format!("from the first {round}")).await;
        for socket in [&here, &there] {
            assert_eq!(hear(socket, &sent).await, sent);
        }
        let payload = json!({ "channelId": pair.channel.id, "text": "from the second" });
        let ack = there.emit_with_ack("message.send", payload).await;
        for socket in [&here, &there] {
            assert_eq!(hear(socket, &ack["message"]).await, ack["message"]);
        }
    }
    pair.expect_nothing(&there).await;
    pair.expect_nothing(&here).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_of_a_message_crosses() {
    let pair = pair().await;
    let there = pair.bob.socket().await;
    pair.forget_the_past(&there).await;
    let message = pair.channel.send("hello").await;
    hear(&there, &message).await;
    let listed = async || {
        let page = pair.bob.get(&pair.channel.path("/messages")).await;
        let page = page.expect(200);
        let mut messages = items(&page).iter();
        messages.find(|one| one["id"] == message["id"]).cloned()
    };
    // So that there is a page to forget.
    assert_eq!(listed().await.unwrap()["reactions"], json!([]));

    let path = pair.channel.message_path(&message, "/reactions");
    let body = json!({ "type": ":heart:" });
    pair.alice.post(&path, &body).await.expect(200);
    let reaction = there.next_event("reaction.new").await;
    assert_eq!(reaction["messageId"], message["id"]);
    let reactions = &listed().await.unwrap()["reactions"];
    assert_eq!(reactions[0]["type"], ":heart:");

    let path = pair.channel.message_path(&message, "");
    pair.alice.delete(&path).await.expect(200);
    let deleted = there.next_event("message.deleted").await;
    assert_eq!(
        deleted,
        json!({ "channelId": pair.channel.id, "messageId": message["id"] })
    );
    assert_eq!(listed().await, None);
    pair.expect_nothing(&there).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_crosses_to_others_and_not_to_oneself() {
    let pair = pair().await;
    let (here, there) = (pair.alice.socket().await, pair.bob.socket().await);
    pair.forget_the_past(&here).await;
    let payload = json!({ "channelId": pair.channel.id });
    for event in ["typing.start", "typing.stop"] {
        here.emit_with_ack(event, payload.clone()).await;
        let typing = there.next_event(event).await;
        assert_eq!(typing["externalId"], "alice");
    }
    pair.expect_nothing(&here).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_added_to_a_channel_hears_of_it_on_another_node() {
    let pair = pair().await;
    let there = pair.bob.socket().await;
    pair.forget_the_past(&there).await;
    // Made with him in it.
    let body = json!({ "name": "made", "members": ["bob"] });
    let made = pair.alice.create_channel_with(body).await;
    // Added to one that has messages.
    let added = pair.alice.create_channel("added").await;
    added.send("before him").await;
    let body = json!({ "user_id": "bob" });
    let path = added.path("/members");
    pair.alice.post(&path, &body).await.expect(200);
    let joined = there.next_event("member.joined").await;
    assert_eq!(joined["channelId"], added.id);
    for channel in [&made, &added] {
        let sent = channel.send("after him").await;
        assert_eq!(there.next_event("message.new").await, sent);
    }
    // And he is let in there at once.
    let path = added.path("/messages");
    let listed = pair.bob.get(&path).await.expect(200);
    assert_eq!(items(&listed).len(), 2);
    pair.expect_nothing(&there).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_joined_or_left_while_a_node_could_not_hear_is_in_or_out() {
    let pair = pair().await;
    let joined = pair.alice.create_channel("joined").await;
    let there = pair.bob.socket().await;
    let lasting = pair
        .alice
        .create_channel_with(json!({ "name": "lasting", "members": ["bob"] }));
    let lasting = lasting.await;
    // As another node would that is not heard: by the database alone.
    let mut database = PgConnection::connect(pair.first.database_url())
        .await
        .unwrap();
    for change in [
        "UPDATE members SET channel_id = $1::uuid WHERE channel_id = $2::uuid AND role = 'member'",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'SELECT pg_backend_pid() %' AND $1 <> $2",
    ] {
        let change = sqlx::query(change).bind(&joined.id).bind(&pair.channel.id);
        change.execute(&mut database).await.unwrap();
    }
    eventually("he hears the one and not the other", async || {
        let (left, came) = (pair.channel.send("left").await, joined.send("came").await);
        for _ in 0..2 {
            there.arrived_until_now(&lasting).await;
        }
        let heard = there.events_so_far();
        let hears = |message: &Value| {
            heard
                .iter()
                .any(|event| event.payload["id"] == message["id"])
        };
        (hears(&came) && !hears(&left)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_profile_is_known_on_the_other_node() {
    let first = Heyyo::start().await;
    let second = first.beside().await;
    let acme = first.tenant("acme").await;
    let alice = acme.sign_in("alice", json!({ "display_name": "A" })).await;
    let channel = alice.create_channel("general").await;
    let there = channel.at(&second);
    let name = |message: &Value| message["user"]["display_name"].clone();
    assert_eq!(name(&there.send("as A").await), "A");
    acme.sign_in("alice", json!({ "display_name": "B" })).await;
    // Told, not expired: well before what is kept of a user ends by itself.
    let began = std::time::Instant::now();
    eventually("the new name", async || {
        (name(&there.send("as B").await) == "B").then_some(())
    })
    .await;
    assert!(began.elapsed().as_millis() < 1_500, "{began:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_without_a_socket_before_reads_the_log_where_it_is() {
    let pair = pair().await;
    for number in 0..3 {
        pair.channel.send(&format!("unheard {number}")).await;
    }
    // Nobody listened at the second node; a socket there begins where the log is.
    let there = pair.bob.socket().await;
    let here = pair.alice.socket().await;
    pair.channel.at(&pair.second).send("first").await;
    let sent = pair.channel.send("second").await;
    for socket in [&here, &there] {
        assert_eq!(socket.next_event("message.new").await["text"], "first");
        assert_eq!(socket.next_event("message.new").await, sent);
    }
    pair.forget_the_past(&there).await;
    let heard = there.events_so_far().into_iter();
    let heard = heard.filter(|event| event.payload["text"] == json!("unheard 0"));
    assert_eq!(heard.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_online_from_the_first_socket_on_any_node_to_the_last() {
    let pair = pair().await;
    let (here, there) = (
        pair.alice.socket().await,
        pair.alice.at(&pair.second).socket().await,
    );
    pair.forget_the_past(&here).await;
    pair.forget_the_past(&there).await;
    let everywhere = async |status: bool| {
        for heyyo in [&pair.first, &pair.second] {
            let channel = pair.channel.at(heyyo);
            eventually("presence on both nodes", async || {
                (channel.member(&pair.bob).await["is_online"] == status).then_some(())
            })
            .await;
        }
    };
    let told = async |status: &str| {
        for socket in [&here, &there] {
            let told = socket.next_event("presence.changed").await;
            assert_eq!(
                (&told["externalId"], &told["status"]),
                (&json!("bob"), &json!(status))
            );
        }
    };
    let first = pair.bob.at(&pair.first).socket().await;
    told("online").await;
    everywhere(true).await;
    let second = pair.bob.socket().await;
    // The first node has heard of it when it hears what the second tells later.
    for _ in 0..2 {
        here.expect_nothing(&pair.channel.at(&pair.second)).await;
    }
    first.leave().await;
    for socket in [&here, &there] {
        pair.expect_nothing(socket).await;
    }
    everywhere(true).await;
    second.leave().await;
    told("offline").await;
    everywhere(false).await;
    for socket in [&here, &there] {
        pair.expect_nothing(socket).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_comes_learns_who_is_there_and_one_that_goes_takes_them_off() {
    let first = Heyyo::start().await;
    let acme = first.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    let here = alice.socket().await;
    let second = first.beside().await;
    assert_eq!(channel.at(&second).member(&alice).await["is_online"], true);

    let there = bob.at(&second).socket().await;
    here.next_event_where("presence.changed", |told| told["status"] == "online")
        .await;
    drop(second);
    let told = here.next_event("presence.changed").await;
    assert_eq!(told["status"], "offline");
    assert_eq!(channel.member(&bob).await["is_online"], false);
    there.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_for_a_letter_crosses_too() {
    let pair = pair().await;
    // Many channels of one user: all are named when she comes online.
    for number in 0..300 {
        pair.alice.create_channel(&format!("{number}")).await;
    }
    let there = pair.bob.socket().await;
    let here = pair.alice.socket().await;
    let told = there.next_event("presence.changed").await;
    assert_eq!(told["externalId"], "alice");
    here.leave().await;
    assert_eq!(
        there.next_event("presence.changed").await["status"],
        "offline"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_alone_tells_nothing() {
    let first = Heyyo::start().await;
    let mut listener = PgListener::connect(first.database_url()).await.unwrap();
    listener.listen("heyyo").await.unwrap();
    let acme = first.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    let here = alice.socket().await;
    channel.send("hello").await;
    here.next_event("message.new").await;
    here.emit_with_ack("typing.start", json!({ "channelId": channel.id }))
        .await;
    sqlx::query("NOTIFY heyyo, 'the end'")
        .execute(first.database())
        .await
        .unwrap();
    let heard = in_time("a word", listener.recv()).await.unwrap();
    assert_eq!(heard.payload(), "the end");
    // With another node it tells: the listener is not deaf.
    let _second = first.beside().await;
    channel.send("hello").await;
    let told = async { while !listener.recv().await.unwrap().payload().contains("Grown") {} };
    in_time("a letter", told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_clients_at_two_nodes_converse() {
    let pair = pair().await;
    let environment = [
        ("BASE_URL", pair.first.url()),
        ("BOB_URL", pair.second.url()),
        ("ALICE_TOKEN", &pair.alice.token),
        ("BOB_TOKEN", &pair.bob.token),
        ("CHANNEL_ID", &pair.channel.id),
    ];
    let arguments = ["socket.io-client", "websocket"];
    let lines = children::node("conversation.mjs", &arguments, &environment).await;
    let heard = [
        "presence: alice online",
        "heard: alice two true",
        "typing: alice",
        "presence: alice offline",
    ];
    for line in heard {
        assert!(lines.iter().any(|printed| printed == line), "{lines:?}");
    }
}
