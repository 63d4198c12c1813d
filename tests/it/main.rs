//! The one test binary: Heyyo from outside, over HTTP and Socket.IO, against a real PostgreSQL.
//!
//! Each test starts its own server on a fresh database in one line and talks to it as a client would.
//! `support/` is the clients and the people; every other file holds facts about one noun.

mod apps;
mod auth;
mod bad_bodies;
mod bad_packets;
mod bad_requests;
mod channels;
mod health;
mod messages;
mod presence;
mod reactions;
mod retries;
mod socket_connect;
mod socket_events;
mod socket_messages;
mod support;
