//! Who waits for work that is done for many at once: a line for each app, taken from in turn.
//!
//! An app that brings more than can be done waits for itself; another waits for what is under way and for
//! its share of what is next. (Fair queueing by turns: Nagle, "On Packet Switches With Infinite Storage",
//! RFC 970, 1985.) Within an app, and so within a channel, who came first is served first.

use crate::ids::AppId;
use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};
use tokio::sync::Notify;

/// What waits.
pub trait Waits {
    /// Whose it is.
    fn app(&self) -> AppId;

    /// Its bytes, where they count.
    fn weight(&self) -> usize {
        0
    }
}

/// How much there may be, of many together.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// How many.
    pub places: usize,
    /// And their bytes.
    pub bytes: usize,
}

/// A line for each app, and whose turn it is.
pub struct FairQueue<T> {
    state: Mutex<State<T>>,
    room: Room,
    arrived: Notify,
}

struct State<T> {
    /// None of them is empty.
    of_app: HashMap<AppId, Own<T>>,
    /// Each app that waits, once.
    turns: VecDeque<AppId>,
    count: usize,
    bytes: usize,
    is_closed: bool,
}

struct Own<T> {
    waiting: VecDeque<T>,
    bytes: usize,
}

impl<T: Waits> FairQueue<T> {
    /// An empty one. When there is no more room, each app keeps an equal share, so that all together may be
    /// more, by the logarithm of how many apps there are.
    pub fn new(room: Room) -> Self {
        let state = State {
            of_app: HashMap::new(),
            turns: VecDeque::new(),
            count: 0,
            bytes: 0,
            is_closed: false,
        };
        Self {
            state: Mutex::new(state),
            room,
            arrived: Notify::new(),
        }
    }

    /// Puts one in its app's line; gives back what has no room.
    pub fn push(&self, one: T) -> Result<(), T> {
        let mut state = self.state.lock().unwrap();
        if state.is_closed || !state.has_room(&one, self.room) {
            return Err(one);
        }
        state.push(one);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Looks at the first of an app.
    pub fn first<R>(&self, app: AppId, look: impl FnOnce(&T) -> R) -> Option<R> {
        let state = self.state.lock().unwrap();
        let first = state.of_app.get(&app)?.waiting.front();
        first.map(look)
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().count
    }

    /// Takes what has room in an empty batch, or one if none has, waiting for the first. The batch stays
    /// empty once the line is closed.
    pub async fn take(&self, batch: &mut Vec<T>, room: Room) {
        loop {
            let is_closed = {
                let mut state = self.state.lock().unwrap();
                state.take(batch, room);
                state.is_closed
            };
            if !batch.is_empty() || is_closed {
                return;
            }
            self.arrived.notified().await;
        }
    }

    /// The same without waiting.
    pub fn take_now(&self, batch: &mut Vec<T>, room: Room) {
        self.state.lock().unwrap().take(batch, room);
    }

    /// Takes all.
    pub fn take_all(&self, batch: &mut Vec<T>) {
        let (places, bytes) = (usize::MAX, usize::MAX);
        self.take_now(batch, Room { places, bytes });
    }

    /// Lets nobody in any more.
    pub fn close(&self) {
        self.state.lock().unwrap().is_closed = true;
        self.arrived.notify_one();
    }
}

impl<T: Waits> State<T> {
    /// Who has nothing here is let in, however many there are.
    fn has_room(&self, one: &T, room: Room) -> bool {
        let Some(own) = self.of_app.get(&one.app()) else {
            return true;
        };
        let apps = self.of_app.len();
        let has_place = self.count < room.places || own.waiting.len() < room.places / apps;
        let bytes = |taken: usize| taken + one.weight();
        has_place && (bytes(self.bytes) <= room.bytes || bytes(own.bytes) <= room.bytes / apps)
    }

