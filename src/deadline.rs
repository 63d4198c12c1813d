//! How long anybody waits for the database, and what becomes of a connection that nobody waits for
//! any more.
//!
//! A PostgreSQL that is frozen, or behind a network that swallows everything, says neither yes nor no,
//! and no timeout of its own helps. So whoever calls gives up here, on our side. A statement that is
//! given up on leaves its connection in the middle of an answer: the pool asks each connection that
//! comes back whether it is well, and would wait for that for as long as the network does.

use crate::error::{Error, Result};
use sqlx::{Connection, PgConnection};
use std::{
    pin::pin,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How long after somebody gave up connections are distrusted: longer than anyone waits for one.
const DISTRUST: Duration = Duration::from_secs(10);
/// How long a distrusted connection has to finish what it was in the middle of.
const LAST_CHANCE: Duration = Duration::from_millis(500);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
/// When somebody last gave up, in milliseconds since the start, plus one; 0 for never.
static GAVE_UP: AtomicU64 = AtomicU64::new(0);

/// What comes of work that needs the database, or that it is not available.
pub async fn within<T>(patience: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut work = pin!(Some(work));
    let running = work.as_mut().as_pin_mut().expect("just begun");
    match timeout(patience, running).await {
        Ok(result) => result,
        Err(_) => {
            let now = START.elapsed().as_millis() as u64;
            GAVE_UP.store(now + 1, Ordering::Release);
            // Only now: the connections it holds come back when it is dropped, and must be met with
            // distrust by then.
            work.set(None);
            Err(Error::unavailable())
        }
    }
}

/// Whether a connection may go back to the pool: asked of each, and at once answered for all but those
/// that come back soon after somebody gave up.
pub async fn is_well(connection: &mut PgConnection) -> bool {
    let gave_up = GAVE_UP.load(Ordering::Acquire);
    let now = START.elapsed().as_millis() as u64;
    if gave_up == 0 || now.saturating_sub(gave_up) > DISTRUST.as_millis() as u64 {
        return true;
    }
    matches!(timeout(LAST_CHANCE, connection.ping()).await, Ok(Ok(())))
}
