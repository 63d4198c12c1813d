//! Presence and typing: who is there now. Kept in memory, told to those who share a channel, never
//! stored.
//!
//! A user is online from their first socket to their last. Sockets are remembered by id, so that a
//! connect and a disconnect that overtake each other cannot leave a wrong count.

use crate::{
    auth::Caller,
    chat::members::Member,
    error::Result,
    hub::{Sid, event::Event, seat::Seat},
    ids::{AppId, ChannelId, UserId},
    node::Node,
};
use serde::Serialize;
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

/// The live sockets of each user on this node.
#[derive(Default)]
pub struct Presence(Mutex<HashMap<(AppId, UserId), HashSet<Sid>>>);

impl Presence {
    /// Whether a user has a live socket.
    pub fn is_online(&self, app: AppId, user: UserId) -> bool {
        self.0.lock().unwrap().contains_key(&(app, user))
    }

    /// Enters a socket, and tells if it is the user's first. Told under the lock, so that two changes
    /// are heard in the order they came.
    fn enter(&self, owner: (AppId, UserId), socket: Sid, tell: impl FnOnce()) {
        let mut users = self.0.lock().unwrap();
        let sockets = users.entry(owner).or_default();
        if sockets.insert(socket) && sockets.len() == 1 {
            tell();
        }
    }

    /// Takes a socket out, and tells if it was the user's last.
    fn leave(&self, owner: (AppId, UserId), socket: Sid, tell: impl FnOnce()) {
        let mut users = self.0.lock().unwrap();
        let Some(sockets) = users.get_mut(&owner) else {
            return;
        };
        if sockets.remove(&socket) && sockets.is_empty() {
            users.remove(&owner);
            tell();
        }
    }
}

/// A seat of the caller is connected. Those who share one of its channels hear of the first.
pub fn connected(node: &Node, caller: &Caller, seat: &Seat) {
    let tell = || tell(node, caller, seat.id(), &seat.channels(), "online");
    node.chat
        .presence
        .enter((caller.app, caller.user), seat.id(), tell);
}

/// A seat of the caller is gone, and was in these channels. Those who share one hear of the last.
pub fn disconnected(node: &Node, caller: &Caller, seat: Sid, channels: &[ChannelId]) {
    let tell = || tell(node, caller, seat, channels, "offline");
    node.chat
        .presence
        .leave((caller.app, caller.user), seat, tell);
}

fn tell(node: &Node, caller: &Caller, seat: Sid, channels: &[ChannelId], status: &'static str) {
    let event = Changed {
        user: caller.user,
        external_id: &caller.profile.external_id,
        status,
    };
    node.hub
        .publish_to_others(seat, channels, Event::passing("presence.changed", &event));
}

/// Whether typing begins or ends.
#[derive(Clone, Copy)]
pub enum Typing {
    /// It begins.
    Start,
    /// It ends.
    Stop,
}

/// The caller types in a channel; its other sockets are told.
pub fn typing(node: &Node, member: &Member, socket: Sid, typing: Typing) -> Result<()> {
    let event = match typing {
        Typing::Start => "typing.start",
        Typing::Stop => "typing.stop",
    };
    let typist = Typist {
        channel: member.channel(),
        user: member.user(),
        external_id: &member.caller().profile.external_id,
    };
    node.hub
        .publish_to_others(socket, &[member.channel()], Event::passing(event, &typist));
    Ok(())
}

#[derive(Serialize)]
struct Changed<'a> {
    #[serde(rename = "userId")]
    user: UserId,
    #[serde(rename = "externalId")]
    external_id: &'a str,
    status: &'a str,
}

#[derive(Serialize)]
struct Typist<'a> {
    #[serde(rename = "channelId")]
    channel: ChannelId,
    #[serde(rename = "userId")]
    user: UserId,
    #[serde(rename = "externalId")]
    external_id: &'a str,
}
