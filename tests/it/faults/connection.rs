//! One Socket.IO connection that may break at any moment, over either transport.
//!
//! The client of `support/` fails the test when its connection ends, which is right where it must not.
//! Here it must: a broken connection is a value, nothing is read that nobody asks for (so a client can
//! stop reading), and what is dropped is cut without a goodbye.

use crate::support::{Http, wire::Transport};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

/// What separates the packets of one polling body.
const SEPARATOR: char = '\u{1e}';

/// Why a connection is no more.
#[derive(Clone, Debug, PartialEq)]
pub enum Gone {
    /// Cut, refused by the system, or ended by the server: a client comes back by itself.
    Broken(String),
    /// The server said no to CONNECT, in these words.
    Refused(String),
    /// The server ended the namespace: a client does not come back by itself.
    SentAway,
}

impl Gone {
    /// Fails the test if a client may not simply try again.
    pub fn expect_to_pass(&self) {
        match self {
            Gone::Broken(_) => {}
            // The database is away.
            Gone::Refused(words) if words.starts_with("Temporarily") => {}
            other => panic!("the server wants this client no more: {other:?}"),
        }
    }
}

/// What the server says.
#[derive(Clone, Debug)]
pub enum Packet {
    /// An event and its first argument.
    Event(String, Value),
    /// The answer to the emit of this number.
    Ack(u64, Value),
}

/// An open connection, admitted by the server.
pub struct Connection {
    carrier: Carrier,
    /// Arrived and not looked at: a poll brings many packets at once.
    arrived: VecDeque<String>,
    last_ack: u64,
}

enum Carrier {
    WebSocket(Box<WebSocketStream<TcpStream>>),
    Polling { http: Http, path: String },
}

impl Connection {
    /// Connects and is admitted with this `auth`.
    pub async fn open(http: &Http, transport: Transport, auth: &Value) -> Result<Self, Gone> {
        let carrier = match transport {
            Transport::WebSocket => Carrier::websocket(http, "", None).await?,
            Transport::Polling => Carrier::polling(http),
        };
        Self::admitted(carrier, auth).await
    }

    /// The same over a WebSocket whose receive buffer is this many bytes, for a client that is slow: a
    /// large one would take a long flood to fill.
    pub async fn open_narrow(http: &Http, bytes: u32, auth: &Value) -> Result<Self, Gone> {
        Self::admitted(Carrier::websocket(http, "", Some(bytes)).await?, auth).await
    }

    async fn admitted(carrier: Carrier, auth: &Value) -> Result<Self, Gone> {
        let mut connection = Self {
            carrier,
            arrived: VecDeque::new(),
            last_ack: 0,
        };
        let opening = connection.next_raw().await?;
        let handshake: Value = match opening.strip_prefix('0') {
            Some(json) => serde_json::from_str(json).expect("a handshake in JSON"),
            None => return Err(Gone::Broken(format!("no handshake: {opening}"))),
        };
        if let Carrier::Polling { path, .. } = &mut connection.carrier {
            path.push_str("&sid=");
            path.push_str(handshake["sid"].as_str().expect("a session id"));
        }
        connection.say(format!("40{auth}")).await?;
        let answer = connection.next_raw().await?;
        match answer.split_at_checked(2) {
            Some(("40", _)) => Ok(connection),
            Some(("44", json)) => {
                let refusal: Value = serde_json::from_str(json).expect("a refusal in JSON");
                let words = refusal["message"].as_str().unwrap_or_default();
                Err(Gone::Refused(words.to_owned()))
            }
            _ => Err(Gone::Broken(format!("no answer to CONNECT: {answer}"))),
        }
    }

