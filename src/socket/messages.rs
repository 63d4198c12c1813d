//! Messages, over a socket.

use crate::{
    chat::{drafts::Draft, members, messages},
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

pub(super) async fn send(call: &mut Call) -> Result<Answer> {
    let wanted: Wanted = call.payload()?;
    let sender = members::require_sender(&call.node, &call.caller, wanted.channel).await?;
    let draft: Draft = call.payload()?;
    let agreed = messages::check(&call.node, &sender, draft).await?;
    let ack = call.promise();
    messages::submit(&call.node, &sender, agreed, |sent| {
        ack.send(sent.and_then(|sent| {
            json(&Sent {
                message: &sent.event.payload,
            })
        }));
    });
    Ok(Answer::Promised)
}
