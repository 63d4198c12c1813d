//! An app's secrets: shown, changed, and proved by its backends.
//!
//! Two may be good at a time, so that backends change over one by one. One that does not end is always
//! there: nobody locks an app out by forgetting to make the next. A secret is looked up at each call and
//! never kept, so that one which is deleted is refused at once, on every node.

use super::settings;
use crate::{
    auth::{Actor, Tenant, secret},
    chat::{
        access::SUSPENDED,
        audit::{self, Deed},
        text,
    },
    error::{Error, Result},
    ids::AppId,
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

/// Secrets that are good at a time.
const AT_ONCE: i64 = 2;
/// The longest that an old secret may be said to go on, in seconds: 90 days. For longer, say nothing.
const LONGEST_OVERLAP: u64 = 90 * 86_400;
/// One answer to all who have not got a secret.
const REFUSED: Error = Error::Unauthenticated("Invalid credentials");

/// A secret, as it may be shown: not the secret itself.
#[derive(Serialize, JsonSchema)]
pub struct Secret {
    /// Names it.
    pub id: Uuid,
    /// When it was made.
    #[serde(serialize_with = "text::timestamp")]
    pub created_at: DateTime<Utc>,
    /// When it ends, if it does.
    #[serde(serialize_with = "text::optional_timestamp")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A secret that was just made. Its text is shown this once; only its hash is kept.
pub struct NewSecret {
    /// What is known of it later.
    pub secret: Secret,
    /// Its app's public key.
    pub api_key: String,
    /// The secret itself.
    pub text: String,
}

/// Those of an app that are good, oldest first.
pub async fn list(node: &Node, app: AppId) -> Result<Vec<Secret>> {
    let secrets = sqlx::query_as!(
        Secret,
        "SELECT id, created_at, expires_at FROM app_secrets
         WHERE app_id = $1 AND (expires_at IS NULL OR expires_at > now()) ORDER BY created_at, id",
        app.0,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(secrets)
}

/// Makes a new secret. The old one goes on until it is deleted, or for `overlap` seconds more.
pub async fn create(
    node: &Node,
    actor: &Actor,
    app: AppId,
    overlap: Option<u64>,
) -> Result<NewSecret> {
    if overlap.is_some_and(|seconds| seconds > LONGEST_OVERLAP) {
        return Err(Error::invalid(format!(
            "overlap_seconds: {LONGEST_OVERLAP} at most, or leave it out and delete the old secret"
        )));
    }
    let mut transaction = node.database.begin().await?;
    let api_key = lock(&mut transaction, app).await?;
    // Those that have ended make room; the others are given their end.
    let live = sqlx::query_scalar!(
        r#"WITH ended AS (
               DELETE FROM app_secrets WHERE app_id = $1 AND expires_at <= now()
           )
           SELECT count(*) AS "live!" FROM app_secrets
           WHERE app_id = $1 AND (expires_at IS NULL OR expires_at > now())"#,
        app.0,
    )
    .fetch_one(&mut *transaction)
    .await?;
    if live >= AT_ONCE {
        return Err(Error::Conflict(
            "The app has two secrets already; delete the one that is not used any more",
        ));
    }
    if let Some(seconds) = overlap {
        sqlx::query!(
            "UPDATE app_secrets SET expires_at = LEAST(
                 expires_at, date_trunc('milliseconds', now() + $2 * interval '1 second')
             ) WHERE app_id = $1",
            app.0,
            seconds as f64,
        )
        .execute(&mut *transaction)
        .await?;
    }
    let (secret, text) = insert(node, &mut transaction, app).await?;
    let deed = Deed::on(app, "secret.created", secret.id);
    let deed = deed.with(json!({ "overlap_seconds": overlap }));
    audit::note(&mut transaction, actor, deed).await?;
    transaction.commit().await?;
    Ok(NewSecret {
        secret,
        api_key,
        text,
    })
}

/// Deletes a secret: who shows it is refused from now on.
pub async fn delete(node: &Node, actor: &Actor, app: AppId, secret: Uuid) -> Result<()> {
    let mut transaction = node.database.begin().await?;
    lock(&mut transaction, app).await?;
    let another = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM app_secrets AS other WHERE other.app_id = $1 AND other.id <> $2 AND other.expires_at IS NULL
           ) AS "another!"
           FROM app_secrets WHERE app_id = $1 AND id = $2"#,
        app.0,
        secret,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound("Secret not found"))?;
    if !another {
        return Err(Error::Conflict(
            "This is the app's last secret that does not end; make a new one first",
        ));
    }
    sqlx::query!(
        "DELETE FROM app_secrets WHERE app_id = $1 AND id = $2",
        app.0,
        secret,
    )
    .execute(&mut *transaction)
    .await?;
    let deed = Deed::on(app, "secret.deleted", secret);
    audit::note(&mut transaction, actor, deed).await?;
    transaction.commit().await?;
    Ok(())
}

