//! What an operator's PostgreSQL is and how it is set up, for the start and for `heyyo doctor`.

use anyhow::Context;
use sqlx::{Connection, PgConnection};
use std::collections::HashSet;

/// Oldest PostgreSQL that will do.
const OLDEST_MAJOR: i32 = 15;

/// What was found.
pub struct Setup {
    /// Its version, as it says it.
    pub version: String,
    /// Why it will not do, if it is too old.
    pub too_old: Option<String>,
    /// What could be lost, and by which setting.
    pub risks: Vec<String>,
    /// Migrations that are still to do.
    pub pending: usize,
    /// A migration of a newer Heyyo.
    pub unknown: Option<i64>,
    /// How far its clock is ahead of ours, in seconds.
    pub clock_is_off: i64,
    /// Connections that it could still take.
    pub connections_left: i64,
}

/// Looks at the PostgreSQL at a URL. Changes nothing.
pub async fn examine(url: &str) -> anyhow::Result<Setup> {
    let mut connection = PgConnection::connect(url).await.context("cannot connect")?;
    let (pending, unknown) = migrations(&mut connection).await?;
    let clock_is_off: i64 =
        sqlx::query_scalar("SELECT extract(epoch FROM clock_timestamp())::bigint - $1")
            .bind(chrono::Utc::now().timestamp())
            .fetch_one(&mut connection)
            .await?;
    let connections_left: i64 = sqlx::query_scalar(
        "SELECT current_setting('max_connections')::bigint - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')",
    )
    .fetch_one(&mut connection)
    .await?;
    Ok(Setup {
        version: setting(&mut connection, "server_version").await?,
        too_old: too_old(&mut connection).await?,
        risks: risks(&mut connection).await?,
        pending,
        unknown,
        clock_is_off,
        connections_left,
    })
}

/// Why it will not do, if it is too old.
pub async fn too_old(connection: &mut PgConnection) -> anyhow::Result<Option<String>> {
    let number: i32 = setting(connection, "server_version_num").await?.parse()?;
    let version = setting(connection, "server_version").await?;
    let why = format!("PostgreSQL {OLDEST_MAJOR} or newer is needed, this is {version}");
    Ok((number / 10_000 < OLDEST_MAJOR).then_some(why))
}

/// What could be lost, and by which setting.
pub async fn risks(connection: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let mut risks = vec![];
    for (name, risk) in [
        ("fsync", "a power cut can corrupt the database"),
        (
            "synchronous_commit",
            "a crash can lose messages that were acknowledged",
        ),
        ("full_page_writes", "a power cut can corrupt the database"),
    ] {
        if setting(connection, name).await? == "off" {
            risks.push(format!("{name} is off in PostgreSQL: {risk}"));
        }
    }
    Ok(risks)
}

async fn setting(connection: &mut PgConnection, name: &str) -> sqlx::Result<String> {
    sqlx::query_scalar("SELECT current_setting($1)")
        .bind(name)
        .fetch_one(connection)
        .await
}

/// How many migrations are to do, and one that is not ours.
async fn migrations(connection: &mut PgConnection) -> anyhow::Result<(usize, Option<i64>)> {
    let ours = sqlx::migrate!();
    let ours: HashSet<i64> = ours.iter().map(|migration| migration.version).collect();
    let is_there: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    let done: Vec<i64> = match is_there {
        true => {
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
                .fetch_all(connection)
                .await?
        }
        false => vec![],
    };
    let unknown = done.iter().find(|version| !ours.contains(version));
    let pending = ours.iter().filter(|version| !done.contains(version));
    Ok((pending.count(), unknown.copied()))
}
