//! PostgreSQL is killed under load and comes back, once quickly and once after a long while.
//!
//! Nothing acked is lost. Senders are told to come back later, soon and in so many words. Sockets stay:
//! a listener that never had to reconnect must hear everything too, also what was stored by a commit
//! whose answer never arrived, and at its place.

use super::{
    checker::Sent,
    connection::Connection,
    load::Load,
    place::Place,
    sender::{
        Door::{Rest, Socket},
        send_at_once,
    },
    server_process::{ADMIN_KEY, Postgres, ServerProcess, kill_postgres},
    tries::Tries,
};
use crate::support::wire::Transport::{Polling, WebSocket};
use serde_json::json;
use std::time::{Duration, Instant};

/// The longest that a write may wait for its answer while the database is away, and that everything may
/// take to go on once it is back.
const SOON: Duration = Duration::from_secs(5);

/// How often a PostgreSQL that comes back is killed again, to be away for a while.
const KILLS: usize = 6;

/// Messages that one socket sends without waiting for an answer: more than the server has connections to
/// the database, as those that died are soon found out.
const BURST: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_database_loses_nothing_and_writes_fail_soon() {
    let server = ServerProcess::start("killed-database", None, &[]).await;
    let doors = [Socket(WebSocket), Socket(WebSocket), Socket(Polling), Rest];
    let transports = [WebSocket, WebSocket, Polling];
    let people = doors.len() + transports.len() + 1;
    let mut places = Place::shared_by(people, server.http(), ADMIN_KEY).await;
    let hasty = places.pop().expect("one more");
    let auth = json!({ "token": hasty.token });
    let mut connection = Connection::open(&hasty.http, WebSocket, &auth)
        .await
        .expect("a connection");
    let load = Load::start(&places, &doors, &transports).await;

    load.grows_by(100).await;
    let killed = kill_the_next(&server, None).await;
    goes_on(&server, &load, killed).await;

    load.grows_by(100).await;
    let mut killed = kill_the_next(&server, Some(killed)).await;
    // The second is only started when nothing of the first is left that could still answer.
    killed = kill_the_next(&server, Some(killed)).await;
    let burst = tokio::spawn(async move { send_a_burst(&hasty, &mut connection).await });
    for _ in 2..KILLS {
        killed = kill_the_next(&server, Some(killed)).await;
    }
    goes_on(&server, &load, killed).await;
    let (burst, slowest) = burst.await.expect("a burst that ends");
    assert!(slowest < SOON, "a burst waited {slowest:?} for an answer");
    let mut ended = load.end().await;

    let refusals: usize = ended.senders.iter().map(|sender| sender.refusals).sum();
    assert!(refusals > 0, "nobody noticed that the database was away");
    for sender in &ended.senders {
        let slowest = sender.slowest;
        assert!(slowest < SOON, "a sender waited {slowest:?} for an answer");
        assert!(sender.connections <= 1, "a sender lost its connection");
    }
    for listener in &ended.listeners {
        assert_eq!(listener.connections, 1, "a listener lost its connection");
    }
    ended.senders[0].sent.extend(burst);
    ended.expect_faultless(&places[0]).await;
    server.stop().await;
}

/// Kills the PostgreSQL that comes after this one, ready or not; without one, a ready one.
async fn kill_the_next(server: &ServerProcess, last: Option<Postgres>) -> Postgres {
    let mut tries = Tries::of("a PostgreSQL to kill");
    loop {
        tries.next().await;
        match server.postgres() {
            Some(next) if last.is_none_or(|last| next.process != last.process) => {
                kill_postgres(next);
                return next;
            }
            other => tries.failed(other),
        }
    }
}

/// Returns when messages are acked again after the PostgreSQL that was killed is back.
async fn goes_on(server: &ServerProcess, load: &Load, killed: Postgres) {
    let mut tries = Tries::of("a PostgreSQL that is ready");
    loop {
        tries.next().await;
        match server.postgres() {
            Some(next) if next.process != killed.process && next.is_ready => break,
            other => tries.failed(other),
        }
    }
    let back = Instant::now();
    load.grows_by(10).await;
    let passed = back.elapsed();
    assert!(passed < SOON, "it took {passed:?} to go on");
}

/// Sends many messages at once and tells what became of them, and how long the last answer took.
async fn send_a_burst(place: &Place, connection: &mut Connection) -> (Vec<Sent>, Duration) {
    let began = Instant::now();
    let texts: Vec<String> = (0..BURST).map(|number| format!("burst {number}")).collect();
    let (sent, refusals) = send_at_once(place, connection, &texts, &json!([])).await;
    for refusal in refusals {
        assert_eq!(refusal["code"], "unavailable", "{refusal}");
        assert!(refusal["retry_after_ms"].is_u64(), "{refusal}");
    }
    (sent, began.elapsed())
}
