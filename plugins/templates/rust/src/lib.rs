//! Refuses messages that have the tenant's banned word in them.

wit_bindgen::generate!({ path: "wit/0.1", world: "message-filter" });

use exports::heyyo::hooks::before_message::{Call, Change, Fault, Guest, Message, Verdict};
use heyyo::hooks::{config, types::Rejection};

struct Plugin;

impl Guest for Plugin {
    fn handle(_call: Call, _how: Change, message: Message) -> Result<Verdict, Fault> {
        match config::get("banned") {
            Some(word) if message.text.contains(&word) => Ok(Verdict::Reject(Rejection {
                code: "banned-word".into(),
                reason: format!("{word} may not be said here"),
            })),
            _ => Ok(Verdict::Allow),
        }
    }
}

export!(Plugin);
