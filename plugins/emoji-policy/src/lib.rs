//! Decides which reactions are allowed.
//!
//! This file is the plugin as the host sees it: the hooks and nothing else. The decision, and what a
//! tenant may configure, is in `policy.rs`.

pub mod policy;

use exports::heyyo::hooks::{before_reaction, lifecycle};
use guest::Kept;
use guest::types::{Call, Entry, Fault, Reaction, ReactionVerdict};
use policy::Policy;

wit_bindgen::generate!({
    path: "../../wit/0.1",
    world: "reaction-filter",
    with: {
        "heyyo:hooks/types@0.1.0": guest::types,
        "heyyo:hooks/log@0.1.0": guest::log,
        "heyyo:hooks/config@0.1.0": guest::config,
        "heyyo:hooks/state@0.1.0": guest::state,
        "heyyo:hooks/context@0.1.0": guest::context,
    },
});

struct EmojiPolicy;

static POLICY: Kept<Policy> = Kept::new();

impl before_reaction::Guest for EmojiPolicy {
    fn handle(_call: Call, reaction: Reaction) -> Result<ReactionVerdict, Fault> {
        Ok(POLICY.get(Policy::read)?.judge(&reaction.kind))
    }
}

impl lifecycle::Guest for EmojiPolicy {
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
export!(EmojiPolicy);
