//! Plugins, described.

use super::operation::Operation;
use crate::{
    chat::plugins::{Code, Patch, Shadow, Shown, Trial, Tried, Wanted},
    rest::{plugins, reply::Message},
};
use http::Method;
use serde_json::json;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/api/plugins", "createPlugin", "Upload a plugin")
            .about(
                "A form with two parts: `wasm`, the file, and `settings`, JSON. It is compiled before it is answered, \
                 which takes seconds, and is live then.",
            )
            .uploads::<Wanted>(true)
            .answers::<Shown>(201, "The plugin.")
            .refuses(409, "`conflict`: the app has a plugin of this name, or too many, or another upload under way."),
        Operation::new(Method::GET, "/api/plugins", "listPlugins", "List the plugins")
            .answers::<Vec<Shown>>(200, "In the order they are asked."),
        Operation::new(Method::GET, "/api/plugins/{plugin}", "showPlugin", "Show a plugin")
            .answers::<Shown>(200, "The plugin, and how it fared on this node."),
        Operation::new(Method::PATCH, "/api/plugins/{plugin}", "changePlugin", "Change a plugin's settings")
            .about("What is absent stays as it is. Live at once.")
            .takes::<Patch>(json!({ "enabled": false }))
            .answers::<Shown>(200, "The plugin."),
        Operation::new(Method::DELETE, "/api/plugins/{plugin}", "deletePlugin", "Delete a plugin")
            .answers::<Message>(200, "It is gone, with all that it remembered."),
        Operation::new(
            Method::POST,
            "/api/plugins/{plugin}/versions",
            "addPluginVersion",
            "Upload a new version",
        )
        .about("Live at once; with `settings` `{\"mode\":\"shadow\"}` it runs beside the live one and is only compared.")
        .uploads::<Code>(false)
        .answers::<Shown>(201, "The plugin.")
        .refuses(409, "`conflict`: the app has another upload under way."),
        Operation::new(
            Method::POST,
            "/api/plugins/{plugin}/promote",
            "promoteShadow",
            "Make the shadow live",
        )
        .answers::<Shown>(200, "The plugin.")
        .refuses(409, "`conflict`: there is no shadow."),
        Operation::new(
            Method::POST,
            "/api/plugins/{plugin}/rollback",
            "rollBackPlugin",
            "Go back to an earlier version",
        )
        .may_take::<plugins::Back>(json!({ "version": 1 }))
        .answers::<Shown>(200, "The plugin.")
        .refuses(409, "`conflict`: there is no version before."),
        Operation::new(
            Method::POST,
            "/api/plugins/{plugin}/test",
            "tryPlugin",
            "Try a plugin out",
        )
        .about("Runs it on an event that did not happen. Nothing of it is kept.")
        .takes::<Trial>(json!({ "event": { "hook": "before-message", "message": { "text": "Hello" } } }))
        .answers::<Tried>(200, "What it decided, or how it failed."),
        Operation::new(
            Method::GET,
            "/api/plugins/{plugin}/logs",
            "readPluginLog",
            "Read a plugin's log",
        )
        .answers::<plugins::Lines>(200, "What it logged of late on this node, and how it failed."),
        Operation::new(
            Method::GET,
            "/api/plugins/{plugin}/shadow",
            "compareShadow",
            "Compare the shadow with the live version",
        )
        .answers::<Shadow>(200, "On how many events the two agreed, and the newest on which they did not."),
    ]
}
