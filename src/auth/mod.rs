//! Who is calling.
//!
//! Four kinds: an operator with an admin key ([`admin`]), a tenant's backend with its api key and
//! secret ([`secret`]), a user with a token ([`token`]), and anyone. A verb says in its signature
//! whom it serves; the database is asked in `chat/`, not here.

pub mod admin;
pub mod secret;
pub mod token;

use crate::ids::{AppId, UserId};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

/// An app whose backend proved the api secret.
#[derive(Clone, Copy, Debug)]
pub struct Tenant {
    /// The app.
    pub app: AppId,
    /// The generation its new tokens are signed under.
    pub token_generation: i32,
    /// Which of its secrets was shown.
    pub secret: Uuid,
}

/// Who changes something that the audit tells of, and from where.
#[derive(Clone, Debug)]
pub struct Actor {
    /// An operator's name ([`admin::Operator`]), or `app:` and the id of the secret that was shown.
    pub name: String,
    /// The address the call came from, or that a trusted proxy says it did.
    pub address: IpAddr,
}

/// What others see of a user beside each message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Profile {
    /// The tenant's own id of the user.
    pub external_id: String,
    /// Shown name, if the tenant gave one.
    pub display_name: Option<String>,
    /// Shown picture, if the tenant gave one.
    pub avatar_url: Option<String>,
}

/// A user whose token was verified and who exists. Every statement on a tenant's data takes its
/// `app_id` from here, never from the request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user's app.
    pub app: AppId,
    /// The user.
    pub user: UserId,
    /// What others see of them.
    pub profile: Arc<Profile>,
    /// When the token ends; live sockets are cut then.
    pub expires_at: DateTime<Utc>,
}
