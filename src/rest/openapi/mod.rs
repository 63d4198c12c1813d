//! The REST door described in OpenAPI 3.1, from the code itself: the shapes are those of the types that
//! are read and written, who may call is what [`ROUTES`] says.
//!
//! Each noun has a file with its operations. An operation says what is its own; what follows from who
//! may call, from ids in the path or from a body is added in `operation`, once for all. Each route has
//! exactly one operation, or the document cannot be made.

mod apps;
mod channels;
mod messages;
mod operation;
mod plugins;
mod server;
mod users;

use crate::rest::routes::ROUTES;
use bytes::Bytes;
use operation::Operation;
use schemars::{
    Schema, SchemaGenerator,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The document, as it is served.
pub fn document() -> Bytes {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| described().to_string().into());
    DOCUMENT.clone()
}

/// A noun: its name, what it is, its operations.
type Noun = (&'static str, &'static str, Vec<Operation>);

fn nouns() -> Vec<Noun> {
    vec![
        (
            "Apps",
            "Tenants: made and changed by an operator.",
            apps::operations(),
        ),
        (
            "Users",
            "An app's people, their tokens, and the app's own secrets: for its backend.",
            users::operations(),
        ),
        ("Channels", "Where members talk.", channels::operations()),
        (
            "Messages",
            "What is said in a channel: durable once it is answered, in one order, and heard live by all members.",
            messages::operations(),
        ),
        (
            "Plugins",
            "WebAssembly that judges or enriches messages and reactions before they are stored.",
            plugins::operations(),
        ),
        (
            "Held messages",
            "Messages that a plugin keeps aside until the tenant's backend decides.",
            messages::of_held(),
        ),
        (
            "Server",
            "The node itself, and what it says of itself.",
            server::operations(),
        ),
    ]
}

/// What makes the schemas: those of answers by name, those of bodies where they stand.
pub(super) struct Schemas {
    pub answers: SchemaGenerator,
    bodies: SchemaGenerator,
}

/// Defaults are said in words; some would be other ones at each look.
fn without_default(schema: &mut Schema) {
    schema.remove("default");
}

impl Schemas {
    /// The shape of a body, where it stands. What has no name the generator leaves as it is.
    pub fn body(&mut self, shape: fn(&mut SchemaGenerator) -> Schema) -> Schema {
        let mut schema = shape(&mut self.bodies);
        RecursiveTransform(without_default).transform(&mut schema);
        schema
    }
}

impl Default for Schemas {
    fn default() -> Self {
        let plain = RecursiveTransform(without_default);
        let settings = SchemaSettings::draft2020_12().with_transform(plain);
        let answers = settings.clone().for_serialize().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
        });
        let bodies = settings.for_deserialize().with(|settings| {
            settings.inline_subschemas = true;
        });
        Self {
            answers: answers.into_generator(),
            bodies: bodies.into_generator(),
        }
    }
}

fn described() -> Value {
    let mut schemas = Schemas::default();
    let mut paths: Map<String, Value> = Map::new();
    let mut tags = vec![];
    for (noun, words, operations) in nouns() {
        tags.push(json!({ "name": noun, "description": words }));
        for operation in operations {
            let route = ROUTES.iter().find(|route| operation.is_of(route));
            let route = route.expect("an operation is one of a route");
            let method = route.method.as_str().to_ascii_lowercase();
            let described = operation.described(noun, route, &mut schemas);
            let path = paths.entry(route.path).or_insert_with(|| json!({}));
            assert!(
                path.get(&method).is_none(),
                "{method} {}: twice",
                route.path
            );
            path[method] = described;
        }
    }
    let count = |path: &Value| path.as_object().map_or(0, Map::len);
    let operations: usize = paths.values().map(count).sum();
    assert_eq!(operations, ROUTES.len(), "a route has no operation");
    let refusals = operation::refusals(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Heyyo",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This server" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.answers.take_definitions(true),
            "responses": refusals,
            "securitySchemes": security_schemes(),
        },
    })
}

const INTRODUCTION: &str = "\
A chat API that a company hosts and many tenants build on. JSON in, JSON out.

Three kinds of callers: an **operator** with an admin key, a **tenant's backend** with its app's key and \
secret, and a **user** with a token that the backend asked for.

Every refusal is `{error, code}`: a sentence for a person and a word for machines. Every answer has an \
`X-Request-Id`; 500 is a fault of the server's, and its log knows it by that id. Unknown keys in a body are \
ignored; names and shapes here may only gain fields. Times are ISO 8601 in UTC, to the millisecond.

What happens live is described in [asyncapi.json](asyncapi.json).";

fn security_schemes() -> Value {
    let header = |name, words| json!({ "type": "apiKey", "in": "header", "name": name, "description": words });
    let bearer = |words| json!({ "type": "http", "scheme": "bearer", "description": words });
    json!({
        "user": bearer("A user's token, from `POST /api/auth/token`."),
        "admin": bearer("The operator's admin key."),
        "adminKey": header("X-Admin-Key", "The same, in a header of its own."),
        "apiKey": header("X-API-Key", "The app's public key."),
        "actingUser": header(
            "X-Acting-User",
            "With key and secret: the user in whose name the backend calls, by their id or the tenant's own, percent-encoded.",
        ),
        "apiSecret": header("X-API-Secret", "The app's secret, for its backend alone."),
    })
}
