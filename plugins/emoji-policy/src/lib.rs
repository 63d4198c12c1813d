//! Decides which reactions are allowed.
//!
//! This file is the plugin as the host sees it: the hooks and nothing else. The decision, and what a
//! tenant may configure, is in `policy.rs`.

pub mod policy;

use exports::heyyo::hooks::before_reaction;
use guest::Kept;
use guest::types::{Call, Fault, Reaction, ReactionVerdict};
use policy::Policy;

guest::world!("reaction-filter");

struct EmojiPolicy;

static POLICY: Kept<Policy> = Kept::new();

impl before_reaction::Guest for EmojiPolicy {
    fn handle(_call: Call, reaction: Reaction) -> Result<ReactionVerdict, Fault> {
        Ok(POLICY.get(Policy::read)?.judge(&reaction.kind))
    }
}

guest::checks_config!(EmojiPolicy, Policy::read);