/// The app's row, so that two changes at once come one after the other. Gives its public key.
async fn lock(transaction: &mut PgConnection, app: AppId) -> Result<String> {
    let api_key = sqlx::query_scalar!(
        "SELECT api_key FROM apps WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
        app.0,
    )
    .fetch_optional(transaction)
    .await?;
    api_key.ok_or(super::NOT_FOUND)
}

/// A new secret, and its text.
pub(super) async fn insert(
    node: &Node,
    transaction: &mut PgConnection,
    app: AppId,
) -> Result<(Secret, String)> {
    let text = secret::new_api_secret();
    let hash = node.keys.secret_hash(&text);
    let secret = sqlx::query_as!(
        Secret,
        "INSERT INTO app_secrets (app_id, id, secret_hash) VALUES ($1, $2, $3)
         RETURNING id, created_at, expires_at",
        app.0,
        Uuid::now_v7(),
        hash.as_slice(),
    )
    .fetch_one(transaction)
    .await?;
    Ok((secret, text))
}

/// The app behind a pair of api key and secret, at a page of this origin if it is one.
pub async fn authenticate(
    node: &Node,
    api_key: &str,
    api_secret: &str,
    origin: Option<&str>,
) -> Result<Tenant> {
    // PostgreSQL refuses a NUL in a parameter; no key holds one.
    let rows = match api_key.contains('\0') {
        true => vec![],
        false => {
            sqlx::query!(
                r#"SELECT apps.id AS "app: AppId", token_generation, suspended_at IS NOT NULL AS "is_suspended!",
                          allowed_origins, app_secrets.id AS secret, secret_hash
                   FROM apps JOIN app_secrets ON app_id = apps.id
                   WHERE api_key = $1 AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > now())"#,
                api_key,
            )
            .fetch_all(&node.database)
            .await?
        }
    };
    let stored = rows.iter().map(|row| row.secret_hash.as_slice());
    let found = node.keys.find_secret(api_secret, stored);
    let row = found.map(|place| &rows[place]);
    let row = row.ok_or(REFUSED)?;
    settings::admits(&row.allowed_origins, origin)?;
    match row.is_suspended {
        true => Err(SUSPENDED),
        false => Ok(Tenant {
            app: row.app,
            token_generation: row.token_generation,
            secret: row.secret,
        }),
    }
}

/// Refuses a tenant whose secret or app came to its end since it was let in: asked by work that takes long,
/// before it writes.
pub(in crate::chat) async fn look_again(
    connection: &mut PgConnection,
    tenant: &Tenant,
) -> Result<()> {
    let is_suspended = sqlx::query_scalar!(
        r#"SELECT suspended_at IS NOT NULL AS "is_suspended!" FROM apps JOIN app_secrets ON app_id = apps.id
           WHERE apps.id = $1 AND app_secrets.id = $2 AND deleted_at IS NULL
             AND (expires_at IS NULL OR expires_at > now())"#,
        tenant.app.0,
        tenant.secret,
    )
    .fetch_optional(connection)
    .await?;
    match is_suspended {
        None => Err(REFUSED),
        Some(true) => Err(SUSPENDED),
        Some(false) => Ok(()),
    }
}
