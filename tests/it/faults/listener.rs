//! A client that listens, keeps a log, and comes back whenever its connection breaks.
//!
//! It does what `contract.md` asks of a client and nothing more: it says how far it had come, takes what
//! it is given as it comes (it drops no doubles and sorts nothing: that would hide faults), and pages
//! with REST when it is told that it missed too much.

use super::{
    checker::Stream,
    connection::{Connection, Gone, Packet},
    place::{Place, Said},
    tries::{Tries, patiently},
};
use crate::support::wire::Transport;
use serde_json::{Value, json};

/// A listener and its log.
pub struct Listener {
    name: String,
    place: Place,
    since: i64,
    connection: Option<Connection>,
    /// What it heard, in order of arrival.
    pub heard: Vec<Said>,
    /// How often it connected.
    pub connections: usize,
    /// What the server said of each of its recoveries.
    pub recoveries: Vec<Value>,
}

impl Listener {
    /// Someone who wants to hear everything after a place.
    pub fn new(name: impl Into<String>, place: &Place, since: i64) -> Self {
        Self {
            name: name.into(),
            place: place.clone(),
            since,
            connection: None,
            heard: Vec::new(),
            connections: 0,
            recoveries: Vec::new(),
        }
    }

    /// How far it has come.
    pub fn newest(&self) -> i64 {
        self.heard.last().map_or(self.since, |said| said.seq)
    }

    /// What it says when it connects.
    pub fn auth(&self) -> Value {
        let place = &self.place;
        json!({ "token": place.token, "since": { place.channel.as_str(): self.newest() } })
    }

    /// Connects, as often as it takes.
    pub async fn connect(&mut self, transport: Transport) {
        let mut tries = Tries::of(format!("{} connects", self.name));
        loop {
            tries.next().await;
            match Connection::open(&self.place.http, transport, &self.auth()).await {
                Ok(connection) => return self.use_connection(connection),
                Err(gone) => {
                    gone.expect_to_pass();
                    tries.failed(gone);
                }
            }
        }
    }

    /// Listens on this connection from now on; the one before, if any, is cut.
    pub fn use_connection(&mut self, connection: Connection) {
        self.connection = Some(connection);
        self.connections += 1;
    }

    /// The connection, if there is one.
    pub fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }

    /// Lets go of the connection.
    pub fn take_connection(&mut self) -> Option<Connection> {
        self.connection.take()
    }

    /// Waits for the next packet and notes what it says. Gives back the name of an event.
    pub async fn hear(&mut self) -> Result<String, Gone> {
        let connection = self.connection.as_mut().expect("a connection");
        let what = format!("{} hears something", self.name);
        let packet = match patiently(&what, connection.next()).await {
            Ok(packet) => packet,
            Err(gone) => {
                self.connection = None;
                return Err(gone);
            }
        };
        let Packet::Event(name, payload) = packet else {
            return Ok(String::new());
        };
        match name.as_str() {
            "message.new" => self.heard.push(Said::read(&payload)),
            "recovery" => self.recovered(payload).await,
            _ => {}
        }
        Ok(name)
    }

    /// Listens until an event of this name comes, on a connection that stays.
    pub async fn hear_event(&mut self, name: &str) {
        while self.hear().await.expect("a connection that stays") != name {}
    }

    /// Listens until it has heard this text, coming back over `transport` whenever it must.
    pub async fn hear_until(&mut self, transport: Transport, text: &str) {
        while self.heard.last().is_none_or(|said| said.text != text) {
            if self.connection.is_none() {
                self.connect(transport).await;
            }
            if let Err(gone) = self.hear().await {
                gone.expect_to_pass();
            }
        }
    }

    async fn recovered(&mut self, recovery: Value) {
        assert_eq!(recovery["channelId"], self.place.channel, "{recovery}");
        if recovery["complete"] == false {
            // Too much was missed: the rest is in the history, and nothing is read meanwhile.
            let missed = self.place.history_after(self.newest()).await;
            let up_to = recovery["to"].as_i64().expect("a place");
            self.heard
                .extend(missed.into_iter().filter(|said| said.seq <= up_to));
        }
        self.recoveries.push(recovery);
    }

    /// Its part of the account.
    pub fn into_stream(self) -> Stream {
        Stream {
            listener: self.name,
            since: self.since,
            heard: self.heard,
        }
    }
}
