//! One operation: as its noun's file writes it down, and as OpenAPI wants it.
//!
//! What many operations share is added here: credentials and refusals from who may call, parameters and
//! 404 from the path, 400, 413 and 415 from a body.

use super::Schemas;
use crate::{
    error::Refusal,
    rest::routes::{Access, Route},
};
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

type Shape = fn(&mut SchemaGenerator) -> Schema;

/// An operation, in the words of its noun's file.
pub(super) struct Operation {
    method: Method,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    description: &'static str,
    parameters: Vec<Value>,
    body: Option<Body>,
    answers: Vec<(u16, &'static str, Content)>,
    refusals: Vec<(u16, &'static str)>,
}

enum Body {
    Json {
        shape: Shape,
        example: Value,
        is_required: bool,
    },
    /// A file, and its settings in JSON.
    Form { settings: Shape, is_required: bool },
}

enum Content {
    Json(Shape),
    Text(&'static str),
}

impl Operation {
    pub fn new(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            description: "",
            parameters: vec![],
            body: None,
            answers: vec![],
            refusals: vec![],
        }
    }

    /// More words, in Markdown.
    pub fn about(self, description: &'static str) -> Self {
        Self {
            description,
            ..self
        }
    }

    /// A parameter in the query string, which may be left out.
    pub fn query(self, name: &str, schema: Value, words: &str) -> Self {
        self.parameter("query", name, schema, words)
    }

    /// A header that may be left out.
    pub fn header(self, name: &str, schema: Value, words: &str) -> Self {
        self.parameter("header", name, schema, words)
    }

    fn parameter(mut self, place: &str, name: &str, schema: Value, words: &str) -> Self {
        let parameter =
            json!({ "name": name, "in": place, "schema": schema, "description": words });
        self.parameters.push(parameter);
        self
    }

    /// The body it needs.
    pub fn takes<T: JsonSchema>(self, example: Value) -> Self {
        self.with_body::<T>(example, true)
    }

    /// A body that may be left out.
    pub fn may_take<T: JsonSchema>(self, example: Value) -> Self {
        self.with_body::<T>(example, false)
    }

    fn with_body<T: JsonSchema>(mut self, example: Value, is_required: bool) -> Self {
        self.body = Some(Body::Json {
            shape: SchemaGenerator::subschema_for::<T>,
            example,
            is_required,
        });
        self
    }

    /// The file it needs, with settings.
    pub fn uploads<T: JsonSchema>(mut self, needs_settings: bool) -> Self {
        self.body = Some(Body::Form {
            settings: SchemaGenerator::subschema_for::<T>,
            is_required: needs_settings,
        });
        self
    }

    /// What it answers when all went well.
    pub fn answers<T: JsonSchema>(mut self, status: u16, words: &'static str) -> Self {
        let shape = SchemaGenerator::subschema_for::<T>;
        self.answers.push((status, words, Content::Json(shape)));
        self
    }

    /// The same, in another media type than JSON.
    pub fn answers_in(mut self, media: &'static str, words: &'static str) -> Self {
        self.answers.push((200, words, Content::Text(media)));
        self
    }

    /// A refusal of its own, or in its own words.
    pub fn refuses(mut self, status: u16, words: &'static str) -> Self {
        self.refusals.push((status, words));
        self
    }

    /// Whether it describes that route.
    pub fn is_of(&self, route: &Route) -> bool {
        self.method == route.method && self.path == route.path
    }

    /// The operation in OpenAPI's words.
    pub fn described(self, noun: &str, route: &Route, schemas: &mut Schemas) -> Value {
        let statuses = self.statuses(route.access);
        let mut responses = Map::new();
        for status in statuses {
            let reference = format!("#/components/responses/{status}");
            responses.insert(status.to_string(), json!({ "$ref": reference }));
        }
        for (status, words) in self.refusals {
            responses.insert(status.to_string(), refusal(words, schemas));
        }
        for (status, words, content) in self.answers {
            let content = match content {
                Content::Json(shape) => {
                    json!({ "application/json": { "schema": shape(&mut schemas.answers) } })
                }
                Content::Text(media) => json!({ media: { "schema": { "type": "string" } } }),
            };
            responses.insert(
                status.to_string(),
                json!({ "description": words, "content": content }),
            );
        }
        let mut parameters: Vec<_> = path_parameters(self.path).collect();
        parameters.extend(self.parameters);
        let mut described = json!({
            "operationId": self.id,
            "tags": [noun],
            "summary": self.summary,
            "security": security(route.access),
            "responses": responses,
        });
        if !self.description.is_empty() {
            described["description"] = self.description.into();
        }
        if !parameters.is_empty() {
            described["parameters"] = parameters.into();
        }
        if let Some(body) = self.body {
            described["requestBody"] = body.described(schemas);
        }
        described
    }

    /// The refusals that follow from who may call and what is given.
    fn statuses(&self, access: Access) -> Vec<u16> {
        let mut statuses = match access {
            Access::Anyone | Access::Probe => vec![],
            Access::Admin | Access::Tenant | Access::Uploader => vec![401, 403],
            // A backend may name a user, wrongly.
            Access::User | Access::UserOrTenant => vec![400, 401, 403, 404],
        };
        if !self.parameters.is_empty() || self.path.contains('{') {
            statuses.push(400);
        }
        if self.path.contains('{') {
            statuses.push(404);
        }
        if self.body.is_some() {
            statuses.extend([400, 413, 415]);
        }
        // Whoever looks whether the server is well is never sent away.
        if access != Access::Probe {
            statuses.extend([429, 503]);
        }
        statuses
    }
}

impl Body {
    fn described(self, schemas: &mut Schemas) -> Value {
        match self {
            Body::Json {
                shape,
                example,
                is_required,
            } => json!({
                "required": is_required,
                "content": { "application/json": { "schema": schemas.body(shape), "example": example } },
            }),
            Body::Form {
                settings,
                is_required,
            } => {
                let required = if is_required {
                    vec!["wasm", "settings"]
                } else {
                    vec!["wasm"]
                };
                let wasm = json!({
                    "type": "string",
                    "contentMediaType": "application/wasm",
                    "description": "The plugin: a WebAssembly component, or a program that reads stdin.",
                });
                json!({
                    "required": true,
                    "content": { "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": required,
                            "properties": { "wasm": wasm, "settings": schemas.body(settings) },
                        },
                        "encoding": { "settings": { "contentType": "application/json" } },
                    } },
                })
            }
        }
    }
}

