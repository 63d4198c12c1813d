//! Apps: the tenants. Made by an operator, proved by their backends.

use crate::{
    auth::{Tenant, secret},
    chat::text,
    error::{Error, Result},
    ids::AppId,
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

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

/// Makes an app. The secret is given back this once; only its hash is kept.
pub async fn create(node: &Node, name: &str) -> Result<(App, String)> {
    let name = text::required("name", name, text::NAME_CHARACTERS)?;
    let secret = secret::new_api_secret();
    let secret_hash = node.keys.secret_hash(&secret);
    let app = sqlx::query_as!(
        App,
        r#"INSERT INTO apps (id, name, api_key, secret_hash) VALUES ($1, $2, $3, $4)
           RETURNING id AS "id: AppId", name, api_key, created_at"#,
        AppId::new().0,
        name,
        secret::new_api_key(),
        secret_hash.as_slice(),
    )
    .fetch_one(&node.database)
    .await?;
    Ok((app, secret))
}

/// All apps, oldest first.
pub async fn list(node: &Node) -> Result<Vec<App>> {
    let apps = sqlx::query_as!(
        App,
        r#"SELECT id AS "id: AppId", name, api_key, created_at FROM apps ORDER BY created_at, id"#
    )
    .fetch_all(&node.database)
    .await?;
    Ok(apps)
}

/// The app behind a pair of api key and secret.
pub async fn authenticate(node: &Node, api_key: &str, api_secret: &str) -> Result<Tenant> {
    // PostgreSQL refuses a NUL in a parameter; no key holds one.
    let row = match api_key.contains('\0') {
        true => None,
        false => {
            sqlx::query!(
                "SELECT id, secret_hash, token_generation FROM apps WHERE api_key = $1",
                api_key
            )
            .fetch_optional(&node.database)
            .await?
        }
    };
    let stored = row.as_ref().map(|row| row.secret_hash.as_slice());
    let is_secret = node.keys.is_secret(api_secret, stored);
    match row {
        Some(row) if is_secret => Ok(Tenant {
            app: AppId(row.id),
            token_generation: row.token_generation,
        }),
        _ => Err(Error::Unauthenticated("Invalid credentials")),
    }
}
