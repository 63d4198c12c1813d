//! Which nodes there are: each renews a lease in the database. Times are PostgreSQL's own, so that the
//! nodes' clocks do not matter.

use crate::{error::Result, hub::frame::NodeId};
use sqlx::PgPool;
use uuid::Uuid;

/// Another node, as its lease shows it.
pub(super) struct Lease {
    pub id: Uuid,
    /// Whether it was renewed in time.
    pub is_fresh: bool,
    /// Whether the connection it listens on is there.
    pub is_listening: bool,
}

/// Renews this node's lease, and gives back those of the others. Rows that nobody needs any more go.
pub(super) async fn renew(database: &PgPool, node: NodeId, backend: i32) -> Result<Vec<Lease>> {
    let seconds = super::LEASE.as_secs_f64();
    let leases = sqlx::query_as!(
        Lease,
        r#"WITH renewed AS (
               INSERT INTO nodes (id, backend) VALUES ($1, $2)
               ON CONFLICT (id) DO UPDATE SET backend = $2, seen_at = now()
           ), ended AS (
               DELETE FROM nodes WHERE seen_at < now() - interval '1 minute' AND id <> $1
           ), read AS (
               DELETE FROM kept_frames WHERE kept_at < now() - interval '1 minute'
           )
           SELECT id, seen_at > now() - $3 * interval '1 second' AS "is_fresh!",
                  EXISTS (SELECT FROM pg_stat_get_activity(backend)) AS "is_listening!"
           FROM nodes WHERE id <> $1"#,
        node.0,
        backend,
        seconds,
    )
    .fetch_all(database)
    .await?;
    Ok(leases)
}

/// Ends this node's lease.
pub(super) async fn end(database: &PgPool, node: NodeId) -> Result<()> {
    sqlx::query!("DELETE FROM nodes WHERE id = $1", node.0)
        .execute(database)
        .await?;
    Ok(())
}
