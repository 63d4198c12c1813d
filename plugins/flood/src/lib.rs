//! Slows down who sends too much, or the same again and again.
//!
//! This file is the plugin as the host sees it: the hooks, and the host's `state` as the store. The
//! decision is in `limit.rs`, what is remembered of a user in `memory.rs`, what a tenant may
//! configure in `policy.rs`.

pub mod limit;
pub mod memory;
pub mod policy;

use exports::heyyo::hooks::before_message;
use guest::Kept;
use guest::state;
use guest::types::{Call, Change, Fault, Message, Verdict};
use limit::Store;
use policy::Policy;

guest::world!("configured-message-filter");

struct Flood;

static POLICY: Kept<Policy> = Kept::new();

impl before_message::Guest for Flood {
    fn handle(call: Call, _how: Change, message: Message) -> Result<Verdict, Fault> {
        let policy = POLICY.get(Policy::read)?;
        limit::judge(policy, &HostState, &call, &message).map_err(fault)
    }
}

/// The values that outlive this instance.
struct HostState;

impl Store for HostState {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, state::Error> {
        state::get(key)
    }

    fn set(&self, key: &str, value: &[u8], seconds: u32) -> Result<(), state::Error> {
        state::set(key, value, Some(seconds))
    }

    fn add(&self, key: &str, seconds: u32) -> Result<i64, state::Error> {
        state::add(key, 1, Some(seconds))
    }

    fn delete(&self, key: &str) -> Result<(), state::Error> {
        state::delete(key)
    }
}

/// Without its memory the plugin cannot tell; the tenant's `on_error` says what then happens.
fn fault(error: state::Error) -> Fault {
    Fault {
        message: format!("what the user sent before is not known: {error}"),
    }
}

guest::checks_config!(Flood, Policy::read);
