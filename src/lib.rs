//! Heyyo: a chat API that a company hosts and many tenants build on.
//!
//! # The map
//!
//! [`chat`] is what Heyyo *does*; [`rest`] and [`socket`] are two doors into the same verbs;
//! [`hooks`] is what a tenant may *change*; the [`hub`] is how news travels; [`auth`] says who is
//! calling. [`node::Node`] is the one handle that every call is given.
//!
//! Who may import whom, from left to right and never back:
//! `main → server → doors → demo → rest, socket → chat → node → hooks, hub, auth, limits → telemetry, metrics,
//! deadline → config, error, ids, time`; `main → reload → telemetry, metrics, config`.
//! Beside the server stand the tools of who writes plugins, in the same program:
//! `main → author → hooks, client`, and those of who runs the server: `main → operator → client, auth,
//! database, config`. The doors never import each other. The one exception is
//! written in [`node`]: it holds
//! [`chat::State`]. [`database`] opens the database; the only other SQL is in [`chat`].
//!
//! # The way of one message
//!
//! A request reaches `rest/messages.rs`, an event `socket/messages.rs`: five lines each. Both prove
//! membership ([`chat::members::require_sender`]), check the [`Draft`](chat::drafts::Draft), ask the app's
//! plugins about it ([`chat::moderation`]) and put it in line for the [`log`](chat::log). The writer of the
//! channel's shard stores all that waits in one commit, then publishes in `seq` order through the
//! [`hub`] and acks. The other nodes on the same database are told that the log has grown, and read it
//! there ([`chat::nodes`]).
//!
//! # What clients are told
//!
//! Each door describes itself from its own types, [`rest::openapi`] and [`socket::asyncapi`]; `rest/` serves
//! both, and a page that reads them. What a type says about a field is read by strangers.
//!
//! # What holds everywhere
//!
//! 1. Every statement on a tenant's data names `app_id`, taken from a [`Caller`](auth::Caller), a
//!    [`Tenant`](auth::Tenant) or a [`Member`](chat::members::Member), never from the request.
//! 2. A verb that needs membership takes `&Member`; only `members::require` makes one. A send takes
//!    `&Sender`, which may be older: the log looks for itself.
//! 3. Nothing is published before its commit, and nothing is acknowledged before it is published.
//! 4. A rule found in a door is in the wrong room.
//! 5. No plugin and no network call runs inside a transaction.
//! 6. Live order is the log's order: one writer for each channel's shard, and a room takes the next
//!    message only, whichever node stored it.
//! 7. What may change at run time is read with [`node::Node::live`] at each use and kept nowhere:
//!    [`reload`] swaps it whole.
//! 8. What one node tells another may be lost, doubled or late: nothing may depend on it that cannot be
//!    read in the database again.
//! 9. Whether a token lets its user in is asked of [`chat::access`]; what takes access away is noted in the
//!    transaction that does and acted on by every node ([`chat::revocations`]).
//!
//! # Known quirks: do not spread them
//!
//! - `member_count` and `message_count` are strings on the wire, as the documentation shows.
//! - REST fields are `snake_case`, socket payloads the documentation shows in `camelCase` stay so.
//! - `GET /api/channels/{id}` answers 404 where other calls on a foreign channel answer 403.

#![deny(missing_docs)]

pub mod auth;
pub mod author;
pub mod banner;
pub mod chat;
pub mod client;
pub mod config;
pub mod database;
pub mod deadline;
pub mod demo;
pub mod doors;
pub mod error;
pub mod hooks;
pub mod hub;
pub mod ids;
pub mod limits;
pub mod master_key;
pub mod metrics;
pub mod node;
pub mod operator;
pub mod reload;
pub mod rest;
pub mod server;
pub mod socket;
pub mod telemetry;
pub mod time;
