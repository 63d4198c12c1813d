//! A plugin's settings: taken key by key, with every mistake collected, because somebody who uploads
//! wants to hear of all of them at once. What is left untaken in the end is a key nobody knows.
//!
//! The same reading serves twice: `check-config` shows the problems, and the first event of an
//! instance keeps the result. The host drops an instance when its configuration changes, so what is
//! kept never grows old.

use crate::{config, types};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, ops::RangeInclusive, sync::OnceLock};

/// One mistake: the key it is under, and what is wrong, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub key: String,
    pub message: String,
}

/// Settings that are being read.
#[derive(Debug, Default)]
pub struct Settings {
    /// Where these settings are within the whole, like `words[3].`; empty at the top.
    place: String,
    values: BTreeMap<String, Given>,
    mistakes: Vec<Mistake>,
}

/// A value as it came. The host hands strings over without quotes, so that a text of digits and a
/// number look alike there; which one is meant is known only when it is asked for.
#[derive(Debug)]
struct Given {
    value: Value,
    unquoted: Option<String>,
}

impl Settings {
    /// What the tenant configured, asked from the host.
    pub fn from_host() -> Settings {
        Settings::from_unquoted(config::all())
    }

    /// Values as `config` gives them: a string without its quotes, anything else as JSON text.
    pub fn from_unquoted(values: impl IntoIterator<Item = (String, String)>) -> Settings {
        let given = |text: String| match serde_json::from_str(&text) {
            Ok(Value::String(_)) | Err(_) => Given {
                value: Value::String(text.clone()),
                unquoted: Some(text),
            },
            Ok(value) => Given {
                value,
                unquoted: Some(text),
            },
        };
        let values = values
            .into_iter()
            .map(|(key, text)| (key, given(text)))
            .collect();
        Settings {
            values,
            ..Settings::default()
        }
    }

    /// Values as `check-config` is given them: all JSON text.
    pub fn from_entries(entries: Vec<types::Entry>) -> Settings {
        let mut settings = Settings::default();
        for entry in entries {
            match serde_json::from_str(&entry.value) {
                Ok(value) => {
                    settings.values.insert(
                        entry.key,
                        Given {
                            value,
                            unquoted: None,
                        },
                    );
                }
                Err(_) => settings.mistake(&entry.key, "is not JSON"),
            }
        }
        settings
    }

    /// An object within the settings; `place` is its name in mistakes.
    pub fn from_object(place: &str, object: Map<String, Value>) -> Settings {
        let values = object
            .into_iter()
            .map(|(key, value)| {
                (
                    key,
                    Given {
                        value,
                        unquoted: None,
                    },
                )
            })
            .collect();
        Settings {
            place: format!("{place}."),
            values,
            mistakes: Vec::new(),
        }
    }

    /// Notes a mistake under a key.
    pub fn mistake(&mut self, key: &str, message: impl Into<String>) {
        self.mistakes.push(Mistake {
            key: format!("{}{key}", self.place),
            message: message.into(),
        });
    }

    /// A text, or none if the key is not set.
    pub fn text(&mut self, key: &str) -> Option<String> {
        match self.values.remove(key)? {
            Given {
                unquoted: Some(text),
                ..
            }
            | Given {
                value: Value::String(text),
                ..
            } => Some(text),
            other => self.expected(key, "a string", &other.value),
        }
    }

