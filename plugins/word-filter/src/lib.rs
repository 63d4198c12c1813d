//! Refuses, masks, flags or holds messages with unwanted words, however they are spelled.
//!
//! This file is the plugin as the host sees it: the hooks and nothing else. How a text is folded is in
//! `folding.rs`, what counts as a match in `matching.rs`, what a tenant may configure in `rules.rs`.

mod characters;
pub mod folding;
pub mod matching;
pub mod rules;

use exports::heyyo::hooks::before_message;
use guest::Kept;
use guest::types::{Call, Change, Fault, Message, Verdict};
use rules::Rules;

guest::world!("configured-message-filter");

struct WordFilter;

static RULES: Kept<Rules> = Kept::new();

impl before_message::Guest for WordFilter {
    fn handle(_call: Call, _how: Change, message: Message) -> Result<Verdict, Fault> {
        Ok(RULES.get(Rules::read)?.judge(&message.text))
    }
}

guest::checks_config!(WordFilter, Rules::read);
