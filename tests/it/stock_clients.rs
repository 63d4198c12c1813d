//! Clients that people have: socket.io-client from the newest 4.x to the oldest, and python-socketio,
//! over WebSocket, over polling, and upgrading from one to the other.
//!
//! All hold the same conversation and must print the same lines.

use crate::support::{Heyyo, children};

/// What a conversation prints when it ends up on this transport.
fn expected(transport: &str) -> Vec<String> {
    let lines = [
        "refused: Authentication required",
        "refused: Invalid token",
        "presence: alice online",
        "acked: one",
        "heard: alice one true",
        "heard: alice one true",
        "acked: two",
        "heard: alice two true",
        "heard: alice two true",
        &format!("transport: {transport}"),
        "typing: alice",
        "error: Not a member of this channel",
        "presence: alice offline",
    ];
    lines.map(str::to_owned).to_vec()
}

/// Holds the conversation in each of the three ways at once, with `run` starting the program.
async fn converse(run: impl AsyncFn(&str, &[(&str, &str)]) -> Vec<String>) {
    let heyyo = Heyyo::start().await;
    let ways = [
        ("websocket", "websocket"),
        ("polling", "polling"),
        ("upgrade", "websocket"),
    ];
    for (way, transport) in ways {
        let acme = heyyo.tenant("acme").await;
        let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
        let channel = alice.create_channel("general").await;
        channel.join(&bob).await;
        let environment = [
            ("BASE_URL", heyyo.url()),
            ("ALICE_TOKEN", &alice.token),
            ("BOB_TOKEN", &bob.token),
            ("CHANNEL_ID", &channel.id),
        ];
        assert_eq!(run(way, &environment).await, expected(transport), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_socket_io_client_converses() {
    converse(async |way, environment| {
        children::node("conversation.mjs", &["socket.io-client", way], environment).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oldest_socket_io_client_converses() {
    converse(async |way, environment| {
        children::node(
            "conversation.mjs",
            &["socket.io-client-4.0", way],
            environment,
        )
        .await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_socketio_converses() {
    converse(async |way, environment| {
        children::python("conversation.py", &[way], environment).await
    })
    .await;
}
