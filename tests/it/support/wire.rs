//! Engine.IO version 4 as a client speaks it, over WebSocket and over long-polling.
//!
//! A [`Wire`] carries packets both ways and answers pings by itself; what the packets mean is
//! `socket.rs`. Packets may be nonsense, so that tests can send what no library would. When the wire
//! is dropped its tasks end and the connection is cut without a goodbye.

use super::{
    http::{Http, PATIENCE},
    wait::{DEADLINE, in_time},
};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::TcpStream, sync::mpsc, task::AbortHandle};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        Message,
        protocol::frame::{
            Frame as WebSocketFrame,
            coding::{Data, OpCode},
        },
    },
};

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transport {
    /// One WebSocket from the start.
    WebSocket,
    /// HTTP requests, one of which always hangs.
    Polling,
}

/// Both, for what must hold over either.
pub const BOTH: [Transport; 2] = [Transport::WebSocket, Transport::Polling];

/// What separates the packets of one polling body.
const SEPARATOR: char = '\u{1e}';

/// One packet, or one binary attachment.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// An Engine.IO packet: a digit, then what it carries.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// Bytes that claim to be text and need not be. Only sent, and only over WebSocket.
    NotText(Vec<u8>),
}

/// An open Engine.IO connection.
pub struct Wire {
    /// What the server said on opening: `sid`, `upgrades`, `pingInterval`, `pingTimeout`, `maxPayload`.
    pub handshake: Value,
    /// To the server. What is queued together travels together over polling.
    pub outgoing: mpsc::UnboundedSender<Frame>,
    /// From the server, pings apart. Ends when the server ends the connection.
    pub incoming: mpsc::UnboundedReceiver<Frame>,
    tasks: Vec<AbortHandle>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Wire {
    /// Opens a connection and reads the server's handshake.
    pub async fn open(http: &Http, transport: Transport) -> Self {
        in_time(&format!("opening {transport:?}"), async {
            match transport {
                Transport::WebSocket => Self::open_websocket(http).await,
                Transport::Polling => Self::open_polling(http).await,
            }
        })
        .await
    }

    /// Sends one packet.
    pub fn send(&self, packet: impl Into<String>) {
        self.send_frame(Frame::Text(packet.into()));
    }

    /// Sends one frame. To a connection that the server has ended it goes nowhere.
    pub fn send_frame(&self, frame: Frame) {
        let _ = self.outgoing.send(frame);
    }

    /// The next packet, or nothing when the server has ended the connection.
    pub async fn next(&mut self) -> Option<Frame> {
        in_time(
            "a packet or the end of the connection",
            self.incoming.recv(),
        )
        .await
    }

    async fn open_websocket(http: &Http) -> Self {
        let url = format!(
            "{}/socket.io/?EIO=4&transport=websocket",
            http.base().replacen("http", "ws", 1)
        );
        let (mut stream, _) = tokio_tungstenite::connect_async(&url)
            .await
            .expect("a WebSocket");
        let Some(Ok(Message::Text(opening))) = stream.next().await else {
            panic!("the server opened no Engine.IO session");
        };
        let handshake = handshake(&opening);
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (arrived, incoming) = mpsc::unbounded_channel();
        let task = tokio::spawn(carry_websocket(stream, to_send, arrived)).abort_handle();
        Self {
            handshake,
            outgoing,
            incoming,
            tasks: vec![task],
        }
    }

    async fn open_polling(http: &Http) -> Self {
        let path = "/socket.io/?EIO=4&transport=polling";
        let opening = http.get(path).await;
        assert_eq!(opening.status, 200, "{}", opening.text());
        let handshake = handshake(&opening.text());
        let path = format!(
            "{path}&sid={}",
            handshake["sid"].as_str().expect("a session id")
        );
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (arrived, incoming) = mpsc::unbounded_channel();
        let reader = poll(http.clone(), path.clone(), arrived, outgoing.clone());
        let reader = tokio::spawn(reader).abort_handle();
        let writer = tokio::spawn(post(http.clone(), path, to_send, reader.clone())).abort_handle();
        Self {
            handshake,
            outgoing,
            incoming,
            tasks: vec![reader, writer],
        }
    }
}

fn handshake(opening: &str) -> Value {
    let json = opening
        .strip_prefix('0')
        .unwrap_or_else(|| panic!("no open packet: {opening}"));
    serde_json::from_str(json).expect("a handshake in JSON")
}

async fn carry_websocket(
    mut stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    mut to_send: mpsc::UnboundedReceiver<Frame>,
    arrived: mpsc::UnboundedSender<Frame>,
) {
    loop {
        tokio::select! {
            frame = to_send.recv() => {
                let message = match frame {
                    Some(Frame::Text(text)) => Message::text(text),
                    Some(Frame::Binary(bytes)) => Message::binary(bytes),
                    Some(Frame::NotText(bytes)) => {
                        Message::Frame(WebSocketFrame::message(bytes, OpCode::Data(Data::Text), true))
                    }
                    None => return,
                };
                // A server that ends the connection meanwhile is seen by the reading side.
                let _ = stream.send(message).await;
            }
            message = stream.next() => {
                let frame = match message {
                    Some(Ok(Message::Text(text))) if text.as_str() == "2" => {
                        let _ = stream.send(Message::text("3")).await;
                        continue;
                    }
                    // The server says goodbye.
                    Some(Ok(Message::Text(text))) if text.as_str() == "1" => return,
                    Some(Ok(Message::Text(text))) => Frame::Text(text.to_string()),
                    Some(Ok(Message::Binary(bytes))) => Frame::Binary(bytes.into()),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                };
                if arrived.send(frame).is_err() {
                    return;
                }
            }
        }
    }
}

/// Always has one request hanging at the server, until the server ends the session.
async fn poll(
    http: Http,
    path: String,
    arrived: mpsc::UnboundedSender<Frame>,
    outgoing: mpsc::UnboundedSender<Frame>,
) {
    loop {
        let answer = tokio::time::timeout(PATIENCE, http.get(&path).exchange()).await;
        let Ok(Ok(answer)) = answer else { return };
        if answer.status != 200 {
            return;
        }
        for packet in answer.text().split(SEPARATOR) {
            match packet {
                // The server says goodbye, or has ended the session while the request hung.
                "1" | "" => return,
                "2" => drop(outgoing.send(Frame::Text("3".to_owned()))),
                // The answer that frees a poll for a POST that ended the session.
                "6" => {}
                packet => drop(arrived.send(Frame::Text(packet.to_owned()))),
            }
        }
    }
}

/// Posts what waits, all of it in one body, one body at a time.
async fn post(
    http: Http,
    path: String,
    mut to_send: mpsc::UnboundedReceiver<Frame>,
    reader: AbortHandle,
) {
    let mut waiting = Vec::new();
    while to_send.recv_many(&mut waiting, usize::MAX).await > 0 {
        let packets: Vec<String> = waiting.drain(..).map(in_polling).collect();
        let body = packets.join(&SEPARATOR.to_string());
        let call = http
            .call("POST", &path)
            .bytes("text/plain;charset=UTF-8", body);
        let answer = tokio::time::timeout(DEADLINE, call.exchange()).await;
        if !matches!(&answer, Ok(Ok(reply)) if reply.status == 200) {
            // As every client does: a refused POST ends the session.
            reader.abort();
            return;
        }
    }
}

/// A frame in a polling body, where bytes travel as Base64.
fn in_polling(frame: Frame) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    match frame {
        Frame::Text(text) => text,
        Frame::Binary(bytes) => format!("b{}", BASE64_STANDARD.encode(bytes)),
        Frame::NotText(_) => unreachable!("the HTTP client sends such bodies itself"),
    }
}
