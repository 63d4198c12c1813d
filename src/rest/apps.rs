//! Apps, for operators.

use crate::{
    chat::{apps, text},
    error::Result,
    ids::AppId,
    rest::{call::Call, reply::Reply},
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
    let (app, api_secret) = apps::create(&call.node, &wanted.name).await?;
    Reply::created(&Created {
        id: app.id,
        name: app.name,
        api_key: app.api_key,
        api_secret,
        created_at: app.created_at,
        message: "Store your API secret securely. It will not be shown again.",
    })
}

pub(super) async fn list(call: Call) -> Result<Reply> {
    Reply::ok(&apps::list(&call.node).await?)
}
