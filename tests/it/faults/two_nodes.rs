//! Two nodes write one channel at once, and whoever listens at either hears one log: every message once,
//! in order, without a hole. So too when a node cannot hear, or dies.

use super::{
    listener::Listener,
    load::Load,
    place::Place,
    sender::Door::{Rest, Socket},
    server_process::{ADMIN_KEY, ServerProcess, kill_postgres},
    tries::patiently,
};
use crate::support::{
    Heyyo, Http, eventually,
    server::fresh_database,
    wire::Transport::{Polling, WebSocket},
};
use sqlx::{Connection, PgConnection, PgPool};

/// Half of those who send, and of those who listen, at each node.
const DOORS: [super::sender::Door; 6] = [
    Socket(WebSocket),
    Socket(WebSocket),
    Socket(Polling),
    Socket(WebSocket),
    Rest,
    Rest,
];
const TRANSPORTS: [crate::support::wire::Transport; 4] = [WebSocket, WebSocket, Polling, WebSocket];

/// People in one channel, every other one at the second node. The first one is at the first.
async fn shared(first: &Http, second: &Http, admin_key: &str) -> Vec<Place> {
    let people = DOORS.len() + TRANSPORTS.len();
    let mut places = Place::shared_by(people, first, admin_key).await;
    for place in places.iter_mut().skip(1).step_by(2) {
        place.http = second.clone();
    }
    places
}

/// The connections that nodes listen on.
const LISTENING: &str = "datname = current_database() AND query LIKE 'SELECT pg_backend_pid() %'";

async fn listening(database: &PgPool) -> i64 {
    let count = format!("SELECT count(*) FROM pg_stat_activity WHERE {LISTENING}");
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(count));
    count.fetch_one(database).await.expect("a count")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_write_one_channel_tell_one_log() {
    let first = Heyyo::start().await;
    let second = first.beside().await;
    let places = shared(&first.http(), &second.http(), first.admin_key()).await;
    let load = Load::start(&places, &DOORS, &TRANSPORTS).await;
    load.grows_by(600).await;
    let ended = load.end().await;
    for listener in &ended.listeners {
        assert_eq!(listener.connections, 1, "a listener was sent away");
    }
    ended.expect_faultless(&places[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_could_not_hear_looks_at_the_log() {
    let first = Heyyo::start().await;
    let second = first.beside().await;
    let places = shared(&first.http(), &second.http(), first.admin_key()).await;
    let load = Load::start(&places, &DOORS, &TRANSPORTS).await;
    for _ in 0..3 {
        load.grows_by(150).await;
        eventually("both nodes listen", async || {
            (listening(first.database()).await == 2).then_some(())
        })
        .await;
        let end =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LISTENING}");
        let ended = sqlx::query(sqlx::AssertSqlSafe(end));
        let ended = ended.fetch_all(first.database()).await.expect("an end");
        assert_eq!(ended.len(), 2, "both were listening");
    }
    // Nothing is sent that would show the hole: what was missed is found by looking.
    let ended = load.end().await;
    for listener in &ended.listeners {
        assert_eq!(listener.connections, 1, "a listener was sent away");
    }
    ended.expect_faultless(&places[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_whose_database_dies_hear_everything_once_it_is_back() {
    let first = ServerProcess::start("first-of-two", None, &[]).await;
    let second = ServerProcess::start("second-of-two", Some(&first.database_url()), &[]).await;
    let places = shared(first.http(), second.http(), ADMIN_KEY).await;
    let load = Load::start(&places, &DOORS, &TRANSPORTS).await;
    for _ in 0..3 {
        load.grows_by(100).await;
        kill_postgres(first.postgres().expect("a PostgreSQL of its own"));
    }
    load.grows_by(100).await;
    let ended = load.end().await;
    for listener in &ended.listeners {
        assert_eq!(listener.connections, 1, "a listener was sent away");
    }
    ended.expect_faultless(&places[0]).await;
    second.stop().await;
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_node_stored_and_did_not_tell_is_heard() {
    let url = fresh_database().await;
    let start = || Heyyo::start_with(|config| config.boot.database.url = url.clone());
    let first = start().await;
    let mut second = ServerProcess::start("second-node", Some(&url), &[]).await;
    let places = shared(&first.http(), second.http(), ADMIN_KEY).await;
    let load = Load::start(&places, &DOORS, &TRANSPORTS).await;
    for _ in 0..3 {
        load.grows_by(100).await;
        second.kill().await;
        load.grows_by(50).await;
        second.start_again().await;
    }
    let ended = load.end().await;
    ended.expect_faultless(&places[0]).await;
    // A message that is in the log without a word, as when a node dies right after its commit.
    let mut database = PgConnection::connect(&url).await.expect("a database");
    let mut listener = Listener::new("the last listener", &places[0], 0);
    listener.connect(WebSocket).await;
    listener.hear_event("recovery").await;
    let newest = listener.newest();
    sqlx::query(
        "WITH raised AS (
             UPDATE channels SET last_seq = last_seq + 1, last_message_at = now() WHERE id = $1::uuid
             RETURNING app_id, id, last_seq
         )
         INSERT INTO messages (app_id, channel_id, seq, id, user_id, text, attachments, metadata, created_at, updated_at)
         SELECT raised.app_id, raised.id, last_seq, gen_random_uuid(), $2::uuid, 'untold', '[]', '{}', now(), now()
         FROM raised",
    )
    .bind(&places[0].channel)
    .bind(&places[0].user)
    .execute(&mut database)
    .await
    .expect("a message");
    second.kill().await;
    patiently("the untold message", listener.hear_event("message.new")).await;
    assert_eq!(listener.newest(), newest + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_nodes_users_go_offline() {
    let url = fresh_database().await;
    let first = Heyyo::start_with(|config| config.boot.database.url = url.clone()).await;
    let mut second = ServerProcess::start("dying-node", Some(&url), &[]).await;
    let acme = first.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    let here = alice.socket().await;
    let bob = bob.with(second.http());
    let _there = bob.socket().await;
    let told = here.next_event_where("presence.changed", |told| told["externalId"] == "bob");
    assert_eq!(told.await["status"], "online");
    second.kill().await;
    // Within its lease and a renewal, which is longer than a socket of the tests waits.
    let gone = async {
        loop {
            if channel.member(&bob).await["is_online"] == false {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    patiently("the end of a lease", gone).await;
    let told = here.next_event("presence.changed").await;
    assert_eq!(told["status"], "offline");
}
