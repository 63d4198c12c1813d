//! The server is killed in the middle of load, three times, once together with its PostgreSQL.
//!
//! What was acked must be there, and everybody must hear everything once and in order: senders try
//! again under the same names, listeners come back and say how far they had come.

use super::{
    load::Load,
    place::Place,
    sender::Door::{Rest, Socket},
    server_process::{ADMIN_KEY, ServerProcess, kill_postgres},
};
use crate::support::wire::Transport::{Polling, WebSocket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_and_doubles_nothing() {
    let mut server = ServerProcess::start("killed-server", None, &[]).await;
    let doors = [Socket(WebSocket), Socket(WebSocket), Socket(Polling), Rest];
    let transports = [WebSocket, WebSocket, Polling, Polling];
    let people = doors.len() + transports.len();
    let places = Place::shared_by(people, server.http(), ADMIN_KEY).await;
    let load = Load::start(&places, &doors, &transports).await;
    for round in 0..3 {
        load.grows_by(100).await;
        if round == 1 {
            // As when the machine dies: nobody is left to finish anything.
            kill_postgres(server.postgres().expect("a PostgreSQL of its own"));
        }
        server.kill().await;
        server.start_again().await;
    }
    load.grows_by(100).await;
    let ended = load.end().await;

    for listener in &ended.listeners {
        assert!(listener.connections > 3, "a listener did not notice");
        assert!(
            listener.recoveries.len() >= 4,
            "a listener did not recover: {:?}",
            listener.recoveries
        );
    }
    for sender in &ended.senders[..3] {
        assert!(sender.connections > 3, "a sender did not notice");
    }
    ended.expect_faultless(&places[0]).await;
    server.stop().await;
}
