//! Users, their tokens and an app's own secrets, described.

use super::{
    apps::{LAST_SECRET, TWO_SECRETS},
    operation::Operation,
};
use crate::{
    chat::apps::secrets::Secret,
    rest::{reply::Message, secrets, tokens, users},
};
use http::Method;
use serde_json::json;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/api/auth/token", "createToken", "Get a user's token")
            .about(
                "For the tenant's backend, which proves itself in the body. Makes the user, or changes what is said of \
                 them; a field that is absent stays as it was.",
            )
            .takes::<tokens::Wanted>(json!({
                "api_key": "cb_…",
                "api_secret": "cbs_…",
                "user_id": "jane",
                "display_name": "Jane",
            }))
            .answers::<tokens::Created>(200, "The token.")
            .refuses(401, "`unauthenticated`: key and secret are not a pair.")
        .refuses(403, "`forbidden`: the app is suspended, or the user is deactivated."),
        Operation::new(Method::POST, "/api/tokens/revoke", "revokeToken", "Refuse one token")
            .about("Named by itself or by its `jti`. The live sockets that hold it end.")
            .takes::<tokens::Revoked>(json!({ "jti": "0190f7a4-0000-7000-8000-00000000000a" }))
            .answers::<Message>(200, "It is refused."),
        Operation::new(Method::GET, "/api/users", "listUsers", "List the app's users")
            .query("limit", json!({ "type": "integer", "minimum": 1 }), "How many at most: 50 when absent, and never more than 100.")
            .query("after", json!({ "type": "string", "format": "uuid" }), "Only what stands after this user.")
            .answers::<Vec<users::Shown>>(200, "A page, oldest first."),
        Operation::new(Method::GET, "/api/users/{user}", "showUser", "Show a user")
            .answers::<users::Shown>(200, "The user."),
        Operation::new(Method::PUT, "/api/users/{user}", "putUser", "Make a user, or change their profile")
            .about("The `user` in the path is the tenant's own id here.")
            .takes::<users::Profile>(json!({ "display_name": "Jane" }))
            .answers::<users::Shown>(200, "The user."),
        Operation::new(Method::DELETE, "/api/users/{user}", "deleteUser", "Delete a user")
            .about("For good: their profile, memberships and reactions go, and what they wrote stays, by nobody. Their id is free: whoever is named so next is somebody else.")
            .answers::<Message>(200, "They are gone."),
        Operation::new(Method::POST, "/api/users/{user}/deactivate", "deactivateUser", "Let a user in no more")
            .about("Their tokens are refused and their sockets end. What they wrote stays.")
            .answers::<Message>(200, "They are let in no more."),
        Operation::new(Method::POST, "/api/users/{user}/reactivate", "reactivateUser", "Let a user in again")
            .answers::<Message>(200, "They may ask for a token again."),
        Operation::new(Method::POST, "/api/users/{user}/revoke", "revokeUser", "Refuse all tokens of a user")
            .about("Those that they hold now; their live sockets end.")
            .answers::<Message>(200, "They are refused."),
        Operation::new(Method::GET, "/api/secrets", "listSecrets", "List the app's secrets")
            .answers::<Vec<Secret>>(200, "Those that are good, oldest first, without the secrets themselves."),
        Operation::new(Method::POST, "/api/secrets", "createSecret", "Make a new secret")
            .about("Two may be good at a time, so that backends change over one by one. The old one goes on until it is deleted, or for `overlap_seconds` more.")
            .may_take::<secrets::Wanted>(json!({ "overlap_seconds": 3600 }))
            .answers::<secrets::Created>(201, "The secret, this once.")
            .refuses(409, TWO_SECRETS),
        Operation::new(Method::DELETE, "/api/secrets/{secret}", "deleteSecret", "Delete a secret")
            .answers::<Message>(200, "Who shows it is refused.")
            .refuses(409, LAST_SECRET),
    ]
}