    /// One visible character.
    pub fn character(&mut self, key: &str, default: char) -> char {
        let Some(text) = self.text(key) else {
            return default;
        };
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) if !character.is_control() => character,
            _ => {
                self.mistake(key, "must be one character");
                default
            }
        }
    }

    /// `true` or `false`.
    pub fn switch(&mut self, key: &str, default: bool) -> bool {
        let Some(given) = self.values.remove(key) else {
            return default;
        };
        let switch = given.value.as_bool();
        switch
            .or_else(|| self.expected(key, "true or false", &given.value))
            .unwrap_or(default)
    }

    /// A whole number within a range.
    pub fn number(&mut self, key: &str, default: u32, range: RangeInclusive<u32>) -> u32 {
        let Some(given) = self.values.remove(key) else {
            return default;
        };
        let number = given
            .value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => number,
            None => {
                let wanted = format!("a whole number from {} to {}", range.start(), range.end());
                self.expected(key, &wanted, &given.value).unwrap_or(default)
            }
        }
    }

    /// One of several words.
    pub fn choice<T: Copy>(&mut self, key: &str, words: &[(&str, T)], default: T) -> T {
        let Some(given) = self.values.remove(key) else {
            return default;
        };
        let chosen = given
            .value
            .as_str()
            .and_then(|word| words.iter().find(|known| known.0 == word));
        match chosen {
            Some((_, choice)) => *choice,
            None => {
                let known: Vec<&str> = words.iter().map(|known| known.0).collect();
                let wanted = format!("one of {}", known.join(", "));
                self.expected(key, &wanted, &given.value).unwrap_or(default)
            }
        }
    }

    /// A list of anything; empty if the key is not set.
    pub fn list(&mut self, key: &str) -> Vec<Value> {
        match self.values.remove(key) {
            None => Vec::new(),
            Some(Given {
                value: Value::Array(list),
                ..
            }) => list,
            Some(other) => self
                .expected(key, "a list", &other.value)
                .unwrap_or_default(),
        }
    }

    /// A list of texts, none of them empty; each with its place, like `allow[2]`.
    pub fn texts(&mut self, key: &str) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        for (index, value) in self.list(key).into_iter().enumerate() {
            let place = format!("{key}[{index}]");
            match value {
                Value::String(text) if !text.trim().is_empty() => texts.push((place, text)),
                Value::String(_) => self.mistake(&place, "is empty"),
                other => self
                    .expected(&place, "a string", &other)
                    .unwrap_or_default(),
            }
        }
        texts
    }

    /// An object within these settings; empty if the key is not set. Give it back to `absorb`.
    pub fn object(&mut self, key: &str) -> Settings {
        let object = match self.values.remove(key) {
            None => Map::new(),
            Some(Given {
                value: Value::Object(object),
                ..
            }) => object,
            Some(other) => self
                .expected(key, "an object", &other.value)
                .unwrap_or_default(),
        };
        Settings::from_object(&format!("{}{key}", self.place), object)
    }

    /// Ends the reading of an object within these settings: its mistakes become these ones' mistakes.
    pub fn absorb(&mut self, inner: Settings) {
        self.mistakes.extend(inner.mistakes());
    }

    /// Notes that a value has the wrong type.
    pub fn expected<T>(&mut self, key: &str, wanted: &str, found: &Value) -> Option<T> {
        let mut found = found.to_string();
        if found.chars().count() > 40 {
            found = found.chars().take(40).chain(['…']).collect();
        }
        self.mistake(key, format!("must be {wanted}, but is {found}"));
        None
    }

    /// Ends the reading: all mistakes, with a key that nobody asked for as one of them.
    pub fn mistakes(mut self) -> Vec<Mistake> {
        for key in std::mem::take(&mut self.values).into_keys() {
            self.mistake(&key, "is not a key of this plugin");
        }
        self.mistakes
    }
}

/// What is wrong with a configuration, if it is read like this.
pub fn mistakes<T>(
    config: Vec<types::Entry>,
    read: impl FnOnce(&mut Settings) -> T,
) -> Vec<Mistake> {
    let mut settings = Settings::from_entries(config);
    read(&mut settings);
    settings.mistakes()
}

/// Something made of the settings once, at the first event of an instance, and kept.
pub struct Kept<T>(OnceLock<Result<T, String>>);

impl<T> Kept<T> {
    #[expect(
        clippy::new_without_default,
        reason = "it lives in a static, which needs a const fn"
    )]
    pub const fn new() -> Kept<T> {
        Kept(OnceLock::new())
    }

    /// What was made. Settings that are wrong are a fault, not a guess: they can only come from a
    /// configuration that `check-config` never saw.
    pub fn get(&self, read: impl FnOnce(&mut Settings) -> T) -> Result<&T, types::Fault> {
        let kept = self.0.get_or_init(|| {
            let mut settings = Settings::from_host();
            let made = read(&mut settings);
            match settings.mistakes().first() {
                None => Ok(made),
                Some(mistake) => Err(format!(
                    "configuration: {} {}",
                    mistake.key, mistake.message
                )),
            }
        });
        kept.as_ref().map_err(|message| types::Fault {
            message: message.clone(),
        })
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
