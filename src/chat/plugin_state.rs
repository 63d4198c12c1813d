//! What plugins remember, in Postgres: one statement for each operation, under a quota.

use crate::hooks::facts::{Answer, Operation, Refusal, Scope};
use sqlx::PgPool;
use std::time::Duration;

/// Bytes of keys and values of one plugin, and how many keys.
const BYTES: i64 = 1 << 20;
const KEYS: i64 = 10_000;
/// What a counter weighs beside its key.
const NUMBER_BYTES: i64 = 8;
/// How often the expired are removed.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// Does one operation.
pub(super) async fn operate(
    database: &PgPool,
    scope: Scope,
    operation: Operation,
) -> sqlx::Result<Result<Answer, Refusal>> {
    match operation {
        Operation::Get { key } => {
            let row = sqlx::query!(
                "SELECT value, number FROM plugin_state
                 WHERE app_id = $1 AND plugin_id = $2 AND key = $3 AND (expires_at IS NULL OR expires_at > now())",
                scope.app.0,
                scope.plugin,
                key,
            )
            .fetch_optional(database)
            .await?;
            let value = row.and_then(|row| {
                row.value
                    .or_else(|| row.number.map(|number| number.to_string().into_bytes()))
            });
            Ok(Ok(Answer::Value(value)))
        }
        Operation::Set { key, value, ttl } => {
            let written = sqlx::query_scalar!(
                r#"WITH old AS (
                       SELECT octet_length(key) + COALESCE(octet_length(value), $6) AS size
                       FROM plugin_state WHERE app_id = $1 AND plugin_id = $2 AND key = $3
                   ), change AS (
                       SELECT octet_length($3) + octet_length($4::bytea) - COALESCE((SELECT size FROM old), 0) AS bytes,
                              CASE WHEN EXISTS (SELECT FROM old) THEN 0 ELSE 1 END AS keys
                   ), has_room AS (
                       SELECT change.bytes <= 0 AND change.keys = 0 OR NOT EXISTS (
                           SELECT FROM plugin_state_sizes AS sizes
                           WHERE app_id = $1 AND plugin_id = $2
                             AND (sizes.bytes + change.bytes > $7 OR sizes.keys + change.keys > $8)
                       ) AS yes FROM change
                   ), written AS (
                       INSERT INTO plugin_state (app_id, plugin_id, key, value, expires_at)
                       SELECT $1, $2, $3, $4, now() + $5::double precision * interval '1 second' FROM has_room WHERE yes
                       ON CONFLICT (app_id, plugin_id, key) DO UPDATE
                       SET value = EXCLUDED.value, number = NULL, expires_at = EXCLUDED.expires_at
                       RETURNING key
                   ), counted AS (
                       INSERT INTO plugin_state_sizes AS sizes (app_id, plugin_id, keys, bytes)
                       SELECT $1, $2, change.keys, change.bytes FROM change, written WHERE change.bytes <> 0
                       ON CONFLICT (app_id, plugin_id) DO UPDATE
                       SET keys = sizes.keys + EXCLUDED.keys, bytes = sizes.bytes + EXCLUDED.bytes
                   )
                   SELECT EXISTS (SELECT FROM written) AS "written!""#,
                scope.app.0,
                scope.plugin,
                key,
                value,
                ttl.map(f64::from),
                NUMBER_BYTES as i32,
                BYTES,
                KEYS,
            )
            .fetch_one(database)
            .await;
            Ok(match gone_is_unavailable(written)? {
                Some(true) => Ok(Answer::Done),
                Some(false) => Err(Refusal::OverQuota),
                None => Err(Refusal::Unavailable),
            })
        }
        Operation::Delete { key } => {
            sqlx::query!(
                "WITH gone AS (
                     DELETE FROM plugin_state WHERE app_id = $1 AND plugin_id = $2 AND key = $3
                     RETURNING octet_length(key) + COALESCE(octet_length(value), $4) AS size
                 )
                 UPDATE plugin_state_sizes SET keys = keys - 1, bytes = bytes - gone.size FROM gone
                 WHERE app_id = $1 AND plugin_id = $2",
                scope.app.0,
                scope.plugin,
                key,
                NUMBER_BYTES as i32,
            )
            .execute(database)
            .await?;
            Ok(Ok(Answer::Done))
        }
        Operation::Add { key, delta, ttl } => add(database, scope, &key, delta, ttl).await,
    }
}

