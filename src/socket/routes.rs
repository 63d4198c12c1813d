//! Every event a client may send, on one page.

use crate::{
    error::{Error, Result},
    socket::{
        call::{Answer, Call},
        channels, messages, presence, reactions,
    },
};

/// The names of all events.
pub const EVENTS: [&str; 5] = [
    "message.send",
    "typing.start",
    "typing.stop",
    "channel.join",
    "reaction.add",
];

/// The name of an event, or one name for all that are not known.
pub(super) fn known(event: &str) -> &'static str {
    let known = EVENTS.into_iter().find(|known| *known == event);
    known.unwrap_or("unknown")
}

/// Hands an event to its handler.
pub(super) async fn dispatch(event: &str, call: &mut Call) -> Result<Answer> {
    match event {
        "message.send" => messages::send(call).await,
        "typing.start" => presence::typing_start(call).await,
        "typing.stop" => presence::typing_stop(call).await,
        // Boxed: what is rare and large would make the futures of all others as large.
        "channel.join" => Box::pin(channels::join(call)).await,
        "reaction.add" => Box::pin(reactions::add(call)).await,
        _ => Err(Error::invalid("Unknown event")),
    }
}
