//! A server that does nothing: it shows how fast the generator itself is.
//!
//! It answers every request from memory and hands every message on to its audience, on one thread,
//! without looking at what it was sent more than it must. A scenario that runs near these figures
//! has measured the generator.

use crate::{frames, http};
use anyhow::Result;
use memchr::memmem;
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    thread,
};

const LISTENER: Token = Token(usize::MAX);
const READ_BYTES: usize = 64 * 1024;
/// What RFC 6455 wants as the answer to the one key that the generator sends.
const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Who is given a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Its sender alone.
    Sender,
    /// Every socket.
    Everyone,
}

struct Connection {
    stream: TcpStream,
    is_socket: bool,
    input: Vec<u8>,
    output: Vec<u8>,
}

struct Echo {
    audience: Audience,
    connections: Vec<Connection>,
    unflushed: Vec<usize>,
    seq: u64,
    page: Vec<u8>,
    buffer: Vec<u8>,
}

/// Starts one on a free port, for as long as the process lives.
pub fn start(audience: Audience) -> Result<SocketAddr> {
    let mut listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
    let address = listener.local_addr()?;
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut echo = Echo {
        audience,
        connections: vec![],
        unflushed: vec![],
        seq: 0,
        page: page(),
        buffer: vec![0; READ_BYTES],
    };
    thread::spawn(move || {
        let mut events = Events::with_capacity(1024);
        loop {
            // Its socket is gone only with the process.
            if poll.poll(&mut events, None).is_ok() {
                for event in &events {
                    match event.token() {
                        LISTENER => echo.accept(&poll, &listener),
                        Token(place) => echo.serve(place),
                    }
                }
            }
        }
    });
    Ok(address)
}

/// A page as long as a real one: 50 messages of about 600 bytes.
fn page() -> Vec<u8> {
    let message = |seq: usize| format!(r#"{{"seq":{seq},"text":"{:600}"}}"#, "");
    let messages: Vec<_> = (1..=50).map(message).collect();
    format!("[{}]", messages.join(",")).into_bytes()
}

impl Echo {
    fn accept(&mut self, poll: &Poll, listener: &TcpListener) {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.set_nodelay(true);
            let place = Token(self.connections.len());
            let both = Interest::READABLE | Interest::WRITABLE;
            if poll.registry().register(&mut stream, place, both).is_ok() {
                self.connections.push(Connection {
                    stream,
                    is_socket: false,
                    input: vec![],
                    output: vec![],
                });
            }
        }
    }

    fn serve(&mut self, place: usize) {
        loop {
            match self.connections[place].stream.read(&mut self.buffer) {
                Ok(0) => {
                    self.connections[place].is_socket = false;
                    break;
                }
                Ok(count) => self.connections[place]
                    .input
                    .extend_from_slice(&self.buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => break,
            }
        }
        let mut input = std::mem::take(&mut self.connections[place].input);
        let mut taken = 0;
        while let Some(count) = self.answer(place, &mut input[taken..]) {
            taken += count;
        }
        input.drain(..taken);
        self.connections[place].input = input;
        self.unflushed.push(place);
        while let Some(place) = self.unflushed.pop() {
            self.write(place);
        }
    }

    fn write(&mut self, place: usize) {
        let connection = &mut self.connections[place];
        if connection.output.is_empty() {
            return;
        }
        // What the kernel does not take now goes when the socket is writable again.
        if let Ok(count) = connection.stream.write(&connection.output) {
            connection.output.drain(..count);
        }
    }

    /// Answers the first message of `bytes` and tells its length; `None` when it is not whole.
    fn answer(&mut self, place: usize, bytes: &mut [u8]) -> Option<usize> {
        if self.connections[place].is_socket {
            let body = frames::read_masked(bytes).ok()??;
            self.answer_packet(place, &bytes[body.clone()]);
            return Some(body.end);
        }
        let head = memmem::find(bytes, b"\r\n\r\n")? + 4;
        let output = &mut self.connections[place].output;
        if memmem::find(&bytes[..head], b"Upgrade: websocket").is_some() {
            output.extend_from_slice(UPGRADED);
            frames::write_plain(output, br#"0{"sid":"echo"}"#);
            self.connections[place].is_socket = true;
            return Some(head);
        }
        let length = match bytes.starts_with(b"POST") {
            true => http::content_length(&bytes[..head]).ok()?,
            false => 0,
        };
        if bytes.len() < head + length {
            return None;
        }
        let answer = match length {
            0 => self.page.clone(),
            _ => {
                self.seq += 1;
                format!(r#"{{"seq":{},"text":"{:300}"}}"#, self.seq, "").into_bytes()
            }
        };
        let start = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        let output = &mut self.connections[place].output;
        output.extend_from_slice(start.as_bytes());
        output.extend_from_slice(&answer);
        Some(head + length)
    }

    fn answer_packet(&mut self, place: usize, packet: &[u8]) {
        let Some(payload) = memmem::find(packet, b"{") else {
            return;
        };
        if packet.starts_with(b"40") {
            let output = &mut self.connections[place].output;
            return frames::write_plain(output, br#"40{"sid":"echo"}"#);
        }
        self.seq += 1;
        // The payload without its last two: `}` of its own and `]` of the packet.
        let fields = &packet[payload + 1..packet.len() - 2];
        let seq = self.seq;
        let event = [
            br#"42["message.new",{"#,
            fields,
            format!(r#","seq":{seq}}}]"#).as_bytes(),
        ]
        .concat();
        let count = self.connections.len();
        let audience = match self.audience {
            Audience::Sender => place..place + 1,
            Audience::Everyone => 0..count,
        };
        for member in audience {
            if self.connections[member].is_socket {
                frames::write_plain(&mut self.connections[member].output, &event);
                self.unflushed.push(member);
            }
        }
        let number = &packet[2..packet.len().min(payload)];
        let digits = number
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let ack = [
            b"43",
            &number[..digits],
            br#"[{"message":{"#,
            fields,
            format!(r#","seq":{seq}}}}}]"#).as_bytes(),
        ]
        .concat();
        frames::write_plain(&mut self.connections[place].output, &ack);
    }
}
