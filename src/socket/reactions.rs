//! Reactions, over a socket.

use crate::{
    chat::reactions,
    error::Result,
    ids::MessageId,
    socket::call::{Answer, Call},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Wanted {
    #[serde(rename = "messageId")]
    message: MessageId,
    #[serde(rename = "type")]
    kind: String,
}

pub(super) async fn add(call: &mut Call) -> Result<Answer> {
    let wanted: Wanted = call.payload()?;
    reactions::add_to(&call.node, &call.caller, wanted.message, &wanted.kind).await?;
    Answer::success()
}
