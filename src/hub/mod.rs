//! How news travels: an event goes to a room, and every seat in the room gets the same bytes.
//!
//! A room is a channel's live audience on this node, a [`Seat`] one connected socket. The hub knows
//! nothing of members or messages; who belongs in a room is decided in `chat/` before anything is
//! published. It keeps its own rooms rather than socketioxide's for three things those cannot do:
//! say *which* socket could not be given an event, hold back a seat that is still catching up, and
//! close a transport. Within one room, events arrive in the order they were published, and messages in
//! the log's order without holes, on every node: a room knows how far it has published the log, and
//! takes the next message only. What is published here is told to the other nodes by the [`bus`].

pub mod bus;
pub mod event;
pub mod frame;
pub mod line;
pub mod memberships;
pub mod seat;
pub mod seats;
pub mod sessions;

use crate::{
    ids::{AppId, ChannelId, UserId},
    metrics::Metrics,
};
use bus::Bus;
use event::Event;
use frame::Frame;
use seat::Seat;
use seats::Seats;
use sessions::Sessions;
use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicU64},
};

pub use socketioxide::socket::Sid;

/// Rooms are spread over this many locks, so that one busy room does not hold up the others.
const SHARDS: usize = 64;

/// The live audience of this node.
pub struct Hub {
    shards: Vec<Mutex<HashMap<ChannelId, Room>>>,
    /// Who is here.
    pub seats: Seats,
    /// Which seat and which connection belong to a session of Socket.IO.
    pub sessions: Sessions,
    /// What waits to be told to the other nodes.
    pub bus: Bus,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How often somebody was let out.
    bars: AtomicU64,
    hasher: foldhash::fast::FixedState,
}

/// Whose a seat is.
pub type Owner = (AppId, UserId);

/// A channel and its app.
pub type Address = (AppId, ChannelId);

/// Who is in a room, and up to where the log was published to them.
struct Room {
    published: i64,
    places: Vec<Place>,
}

impl Room {
    /// Gives an event to those who want it; tells to how many.
    fn tell(&mut self, event: &Arc<Event>, mut wants: impl FnMut(&Seat) -> bool) -> u64 {
        let mut told = 0;
        for place in &mut self.places {
            if !wants(&place.seat) {
                continue;
            }
            let lacks = place.lacks(event);
            match &mut place.missed {
                Some(missed) => place.seat.keep(missed, event),
                None if lacks => {
                    place.seat.give(event);
                    told += 1;
                }
                None => {}
            }
        }
        told
    }
}

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

