//! What can go wrong, in few kinds and without HTTP.
//!
//! The doors turn a kind into a status or an ack (`rest/reply.rs`, `socket/call.rs`). `Internal` is
//! logged where it is answered and never told: its cause may hold what a stranger must not read.

use crate::ids::MessageId;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{borrow::Cow, time::Duration};

/// The result of every verb.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The words that [`Error::code`] may be.
pub const CODES: [&str; 12] = [
    "invalid",
    "unauthenticated",
    "forbidden",
    "disabled",
    "not_found",
    "conflict",
    "rejected",
    "held",
    "rate_limited",
    "too_large",
    "unavailable",
    "internal",
];

/// Why a call was refused or failed. The text is for the caller and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong; nothing was changed.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// No credentials, or a wrong pair of api key and secret.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Credentials that do not allow this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The operator has switched it off.
    #[error("{0}")]
    Disabled(&'static str),
    /// It does not exist, or the caller may not know that it does.
    #[error("{0}")]
    NotFound(&'static str),
    /// It contradicts what is there.
    #[error("{0}")]
    Conflict(&'static str),
    /// A body, text or list above its limit.
    #[error("{0}")]
    TooLarge(Cow<'static, str>),
    /// The path is right and the method is not. Holds the methods that are.
    #[error("Method not allowed")]
    MethodNotAllowed(String),
    /// A body that is by its own account not what is wanted.
    #[error("Content-Type must be {0}")]
    UnsupportedMediaType(&'static str),
    /// A plugin of the app refuses it, or could not decide and its tenant wants that refused.
    #[error("{reason}")]
    Rejected {
        /// The plugin's name.
        plugin: String,
        /// Its word for machines.
        code: String,
        /// Its sentence for the sender.
        reason: String,
    },
    /// It is kept aside until the app's backend decides.
    #[error("{reason}")]
    Held {
        /// The message it will be.
        id: MessageId,
        /// The plugin that wants it so.
        plugin: String,
        /// Its word for machines.
        code: String,
        /// Its sentence for the sender.
        reason: String,
    },
    /// A plugin finds its configuration wrong: a list of `{key, message}`.
    #[error("The plugin finds its configuration wrong")]
    Misconfigured(serde_json::Value),
    /// More often than they may.
    #[error("Too many {what}: {limit} a minute at most")]
    RateLimited {
        /// Too many of what.
        what: &'static str,
        /// How many in a minute.
        limit: u32,
        /// When the next one is taken.
        retry_after: Duration,
        /// When as many as ever are.
        full_in: Duration,
    },
    /// Not now: a queue is full or the database is away. Trying again is safe with a client id.
    #[error("Temporarily unavailable, try again")]
    Unavailable {
        /// How long to wait before the next try.
        retry_after: Duration,
    },
    /// Our fault.
    #[error("Internal server error")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// The word of this kind in `code`, which a client may branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Invalid(_)
            | Error::MethodNotAllowed(_)
            | Error::UnsupportedMediaType(_)
            | Error::Misconfigured(_) => "invalid",
            Error::Rejected { .. } => "rejected",
            Error::Held { .. } => "held",
            Error::Unauthenticated(_) => "unauthenticated",
            Error::Forbidden(_) => "forbidden",
            Error::Disabled(_) => "disabled",
            Error::NotFound(_) => "not_found",
            Error::Conflict(_) => "conflict",
            Error::TooLarge(_) => "too_large",
            Error::RateLimited { .. } => "rate_limited",
            Error::Unavailable { .. } => "unavailable",
            Error::Internal(_) => "internal",
        }
    }

    /// Wrong input, in words.
    pub fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Error::Invalid(text.into())
    }

    /// The database is away or a queue is full: try again in a second.
    pub fn unavailable() -> Self {
        Error::Unavailable {
            retry_after: Duration::from_secs(1),
        }
    }

    /// The same failure for one more of those who waited for the same work.
    pub fn again(&self) -> Self {
        match self {
            Error::Unavailable { retry_after } => Error::Unavailable {
                retry_after: *retry_after,
            },
            other => Error::Internal(anyhow::anyhow!("{other:?}")),
        }
    }

    /// How long to wait before the next try, where that helps.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::RateLimited { retry_after, .. } | Error::Unavailable { retry_after } => {
                Some(*retry_after)
            }
            _ => None,
        }
    }

    /// Logs what must not be told. Called once for each failed call, at the door.
    pub fn log(&self, call: &str) {
        match self {
            Error::Internal(cause) => tracing::error!(call, "{cause:#}"),
            other => tracing::debug!(call, code = other.code(), "{other}"),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let away = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => true,
            // Classes of SQLSTATE (PostgreSQL manual, appendix A): connection exception,
            // transaction rollback, insufficient resources, operator intervention; a lock that was
            // waited for too long; and a server that takes no writes, as it stands by for another.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                ["08", "40", "53", "57", "55P03", "25006"]
                    .iter()
                    .any(|class| code.starts_with(class))
            }),
            _ => false,
        };
        if away {
            tracing::warn!("database: {error}");
            Error::unavailable()
        } else {
            Error::Internal(error.into())
        }
    }
}

/// How a refusal reads on the wire, through both doors.
#[derive(Serialize, JsonSchema)]
pub struct Refusal<'a> {
    /// What is wrong, for a person.
    error: String,
    /// Its kind, for machines.
    #[schemars(extend("enum" = CODES))]
    code: &'static str,
    /// The plugin that refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<&'a str>,
    /// The plugin's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<&'a str>,
    /// Whether it is kept aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<bool>,
    /// The message it will be then.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<MessageId>,
    /// What a plugin finds wrong with its configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Map<String, Value>>")]
    problems: Option<&'a serde_json::Value>,
}

impl<'a> Refusal<'a> {
    /// The refusal that an error is.
    pub fn of(error: &'a Error) -> Self {
        let mut refusal = Self {
            error: error.to_string(),
            code: error.code(),
            plugin: None,
            reason_code: None,
            held: None,
            id: None,
            problems: None,
        };
        match error {
            Error::Rejected { plugin, code, .. } => {
                refusal.plugin = Some(plugin);
                refusal.reason_code = Some(code);
            }
            Error::Held {
                id, plugin, code, ..
            } => {
                refusal.plugin = Some(plugin);
                refusal.reason_code = Some(code);
                refusal.held = Some(true);
                refusal.id = Some(*id);
            }
            Error::Misconfigured(problems) => refusal.problems = Some(problems),
            _ => {}
        }
        refusal
    }
}
