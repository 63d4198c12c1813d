//! More sends than can be stored: the queue of a shard fills up while the database is slow.
//!
//! Who does not fit in is told so at once, in so many words and when to come back; whoever was let in is
//! stored, once, even if their connection is gone by then; nobody hangs, and the server answers other
//! calls as ever.

use super::{
    connection::{Connection, Packet},
    gate::Gate,
    place::Place,
    tries::Tries,
};
use crate::support::{Heyyo, eventually, in_time, wire::Transport::WebSocket};
use futures_util::future::join_all;
use heyyo::config::Config;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// Sockets that flood, and what each sends: no more than may wait to be handled for one socket, so that
/// it is the shard's queue that is full.
const SOCKETS: usize = 40;
const SENDS: usize = 250;
/// Sends over REST that come first and wait for their answers.
const PATIENT: usize = 20;
/// Refusals that there must be: a shard's queue holds 8,192 and a batch 512.
const REFUSALS: usize = SOCKETS * SENDS + PATIENT - 8_192 - 512;
/// How soon the server answers what does not need the log.
const SOON: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_at_once_and_keeps_what_it_took() {
    // A commit at the gate takes as long as it takes.
    let patient = |config: &mut Config| config.live.database.patience_milliseconds = 60_000;
    let heyyo = Heyyo::start_with(patient).await;
    let places = Place::shared_by(SOCKETS, &heyyo.http(), heyyo.admin_key()).await;
    let first = &places[0];
    let mut gate = Gate::build(&heyyo).await;
    gate.shut().await;
    let mut waiting = Vec::new();
    for number in 0..PATIENT {
        let name = format!("patient {number}");
        waiting.push(tokio::spawn(first.post(&name, &name).into_future()));
    }
    gate.until_a_commit_waits().await;

    let floods = places.iter().enumerate();
    let floods = floods.map(|(number, place)| flood(number, place.clone(), SENDS));
    let mut taken = HashSet::new();
    let mut refused = HashSet::new();
    for flood in join_all(floods).await {
        taken.extend(flood.taken);
        refused.extend(flood.refused);
    }
    assert!(refused.len() >= REFUSALS, "only {} refusals", refused.len());

    // Full as it is, the server is there.
    let began = Instant::now();
    first.http.get("/health").await.expect(200);
    first.messages("").await.expect(200);
    let refusal = in_time("a refusal", first.post("late", "late").exchange()).await;
    let refusal = refusal.expect("an answer");
    assert_eq!(refusal.expect(503)["code"], "unavailable");
    let later: Option<u64> = refusal.header("retry-after").parse().ok();
    assert!(later.is_some_and(|seconds| seconds >= 1), "no Retry-After");
    let passed = began.elapsed();
    assert!(passed < SOON, "a full server took {passed:?} to answer");

    gate.open().await;
    for (number, reply) in waiting.into_iter().enumerate() {
        reply.await.expect("a reply").expect(201);
        taken.insert(format!("patient {number}"));
    }
    // Emptied again, it has room.
    let mut tries = Tries::of("room in the queue");
    loop {
        tries.next().await;
        let reply = first.post("last", "last").exchange().await;
        match reply.expect("an answer") {
            reply if reply.status == 201 => break,
            reply => tries.failed(reply),
        }
    }
    taken.insert("last".to_owned());

    let history = first.history_after(0).await;
    let stored: HashSet<String> = history.iter().map(|said| said.text.clone()).collect();
    assert_eq!(history.len(), stored.len(), "something is stored twice");
    let lost: Vec<_> = taken.difference(&stored).take(5).collect();
    assert!(lost.is_empty(), "taken and not stored: {lost:?}");
    let invented: Vec<_> = stored.difference(&taken).take(5).collect();
    assert!(invented.is_empty(), "refused and yet stored: {invented:?}");

    // Who comes back later is let in.
    let again = refused.iter().next().expect("a refusal");
    first.post(again, again).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_floods_waits_and_another_is_stored_next() {
    let patient = |config: &mut Config| config.live.database.patience_milliseconds = 60_000;
    let heyyo = Heyyo::start_with(patient).await;
    let many = Place::shared_by(SOCKETS, &heyyo.http(), heyyo.admin_key()).await;
    let other = Place::shared_by(1, &heyyo.http(), heyyo.admin_key()).await;
    let mut gate = Gate::build(&heyyo).await;
    gate.shut().await;
    let first = tokio::spawn(many[0].post("first", "first").into_future());
    gate.until_a_commit_waits().await;
    let floods = many.iter().enumerate();
    let floods = floods.map(|(number, place)| flood(number, place.clone(), SENDS));
    let floods = join_all(floods).await;
    let refused: usize = floods.iter().map(|flood| flood.refused.len()).sum();
    assert!(refused > 0, "the line of the app that floods is not full");
    let one = flood(SOCKETS, other[0].clone(), 1).await;
    assert_eq!(one.refused, [""; 0], "another's line is full as well");

    gate.open().await;
    first.await.expect("a reply").expect(201);
    let all = SOCKETS * SENDS - refused + 2;
    eventually("all that was taken is stored", async || {
        let stored = sqlx::query_scalar("SELECT count(*) FROM messages");
        let stored: i64 = stored.fetch_one(heyyo.database()).await.unwrap();
        (stored == all as i64).then_some(())
    })
    .await;
    // Transactions are numbered as they begin to write.
    let before = sqlx::query_scalar(
        "SELECT count(*) FROM messages AS earlier, messages AS one
         WHERE one.text = $1 AND earlier.xmin::text::bigint < one.xmin::text::bigint",
    );
    let before = before.bind(&one.taken[0]).fetch_one(heyyo.database()).await;
    let before: i64 = before.unwrap();
    assert!(
        before <= 1,
        "{before} of a flood were stored before one of another"
    );
}

/// What became of the sends of one socket.
struct Flood {
    taken: Vec<String>,
    refused: Vec<String>,
}

/// Sends as much as one socket may, waits until all of it was either refused or put in line, and is gone.
async fn flood(number: usize, place: Place, sends: usize) -> Flood {
    let auth = json!({ "token": place.token });
    let connection = Connection::open(&place.http, WebSocket, &auth).await;
    let mut connection = connection.expect("a connection");
    let mut taken: Vec<String> = (0..sends)
        .map(|one| format!("flood {number} {one}"))
        .collect();
    let payload =
        |text: &String| json!({ "channelId": place.channel, "text": text, "clientId": text });
    let payloads: Vec<Value> = taken.iter().map(payload).collect();
    let numbers = connection.emit_all("message.send", &payloads).await;
    let numbers = numbers.expect("a connection that stays");
    // A socket's events are handled in order: when this one is answered, the others were looked at.
    let typing = json!({ "channelId": place.channel });
    let last = connection.emit("typing.stop", &typing).await;
    let last = last.expect("a connection that stays");
    let mut refused = Vec::new();
    loop {
        let packet = in_time("an ack", connection.next()).await;
        let Packet::Ack(number, ack) = packet.expect("a connection that stays") else {
            continue;
        };
        if number == last {
            // On a busy machine it may have waited too long as well.
            let is_answered = ack["success"] == true || ack["code"] == "unavailable";
            assert!(is_answered, "{ack}");
            break;
        }
        assert_eq!(ack["code"], "unavailable", "{ack}");
        assert!(ack["retry_after_ms"].as_u64() > Some(0), "{ack}");
        let one = numbers.iter().position(|found| *found == number);
        refused.push(taken[one.expect("a number that was given")].clone());
    }
    taken.retain(|text| !refused.contains(text));
    Flood { taken, refused }
}
