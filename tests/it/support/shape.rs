//! What a documented answer looks like: the fields it must have and the JSON type of each.
//!
//! Answers may gain fields, so only the documented ones are looked at; a missing field, a number where
//! a string is documented or a timestamp in another format fails.

use serde_json::Value;

/// The kinds of value that the documentation shows.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A UUID in its usual lower-case form.
    Id,
    /// Text that is not empty.
    Text,
    /// A whole number written as a string, as counts are.
    Count,
    /// A whole number.
    Whole,
    /// A number with or without a fraction.
    Number,
    /// `2026-01-31T00:00:00.000Z`.
    Timestamp,
    /// An object.
    Object,
    /// A list.
    List,
    /// `true` or `false`.
    Flag,
    /// `null`, and there.
    Null,
    /// Exactly this text.
    Is(&'static str),
}

/// Fails unless `value` has every field, each of its kind.
pub fn expect_fields(value: &Value, fields: &[(&str, Kind)]) {
    for (name, kind) in fields {
        let Some(field) = value.get(name) else {
            panic!("no `{name}` in {value}");
        };
        assert!(
            kind.fits(field),
            "`{name}` is {field}, not {kind:?}, in {value}"
        );
    }
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Kind::Id => value.as_str().is_some_and(|text| looks_like(text, ID)),
            Kind::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Kind::Count => value.as_str().is_some_and(|text| {
                text.parse::<u64>()
                    .is_ok_and(|count| count.to_string() == text)
            }),
            Kind::Whole => value.is_u64(),
            Kind::Number => value.is_number(),
            Kind::Timestamp => value.as_str().is_some_and(is_timestamp),
            Kind::Object => value.is_object(),
            Kind::List => value.is_array(),
            Kind::Flag => value.is_boolean(),
            Kind::Null => value.is_null(),
            Kind::Is(text) => value == text,
        }
    }
}

/// `#` is a digit, `x` a hexadecimal one in lower case; all else is itself.
const TIMESTAMP: &str = "####-##-##T##:##:##.###Z";
const ID: &str = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

/// Whether the text is a moment in UTC with milliseconds.
pub fn is_timestamp(text: &str) -> bool {
    looks_like(text, TIMESTAMP) && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

fn looks_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, wanted)| match wanted {
                b'#' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                itself => byte == itself,
            })
}

/// A field as text.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("`{name}` is no text in {value}"))
}

/// One field of each of a list's items, as text.
pub fn texts(list: &Value, name: &str) -> Vec<String> {
    items(list)
        .iter()
        .map(|item| text(item, name).to_owned())
        .collect()
}

/// The items of a list.
pub fn items(list: &Value) -> &[Value] {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}"))
}

#[test]
fn the_shapes_themselves_tell_right_from_wrong() {
    use serde_json::json;
    let rows = [
        (Kind::Count, json!("12"), true),
        (Kind::Count, json!(12), false),
        (Kind::Count, json!("+12"), false),
        (Kind::Timestamp, json!("2026-01-31T00:00:00.000Z"), true),
        (Kind::Timestamp, json!("2026-01-31T00:00:00Z"), false),
        (
            Kind::Timestamp,
            json!("2026-01-31T00:00:00.000+00:00"),
            false,
        ),
        (Kind::Timestamp, json!("2026-13-31T00:00:00.000Z"), false),
        (
            Kind::Id,
            json!("0190f7a4-0000-7000-8000-00000000000a"),
            true,
        ),
        (
            Kind::Id,
            json!("0190F7A4-0000-7000-8000-00000000000A"),
            false,
        ),
        (Kind::Whole, json!(1.5), false),
        (Kind::Null, json!(""), false),
    ];
    for (kind, value, fits) in rows {
        assert_eq!(kind.fits(&value), fits, "{kind:?} and {value}");
    }
    let missing = std::panic::catch_unwind(|| expect_fields(&json!({}), &[("name", Kind::Null)]));
    assert!(missing.is_err(), "a missing field was accepted");
}
