//! Messages and reactions, for members, and for the backend of the app.

use crate::{
    chat::{drafts::Draft, history::Page, members, messages, pages, reactions, text},
    error::{Error, Result},
    rest::{call::Call, reply::Reply},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) async fn list(call: Call) -> Result<Reply> {
    let insider = call.insider().await?;
    let page = page(&call)?;
    Ok(Reply::json(pages::json(&call.node, &insider, &page).await?))
}

fn page(call: &Call) -> Result<Page> {
    let limit = call.limit()?;
    let before = call.query("before").map(|text| {
        let time = DateTime::parse_from_rfc3339(&text);
        time.map(|time| time.with_timezone(&Utc))
            .map_err(|_| Error::invalid("before must be a timestamp like 2026-01-31T00:00:00.000Z"))
    });
    Ok(Page {
        limit,
        before: before.transpose()?,
        before_seq: call.whole_number("before_seq", 0)?,
        after_seq: call.whole_number("after_seq", 0)?,
    })
}

pub(super) async fn send(call: Call) -> Result<Reply> {
    let sender = members::require_sender(&call.node, call.caller()?, call.channel()?).await?;
    let mut draft: Draft = call.json()?;
    if let Some(key) = call.head.headers.get("idempotency-key") {
        let key = key
            .to_str()
            .map_err(|_| Error::invalid("Idempotency-Key must be plain ASCII"))?;
        draft.client_id.get_or_insert_with(|| key.to_owned());
    }
    let (sent, took) = messages::send(&call.node, &sender, draft).await?;
    let reply = match sent.is_repeat {
        false => Reply::created(&sent.event.payload),
        true => Reply::ok(&sent.event.payload),
    };
    Ok(reply?.with_times(&[("hooks", took.hooks), ("store", took.store)]))
}

pub(super) async fn delete(call: Call) -> Result<Reply> {
    if call.tenant.is_some() {
        let insider = call.insider().await?;
        messages::delete_any(&call.node, &call.actor()?, &insider, call.message()?).await?;
        return Reply::done("Message deleted");
    }
    // One answer for all that is not the caller's own message in a channel of theirs, as documented.
    let member = call.member().await.map_err(|error| match error {
        Error::Forbidden(_) => Error::NotFound("Message not found or unauthorized"),
        error => error,
    })?;
    messages::delete(&call.node, &member, call.message()?).await?;
    Reply::done("Message deleted")
}

/// A reaction.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// An emoji, or a word like `:heart:`; 64 bytes at most.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 64), regex(pattern = text::NOT_BLANK))]
    kind: String,
}

pub(super) async fn react(call: Call) -> Result<Reply> {
    let member = call.member().await?;
    let wanted: Wanted = call.json()?;
    reactions::add(&call.node, &member, call.message()?, &wanted.kind).await?;
    Reply::done("Reaction added")
}