impl Hub {
    /// Nobody is there yet.
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            metrics,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            seats: Seats::default(),
            sessions: Sessions::default(),
            bus: Bus::default(),
            bars: AtomicU64::new(0),
            hasher: foldhash::fast::FixedState::default(),
        }
    }

    fn rooms(&self, channel: ChannelId) -> MutexGuard<'_, HashMap<ChannelId, Room>> {
        let shard = self.hasher.hash_one(channel) as usize % SHARDS;
        self.shards[shard].lock().unwrap()
    }

    /// Lets a connecting seat hear of its user. Comes before its channels are read, so that a
    /// channel joined meanwhile is not missed.
    pub fn seat(&self, seat: &Arc<Seat>) {
        self.sessions.seat(seat);
        self.seats.add(seat);
    }

    /// Lets a seat hear of a channel from now on, that is what comes after `head`: where the log was
    /// known to be. With `is_catching_up`, what happens is kept for it until [`Hub::caught_up`].
    /// What was published between the two is for the client to read: it is told that it is connected, or
    /// a member, after this. Entering twice changes nothing.
    pub fn enter(&self, seat: &Arc<Seat>, channel: ChannelId, head: i64, is_catching_up: bool) {
        // The room's lock first: a seat that leaves meanwhile waits for it and finds its place.
        let mut rooms = self.rooms(channel);
        if seat.note(channel) {
            let place = Place {
                seat: seat.clone(),
                missed: is_catching_up.then(Vec::new),
                given: head,
            };
            let room = rooms.entry(channel).or_insert_with(|| Room {
                published: head,
                places: vec![],
            });
            room.places.push(place);
        }
    }

    /// A seat was given everything up to `seq`: gives it `last_word`, then what it missed after
    /// that, and from now on what happens.
    pub fn caught_up(&self, seat: &Arc<Seat>, channel: ChannelId, seq: i64, last_word: Event) {
        let mut rooms = self.rooms(channel);
        let place = rooms
            .get_mut(&channel)
            .map(|room| room.places.iter_mut())
            .and_then(|mut places| places.find(|place| Arc::ptr_eq(&place.seat, seat)));
        let Some(place) = place else { return };
        let Some(missed) = place.missed.take() else {
            return;
        };
        place.given = place.given.max(seq);
        seat.hand_over(&last_word);
        // Still under the room's lock: nothing can be published in between.
        for event in missed.iter().filter(|event| place.lacks(event)) {
            seat.give(event);
        }
    }

    /// A seat is gone; gives back the channels it was in. Leaving twice changes nothing.
    pub fn leave(&self, seat: &Arc<Seat>) -> Vec<ChannelId> {
        self.sessions.forget(seat);
        self.seats.remove(seat);
        let channels = seat.leave();
        for &channel in &channels {
            self.take_out(seat, channel);
        }
        channels.into_iter().collect()
    }

    fn take_out(&self, seat: &Arc<Seat>, channel: ChannelId) {
        let mut rooms = self.rooms(channel);
        let Some(room) = rooms.get_mut(&channel) else {
            return;
        };
        let is_here = |place: &Place| Arc::ptr_eq(&place.seat, seat);
        if let Some(place) = room.places.iter().position(is_here) {
            room.places.swap_remove(place);
        }
        if room.places.is_empty() {
            rooms.remove(&channel);
        }
    }

    /// Tells a channel, on every node. It comes after the message at `after`.
    pub fn publish(&self, (app, channel): Address, after: i64, event: impl Into<Arc<Event>>) {
        let event = event.into();
        self.tell(&[channel], &event);
        self.bus.send(|| Frame::Told {
            app,
            channel,
            after,
            event,
        });
    }

    /// Publishes a message that was just stored. False if the one before it was not published here:
    /// then the log has to be read first (`chat/log/follow.rs`).
    pub fn publish_next(&self, (app, channel): Address, message: &Arc<Event>) -> bool {
        let is_next = self.follow(channel, message);
        let seq = message.seq.unwrap_or_default();
        self.bus.send(|| Frame::Grown { app, channel, seq });
        is_next
    }

    /// Gives a room the next message of its log; one that it had already it is not given again. False
    /// if there is a hole before it: then nobody was given anything.
    pub fn follow(&self, channel: ChannelId, message: &Arc<Event>) -> bool {
        let mut rooms = self.rooms(channel);
        let (Some(room), Some(seq)) = (rooms.get_mut(&channel), message.seq) else {
            return true;
        };
        if seq == room.published + 1 {
            room.published = seq;
            self.metrics.delivered.inc_by(room.tell(message, |_| true));
        }
        seq <= room.published
    }

    /// Up to where a channel's log was published here; nothing if nobody listens.
    pub fn published(&self, channel: ChannelId) -> Option<i64> {
        Some(self.rooms(channel).get(&channel)?.published)
    }

    /// Sends away all who listen to a channel: their clients come back and catch up, which is cheaper
    /// than to give a room more than its seats can take at once.
    pub fn give_up(&self, channel: ChannelId, head: i64) {
        if let Some(room) = self.rooms(channel).get_mut(&channel) {
            room.published = room.published.max(head);
            for place in &room.places {
                place.seat.send_away();
            }
        }
    }

    /// Tells each seat here that is in any of the channels, once.
    pub fn tell(&self, channels: &[ChannelId], event: &Arc<Event>) {
        self.tell_all_but(None, channels, event);
    }

    /// The same for all but the seat that is the cause.
    pub fn tell_others(&self, cause: Sid, channels: &[ChannelId], event: &Arc<Event>) {
        self.tell_all_but(Some(cause), channels, event);
    }

    /// Tells a channel's other seats, on every node.
    pub fn publish_to_others(&self, cause: Sid, (app, channel): Address, event: Event) {
        let event = Arc::new(event);
        self.tell_others(cause, &[channel], &event);
        self.bus.send(|| Frame::Told {
            app,
            channel,
            after: 0,
            event,
        });
    }

    fn tell_all_but(&self, cause: Option<Sid>, channels: &[ChannelId], event: &Arc<Event>) {
        let tell = |channel: &ChannelId, wants: &mut dyn FnMut(&Seat) -> bool| {
            if let Some(room) = self.rooms(*channel).get_mut(channel) {
                self.metrics.delivered.inc_by(room.tell(event, wants));
            }
        };
        match channels {
            [channel] => tell(channel, &mut |seat| Some(seat.id()) != cause),
            channels => {
                let mut told: HashSet<Sid> = cause.into_iter().collect();
                for channel in channels {
                    tell(channel, &mut |seat| told.insert(seat.id()));
                }
            }
        }
    }

    /// The channels that a user's seats here are in.
    pub fn channels_of(&self, owner: Owner) -> HashSet<ChannelId> {
        let seats = self.seats.of_user(owner);
        seats.iter().flat_map(|seat| seat.channels()).collect()
    }
}