/// Who may call, by the names of the security schemes.
fn security(access: Access) -> Value {
    let backend = json!({ "apiKey": [], "apiSecret": [] });
    let in_a_users_name = json!({ "apiKey": [], "apiSecret": [], "actingUser": [] });
    match access {
        Access::Anyone | Access::Probe => json!([]),
        Access::Admin => json!([{ "admin": [] }, { "adminKey": [] }]),
        Access::User => json!([{ "user": [] }, in_a_users_name]),
        Access::UserOrTenant => json!([{ "user": [] }, backend, in_a_users_name]),
        Access::Tenant | Access::Uploader => json!([backend]),
    }
}

/// The parameters in a path, each known by its name.
fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        let id = json!({ "type": "string", "format": "uuid" });
        let word = json!({ "type": "string", "minLength": 1 });
        let (schema, words) = match name {
            "app" => (id, "The app's id."),
            "secret" => (id, "The secret's id."),
            "channel" => (id, "The channel's id."),
            "message" => (id, "The message's id."),
            "user" => (word, "The user: by their id, or by the tenant's own, percent-encoded."),
            "plugin" => (word, "The plugin: by its name, or by its id."),
            other => panic!("say what {{{other}}} in a path is"),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema, "description": words })
    })
}

/// The refusals that many operations share, by their status.
pub(super) fn refusals(schemas: &mut Schemas) -> Value {
    let rows = [
        (
            400,
            "`invalid`: what is given is wrong; nothing was changed.",
        ),
        (401, "`unauthenticated`: no credentials, or wrong ones."),
        (
            403,
            "`forbidden`: a token or key that does not allow this. `disabled`: the operator has switched it off.",
        ),
        (
            404,
            "`not_found`: it is not there, or not for this caller to know of.",
        ),
        (
            413,
            "`too_large`: the body is larger than the operator allows.",
        ),
        (
            415,
            "`invalid`: the body is by its own account not what is wanted.",
        ),
        (
            429,
            "`rate_limited`: too many calls; `Retry-After` says when to come back.",
        ),
        (
            503,
            "`unavailable`: not now; trying again after `Retry-After` seconds is safe.",
        ),
    ];
    let responses = rows.map(|(status, words)| {
        let mut response = refusal(words, schemas);
        if [429, 503].contains(&status) {
            let seconds = json!({ "schema": { "type": "integer" }, "description": "In seconds." });
            response["headers"] = json!({ "Retry-After": seconds });
        }
        (status.to_string(), response)
    });
    Value::Object(responses.into_iter().collect())
}

fn refusal(words: &str, schemas: &mut Schemas) -> Value {
    let schema = schemas.answers.subschema_for::<Refusal>();
    json!({ "description": words, "content": { "application/json": { "schema": schema } } })
}
