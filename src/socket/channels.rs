//! Channels, over a socket.

use crate::{
    chat::members,
    error::Result,
    ids::ChannelId,
    socket::call::{Answer, Call},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// A channel that the caller would be in.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    #[serde(rename = "channelId")]
    channel: ChannelId,
}

pub(super) async fn join(call: &mut Call) -> Result<Answer> {
    let wanted: Wanted = call.payload()?;
    members::join(&call.node, &call.caller, wanted.channel).await?;
    Answer::success()
}
