//! What one node tells the others, as data. `chat/nodes` carries it and acts on what it hears.
//!
//! A frame may be lost, doubled or late; what each is worth then is said there. A node that does not
//! know a kind of frame, as while a newer version is rolled out, leaves it out.

use crate::{
    hub::event::Event,
    ids::{AppId, ChannelId, MessageId, UserId},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// One life of one process. A node that starts again is another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub Uuid);

/// One thing to know.
#[derive(Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Frame {
    /// A channel's log has come this far. Who listens reads it there.
    Grown {
        app: AppId,
        channel: ChannelId,
        seq: i64,
    },
    /// News for a channel; it comes after the message at this place.
    Told {
        app: AppId,
        channel: ChannelId,
        after: i64,
        event: Arc<Event>,
    },
    /// Something was added to a message, which stands at this place. Who listens reads it there.
    Updated {
        app: AppId,
        channel: ChannelId,
        message: MessageId,
        after: i64,
    },
    /// A user is in a channel, whose log had come this far.
    Joined {
        app: AppId,
        user: UserId,
        channel: ChannelId,
        head: i64,
    },
    /// A user is no longer in a channel. Their sockets are told so.
    Left {
        app: AppId,
        user: UserId,
        channel: ChannelId,
        last_word: Option<Arc<Event>>,
    },
    /// Nobody knows which channels a user is in: their sockets have to come back.
    Closed { app: AppId, user: UserId },
    /// The first socket of a user on this node came, or the last one went.
    Seen {
        app: AppId,
        user: UserId,
        is_online: bool,
        channels: Vec<ChannelId>,
        event: Arc<Event>,
    },
    /// What others may keep in memory is no longer so.
    Changed(Change),
    /// I am here, with these users, and want to know who is with you.
    Hello { users: Vec<(AppId, UserId)> },
    /// These users are with me. To this node: from now on I tell you everything, but what was before
    /// you may have missed.
    Present {
        to: NodeId,
        users: Vec<(AppId, UserId)>,
    },
    /// Nothing new: what comes next has the next number.
    Pulse,
    /// I am going, and everything of mine was told.
    Bye,
    /// A frame too large to be carried: it lies in the database under this name.
    Kept(Uuid),
}

/// What changed, for rooms that keep some of it in memory. A room with a new thing to keep adds a case
/// here and a line in `chat/nodes/apply.rs`; after a gap its whole memory is dropped there too.
#[derive(Serialize, Deserialize)]
pub enum Change {
    /// A channel's messages, or the reactions to them.
    Messages(ChannelId),
    /// One of an app's plugins.
    Plugin(AppId, Uuid),
    /// A user's profile.
    Profile(AppId, UserId),
    /// Who may come in, and whether those who are in may stay.
    Access(AppId, Whom),
}

/// Whose access to an app it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Whom {
    /// Everybody's of the app.
    Everybody,
    /// That of one user.
    User(UserId),
    /// That by one token, of this id.
    Token(Uuid),
}

impl Frame {
    /// Whether it is worth nothing later, and may be left out when there is too much to tell.
    pub fn is_passing(&self) -> bool {
        matches!(self, Frame::Told { event, .. } if event.is_passing)
    }
}
