//! Plugins that mean harm: each attack is bounded, named in words, and felt by nobody else.
//!
//! `host.rs` is the room that runs plugins without a server around it, for what is about one call;
//! `house.rs` is a tenant of a real server with plugins of its own. The guest of most attacks is
//! `tests/guests/attacker`, which does what a message tells it to; those that no compiler would make are
//! put together byte by byte in `bombs.rs`.

mod attacks;
pub mod bombs;
mod breaker;
mod deleted;
mod host;
mod house;
mod isolation;
mod neighbours;
mod programs;
mod served;
mod siege;
mod slow_uploads;
mod swap;
mod uploads;

use std::{fs, path::PathBuf};

/// The guest that does what a message tells it to.
pub fn attacker() -> Vec<u8> {
    guest("dist/attacker.wasm")
}

/// A file of `tests/guests`.
fn guest(path: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/guests");
    fs::read(folder.join(path))
        .unwrap_or_else(|why| panic!("{path} is not built: run tests/guests/build: {why}"))
}
