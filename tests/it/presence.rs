//! Presence: a user is online from their first socket to their last, and only acquaintances hear it.
//!
//! Acquaintances are users of the same app who share a channel.

use crate::support::{Heyyo, Tenant, User, eventually, wire::BOTH};
use serde_json::{Value, json};

/// What `presence.changed` says.
fn presence(user: &User, status: &str) -> Value {
    json!({ "userId": user.id, "externalId": user.external_id, "status": status })
}

/// A watcher with a channel that the others have joined.
async fn acquaintances(tenant: &Tenant, others: &[&User]) -> (User, crate::support::Channel) {
    let watcher = tenant.user("watcher").await;
    let channel = watcher.create_channel("general").await;
    for other in others {
        channel.join(other).await;
    }
    (watcher, channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_socket_brings_a_user_online_and_the_last_takes_them_off() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let (watcher, channel) = acquaintances(&acme, &[&alice]).await;
    let watching = watcher.socket().await;
    for transport in BOTH {
        let first = alice.socket_over(transport).await;
        assert_eq!(
            watching.next_event("presence.changed").await,
            presence(&alice, "online")
        );
        let second = alice.socket_over(transport).await;
        watching.expect_nothing(&channel).await;
        assert_eq!(channel.member(&alice).await["is_online"], true);

        first.leave().await;
        // The one who stays has seen nothing either, and is still there.
        second.expect_nothing_but(&["message.new"], &channel).await;
        watching.expect_nothing(&channel).await;
        assert_eq!(channel.member(&alice).await["is_online"], true);

        second.leave().await;
        assert_eq!(
            watching.next_event("presence.changed").await,
            presence(&alice, "offline")
        );
        watching.expect_nothing(&channel).await;
        assert_eq!(channel.member(&alice).await["is_online"], false);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_takes_a_user_off_as_a_goodbye_does() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let (watcher, _channel) = acquaintances(&acme, &[&alice]).await;
    let watching = watcher.socket().await;
    let socket = alice.socket().await;
    assert_eq!(
        watching.next_event("presence.changed").await,
        presence(&alice, "online")
    );
    drop(socket);
    assert_eq!(
        watching.next_event("presence.changed").await,
        presence(&alice, "offline")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_leaves_the_namespace_is_gone() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let (watcher, channel) = acquaintances(&acme, &[&alice]).await;
    let watching = watcher.socket().await;
    let socket = alice.socket().await;
    assert_eq!(
        watching.next_event("presence.changed").await,
        presence(&alice, "online")
    );
    socket.say("41");
    assert_eq!(
        watching.next_event("presence.changed").await,
        presence(&alice, "offline")
    );
    channel.send("not for alice").await;
    watching.next_event("message.new").await;
    assert!(
        socket
            .events_so_far()
            .iter()
            .all(|event| event.name != "message.new")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_shares_two_channels_is_told_once() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let (watcher, channel) = acquaintances(&acme, &[&alice]).await;
    watcher.create_channel("another").await.join(&alice).await;
    let watching = watcher.socket().await;
    let socket = alice.socket().await;
    assert_eq!(
        watching.next_event("presence.changed").await,
        presence(&alice, "online")
    );
    watching.expect_nothing(&channel).await;
    socket.leave().await;
    assert_eq!(
        watching.next_event("presence.changed").await,
        presence(&alice, "offline")
    );
    watching.expect_nothing(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_strangers_nor_other_apps_hear_of_a_user() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let alice = acme.user("alice").await;
    let (watcher, _) = acquaintances(&acme, &[&alice]).await;
    let mut outside = Vec::new();
    // A stranger in the same app, a namesake in another one, and a user of that one.
    for user in [
        acme.user("stranger").await,
        globex.user("alice").await,
        globex.user("watcher").await,
    ] {
        let channel = user.create_channel("own").await;
        outside.push((user.socket().await, channel));
    }
    let watching = watcher.socket().await;
    let socket = alice.socket().await;
    watching.next_event("presence.changed").await;
    socket.leave().await;
    assert_eq!(
        watching.next_event("presence.changed").await,
        presence(&alice, "offline")
    );
    for (socket, channel) in &outside {
        socket.expect_nothing(channel).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namesake_in_another_app_changes_nobodys_presence() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, namesake) = (acme.user("alice").await, globex.user("alice").await);
    let (watcher, channel) = acquaintances(&acme, &[&alice]).await;
    let watching = watcher.socket().await;
    let elsewhere = namesake.socket().await;
    assert_eq!(channel.member(&alice).await["is_online"], false);
    watching.expect_nothing(&channel).await;
    let socket = alice.socket().await;
    assert_eq!(
        watching.next_event("presence.changed").await,
        presence(&alice, "online")
    );
    elsewhere.leave().await;
    assert_eq!(channel.member(&alice).await["is_online"], true);
    drop(socket);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_socket_is_nobodys_presence() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let (watcher, channel) = acquaintances(&acme, &[&alice]).await;
    let watching = watcher.socket().await;
    let auth = json!({ "token": format!("{}x", alice.token) });
    let refused = crate::support::Socket::connect(&heyyo.http(), BOTH[0], Some(&auth)).await;
    assert!(refused.is_err());
    watching.expect_nothing(&channel).await;
    assert_eq!(channel.member(&alice).await["is_online"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hasty_reconnects_end_in_the_truth() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let (watcher, channel) = acquaintances(&acme, &[&alice]).await;
    let watching = watcher.socket().await;
    let mut socket = alice.socket().await;
    for _ in 0..20 {
        // The new one comes before or after the old one is known to be gone: both happen.
        let next = alice.socket().await;
        drop(std::mem::replace(&mut socket, next));
        drop(alice.socket().await);
    }
    eventually("alice is online while a socket is", async || {
        (channel.member(&alice).await["is_online"] == true).then_some(())
    })
    .await;
    drop(socket);
    eventually("alice is offline when none is", async || {
        (channel.member(&alice).await["is_online"] == false).then_some(())
    })
    .await;
    // No socket is left to change it, so what is told last is what stays.
    let offline = presence(&alice, "offline");
    let told: Vec<Value> = eventually("the last that is told is the truth", async || {
        let events = watching.events_so_far().into_iter();
        let told = events
            .filter(|event| event.name == "presence.changed")
            .map(|event| event.payload)
            .collect::<Vec<_>>();
        (told.last() == Some(&offline)).then_some(told)
    })
    .await;
    for (position, status) in told.iter().enumerate() {
        let expected = if position % 2 == 0 {
            "online"
        } else {
            "offline"
        };
        assert_eq!(status["status"], expected, "{told:?} does not alternate");
    }
}
