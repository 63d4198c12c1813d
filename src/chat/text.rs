//! The rules for what people type: names, ids, and the JSON that rides along.
//!
//! PostgreSQL cannot store a NUL in text, so it is refused here, in words, rather than there.

use crate::{
    config::live::Limits,
    error::{Error, Result},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};

pub use crate::time::{optional_timestamp, timestamp};

/// Names of apps, channels and users.
pub const NAME_CHARACTERS: usize = 100;
/// Tenants' own ids of users: an e-mail address fits.
pub const EXTERNAL_ID_CHARACTERS: usize = 255;
/// Descriptions of channels.
pub const DESCRIPTION_CHARACTERS: usize = 1_000;
/// Addresses of pictures: what browsers and servers commonly take.
pub const URL_CHARACTERS: usize = 2_048;

/// The same as a pattern: not blank, no NUL.
pub const NOT_BLANK: &str = r"^[^\u0000]*[^\s\u0000][^\u0000]*$";
/// No NUL.
pub const NO_NUL: &str = r"^[^\u0000]*$";

/// The key of a message's metadata under which plugins add to it.
pub const PLUGINS: &str = "plugins";

/// Text that must be there: not blank, not longer than `most` characters, no NUL.
pub fn required(field: &str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(format!("{field} is required")));
    }
    bounded(field, text, most)?;
    Ok(text.to_owned())
}

/// Text that may be absent.
pub fn optional(field: &str, text: Option<&str>, most: usize) -> Result<Option<String>> {
    text.map(|text| bounded(field, text, most).map(|()| text.to_owned()))
        .transpose()
}

fn bounded(field: &str, text: &str, most: usize) -> Result<()> {
    // Counting is only needed when the bytes could be too many.
    if text.len() > most && text.chars().count() > most {
        return Err(Error::invalid(format!(
            "{field} is longer than {most} characters"
        )));
    }
    if text.contains('\0') {
        return Err(Error::invalid(format!("{field} contains a NUL character")));
    }
    Ok(())
}

/// What came as JSON, as `T`; unknown keys are ignored. `whole` names it where no field can be named.
pub fn from_json<T: DeserializeOwned>(whole: &str, json: &[u8]) -> Result<T> {
    // serde takes a list for a struct, field by field; nobody means that.
    if json
        .trim_ascii_start()
        .first()
        .is_some_and(|first| *first == b'[')
    {
        return Err(Error::invalid(format!("The {whole} must be a JSON object")));
    }
    serde_json::from_slice(json).map_err(|_| {
        // A second look only at what is wrong: finding out where is not free.
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let error = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Err(error) if error.inner().is_data() => error,
            _ => return Error::invalid(format!("The {whole} is not valid JSON")),
        };
        // serde_json adds the line and column; the field's name says it better.
        let text = error.inner().to_string();
        let text = text.split(" at line ").next().unwrap_or(&text);
        match error.path().to_string().as_str() {
            "." => Error::invalid(format!("{whole}: {text}")),
            path => Error::invalid(format!("{path}: {text}")),
        }
    })
}

/// Metadata: an object within its limits, as JSON text. Absent and `null` are `{}`.
pub fn metadata(value: Option<Value>, limits: &Limits) -> Result<Box<RawValue>> {
    let value = match value {
        None | Some(Value::Null) => Value::Object(Default::default()),
        Some(value @ Value::Object(_)) => value,
        Some(_) => return Err(Error::invalid("metadata must be an object")),
    };
    json(
        "metadata",
        &value,
        limits.metadata_bytes,
        limits.metadata_depth,
    )
}

/// Any JSON within `bytes` and `depth`, as text.
pub fn json(field: &str, value: &Value, bytes: usize, depth: usize) -> Result<Box<RawValue>> {
    check_inside(field, value, depth)?;
    let text =
        serde_json::value::to_raw_value(value).map_err(|error| Error::Internal(error.into()))?;
    if text.get().len() > bytes {
        return Err(Error::invalid(format!(
            "{field} is larger than {bytes} bytes"
        )));
    }
    Ok(text)
}

fn check_inside(field: &str, value: &Value, depth_left: usize) -> Result<()> {
    if depth_left == 0 && matches!(value, Value::Array(_) | Value::Object(_)) {
        return Err(Error::invalid(format!("{field} is nested too deep")));
    }
    let no_nul = |text: &str| match text.contains('\0') {
        true => Err(Error::invalid(format!("{field} contains a NUL character"))),
        false => Ok(()),
    };
    match value {
        Value::String(text) => no_nul(text),
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| check_inside(field, item, depth_left - 1)),
        Value::Object(entries) => entries.iter().try_for_each(|(key, item)| {
            no_nul(key)?;
            check_inside(field, item, depth_left - 1)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}
