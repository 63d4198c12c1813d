//! Who leaves at one node is out at all, and who comes back is in.

use super::pair;
use crate::support::eventually;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_at_one_node_hears_nothing_more_at_the_other() {
    let pair = pair().await;
    let there = pair.bob.socket().await;
    let lasting = json!({ "name": "lasting", "members": ["bob"] });
    let lasting = pair.alice.create_channel_with(lasting).await;
    pair.forget_the_past(&there).await;
    // He is known there as a member.
    let path = pair.channel.path("/messages");
    pair.bob.get(&path).await.expect(200);

    let remove = pair.channel.path("/members/bob");
    pair.alice.delete(&remove).await.expect(200);
    let left = there.next_event("member.left").await;
    assert_eq!(left["externalId"], "bob");
    assert_eq!(left["channelId"], pair.channel.id);
    pair.bob.get(&path).await.expect_refusal(403, "forbidden");
    pair.channel.send("not for him").await;
    for _ in 0..2 {
        there.expect_nothing(&lasting).await;
    }

    // He comes back, by either node, on the same socket.
    for bob in [&pair.bob, &pair.bob.at(&pair.first)] {
        pair.channel.join(bob).await;
        let joined = there.next_event("member.joined").await;
        assert_eq!(joined["channelId"], pair.channel.id);
        let sent = pair.channel.send("for him").await;
        assert_eq!(there.next_event("message.new").await, sent);
        bob.call("POST", &pair.channel.path("/leave"))
            .await
            .expect(200);
        there.next_event("member.left").await;
        pair.channel.send("not for him").await;
        for _ in 0..2 {
            there.expect_nothing(&lasting).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_and_goes_at_both_nodes_at_once_is_where_the_database_says() {
    let pair = pair().await;
    let here = pair.bob.at(&pair.first);
    for _ in 0..10 {
        let join = pair.channel.path("/join");
        let leave = pair.channel.path("/leave");
        let calls = [
            pair.bob.call("POST", &leave),
            here.call("POST", &join),
            pair.bob.call("POST", &join),
            here.call("POST", &leave),
        ];
        futures_util::future::join_all(calls.map(async |call| call.await)).await;
    }
    pair.channel.join(&pair.bob).await;
    let mut sockets = [here.socket().await, pair.bob.socket().await];
    for (socket, bob) in sockets.iter_mut().zip([&here, &pair.bob]) {
        eventually("he hears what is said", async || {
            // What is heard late of his comings and goings sends him away. He comes back, as clients do.
            if !socket.is_live() {
                *socket = bob.socket().await;
            }
            let sent = pair.channel.send("for him").await;
            let is_heard = eventually("the message, or the end", async || {
                let events = socket.events_so_far();
                let is_heard = events
                    .iter()
                    .any(|event| event.name == "message.new" && event.payload == sent);
                (is_heard || !socket.is_live()).then_some(is_heard)
            })
            .await;
            is_heard.then_some(())
        })
        .await;
    }
}
