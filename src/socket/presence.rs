//! Typing, over a socket.

use crate::{
    chat::presence::{self, Typing},
    error::Result,
    ids::ChannelId,
    socket::call::{Answer, Call},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// A channel in which the caller types.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    #[serde(rename = "channelId")]
    channel: ChannelId,
}

pub(super) async fn typing_start(call: &mut Call) -> Result<Answer> {
    typing(call, Typing::Start).await
}

pub(super) async fn typing_stop(call: &mut Call) -> Result<Answer> {
    typing(call, Typing::Stop).await
}

async fn typing(call: &mut Call, typing: Typing) -> Result<Answer> {
    let wanted: Wanted = call.payload()?;
    let member = call.member(wanted.channel).await?;
    presence::typing(&call.node, &member, call.socket.id, typing)?;
    Answer::success()
}
