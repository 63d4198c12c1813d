//! How a call of a plugin can fail. Each is the plugin's, in words that its author can act on; what
//! becomes of the event is then the tenant's `on_error`.

use std::time::Duration;

/// Why a plugin did not decide.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Fault {
    /// It took longer than its deadline.
    #[error("took longer than {} ms", .0.as_millis())]
    Deadline(Duration),
    /// It wanted more memory than it may have, and gave up.
    #[error("needs more than {} MiB of memory", .0 / 1024 / 1024)]
    Memory(usize),
    /// It ran into a trap: a panic, an abort, an exit, a stack overflow.
    #[error("crashed: {0}")]
    Crash(String),
    /// It said itself that it cannot decide.
    #[error("gave up: {0}")]
    Said(String),
    /// It gave back what the contract does not allow.
    #[error("broke the contract: {0}")]
    Breach(&'static str),
    /// What it printed is no verdict.
    #[error("printed no verdict: {0}")]
    Unreadable(String),
    /// Too many calls wait for it already, or for an instance.
    #[error("is busy: too many calls wait for it")]
    Busy,
    /// It failed so often that it is not asked for a while.
    #[error("is paused after repeated failures")]
    Paused,
    /// The server has not got its code, for a reason of its own.
    #[error("cannot be loaded by the server now")]
    Absent,
    /// The message was deleted while the event waited. Told to nobody.
    #[error("is not told what is deleted")]
    Gone,
    /// Its code could not be loaded.
    #[error("could not be loaded: {0}")]
    NotLoaded(String),
}

impl Fault {
    /// Whether it counts towards a pause. Not what other calls or the host caused.
    pub fn is_its_own(&self) -> bool {
        !matches!(
            self,
            Fault::Busy | Fault::Paused | Fault::Absent | Fault::Gone | Fault::NotLoaded(_)
        )
    }

    /// A word for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Deadline(_) => "deadline",
            Fault::Memory(_) => "memory",
            Fault::Crash(_) => "crash",
            Fault::Said(_) => "fault",
            Fault::Breach(_) => "breach",
            Fault::Unreadable(_) => "unreadable",
            Fault::Busy => "busy",
            Fault::Paused => "paused",
            Fault::Absent => "absent",
            Fault::Gone => "gone",
            Fault::NotLoaded(_) => "not_loaded",
        }
    }
}
