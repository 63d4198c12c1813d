//! Plugins as a tenant meets them: uploaded over REST, and heard in what becomes of messages.

mod chain;
mod held;
mod uploads;
mod versions;