    /// The next event or ack. Over polling it must not be cancelled: the answer to a poll would be lost.
    pub async fn next(&mut self) -> Result<Packet, Gone> {
        let packet = self.next_raw().await?;
        let (kind, rest) = packet.split_at_checked(2).unwrap_or((&packet, ""));
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, json) = rest.split_at(digits);
        let mut body: Value = serde_json::from_str(json).unwrap_or_default();
        match kind {
            "42" => {
                let name = body[0].as_str().unwrap_or_default().to_owned();
                let payload = body.get_mut(1).map(Value::take).unwrap_or_default();
                Ok(Packet::Event(name, payload))
            }
            "43" => {
                let number = number.parse().expect("an ack's number");
                Ok(Packet::Ack(number, body[0].take()))
            }
            "41" => Err(Gone::SentAway),
            _ => panic!("an unknown packet: {packet}"),
        }
    }

    /// Sends an event that asks for an ack, and returns the ack's number.
    pub async fn emit(&mut self, name: &str, payload: &Value) -> Result<u64, Gone> {
        self.last_ack += 1;
        let number = self.last_ack;
        let packet = format!("42{number}{}", json!([name, payload]));
        self.say(packet).await?;
        Ok(number)
    }

    /// Sends these events, all at once, and asks for an ack of each: their numbers.
    pub async fn emit_all(&mut self, name: &str, payloads: &[Value]) -> Result<Vec<u64>, Gone> {
        let first = self.last_ack + 1;
        self.last_ack += payloads.len() as u64;
        let numbers: Vec<u64> = (first..=self.last_ack).collect();
        let packets = payloads.iter().zip(&numbers);
        let packets =
            packets.map(|(payload, number)| format!("42{number}{}", json!([name, payload])));
        self.carrier.send(packets.collect()).await?;
        Ok(numbers)
    }

    /// Leaves as a client does: the namespace first, then the connection.
    pub async fn leave(mut self) {
        // A connection that has just ended need not be told.
        let _ = self
            .carrier
            .send(vec!["41".to_owned(), "1".to_owned()])
            .await;
    }

    /// Moves a polling session to a WebSocket while a poll hangs, as clients do. Whatever the last poll
    /// brings is kept. False if it is on a WebSocket already.
    pub async fn upgrade(&mut self) -> Result<bool, Gone> {
        let Carrier::Polling { http, path } = &self.carrier else {
            return Ok(false);
        };
        let session = path.rsplit_once("&sid=").expect("a session").1.to_owned();
        let probe = async {
            let mut websocket = Carrier::websocket(http, &format!("&sid={session}"), None).await?;
            websocket.send(vec!["2probe".to_owned()]).await?;
            let mut answer = VecDeque::new();
            websocket.receive(&mut answer).await?;
            match answer.pop_front().as_deref() {
                Some("3probe") => Ok(websocket),
                other => Err(Gone::Broken(format!("no answer to the probe: {other:?}"))),
            }
        };
        let mut last_poll = VecDeque::new();
        let (polled, probed) = tokio::join!(poll(http, path, &mut last_poll), probe);
        polled?;
        let mut websocket = probed?;
        websocket.send(vec!["5".to_owned()]).await?;
        self.arrived.extend(last_poll);
        self.carrier = websocket;
        Ok(true)
    }

    async fn say(&mut self, packet: String) -> Result<(), Gone> {
        self.carrier.send(vec![packet]).await
    }

    /// The next packet that is not the transport's own business.
    async fn next_raw(&mut self) -> Result<String, Gone> {
        loop {
            let Some(packet) = self.arrived.pop_front() else {
                self.carrier.receive(&mut self.arrived).await?;
                continue;
            };
            match packet.as_str() {
                "1" => return Err(Gone::Broken("the server said goodbye".to_owned())),
                "2" => self.say("3".to_owned()).await?,
                // Nothing: it ends a poll.
                "6" => {}
                _ => return Ok(packet),
            }
        }
    }
}

impl Carrier {
    async fn websocket(http: &Http, more: &str, buffer: Option<u32>) -> Result<Self, Gone> {
        let address = http.base().trim_start_matches("http://");
        let connect = async {
            let socket = TcpSocket::new_v4()?;
            if let Some(bytes) = buffer {
                socket.set_recv_buffer_size(bytes)?;
            }
            let stream = socket.connect(address.parse().expect("an address")).await?;
            stream.set_nodelay(true)?;
            Ok::<_, std::io::Error>(stream)
        };
        let stream = connect.await.map_err(broken)?;
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket{more}");
        let (stream, _) = tokio_tungstenite::client_async(url, stream)
            .await
            .map_err(broken)?;
        Ok(Self::WebSocket(Box::new(stream)))
    }

    fn polling(http: &Http) -> Self {
        Self::Polling {
            http: http.clone(),
            path: "/socket.io/?EIO=4&transport=polling".to_owned(),
        }
    }

    async fn send(&mut self, packets: Vec<String>) -> Result<(), Gone> {
        match self {
            Self::WebSocket(stream) => {
                for packet in packets {
                    stream.feed(Message::text(packet)).await.map_err(broken)?;
                }
                stream.flush().await.map_err(broken)
            }
            Self::Polling { http, path } => {
                let call = http.call("POST", path);
                let body = packets.join(&SEPARATOR.to_string());
                let call = call.bytes("text/plain;charset=UTF-8", body);
                let reply = call.exchange().await.map_err(Gone::Broken)?;
                match reply.status {
                    200 => Ok(()),
                    _ => Err(Gone::Broken(format!("{} {}", reply.status, reply.text()))),
                }
            }
        }
    }

    /// Waits for something to arrive.
    async fn receive(&mut self, arrived: &mut VecDeque<String>) -> Result<(), Gone> {
        match self {
            Self::WebSocket(stream) => match stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    arrived.push_back(text.to_string());
                    Ok(())
                }
                Some(Ok(Message::Close(_))) | None => Err(Gone::Broken("closed".to_owned())),
                Some(Ok(_)) => Ok(()),
                Some(Err(why)) => Err(broken(why)),
            },
            Self::Polling { http, path } => poll(http, path, arrived).await,
        }
    }
}

async fn poll(http: &Http, path: &str, arrived: &mut VecDeque<String>) -> Result<(), Gone> {
    let reply = http.get(path).exchange().await.map_err(Gone::Broken)?;
    if reply.status != 200 {
        return Err(Gone::Broken(format!("{} {}", reply.status, reply.text())));
    }
    let text = reply.text();
    let packets = text.split(SEPARATOR).filter(|packet| !packet.is_empty());
    arrived.extend(packets.map(str::to_owned));
    Ok(())
}

fn broken(why: impl std::fmt::Display) -> Gone {
    Gone::Broken(why.to_string())
}
