//! Settings as an operator reads them: what holds and who said so, and what a change changed.
//! A secret is never shown, only that there is one.

use super::{
    Config,
    keys::{KEYS, Key},
    layers::Layers,
};
use std::{collections::BTreeMap, fmt::Write};
use toml::{Table, Value};

/// What holds, as a file that says the same, with the place of each.
pub fn effective(layers: &Layers) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in KEYS.iter() {
        if key.section() != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            section = key.section();
            let _ = writeln!(text, "{gap}[{section}]");
        }
        let setting = layers.setting(key);
        let said = format!("{} = {}", key.short(), shown(key, &setting.value));
        let _ = writeln!(text, "{said:<44} # {}", setting.place);
    }
    text
}

/// A value, or that it is secret.
fn shown(key: &Key, value: &Value) -> String {
    match key.is_secret && *value != key.default {
        true => "\"(secret)\"".to_owned(),
        false => value.to_string(),
    }
}

/// One setting that is not what it was.
pub struct Change {
    /// Which.
    pub key: &'static Key,
    /// From what to what: `4000 -> 10`, or just that it changed.
    pub what: String,
}

/// What differs between two configurations, in the document's order.
pub fn changes(old: &Config, new: &Config) -> Vec<Change> {
    let (old, new) = (values(old), values(new));
    let told = KEYS.iter().filter_map(|key| {
        let (old, new) = (old.get(&key.name)?, new.get(&key.name)?);
        let what = match key.is_secret {
            true => "changed".to_owned(),
            false => format!("{old} -> {new}"),
        };
        (old != new).then_some(Change { key, what })
    });
    told.collect()
}

/// Every setting by its name, from the typed configuration.
pub fn values(config: &Config) -> BTreeMap<String, Value> {
    let mut values = flat(Table::try_from(&config.boot));
    values.extend(flat(Table::try_from(&config.live)));
    values
}

/// The settings of one part by their names.
pub fn flat(part: Result<Table, toml::ser::Error>) -> BTreeMap<String, Value> {
    let sections = part.expect("settings are TOML");
    let named = sections.into_iter().flat_map(|(section, keys)| {
        let keys = match keys {
            Value::Table(keys) => keys,
            _ => Table::new(),
        };
        keys.into_iter()
            .map(move |(key, value)| (format!("{section}.{key}"), value))
    });
    named.collect()
}
