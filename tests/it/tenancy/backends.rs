//! One row for each call of a tenant's backend: how it names things that may be another tenant's.
//!
//! The rows are compared with the server's own table, as those of users in `rows.rs` are.

use crate::support::{
    Heyyo, Reply, Tenant,
    routes::{self, Access, Route},
    shape::{items, text, texts},
    uploads::bundled,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The word that `word-filter` holds here.
pub const HELD: &str = "zyzzyva";

/// The things of one tenant that a call of a backend may name.
#[derive(Clone, Debug)]
pub struct Things {
    /// A plugin with a live version and a shadow.
    pub plugin: String,
    /// Its name.
    pub plugin_name: String,
    /// Two messages that wait for a decision.
    pub held: [String; 2],
}

/// How a call names a thing.
#[derive(Clone, Copy)]
pub enum Attempt {
    Plugin,
    PluginByName,
    Held(usize),
}

impl Attempt {
    /// Calls, with all that the call needs.
    pub async fn call(self, tenant: &Tenant, route: &Route, things: &Things) -> Reply {
        let path = route.path_with(&[match self {
            Self::Plugin => &things.plugin,
            Self::PluginByName => &things.plugin_name,
            Self::Held(place) => &things.held[place],
        }]);
        if route.path.ends_with("/versions") {
            let shadow = json!({ "mode": "shadow" });
            let wasm = bundled("word-filter");
            return tenant.upload_to(&path, Some(&shadow), Some(&wasm)).await;
        }
        let call = tenant.call(&route.method, &path);
        if route.path.ends_with("/test") {
            let event = json!({ "hook": "before-message", "message": { "text": "a" } });
            return call.json(&json!({ "event": event })).await;
        }
        match route.method.as_str() {
            "PATCH" => call.json(&json!({ "order": 7 })).await,
            _ => call.await,
        }
    }
}

/// Those that name nothing have an empty list. What ends something comes last.
pub fn calls() -> Vec<(Route, Vec<Attempt>)> {
    const PLUGIN: [Attempt; 2] = [Attempt::PluginByName, Attempt::Plugin];
    let rows: Vec<(&str, Vec<Attempt>)> = vec![
        ("POST /api/plugins", vec![]),
        ("GET /api/plugins", vec![]),
        ("GET /api/plugins/{plugin}", PLUGIN.into()),
        ("PATCH /api/plugins/{plugin}", PLUGIN.into()),
        ("POST /api/plugins/{plugin}/test", PLUGIN.into()),
        ("GET /api/plugins/{plugin}/logs", PLUGIN.into()),
        ("GET /api/plugins/{plugin}/shadow", PLUGIN.into()),
        ("POST /api/plugins/{plugin}/versions", PLUGIN.into()),
        ("POST /api/plugins/{plugin}/promote", PLUGIN.into()),
        ("POST /api/plugins/{plugin}/rollback", PLUGIN.into()),
        ("GET /api/held", vec![]),
        ("POST /api/held/{message}/release", vec![Attempt::Held(0)]),
        ("DELETE /api/held/{message}", vec![Attempt::Held(1)]),
        ("DELETE /api/plugins/{plugin}", PLUGIN.into()),
    ];
    let served = routes::all();
    let served = served.iter().filter(|route| is_a_backends(route));
    let names: BTreeSet<_> = served.clone().map(Route::name).collect();
    let written: BTreeSet<_> = rows.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, written, "give each call of a backend a row");
    let attempts = rows.into_iter().map(|(name, attempts)| {
        let mut served = served.clone();
        let route = served.find(|route| route.name() == name);
        (route.expect("compared above").clone(), attempts)
    });
    attempts.collect()
}

/// Whether a route is one of those with a key and a secret.
pub fn is_a_backends(route: &Route) -> bool {
    matches!(route.access, Access::Tenant | Access::Uploader)
}

