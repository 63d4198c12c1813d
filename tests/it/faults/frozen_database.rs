//! PostgreSQL is frozen: it takes what it is sent and says nothing, as behind a network that swallows
//! everything.
//!
//! Everybody is told to come back later, soon and in so many words, and nobody loses a connection. When it
//! thaws, everything goes on by itself; what was acked is there, and nothing is stored or heard twice.

use super::{
    checker::Sent,
    connection::{Connection, Gone},
    listener::Listener,
    load::{LAST, Load},
    place::{Place, Said},
    sender::{
        Door::{Rest, Socket},
        Sender,
    },
    server_process::{ADMIN_KEY, ServerProcess},
    tries::patiently,
};
use crate::support::{
    Heyyo, eventually,
    http::Call,
    wire::Transport::{Polling, WebSocket},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use std::{
    fs,
    time::{Duration, Instant},
};

/// The longest that anything may wait for its answer: three seconds, and what a busy machine adds.
const SOON: Duration = Duration::from_secs(4);
/// The longest that everything may take to go on.
const BACK: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_database_answers_nobody_and_everybody_is_answered() {
    let server = ServerProcess::start("frozen-database", None, &[]).await;
    let doors = [Socket(WebSocket), Socket(WebSocket), Socket(Polling), Rest];
    let transports = [WebSocket, WebSocket, Polling];
    let people = doors.len() + transports.len() + 1;
    let mut places = Place::shared_by(people, server.http(), ADMIN_KEY).await;
    let visitor = places.pop().expect("one more");
    let load = Load::start(&places, &doors, &transports).await;
    let mut names = Vec::new();
    for _ in 0..2 {
        load.grows_by(100).await;
        let frozen = Frozen::all_of(server.postgres().expect("a PostgreSQL").process);
        // Again: what the first ones waited for in vain is not there for the later ones.
        for _ in 0..2 {
            let name = format!("visitor says {}", names.len());
            let ready = visitor.http.get("/ready").exchange().await;
            ready.expect("an answer").expect_refusal(503, "unavailable");
            let list = visitor.http.get("/api/channels").token(&visitor.token);
            tokio::join!(
                expect_soon(visitor.post(&name, &name)),
                expect_soon(visitor.messages("?limit=2")),
                expect_soon(list),
                expect_no_welcome(&visitor),
            );
            names.push(name);
        }
        server.http().get("/health").await.expect(200);
        drop(frozen);
        let back = Instant::now();
        load.grows_by(10).await;
        let passed = back.elapsed();
        assert!(passed < BACK, "it took {passed:?} to go on");
    }
    // What the visitor sent may have been stored or not. Sent again, it is there once.
    let mut sent = Vec::new();
    for name in names {
        let again = visitor.post(&name, &name).await;
        assert!([200, 201].contains(&again.status), "{}", again.text());
        let said = Said::read(&again.json());
        sent.push(Sent::named_by_its_text(&visitor.user, &name, Some(said)));
    }
    // The account wants a sender's messages in their order; these were sent twice.
    sent.sort_by_key(|sent| sent.acked.as_ref().map(|said| said.seq));
    let mut ended = load.end().await;
    let refusals: usize = ended.senders.iter().map(|sender| sender.refusals).sum();
    assert!(refusals > 0, "nobody noticed that the database was frozen");
    for sender in &ended.senders {
        let slowest = sender.slowest;
        assert!(slowest < SOON, "a sender waited {slowest:?} for an answer");
        assert!(sender.connections <= 1, "a sender lost its connection");
    }
    for listener in &ended.listeners {
        assert_eq!(listener.connections, 1, "a listener lost its connection");
    }
    ended.senders[0].sent.append(&mut sent);
    ended.expect_faultless(&places[0]).await;
    server.stop().await;
}

/// The worst moment: the statement is sent, and whoever is to carry it out has not read it yet. If the
/// others went on meanwhile, it would be carried out later, behind the back of everybody who listens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_on_is_not_stored_behind_everybodys_back() {
    let heyyo = Heyyo::start().await;
    let places = Place::shared_by(2, &heyyo.http(), heyyo.admin_key()).await;
    let [sending, listening] = &places[..] else {
        panic!("two people");
    };
    let mut listener = Listener::new("listener", listening, 0);
    listener.connect(WebSocket).await;
    sending.post("first", "first").await.expect(201);
    for round in 0..3 {
        let writer: i32 = sqlx::query_scalar(
            "SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'heyyo' AND query LIKE 'WITH draft%'",
        )
        .fetch_one(heyyo.database())
        .await
        .expect("a writer");
        let frozen = Frozen::one(writer);
        // Without a name: nothing else would keep it from being stored.
        let path = format!("/api/channels/{}/messages", sending.channel);
        let doomed = sending
            .http
            .post(&path, &json!({ "text": format!("doomed {round}") }));
        expect_soon(doomed.token(&sending.token)).await;
        // Nobody overtakes what is not known.
        expect_soon(sending.post("beside", "beside")).await;
        drop(frozen);
        let back = Instant::now();
        let name = format!("after {round}");
        eventually("writes go on", async || {
            let reply = sending.post(&name, &name).exchange().await;
            let status = reply.expect("an answer").status;
            [200, 201].contains(&status).then_some(())
        })
        .await;
        assert!(back.elapsed() < BACK, "it took {:?}", back.elapsed());
    }
    let mut last = Sender::new("the last sender", sending, Socket(WebSocket));
    last.send(LAST).await;
    listener.hear_until(WebSocket, LAST).await;
    assert_eq!(listener.connections, 1);
    assert_eq!(
        listener.heard,
        listening.history_after(0).await,
        "the log and what was heard differ"
    );
}

