//! How news travels: an event goes to a room, and every seat in the room gets the same bytes.
//!
//! A room is a channel's live audience on this node, a [`Seat`] one connected socket. The hub knows
//! nothing of members or messages; who belongs in a room is decided in `chat/` before anything is
//! published. It keeps its own rooms rather than socketioxide's for three things those cannot do:
//! say *which* socket could not be given an event, hold back a seat that is still catching up, and
//! close a transport. Within one room, events arrive in the order they were published.

pub mod event;
pub mod line;
pub mod seat;
pub mod sessions;

use crate::ids::{AppId, ChannelId, UserId};
use event::Event;
use seat::Seat;
use sessions::Sessions;
use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    sync::{Arc, Mutex, MutexGuard},
};

pub use socketioxide::socket::Sid;

/// Rooms are spread over this many locks, so that one busy room does not hold up the others.
const SHARDS: usize = 64;

/// The live audience of this node.
pub struct Hub {
    shards: Vec<Mutex<HashMap<ChannelId, Room>>>,
    users: Mutex<HashMap<Owner, Vec<Arc<Seat>>>>,
    /// Which seat and which connection belong to a session of Socket.IO.
    pub sessions: Sessions,
    hasher: foldhash::fast::FixedState,
}

/// Whose a seat is.
type Owner = (AppId, UserId);

/// Who is in a room.
type Room = Vec<Place>;

struct Place {
    seat: Arc<Seat>,
    /// What happened since a seat that is catching up came in; `None` once it has caught up.
    missed: Option<Vec<Arc<Event>>>,
    /// Up to where it was given the log: a message may be read there before it is published.
    given: i64,
}

impl Place {
    /// Whether the seat was not given an event from the log already.
    fn lacks(&self, event: &Event) -> bool {
        event.seq.is_none_or(|seq| seq > self.given)
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            users: Mutex::default(),
            sessions: Sessions::default(),
            hasher: foldhash::fast::FixedState::default(),
        }
    }
}

impl Hub {
    fn rooms(&self, channel: ChannelId) -> MutexGuard<'_, HashMap<ChannelId, Room>> {
        let shard = self.hasher.hash_one(channel) as usize % SHARDS;
        self.shards[shard].lock().unwrap()
    }

    /// Lets a connecting seat hear of its user. Comes before its channels are read, so that a
    /// channel joined meanwhile is not missed.
    pub fn seat(&self, seat: &Arc<Seat>) {
        self.sessions.seat(seat);
        let mut users = self.users.lock().unwrap();
        users.entry(seat.owner()).or_default().push(seat.clone());
    }

    /// Lets a seat hear of a channel from now on. With `is_catching_up`, what happens is kept for it
    /// until [`Hub::caught_up`]. Entering twice changes nothing.
    pub fn enter(&self, seat: &Arc<Seat>, channel: ChannelId, is_catching_up: bool) {
        // The room's lock first: a seat that leaves meanwhile waits for it and finds its place.
        let mut rooms = self.rooms(channel);
        if seat.note(channel) {
            let place = Place {
                seat: seat.clone(),
                missed: is_catching_up.then(Vec::new),
                given: 0,
            };
            rooms.entry(channel).or_default().push(place);
        }
    }

    /// A seat was given everything up to `seq`: gives it `last_word`, then what it missed after
    /// that, and from now on what happens.
    pub fn caught_up(&self, seat: &Arc<Seat>, channel: ChannelId, seq: i64, last_word: Event) {
        let mut rooms = self.rooms(channel);
        let place = rooms
            .get_mut(&channel)
            .and_then(|room| room.iter_mut().find(|place| Arc::ptr_eq(&place.seat, seat)));
        let Some(place) = place else { return };
        let Some(missed) = place.missed.take() else {
            return;
        };
        place.given = seq;
        seat.give(&last_word);
        // Still under the room's lock: nothing can be published in between.
        for event in missed.iter().filter(|event| place.lacks(event)) {
            seat.give(event);
        }
    }

    /// A seat is gone; gives back the channels it was in. Leaving twice changes nothing.
    pub fn leave(&self, seat: &Arc<Seat>) -> Vec<ChannelId> {
        self.sessions.forget(seat);
        let mut users = self.users.lock().unwrap();
        if let Some(seats) = users.get_mut(&seat.owner()) {
            seats.retain(|other| !Arc::ptr_eq(other, seat));
            if seats.is_empty() {
                users.remove(&seat.owner());
            }
        }
        drop(users);
        let channels = seat.leave();
        for &channel in &channels {
            let mut rooms = self.rooms(channel);
            let Some(room) = rooms.get_mut(&channel) else {
                continue;
            };
            if let Some(place) = room.iter().position(|place| Arc::ptr_eq(&place.seat, seat)) {
                room.swap_remove(place);
            }
            if room.is_empty() {
                rooms.remove(&channel);
            }
        }
        channels.into_iter().collect()
    }

    /// Lets all live seats of a user hear of a channel.
    pub fn join(&self, app: AppId, user: UserId, channel: ChannelId) {
        for seat in self.seats_of(app, user) {
            seat.unbar(channel);
            self.enter(&seat, channel, false);
        }
    }

    /// A user's membership has ended: none of their seats hears of the channel any more, not even one
    /// that is about to enter because it was a member's a moment ago. Gives back their seats.
    pub fn part(&self, app: AppId, user: UserId, channel: ChannelId) -> Vec<Arc<Seat>> {
        let seats = self.seats_of(app, user);
        let mut rooms = self.rooms(channel);
        seats.iter().for_each(|seat| seat.bar(channel));
        if let Some(room) = rooms.get_mut(&channel) {
            room.retain(|place| place.seat.owner() != (app, user));
            if room.is_empty() {
                rooms.remove(&channel);
            }
        }
        seats
    }

    /// Closes all seats of a user: their clients come back and are asked anew.
    pub fn close(&self, app: AppId, user: UserId) {
        self.seats_of(app, user)
            .iter()
            .for_each(|seat| seat.close());
    }

    fn seats_of(&self, app: AppId, user: UserId) -> Vec<Arc<Seat>> {
        let users = self.users.lock().unwrap();
        users.get(&(app, user)).cloned().unwrap_or_default()
    }

    /// Tells a channel.
    pub fn publish(&self, channel: ChannelId, event: impl Into<Arc<Event>>) {
        self.tell(channel, &event.into(), |_| true);
    }

    /// Tells each other seat that is in any of the channels, once.
    pub fn publish_to_others(&self, cause: Sid, channels: &[ChannelId], event: Event) {
        let event = Arc::new(event);
        match channels {
            [channel] => self.tell(*channel, &event, |seat| seat.id() != cause),
            channels => {
                let mut told = HashSet::from([cause]);
                for channel in channels {
                    self.tell(*channel, &event, |seat| told.insert(seat.id()));
                }
            }
        }
    }

    fn tell(&self, channel: ChannelId, event: &Arc<Event>, mut wants: impl FnMut(&Seat) -> bool) {
        let mut rooms = self.rooms(channel);
        for place in rooms.get_mut(&channel).into_iter().flatten() {
            if !wants(&place.seat) {
                continue;
            }
            let lacks = place.lacks(event);
            match &mut place.missed {
                Some(missed) => place.seat.keep(missed, event),
                None if lacks => place.seat.give(event),
                None => {}
            }
        }
    }
}
