//! Faults: what must hold when processes die, connections break, readers stall and everybody comes at
//! once.
//!
//! Real processes, a real PostgreSQL, real sockets. `checker.rs` compares what was sent, acked, heard
//! and stored, and `checker_controls.rs` proves that it sees. `place.rs`, `connection.rs`,
//! `listener.rs`, `sender.rs`, `tries.rs`, `load.rs`, `server_process.rs`, `database_proxy.rs` and
//! `gate.rs` are the actors; every other file is one way to break things. Nothing waits for a time to pass, only for
//! a thing to happen.

mod checker;
mod checker_controls;
mod connection;
mod cut_before_ack;
mod database_proxy;
mod drain;
mod frozen_database;
pub mod gate;
mod half_a_commit;
mod killed_database;
mod killed_server;
mod listener;
mod load;
mod locked_channel;
mod lost_ack;
mod lost_answer;
mod lost_removal;
mod newcomers;
mod overload;
mod place;
mod random_client;
mod sender;
pub mod server_process;
mod slow_reader;
mod storm;
mod tries;
mod two_nodes;
mod unpublished;
mod window;
