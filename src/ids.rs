//! The ids of the four things a statement can name, each a type of its own.
//!
//! A channel's id cannot stand where a user's is wanted; all are UUIDv7, so that new rows land at
//! the right edge of their index.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema, sqlx::Type)]
        #[serde(transparent)]
        #[schemars(inline)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later than all that this process made before.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )*};
}

id! {
    /// An app, the tenant.
    AppId
    /// A user of one app.
    UserId
    /// A channel of one app.
    ChannelId
    /// A message of one channel.
    MessageId
}
