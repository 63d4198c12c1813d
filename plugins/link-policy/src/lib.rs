//! Decides which links may be sent, however they are disguised.
//!
//! This file is the plugin as the host sees it. How links are found in a text is in `links.rs`, what a
//! domain is and what it looks like in `domains.rs`, what a tenant may configure in `policy.rs`.

mod clean;
pub mod domains;
pub mod links;
pub mod policy;
mod punycode;
mod top_level;

use exports::heyyo::hooks::before_message;
use guest::Kept;
use guest::types::{Call, Change, Fault, Message, Verdict};
use policy::Policy;

guest::world!("configured-message-filter");

struct LinkPolicy;

static POLICY: Kept<Policy> = Kept::new();

impl before_message::Guest for LinkPolicy {
    fn handle(_call: Call, _how: Change, message: Message) -> Result<Verdict, Fault> {
        Ok(POLICY.get(Policy::read)?.judge(&message.text))
    }
}

guest::checks_config!(LinkPolicy, Policy::read);
