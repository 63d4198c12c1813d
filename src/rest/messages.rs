//! Messages and reactions, for members.

use crate::{
    chat::{
        drafts::Draft,
        history::{self, Page},
        members, messages, pages, reactions, text,
    },
    error::{Error, Result},
    rest::{call::Call, reply::Reply},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) async fn list(call: Call) -> Result<Reply> {
    let member = call.member().await?;
    let page = page(&call)?;
    Ok(Reply::json(pages::json(&call.node, &member, &page).await?))
}

fn page(call: &Call) -> Result<Page> {
    let limit = whole_number(call, "limit", 1)?.unwrap_or(history::PAGE);
    let before = call.query("before").map(|text| {
        let time = DateTime::parse_from_rfc3339(&text);
        time.map(|time| time.with_timezone(&Utc))
            .map_err(|_| Error::invalid("before must be a timestamp like 2026-01-31T00:00:00.000Z"))
    });
    Ok(Page {
        limit: limit.min(history::LONGEST_PAGE),
        before: before.transpose()?,
        before_seq: whole_number(call, "before_seq", 0)?,
        after_seq: whole_number(call, "after_seq", 0)?,
    })
}

fn whole_number(call: &Call, name: &str, least: i64) -> Result<Option<i64>> {
    let Some(text) = call.query(name) else {
        return Ok(None);
    };
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Digits that are too many for the type are still a number, a very large one.
    let number = is_number
        .then(|| text.parse().unwrap_or(i64::MAX))
        .filter(|number| *number >= least);
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(Error::invalid(format!(
            "{name} must be a whole number, {least} or more"
        ))),
    }
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
