//! Messages, over a socket.

use crate::{
    chat::{
        drafts::Draft,
        members,
        messages::{self, Message},
    },
    error::Result,
    ids::ChannelId,
    socket::call::{Answer, Call, json},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Where a message goes.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    #[serde(rename = "channelId")]
    channel: ChannelId,
}

/// The message as it was stored.
#[derive(Serialize, JsonSchema)]
pub(super) struct Sent<'a> {
    #[schemars(with = "Message")]
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
