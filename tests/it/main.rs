//! The one test binary: Heyyo from outside, over HTTP and Socket.IO, against a real PostgreSQL.
//!
//! Each test starts its own server on a fresh database in one line and talks to it as a client would.
//! `support/` is the clients and the people; every other file holds facts about one noun.

mod access;
mod apps;
mod auth;
mod author;
mod bad_input;
mod browsers;
mod channels;
mod config;
mod described;
mod dev_mode;
mod expiry;
mod faults;
mod features;
mod fifty_clients;
mod health;
mod hooks;
mod house_rules;
mod insight;
mod leaving;
mod limits;
mod messages;
mod nodes;
mod operator;
mod paging;
mod plans;
mod plugins;
mod presence;
mod quickstart;
mod reactions;
mod recovery;
mod retention;
mod retries;
mod socket_connect;
mod socket_events;
mod socket_messages;
mod stock_clients;
mod support;
mod tenancy;
mod traces;
