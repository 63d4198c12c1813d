//! Presence and typing: who is there now. Kept in memory, told to those who share a channel, never
//! stored.
//!
//! A user is online from their first socket to their last, on any node. Sockets are remembered by id, so
//! that a connect and a disconnect that overtake each other cannot leave a wrong count. Each node knows
//! its own sockets and who is with each other node, and tells its own seats when that changes the
//! answer: nodes need not agree on who was first, and each ends at the truth.

use crate::{
    auth::Caller,
    chat::members::{self, Belonging, Member},
    error::{Error, Result},
    hub::{
        Owner, Sid,
        event::Event,
        frame::{Frame, NodeId},
        seat::Seat,
    },
    ids::{AppId, ChannelId, UserId},
    node::Node,
};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::PgPool;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

/// Users of whom others are told at once.
const TOLD: usize = 500;

/// Who is there.
#[derive(Default)]
pub struct Presence(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// The live sockets of each user on this node.
    here: HashMap<Owner, HashSet<Sid>>,
    /// The users of each other node.
    elsewhere: HashMap<NodeId, HashSet<Owner>>,
}

impl Known {
    fn is_online(&self, owner: &Owner) -> bool {
        self.here.contains_key(owner) || self.is_elsewhere(owner)
    }

    fn is_elsewhere(&self, owner: &Owner) -> bool {
        self.elsewhere.values().any(|users| users.contains(owner))
    }
}

impl Presence {
    /// Enters a socket, and tells if it is the user's first here, and whether it is their first at all.
    /// Told under the lock, so that two changes are heard in the order they came.
    fn enter(&self, owner: Owner, socket: Sid, tell: impl FnOnce(bool)) {
        let mut known = self.0.lock().unwrap();
        let sockets = known.here.entry(owner).or_default();
        if sockets.insert(socket) && sockets.len() == 1 {
            tell(!known.is_elsewhere(&owner));
        }
    }

    /// Takes a socket out, and tells if it was the user's last here, and whether it was their last.
    fn leave(&self, owner: Owner, socket: Sid, tell: impl FnOnce(bool)) {
        let mut known = self.0.lock().unwrap();
        let Some(sockets) = known.here.get_mut(&owner) else {
            return;
        };
        if sockets.remove(&socket) && sockets.is_empty() {
            known.here.remove(&owner);
            tell(!known.is_elsewhere(&owner));
        }
    }

    /// Gives away all who are here, under the lock: who comes or goes later is told later.
    pub(super) fn with_all_here(&self, take: impl FnOnce(Vec<Owner>)) {
        let known = self.0.lock().unwrap();
        take(known.here.keys().copied().collect());
    }

    /// A user came to another node or left it; tells if that changes the answer.
    pub(super) fn seen(&self, node: NodeId, owner: Owner, is_online: bool, tell: impl FnOnce()) {
        let mut known = self.0.lock().unwrap();
        let was_online = known.is_online(&owner);
        let users = known.elsewhere.entry(node).or_default();
        match is_online {
            true => users.insert(owner),
            false => users.remove(&owner),
        };
        if known.is_online(&owner) != was_online {
            tell();
        }
    }

    /// Who is with another node, all of them; nobody when it is gone. Gives back those of whom the answer
    /// changes, and what it is now.
    pub(super) fn replace(&self, node: NodeId, users: Vec<Owner>) -> HashMap<Owner, bool> {
        let mut known = self.0.lock().unwrap();
        let users = HashSet::from_iter(users);
        let before = known.elsewhere.remove(&node).unwrap_or_default();
        let changed = before.symmetric_difference(&users);
        let changed = changed.filter(|owner| !known.is_online(owner));
        let changed = changed
            .map(|owner| (*owner, users.contains(owner)))
            .collect();
        if !users.is_empty() {
            known.elsewhere.insert(node, users);
        }
        changed
    }
}

/// Whether a user has a live socket, as far as that is shown.
pub fn is_online(node: &Node, app: AppId, user: UserId) -> bool {
    node.live().features.presence && node.chat.presence.0.lock().unwrap().is_online(&(app, user))
}

