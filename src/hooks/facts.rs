//! What a plugin may ask for while it runs, what is asked before it is told something late, and the line
//! for both.
//!
//! This room knows no database. A question goes down a bounded line with the place for its answer;
//! who answers (`chat/facts.rs` in the server, a map in the author's tools) takes many at once. An
//! answer that does not come is «unavailable».

use crate::{
    hooks::event::Message,
    ids::{AppId, ChannelId, MessageId},
};
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Questions that may wait.
const WAITING: usize = 4_096;

/// Whose state it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Scope {
    /// The tenant.
    pub app: AppId,
    /// The plugin.
    pub plugin: Uuid,
}

/// One question, with the place for its answer.
pub enum Question {
    /// About the plugin's own values.
    State {
        /// Whose.
        scope: Scope,
        /// What to do.
        operation: Operation,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<Answer, Refusal>>,
    },
    /// About the event's channel.
    Channel {
        /// The tenant.
        app: AppId,
        /// The channel.
        channel: ChannelId,
        /// Where the answer goes.
        answer: oneshot::Sender<Option<Channel>>,
    },
    /// The channel's newest messages, newest first.
    Recent {
        /// The tenant.
        app: AppId,
        /// The channel.
        channel: ChannelId,
        /// How many at most.
        limit: u8,
        /// Where the answer goes.
        answer: oneshot::Sender<Vec<Message>>,
    },
    /// What became of a message: nothing that is deleted is told late.
    Fate {
        /// The tenant.
        app: AppId,
        /// The message.
        message: MessageId,
        /// Where the answer goes; nothing while it cannot be said.
        answer: oneshot::Sender<Option<Fate>>,
    },
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is in the log, with what was said.
    Stands,
    /// It is in the log without it.
    Deleted,
    /// It is not in the log.
    Absent,
}

/// One operation on a plugin's own values.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Reads a key.
    Get {
        /// The key.
        key: String,
    },
    /// Sets a key.
    Set {
        /// The key.
        key: String,
        /// Its new value.
        value: Vec<u8>,
        /// Seconds until it expires.
        ttl: Option<u32>,
    },
    /// Forgets a key.
    Delete {
        /// The key.
        key: String,
    },
    /// Adds to a counter.
    Add {
        /// The key.
        key: String,
        /// How much.
        delta: i64,
        /// Seconds until it expires, from the first time on.
        ttl: Option<u32>,
    },
}

impl Operation {
    /// The key it is about.
    pub fn key(&self) -> &str {
        match self {
            Operation::Get { key }
            | Operation::Set { key, .. }
            | Operation::Delete { key }
            | Operation::Add { key, .. } => key,
        }
    }
}

/// What an operation gives.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// To `Get`.
    Value(Option<Vec<u8>>),
    /// To `Set` and `Delete`.
    Done,
    /// To `Add`.
    Sum(i64),
}

/// Why an operation was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The plugin has as much as it may have.
    OverQuota,
    /// Not now.
    Unavailable,
    /// A key or value that cannot be stored.
    Invalid,
}

/// A channel, as a plugin sees it.
#[derive(Clone, Debug)]
pub struct Channel {
    /// The channel.
    pub id: ChannelId,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// How many members it has.
    pub members: u32,
    /// A JSON object.
    pub metadata: Box<RawValue>,
}

/// The asking end of the line.
#[derive(Clone)]
pub struct Line(mpsc::Sender<Question>);

impl Line {
    /// A line and its other end.
    pub fn new() -> (Self, mpsc::Receiver<Question>) {
        let (line, questions) = mpsc::channel(WAITING);
        (Self(line), questions)
    }

    /// Asks about state.
    pub(super) async fn state(
        &self,
        scope: Scope,
        operation: Operation,
    ) -> Result<Answer, Refusal> {
        let question = |answer| Question::State {
            scope,
            operation,
            answer,
        };
        let answered = self.ask(question).await;
        answered.unwrap_or(Err(Refusal::Unavailable))
    }

    /// Asks about a channel.
    pub(super) async fn channel(&self, app: AppId, channel: ChannelId) -> Option<Channel> {
        let question = |answer| Question::Channel {
            app,
            channel,
            answer,
        };
        self.ask(question).await.flatten()
    }

    /// Asks for messages.
    pub(super) async fn recent(&self, app: AppId, channel: ChannelId, limit: u8) -> Vec<Message> {
        let question = |answer| Question::Recent {
            app,
            channel,
            limit,
            answer,
        };
        self.ask(question).await.unwrap_or_default()
    }

    /// Asks what became of a message. `None` while that cannot be said.
    pub(super) async fn fate(&self, app: AppId, message: MessageId) -> Option<Fate> {
        let question = |answer| Question::Fate {
            app,
            message,
            answer,
        };
        self.ask(question).await.flatten()
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(question(answer)).ok()?;
        answered.await.ok()
    }
}
