//! Apps, for operators.

use crate::{
    chat::{
        apps::{self, secrets},
        revocations, text,
    },
    error::Result,
    ids::AppId,
    rest::{call::Call, reply::Reply, secrets as shown},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An app that is asked for.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// What to call it; 100 characters at most.
    #[schemars(length(min = 1, max = 100), regex(pattern = text::NOT_BLANK))]
    name: String,
}

/// The app and, this once, its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewApp")]
pub(super) struct Created {
    id: AppId,
    name: String,
    /// Its public key.
    api_key: String,
    /// Its secret, for its backend alone.
    api_secret: String,
    #[serde(serialize_with = "text::timestamp")]
    created_at: DateTime<Utc>,
    message: &'static str,
}

pub(super) async fn create(call: Call) -> Result<Reply> {
    let wanted: Wanted = call.json()?;
    let (app, api_secret) = apps::create(&call.node, &call.actor()?, &wanted.name).await?;
    Reply::created(&Created {
        id: app.id,
        name: app.name,
        api_key: app.api_key,
        api_secret,
        created_at: app.created_at,
        message: shown::ONCE,
    })
}

pub(super) async fn list(call: Call) -> Result<Reply> {
    Reply::ok(&apps::list(&call.node).await?)
}

pub(super) async fn show(call: Call) -> Result<Reply> {
    Reply::ok(&apps::details(&call.node, call.app()?).await?)
}

pub(super) async fn change(call: Call) -> Result<Reply> {
    let app = call.app()?;
    apps::change(&call.node, &call.actor()?, app, call.json()?).await?;
    Reply::ok(&apps::details(&call.node, app).await?)
}

pub(super) async fn delete(call: Call) -> Result<Reply> {
    apps::delete(&call.node, &call.actor()?, call.app()?).await?;
    Reply::done("App deleted")
}

pub(super) async fn revoke(call: Call) -> Result<Reply> {
    revocations::app(&call.node, &call.actor()?, call.app()?).await?;
    Reply::done("Tokens revoked")
}

pub(super) async fn create_secret(call: Call) -> Result<Reply> {
    let (app, overlap) = (call.app()?, shown::overlap(&call)?);
    let secret = secrets::create(&call.node, &call.actor()?, app, overlap).await?;
    shown::created(secret)
}

pub(super) async fn delete_secret(call: Call) -> Result<Reply> {
    secrets::delete(&call.node, &call.actor()?, call.app()?, call.secret()?).await?;
    Reply::done("Secret deleted")
}
