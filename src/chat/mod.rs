//! What Heyyo does: apps, users, channels, members, messages, reactions, presence.
//!
//! The verbs of both doors, and the only SQL in the house. Modules are plural nouns and read with
//! their verbs: `messages::send`, `members::require`. A public verb owns its transaction; every
//! statement on a tenant's data names `app_id`, taken from a [`Caller`](crate::auth::Caller), a
//! [`Tenant`](crate::auth::Tenant) or a [`Member`](members::Member).

pub mod access;
pub mod annotations;
pub mod apps;
pub mod audit;
mod changes;
pub mod channels;
pub mod drafts;
pub mod facts;
mod fair_queue;
pub mod held;
pub mod history;
pub mod installations;
pub mod lists;
pub mod log;
pub mod members;
pub mod messages;
pub mod moderation;
pub mod newcomers;
pub mod nodes;
pub mod pages;
mod plugin_state;
pub mod plugins;
pub mod presence;
pub mod reactions;
pub mod recovery;
pub mod removals;
mod retention;
pub mod revocations;
pub mod text;
pub mod users;

use crate::{config::Current, hub::Hub};
use sqlx::PgPool;
use std::sync::Arc;

/// What these rooms keep in memory. Everything here can be rebuilt from the database.
pub struct State {
    /// Where sends wait for the next commit.
    pub log: log::Log,
    /// Who may come in, as it was a moment ago.
    pub access: access::Access,
    /// Who was a member a moment ago.
    pub memberships: members::Memberships,
    /// Who is connecting.
    pub newcomers: newcomers::Newcomers,
    /// The lists of users who asked a moment ago.
    pub lists: lists::Lists,
    /// The newest pages of busy channels.
    pub pages: pages::Pages,
    /// Who is catching up.
    pub reads: recovery::Reads,
    /// The plugins of busy apps.
    pub chains: plugins::Chains,
    /// What plugins add to stored messages.
    pub annotations: annotations::Annotations,
    /// Who has a live socket.
    pub presence: presence::Presence,
}

impl State {
    /// Starts the log's writers; the rest begins empty.
    pub fn start(database: &PgPool, hub: &Arc<Hub>, current: &Current) -> Self {
        Self {
            log: log::Log::start(database, hub, current),
            access: access::Access::default(),
            memberships: members::Memberships::default(),
            newcomers: newcomers::Newcomers::start(database, current),
            lists: lists::Lists::default(),
            pages: pages::Pages::default(),
            reads: recovery::Reads::default(),
            chains: plugins::Chains::default(),
            annotations: annotations::Annotations::default(),
            presence: presence::Presence::default(),
        }
    }

    /// Forgets what is kept of the database: another node may have changed it and not been heard.
    fn forget(&self) {
        self.access.clear();
        self.memberships.clear();
        self.pages.clear();
        self.chains.clear();
    }
}
