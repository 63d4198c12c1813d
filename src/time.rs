//! Times on the wire: ISO 8601, UTC, to the millisecond. For `#[serde(serialize_with)]`.

use chrono::{DateTime, Utc};
use serde::Serializer;

/// A time, like `2026-01-31T00:00:00.000Z`.
pub fn timestamp<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
}

/// The same, for one that may not have come.
pub fn optional_timestamp<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => timestamp(time, serializer),
        None => serializer.serialize_none(),
    }
}
