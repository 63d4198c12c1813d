//! Apps and the audit, described.

use super::operation::Operation;
use crate::{
    chat::{
        apps::{App, Detailed, Patch},
        audit::Entry,
    },
    rest::{apps, reply::Message, secrets},
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
        Operation::new(Method::GET, "/api/apps/{app}", "showApp", "Show an app and what is set for it")
            .answers::<Detailed>(200, "The app."),
        Operation::new(Method::PATCH, "/api/apps/{app}", "changeApp", "Change what is set for an app")
            .about("What is absent stays as it is; a limit that is `null` is the server's again. It acts at once, on every node.")
            .takes::<Patch>(json!({ "suspended": true }))
            .answers::<Detailed>(200, "The app."),
        Operation::new(Method::DELETE, "/api/apps/{app}", "deleteApp", "Delete an app")
            .about("With all that is in it, for good.")
            .answers::<Message>(200, "It is gone."),
        Operation::new(Method::POST, "/api/apps/{app}/revoke", "revokeApp", "Refuse all tokens of an app")
            .about("Those that its users hold now; its live sockets end.")
            .answers::<Message>(200, "They are refused."),
        Operation::new(Method::POST, "/api/apps/{app}/secrets", "createSecretOf", "Make a new secret for an app")
            .may_take::<secrets::Wanted>(json!({ "overlap_seconds": 3600 }))
            .answers::<secrets::Created>(201, "The secret, this once.")
            .refuses(409, TWO_SECRETS),
        Operation::new(Method::DELETE, "/api/apps/{app}/secrets/{secret}", "deleteSecretOf", "Delete an app's secret")
            .answers::<Message>(200, "Who shows it is refused.")
            .refuses(409, LAST_SECRET),
        Operation::new(Method::GET, "/api/audit", "readAudit", "Read the audit")
            .about("Who changed what about apps and their users' access. Kept for as long as the operator says, 90 days by default.")
            .query("limit", json!({ "type": "integer", "minimum": 1 }), "How many at most: 50 when absent, and never more than 100.")
            .query("before", json!({ "type": "string", "format": "uuid" }), "Only what stands before this entry.")
            .answers::<Vec<Entry>>(200, "A page, newest first."),
    ]
}

/// Of a new secret.
pub(super) const TWO_SECRETS: &str = "`conflict`: the app has two secrets already.";
/// Of one that is to go.
pub(super) const LAST_SECRET: &str = "`conflict`: it is the app's last secret that does not end.";
