//! What a handler is given, and how its answer becomes an ack.

use crate::{
    auth::Caller,
    chat::{
        members::{self, Member},
        text,
    },
    error::{Error, Refusal, Result},
    hub::seat::Seat,
    ids::ChannelId,
    node::Node,
    socket::routes,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::{RawValue, to_raw_value};
use socketioxide::extract::{AckSender, SocketRef};
use std::sync::Weak;

/// One event of an admitted socket.
pub struct Call {
    /// The node.
    pub node: Node,
    /// The user.
    pub caller: Caller,
    /// The socket it came from.
    pub socket: SocketRef,
    /// Its first argument, as JSON text; `None` when there was none or it was not JSON.
    pub payload: Option<Box<RawValue>>,
    /// Where its answer goes, until it is taken.
    pub(super) ack: Option<Ack>,
}

impl Call {
    /// The payload as `T`. Unknown keys are ignored.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        let payload = self
            .payload
            .as_ref()
            .ok_or(Error::invalid("A JSON payload is required"))?;
        text::from_json("payload", payload.get().as_bytes())
    }

    /// Takes the ack, for a handler that will send it later. The client's next event need not wait.
    pub fn promise(&mut self) -> Ack {
        self.ack.take().expect("a handler promises once")
    }

    /// The caller as a member of a channel.
    pub async fn member(&self, channel: ChannelId) -> Result<Member> {
        members::require(&self.node, &self.caller, channel).await
    }
}

/// What a handler gives back.
pub enum Answer {
    /// The ack.
    Now(Box<RawValue>),
    /// The handler took the ack and sends it.
    Promised,
}

/// It was done.
#[derive(Serialize, JsonSchema)]
pub(super) struct Success {
    success: bool,
}

/// It was not done.
#[derive(Serialize, JsonSchema)]
pub(super) struct Refused<'a> {
    #[serde(flatten)]
    refusal: Refusal<'a>,
    /// When trying again makes sense, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl Answer {
    /// `{success: true}`.
    pub fn success() -> Result<Self> {
        json(&Success { success: true }).map(Answer::Now)
    }
}

/// A value as an ack's JSON text.
pub fn json(value: &impl Serialize) -> Result<Box<RawValue>> {
    to_raw_value(value).map_err(|error| Error::Internal(error.into()))
}

/// Where the answer to one event goes.
pub struct Ack {
    event: String,
    sender: AckSender,
    /// Not held: a seat that is gone takes no answer.
    seat: Weak<Seat>,
}

impl Ack {
    /// For an event of this name.
    pub(super) fn new(event: String, sender: AckSender, seat: Weak<Seat>) -> Self {
        Self {
            event,
            sender,
            seat,
        }
    }

    /// Sends the answer, or `{error, code}`. To a client that did not ask for one, nothing.
    pub fn send(self, answer: Result<Box<RawValue>>) {
        let outcome = answer.as_ref().map_or_else(Error::code, |_| "ok");
        let answer = answer.or_else(|error| {
            error.log(&self.event);
            let retry_after_ms = error.retry_after().map(|wait| wait.as_millis() as u64);
            let refusal = Refusal::of(&error);
            json(&Refused {
                refusal,
                retry_after_ms,
            })
        });
        let (Some(seat), Ok(answer)) = (self.seat.upgrade(), answer) else {
            return;
        };
        seat.metrics.acked(routes::known(&self.event), outcome);
        seat.answer(&self.event, self.sender, &answer);
    }
}
