//! What a setting may be: its type and range from the table of keys, and the few things that no range
//! can say. A complaint says what was expected and what was found, and never shows a secret.

use super::{Config, keys::Key, origins};
use std::fmt;
use toml::{Table, Value};

/// What is wrong with one setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where it was said: `heyyo.toml:12`, a variable's name, a flag.
    pub place: String,
    /// The setting as it is called there; empty when the text as a whole is wrong.
    pub key: String,
    /// What is wrong.
    pub what: String,
}

/// All that is wrong, one on a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems(pub Vec<Problem>);

impl Problem {
    /// Puts one together.
    pub fn new(place: &str, key: &str, what: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            key: key.to_owned(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.place, &self.key, &self.what];
        let said: Vec<&str> = parts
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        formatter.write_str(&said.join(": "))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(Problem::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// The value, if the setting may be that.
pub fn conform(key: &Key, value: Value) -> Result<Value, String> {
    let is_type = match (&key.default, &value) {
        (Value::Array(_), Value::Array(items)) => items.iter().all(Value::is_str),
        (default, value) => default.same_type(value),
    };
    let is_in_range = match (&value, &key.range) {
        (Value::Integer(number), Some(range)) => range.contains(number),
        _ => true,
    };
    let is_choice = match (&value, key.choices.as_slice()) {
        (_, []) => true,
        (value, choices) => choices
            .iter()
            .any(|one| Some(one.as_str()) == value.as_str()),
    };
    let expected = match (is_type, &key.range) {
        (true, _) if is_in_range && is_choice => return Ok(value),
        (true, Some(range)) => format!("{} to {}", range.start(), range.end()),
        _ => expected(key),
    };
    let found = match key.is_secret {
        true => value.type_str().to_owned(),
        false => found(&value),
    };
    Err(format!("expected {expected}, found {found}"))
}

/// The value that a text means, where all is text: in a variable or a flag.
pub fn from_text(key: &Key, text: &str) -> Result<Value, String> {
    let as_toml = |text: &str| {
        let table: Result<Table, _> = toml::from_str(&format!("value = {text}"));
        table.ok().and_then(|mut table| table.remove("value"))
    };
    let value = match &key.default {
        Value::String(_) => Some(text.into()),
        Value::Array(_) if text.starts_with('[') => as_toml(text),
        Value::Array(_) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Some(items.map(Value::from).collect::<Vec<_>>().into())
        }
        _ => as_toml(text.trim()),
    };
    conform(key, value.unwrap_or_else(|| text.into()))
}

/// The value that the text of a file means: of a list, each line is one.
pub fn from_lines(key: &Key, text: &str) -> Result<Value, String> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    match key.default.is_array() {
        true => conform(key, lines().map(Value::from).collect::<Vec<_>>().into()),
        false => conform(key, text.into()),
    }
}

/// What a setting is, in words.
pub fn expected(key: &Key) -> String {
    let kind = match &key.default {
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list of texts",
        _ => "a text",
    };
    let choices: Vec<_> = key.choices.iter().map(|one| format!("{one:?}")).collect();
    match choices.is_empty() {
        true => kind.to_owned(),
        false => choices.join(" or "),
    }
}

/// A value as a complaint shows it: short, and on one line.
pub fn found(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > 60 => "a longer text".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) if items.iter().all(Value::is_str) => "a list".to_owned(),
        Value::Array(_) => "a list of other things".to_owned(),
        Value::Table(_) => "a section".to_owned(),
        other => other.to_string(),
    }
}

/// What no range can say: the settings it is about, whether it is so, what is wrong if not.
type Rule = (&'static [&'static str], bool, &'static str);

/// What is wrong with settings that are right by themselves. Of several that contradict each other, any
/// may be the wrong one.
#[rustfmt::skip]
pub fn contradictions(config: &Config) -> Vec<(&'static [&'static str], &'static str)> {
    let (boot, live) = (&config.boot, &config.live);
    let (url, master, folder) = (&boot.database.url, &boot.auth.master_key, &boot.database.data_dir);
    let (keys, allowed, plugins) = (&live.auth.admin_keys, &live.server.allowed_origins, &live.plugins);
    let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let hears_others = boot.server.addresses().is_ok() && !boot.server.is_loopback();
    let traces = &boot.traces;
    let rules: [Rule; 14] = [
        (&["server.address"], boot.server.addresses().is_ok(),
            "is neither localhost nor an IP address"),
        (&["server.allowed_origins"], allowed.iter().all(|one| one == "*" || origins::is_pattern(one)),
            "an origin is a scheme and a host in lower case, and a port if it is not the usual one, as in \"https://chat.example\" or \"https://*.chat.example\"; or \"*\""),
        (&["server.trusted_proxies"], live.server.trusted_proxies.are_all(),
            "a proxy is an address or a network, as in \"10.0.0.0/8\""),
        (&["database.url"], url.is_empty() || is_postgres,
            "is not a PostgreSQL URL, as in postgres://user:password@host/name"),
        (&["database.data_dir"], !folder.as_os_str().is_empty(),
            "names no folder"),
        // Nobody could manage apps, or everybody.
        (&["auth.admin_keys"], !(hears_others && keys.is_empty()),
            "listening on server.address needs an admin key: set HEYYO_ADMIN_KEY to 16 characters or more"),
        (&["auth.admin_keys"], keys.iter().all(|key| key.chars().count() >= 16),
            "an admin key needs 16 characters or more"),
        (&["auth.admin_keys"], keys.len() <= 2,
            "two keys at most, the new one and the old"),
        (&["auth.master_key"], master.is_empty() || master.len() >= 32,
            "needs 32 characters or more; `openssl rand -base64 32` makes a good one"),
        (&["plugins.before_ms", "plugins.longest_ms"], plugins.before_ms <= plugins.longest_ms,
            "plugins.before_ms is more than plugins.longest_ms"),
        (&["plugins.after_ms", "plugins.longest_ms"], plugins.after_ms <= plugins.longest_ms,
            "plugins.after_ms is more than plugins.longest_ms"),
        (&["traces.endpoint"], traces.endpoint.is_empty() || is_url(&traces.endpoint),
            "is not the URL of a collector, as in http://collector:4318/v1/traces"),
        (&["traces.headers"], traces.headers.iter().all(|one| is_header(one)),
            "a header is a name and a value, as in \"authorization: Bearer …\""),
        (&["log.level"], is_filter(&live.log.level),
            "expected error, warn, info, debug, trace or off, and part=level for parts, as in \"info,sqlx=warn\""),
    ];
    let broken = rules.into_iter().filter(|(_, holds, _)| !holds);
    broken.map(|(settings, _, what)| (settings, what)).collect()
}

fn is_url(text: &str) -> bool {
    let uri = text.parse::<http::Uri>();
    uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

fn is_header(text: &str) -> bool {
    text.split_once(':').is_some_and(|(name, value)| {
        name.parse::<http::HeaderName>().is_ok()
            && value.trim().parse::<http::HeaderValue>().is_ok()
    })
}

/// A bare word is a level: one that is not would silence everything.
fn is_filter(text: &str) -> bool {
    let is_level = |word: &str| {
        let word = word.trim().to_lowercase();
        ["off", "error", "warn", "info", "debug", "trace"].contains(&word.as_str())
    };
    text.split(',').all(|part| match part.rsplit_once('=') {
        Some((target, level)) => !target.trim().is_empty() && is_level(level),
        None => is_level(part),
    }) && tracing_subscriber::EnvFilter::try_new(text).is_ok()
}
