//! Whether what the server says is what its documents say: every answer, ack and event that any test meets.
//!
//! Looked at more strictly than the documents ask: a field that is sent and not described fails too. That
//! each call and event is met at all is for the tests of each noun, and the rows of `tenancy`.

use heyyo::{rest::openapi, socket::asyncapi};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::LazyLock};

static CALLS: LazyLock<Value> = LazyLock::new(|| strict(&openapi::document()));
static EVENTS: LazyLock<Value> = LazyLock::new(|| strict(&asyncapi::document()));

/// From method, path and status to what the answer must be; none for what is not JSON.
static ANSWERS: LazyLock<HashMap<String, Option<Validator>>> = LazyLock::new(|| {
    let mut answers = HashMap::new();
    for (path, operations) in CALLS["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let shared = &CALLS["components"]["responses"][status];
                let response = if response.get("$ref").is_some() {
                    shared
                } else {
                    response
                };
                let schema = response["content"]["application/json"].get("schema");
                let name = format!("{} {path} {status}", method.to_uppercase());
                answers.insert(name, schema.map(|schema| validator(schema, &CALLS)));
            }
        }
    }
    answers
});

/// From an event's direction and name to what its payload must be.
static PAYLOADS: LazyLock<HashMap<&String, Validator>> = LazyLock::new(|| {
    let messages = EVENTS["channels"]["socket"]["messages"].as_object();
    let payloads = messages.expect("messages").iter();
    payloads
        .map(|(name, message)| (name, validator(&message["payload"], &EVENTS)))
        .collect()
});

/// A document in which objects have the fields that it names, and no others.
fn strict(document: &[u8]) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Object(entries) => {
                entries.values_mut().for_each(close);
                let is_schema = entries.get("properties").is_some_and(Value::is_object);
                if is_schema && entries.get("type") == Some(&json!("object")) {
                    entries
                        .entry("additionalProperties")
                        .or_insert(json!(false));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut document = serde_json::from_slice(document).expect("a document in JSON");
    close(&mut document);
    document
}

fn validator(schema: &Value, document: &Value) -> Validator {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&whole).expect("a schema")
}

/// Fails unless the documents have this answer to a call such as `GET /api/channels?limit=1`.
pub fn expect_answer(call: &str, status: u16, body: &[u8]) {
    let (method, path) = call.split_once(' ').expect("a method and a path");
    let path = path.split('?').next().unwrap_or_default();
    let Some(path) = described_path(method, path) else {
        return;
    };
    // Any call may be given a body, and is told then what is wrong with it.
    if [400, 413, 415].contains(&status) {
        return;
    }
    let answer = ANSWERS.get(&format!("{method} {path} {status}"));
    let answer =
        answer.unwrap_or_else(|| panic!("{call} may not answer {status}, by openapi.json"));
    if let Some(validator) = answer {
        let body = serde_json::from_slice(body).expect("JSON");
        expect(validator, &body, &format!("{call} {status}"));
    }
}

/// The path of the documents that a path is one of, for that method.
fn described_path(method: &str, path: &str) -> Option<&'static String> {
    let paths = CALLS["paths"].as_object().expect("paths");
    let is_of = |pattern: &str| {
        let (parts, wanted) = (path.split('/'), pattern.split('/'));
        let fits = |(part, wanted): (&str, &str)| part == wanted || wanted.starts_with('{');
        parts.clone().count() == wanted.clone().count() && parts.zip(wanted).all(fits)
    };
    let found = paths.iter().filter(|(pattern, _)| is_of(pattern));
    // A word that is named stands before one that may be any.
    let (pattern, operations) = found.min_by_key(|(pattern, _)| pattern.matches('{').count())?;
    operations.get(method.to_lowercase()).map(|_| pattern)
}

/// Fails unless the documents have this ack. An event that is not there is answered too, and not described.
pub fn expect_ack(event: &str, ack: &Value) {
    if let Some(validator) = PAYLOADS.get(&format!("ack.{event}")) {
        expect(validator, ack, &format!("ack of {event}"));
    }
}

/// Fails unless the documents have this event, with such a payload.
pub fn expect_event(event: &str, payload: &Value) {
    let validator = PAYLOADS.get(&format!("hear.{event}"));
    let validator = validator.unwrap_or_else(|| panic!("{event} is not in asyncapi.json"));
    expect(validator, payload, event);
}

fn expect(validator: &Validator, value: &Value, name: &str) {
    let wrong: Vec<_> = validator
        .iter_errors(value)
        .map(|error| error.to_string())
        .collect();
    assert!(
        wrong.is_empty(),
        "{name} is not as described: {wrong:?} in {value}"
    );
}

#[test]
fn an_answer_that_is_not_described_is_noticed() {
    let health = json!({ "status": "ok", "version": "1", "uptime": 1.5 });
    let with = |name: &str, value: Value| {
        let mut changed = health.clone();
        changed[name] = value;
        changed.to_string()
    };
    let tries = [
        ("GET /health", 200, health.to_string(), true),
        ("GET /health", 201, health.to_string(), false),
        ("GET /health", 200, with("uptime", json!("1.5")), false),
        ("GET /health", 200, with("more", json!(1)), false),
        ("GET /health", 200, "{}".to_owned(), false),
        ("GET /api/channels/discover", 404, "{}".to_owned(), false),
        ("GET /nowhere", 200, "{}".to_owned(), true),
    ];
    for (call, status, body, is_fine) in tries {
        let look = || expect_answer(call, status, body.as_bytes());
        let is_silent = std::panic::catch_unwind(look).is_ok();
        assert_eq!(is_silent, is_fine, "{call} {status} {body}");
    }
    let ack = std::panic::catch_unwind(|| expect_ack("typing.start", &json!({ "success": 1 })));
    assert!(ack.is_err(), "an ack of another kind was accepted");
}
