//! Everybody comes back at once, as after a restart: each gets everything, and the log is read a few
//! times and not once for each of them.

use super::{
    listener::Listener,
    place::Place,
    sender::{Door, Sender},
};
use crate::support::{Heyyo, eventually, server::fresh_database, wire::BOTH, wire::Transport};
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use tokio::sync::Barrier;

const PEOPLE: usize = 100;
/// Sockets of each of them.
const SOCKETS: usize = 3;
const MISSED: usize = 200;
/// Where all of them had come to.
const SINCE: i64 = 50;
/// Reads of the log that the whole storm may cost.
const READS: i64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_clients_is_a_few_reads() {
    let url = fresh_database().await;
    let start = || Heyyo::start_with(|config| config.boot.database.url = url.clone());
    let heyyo = start().await;
    let mut places = Place::shared_by(PEOPLE, &heyyo.http(), heyyo.admin_key()).await;
    let door = Door::Socket(Transport::WebSocket);
    let mut sender = Sender::new("sender", &places[0], door);
    for _ in 0..SINCE as usize + MISSED {
        sender.send_next().await;
    }
    drop(heyyo);

    let mut database = PgConnection::connect(&url).await.expect("a database");
    let before = reads(&mut database).await;
    let heyyo = start().await;
    let together = Arc::new(Barrier::new(PEOPLE * SOCKETS));
    let mut storm = Vec::new();
    for (number, place) in places.iter_mut().enumerate() {
        place.http = heyyo.http();
        for socket in 0..SOCKETS {
            let transport = BOTH[(number + socket) % 2];
            let name = format!("socket {socket} of person {number}");
            let mut listener = Listener::new(name, place, SINCE);
            let together = together.clone();
            storm.push(tokio::spawn(async move {
                together.wait().await;
                while listener.recoveries.is_empty() {
                    if listener.connection().is_none() {
                        listener.connect(transport).await;
                    }
                    if let Err(gone) = listener.hear().await {
                        gone.expect_to_pass();
                    }
                }
                listener
            }));
        }
    }
    let mut streams = Vec::new();
    for listener in storm {
        let listener = listener.await.expect("one of the storm");
        assert_eq!(listener.connections, 1, "one was turned away");
        assert_eq!(listener.recoveries[0]["complete"], true);
        streams.push(listener.into_stream());
    }
    drop(heyyo);
    let reads = reads(&mut database).await - before;
    assert!(reads > 0, "the reads are not counted");
    assert!(
        reads < READS,
        "{} clients cost {reads} reads of the log",
        streams.len()
    );

    let heyyo = start().await;
    places[0].http = heyyo.http();
    places[0].expect_faultless(sender.sent, streams).await;
}

/// How often the log was ever read. PostgreSQL counts a process's reads when it ends, so this waits
/// until the server has let go of its connections.
async fn reads(database: &mut PgConnection) -> i64 {
    eventually("the server's connections end", async || {
        let others: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )
        .fetch_one(&mut *database)
        .await
        .expect("a count");
        (others == 0).then_some(())
    })
    .await;
    sqlx::query_scalar(
        "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'messages'",
    )
    .fetch_one(database)
    .await
    .expect("a count")
}
