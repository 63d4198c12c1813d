//! Who connects while others write: what the history does not show them yet they hear, from the very
//! moment on at which they are told that they are connected.

use crate::support::{Heyyo, wire::BOTH};
use serde_json::json;
use std::sync::Arc;

/// Newcomers, one after the other.
const NEWCOMERS: usize = 120;
/// Messages that each must hear without a hole.
const HEARD: i64 = 20;
/// Messages on their way at a time.
const WRITERS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn newcomers_hear_everything_that_the_history_did_not_show_them() {
    let heyyo = Heyyo::start().await;
    let jane = heyyo.tenant("Acme").await.user("jane").await;
    let channel = jane.create_channel("busy").await;
    let socket = Arc::new(jane.socket().await);
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let socket = socket.clone();
            let message = json!({ "channelId": channel.id, "text": "on and on" });
            tokio::spawn(async move {
                loop {
                    let ack = socket.emit_with_ack("message.send", message.clone()).await;
                    assert!(ack["message"].is_object(), "{ack}");
                }
            })
        })
        .collect();
    socket.next_event("message.new").await;

    for number in 0..NEWCOMERS {
        let newcomer = jane.socket_over(BOTH[number % 2]).await;
        let newest = channel.history("?limit=1").await;
        let head = newest[0]["seq"].as_i64().expect("a message");
        let mut next = head + 1;
        while next <= head + HEARD {
            let heard = newcomer.next_event("message.new").await;
            let seq = heard["seq"].as_i64().expect("a place");
            if seq > head {
                assert_eq!(seq, next, "newcomer {number} missed a message after {head}");
                next += 1;
            }
        }
    }
    for writer in writers {
        assert!(!writer.is_finished(), "a writer gave up");
        writer.abort();
    }
}
