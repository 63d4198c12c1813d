//! Refuses, masks, flags or holds messages with unwanted words, however they are spelled.
//!
//! This file is the plugin as the host sees it: the hooks and nothing else. How a text is folded is in
//! `folding.rs`, what counts as a match in `matching.rs`, what a tenant may configure in `rules.rs`.

mod characters;
pub mod folding;
pub mod matching;
pub mod rules;

use exports::heyyo::hooks::{before_message, lifecycle};
use guest::Kept;
use guest::types::{Call, Change, Entry, Fault, Message, Verdict};
use rules::Rules;

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

struct WordFilter;

static RULES: Kept<Rules> = Kept::new();

impl before_message::Guest for WordFilter {
    fn handle(_call: Call, _how: Change, message: Message) -> Result<Verdict, Fault> {
        Ok(RULES.get(Rules::read)?.judge(&message.text))
    }
}

impl lifecycle::Guest for WordFilter {
    fn check_config(config: Vec<Entry>) -> Result<(), Vec<lifecycle::Problem>> {
        let mistakes = guest::mistakes(config, Rules::read).into_iter();
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
export!(WordFilter);
