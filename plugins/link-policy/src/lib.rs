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

use exports::heyyo::hooks::{before_message, lifecycle};
use guest::Kept;
use guest::types::{Call, Change, Entry, Fault, Message, Verdict};
use policy::Policy;

wit_bindgen::generate!({
    path: "../../wit/0.1",
    world: "configured-message-filter",
    with: {
        "heyyo:hooks/types@0.1.0": guest::types,
        "heyyo:hooks/log@0.1.0": guest::log,
        "heyyo:hooks/config@0.1.0": guest::config,
        "heyyo:hooks/state@0.1.0": guest::state,
        "heyyo:hooks/context@0.1.0": guest::context,
    },
});

struct LinkPolicy;

static POLICY: Kept<Policy> = Kept::new();

impl before_message::Guest for LinkPolicy {
    fn handle(_call: Call, _how: Change, message: Message) -> Result<Verdict, Fault> {
        Ok(POLICY.get(Policy::read)?.judge(&message.text))
    }
}

impl lifecycle::Guest for LinkPolicy {
    fn check_config(config: Vec<Entry>) -> Result<(), Vec<lifecycle::Problem>> {
        let mistakes = guest::mistakes(config, Policy::read).into_iter();
        let problems: Vec<_> = mistakes
            .map(|mistake| lifecycle::Problem {
                key: mistake.key,
                message: mistake.message,
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }
}

// Only a component can export the names of the contract.
#[cfg(target_arch = "wasm32")]
export!(LinkPolicy);
