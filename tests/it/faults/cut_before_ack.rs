//! The connection dies right after a send, before its answer: nobody knows what came of it.
//!
//! Sent again under its name it is one message, whatever came of the first try, whichever door it goes
//! through and however many tries there are at once.

use super::{
    checker::Sent,
    connection::{Connection, Packet},
    listener::Listener,
    load::LAST,
    place::{Place, Said},
    sender::{Door, Sender, ack},
};
use crate::support::{
    Heyyo, in_time,
    wire::{
        BOTH,
        Transport::{self, Polling, WebSocket},
    },
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// Messages whose first connection dies, of each way to send.
const CUTS: usize = 12;
/// Tries of one message at once, through each door.
const AT_ONCE: usize = 20;

/// A sender, and somebody who hears all of it.
struct Stage {
    _heyyo: Heyyo,
    place: Place,
    listener: Listener,
}

async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let mut places = Place::shared_by(2, &heyyo.http(), heyyo.admin_key()).await;
    let mut listener = Listener::new("listener", &places[1], 0);
    listener.connect(WebSocket).await;
    Stage {
        _heyyo: heyyo,
        place: places.swap_remove(0),
        listener,
    }
}

impl Stage {
    async fn expect_faultless(mut self, mut sent: Vec<Sent>) {
        let mut last = Sender::new("the last sender", &self.place, Door::Rest);
        last.send(LAST).await;
        sent.append(&mut last.sent);
        self.listener.hear_until(WebSocket, LAST).await;
        assert_eq!(self.listener.connections, 1);
        let streams = vec![self.listener.into_stream()];
        self.place.expect_faultless(sent, streams).await;
    }
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Socket(Transport),
    Rest,
}

/// A connection whose answer nobody will read. It is cut when it is dropped.
enum Doomed {
    Socket(#[expect(dead_code, reason = "held open")] Connection),
    Rest(#[expect(dead_code, reason = "held open")] TcpStream),
}

/// Sends a message and reads not a word of the answer.
async fn send_and_look_away(place: &Place, way: Way, name: &str) -> Doomed {
    match way {
        Way::Socket(transport) => {
            let mut connection = connect(place, transport).await;
            let payload = json!({ "channelId": place.channel, "text": name, "clientId": name });
            let sent = connection.emit("message.send", &payload).await;
            sent.expect("a connection that stays");
            Doomed::Socket(connection)
        }
        Way::Rest => {
            let address = place.http.base().trim_start_matches("http://");
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let body = json!({ "text": name, "client_id": name }).to_string();
            let request = format!(
                "POST /api/channels/{}/messages HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                place.channel,
                place.token,
                body.len()
            );
            stream.write_all(request.as_bytes()).await.expect("a write");
            Doomed::Rest(stream)
        }
    }
}

async fn connect(place: &Place, transport: Transport) -> Connection {
    let auth = json!({ "token": place.token });
    let connection = Connection::open(&place.http, transport, &auth).await;
    connection.expect("a connection")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_whose_answer_was_never_read_is_one_message() {
    let mut stage = stage().await;
    let place = stage.place.clone();
    let mut sent = Vec::new();
    let mut stored_before_the_retry = 0;
    for way in [Way::Socket(WebSocket), Way::Socket(Polling), Way::Rest] {
        for cut in 0..CUTS {
            let name = format!("{way:?} {cut}");
            let doomed = send_and_look_away(&place, way, &name).await;
            if cut % 2 == 0 {
                // It is stored for certain: somebody else has heard it. Else it may be or not.
                while stage
                    .listener
                    .heard
                    .last()
                    .is_none_or(|said| said.text != name)
                {
                    stage
                        .listener
                        .hear()
                        .await
                        .expect("a connection that stays");
                }
                stored_before_the_retry += 1;
            }
            drop(doomed);
            // Again, through the other door at times.
            let retry = match cut % 3 {
                0 => in_time(&name, place.post(&name, &name).into_future())
                    .await
                    .json(),
                _ => {
                    let mut connection = connect(&place, WebSocket).await;
                    let payload =
                        json!({ "channelId": place.channel, "text": name, "clientId": name });
                    let number = connection.emit("message.send", &payload).await;
                    let number = number.expect("a connection that stays");
                    let mut ack = in_time(&name, ack(&mut connection, number)).await;
                    ack.as_mut().expect("an ack")["message"].take()
                }
            };
            let other = place.post(&name, "something else").await;
            other.expect_refusal(409, "conflict");
            let said = Said::read(&retry);
            sent.push(Sent::named_by_its_text(&place.user, &name, Some(said)));
        }
    }
    assert_eq!(stored_before_the_retry, 3 * CUTS / 2);
    stage.expect_faultless(sent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_at_once_through_both_doors_are_one_message() {
    let stage = stage().await;
    let place = &stage.place;
    let mut connections = Vec::new();
    for number in 0..AT_ONCE {
        connections.push(connect(place, BOTH[number % 2]).await);
    }
    let mut sent = Vec::new();
    for round in 0..3 {
        let name = format!("at once {round}");
        let payload = json!({ "channelId": place.channel, "text": name, "clientId": name });
        let over_sockets = connections.iter_mut().map(async |connection| {
            let number = connection.emit("message.send", &payload).await;
            let number = number.expect("a connection that stays");
            loop {
                let packet = connection.next().await.expect("a connection that stays");
                if let Packet::Ack(found, mut ack) = packet
                    && found == number
                {
                    return ack["message"].take();
                }
            }
        });
        let over_rest = (0..AT_ONCE).map(|_| place.post(&name, &name).into_future());
        let both = async { tokio::join!(join_all(over_sockets), join_all(over_rest)) };
        let (acks, replies) = in_time(&name, both).await;
        let first_answers = replies.iter().filter(|reply| reply.status == 201).count();
        assert!(first_answers <= 1, "{first_answers} were told to be first");
        let mut answers = acks;
        answers.extend(replies.iter().map(|reply| match reply.status {
            200 | 201 => reply.json(),
            _ => panic!("{} {}", reply.status, reply.text()),
        }));
        assert_eq!(answers.len(), 2 * AT_ONCE);
        for answer in &answers {
            assert_ne!(*answer, Value::Null, "an answer without a message");
            assert_eq!(*answer, answers[0], "two answers differ");
        }
        let said = Said::read(&answers[0]);
        sent.push(Sent::named_by_its_text(&place.user, &name, Some(said)));
    }
    stage.expect_faultless(sent).await;
}