/// A plugin that holds a word, with a shadow, and two messages that it held. `mark` stands in all.
pub async fn furnish(tenant: &Tenant, name: &str, mark: &str) -> Things {
    let user = tenant.user(&format!("author for {name}")).await;
    let channel = user.create_channel(mark).await;
    let config = json!({ "words": [HELD], "allow": [mark], "action": "hold" });
    let settings = json!({ "name": name, "config": config });
    let wasm = bundled("word-filter");
    let made = tenant
        .upload_to("/api/plugins", Some(&settings), Some(&wasm))
        .await
        .expect(201);
    let shadow = json!({ "mode": "shadow" });
    let versions = format!("/api/plugins/{name}/versions");
    let second = tenant.upload_to(&versions, None, Some(&wasm));
    second.await.expect(201);
    let added = tenant.upload_to(&versions, Some(&shadow), Some(&wasm));
    added.await.expect(201);
    let mut held = [String::new(), String::new()];
    for held in &mut held {
        let body = json!({ "text": format!("{mark} {HELD}"), "metadata": { "a": mark } });
        let told = channel.post_message(&user, body).await.expect(202);
        *held = text(&told, "id").to_owned();
    }
    Things {
        plugin: text(&made, "id").to_owned(),
        plugin_name: name.to_owned(),
        held,
    }
}

/// All that a backend sees.
async fn visible(tenant: &Tenant) -> Value {
    let plugins = tenant.call("GET", "/api/plugins").await.expect(200);
    let held = tenant.call("GET", "/api/held").await.expect(200);
    json!([plugins, held])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_of_a_backend_tells_another_tenants_thing_from_nothing() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let mut number = 0;
    for (route, attempts) in calls() {
        let names_things = route.ids() > 0;
        assert_eq!(names_things, !attempts.is_empty(), "{}", route.name());
        for attempt in attempts {
            number += 1;
            let things = furnish(&acme, &format!("plugin-{number}"), "hers").await;
            let nothing = Things {
                plugin: Uuid::now_v7().to_string(),
                plugin_name: "plugin-nowhere".to_owned(),
                held: [Uuid::now_v7().to_string(), Uuid::now_v7().to_string()],
            };
            let before = visible(&acme).await;
            let told = attempt.call(&globex, &route, &things).await;
            let of_nothing = attempt.call(&globex, &route, &nothing).await;
            let name = route.name();
            assert_eq!(told.visible(), of_nothing.visible(), "{name} tells");
            assert_eq!(told.status, 404, "{name}: {}", told.text());
            assert_eq!(visible(&acme).await, before, "{name} changed something");
            let by_owner = attempt.call(&acme, &route, &things).await;
            assert!(
                by_owner.status < 300,
                "{name} fails for its owner too: {}",
                by_owner.text()
            );
            let path = format!("/api/plugins/{}", things.plugin);
            let gone = acme.call("DELETE", &path).await;
            assert!([200, 404].contains(&gone.status), "{}", gone.text());
        }
    }
    assert_eq!(visible(&globex).await, json!([[], []]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plugins_of_one_name_are_each_tenants_own() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let hers = furnish(&acme, "policy", "hers").await;
    let theirs = furnish(&globex, "policy", "theirs").await;
    assert_ne!(hers.plugin, theirs.plugin);
    for (tenant, things) in [(&acme, &hers), (&globex, &theirs)] {
        let plugins = tenant.call("GET", "/api/plugins").await.expect(200);
        assert_eq!(texts(&plugins, "id"), [things.plugin.as_str()]);
        let held = tenant.call("GET", "/api/held").await.expect(200);
        assert_eq!(
            texts(&held, "id"),
            things.held.each_ref().map(String::as_str)
        );
    }
    let delete = acme.call("DELETE", "/api/plugins/policy");
    delete.await.expect(200);
    let left = globex.call("GET", "/api/plugins").await.expect(200);
    assert_eq!(items(&left).len(), 1);
}
