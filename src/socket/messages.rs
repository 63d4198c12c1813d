//! Messages, over a socket.

use crate::{
    chat::{drafts::Draft, messages},
    error::Result,
    ids::ChannelId,
    socket::call::{Answer, Call, json},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Wanted {
    #[serde(rename = "channelId")]
    channel: ChannelId,
}

#[derive(Serialize)]
struct Sent<'a> {
    message: &'a RawValue,
}

pub(super) async fn send(call: &Call) -> Result<Answer> {
    let wanted: Wanted = call.payload()?;
    let member = call.member(wanted.channel).await?;
    let submitted = messages::submit(&call.node, &member, call.payload::<Draft>()?)?;
    Ok(Answer::Later(Box::pin(async move {
        let sent = submitted.sent().await?;
        json(&Sent {
            message: &sent.event.payload,
        })
    })))
}
