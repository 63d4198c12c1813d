//! Messages, reactions and held messages, described.

use super::{channels::FORBIDDEN, operation::Operation};
use crate::{
    chat::{drafts::Draft, held::Held, history::Listed, messages::Message},
    error::Refusal,
    rest::{messages, reply},
};
use http::Method;
use serde_json::{Value, json};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/api/channels/{channel}/messages",
            "listMessages",
            "Read a channel's messages",
        )
        .about("Without parameters: the newest. Paging by `before` alone visits every message exactly once, whatever is written meanwhile.")
        .query("limit", whole(1), "How many at most: 50 when absent, and never more than 100.")
        .query(
            "before",
            json!({ "type": "string", "format": "date-time" }),
            "Only what was created before then: the `created_at` of the oldest message that is known.",
        )
        .query("before_seq", whole(0), "Only what stands before this place.")
        .query("after_seq", whole(0), "Only what stands after this place; the page then begins right there.")
        .answers::<Vec<Listed>>(200, "A page, oldest first.")
        .refuses(403, FORBIDDEN),
        Operation::new(
            Method::POST,
            "/api/channels/{channel}/messages",
            "sendMessage",
            "Send a message",
        )
        .about(
            "Answered once it is on disk. The app's plugins are asked first, and may change it. With a `client_id` \
             a send can be tried again: it is stored once.",
        )
        .header(
            "Idempotency-Key",
            json!({ "type": "string" }),
            "The same as `client_id`, which wins if both are there: 1 to 128 characters, plain ASCII.",
        )
        .takes::<Draft>(json!({ "text": "Hello", "client_id": "a-name-of-mine" }))
        .answers::<Message>(201, "The message.")
        .answers::<Message>(200, "It was there already, under this `client_id`.")
        .answers::<Refusal>(202, "`held`: a plugin keeps it aside until the tenant's backend decides.")
        .refuses(403, FORBIDDEN)
        .refuses(404, "`not_found`: the message that it answers is not in this channel.")
        .refuses(409, "`conflict`: another message was sent under this `client_id`.")
        .refuses(422, REJECTED),
        Operation::new(
            Method::DELETE,
            "/api/channels/{channel}/messages/{message}",
            "deleteMessage",
            "Delete a message",
        )
        .about("For its sender, and for the tenant's backend. Its text is gone then, and its place in the order stays empty.")
        .answers::<reply::Message>(200, "It is deleted.")
        .refuses(404, "`not_found`: not there, or another user's."),
        Operation::new(
            Method::POST,
            "/api/channels/{channel}/messages/{message}/reactions",
            "addReaction",
            "React to a message",
        )
        .about("The same again changes nothing.")
        .takes::<messages::Wanted>(json!({ "type": ":heart:" }))
        .answers::<reply::Message>(200, "The reaction is there.")
        .refuses(
            403,
            "`forbidden`: the token allows nothing, or the caller is not in the channel. `disabled`: the operator has switched reactions off.",
        )
        .refuses(409, "`conflict`: the caller has left 20 kinds of reaction on this message, or all users together 50 kinds or as many as it takes.")
        .refuses(422, REJECTED),
    ]
}

/// Those of held messages.
pub(super) fn of_held() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/api/held",
            "listHeldMessages",
            "List held messages",
        )
        .answers::<Vec<Held>>(200, "Those that wait, oldest first, 100 at most."),
        Operation::new(
            Method::POST,
            "/api/held/{message}/release",
            "releaseHeldMessage",
            "Send a held message after all",
        )
        .about("Its sender must still be a member. Plugins are not asked again.")
        .answers::<Message>(201, "The message, now in its channel.")
        .refuses(
            403,
            "`forbidden`: its sender is not in the channel any more.",
        )
        .refuses(
            409,
            "`conflict`: another message was sent under its `client_id`.",
        ),
        Operation::new(
            Method::DELETE,
            "/api/held/{message}",
            "dropHeldMessage",
            "Drop a held message",
        )
        .answers::<reply::Message>(200, "It is gone."),
    ]
}

const REJECTED: &str = "`rejected`: a plugin refuses it, in its own words, or could not decide and its tenant wants that refused.";

fn whole(least: u8) -> Value {
    json!({ "type": "integer", "minimum": least })
}