async fn expect_no_welcome(place: &Place) {
    let began = Instant::now();
    let auth = json!({ "token": place.token });
    let opened = Connection::open(&place.http, WebSocket, &auth);
    let refusal = patiently("a refusal", opened).await.err();
    assert!(
        matches!(&refusal, Some(Gone::Refused(words)) if words.starts_with("Temporarily")),
        "{refusal:?}"
    );
    assert!(began.elapsed() < SOON, "waited {:?}", began.elapsed());
}

async fn expect_soon(call: Call) {
    let (name, began) = (call.name(), Instant::now());
    let reply = patiently(&name, call.exchange()).await.expect("an answer");
    assert_eq!(reply.expect(503)["code"], "unavailable", "{name}");
    assert_ne!(reply.header("retry-after"), "", "{name}");
    let passed = began.elapsed();
    assert!(passed < SOON, "{name} waited {passed:?}");
}

/// Processes that stand still. They go on when this is dropped.
struct Frozen(Vec<Pid>);

impl Frozen {
    fn one(process: i32) -> Self {
        Self::these(vec![process])
    }

    /// A process and its children.
    fn all_of(parent: i32) -> Self {
        let mut all = Self::these(vec![parent]);
        // Now that it stands still it has no more children than these.
        let children = fs::read_dir("/proc").expect("processes").flatten();
        let children = children.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_child = |process: &i32| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let behind_the_name = stat.rsplit(')').next().unwrap_or_default();
            behind_the_name.split_whitespace().nth(1) == Some(&parent.to_string())
        };
        let mut children = Self::these(children.filter(is_child).collect());
        all.0.append(&mut children.0);
        all
    }

    fn these(processes: Vec<i32>) -> Self {
        let processes: Vec<Pid> = processes.into_iter().map(Pid::from_raw).collect();
        for process in &processes {
            kill(*process, Signal::SIGSTOP).expect("a process to freeze");
        }
        Self(processes)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for process in &self.0 {
            // One that was to end meanwhile may be gone.
            let _ = kill(*process, Signal::SIGCONT);
        }
    }
}
