//! Users: named by their tenant, admitted by their token.

use crate::{
    auth::{Caller, Profile, Tenant, token::Verified},
    chat::text,
    error::{Error, Result},
    hub::frame::Change,
    ids::{AppId, UserId},
    node::Node,
};
use chrono::{DateTime, Utc};
use moka::future::Cache;
use std::{sync::Arc, time::Duration};

/// What a tenant says of a user.
pub struct Description {
    /// The tenant's own id.
    pub user_id: String,
    /// Shown name; absent leaves it as it was.
    pub display_name: Option<String>,
    /// Shown picture; absent leaves it as it was.
    pub avatar_url: Option<String>,
}

/// Creates a user or updates their profile.
pub async fn upsert(node: &Node, tenant: &Tenant, description: &Description) -> Result<UserId> {
    let external_id = text::required(
        "user_id",
        &description.user_id,
        text::EXTERNAL_ID_CHARACTERS,
    )?;
    let display_name = text::optional(
        "display_name",
        description.display_name.as_deref(),
        text::NAME_CHARACTERS,
    )?;
    let avatar_url = text::optional(
        "avatar_url",
        description.avatar_url.as_deref(),
        text::URL_CHARACTERS,
    )?;
    // Most tokens are for someone whose profile is as it was: a read, and no write to wait for.
    let known = sqlx::query_scalar!(
        r#"SELECT id AS "id: UserId" FROM users
           WHERE app_id = $1 AND external_id = $2
             AND display_name IS NOT DISTINCT FROM COALESCE($3, display_name)
             AND avatar_url IS NOT DISTINCT FROM COALESCE($4, avatar_url)"#,
        tenant.app.0,
        external_id,
        display_name,
        avatar_url,
    )
    .fetch_optional(&node.database)
    .await?;
    if let Some(user) = known {
        return Ok(user);
    }
    let user = sqlx::query_scalar!(
        r#"INSERT INTO users AS known (app_id, id, external_id, display_name, avatar_url) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (app_id, external_id) DO UPDATE
           SET display_name = COALESCE(EXCLUDED.display_name, known.display_name),
               avatar_url = COALESCE(EXCLUDED.avatar_url, known.avatar_url),
               updated_at = date_trunc('milliseconds', now())
           RETURNING id AS "id: UserId""#,
        tenant.app.0,
        UserId::new().0,
        external_id,
        display_name,
        avatar_url,
    )
    .fetch_one(&node.database)
    .await?;
    profile_changed(node, tenant.app, user).await;
    node.hub.bus.changed(Change::Profile(tenant.app, user));
    Ok(user)
}

/// Forgets what this node keeps of a profile.
pub(super) async fn profile_changed(node: &Node, app: AppId, user: UserId) {
    node.chat.admitted.forget(app, user).await;
    node.chat.pages.profiles_changed(app);
}

/// Users who were let in a moment ago, so that a busy one is read once in a few seconds and not at
/// each call. The few seconds bound how long a revoked token still works on another node.
pub struct Admitted(Cache<(AppId, UserId), Option<Arc<Admission>>>);

/// What the database says of a user who is to be let in.
pub(super) struct Admission {
    pub profile: Arc<Profile>,
    pub token_generation: i32,
    pub tokens_valid_after: DateTime<Utc>,
}

impl Admission {
    /// The caller that a verified token makes of its user, unless it was revoked.
    pub fn caller(&self, token: &Verified) -> Result<Caller> {
        if self.token_generation != token.generation
            || token.claims.iat < self.tokens_valid_after.timestamp()
        {
            return Err(REFUSED);
        }
        Ok(Caller {
            app: token.claims.aud,
            user: token.claims.sub,
            profile: self.profile.clone(),
            expires_at: token.expires_at(),
        })
    }
}

/// One answer for all tokens that let nobody in.
pub(super) const REFUSED: Error = Error::Forbidden("Invalid token");

impl Default for Admitted {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(100_000)
            .time_to_live(Duration::from_secs(3))
            .build();
        Self(cache)
    }
}

impl Admitted {
    async fn forget(&self, app: AppId, user: UserId) {
        self.0.invalidate(&(app, user)).await;
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.0.invalidate_all();
    }
}

/// Lets in the user of a verified token: they exist and nothing revoked the token.
pub async fn admit(node: &Node, token: &Verified) -> Result<Caller> {
    let (app, user) = (token.claims.aud, token.claims.sub);
    let admission = node
        .chat
        .admitted
        .0
        .try_get_with((app, user), read_admission(node, app, user))
        .await
        .map_err(|error: Arc<Error>| match &*error {
            Error::Unavailable { retry_after } => Error::Unavailable {
                retry_after: *retry_after,
            },
            other => Error::Internal(anyhow::anyhow!("{other:?}")),
        })?;
    admission.ok_or(REFUSED)?.caller(token)
}

async fn read_admission(node: &Node, app: AppId, user: UserId) -> Result<Option<Arc<Admission>>> {
    let row = sqlx::query!(
        r#"SELECT external_id, display_name, avatar_url, token_generation, tokens_valid_after
           FROM users JOIN apps ON apps.id = users.app_id
           WHERE users.app_id = $1 AND users.id = $2"#,
        app.0,
        user.0,
    )
    .fetch_optional(&node.database)
    .await?;
    Ok(row.map(|row| {
        let profile = Profile {
            external_id: row.external_id,
            display_name: row.display_name,
            avatar_url: row.avatar_url,
        };
        Arc::new(Admission {
            profile: Arc::new(profile),
            token_generation: row.token_generation,
            tokens_valid_after: row.tokens_valid_after,
        })
    }))
}
