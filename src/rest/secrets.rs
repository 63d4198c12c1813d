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
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is said beside a secret.
pub(super) const ONCE: &str = "Store your API secret securely. It will not be shown again.";

#[derive(Default, Deserialize)]
struct Wanted {
    /// How long the old secret goes on, in seconds; absent, until it is deleted.
    overlap_seconds: Option<u64>,
}

/// How long the old secret is to go on.
pub(super) fn overlap(call: &Call) -> Result<Option<u64>> {
    let wanted: Wanted = call.json_or_nothing()?;
    Ok(wanted.overlap_seconds)
}

/// The secret, this once.
#[derive(Serialize)]
struct Created {
    id: Uuid,
    api_key: String,
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
