//! A server is told to stop: it says that it is not ready, sends its sockets away a few at a time, finishes what
//! it began, and ends well. Nobody is told to stay away, and nothing that was acked is lost.

use super::{
    place::Place,
    server_process::{ADMIN_KEY, ServerProcess},
};
use crate::support::{eventually, socket::Socket, wire::BOTH};
use futures_util::future::join_all;
use serde_json::json;
use std::time::{Duration, Instant};

const PEOPLE: usize = 60;
/// Sockets of each of them.
const SOCKETS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_sends_its_sockets_away_a_few_at_a_time() {
    let server = ServerProcess::start("drain", None, &[("HEYYO_SERVER__DRAIN_SECONDS", "5")]).await;
    let places = Place::shared_by(PEOPLE, server.http(), ADMIN_KEY).await;
    let mut sockets = vec![];
    for (number, place) in places.iter().enumerate() {
        let auth = json!({ "token": place.token });
        for socket in 0..SOCKETS {
            let transport = BOTH[(number + socket) % 2];
            let socket = Socket::connect(&place.http, transport, Some(&auth)).await;
            sockets.push(socket.expect("a socket"));
        }
    }
    let http = server.http().clone();
    let began = Instant::now();
    let ended = join_all(sockets.iter().map(async |socket| {
        socket.ended().await;
        began.elapsed()
    }));
    let turned_away = async {
        eventually("not ready", async || {
            let ready = http.get("/ready").exchange().await.ok()?;
            (ready.status == 503).then_some(())
        })
        .await;
        // What needs no socket is still done; a new socket finds no place here.
        assert_eq!(
            http.get("/health").exchange().await.expect("alive").status,
            200
        );
        let new = http.get("/socket.io/?EIO=4&transport=polling").exchange();
        let new = new.await.expect("an answer");
        new.expect_refusal(503, "unavailable");
        assert!(!new.header("retry-after").is_empty());
        let place = &places[0];
        let last = place.post("the last", "the last").exchange().await;
        last.expect("an answer").expect(201);
    };
    let stopped = server.stop();
    let (ended, (), ()) = tokio::join!(ended, turned_away, stopped);
    let (first, last) = (ended.iter().min().unwrap(), ended.iter().max().unwrap());
    // 5 ms each.
    let all = Duration::from_millis(5) * (PEOPLE * SOCKETS - 1) as u32;
    assert!(*last - *first >= all / 2, "from {first:?} to {last:?}");
    assert!(!sockets.iter().any(Socket::was_dismissed));
}
