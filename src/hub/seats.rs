//! Who is here: the seats of this node, found by their app, their user and the token they came with.
//!
//! One lock, held for moments: what one app asks for walks its own seats at most.

use crate::{
    hub::{Owner, seat::Seat},
    ids::{AppId, UserId},
};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// The seats of this node.
#[derive(Default)]
pub struct Seats(Mutex<HashMap<AppId, OfApp>>);

#[derive(Default)]
struct OfApp {
    users: HashMap<UserId, Vec<Arc<Seat>>>,
    /// The same seats by their tokens' ids.
    tokens: HashMap<Uuid, Vec<Arc<Seat>>>,
    count: usize,
}

/// Takes a seat out, and what it leaves empty. False if it was not there.
fn take_out<K: Eq + Hash>(
    found: &mut HashMap<K, Vec<Arc<Seat>>>,
    key: &K,
    seat: &Arc<Seat>,
) -> bool {
    let Some(seats) = found.get_mut(key) else {
        return false;
    };
    let place = seats.iter().position(|other| Arc::ptr_eq(other, seat));
    if let Some(place) = place {
        seats.swap_remove(place);
    }
    if seats.is_empty() {
        found.remove(key);
    }
    place.is_some()
}

impl Seats {
    pub(super) fn add(&self, seat: &Arc<Seat>) {
        let (app, user) = seat.owner();
        let mut apps = self.0.lock().unwrap();
        let of_app = apps.entry(app).or_default();
        of_app.users.entry(user).or_default().push(seat.clone());
        of_app
            .tokens
            .entry(seat.token())
            .or_default()
            .push(seat.clone());
        of_app.count += 1;
    }

    pub(super) fn remove(&self, seat: &Arc<Seat>) {
        let (app, user) = seat.owner();
        let mut apps = self.0.lock().unwrap();
        let Some(of_app) = apps.get_mut(&app) else {
            return;
        };
        if take_out(&mut of_app.users, &user, seat) {
            take_out(&mut of_app.tokens, &seat.token(), seat);
            of_app.count -= 1;
        }
        if of_app.count == 0 {
            apps.remove(&app);
        }
    }

    fn look<T: Default>(&self, app: AppId, look: impl FnOnce(&OfApp) -> T) -> T {
        self.0
            .lock()
            .unwrap()
            .get(&app)
            .map(look)
            .unwrap_or_default()
    }

    /// Those of a user.
    pub fn of_user(&self, (app, user): Owner) -> Vec<Arc<Seat>> {
        self.look(app, |of_app| {
            of_app.users.get(&user).cloned().unwrap_or_default()
        })
    }

    /// How many a user has.
    pub fn count_of_user(&self, (app, user): Owner) -> usize {
        self.look(app, |of_app| of_app.users.get(&user).map_or(0, Vec::len))
    }

    /// Those that came with a token.
    pub fn of_token(&self, app: AppId, token: Uuid) -> Vec<Arc<Seat>> {
        self.look(app, |of_app| {
            of_app.tokens.get(&token).cloned().unwrap_or_default()
        })
    }

    /// Those of a whole app.
    pub fn of_app(&self, app: AppId) -> Vec<Arc<Seat>> {
        self.look(app, |of_app| {
            of_app.users.values().flatten().cloned().collect()
        })
    }

    /// How many an app has.
    pub fn count_of_app(&self, app: AppId) -> usize {
        self.look(app, |of_app| of_app.count)
    }

    /// All, in no order.
    pub fn all(&self) -> Vec<Arc<Seat>> {
        let apps = self.0.lock().unwrap();
        let users = apps.values().flat_map(|of_app| of_app.users.values());
        users.flatten().cloned().collect()
    }

    /// All users who have one.
    pub fn users(&self) -> Vec<Owner> {
        let apps = self.0.lock().unwrap();
        let owners = apps
            .iter()
            .flat_map(|(app, of_app)| of_app.users.keys().map(|user| (*app, *user)));
        owners.collect()
    }

    /// Whether nobody has one.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }

    /// How many seats and users there are.
    pub fn count(&self) -> (usize, usize) {
        let apps = self.0.lock().unwrap();
        apps.values().fold((0, 0), |(seats, users), of_app| {
            (seats + of_app.count, users + of_app.users.len())
        })
    }
}
