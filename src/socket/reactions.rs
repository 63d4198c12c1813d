//! Reactions, over a socket.

use crate::{
    chat::reactions,
    error::Result,
    ids::MessageId,
    socket::call::{Answer, Call},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// A reaction to a message.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    #[serde(rename = "messageId")]
    message: MessageId,
    /// An emoji, or a word like `:heart:`; 64 bytes at most.
    #[serde(rename = "type")]
    kind: String,
}

pub(super) async fn add(call: &mut Call) -> Result<Answer> {
    let wanted: Wanted = call.payload()?;
    reactions::add_to(&call.node, &call.caller, wanted.message, &wanted.kind).await?;
    Answer::success()
}
