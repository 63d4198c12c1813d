//! The only two ways to wait: for a future with a deadline, and for a condition with a deadline.
//!
//! A fixed pause is either too short on a busy machine or too long on all others, and it hides what
//! is being waited for. Both helpers fail the test in words when the deadline passes.

use std::time::Duration;

/// The longest that anything may take, in a test on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// The future's output, or a failed test that names what did not come.
pub async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: not within {DEADLINE:?}"),
    }
}

/// Looks until `look` finds something, or fails the test with what it was to find.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut glances = tokio::time::interval(GLANCE);
    let search = async {
        loop {
            glances.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    in_time(what, search).await
}
