//! What a connection hears, cut into whole messages: HTTP, then frames, then Engine.IO's packets.
//!
//! A connection begins as HTTP; one that asked for a WebSocket speaks frames once it was granted.
//! Engine.IO's pings and the Socket.IO handshake are answered here and nobody else hears of them.

use super::{Heard, Place, Speaks, Swarm};
use crate::{
    frames::{self, Frame},
    http,
};
use anyhow::Result;
use std::ops::ControlFlow;

impl Swarm {
    pub(super) fn lose(
        &mut self,
        place: Place,
        hear: &mut impl FnMut(&mut Self, Place, Heard) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match std::mem::replace(&mut self.connections[place].speaks, Speaks::Nothing) {
            Speaks::Nothing => ControlFlow::Continue(()),
            _ => hear(self, place, Heard::Closed),
        }
    }

    /// Hands on every whole message; tells how many bytes they were and whether `hear` broke off.
    pub(super) fn hear_all(
        &mut self,
        place: Place,
        bytes: &[u8],
        hear: &mut impl FnMut(&mut Self, Place, Heard) -> ControlFlow<()>,
    ) -> Result<(usize, bool)> {
        let mut taken = 0;
        let mut is_over = false;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            let (count, flow) = match &self.connections[place].speaks {
                Speaks::Nothing => return Ok((bytes.len(), is_over)),
                Speaks::Http => {
                    let Some((response, count)) = http::read(rest)? else {
                        break;
                    };
                    (count, hear(self, place, Heard::Response(response)))
                }
                Speaks::Upgrading(_) => {
                    let Some((response, count)) = http::read(rest)? else {
                        break;
                    };
                    let flow = match response.status {
                        101 => self.say_hello(place),
                        _ => hear(self, place, Heard::Refused(response.body)),
                    };
                    (count, flow)
                }
                Speaks::Frames => {
                    let Some((frame, count)) = frames::read(rest)? else {
                        break;
                    };
                    let flow = match frame {
                        Frame::Text(packet) => self.hear_packet(place, packet, hear),
                        Frame::Close => self.lose(place, hear),
                        Frame::Control => ControlFlow::Continue(()),
                    };
                    (count, flow)
                }
            };
            taken += count;
            is_over |= flow.is_break();
        }
        Ok((taken, is_over))
    }

    fn say_hello(&mut self, place: Place) -> ControlFlow<()> {
        let speaks = std::mem::replace(&mut self.connections[place].speaks, Speaks::Frames);
        if let Speaks::Upgrading(token) = speaks {
            self.send_packet(place, format!("40{{\"token\":\"{token}\"}}").as_bytes());
        }
        ControlFlow::Continue(())
    }

    fn hear_packet(
        &mut self,
        place: Place,
        packet: &[u8],
        hear: &mut impl FnMut(&mut Self, Place, Heard) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match packet {
            [b'4', b'2', event @ ..] => hear(self, place, Heard::Event(event)),
            [b'4', b'3', rest @ ..] => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let number = rest[..digits]
                    .iter()
                    .fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
                hear(self, place, Heard::Ack(number, &rest[digits..]))
            }
            [b'2', rest @ ..] => {
                self.scratch.clear();
                self.scratch.push(b'3');
                self.scratch.extend_from_slice(rest);
                let pong = std::mem::take(&mut self.scratch);
                self.send_packet(place, &pong);
                self.scratch = pong;
                ControlFlow::Continue(())
            }
            [b'4', b'0', ..] => hear(self, place, Heard::Ready),
            [b'4', b'4', words @ ..] => hear(self, place, Heard::Refused(words)),
            [b'4', b'1', ..] | [b'1', ..] => self.lose(place, hear),
            _ => ControlFlow::Continue(()),
        }
    }
}
