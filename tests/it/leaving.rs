//! The end of a membership: who may end whose, that it ends at once, and who owns what is left.

use crate::support::{
    Channel, Heyyo, Socket, Tenant, User,
    shape::{items, texts},
    wire::{BOTH, Transport},
};
use futures_util::future::join_all;
use heyyo::config::Config;
use serde_json::{Value, json};
use std::{num::NonZero, thread::available_parallelism};
use uuid::Uuid;

struct Stage {
    heyyo: Heyyo,
    acme: Tenant,
    alice: User,
    bob: User,
    carol: User,
    /// Of all three; alice owns it.
    channel: Channel,
}

async fn stage() -> Stage {
    stage_with(|_| {}).await
}

async fn stage_with(change: impl FnOnce(&mut Config)) -> Stage {
    let heyyo = Heyyo::start_with(change).await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let carol = acme.user("carol").await;
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    channel.join(&carol).await;
    Stage {
        heyyo,
        acme,
        alice,
        bob,
        carol,
        channel,
    }
}

impl Channel {
    async fn remove(&self, by: &User, whom: &str) -> crate::support::Reply {
        by.delete(&self.path(&format!("/members/{whom}"))).await
    }
}

async fn members(reader: &User, channel: &Channel) -> Vec<(String, String)> {
    let details = reader.get(&channel.path("")).await.expect(200);
    let members = items(&details["members"]);
    let count = members.len().to_string();
    assert_eq!(details["member_count"], count, "{details}");
    let listed = members.iter().map(|member| {
        let word = |name: &str| member[name].as_str().expect("a word").to_owned();
        (word("external_id"), word("role"))
    });
    listed.collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, role): &(&str, &str)| ((*name).to_owned(), (*role).to_owned());
    pairs.iter().map(own).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_removes_a_member_by_either_id() {
    let stage = stage().await;
    let Stage { alice, channel, .. } = &stage;
    let odd = stage.acme.user("dave+1@example.com/ö?#%").await;
    channel.join(&odd).await;
    let whom = [
        stage.bob.id.clone(),
        "carol".to_owned(),
        "dave+1@example.com%2F%C3%B6%3F%23%25".to_owned(),
    ];
    for whom in &whom {
        let removed = channel.remove(alice, whom).await.expect(200);
        assert_eq!(removed, json!({ "message": "Member removed" }));
        channel
            .remove(alice, whom)
            .await
            .expect_words(404, "not_found", "Member not found");
    }
    assert_eq!(members(alice, channel).await, named(&[("alice", "owner")]));
    for nobody in [Uuid::now_v7().to_string(), "nobody".to_owned()] {
        channel
            .remove(alice, &nobody)
            .await
            .expect_words(404, "not_found", "Member not found");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_remove_themselves_and_only_the_owner_others() {
    let stage = stage().await;
    let Stage {
        alice,
        bob,
        carol,
        channel,
        ..
    } = &stage;
    let stranger = stage.acme.user("stranger").await;
    for whom in ["alice", "carol", "stranger", "nobody"] {
        channel
            .remove(bob, whom)
            .await
            .expect_refusal(403, "forbidden");
        let by_stranger = channel.remove(&stranger, whom).await;
        by_stranger.expect_refusal(403, "forbidden");
        let nowhere = format!("/api/channels/{}/members/{whom}", Uuid::now_v7());
        assert_eq!(
            by_stranger.visible(),
            stranger.delete(&nowhere).await.visible()
        );
    }
    assert_eq!(members(alice, channel).await.len(), 3);
    channel.remove(bob, "bob").await.expect(200);
    let left = carol.call("POST", &channel.path("/leave")).await;
    assert_eq!(left.expect(200), json!({ "message": "Left channel" }));
    carol
        .call("POST", &channel.path("/leave"))
        .await
        .expect_refusal(403, "forbidden");
    assert_eq!(members(alice, channel).await, named(&[("alice", "owner")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_is_out_at_once() {
    let stage = stage().await;
    let Stage {
        alice,
        bob,
        carol,
        channel,
        ..
    } = &stage;
    let own = bob.create_channel("own").await;
    let message = channel.send("before").await;
    for transport in BOTH {
        let sockets = [bob.socket().await, bob.socket_over(transport).await];
        let listening = carol.socket().await;
        // Everything may be done a moment before, so that nothing that is remembered of it counts.
        for attempt in attempts(bob, channel, &message, &sockets[1]).await {
            assert!(attempt.is_none(), "{attempt:?}");
        }
        // Both have heard all of that, so that it is not mistaken for what comes after.
        sockets[1].arrived_until_now(&own).await;
        listening.arrived_until_now(channel).await;

        channel.remove(alice, &bob.id).await.expect(200);
        for attempt in attempts(bob, channel, &message, &sockets[1]).await {
            let code = attempt.expect("a refusal");
            assert!(
                ["forbidden", "not_found"].contains(&code.as_str()),
                "{code}"
            );
        }
        let news = json!({ "channelId": channel.id, "userId": bob.id, "externalId": "bob" });
        for socket in sockets.iter().chain([&listening]) {
            assert_eq!(socket.next_event("member.left").await, news);
        }
        channel.send("not for bob").await;
        for socket in &sockets {
            let heard = format!("{:?}", socket.arrived_until_now(&own).await);
            assert!(!heard.contains("not for bob"), "{heard}");
        }
        listening
            .next_event_where("message.new", |message| message["text"] == "not for bob")
            .await;
        let channels = bob.get("/api/channels").await.expect(200);
        assert_eq!(texts(&channels, "id"), [own.id.as_str()]);

        // Nor is anything recovered.
        let auth = json!({ "token": bob.token, "since": { &channel.id: 0 } });
        let back = Socket::connect(&stage.heyyo.http(), transport, Some(&auth)).await;
        back.expect("a welcome")
            .expect_nothing_of(channel, &own)
            .await;

        // Let in again, the same sockets hear again.
        channel.join(bob).await;
        channel.send("welcome back").await;
        for socket in &sockets {
            socket
                .next_event_where("message.new", |message| message["text"] == "welcome back")
                .await;
        }
    }
}

impl Socket {
    async fn expect_nothing_of(&self, channel: &Channel, own: &Channel) {
        let heard = format!("{:?}", self.arrived_until_now(own).await);
        assert!(!heard.contains(&channel.id), "{heard}");
    }
}

/// The codes of all that a member may do and others may not; `None` where it was done.
async fn attempts(
    user: &User,
    channel: &Channel,
    message: &Value,
    socket: &Socket,
) -> Vec<Option<String>> {
    let code = |answer: &Value| answer["code"].as_str().map(str::to_owned);
    let mut codes = Vec::new();
    let channel_id = &channel.id;
    for (event, payload) in [
        (
            "message.send",
            json!({ "channelId": channel_id, "text": "a" }),
        ),
        ("typing.start", json!({ "channelId": channel_id })),
        (
            "reaction.add",
            json!({ "messageId": message["id"], "type": ":heart:" }),
        ),
    ] {
        codes.push(code(&socket.emit_with_ack(event, payload).await));
    }
    let reaction = json!({ "type": ":heart:" });
    for call in [
        user.get(&channel.path("")),
        user.get(&channel.path("/messages")),
        channel.post_message(user, json!({ "text": "a" })),
        user.post(&channel.message_path(message, "/reactions"), &reaction),
    ] {
        codes.push(code(&call.await.json()));
    }
    codes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_has_an_owner_as_long_as_anybody_is_in_it() {
    let stage = stage().await;
    let Stage {
        alice,
        bob,
        carol,
        channel,
        ..
    } = &stage;
    let listening = carol.socket().await;
    alice
        .call("POST", &channel.path("/leave"))
        .await
        .expect(200);
    let news = listening.next_event("member.left").await;
    let expected = json!({
        "channelId": channel.id, "userId": alice.id, "externalId": "alice", "newOwnerId": bob.id,
    });
    assert_eq!(news, expected);
    assert_eq!(
        members(bob, channel).await,
        named(&[("bob", "owner"), ("carol", "member")])
    );
    // One who comes back is a member like others.
    channel.join(alice).await;
    channel
        .remove(alice, "bob")
        .await
        .expect_refusal(403, "forbidden");
    for whom in ["alice", "carol", "bob"] {
        channel.remove(bob, whom).await.expect(200);
    }
    let discovered = bob.get("/api/channels/discover").await.expect(200);
    assert_eq!(discovered[0]["member_count"], "0");
    channel.join(carol).await;
    assert_eq!(members(carol, channel).await, named(&[("carol", "owner")]));
}

/// A send waits in line for the log, behind a commit that takes its time, when its sender is removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_in_line_is_refused_when_its_sender_is_removed() {
    let patient = |config: &mut Config| config.live.database.patience_milliseconds = 60_000;
    let stage = stage_with(patient).await;
    let Stage {
        alice,
        bob,
        channel,
        ..
    } = &stage;
    let socket = bob.socket().await;
    let send = json!({ "channelId": channel.id, "text": "too late" });
    // Many others, so that every line of the log has one at its head.
    let others = 8 * available_parallelism().map_or(2, NonZero::get);
    let others = join_all((0..others).map(|_| alice.create_channel("other"))).await;
    let mut gate = crate::faults::gate::Gate::build(&stage.heyyo).await;
    gate.shut().await;
    let waiting: Vec<_> = others
        .iter()
        .map(|other| other.post_message(alice, json!({ "text": "slow" })))
        .map(|call| tokio::spawn(call.into_future()))
        .collect();
    gate.until_a_commit_waits().await;

    let late = socket.emit_for_ack("message.send", send.clone());
    // A socket's events are handled in order: when this one is answered, the send is in line.
    let typing = json!({ "channelId": channel.id });
    let typed = socket.emit_with_ack("typing.stop", typing).await;
    assert_eq!(typed["success"], true);
    channel.remove(alice, "bob").await.expect(200);
    gate.open().await;
    let refusal = socket.ack(late).await;
    assert_eq!(refusal["code"], "forbidden", "{refusal}");
    for reply in waiting {
        reply.await.expect("a reply").expect(201);
    }
    assert_eq!(items(&channel.history("").await).len(), 0);

    // What is refused there is let in for one who is not removed.
    channel.join(bob).await;
    let sent = socket.emit_with_ack("message.send", send).await;
    assert_eq!(sent["message"]["text"], "too late", "{sent}");
}

/// A socket is let in at the very moment at which its user is removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_connects_while_being_removed_hears_nothing_more() {
    let stage = stage().await;
    let Stage {
        alice,
        bob,
        channel,
        ..
    } = &stage;
    let own = bob.create_channel("own").await;
    for round in 0..40 {
        let transport = BOTH[round % 2];
        channel.join(bob).await;
        let (socket, removed) =
            tokio::join!(bob.socket_over(transport), channel.remove(alice, "bob"));
        removed.expect(200);
        channel.send("not for bob").await;
        let heard = format!("{:?}", socket.arrived_until_now(&own).await);
        assert!(!heard.contains("not for bob"), "{heard}");
    }
    // And so it is with one who comes and goes at once: who is a member hears, who is not does not.
    let socket = bob.socket_over(Transport::WebSocket).await;
    for round in 0..40 {
        let (joined, removed) = tokio::join!(
            bob.call("POST", &channel.path("/join")).into_future(),
            channel.remove(alice, "bob")
        );
        joined.expect(200);
        assert!([200, 404].contains(&removed.status), "{}", removed.text());
        let is_member = members(alice, channel)
            .await
            .iter()
            .any(|(name, _)| name == "bob");
        let text = format!("round {round}");
        channel.send(&text).await;
        let heard = format!("{:?}", socket.arrived_until_now(&own).await);
        assert_eq!(heard.contains(&format!("\"{text}\"")), is_member, "{heard}");
    }
}
