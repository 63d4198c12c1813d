//! Waiting and trying again, for tasks that run beside the test while something is broken.
//!
//! What `in_time` and `eventually` are to a test, with more patience: a PostgreSQL that was killed takes
//! its time to recover on a busy machine. The future of an async closure cannot be sent to another task,
//! so here the tries are counted by whoever makes them.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

/// The longest that anything may take while something is broken.
const PATIENCE: Duration = Duration::from_secs(30);
/// How soon to try again.
const PAUSE: Duration = Duration::from_millis(20);

/// The future's output, or a failed test that names what did not come.
pub async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: not within {PATIENCE:?}"),
    }
}

/// Tries of one thing.
pub struct Tries {
    what: String,
    began: Instant,
    pauses: Interval,
}

impl Tries {
    /// The first try comes at once.
    pub fn of(what: impl Into<String>) -> Self {
        let mut pauses = interval(PAUSE);
        pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            what: what.into(),
            began: Instant::now(),
            pauses,
        }
    }

    /// Waits until it is time for a try.
    pub async fn next(&mut self) {
        self.pauses.tick().await;
    }

    /// One try failed. Fails the test when none has worked for too long, and says why this one did not.
    pub fn failed(&self, why: impl Debug) {
        assert!(
            self.began.elapsed() < PATIENCE,
            "{}: not within {PATIENCE:?}: {why:?}",
            self.what
        );
    }
}
