//! Nothing is acked and nothing is told before the commit has taken place; and when it does not take
//! place, nothing ever was.

use super::{
    checker::Sent,
    connection::{Connection, Packet},
    gate::Gate,
    listener::Listener,
    load::LAST,
    place::{Place, Said},
    sender::{Door, Sender, ack},
};
use crate::support::{Heyyo, in_time, wire::Transport::WebSocket};
use heyyo::config::Config;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acked_or_told_before_the_commit() {
    // A commit at the gate takes as long as it takes.
    let patient = |config: &mut Config| config.live.database.patience_milliseconds = 60_000;
    let heyyo = Heyyo::start_with(patient).await;
    let mut gate = Gate::build(&heyyo).await;
    let places = Place::shared_by(2, &heyyo.http(), heyyo.admin_key()).await;
    let [sending, listening] = &places[..] else {
        panic!("two people");
    };
    let mut listener = Listener::new("listener", listening, 0);
    listener.connect(WebSocket).await;
    let auth = json!({ "token": sending.token });
    let connection = Connection::open(&sending.http, WebSocket, &auth).await;
    let mut connection = connection.expect("a connection");
    let mut sent = Vec::new();
    for (round, takes_place) in [true, false, true, false].into_iter().enumerate() {
        let names = [format!("socket {round}"), format!("REST {round}")];
        let [over_a_socket, over_rest] = &names;
        gate.shut().await;
        let payload = json!({
            "channelId": sending.channel, "text": over_a_socket, "clientId": over_a_socket,
        });
        let send = connection.emit("message.send", &payload).await;
        let send = send.expect("a connection that stays");
        let rest = tokio::spawn(sending.post(over_rest, over_rest).exchange());
        gate.until_a_commit_waits().await;

        // Whatever was said before the commit has arrived before this.
        let typing = json!({ "channelId": sending.channel });
        let marker = connection.emit("typing.start", &typing).await;
        let marker = marker.expect("a connection that stays");
        let acked = in_time("an ack", acks_until(&mut connection, marker)).await;
        assert!(!acked.contains(&send), "acked before the commit");
        assert!(!rest.is_finished(), "answered before the commit");
        listener.hear_event("typing.start").await;
        let history = sending.history_after(0).await;
        for told in [&listener.heard, &history] {
            let early = told.iter().find(|said| names.contains(&said.text));
            assert!(early.is_none(), "told before the commit: {early:?}");
        }

        if !takes_place {
            gate.end_who_waits().await;
        }
        gate.open().await;
        let answers = async { tokio::join!(ack(&mut connection, send), rest) };
        let (ack, rest) = in_time("answers", answers).await;
        let ack = ack.expect("a connection that stays");
        let rest = rest.expect("a call").expect("an answer");
        let are_acked = [ack["message"].is_object(), rest.status == 201];
        // One of the two was in the commit that broke off, the other perhaps in the next.
        assert_eq!(are_acked == [true; 2], takes_place, "{ack} {}", rest.text());
        // Again: it is the same or it is the first, whichever was said.
        for (name, is_acked) in names.iter().zip(are_acked) {
            let again = sending.post(name, name).await;
            assert!(!is_acked || again.status == 200, "acked and not there");
            let said = Said::read(&again.json());
            sent.push(Sent::named_by_its_text(&sending.user, name, Some(said)));
        }
    }
    // The account wants a sender's messages in their order; each two were sent at once.
    sent.sort_by_key(|sent| sent.acked.as_ref().map(|said| said.seq));
    let mut last = Sender::new("the last sender", sending, Door::Socket(WebSocket));
    last.send(LAST).await;
    sent.append(&mut last.sent);
    listener.hear_until(WebSocket, LAST).await;
    sending
        .expect_faultless(sent, vec![listener.into_stream()])
        .await;
}

/// The numbers of all acks up to this one.
async fn acks_until(connection: &mut Connection, last: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    loop {
        if let Packet::Ack(number, _) = connection.next().await.expect("a connection that stays") {
            numbers.push(number);
            if number == last {
                return numbers;
            }
        }
    }
}
