//! The database: connect to the operator's or start our own, then bring its schema up to date.
//!
//! No statement on a tenant's data lives here; see `chat/`.

pub mod binaries;
pub mod embedded;
pub mod setup;

use crate::{config::boot, deadline};
use anyhow::{Context, bail};
use embedded::Embedded;
use sqlx::{
    PgPool,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// How long a call waits for a connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);

/// An open database.
pub struct Database {
    /// Its connections.
    pub pool: PgPool,
    /// The private server, unless the operator's is used.
    pub embedded: Option<Embedded>,
}

/// Opens the database of the configuration and migrates it.
pub async fn open(config: &boot::Database) -> anyhow::Result<Database> {
    let (options, embedded) = match config.url.as_str() {
        "" => {
            let embedded = Embedded::start(&config.data_dir).await?;
            (embedded.options().clone(), Some(embedded))
        }
        url => (
            url.parse()
                .context("database.url is not a PostgreSQL URL")?,
            None,
        ),
    };
    let pool = connect(options, config.connections).await?;
    check(&pool).await?;
    migrate(&pool).await?;
    Ok(Database { pool, embedded })
}

/// Connects, with the bounds that no statement of ours should reach.
pub async fn connect(options: PgConnectOptions, connections: u32) -> anyhow::Result<PgPool> {
    let options = options.application_name("heyyo").options([
        ("statement_timeout", "10s"),
        // Sooner than `database.patience_milliseconds`: a row that is held is a plain no.
        ("lock_timeout", "1s"),
        ("idle_in_transaction_session_timeout", "15s"),
        // A plan made once for all values: the statements are simple and must be fast.
        ("plan_cache_mode", "force_generic_plan"),
    ]);
    let host = options.get_host().to_owned();
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A ping before each statement would double the round trips. A connection that died is found
        // when it is used: that call is told to come back, the connection is gone.
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async {
                match deadline::is_well(connection).await {
                    true => Ok(true),
                    // As an error: closing it politely would wait for it once more.
                    false => Err(sqlx::Error::PoolTimedOut),
                }
            })
        })
        .connect_with(options)
        .await
        .with_context(|| format!("cannot connect to PostgreSQL at {host}"))
}

/// Refuses a server too old, warns of one that may forget what it acknowledged.
async fn check(pool: &PgPool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await?;
    if let Some(why) = setup::too_old(&mut connection).await? {
        bail!(why);
    }
    for risk in setup::risks(&mut connection).await? {
        tracing::warn!("{risk}");
    }
    Ok(())
}

/// Brings the schema up to date, under a lock that other nodes wait for.
pub async fn migrate(pool: &PgPool) -> anyhow::Result<()> {
    match sqlx::migrate!().run(pool).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(version)) => bail!(
            "the database was migrated by a newer Heyyo (migration {version} is unknown here); run that version or newer"
        ),
        Err(MigrateError::VersionMismatch(version)) => bail!(
            "migration {version} in the database is not the one of this Heyyo; was a migration edited?"
        ),
        Err(error) => Err(error).context("cannot migrate the database"),
    }
}
