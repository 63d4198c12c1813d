//! Users, for their tenant's backend.

use crate::{
    chat::{
        presence, revocations, text,
        users::{self, Description, User, endings},
    },
    error::Result,
    ids::UserId,
    rest::{call::Call, reply::Reply},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A user, and whether they are here.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserOfApp")]
pub(super) struct Shown {
    #[serde(flatten)]
    user: User,
    /// Whether a socket of theirs is connected.
    is_online: bool,
}

fn shown(call: &Call, user: User) -> Result<Shown> {
    let is_online = presence::is_online(&call.node, call.tenant()?.app, user.id);
    Ok(Shown { user, is_online })
}

pub(super) async fn list(call: Call) -> Result<Reply> {
    let limit = call.limit()?;
    let after = call.cursor("after")?.map(UserId);
    let users = users::list(&call.node, call.tenant()?, limit, after).await?;
    let users = users.into_iter().map(|user| shown(&call, user));
    Reply::ok(&users.collect::<Result<Vec<_>>>()?)
}

pub(super) async fn show(call: Call) -> Result<Reply> {
    let user = users::show(&call.node, call.tenant()?.app, &call.user()?).await?;
    Reply::ok(&shown(&call, user)?)
}

/// What is said of a user; what is absent stays as it was.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Profile {
    /// Shown name.
    #[schemars(length(max = 100), regex(pattern = text::NO_NUL))]
    display_name: Option<String>,
    /// Shown picture.
    #[schemars(length(max = 2048), regex(pattern = text::NO_NUL))]
    avatar_url: Option<String>,
}

pub(super) async fn upsert(call: Call) -> Result<Reply> {
    let profile: Profile = call.json()?;
    let description = Description {
        user_id: call.user()?.into_owned(),
        display_name: profile.display_name,
        avatar_url: profile.avatar_url,
    };
    let user = users::upsert(&call.node, call.tenant()?, &description).await?;
    Reply::ok(&shown(&call, user)?)
}

pub(super) async fn deactivate(call: Call) -> Result<Reply> {
    endings::deactivate(&call.node, call.tenant()?, &call.actor()?, &call.user()?).await?;
    Reply::done("User deactivated")
}

pub(super) async fn reactivate(call: Call) -> Result<Reply> {
    endings::reactivate(&call.node, call.tenant()?, &call.actor()?, &call.user()?).await?;
    Reply::done("User reactivated")
}

pub(super) async fn delete(call: Call) -> Result<Reply> {
    endings::delete(&call.node, call.tenant()?, &call.actor()?, &call.user()?).await?;
    Reply::done("User deleted")
}

pub(super) async fn revoke(call: Call) -> Result<Reply> {
    revocations::user(&call.node, call.tenant()?, &call.actor()?, &call.user()?).await?;
    Reply::done("Tokens revoked")
}
