//! User tokens, for a tenant's backend.

use crate::{
    auth::token,
    chat::{apps::secrets, revocations, text, users},
    error::{Error, Result},
    rest::{call::Call, reply::Reply},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    let (key, secret) = (&wanted.api_key, &wanted.api_secret);
    let tenant = secrets::authenticate(&call.node, key, secret, call.origin()).await?;
    let description = users::Description {
        user_id: wanted.user_id,
        display_name: wanted.display_name,
        avatar_url: wanted.avatar_url,
    };
    let user = users::sign_in(&call.node, &tenant, &description).await?;
    let lifetime = call.node.live().auth.token_lifetime();
    let token = token::sign(
        &call.node.keys,
        (tenant.app, tenant.token_generation),
        (user.id, user.token_generation),
        lifetime,
    )
    .map_err(Error::Internal)?;
    Reply::ok(&Created { token })
}

/// The token that ends: itself, or its `jti`.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Revoked {
    /// The token, whole.
    token: Option<String>,
    /// Its `jti`.
    jti: Option<Uuid>,
}

pub(super) async fn revoke(call: Call) -> Result<Reply> {
    let (tenant, revoked) = (call.tenant()?, call.json::<Revoked>()?);
    let jti = match (revoked.jti, &revoked.token) {
        (Some(jti), None) => jti,
        (None, Some(token)) => revocations::jti_of(&call.node, tenant, token)?,
        _ => return Err(Error::invalid("token or jti is required, and one of them")),
    };
    revocations::token(&call.node, tenant, &call.actor()?, jti).await?;
    Reply::done("Token revoked")
}
