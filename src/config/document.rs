//! A TOML text as a list of entries that know their lines.
//!
//! Nothing here knows which keys there are. Every complaint of the rooms above names a line, so each
//! entry keeps where it stands; serde alone would forget it.

use serde::Deserialize;
use std::ops::Range;
use toml::{
    Spanned, Value,
    de::{DeString, DeTable, DeValue, ValueDeserializer},
};

/// One `key = value`.
pub struct Entry {
    /// Section and key, `limits.attachments`. A key outside sections, or a section without keys, is
    /// named alone.
    pub name: String,
    /// The value, or why it is none.
    pub value: Result<Value, String>,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
}

/// The entries of a text in their order, or what is wrong and in which line.
pub fn read(text: &str) -> Result<Vec<Entry>, Vec<(usize, String)>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let told = errors.iter().map(|error| {
            let start = error.span().map_or(0, |span| span.start);
            (line(text, start), error.message().replace('\n', "; "))
        });
        return Err(told.collect());
    }
    let mut entries = vec![];
    for (section, value) in document.into_inner() {
        match value.into_inner() {
            DeValue::Table(keys) if !keys.is_empty() => {
                for (key, value) in keys {
                    let name = format!("{}.{}", section.get_ref(), key.get_ref());
                    entries.push(entry(name, &key, value));
                }
            }
            other => {
                let value = Spanned::new(section.span(), other);
                entries.push(entry(section.get_ref().to_string(), &section, value));
            }
        }
    }
    entries.sort_by_key(|entry| entry.span.start);
    Ok(entries)
}

fn entry(name: String, key: &Spanned<DeString<'_>>, value: Spanned<DeValue<'_>>) -> Entry {
    let span = key.span().start..value.span().end;
    let value = Value::deserialize(ValueDeserializer::from(value));
    Entry {
        name,
        // Of all values only a number can be none.
        value: value.map_err(|_| "is a number out of every range".to_owned()),
        span,
    }
}

/// The line of a place, from 1.
pub fn line(text: &str, place: usize) -> usize {
    text.bytes()
        .take(place)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
