//! The settings as a JSON schema (draft 7), for editors: made from the table of keys, so that it says
//! what is checked. A file that begins with `#:schema heyyo.schema.json` is completed and checked by
//! editors with taplo.

use super::keys::{KEYS, Key};
use serde_json::{Map, Value, json};

/// The schema.
pub fn schema() -> Value {
    let mut sections = Map::new();
    for key in KEYS.iter() {
        let section = sections.entry(key.section()).or_insert_with(
            || json!({ "type": "object", "additionalProperties": false, "properties": {} }),
        );
        section["properties"][key.short()] = property(key);
        if key.is_secret {
            section["properties"][format!("{}_file", key.short())] = json!({
                "type": "string",
                "description": format!("A file that holds {}.", key.short()),
            });
        }
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Heyyo's configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    })
}

fn property(key: &Key) -> Value {
    let kind = match &key.default {
        toml::Value::Integer(_) => "integer",
        toml::Value::Float(_) => "number",
        toml::Value::Boolean(_) => "boolean",
        toml::Value::Array(_) => "array",
        _ => "string",
    };
    let restart = if key.needs_restart {
        " Needs a restart."
    } else {
        ""
    };
    let mut property = json!({
        "type": kind,
        "default": key.default,
        "description": format!("{}{restart}", key.meaning),
    });
    if key.default.is_array() {
        property["items"] = json!({ "type": "string" });
    }
    if let Some(range) = &key.range {
        property["minimum"] = json!(range.start());
        property["maximum"] = json!(range.end());
    }
    if !key.choices.is_empty() {
        property["enum"] = json!(key.choices);
    }
    property
}
