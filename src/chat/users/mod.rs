//! Users: named by their tenant's own ids, found by those or by ours. How they end is in [`endings`].

pub mod endings;

use crate::{
    auth::{Caller, Profile, Tenant},
    chat::{access::DEACTIVATED, text},
    error::{Error, Result},
    hub::frame::{Change, Whom},
    ids::{AppId, UserId},
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// What a tenant says of a user.
pub struct Description {
    /// The tenant's own id.
    pub user_id: String,
    /// Shown name; absent leaves it as it was.
    pub display_name: Option<String>,
    /// Shown picture; absent leaves it as it was.
    pub avatar_url: Option<String>,
}

/// A user, as their tenant sees them.
#[derive(Serialize, JsonSchema)]
pub struct User {
    /// The user.
    pub id: UserId,
    /// The tenant's own id.
    pub external_id: String,
    /// Shown name.
    pub display_name: Option<String>,
    /// Shown picture.
    pub avatar_url: Option<String>,
    /// Since when they are let in no more, if they are not.
    #[serde(serialize_with = "text::optional_timestamp")]
    pub deactivated_at: Option<DateTime<Utc>>,
    /// When they were first named.
    #[serde(serialize_with = "text::timestamp")]
    pub created_at: DateTime<Utc>,
    /// When their profile last changed.
    #[serde(serialize_with = "text::timestamp")]
    pub updated_at: DateTime<Utc>,
    /// The generation of their tokens, which a new one carries.
    #[serde(skip)]
    pub token_generation: i32,
}

/// Creates a user or updates their profile.
pub async fn upsert(node: &Node, tenant: &Tenant, description: &Description) -> Result<User> {
    write(node, tenant, description, true).await
}

/// The same for one who is to be let in: nothing changes of one who is deactivated.
pub async fn sign_in(node: &Node, tenant: &Tenant, description: &Description) -> Result<User> {
    write(node, tenant, description, false).await
}

/// Users; what stands behind `FROM` differs.
macro_rules! select_users {
    ($rest:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            User,
            r#"SELECT id AS "id: UserId", external_id, display_name, avatar_url, deactivated_at, created_at,
                      updated_at, token_generation FROM "#
                + $rest,
            $($argument),*
        )
    };
}

async fn write(
    node: &Node,
    tenant: &Tenant,
    description: &Description,
    even_deactivated: bool,
) -> Result<User> {
    let external_id = text::required(
        "user_id",
        &description.user_id,
        text::EXTERNAL_ID_CHARACTERS,
    )?;
    // Theirs are the names of the deleted.
    if external_id.starts_with("deleted:") {
        return Err(Error::invalid("user_id must not begin with \"deleted:\""));
    }
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
    let known = select_users!(
        "users WHERE app_id = $1 AND external_id = $2 AND erased_at IS NULL AND (deactivated_at IS NULL OR $5)
           AND display_name IS NOT DISTINCT FROM COALESCE($3, display_name)
           AND avatar_url IS NOT DISTINCT FROM COALESCE($4, avatar_url)",
        tenant.app.0,
        external_id,
        display_name,
        avatar_url,
        even_deactivated,
    )
    .fetch_optional(&node.database)
    .await?;
    if let Some(user) = known {
        return Ok(user);
    }
    let user = sqlx::query_as!(
        User,
        r#"INSERT INTO users AS known (app_id, id, external_id, display_name, avatar_url) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (app_id, external_id) DO UPDATE
           SET display_name = COALESCE(EXCLUDED.display_name, known.display_name),
               avatar_url = COALESCE(EXCLUDED.avatar_url, known.avatar_url),
               updated_at = date_trunc('milliseconds', now())
           WHERE known.erased_at IS NULL AND (known.deactivated_at IS NULL OR $6)
           RETURNING id AS "id: UserId", external_id, display_name, avatar_url, deactivated_at, created_at,
                     updated_at, token_generation"#,
        tenant.app.0,
        UserId::new().0,
        external_id,
        display_name,
        avatar_url,
        even_deactivated,
    )
    .fetch_optional(&node.database)
    .await?
    .ok_or(DEACTIVATED)?;
    tell_profile(node, tenant.app, user.id);
    Ok(user)
}

/// No user of the app has that id.
pub(super) const NOT_FOUND: Error = Error::NotFound("User not found");

/// Pages with the name or a reaction are read anew, on every node.
fn tell_profile(node: &Node, app: AppId, user: UserId) {
    profile_changed(node, app, user);
    node.hub.bus.changed(Change::Profile(app, user));
}

/// Forgets what this node keeps of a profile.
pub(super) fn profile_changed(node: &Node, app: AppId, user: UserId) {
    node.chat.access.forget(app, Whom::User(user));
    node.chat.pages.profiles_changed(app);
}

/// A page of the tenant's users, in the order they came: those after the one of this id.
pub async fn list(
    node: &Node,
    tenant: &Tenant,
    limit: i64,
    after: Option<UserId>,
) -> Result<Vec<User>> {
    let users = select_users!(
        "users WHERE app_id = $1 AND id > $2 AND erased_at IS NULL ORDER BY id LIMIT $3",
        tenant.app.0,
        after.map_or(uuid::Uuid::nil(), |after| after.0),
        limit,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(users)
}

/// The user of an app that a word names.
pub async fn show(node: &Node, app: AppId, word: &str) -> Result<User> {
    let found = look_up(node, app, word).await?;
    found.ok_or(NOT_FOUND)
}

/// The same, if there is one. One whose id it is comes before one whom the tenant calls so.
pub(super) async fn look_up(node: &Node, app: AppId, word: &str) -> Result<Option<User>> {
    if word.contains('\0') {
        return Ok(None);
    }
    let user = select_users!(
        "users WHERE app_id = $1 AND (external_id = $2 OR id = $3) AND erased_at IS NULL ORDER BY id = $3 DESC LIMIT 1",
        app.0,
        word,
        word.parse().unwrap_or(uuid::Uuid::nil()),
    )
    .fetch_optional(&node.database)
    .await?;
    Ok(user)
}

/// The user in whose name a tenant's backend calls. They can do what they could with a token of their own.
pub async fn acting(node: &Node, tenant: &Tenant, word: &str) -> Result<Caller> {
    let user = show(node, tenant.app, word).await?;
    if user.deactivated_at.is_some() {
        return Err(DEACTIVATED);
    }
    let profile = Profile {
        external_id: user.external_id,
        display_name: user.display_name,
        avatar_url: user.avatar_url,
    };
    Ok(Caller {
        app: tenant.app,
        user: user.id,
        profile: Arc::new(profile),
        expires_at: DateTime::<Utc>::MAX_UTC,
    })
}

/// The users that these words name, each a user id or a tenant's own id; without doubles.
pub(super) async fn find_all(
    node: &Node,
    app: AppId,
    words: &[String],
) -> Result<Vec<(UserId, String)>> {
    if words.iter().any(|word| word.contains('\0')) {
        return Ok(vec![]);
    }
    let ids: Vec<_> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let rows = sqlx::query!(
        r#"SELECT id AS "id: UserId", external_id FROM users
           WHERE app_id = $1 AND (external_id = ANY($2) OR id = ANY($3)) AND erased_at IS NULL ORDER BY id"#,
        app.0,
        words,
        &ids,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.external_id))
        .collect())
}