async fn add(
    database: &PgPool,
    scope: Scope,
    key: &str,
    delta: i64,
    ttl: Option<u32>,
) -> sqlx::Result<Result<Answer, Refusal>> {
    // An existing counter changes no size: its row is all that is locked.
    let row = sqlx::query!(
        r#"WITH old AS (
               SELECT FROM plugin_state WHERE app_id = $1 AND plugin_id = $2 AND key = $3
           ), has_room AS (
               SELECT EXISTS (SELECT FROM old) OR NOT EXISTS (
                   SELECT FROM plugin_state_sizes
                   WHERE app_id = $1 AND plugin_id = $2 AND (bytes + octet_length($3) + $6 > $7 OR keys + 1 > $8)
               ) AS yes
           ), written AS (
               INSERT INTO plugin_state AS known (app_id, plugin_id, key, number, expires_at)
               SELECT $1, $2, $3, $4, now() + $5::double precision * interval '1 second' FROM has_room WHERE yes
               ON CONFLICT (app_id, plugin_id, key) DO UPDATE
               SET number = CASE WHEN known.expires_at <= now() THEN EXCLUDED.number ELSE known.number + EXCLUDED.number END,
                   value = NULL,
                   expires_at = CASE WHEN known.expires_at <= now() THEN EXCLUDED.expires_at ELSE known.expires_at END
               WHERE known.number IS NOT NULL OR known.expires_at <= now()
               RETURNING number
           ), counted AS (
               INSERT INTO plugin_state_sizes AS sizes (app_id, plugin_id, keys, bytes)
               SELECT $1, $2, 1, octet_length($3) + $6 FROM written WHERE NOT EXISTS (SELECT FROM old)
               ON CONFLICT (app_id, plugin_id) DO UPDATE
               SET keys = sizes.keys + EXCLUDED.keys, bytes = sizes.bytes + EXCLUDED.bytes
           )
           SELECT (SELECT yes FROM has_room) AS "has_room!", (SELECT number FROM written) AS sum"#,
        scope.app.0,
        scope.plugin,
        key,
        delta,
        ttl.map(f64::from),
        NUMBER_BYTES as i32,
        BYTES,
        KEYS,
    )
    .fetch_one(database)
    .await;
    if let Err(sqlx::Error::Database(error)) = &row
        && error.code().as_deref() == Some("22003")
    {
        // The sum is no 64-bit number any more.
        return Ok(Err(Refusal::Invalid));
    }
    Ok(match gone_is_unavailable(row)? {
        None => Err(Refusal::Unavailable),
        Some(row) => match (row.has_room, row.sum) {
            (_, Some(sum)) => Ok(Answer::Sum(sum)),
            (false, None) => Err(Refusal::OverQuota),
            (true, None) => Err(Refusal::Invalid),
        },
    })
}

/// A plugin that was deleted while it ran, or that is not stored yet, has nothing to remember.
fn gone_is_unavailable<T>(result: sqlx::Result<T>) -> sqlx::Result<Option<T>> {
    match result {
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(None),
        result => result.map(Some),
    }
}

/// Removes what has expired, now and then, and counts anew where it did. For all apps: it reads
/// nobody's values and gives nothing to anybody.
pub(super) async fn expire(database: PgPool) {
    let mut each = tokio::time::interval(EXPIRE_EVERY);
    each.tick().await;
    loop {
        each.tick().await;
        if database.is_closed() {
            return;
        }
        let done = sqlx::query!(
            "WITH gone AS (
                 DELETE FROM plugin_state WHERE expires_at <= now()
                 RETURNING app_id, plugin_id, octet_length(key) + COALESCE(octet_length(value), $1) AS size
             ), less AS (
                 SELECT app_id, plugin_id, count(*) AS keys, sum(size) AS bytes FROM gone GROUP BY app_id, plugin_id
             )
             UPDATE plugin_state_sizes AS sizes
             SET keys = greatest(sizes.keys - less.keys, 0), bytes = greatest(sizes.bytes - less.bytes, 0)
             FROM less WHERE sizes.app_id = less.app_id AND sizes.plugin_id = less.plugin_id",
            NUMBER_BYTES as i32,
        )
        .execute(&database)
        .await;
        if let Err(error) = done {
            tracing::debug!("plugin state: the expired are still there: {error}");
        }
    }
}
