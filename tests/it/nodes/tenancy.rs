//! Tenancy across nodes: what happens in one app is heard at both nodes by its own, and by nobody else.

use super::{hear, pair};
use crate::support::{Channel, Socket, eventually};
use serde_json::{Value, json};

/// A twin of everything in another app: the same names, the other way round, on the other node.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_tenant_crosses_to_its_twin() {
    let pair = pair().await;
    let globex = pair.first.tenant("globex").await;
    let (twin, mallory) = (globex.user("alice").await, globex.user("bob").await);
    let theirs = twin.create_channel("general").await;
    theirs.join(&mallory).await;
    // Each user of each app at both nodes.
    let mut own = Vec::new();
    let mut others = Vec::new();
    for heyyo in [&pair.first, &pair.second] {
        for user in [&pair.alice, &pair.bob] {
            own.push(user.at(heyyo).socket().await);
        }
        for user in [&twin, &mallory] {
            others.push(user.at(heyyo).socket().await);
        }
    }
    let (own_there, own_here) = (pair.channel.at(&pair.second), &pair.channel);
    // From each node twice: what was told before a marker is heard before the second.
    let nodes = [&pair.first, &pair.second, &pair.first, &pair.second];
    let quiet = async |sockets: &[Socket], channel: &Channel| {
        for socket in sockets {
            for heyyo in nodes {
                socket.expect_nothing(&channel.at(heyyo)).await;
            }
        }
    };
    for (sockets, channel) in [(&own, own_here), (&others, &theirs)] {
        for socket in sockets.iter() {
            for heyyo in nodes {
                socket.arrived_until_now(&channel.at(heyyo)).await;
            }
        }
    }

    // All that a tenant can do is heard by its own, at both nodes, and by nobody else.
    let message = own_there.send("secret").await;
    let body = json!({ "type": ":eyes:" });
    let path = own_here.message_path(&message, "/reactions");
    pair.alice.post(&path, &body).await.expect(200);
    let payload = json!({ "channelId": own_here.id });
    own[0].emit_with_ack("typing.start", payload.clone()).await;
    let path = own_here.message_path(&message, "");
    pair.alice.at(&pair.second).delete(&path).await.expect(200);
    for socket in &own {
        hear(socket, &message).await;
    }
    for event in ["reaction.new", "message.deleted"] {
        for socket in &own {
            socket.next_event(event).await;
        }
    }
    for socket in &own[1..] {
        socket.next_event("typing.start").await;
    }
    quiet(&others, &theirs).await;

    // What is tried from outside, at the other node, is refused as for a channel that is nowhere.
    let nowhere = json!({ "channelId": uuid::Uuid::now_v7() });
    for event in [
        "typing.start",
        "typing.stop",
        "channel.join",
        "message.send",
    ] {
        let with_text = |payload: &Value| {
            let mut payload = payload.clone();
            payload["text"] = json!("intrusion");
            payload
        };
        let told = others[3].emit_with_ack(event, with_text(&payload)).await;
        let of_nothing = others[3].emit_with_ack(event, with_text(&nowhere)).await;
        assert!(told["error"].is_string(), "{event}: {told}");
        assert_eq!(told.to_string(), of_nothing.to_string(), "{event} tells");
    }
    quiet(&own, own_here).await;

    // A namesake's presence is nobody else's.
    drop(own);
    for heyyo in [&pair.first, &pair.second] {
        let channel = own_here.at(heyyo);
        eventually("bob is offline", async || {
            (channel.member(&pair.bob).await["is_online"] == false).then_some(())
        })
        .await;
        assert_eq!(theirs.at(heyyo).member(&mallory).await["is_online"], true);
    }
    quiet(&others, &theirs).await;
}
