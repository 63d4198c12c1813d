//! One row for each call and each event: how it names things that may be another tenant's.
//!
//! The rows are compared with the server's own tables, so a route or an event without a row fails.
//! A row that names nothing says so with an empty list.

use super::backends::is_a_backends;
use crate::support::{
    Call, User,
    routes::{self, Access, Route},
};
use heyyo::socket::routes::EVENTS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The things of one tenant that a call may name.
#[derive(Clone, Debug)]
pub struct Names {
    /// A channel that the caller owns.
    pub channel: String,
    /// A message that the caller sent there.
    pub message: String,
    /// A user.
    pub user: String,
    /// A user, as the tenant calls them.
    pub external_id: String,
}

/// A way to name things: `own` are the caller's, `named` may be anyone's.
pub struct Attempt {
    /// The ids in the path, in order.
    path: fn(own: &Names, named: &Names) -> Vec<String>,
    /// The body, or null for none. For an event, the payload.
    body: fn(own: &Names, named: &Names) -> Value,
}

/// A call or an event, and all its attempts.
pub type Row = (&'static str, Vec<Attempt>);

fn in_body(body: fn(&Names, &Names) -> Value) -> Attempt {
    Attempt {
        path: |_, _| vec![],
        body,
    }
}

fn in_path(path: fn(&Names, &Names) -> Vec<String>) -> Attempt {
    Attempt {
        path,
        body: |_, _| Value::Null,
    }
}

fn named_channel(_: &Names, named: &Names) -> Vec<String> {
    vec![named.channel.clone()]
}

fn own_channel(own: &Names, _: &Names) -> Vec<String> {
    vec![own.channel.clone()]
}

/// The three ways to name a message in a path: wholly, through the caller's channel, and the
/// caller's message through the named channel.
const MESSAGE_PATHS: [fn(&Names, &Names) -> Vec<String>; 3] = [
    |_, named| vec![named.channel.clone(), named.message.clone()],
    |own, named| vec![own.channel.clone(), named.message.clone()],
    |own, named| vec![named.channel.clone(), own.message.clone()],
];

/// An external id in a path.
fn encoded(external_id: &str) -> String {
    external_id.replace('\'', "%27").replace(' ', "%20")
}

/// The rows of the REST door.
pub fn calls() -> Vec<(Route, Vec<Attempt>)> {
    let rows: Vec<Row> = vec![
        ("GET /health", vec![]),
        ("GET /ready", vec![]),
        ("GET /openapi.json", vec![]),
        ("GET /asyncapi.json", vec![]),
        ("GET /docs", vec![]),
        // Names an app by its key, which `auth.rs` tries with every wrong secret.
        ("POST /api/auth/token", vec![]),
        ("GET /api/channels", vec![]),
        ("GET /api/channels/discover", vec![]),
        (
            "POST /api/channels",
            vec![
                in_body(|_, named| json!({ "name": "a", "members": [named.user] })),
                in_body(|_, named| json!({ "name": "a", "members": [named.external_id] })),
                in_body(|own, named| json!({ "name": "a", "members": [own.user, named.user] })),
            ],
        ),
        ("GET /api/channels/{channel}", vec![in_path(named_channel)]),
        (
            "POST /api/channels/{channel}/join",
            vec![in_path(named_channel)],
        ),
        (
            "GET /api/channels/{channel}/members",
            vec![in_path(named_channel)],
        ),
        (
            "POST /api/channels/{channel}/members",
            vec![
                Attempt {
                    path: named_channel,
                    body: |own, _| json!({ "user_id": own.user }),
                },
                Attempt {
                    path: named_channel,
                    body: |_, named| json!({ "user_id": named.user }),
                },
                Attempt {
                    path: own_channel,
                    body: |_, named| json!({ "user_id": named.user }),
                },
                Attempt {
                    path: own_channel,
                    body: |_, named| json!({ "user_id": named.external_id }),
                },
            ],
        ),
        (
            "GET /api/channels/{channel}/messages",
            vec![in_path(named_channel)],
        ),
        (
            "POST /api/channels/{channel}/messages",
            vec![
                Attempt {
                    path: named_channel,
                    body: |_, _| json!({ "text": "a" }),
                },
                Attempt {
                    path: named_channel,
                    body: |own, _| json!({ "text": "a", "parent_id": own.message }),
                },
                Attempt {
                    path: own_channel,
                    body: |_, named| json!({ "text": "a", "parent_id": named.message }),
                },
            ],
        ),
        (
            "DELETE /api/channels/{channel}/messages/{message}",
            MESSAGE_PATHS.map(in_path).into(),
        ),
        (
            "POST /api/channels/{channel}/messages/{message}/reactions",
            MESSAGE_PATHS
                .map(|path| Attempt {
                    path,
                    body: |_, _| json!({ "type": ":heart:" }),
                })
                .into(),
        ),
        (
            "DELETE /api/channels/{channel}/members/{user}",
            vec![
                in_path(|own, named| vec![named.channel.clone(), own.user.clone()]),
                in_path(|own, named| vec![own.channel.clone(), named.user.clone()]),
                in_path(|own, named| vec![own.channel.clone(), encoded(&named.external_id)]),
                in_path(|_, named| vec![named.channel.clone(), named.user.clone()]),
            ],
        ),
        // The last one: who has left can do nothing more.
        (
            "POST /api/channels/{channel}/leave",
            vec![in_path(named_channel)],
        ),
    ];
    let mut routes = routes::all();
    // Those are in `backends.rs` and in `operators.rs`.
    routes.retain(|route| !is_a_backends(route) && route.access != Access::Admin);
    expect_one_row_each("route", routes.iter().map(Route::name).collect(), &rows);
    let attempts = rows.into_iter().map(|(name, attempts)| {
        let route = routes
            .iter()
            .find(|route| route.name() == name)
            .expect("compared above");
        (route.clone(), attempts)
    });
    attempts.collect()
}

/// The rows of the Socket.IO door.
pub fn events() -> Vec<Row> {
    let rows: Vec<Row> = vec![
        (
            "message.send",
            vec![
                in_body(|_, named| json!({ "channelId": named.channel, "text": "a" })),
                in_body(
                    |own, named| json!({ "channelId": named.channel, "text": "a", "parentId": own.message }),
                ),
                in_body(
                    |own, named| json!({ "channelId": own.channel, "text": "a", "parentId": named.message }),
                ),
            ],
        ),
        (
            "typing.start",
            vec![in_body(|_, named| json!({ "channelId": named.channel }))],
        ),
        (
            "typing.stop",
            vec![in_body(|_, named| json!({ "channelId": named.channel }))],
        ),
        (
            "channel.join",
            vec![in_body(|_, named| json!({ "channelId": named.channel }))],
        ),
        (
            "reaction.add",
            vec![in_body(
                |_, named| json!({ "messageId": named.message, "type": ":heart:" }),
            )],
        ),
    ];
    expect_one_row_each(
        "event",
        EVENTS.iter().map(ToString::to_string).collect(),
        &rows,
    );
    rows
}

fn expect_one_row_each(what: &str, served: BTreeSet<String>, rows: &[Row]) {
    let written: BTreeSet<String> = rows.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(written.len(), rows.len(), "an {what} has two rows");
    let missing: Vec<_> = served.difference(&written).collect();
    assert!(
        missing.is_empty(),
        "give each new {what} a row: {missing:?}"
    );
    let stale: Vec<_> = written.difference(&served).collect();
    assert!(stale.is_empty(), "these rows have no {what}: {stale:?}");
}

impl Attempt {
    /// The call, ready to be sent.
    pub fn call(&self, route: &Route, caller: &User, own: &Names, named: &Names) -> Call {
        let ids = (self.path)(own, named);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let call = caller.call(&route.method, &route.path_with(&ids));
        match self.payload(own, named) {
            Value::Null => call,
            body => call.json(&body),
        }
    }

    /// The body, or an event's payload.
    pub fn payload(&self, own: &Names, named: &Names) -> Value {
        (self.body)(own, named)
    }
}