    fn push(&mut self, one: T) {
        self.count += 1;
        self.bytes += one.weight();
        let app = one.app();
        let own = self.of_app.entry(app).or_insert_with(|| {
            self.turns.push_back(app);
            Own {
                waiting: VecDeque::new(),
                bytes: 0,
            }
        });
        own.bytes += one.weight();
        own.waiting.push_back(one);
    }

    fn take(&mut self, batch: &mut Vec<T>, room: Room) {
        let mut bytes = 0;
        while batch.len() < room.places
            && let Some(&app) = self.turns.front()
        {
            let own = self.of_app.get_mut(&app).expect("who has a turn waits");
            let weight = own.waiting.front().map_or(0, Waits::weight);
            bytes += weight;
            if bytes > room.bytes && !batch.is_empty() {
                return;
            }
            batch.extend(own.waiting.pop_front());
            own.bytes -= weight;
            self.count -= 1;
            self.bytes -= weight;
            self.turns.pop_front();
            match own.waiting.is_empty() {
                true => drop(self.of_app.remove(&app)),
                false => self.turns.push_back(app),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(PartialEq, Debug)]
    struct One(AppId, usize);

    impl Waits for One {
        fn app(&self) -> AppId {
            self.0
        }

        fn weight(&self) -> usize {
            self.1
        }
    }

    fn taken(line: &FairQueue<One>, places: usize, bytes: usize) -> Vec<usize> {
        let mut batch = vec![];
        line.take_now(&mut batch, Room { places, bytes });
        batch.into_iter().map(|one| one.1).collect()
    }

    #[test]
    fn apps_are_served_in_turn_and_each_in_its_order() {
        let line = FairQueue::new(Room {
            places: 8,
            bytes: 100,
        });
        let (one, other) = (AppId::new(), AppId::new());
        for weight in [1, 2, 3] {
            line.push(One(one, weight)).unwrap();
        }
        line.push(One(other, 9)).unwrap();
        assert_eq!(taken(&line, 3, 100), [1, 9, 2]);
        assert_eq!(line.first(one, |first| first.1), Some(3));
        assert_eq!(taken(&line, 3, 100), [3]);
        assert_eq!((line.count(), line.first(one, |_| ())), (0, None));
    }

    #[test]
    fn a_batch_is_as_heavy_as_it_may_be_or_one() {
        let line = FairQueue::new(Room {
            places: 8,
            bytes: 100,
        });
        let app = AppId::new();
        for weight in [50, 4, 4, 4] {
            line.push(One(app, weight)).unwrap();
        }
        assert_eq!(taken(&line, 8, 10), [50]);
        assert_eq!(taken(&line, 8, 10), [4, 4]);
        assert_eq!(taken(&line, 8, 10), [4]);
    }

    #[test]
    fn who_has_much_here_is_refused_when_there_is_no_room_and_not_before() {
        let line = FairQueue::new(Room {
            places: 4,
            bytes: 100,
        });
        let (one, other, third) = (AppId::new(), AppId::new(), AppId::new());
        for _ in 0..3 {
            line.push(One(one, 1)).unwrap();
        }
        line.push(One(other, 1)).unwrap();
        assert_eq!(line.push(One(one, 1)), Err(One(one, 1)));
        // Its half.
        line.push(One(other, 1)).unwrap();
        line.push(One(other, 1)).unwrap_err();
        line.push(One(third, 1)).unwrap();
        line.push(One(third, 1)).unwrap_err();
        assert_eq!(line.count(), 6);
    }

    #[test]
    fn bytes_are_shared_as_places_are() {
        let line = FairQueue::new(Room {
            places: 100,
            bytes: 40,
        });
        let (one, other) = (AppId::new(), AppId::new());
        line.push(One(one, 30)).unwrap();
        line.push(One(one, 11)).unwrap_err();
        line.push(One(one, 10)).unwrap();
        // One at least, and up to its half.
        line.push(One(other, 19)).unwrap();
        line.push(One(other, 1)).unwrap();
        line.push(One(other, 1)).unwrap_err();
    }
}
