//! Typing, joining and unknown events over sockets, and the REST calls that move live sockets.

use crate::support::{
    Channel, Heyyo, User,
    shape::text,
    wire::{BOTH, Transport},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A channel of two, and someone of the same app outside it with a channel of their own.
struct Stage {
    _heyyo: Heyyo,
    alice: User,
    bob: User,
    stranger: User,
    channel: Channel,
    elsewhere: Channel,
}

async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob, stranger) = (
        acme.user("alice").await,
        acme.user("bob").await,
        acme.user("stranger").await,
    );
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    Stage {
        elsewhere: stranger.create_channel("elsewhere").await,
        _heyyo: heyyo,
        alice,
        bob,
        stranger,
        channel,
    }
}

/// What `typing.*` and `member.joined` say.
fn about(channel: &Channel, user: &User) -> Value {
    json!({ "channelId": channel.id, "userId": user.id, "externalId": user.external_id })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_told_to_the_channels_other_sockets() {
    let Stage {
        _heyyo,
        alice,
        bob,
        stranger,
        channel,
        elsewhere,
    } = stage().await;
    for transport in BOTH {
        let (typing, beside) = (
            alice.socket_over(transport).await,
            alice.socket_over(transport).await,
        );
        let (listening, outside) = (
            bob.socket_over(transport).await,
            stranger.socket_over(transport).await,
        );
        let payload = json!({ "channelId": channel.id });
        for (name, with_ack) in [
            ("typing.start", true),
            ("typing.stop", true),
            ("typing.start", false),
            ("typing.stop", false),
        ] {
            if with_ack {
                assert_eq!(
                    typing.emit_with_ack(name, payload.clone()).await,
                    json!({ "success": true })
                );
            } else {
                typing.emit(name, payload.clone());
            }
            for socket in [&listening, &beside] {
                assert_eq!(socket.next_event(name).await, about(&channel, &alice));
            }
        }
        for socket in [&typing, &listening, &beside] {
            socket
                .expect_nothing_but(&["presence.changed", "message.new"], &channel)
                .await;
        }
        outside.expect_nothing(&elsewhere).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_member_types_unheard() {
    let Stage {
        _heyyo,
        alice,
        stranger,
        channel,
        ..
    } = stage().await;
    let (outside, listening) = (stranger.socket().await, alice.socket().await);
    for name in ["typing.start", "typing.stop"] {
        let ack = outside
            .emit_with_ack(name, json!({ "channelId": channel.id }))
            .await;
        assert_eq!(ack["code"], "forbidden", "{ack}");
        let nowhere = outside
            .emit_with_ack(name, json!({ "channelId": Uuid::now_v7() }))
            .await;
        assert_eq!(nowhere, ack, "a stranger learns that the channel is there");
    }
    listening.expect_nothing(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_over_a_socket_makes_a_member_who_hears() {
    let Stage {
        _heyyo,
        alice,
        stranger,
        channel,
        ..
    } = stage().await;
    let (joining, listening) = (stranger.socket().await, alice.socket().await);
    let payload = json!({ "channelId": channel.id });
    assert_eq!(
        joining.emit_with_ack("channel.join", payload.clone()).await,
        json!({ "success": true })
    );
    for socket in [&joining, &listening] {
        assert_eq!(
            socket.next_event("member.joined").await,
            about(&channel, &stranger)
        );
    }
    assert_eq!(channel.member(&stranger).await["role"], "member");
    let sent = channel.send("welcome").await;
    assert_eq!(joining.next_event("message.new").await["id"], sent["id"]);
    let ack = joining
        .emit_with_ack(
            "message.send",
            json!({ "channelId": channel.id, "text": "thanks" }),
        )
        .await;
    assert_eq!(ack["message"]["text"], "thanks");

    assert_eq!(
        joining.emit_with_ack("channel.join", payload).await,
        json!({ "success": true })
    );
    assert_eq!(channel.details().await["member_count"], "3");
    listening
        .expect_nothing_but(&["message.new", "presence.changed"], &channel)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_what_is_not_there_is_told_in_the_ack() {
    let Stage {
        _heyyo,
        alice,
        stranger,
        ..
    } = stage().await;
    let socket = stranger.socket().await;
    let nowhere = socket
        .emit_with_ack("channel.join", json!({ "channelId": Uuid::now_v7() }))
        .await;
    assert_eq!(nowhere["code"], "not_found", "{nowhere}");
    let closed = alice
        .create_channel_with(json!({ "name": "closed", "type": "private" }))
        .await;
    let refused = socket
        .emit_with_ack("channel.join", json!({ "channelId": closed.id }))
        .await;
    assert_eq!(
        refused, nowhere,
        "a stranger learns that the channel is there"
    );
    assert_eq!(closed.details().await["member_count"], "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_over_rest_joins_every_live_socket_of_the_user() {
    let Stage {
        _heyyo,
        alice,
        stranger,
        channel,
        ..
    } = stage().await;
    let listening = alice.socket().await;
    let joining = [
        stranger.socket().await,
        stranger.socket_over(Transport::Polling).await,
    ];
    channel.join(&stranger).await;
    assert_eq!(
        listening.next_event("member.joined").await,
        about(&channel, &stranger)
    );
    let sent = channel.send("welcome").await;
    for socket in &joining {
        assert_eq!(socket.next_event("message.new").await["id"], sent["id"]);
    }
    channel.join(&stranger).await;
    listening
        .expect_nothing_but(&["message.new", "presence.changed"], &channel)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn being_added_joins_every_live_socket_of_the_user() {
    let Stage {
        _heyyo,
        alice,
        bob,
        stranger,
        channel,
        ..
    } = stage().await;
    let (listening, added) = (alice.socket().await, stranger.socket().await);
    let body = json!({ "user_id": stranger.id });
    bob.post(&channel.path("/members"), &body).await.expect(200);
    assert_eq!(
        listening.next_event("member.joined").await,
        about(&channel, &stranger)
    );
    let sent = channel.send("welcome").await;
    assert_eq!(added.next_event("message.new").await["id"], sent["id"]);
    bob.post(&channel.path("/members"), &body).await.expect(200);
    listening
        .expect_nothing_but(&["message.new", "presence.changed"], &channel)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_channel_is_heard_by_live_sockets_of_all_its_members() {
    let Stage {
        _heyyo,
        alice,
        bob,
        stranger,
        elsewhere,
        ..
    } = stage().await;
    let sockets = [alice.socket().await, bob.socket().await];
    let outside = stranger.socket().await;
    let channel = alice
        .create_channel_with(json!({ "name": "new", "members": ["bob"] }))
        .await;
    let sent = channel.send("hello").await;
    for socket in &sockets {
        assert_eq!(socket.next_event("message.new").await["id"], sent["id"]);
    }
    outside.expect_nothing(&elsewhere).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_event_is_told_so_and_changes_nothing() {
    let Stage {
        _heyyo,
        alice,
        channel,
        ..
    } = stage().await;
    let socket = alice.socket().await;
    for name in [
        "message.shout",
        "",
        "connect",
        "disconnect",
        "message.new",
        "presence.changed",
        "constructor",
    ] {
        let ack = socket
            .emit_with_ack(name, json!({ "channelId": channel.id, "text": "hello" }))
            .await;
        assert!(!text(&ack, "error").is_empty(), "{name} was acked {ack}");
        assert!(
            ["invalid", "not_found"].contains(&text(&ack, "code")),
            "{name} was acked {ack}"
        );
    }
    socket.expect_nothing(&channel).await;
}
