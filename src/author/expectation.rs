//! Whether what a plugin did is what was expected, and where it is not.
//!
//! What is expected need only be a part: of objects the keys that are given, of lists all elements.

use crate::hooks::{Problem, event::Verdict, fault::Fault};
use serde_json::{Value, json};

/// One place at which they differ.
#[derive(PartialEq, Debug)]
pub struct Difference {
    /// Where: keys and numbers, joined with dots.
    pub at: String,
    /// What was expected there.
    pub expected: String,
    /// What was there.
    pub got: String,
}

/// What a plugin did, with every key that can be expected.
pub fn of_verdict(verdict: &Result<Verdict, Fault>) -> Value {
    match verdict {
        Ok(Verdict::Amend(changes)) => json!({ "amend": {
            "text": changes.text,
            "flags": changes.flags,
            "metadata": changes.metadata,
        }}),
        Ok(other) => serde_json::to_value(other).expect("a verdict becomes JSON"),
        Err(Fault::Said(message)) => json!({ "fault": { "code": "fault", "message": message } }),
        Err(fault) => json!({ "fault": { "code": fault.code(), "message": fault.to_string() } }),
    }
}

/// What a plugin said of its configuration.
pub fn of_problems(problems: &Result<Vec<Problem>, Fault>) -> Value {
    match problems {
        Ok(problems) if problems.is_empty() => json!("valid"),
        Ok(problems) => json!({ "problems": problems }),
        Err(fault) => of_verdict(&Err(fault.clone())),
    }
}

/// Where what came differs from what was expected; nowhere, if all is well.
pub fn differences(expected: &Value, got: &Value) -> Vec<Difference> {
    let mut found = vec![];
    // Something else altogether is told whole: `allow` is no object that lacks a key.
    match (kind(expected), kind(got)) {
        (one, other) if one != other => found.push(difference("", expected, got)),
        _ => compare("", expected, got, &mut found),
    }
    found
}

/// `"allow"` and `{"reject": …}` by their word.
pub fn kind(verdict: &Value) -> Option<&str> {
    match verdict {
        Value::String(word) => Some(word),
        Value::Object(one) => one.keys().next().map(String::as_str),
        _ => None,
    }
}

fn compare(at: &str, expected: &Value, got: &Value, found: &mut Vec<Difference>) {
    let below = |key: &str| match at.is_empty() {
        true => key.to_owned(),
        false => format!("{at}.{key}"),
    };
    match (expected, got) {
        (Value::Object(wanted), Value::Object(there)) => {
            for (key, value) in wanted {
                match there.get(key) {
                    Some(inner) => compare(&below(key), value, inner, found),
                    None => found.push(Difference {
                        at: below(key),
                        expected: value.to_string(),
                        got: "nothing".to_owned(),
                    }),
                }
            }
        }
        (Value::Array(wanted), Value::Array(there)) => {
            if wanted.len() != there.len() {
                found.push(difference(at, expected, got));
                return;
            }
            for (number, (value, inner)) in wanted.iter().zip(there).enumerate() {
                compare(&below(&number.to_string()), value, inner, found);
            }
        }
        // 1 and 1.0 are the same number to everyone but a parser.
        (Value::Number(wanted), Value::Number(there)) if wanted.as_f64() == there.as_f64() => {}
        (wanted, there) if wanted == there => {}
        // `"fault"` alone: any fault, as `"reject"` would be any rejection.
        (Value::String(word), Value::Object(_)) if at.is_empty() && Some(&**word) == kind(got) => {}
        _ => found.push(difference(at, expected, got)),
    }
}

fn difference(at: &str, expected: &Value, got: &Value) -> Difference {
    Difference {
        at: at.to_owned(),
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

/// What came of a call, on one short line.
pub fn in_short(got: &Value) -> String {
    let mut shown = got.clone();
    if let Some(changes) = shown.get_mut("amend").and_then(Value::as_object_mut) {
        changes.retain(|_, value| match value {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(keys) => !keys.is_empty(),
            _ => true,
        });
    }
    match &shown {
        Value::String(word) => word.clone(),
        Value::Object(one) if one.len() == 1 => {
            let (word, what) = one.iter().next().expect("one");
            format!("{word} {what}")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_enough_of_objects_and_lists_are_whole() {
        let got = json!({ "amend": { "text": null, "flags": [{ "code": "a", "score": 5 }], "metadata": { "x": 1, "y": 2 } } });
        let agrees = |expected: Value| differences(&expected, &got).is_empty();
        assert!(agrees(json!({ "amend": {} })));
        assert!(agrees(json!({ "amend": { "metadata": { "x": 1.0 } } })));
        assert!(agrees(json!({ "amend": { "flags": [{ "code": "a" }] } })));
        assert!(!agrees(json!({ "amend": { "flags": [] } })));
        assert!(!agrees(json!({ "amend": { "flags": [{}, {}] } })));
        assert!(!agrees(json!({ "amend": { "text": "new" } })));
        assert!(!agrees(json!({ "amend": { "metadata": { "z": 1 } } })));
        assert!(!agrees(json!("allow")));
        assert!(agrees(json!("amend")));
    }

    #[test]
    fn a_difference_names_its_place() {
        let expected = json!({ "amend": { "flags": [{ "code": "b" }] } });
        let got = json!({ "amend": { "flags": [{ "code": "a" }] } });
        let found = differences(&expected, &got);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].at, "amend.flags.0.code");
        assert_eq!((&*found[0].expected, &*found[0].got), ("\"b\"", "\"a\""));
    }
}
