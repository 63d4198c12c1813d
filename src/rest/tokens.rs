//! User tokens, for a tenant's backend.

use crate::{
    auth::token,
    chat::{apps, text, users},
    error::{Error, Result},
    rest::{call::Call, reply::Reply},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose token is asked for, and the proof of who asks.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// The app's public key.
    api_key: String,
    /// The app's secret.
    api_secret: String,
    /// The tenant's own id of the user, who is made if there is none of that id.
    #[schemars(length(min = 1, max = 255), regex(pattern = text::NOT_BLANK))]
    user_id: String,
    /// Shown name. Absent leaves it as it was.
    #[schemars(length(max = 100), regex(pattern = text::NO_NUL))]
    display_name: Option<String>,
    /// Shown picture. Absent leaves it as it was.
    #[schemars(length(max = 2048), regex(pattern = text::NO_NUL))]
    avatar_url: Option<String>,
}

/// A token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token")]
pub(super) struct Created {
    /// A JSON Web Token; valid for an hour unless the operator set another time.
    token: String,
}

pub(super) async fn create(call: Call) -> Result<Reply> {
    let wanted: Wanted = call.json()?;
    let tenant = apps::authenticate(&call.node, &wanted.api_key, &wanted.api_secret).await?;
    let description = users::Description {
        user_id: wanted.user_id,
        display_name: wanted.display_name,
        avatar_url: wanted.avatar_url,
    };
    let user = users::upsert(&call.node, &tenant, &description).await?;
    let lifetime = call.node.live().auth.token_lifetime();
    let token = token::sign(
        &call.node.keys,
        (tenant.app, tenant.token_generation),
        user,
        lifetime,
    )
    .map_err(Error::Internal)?;
    Reply::ok(&Created { token })
}
