//! Who is let into a room, and out of it, while they are connected.
//!
//! A seat that is let out of a channel is barred from it, so that one which is about to enter, because
//! its user was a member a moment ago, does not. What happens on this node is in the order of the
//! database and lifts the bar. What is heard from other nodes, or was read in between, may be
//! older than the bar: bars are counted, and only what was read after a bar lifts it.

use super::{Address, Hub, Owner, Room, event::Event, frame::Frame, seat::Seat};
use crate::ids::{ChannelId, UserId};
use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

/// What came of letting a user in whom another node told of, or who was read about.
#[derive(PartialEq)]
pub enum Entry {
    /// Nobody of theirs is here.
    Absent,
    /// All their seats are in.
    In,
    /// A seat is barred, and it is not certain that it still has to be.
    Barred,
}

impl Hub {
    /// Lets all live seats of a user, on every node, hear of a channel whose log had come to `head`.
    pub fn join(&self, address: Address, user: UserId, head: i64) {
        self.let_in(address, user, head);
        self.tell_joined(address, user, head);
    }

    /// The same for the seats here.
    pub fn let_in(&self, (app, channel): Address, user: UserId, head: i64) {
        for seat in self.seats.of_user((app, user)) {
            seat.unbar(channel);
            self.enter(&seat, channel, head, false);
        }
    }

    /// A channel is there whose seats were let in before it was. Whoever was let out again by now is
    /// asked anew: somebody may have looked for the channel too early.
    pub fn came_to_be(&self, address: Address, user: UserId) {
        let news = News {
            head: 0,
            bars: 0,
            returned_at: None,
        };
        if self.let_in_as_of(address, user, news) == Entry::Barred {
            self.close_here((address.0, user));
        }
        self.tell_joined(address, user, 0);
    }

    /// The same for those on the other nodes.
    fn tell_joined(&self, (app, channel): Address, user: UserId, head: i64) {
        self.bus.send(|| Frame::Joined {
            app,
            user,
            channel,
            head,
        });
    }

    /// How often somebody was let out: what is read from now on is newer than those bars.
    pub fn bars(&self) -> u64 {
        self.bars.load(Ordering::Acquire)
    }

    /// Lets in the seats here of a user of whom it was read or heard that they are a member, when so many
    /// had been let out. One that is barred stays out, unless it was barred before that and a `head` says
    /// from where on it may hear.
    pub fn let_in_as_of(&self, (app, channel): Address, user: UserId, news: News) -> Entry {
        let seats = self.seats.of_user((app, user));
        let mut entry = if seats.is_empty() {
            Entry::Absent
        } else {
            Entry::In
        };
        for seat in &seats {
            match (seat.bar_of(channel), news.returned_at) {
                (None, _) => self.enter(seat, channel, news.head, false),
                (Some(bar), Some(head)) if bar <= news.bars => {
                    seat.unbar_if(channel, bar);
                    self.enter(seat, channel, head, false);
                }
                _ => entry = Entry::Barred,
            }
        }
        entry
    }

    /// A membership has ended: none of the user's seats, on any node, hears of the channel any more. They
    /// are given the last word.
    pub fn part(&self, address: Address, user: UserId, last_word: Option<&Arc<Event>>) {
        self.let_out(address, user, last_word);
        let (app, channel) = address;
        self.bus.send(|| Frame::Left {
            app,
            user,
            channel,
            last_word: last_word.cloned(),
        });
    }

    /// The same for the seats here; whether there are any.
    pub fn let_out(
        &self,
        (app, channel): Address,
        user: UserId,
        last_word: Option<&Arc<Event>>,
    ) -> bool {
        let seats = self.seats.of_user((app, user));
        let mut rooms = self.rooms(channel);
        self.bar(&seats, &mut rooms, (app, channel), user);
        drop(rooms);
        if let Some(event) = last_word {
            seats.iter().for_each(|seat| seat.give(event));
        }
        !seats.is_empty()
    }

    /// The same for a user who was read to be no member. False if anybody was let out since `bars` was
    /// read: they may have been let in again too. What is done here is counted there.
    pub fn let_out_as_of(&self, (app, channel): Address, user: UserId, bars: &mut u64) -> bool {
        let seats = self.seats.of_user((app, user));
        let mut rooms = self.rooms(channel);
        let is_news = self.bars() == *bars;
        if is_news {
            *bars += 1;
            self.bar(&seats, &mut rooms, (app, channel), user);
        }
        is_news
    }

    /// Under the room's lock, so that no seat enters meanwhile.
    fn bar(
        &self,
        seats: &[Arc<Seat>],
        rooms: &mut HashMap<ChannelId, Room>,
        (app, channel): Address,
        user: UserId,
    ) {
        let bar = self.bars.fetch_add(1, Ordering::AcqRel) + 1;
        seats.iter().for_each(|seat| seat.bar(channel, bar));
        if let Some(room) = rooms.get_mut(&channel) {
            room.places
                .retain(|place| place.seat.owner() != (app, user));
            if room.places.is_empty() {
                rooms.remove(&channel);
            }
        }
    }

    /// Closes all seats of a user, on every node: their clients come back and are asked anew.
    pub fn close(&self, (app, user): Owner) {
        self.close_here((app, user));
        self.bus.send(|| Frame::Closed { app, user });
    }

    /// The same for the seats here.
    pub fn close_here(&self, owner: Owner) {
        for seat in self.seats.of_user(owner) {
            seat.send_away();
        }
    }
}

/// That a user is a member, as another node or the database says.
pub struct News {
    /// Where the channel's log is.
    pub head: i64,
    /// [`Hub::bars`] before it was read; 0 if nobody knows when.
    pub bars: u64,
    /// Where the log was when they came back, if they were told to have.
    pub returned_at: Option<i64>,
}
