//! Sending away those who may not be here any more. Who that is, is decided in `chat/`.

use super::{Hub, Owner, seat::Seat};
use crate::ids::AppId;
use std::sync::Arc;

impl Hub {
    /// The seats here of a user.
    pub fn seats_of(&self, owner: Owner) -> Vec<Arc<Seat>> {
        let users = self.users.lock().unwrap();
        users.get(&owner).cloned().unwrap_or_default()
    }

    /// How many seats here are of an app.
    pub fn seats_in_app(&self, app: AppId) -> usize {
        let users = self.users.lock().unwrap();
        let of_app = users.iter().filter(|((of, _), _)| *of == app);
        of_app.map(|(_, seats)| seats.len()).sum()
    }

    /// The seats here of a whole app.
    pub fn seats_of_app(&self, app: AppId) -> Vec<Arc<Seat>> {
        let users = self.users.lock().unwrap();
        let of_app = users.iter().filter(|((of, _), _)| *of == app);
        of_app.flat_map(|(_, seats)| seats).cloned().collect()
    }
}

impl Seat {
    /// Sends away one whose token is no good any more. Its client is told "io server disconnect" and does
    /// not come back by itself: a new token is its application's to fetch. One that is not connected
    /// yet, or cannot be told, is cut; when it comes back it is refused in words.
    pub fn dismiss(&self) {
        let socket = self.socket();
        if !socket.connected() || socket.clone().disconnect().is_err() {
            self.send_away();
        }
    }

    /// The origin of the page that it was opened by, if it was one.
    pub fn origin(&self) -> Option<&str> {
        let origin = self.socket().req_parts().headers.get("origin")?;
        // One that is no text is no page's that anybody would allow.
        Some(origin.to_str().unwrap_or_default())
    }
}
