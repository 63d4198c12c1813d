//! User tokens, for a tenant's backend.

use crate::{
    auth::token,
    chat::{apps::secrets, revocations, users},
    error::{Error, Result},
    rest::{call::Call, reply::Reply},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Deserialize)]
struct Wanted {
    api_key: String,
    api_secret: String,
    user_id: String,
    display_name: Option<String>,
    avatar_url: Option<String>,
}

#[derive(Serialize)]
struct Created {
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

#[derive(Deserialize)]
struct Revoked {
    token: Option<String>,
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
