//! Masks or refuses what should not be said in public: e-mail addresses, phone numbers, payment card
//! numbers and bank account numbers.
//!
//! This file is the plugin as the host sees it. How each kind is recognised is in `numbers.rs` and
//! `addresses.rs`, what a tenant may configure in `policy.rs`.

mod addresses;
mod numbers;
pub mod policy;

use exports::heyyo::hooks::before_message;
use guest::Kept;
use guest::types::{Call, Change, Fault, Message, Verdict};
use policy::Policy;

guest::world!("configured-message-filter");

struct PiiMask;

static POLICY: Kept<Policy> = Kept::new();

impl before_message::Guest for PiiMask {
    fn handle(_call: Call, _how: Change, message: Message) -> Result<Verdict, Fault> {
        Ok(POLICY.get(Policy::read)?.judge(&message.text))
    }
}

guest::checks_config!(PiiMask, Policy::read);
