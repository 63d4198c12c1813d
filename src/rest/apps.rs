//! Apps, for operators.

use crate::{
    chat::{apps, text},
    error::Result,
    ids::AppId,
    rest::{call::Call, reply::Reply},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Wanted {
    name: String,
}

/// The app and, this once, its secret.
#[derive(Serialize)]
struct Created {
    id: AppId,
    name: String,
    api_key: String,
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
