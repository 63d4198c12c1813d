//! Times on the wire: ISO 8601, UTC, to the millisecond. For `#[serde(serialize_with)]`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer;

/// A time, like `2026-01-31T00:00:00.000Z`.
pub fn timestamp<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    // Not by a pattern, which chrono would read anew for each of the many times on a page.
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
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
