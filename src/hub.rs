//! How news travels: an event goes to a room, and every socket in the room gets the same bytes.
//!
//! Owns the socketioxide handle and the names of rooms. It knows nothing of members or messages;
//! who belongs in a room is decided in `chat/`, before anything is published.

use crate::ids::{AppId, ChannelId, UserId};
use serde::Serialize;
use socketioxide::{SocketIo, operators::BroadcastOperators};
use std::sync::OnceLock;

pub use socketioxide::{extract::SocketRef, socket::Sid};

/// The sockets of this node, by room.
#[derive(Default)]
pub struct Hub {
    sockets: OnceLock<SocketIo>,
}

/// The room of a channel's members.
fn channel_room(channel: ChannelId) -> String {
    format!("channel:{channel}")
}

/// The room of one user's sockets. Named by app too, though user ids alone are unique.
fn user_room(app: AppId, user: UserId) -> String {
    format!("user:{app}:{user}")
}

impl Hub {
    /// Gives the hub its sockets. Called once, when the server is put together.
    pub fn attach(&self, sockets: SocketIo) {
        assert!(
            self.sockets.set(sockets).is_ok(),
            "the hub is attached once"
        );
    }

    /// Lets a connecting socket hear of its user. Comes before its channels are read, so that a
    /// channel joined meanwhile is not missed.
    pub fn enter_user(&self, socket: &SocketRef, app: AppId, user: UserId) {
        socket.join(user_room(app, user));
    }

    /// Lets a connecting socket hear of its channels, all in one go.
    pub fn enter_channels(&self, socket: &SocketRef, channels: &[ChannelId]) {
        socket.join(
            channels
                .iter()
                .copied()
                .map(channel_room)
                .collect::<Vec<_>>(),
        );
    }

    /// Lets all live sockets of a user hear of a channel.
    pub async fn join(&self, app: AppId, user: UserId, channel: ChannelId) {
        if let Some(sockets) = self.sockets.get() {
            // The local adapter cannot fail: its error type is empty.
            let _ = sockets
                .within(user_room(app, user))
                .join(channel_room(channel))
                .await;
        }
    }

    /// Whether a socket is still there.
    pub fn is_live(&self, id: Sid) -> bool {
        self.sockets
            .get()
            .is_some_and(|sockets| sockets.get_socket(id).is_some())
    }

    /// Tells a channel.
    pub async fn publish(&self, channel: ChannelId, event: &str, payload: &impl Serialize) {
        if let Some(sockets) = self.sockets.get() {
            tell(sockets.to(channel_room(channel)), event, payload).await;
        }
    }

    /// Tells each other socket that is in any of the channels, once.
    pub async fn publish_to_others(
        &self,
        cause: &SocketRef,
        channels: &[ChannelId],
        event: &str,
        payload: &impl Serialize,
    ) {
        // No rooms would mean everybody.
        if !channels.is_empty() {
            let rooms = channels
                .iter()
                .copied()
                .map(channel_room)
                .collect::<Vec<_>>();
            tell(cause.to(rooms), event, payload).await;
        }
    }
}

async fn tell(audience: BroadcastOperators, event: &str, payload: &impl Serialize) {
    if let Err(error) = audience.emit(event, payload).await {
        tracing::warn!(event, "not delivered to every socket: {error}");
    }
}
