//! Channels and their members, for users, and for the backend of the app.

use crate::{
    chat::{channels, lists, members},
    error::{Error, Result},
    ids::UserId,
    rest::{call::Call, reply::Reply},
};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) async fn create(call: Call) -> Result<Reply> {
    let channel = channels::create(&call.node, call.caller()?, call.json()?).await?;
    Reply::created(&channel)
}

pub(super) async fn list(call: Call) -> Result<Reply> {
    Ok(Reply::json(lists::json(&call.node, call.caller()?).await?))
}

pub(super) async fn discover(call: Call) -> Result<Reply> {
    Reply::ok(&channels::discover(&call.node, call.caller()?).await?)
}

pub(super) async fn show(call: Call) -> Result<Reply> {
    // The documentation has 404 here where other calls on a foreign channel have 403.
    let insider = call.insider().await.map_err(|error| match error {
        Error::Forbidden(_) => Error::NotFound("Channel not found"),
        error => error,
    })?;
    Reply::ok(&channels::details(&call.node, &insider).await?)
}

pub(super) async fn join(call: Call) -> Result<Reply> {
    members::join(&call.node, call.caller()?, call.channel()?).await?;
    Reply::done("Joined channel")
}

pub(super) async fn members(call: Call) -> Result<Reply> {
    let insider = call.insider().await?;
    let (limit, after) = (call.limit()?, call.cursor("after")?.map(UserId));
    Reply::ok(&members::list(&call.node, &insider, limit, after).await?)
}

/// Who is to be a member.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// The user: by their id, or by the tenant's own.
    user_id: String,
}

pub(super) async fn add_member(call: Call) -> Result<Reply> {
    let insider = call.insider().await?;
    let wanted: Wanted = call.json()?;
    members::add(&call.node, &insider, &wanted.user_id).await?;
    Reply::done("Member added")
}

pub(super) async fn remove_member(call: Call) -> Result<Reply> {
    match call.tenant.is_some() {
        true => members::expel(&call.node, &call.insider().await?, &call.user()?).await?,
        false => members::remove(&call.node, &call.member().await?, &call.user()?).await?,
    }
    Reply::done("Member removed")
}

pub(super) async fn leave(call: Call) -> Result<Reply> {
    let member = call.member().await?;
    members::leave(&call.node, &member).await?;
    Reply::done("Left channel")
}
