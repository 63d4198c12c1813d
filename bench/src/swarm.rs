//! All connections of one run, on one thread.
//!
//! Everything that arrives is cut into whole messages and handed to a closure, which may send in
//! return; nothing is copied on the way. Engine.IO's pings are answered here. A socket counts as
//! ready when the server has answered its Socket.IO CONNECT.
//!
//! One thread on purpose: on a small machine the generator must leave a core to what it measures.

mod hearing;

use crate::{frames, http};
use anyhow::{Context, Result};
use mio::{Events, Interest, Poll, Token, net::TcpStream, unix::SourceFd};
use nix::sys::{
    time::TimeSpec,
    timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags},
};
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    ops::ControlFlow,
    os::fd::{AsFd, AsRawFd},
    time::{Duration, Instant},
};

/// Bytes read in one go.
const READ_BYTES: usize = 256 * 1024;
const TIMER: Token = Token(usize::MAX);

/// The place of a connection in its swarm.
pub type Place = usize;

/// What a connection heard.
pub enum Heard<'a> {
    /// An HTTP response.
    Response(http::Response<'a>),
    /// The Socket.IO CONNECT was answered: rooms are joined, sends are welcome.
    Ready,
    /// An event: the whole `["name", …]`.
    Event(&'a [u8]),
    /// An ack of the event sent under this number: the whole `[…]`.
    Ack(usize, &'a [u8]),
    /// The server refused the connection, in its words.
    Refused(&'a [u8]),
    /// The connection is gone, and not because we closed it.
    Closed,
    /// The timer fired; no connection heard anything.
    Tick,
}

enum Speaks {
    Http,
    /// Asked for a WebSocket; the token is for the CONNECT that follows.
    Upgrading(String),
    Frames,
    Nothing,
}

struct Connection {
    stream: TcpStream,
    speaks: Speaks,
    /// The beginning of a message whose end has not arrived.
    input: Vec<u8>,
    /// What the kernel did not take yet.
    output: Vec<u8>,
    is_writable: bool,
}

/// All connections of one run.
pub struct Swarm {
    address: SocketAddr,
    poll: Poll,
    connections: Vec<Connection>,
    timer: TimerFd,
    /// Connections with something to write since the last flush.
    unflushed: Vec<Place>,
    scratch: Vec<u8>,
    buffer: Vec<u8>,
}

impl Swarm {
    /// No connections yet, all of them to `address`.
    pub fn new(address: SocketAddr) -> Result<Self> {
        let poll = Poll::new()?;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK)?;
        let descriptor = timer.as_fd().as_raw_fd();
        poll.registry()
            .register(&mut SourceFd(&descriptor), TIMER, Interest::READABLE)?;
        Ok(Self {
            address,
            poll,
            connections: vec![],
            timer,
            unflushed: vec![],
            scratch: vec![],
            buffer: vec![0; READ_BYTES],
        })
    }

    /// Opens a keep-alive connection for requests.
    pub fn open_http(&mut self) -> Result<Place> {
        self.open(Speaks::Http)
    }

    /// Opens a socket; [`Heard::Ready`] tells when it is one.
    pub fn open_socket(&mut self, token: &str) -> Result<Place> {
        let place = self.open(Speaks::Upgrading(token.to_owned()))?;
        self.send_bytes(place, &http::upgrade());
        Ok(place)
    }

    fn open(&mut self, speaks: Speaks) -> Result<Place> {
        let mut stream = TcpStream::connect(self.address).context("cannot connect")?;
        let _ = stream.set_nodelay(true);
        let place = self.connections.len();
        self.poll.registry().register(
            &mut stream,
            Token(place),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        self.connections.push(Connection {
            stream,
            speaks,
            input: vec![],
            output: vec![],
            is_writable: false,
        });
        Ok(place)
    }

    /// Sends bytes as they are, for HTTP.
    pub fn send_bytes(&mut self, place: Place, bytes: &[u8]) {
        self.connections[place].output.extend_from_slice(bytes);
        self.unflushed.push(place);
    }

    /// Sends a Socket.IO packet as text.
    pub fn send_packet(&mut self, place: Place, packet: &[u8]) {
        frames::write_masked(&mut self.connections[place].output, packet);
        self.unflushed.push(place);
    }

    /// Lets [`Heard::Tick`] come every `interval`, or no more when `None`.
    pub fn set_timer(&mut self, interval: Option<Duration>) -> Result<()> {
        match interval {
            Some(interval) => self.timer.set(
                Expiration::Interval(TimeSpec::from_duration(interval)),
                TimerSetTimeFlags::empty(),
            )?,
            None => self.timer.unset()?,
        }
        Ok(())
    }

    /// Listens until `until`, or until `hear` breaks off; then what arrived together with the cause
    /// is still heard, because readiness is told only once.
    pub fn listen(
        &mut self,
        until: Instant,
        hear: &mut impl FnMut(&mut Self, Place, Heard) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut events = Events::with_capacity(1024);
        self.flush();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            match self.poll.poll(&mut events, Some(left)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            }
            let mut is_over = false;
            for event in &events {
                let place = event.token().0;
                if event.token() == TIMER {
                    let mut count = [0; 8];
                    let _ = nix::unistd::read(&self.timer, &mut count);
                    is_over |= hear(self, place, Heard::Tick).is_break();
                    self.flush();
                    continue;
                }
                if event.is_writable() {
                    self.connections[place].is_writable = true;
                    self.write(place);
                }
                if event.is_readable() {
                    is_over |= self.read(place, hear)?;
                    self.flush();
                }
            }
            if is_over {
                return Ok(());
            }
        }
    }

    fn flush(&mut self) {
        while let Some(place) = self.unflushed.pop() {
            self.write(place);
        }
    }

    fn write(&mut self, place: Place) {
        let connection = &mut self.connections[place];
        while connection.is_writable && !connection.output.is_empty() {
            match connection.stream.write(&connection.output) {
                Ok(count) if count == connection.output.len() => connection.output.clear(),
                Ok(count) => drop(connection.output.drain(..count)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Not yet, or never again: the next event of the connection tells which.
                Err(_) => connection.is_writable = false,
            }
        }
    }

    /// Reads all there is; tells whether `hear` broke off.
    fn read(
        &mut self,
        place: Place,
        hear: &mut impl FnMut(&mut Self, Place, Heard) -> ControlFlow<()>,
    ) -> Result<bool> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut is_over = false;
        loop {
            let count = match self.connections[place].stream.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => 0,
            };
            if count == 0 {
                is_over |= self.lose(place, hear).is_break();
                break;
            }
            let mut input = std::mem::take(&mut self.connections[place].input);
            let arrived = match input.is_empty() {
                true => &buffer[..count],
                false => {
                    input.extend_from_slice(&buffer[..count]);
                    &input[..]
                }
            };
            let (taken, broke_off) = self.hear_all(place, arrived, hear)?;
            is_over |= broke_off;
            // Most reads end where a message ends; then nothing is kept, nor memory for it.
            self.connections[place].input = arrived[taken..].to_vec();
            if count < buffer.len() {
                break;
            }
        }
        self.buffer = buffer;
        Ok(is_over)
    }
}
