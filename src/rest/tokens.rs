//! User tokens, for a tenant's backend.

use crate::{
    auth::token,
    chat::{apps, users},
    error::{Error, Result},
    rest::{call::Call, reply::Reply},
};
use serde::{Deserialize, Serialize};

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
