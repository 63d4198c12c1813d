//! A client sends and sends, and does not take the answers.
//!
//! What waits for it is bounded, in answers and in bytes, and no answer is dropped: its session is ended
//! instead, and when it comes back it asks again under its names. A polling session that is not polled is
//! a client that takes nothing.

use super::{
    connection::{Connection, Gone, Packet},
    listener::Listener,
    place::{Place, Said},
    sender::ack,
};
use crate::support::{
    Heyyo, in_time,
    wire::Transport::{Polling, WebSocket},
};
use serde_json::{Value, json};

/// Events of one request, fewer than may wait to be handled.
const AT_ONCE: usize = 200;
/// More answers than are kept for a socket.
const ANSWERS: usize = 1_400;
/// Answers of `WEIGHT` bytes, more than a mebibyte in all.
const HEAVY_ANSWERS: usize = 90;
const WEIGHT: usize = 19_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_answers_end_the_session_and_none_is_dropped() {
    let heyyo = Heyyo::start().await;
    let places = Place::shared_by(2, &heyyo.http(), heyyo.admin_key()).await;
    // What is no event at all is answered, and told to nobody.
    let events = vec![("nonsense", json!({})); ANSWERS];
    expect_cut(&places, &events, AT_ONCE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_heavy_answers_end_the_session_and_the_retry_is_answered() {
    let heyyo = Heyyo::start().await;
    let places = Place::shared_by(2, &heyyo.http(), heyyo.admin_key()).await;
    let place = &places[0];
    let attachments = vec![json!({ "data": "x".repeat(WEIGHT / 10) }); 10];
    // The same again and again: it is told once, and answered each time.
    let send = json!({
        "channelId": place.channel, "text": "heavy", "clientId": "heavy", "attachments": attachments,
    });
    let events = vec![("message.send", send.clone()); HEAVY_ANSWERS];
    expect_cut(&places, &events, 3).await;

    let auth = json!({ "token": place.token });
    let connection = Connection::open(&place.http, Polling, &auth).await;
    let mut connection = connection.expect("a welcome");
    let number = connection.emit("message.send", &send).await;
    let answer = ack(&mut connection, number.expect("a connection that stays"));
    let answer = in_time("the ack of a retry", answer).await;
    let said = Said::read(&answer.expect("a connection that stays")["message"]);
    assert_eq!(place.history_after(0).await[0], said);
}

/// Lets the first one send these events and take no answer until all were given; then their session must
/// have ended.
async fn expect_cut(places: &[Place], events: &[(&str, Value)], at_once: usize) {
    let [place, other] = places else {
        panic!("two people");
    };
    let mut listener = Listener::new("the other", other, 0);
    listener.connect(WebSocket).await;
    let auth = json!({ "token": place.token });
    let connection = Connection::open(&place.http, Polling, &auth).await;
    let mut connection = connection.expect("a welcome");
    for some in events.chunks(at_once) {
        let payloads: Vec<Value> = some.iter().map(|(_, payload)| payload.clone()).collect();
        if let Err(end) = connection.emit_all(some[0].0, &payloads).await {
            return expect_unknown(&end);
        }
    }
    // A socket's events are handled in order: when this one is through, all before it were, and when the
    // log has come that far, they were answered.
    let typing = json!({ "channelId": place.channel });
    if let Err(end) = connection.emit("typing.stop", &typing).await {
        return expect_unknown(&end);
    }
    listener.hear_event("typing.stop").await;
    if events[0].0 == "message.send" {
        other.post("after", "after").await.expect(201);
    }
    let mut answers = 0;
    loop {
        match in_time("an answer or the end", connection.next()).await {
            Ok(Packet::Ack(..)) => answers += 1,
            Ok(Packet::Event(..)) => {}
            Err(end) => return expect_unknown(&end),
        }
        assert!(answers < events.len(), "everything was kept for it");
    }
}

/// Its client begins a new session by itself.
fn expect_unknown(end: &Gone) {
    let Gone::Broken(why) = end else {
        panic!("{end:?}");
    };
    assert!(why.contains("Session ID unknown"), "{why}");
}
