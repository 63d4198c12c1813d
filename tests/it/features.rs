//! What an operator switches off is refused in plain words, live, and nothing else changes.

use crate::{
    config::stage::Stage,
    support::{
        Heyyo, Http, Socket, User, eventually, shape::items, uploads::bundled, wire::Transport,
    },
};
use serde_json::{Value, json};

async fn socket_of(http: &Http, user: &User) -> Socket {
    let auth = json!({ "token": user.token });
    let socket = Socket::connect(http, Transport::WebSocket, Some(&auth)).await;
    socket.expect("a welcome")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reactions_and_typing_are_switched_off_and_on_while_the_server_runs() {
    let stage = Stage::start("features", "[features]\ntyping = true\n").await;
    let (alice, channel) = (&stage.alice, &stage.channel);
    let bob = stage.tenant.user("bob").await;
    channel.join(&bob).await;
    let (hers, his) = (
        socket_of(stage.server.http(), alice).await,
        socket_of(stage.server.http(), &bob).await,
    );
    let message = channel.send("hello").await;
    let path = channel.message_path(&message, "/reactions");
    let react = async |kind: &str| bob.post(&path, &json!({ "type": kind })).await;
    react("first").await.expect(200);
    his.next_event("reaction.new").await;
    let types = json!({ "channelId": channel.id });
    hers.emit_with_ack("typing.start", types.clone()).await;
    his.next_event("typing.start").await;

    stage.write("[features]\ntyping = false\nreactions = false\n");
    eventually("a refusal", async || {
        (react("first").await.status == 403).then_some(())
    })
    .await;
    let refused = react("second").await;
    refused.expect_words(403, "disabled", "Reactions are switched off");
    let reacts = json!({ "messageId": message["id"], "type": "second" });
    let over_socket = his.emit_with_ack("reaction.add", reacts).await;
    let words = json!({ "error": "Reactions are switched off", "code": "disabled" });
    assert_eq!(over_socket, words);
    for event in ["typing.start", "typing.stop"] {
        let ack = hers.emit_with_ack(event, types.clone()).await;
        assert_eq!(
            ack,
            json!({ "error": "Typing is switched off", "code": "disabled" })
        );
    }
    let told = his.arrived_until_now(channel).await;
    let told = told.iter().filter(|event| event.name != "message.new");
    assert_eq!(told.count(), 0, "nobody reacts, and nobody types");
    let page = channel.history("").await;
    let of_first = items(&page[0]["reactions"]);
    assert_eq!(of_first.len(), 1, "what was there stays: {page}");

    stage.write("[features]\n");
    eventually("a reaction", async || {
        (react("second").await.status == 200).then_some(())
    })
    .await;
    hers.emit_with_ack("typing.start", types).await;
    his.next_event("typing.start").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_as_online_where_presence_is_off() {
    let heyyo = Heyyo::start_with(|config| config.live.features.presence = false).await;
    let shown = heyyo
        .beside_with(|config| config.live.features.presence = true)
        .await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    let watching = alice.socket().await;
    let watching_there = alice.at(&shown).socket().await;
    for node in [&heyyo, &shown] {
        let socket = bob.at(node).socket().await;
        let online = json!({ "userId": bob.id, "externalId": "bob", "status": "online" });
        assert_eq!(watching_there.next_event("presence.changed").await, online);
        watching.expect_nothing(&channel).await;
        assert_eq!(channel.member(&bob).await["is_online"], false);
        assert_eq!(channel.at(&shown).member(&bob).await["is_online"], true);
        let about = acme.call("GET", "/api/users/bob").await.expect(200);
        assert_eq!(about["is_online"], false);
        socket.leave().await;
        watching_there.next_event("presence.changed").await;
    }
    watching.expect_nothing(&channel).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plugins_that_are_there_go_on_where_uploads_are_off() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let config = json!({ "words": ["badger"] });
    acme.plugin("word-filter", config.clone()).await;
    let off = heyyo
        .beside_with(|config| config.live.features.uploads = false)
        .await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await.at(&off);
    let wasm = bundled("word-filter");
    let there = acme.at(&off);
    for (path, settings) in [
        (
            "/api/plugins",
            json!({ "name": "another", "config": config }),
        ),
        ("/api/plugins/word-filter/versions", Value::Null),
    ] {
        let settings = settings.is_object().then_some(&settings);
        let refused = there.upload_to(path, settings, Some(&wasm)).await;
        refused.expect_words(403, "disabled", "Uploads of plugins are switched off");
    }
    let badger = json!({ "text": "badger" });
    let refused = channel.post_message(&channel.owner, badger.clone()).await;
    refused.expect_refusal(422, "rejected");
    let patch = json!({ "enabled": false });
    let patched = there.call("PATCH", "/api/plugins/word-filter").json(&patch);
    patched.await.expect(200);
    channel
        .post_message(&channel.owner, badger)
        .await
        .expect(201);
}
