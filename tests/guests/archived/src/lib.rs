//! What `archive/0.1.wasm` was made of: a plugin that uses all of the contract once.
//!
//! Its bytes were built when 0.1 was new and are never built again (`build` leaves them alone): that
//! they still run is the promise to everybody whose plugin is in use.

wit_bindgen::generate!({ path: "../../../wit/0.1", world: "plugin" });

use exports::heyyo::hooks::{
    after_message, after_reaction, before_message, before_reaction, lifecycle,
};
use heyyo::hooks::{
    config, context, log, state,
    types::{Amendment, Call, Change, Entry, Fault, Message, Reaction, ReactionVerdict, Verdict},
};

struct Archived;

impl before_message::Guest for Archived {
    fn handle(_call: Call, how: Change, message: Message) -> Result<Verdict, Fault> {
        log::write(log::Level::Info, &message.text);
        let how = match how {
            Change::Created => "created",
            Change::Edited => "edited",
            Change::Deleted => "deleted",
        };
        let sum = state::add("sum", 1, Some(60)).map_err(|_| Fault {
            message: "no state".to_owned(),
        })?;
        let recent = context::recent(2).len();
        let channel = context::channel().map_or("none".to_owned(), |channel| channel.kind);
        let config = config::get("word").unwrap_or("none".to_owned());
        let who = message.sender.external_id;
        Ok(Verdict::Amend(Amendment {
            text: None,
            flagged: vec![],
            metadata: vec![Entry {
                key: "note".to_owned(),
                value: format!(
                    "{how} {} {who} sum={sum} recent={recent} channel={channel} config={config}",
                    message.text
                ),
            }],
        }))
    }
}

impl after_message::Guest for Archived {
    fn handle(_call: Call, _how: Change, _message: Message) -> Result<Option<Amendment>, Fault> {
        Ok(None)
    }
}

impl before_reaction::Guest for Archived {
    fn handle(_call: Call, _reaction: Reaction) -> Result<ReactionVerdict, Fault> {
        Ok(ReactionVerdict::Allow)
    }
}

impl after_reaction::Guest for Archived {
    fn handle(_call: Call, _how: Change, _reaction: Reaction) -> Result<(), Fault> {
        Ok(())
    }
}

impl lifecycle::Guest for Archived {
    fn check_config(_config: Vec<Entry>) -> Result<(), Vec<lifecycle::Problem>> {
        Ok(())
    }
}

export!(Archived);
