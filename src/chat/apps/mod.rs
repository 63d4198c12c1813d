//! Apps: the tenants. Made, changed and ended by an operator; their backends prove themselves with
//! [`secrets`].
//!
//! An app that is deleted is gone for everybody at once. Its rows go afterwards, bit by bit
//! ([`removals`]): millions of them in one statement would hold up all others.

mod limits;
pub mod secrets;
mod settings;

pub use limits::Limits;
pub(super) use settings::read_settings;
pub use settings::{Settings, rates, settings, sizes};

use crate::{
    auth::{Actor, secret},
    chat::{
        audit::{self, Deed},
        removals, revocations, text,
    },
    error::{Error, Result},
    hub::frame::Whom,
    ids::AppId,
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use secrets::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const NOT_FOUND: Error = Error::NotFound("App not found");

/// An app, as an operator sees it. Never holds the secret.
#[derive(Serialize, JsonSchema)]
pub struct App {
    /// The app.
    pub id: AppId,
    /// Its name.
    pub name: String,
    /// Its public key.
    pub api_key: String,
    /// When it was made.
    #[serde(serialize_with = "text::timestamp")]
    pub created_at: DateTime<Utc>,
}

/// An app with all that is set for it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppWithSettings")]
pub struct Detailed {
    /// The app.
    #[serde(flatten)]
    pub app: App,
    /// Whether its tokens and secrets are refused.
    pub suspended: bool,
    /// Where it differs from what the server allows everybody.
    pub limits: Limits,
    /// The origins whose pages may call; empty: all.
    pub allowed_origins: Vec<String>,
    /// Its secrets, without the secrets themselves.
    pub secrets: Vec<Secret>,
}

/// What is to be changed; what is absent stays as it is.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Patch {
    /// Its name.
    #[schemars(length(min = 1, max = 100), regex(pattern = text::NOT_BLANK))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether its tokens and secrets are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
    /// Limits by name; `null` takes one back.
    #[schemars(with = "Option<Limits>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Map<String, Value>>,
    /// The origins whose pages may call, all of them. `https://*.chat.example`: whatever stands before it.
    #[schemars(length(max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_origins: Option<Vec<String>>,
}

/// Makes an app. The secret is given back this once; only its hash is kept.
pub async fn create(node: &Node, actor: &Actor, name: &str) -> Result<(App, String)> {
    let name = text::required("name", name, text::NAME_CHARACTERS)?;
    let mut transaction = node.database.begin().await?;
    let app = sqlx::query_as!(
        App,
        r#"INSERT INTO apps (id, name, api_key) VALUES ($1, $2, $3)
           RETURNING id AS "id: AppId", name, api_key, created_at"#,
        AppId::new().0,
        name,
        secret::new_api_key(),
    )
    .fetch_one(&mut *transaction)
    .await?;
    let (_, secret) = secrets::insert(node, &mut transaction, app.id).await?;
    let deed = Deed::of(app.id, "app.created").with(json!({ "name": app.name }));
    audit::note(&mut transaction, actor, deed).await?;
    transaction.commit().await?;
    Ok((app, secret))
}

/// All apps, oldest first.
pub async fn list(node: &Node) -> Result<Vec<App>> {
    let apps = sqlx::query_as!(
        App,
        r#"SELECT id AS "id: AppId", name, api_key, created_at FROM apps
           WHERE deleted_at IS NULL ORDER BY created_at, id"#
    )
    .fetch_all(&node.database)
    .await?;
    Ok(apps)
}

/// One app with all that is set for it.
pub async fn details(node: &Node, app: AppId) -> Result<Detailed> {
    let about = sqlx::query_as!(
        App,
        r#"SELECT id AS "id: AppId", name, api_key, created_at FROM apps WHERE id = $1 AND deleted_at IS NULL"#,
        app.0,
    )
    .fetch_optional(&node.database)
    .await?;
    let settings = read_settings(&node.database, app).await?;
    let (about, settings) = about.zip(settings).ok_or(NOT_FOUND)?;
    Ok(Detailed {
        app: about,
        suspended: settings.is_suspended,
        limits: settings.limits,
        allowed_origins: settings.allowed_origins,
        secrets: secrets::list(node, app).await?,
    })
}

/// Changes what is set for an app; on every node at once.
pub async fn change(node: &Node, actor: &Actor, app: AppId, mut patch: Patch) -> Result<()> {
    if let Some(name) = &mut patch.name {
        *name = text::required("name", name, text::NAME_CHARACTERS)?;
    }
    if let Some(limits) = &patch.limits {
        Limits::check(limits)?;
    }
    if let Some(origins) = &patch.allowed_origins {
        settings::check_origins(origins)?;
    }
    let mut transaction = node.database.begin().await?;
    let changed = sqlx::query!(
        "UPDATE apps SET name = COALESCE($2, name),
             suspended_at = CASE
                 WHEN $3::boolean IS NULL THEN suspended_at
                 WHEN $3 THEN COALESCE(suspended_at, now())
             END,
             limits = jsonb_strip_nulls(limits || COALESCE($4::jsonb, '{}')),
             allowed_origins = COALESCE($5, allowed_origins)
         WHERE id = $1 AND deleted_at IS NULL",
        app.0,
        patch.name,
        patch.suspended,
        patch.limits.clone().map(Value::Object),
        patch.allowed_origins.as_deref(),
    )
    .execute(&mut *transaction)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(NOT_FOUND);
    }
    let details = serde_json::to_value(&patch).map_err(|error| Error::Internal(error.into()))?;
    let deed = Deed::of(app, "app.changed").with(details);
    revocations::seal(node, transaction, actor, deed, Whom::Everybody).await
}

/// Deletes an app and everything of it. It is gone at once for whoever calls; its rows go afterwards.
pub async fn delete(node: &Node, actor: &Actor, app: AppId) -> Result<()> {
    let mut transaction = node.database.begin().await?;
    let deleted = sqlx::query!(
        "UPDATE apps SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL",
        app.0,
    )
    .execute(&mut *transaction)
    .await?;
    if deleted.rows_affected() == 0 {
        return Err(NOT_FOUND);
    }
    let deed = Deed::of(app, "app.deleted");
    revocations::seal(node, transaction, actor, deed, Whom::Everybody).await?;
    removals::soon(node);
    Ok(())
}
