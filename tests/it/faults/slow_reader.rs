//! Clients that stop reading while their channel is flooded.
//!
//! Their transports are closed, not their namespaces, so that they come back by themselves; the server's
//! memory does not grow with what they do not read; nobody else notices; and once back they miss
//! nothing. A polling session that is not polled is a client that does not read.

use super::{
    checker::Sent,
    connection::{Connection, Gone},
    listener::Listener,
    load::LAST,
    place::Place,
    sender::{Door, Sender, send_at_once},
    server_process::{ADMIN_KEY, ServerProcess},
};
use crate::support::{
    server::fresh_database,
    wire::{
        BOTH,
        Transport::{Polling, WebSocket},
    },
};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// Clients that stop reading, of each transport.
const SLOW: usize = 5;
const FLOODERS: usize = 4;
/// Messages of each flooder, and how many of them it sends before it waits for their acks.
const MESSAGES: usize = 160;
const AT_ONCE: usize = 4;
/// What rides along with each message, in bytes: ten attachments, which is all that may be.
const WEIGHT: usize = 19_000;
/// What the server may grow by. All that is sent, kept for each slow client, would be twice as much.
const GROWTH: u64 = 64 * 1024 * 1024;
/// The receive buffer of a slow client, so that little is under way when it stops reading.
const NARROW: u32 = 8 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_closed_and_nobody_else_notices() {
    let database = fresh_database().await;
    // Enough to recover all of it: what is too much for that is another test's matter.
    let settings = [("HEYYO_RECOVERY__MAX_MESSAGES", "100000")];
    let server = ServerProcess::start("slow-reader", Some(&database), &settings).await;
    let people = FLOODERS + 2 * SLOW + BOTH.len();
    let mut places = Place::shared_by(people, server.http(), ADMIN_KEY).await;
    let flooders = places.split_off(people - FLOODERS);
    let healthy = places.split_off(2 * SLOW);

    let mut slow = Vec::new();
    for (number, place) in places.iter().enumerate() {
        let transport = BOTH[number % 2];
        let mut listener = Listener::new(format!("slow {number}"), place, 0);
        match transport {
            Polling => listener.connect(Polling).await,
            WebSocket => {
                let opened = Connection::open_narrow(&place.http, NARROW, &listener.auth()).await;
                listener.use_connection(opened.expect("a connection"));
            }
        }
        while listener.recoveries.is_empty() {
            listener.hear().await.expect("a connection that stays");
        }
        slow.push((listener, transport));
    }
    let healthy = healthy.into_iter().zip(BOTH).map(|(place, transport)| {
        tokio::spawn(async move {
            let mut listener = Listener::new(format!("healthy over {transport:?}"), &place, 0);
            listener.hear_until(transport, LAST).await;
            listener
        })
    });
    let healthy: Vec<_> = healthy.collect();

    let (before, _) = server.memory();
    let floods = join_all(flooders.iter().enumerate().map(flood)).await;
    let mut sent: Vec<_> = floods.into_iter().flatten().collect();
    let mut last = Sender::new("the last sender", &flooders[0], Door::Rest);
    last.send(LAST).await;
    let (_, peak) = server.memory();
    let kept = (MESSAGES * FLOODERS * WEIGHT * 2 * SLOW) as u64;
    assert!(
        kept > 2 * GROWTH * 4 / 5,
        "a flood of {kept} bytes proves nothing"
    );
    let growth = peak.saturating_sub(before);
    assert!(growth < GROWTH, "the server grew by {growth} bytes");
    sent.append(&mut last.sent);

    let mut streams = Vec::new();
    for listener in healthy {
        let listener = listener.await.expect("a healthy listener");
        assert_eq!(listener.connections, 1, "a healthy listener was closed");
        streams.push(listener.into_stream());
    }
    for (mut listener, transport) in slow {
        let end = until_the_end(&mut listener).await;
        match (transport, &end) {
            (WebSocket, Gone::Broken(_)) => {}
            (Polling, Gone::Broken(why)) => {
                let refusal = why.strip_prefix("400 ").map(serde_json::from_str::<Value>);
                let refusal = refusal.and_then(Result::ok).unwrap_or_default();
                assert_eq!(refusal["message"], "Session ID unknown", "{end:?}");
            }
            _ => panic!("a slow client does not come back after {end:?}"),
        }
        listener.hear_until(transport, LAST).await;
        // The word comes after what was missed.
        while listener.recoveries.len() < 2 {
            listener.hear().await.expect("a connection that stays");
        }
        assert_eq!(listener.connections, 2);
        assert_eq!(listener.recoveries[1]["complete"], true);
        streams.push(listener.into_stream());
    }
    flooders[0].expect_faultless(sent, streams).await;
    server.stop().await;
}

/// Reads what is under way until the connection ends, which must come before everything has arrived.
async fn until_the_end(listener: &mut Listener) -> Gone {
    loop {
        if let Err(end) = listener.hear().await {
            return end;
        }
        let last = listener.heard.last().is_some_and(|said| said.text == LAST);
        assert!(!last, "a client that did not read was given everything");
    }
}

/// Sends many heavy messages over one socket.
async fn flood((number, place): (usize, &Place)) -> Vec<Sent> {
    let auth = json!({ "token": place.token });
    let connection = Connection::open(&place.http, WebSocket, &auth).await;
    let mut connection = connection.expect("a connection");
    let attachment = json!({ "data": "x".repeat(WEIGHT / 10) });
    let attachments = json!(vec![attachment; 10]);
    let mut sent = Vec::new();
    for round in 0..MESSAGES / AT_ONCE {
        let texts: Vec<String> = (0..AT_ONCE)
            .map(|one| format!("flood {number} {}", round * AT_ONCE + one))
            .collect();
        let (more, refusals) = send_at_once(place, &mut connection, &texts, &attachments).await;
        assert!(refusals.is_empty(), "{refusals:?}");
        sent.extend(more);
    }
    sent
}