/// A seat of the caller is connected. Those who share one of its channels hear of the first.
pub fn connected(node: &Node, caller: &Caller, seat: &Seat) {
    let tell = |is_first| {
        tell(
            node,
            caller,
            (seat.id(), &seat.channels()),
            (true, is_first),
        )
    };
    node.chat
        .presence
        .enter((caller.app, caller.user), seat.id(), tell);
}

/// A seat of the caller is gone, and was in these channels. Those who share one hear of the last.
pub fn disconnected(node: &Node, caller: &Caller, seat: Sid, channels: &[ChannelId]) {
    let tell = |is_last| tell(node, caller, (seat, channels), (false, is_last));
    node.chat
        .presence
        .leave((caller.app, caller.user), seat, tell);
}

fn tell(
    node: &Node,
    caller: &Caller,
    (seat, channels): (Sid, &[ChannelId]),
    (is_online, is_news): (bool, bool),
) {
    let event = Arc::new(changed(caller.user, &caller.profile.external_id, is_online));
    if is_news && node.live().features.presence {
        node.hub.tell_others(seat, channels, &event);
    }
    // Other nodes have to know in any case, and tell their own.
    node.hub.bus.send(|| Frame::Seen {
        app: caller.app,
        user: caller.user,
        is_online,
        channels: channels.to_vec(),
        event,
    });
}

/// Tells the seats here of users whose presence changed with another node's coming or going.
pub(super) async fn tell_changes(
    node: &Node,
    database: &PgPool,
    changes: &HashMap<Owner, bool>,
) -> Result<()> {
    if node.hub.seats.is_empty() {
        return Ok(());
    }
    let users: Vec<_> = changes.keys().copied().collect();
    for users in users.chunks(TOLD) {
        let mut of: HashMap<Owner, (String, Vec<ChannelId>)> = HashMap::new();
        for belonging in members::channels_of_all(database, users).await? {
            let Belonging { app, user, .. } = belonging;
            let user = of.entry((app, user)).or_default();
            user.0 = belonging.external_id;
            user.1.push(belonging.channel);
        }
        for (owner, (external_id, channels)) in of {
            // A change that came meanwhile was told by itself, and is the truth.
            let known = node.chat.presence.0.lock().unwrap();
            if known.is_online(&owner) == changes[&owner] {
                let event = changed(owner.1, &external_id, changes[&owner]);
                tell_here(node, &channels, &Arc::new(event));
            }
        }
    }
    Ok(())
}

/// Tells the seats here of a user whose presence changed on another node. Each node has its own setting.
pub(super) fn tell_here(node: &Node, channels: &[ChannelId], event: &Arc<Event>) {
    if node.live().features.presence {
        node.hub.tell(channels, event);
    }
}

fn changed(user: UserId, external_id: &str, is_online: bool) -> Event {
    let event = Changed {
        user,
        external_id,
        status: if is_online { "online" } else { "offline" },
    };
    Event::passing("presence.changed", &event)
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
    if !node.live().features.typing {
        return Err(Error::Disabled("Typing is switched off"));
    }
    let event = match typing {
        Typing::Start => "typing.start",
        Typing::Stop => "typing.stop",
    };
    let typist = Typist {
        channel: member.channel(),
        user: member.user(),
        external_id: &member.caller().profile.external_id,
    };
    let event = Event::passing(event, &typist);
    node.hub.publish_to_others(socket, member.address(), event);
    Ok(())
}

/// Someone came or went.
#[derive(Serialize, JsonSchema)]
pub struct Changed<'a> {
    #[serde(rename = "userId")]
    user: UserId,
    #[serde(rename = "externalId")]
    external_id: &'a str,
    /// `online` or `offline`.
    status: &'a str,
}

/// Someone types, or stops.
#[derive(Serialize, JsonSchema)]
pub struct Typist<'a> {
    #[serde(rename = "channelId")]
    channel: ChannelId,
    #[serde(rename = "userId")]
    user: UserId,
    #[serde(rename = "externalId")]
    external_id: &'a str,
}
