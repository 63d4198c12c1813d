//! A client that sends, over either door, and tries again until it is acked.
//!
//! Each message has a name of its own, and a message is only followed by the next once it is acked: so
//! whatever happens in between, the account knows exactly what must be there.

use super::{
    checker::Sent,
    connection::{Connection, Gone, Packet},
    place::{Place, Said},
    tries::{Tries, patiently},
};
use crate::support::wire::Transport;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The way a sender's messages go.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    /// Over a socket.
    Socket(Transport),
    /// Over REST.
    Rest,
}

/// A sender and its account.
pub struct Sender {
    name: String,
    place: Place,
    door: Door,
    connection: Option<Connection>,
    /// Everything it sent.
    pub sent: Vec<Sent>,
    /// How often it connected.
    pub connections: usize,
    /// How often it was told to come back later.
    pub refusals: usize,
    /// The longest that it waited for any answer.
    pub slowest: Duration,
}

/// What came of one try.
enum Outcome {
    Acked(Said),
    /// `{error, code}`.
    Refused(Value),
}

impl Sender {
    /// Someone who has sent nothing yet.
    pub fn new(name: impl Into<String>, place: &Place, door: Door) -> Self {
        Self {
            name: name.into(),
            place: place.clone(),
            door,
            connection: None,
            sent: Vec::new(),
            connections: 0,
            refusals: 0,
            slowest: Duration::ZERO,
        }
    }

    /// Sends the next message of a row, under a text that no other sender has.
    pub async fn send_next(&mut self) {
        let text = format!("{} says {}", self.name, self.sent.len());
        self.send(&text).await;
    }

    /// Sends a message, as often as it takes to be acked.
    pub async fn send(&mut self, text: &str) {
        let client_id = format!("{}-{}", self.name, self.sent.len());
        let mut tries = Tries::of(format!("{client_id} is acked"));
        let acked = loop {
            tries.next().await;
            match self.attempt(&client_id, text).await {
                Ok(Outcome::Acked(said)) => break said,
                Ok(Outcome::Refused(refusal)) => {
                    assert_eq!(refusal["code"], "unavailable", "{client_id}: {refusal}");
                    self.refusals += 1;
                    tries.failed(refusal);
                }
                Err(gone) => {
                    gone.expect_to_pass();
                    self.connection = None;
                    tries.failed(gone);
                }
            }
        };
        self.sent.push(Sent {
            user: self.place.user.clone(),
            client_id,
            text: text.to_owned(),
            acked: Some(acked),
        });
    }

    async fn attempt(&mut self, client_id: &str, text: &str) -> Result<Outcome, Gone> {
        let transport = match self.door {
            Door::Socket(transport) => transport,
            Door::Rest => return self.attempt_over_rest(client_id, text).await,
        };
        let connection = match &mut self.connection {
            Some(connection) => connection,
            connection => {
                let auth = json!({ "token": self.place.token });
                let opened = Connection::open(&self.place.http, transport, &auth).await?;
                self.connections += 1;
                connection.insert(opened)
            }
        };
        let began = Instant::now();
        let payload =
            json!({ "channelId": self.place.channel, "text": text, "clientId": client_id });
        let number = connection.emit("message.send", &payload).await?;
        let mut ack = patiently("an ack or the end", ack(connection, number)).await?;
        self.slowest = self.slowest.max(began.elapsed());
        Ok(match ack["message"].take() {
            Value::Null => Outcome::Refused(ack),
            message => Outcome::Acked(Said::read(&message)),
        })
    }

    async fn attempt_over_rest(&mut self, client_id: &str, text: &str) -> Result<Outcome, Gone> {
        let began = Instant::now();
        let call = self.place.post(client_id, text);
        let reply = patiently(&call.name(), call.exchange()).await;
        let reply = reply.map_err(Gone::Broken)?;
        self.slowest = self.slowest.max(began.elapsed());
        match reply.status {
            200 | 201 => Ok(Outcome::Acked(Said::read(&reply.json()))),
            503 => {
                assert_ne!(reply.header("retry-after"), "", "{}", reply.text());
                Ok(Outcome::Refused(reply.json()))
            }
            _ => panic!("{} {}", reply.status, reply.text()),
        }
    }
}

/// Sends messages over one socket, all at once, and waits for every answer: what was sent, as the
/// account wants it, and the refusals.
pub async fn send_at_once(
    place: &Place,
    connection: &mut Connection,
    texts: &[String],
    attachments: &Value,
) -> (Vec<Sent>, Vec<Value>) {
    let payload = |text: &String| {
        json!({
            "channelId": place.channel, "text": text, "clientId": text, "attachments": attachments,
        })
    };
    let payloads: Vec<Value> = texts.iter().map(payload).collect();
    let numbers = connection.emit_all("message.send", &payloads).await;
    let numbers = numbers.expect("a connection that stays");
    let sent = |text: &String| Sent::named_by_its_text(&place.user, text, None);
    let mut all: Vec<Sent> = texts.iter().map(sent).collect();
    let mut refusals = Vec::new();
    let mut unanswered = all.len();
    while unanswered > 0 {
        let packet = patiently("an ack", connection.next()).await;
        let Packet::Ack(number, mut ack) = packet.expect("a connection that stays") else {
            continue;
        };
        let one = numbers.iter().position(|found| *found == number);
        let one = one.expect("a number that was given");
        match ack["message"].take() {
            Value::Null => refusals.push(ack),
            message => all[one].acked = Some(Said::read(&message)),
        }
        unanswered -= 1;
    }
    (all, refusals)
}

/// The ack of this number; what else arrives is nobody's business.
pub async fn ack(connection: &mut Connection, number: u64) -> Result<Value, Gone> {
    loop {
        match connection.next().await? {
            Packet::Ack(found, ack) if found == number => return Ok(ack),
            _ => {}
        }
    }
}
