//! Apps and tokens, described.

use super::operation::Operation;
use crate::{
    chat::apps::App,
    rest::{apps, tokens},
};
use http::Method;
use serde_json::json;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/api/apps", "createApp", "Create an app")
            .about(
                "The answer holds the app's secret, this once: it belongs on the tenant's backend. In dev mode, without \
                 an admin key, direct callers on the server's own machine may call this too.",
            )
            .takes::<apps::Wanted>(json!({ "name": "Acme" }))
            .answers::<apps::Created>(201, "The app, with its secret."),
        Operation::new(Method::GET, "/api/apps", "listApps", "List the apps")
            .answers::<Vec<App>>(200, "All apps, oldest first, without their secrets."),
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
            .refuses(401, "`unauthenticated`: key and secret are not a pair."),
    ]
}
