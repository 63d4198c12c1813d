//! An app's own secrets, for its backend; and how a new one is shown, to an operator too.

use crate::{
    chat::{
        apps::secrets::{self, NewSecret},
        text,
    },
    error::Result,
    rest::{call::Call, reply::Reply},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is said beside a secret.
pub(super) const ONCE: &str = "Store your API secret securely. It will not be shown again.";

/// A secret that is asked for.
#[derive(Default, Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// How long the old secret goes on, in seconds; absent, until it is deleted.
    #[schemars(range(max = 7_776_000))]
    overlap_seconds: Option<u64>,
}

/// How long the old secret is to go on.
pub(super) fn overlap(call: &Call) -> Result<Option<u64>> {
    let wanted: Wanted = call.json_or_nothing()?;
    Ok(wanted.overlap_seconds)
}

/// The secret, this once.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewSecret")]
pub(super) struct Created {
    id: Uuid,
    /// The app's public key.
    api_key: String,
    /// The secret, for the app's backend alone.
    api_secret: String,
    #[serde(serialize_with = "text::timestamp")]
    created_at: DateTime<Utc>,
    message: &'static str,
}

/// Shows a new secret.
pub(super) fn created(new: NewSecret) -> Result<Reply> {
    Reply::created(&Created {
        id: new.secret.id,
        api_key: new.api_key,
        api_secret: new.text,
        created_at: new.secret.created_at,
        message: ONCE,
    })
}

pub(super) async fn list(call: Call) -> Result<Reply> {
    Reply::ok(&secrets::list(&call.node, call.tenant()?.app).await?)
}

pub(super) async fn create(call: Call) -> Result<Reply> {
    let (app, overlap) = (call.tenant()?.app, overlap(&call)?);
    let secret = secrets::create(&call.node, &call.actor()?, app, overlap).await?;
    created(secret)
}

pub(super) async fn delete(call: Call) -> Result<Reply> {
    let app = call.tenant()?.app;
    secrets::delete(&call.node, &call.actor()?, app, call.secret()?).await?;
    Reply::done("Secret deleted")
}
