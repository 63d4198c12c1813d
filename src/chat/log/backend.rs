//! A writer's own connection to the database, and the name of who serves it there.
//!
//! Its own and not the pool's: reads that wait must not keep writes from being stored. Whoever gives up
//! on a statement knows by the name whether it is still under way: closing our end of a connection does
//! not stop what runs at the other.

use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use sqlx::{ConnectOptions, PgConnection, PgPool};

/// How long to wait for those that were told to end, in milliseconds.
const END_WITHIN: i64 = 500;

/// A process of PostgreSQL that serves one connection. The number alone may be given to another later.
#[derive(Clone, Copy)]
pub(super) struct Backend {
    process: i32,
    started: DateTime<Utc>,
}

/// A connection that is a writer's alone.
pub(super) struct Served {
    pub connection: PgConnection,
    pub by: Backend,
}

/// Opens a connection like those of the pool.
pub(super) async fn open(database: &PgPool) -> Result<Served> {
    let mut connection = database.connect_options().connect().await?;
    let by = sqlx::query_as!(
        Backend,
        r#"SELECT pid AS "process!", backend_start AS "started!" FROM pg_stat_activity WHERE pid = pg_backend_pid()"#,
    )
    .fetch_one(&mut connection)
    .await?;
    Ok(Served { connection, by })
}

/// Ends these, and returns when they have ended. A statement that lies unread before a frozen process
/// is then never carried out; one that is being carried out is over, one way or the other.
pub(super) async fn end(connection: &mut PgConnection, backends: &[Backend]) -> Result<()> {
    let processes: Vec<_> = backends.iter().map(|backend| backend.process).collect();
    let starts: Vec<_> = backends.iter().map(|backend| backend.started).collect();
    let have_ended = sqlx::query_scalar!(
        r#"SELECT COALESCE(bool_and(pg_terminate_backend(pid, $3)), true) AS "have_ended!" FROM pg_stat_activity
           WHERE (pid, backend_start) IN (SELECT * FROM unnest($1::int[], $2::timestamptz[]))"#,
        &processes,
        &starts,
        END_WITHIN,
    )
    .fetch_one(connection)
    .await?;
    match have_ended {
        true => Ok(()),
        false => Err(Error::unavailable()),
    }
}
