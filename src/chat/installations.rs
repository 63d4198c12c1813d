//! Ties a database to its master key, so that a wrong key is found at start and not by every user.

use crate::{auth::secret::Keyring, error::Result};
use sqlx::PgPool;

/// Whether this database belongs to these keys. The first keys it sees are the ones it belongs to.
pub async fn belongs_to(database: &PgPool, keys: &Keyring) -> Result<bool> {
    let fingerprint = keys.fingerprint();
    sqlx::query!(
        "INSERT INTO installations (key_fingerprint) VALUES ($1) ON CONFLICT DO NOTHING",
        fingerprint.as_slice()
    )
    .execute(database)
    .await?;
    let known = sqlx::query_scalar!("SELECT key_fingerprint FROM installations")
        .fetch_one(database)
        .await?;
    Ok(known == fingerprint)
}
