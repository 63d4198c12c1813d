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
    /// A user who is in a channel and wrote a message there.
    pub user: String,
    /// The same, as the tenant calls them.
    pub external_id: String,
    /// The channel.
    pub channel: String,
    /// The message.
    pub message: String,
    /// A secret that is one of two.
    pub secret: String,
}

/// How a call names a thing.
#[derive(Clone, Copy)]
pub enum Attempt {
    Plugin,
    PluginByName,
    Held(usize),
    User,
    UserByName,
    Secret,
    Channel,
    /// The user, in the channel.
    Member,
    MemberByName,
    Message,
}

impl Attempt {
    /// Calls, with all that the call needs.
    pub async fn call(self, tenant: &Tenant, route: &Route, things: &Things) -> Reply {
        let ids: Vec<&str> = match self {
            Self::Plugin => vec![things.plugin.as_str()],
            Self::PluginByName => vec![&things.plugin_name],
            Self::Held(place) => vec![&things.held[place]],
            Self::User => vec![&things.user],
            Self::UserByName => vec![&things.external_id],
            Self::Secret => vec![&things.secret],
            Self::Channel => vec![&things.channel],
            Self::Member => vec![&things.channel, &things.user],
            Self::MemberByName => vec![&things.channel, &things.external_id],
            Self::Message => vec![&things.channel, &things.message],
        };
        let path = route.path_with(&ids);
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
            "POST" if route.path.ends_with("/members") => {
                call.json(&json!({ "user_id": things.user })).await
            }
            _ => call.await,
        }
    }
}

/// Those that name nothing have an empty list. What ends something comes last.
pub fn calls() -> Vec<(Route, Vec<Attempt>)> {
    const PLUGIN: [Attempt; 2] = [Attempt::PluginByName, Attempt::Plugin];
    const USER: [Attempt; 2] = [Attempt::UserByName, Attempt::User];
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
        // Names a token by its id, which is refused among the tenant's own only: `access/revocation.rs`.
        ("POST /api/tokens/revoke", vec![]),
        ("GET /api/secrets", vec![]),
        ("POST /api/secrets", vec![]),
        ("DELETE /api/secrets/{secret}", vec![Attempt::Secret]),
        ("GET /api/users", vec![]),
        // Whatever it names is the tenant's own: a name that another has too is nobody else's.
        ("PUT /api/users/{user}", vec![]),
        ("GET /api/users/{user}", USER.into()),
        ("POST /api/users/{user}/revoke", USER.into()),
        ("POST /api/users/{user}/deactivate", USER.into()),
        ("POST /api/users/{user}/reactivate", USER.into()),
        ("GET /api/channels/{channel}", vec![Attempt::Channel]),
        (
            "GET /api/channels/{channel}/messages",
            vec![Attempt::Channel],
        ),
        (
            "GET /api/channels/{channel}/members",
            vec![Attempt::Channel],
        ),
        (
            "POST /api/channels/{channel}/members",
            vec![Attempt::Channel],
        ),
        (
            "DELETE /api/channels/{channel}/messages/{message}",
            vec![Attempt::Message],
        ),
        ("GET /api/held", vec![]),
        ("POST /api/held/{message}/release", vec![Attempt::Held(0)]),
        ("DELETE /api/held/{message}", vec![Attempt::Held(1)]),
        ("DELETE /api/plugins/{plugin}", PLUGIN.into()),
        (
            "DELETE /api/channels/{channel}/members/{user}",
            vec![Attempt::MemberByName, Attempt::Member],
        ),
        ("DELETE /api/users/{user}", USER.into()),
    ];
    let served = routes::all();
    let served = served
        .iter()
        .filter(|route| is_a_backends(route) || route.access == Access::UserOrTenant);
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

/// Whether a route is one of those with a key and a secret only.
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
    let body = json!({ "text": mark });
    let message = channel.post_message(&user, body).await.expect(201);
    let revoked = json!({ "jti": Uuid::now_v7() });
    let revoked = tenant.call("POST", "/api/tokens/revoke").json(&revoked);
    revoked.await.expect(200);
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
        user: user.id,
        external_id: user.external_id.replace(' ', "%20"),
        channel: channel.id,
        message: text(&message, "id").to_owned(),
        secret: secret_of(tenant).await,
    }
}

/// A tenant's secret that is not the one it holds: a second one, made if it is not there.
pub async fn secret_of(tenant: &Tenant) -> String {
    let made = tenant.call("POST", "/api/secrets").await;
    if made.status == 201 {
        return text(&made.json(), "id").to_owned();
    }
    let secrets = tenant.call("GET", "/api/secrets").await.expect(200);
    text(&secrets[1], "id").to_owned()
}

/// All that a backend sees.
async fn visible(tenant: &Tenant) -> Value {
    let plugins = tenant.call("GET", "/api/plugins").await.expect(200);
    let held = tenant.call("GET", "/api/held").await.expect(200);
    let secrets = tenant.call("GET", "/api/secrets").await.expect(200);
    let users = tenant.call("GET", "/api/users?limit=100").await.expect(200);
    json!([plugins, held, secrets, users])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_of_a_backend_tells_another_tenants_thing_from_nothing() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let mut number = 0;
    for (route, attempts) in calls() {
        let names_things = route.ids() > 0 && route.method != "PUT";
        assert_eq!(names_things, !attempts.is_empty(), "{}", route.name());
        for attempt in attempts {
            number += 1;
            let things = furnish(&acme, &format!("plugin-{number}"), "hers").await;
            let nothing = Things {
                plugin: Uuid::now_v7().to_string(),
                plugin_name: "plugin-nowhere".to_owned(),
                held: [Uuid::now_v7().to_string(), Uuid::now_v7().to_string()],
                user: Uuid::now_v7().to_string(),
                external_id: "nobody".to_owned(),
                channel: Uuid::now_v7().to_string(),
                message: Uuid::now_v7().to_string(),
                secret: Uuid::now_v7().to_string(),
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
    let theirs = visible(&globex).await;
    let [plugins, held, secrets, users] = items(&theirs) else {
        panic!("four lists");
    };
    assert_eq!([plugins, held, users], [&json!([]); 3]);
    assert_eq!(items(secrets).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_acts_for_its_own_users_only() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    let message = channel.send("hello").await;
    let mut tried = 0;
    for route in routes::all() {
        if !matches!(route.access, Access::User | Access::UserOrTenant) {
            continue;
        }
        tried += 1;
        let path = route.path_with(&[&channel.id, text(&message, "id")]);
        let call = |tenant: &Tenant, user: &str| tenant.call_as(user, &route.method, &path);
        let of_nobody = call(&globex, "nobody").await;
        of_nobody.expect_words(404, "not_found", "User not found");
        for word in ["alice", alice.id.as_str()] {
            let told = call(&globex, word).await;
            assert_eq!(told.visible(), of_nobody.visible(), "{}", route.name());
        }
        // It is the tenant that makes the difference.
        let by_owner = call(&acme, "alice").await;
        assert_ne!(by_owner.visible(), of_nobody.visible(), "{}", route.name());
    }
    assert!(tried >= 12, "only {tried}");
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
