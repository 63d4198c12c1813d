//! The table of all settings, read from `config/heyyo.toml`: default, meaning, range, secrecy, restart.
//!
//! The document is the table: what an operator reads there is what is checked, shown and put into the
//! schema. A remark behind a value that this file does not understand ends the first test that is run.

use super::document;
use std::{ops::RangeInclusive, sync::LazyLock};
use toml::Value;

/// The annotated defaults.
pub const DEFAULTS: &str = include_str!("../../config/heyyo.toml");

/// One setting.
pub struct Key {
    /// Section and key: `limits.attachments`.
    pub name: String,
    /// Its value when nobody says anything. Its type is the setting's.
    pub default: Value,
    /// What it does.
    pub meaning: String,
    /// What a number may be.
    pub range: Option<RangeInclusive<i64>>,
    /// What a text may be, if not any.
    pub choices: Vec<String>,
    /// Whether it is never shown, and may come from a file of its own.
    pub is_secret: bool,
    /// Whether it is fixed from start to end.
    pub needs_restart: bool,
}

/// All settings, in the document's order.
pub static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let entries = document::read(DEFAULTS).expect("the defaults are TOML");
    entries.into_iter().map(key).collect()
});

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The secret that `<name>_file` names a file for.
pub fn secret_of_file(name: &str) -> Option<&'static Key> {
    let secret = name.strip_suffix("_file").and_then(find);
    secret.filter(|key| key.is_secret)
}

impl Key {
    /// The section.
    pub fn section(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// The name within its section.
    pub fn short(&self) -> &str {
        self.name.split('.').next_back().unwrap_or_default()
    }
}

fn key(entry: document::Entry) -> Key {
    let (above, behind) = DEFAULTS.split_at(entry.span.end);
    let (above, _) = above.split_at(entry.span.start);
    let mut key = Key {
        meaning: meaning(above),
        default: entry.value.expect("a default is a value"),
        range: None,
        choices: vec![],
        is_secret: false,
        needs_restart: false,
        name: entry.name,
    };
    let remark = behind.lines().next().unwrap_or_default().trim();
    let facts = remark.trim_start_matches('#').split(';').map(str::trim);
    for fact in facts.filter(|fact| !fact.is_empty()) {
        let range = fact.split_once(" to ");
        let range = range.and_then(|(low, high)| Some(low.parse().ok()?..=high.parse().ok()?));
        match (fact, range) {
            ("secret", _) => key.is_secret = true,
            ("needs a restart", _) => key.needs_restart = true,
            (_, Some(range)) => key.range = Some(range),
            (choices, None) if choices.starts_with('"') => {
                let choices = choices.split(" or ").map(|one| one.trim_matches('"'));
                key.choices = choices.map(str::to_owned).collect();
            }
            (other, None) => panic!("{}: nothing means {other:?}", key.name),
        }
    }
    key
}

/// The comment that ends right above a key.
fn meaning(above: &str) -> String {
    let comment = above.lines().rev().map_while(|line| line.strip_prefix('#'));
    let mut lines: Vec<&str> = comment.map(str::trim).collect();
    lines.reverse();
    lines.join(" ")
}

/// What a name that nobody knows was meant to be: a section, a name within its own, or section and name.
pub fn suggestion(name: &str) -> Option<&'static str> {
    let Some((section, short)) = name.split_once('.') else {
        return closest(name, KEYS.iter().map(Key::section));
    };
    let own = KEYS.iter().filter(|key| key.section() == section);
    let elsewhere = KEYS.iter().find(|key| key.short() == short);
    let all = KEYS.iter().map(|key| key.name.as_str());
    match own.clone().count() {
        0 => closest(name, all),
        _ => closest(short, own.map(Key::short)).or(elsewhere.map(|key| &*key.name)),
    }
}

fn closest(name: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let likeness = |candidate| (strsim::jaro_winkler(name, candidate), candidate);
    let close = candidates
        .map(likeness)
        .filter(|(likeness, _)| *likeness > 0.8);
    let closest = close.max_by(|one, other| one.0.total_cmp(&other.0));
    closest.map(|(_, candidate)| candidate)
}
