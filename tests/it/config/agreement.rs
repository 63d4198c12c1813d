//! `config/heyyo.toml`, the types, the schema and the check say the same of every setting.
//!
//! Each is taken from where it stands; whoever adds a setting in one place alone is told here.

use super::{folder, heyyo_config};
use heyyo::config::{
    Config, Flags,
    keys::{DEFAULTS, KEYS, Key},
    show::flat,
};
use serde_json::Value;
use std::collections::BTreeSet;
use toml::Table;

/// The names of one part of the typed configuration.
fn names(part: Result<Table, toml::ser::Error>) -> BTreeSet<String> {
    flat(part).into_keys().collect()
}

fn documented(which: impl Fn(&&Key) -> bool) -> BTreeSet<String> {
    let keys = KEYS.iter().filter(which);
    keys.map(|key| key.name.clone()).collect()
}

#[test]
fn the_document_and_the_types_have_the_same_settings() {
    let config = Config::load(&Flags::default()).expect("the defaults");
    let boot = names(Table::try_from(&config.boot));
    let live = names(Table::try_from(&config.live));
    assert_eq!(boot, documented(|key| key.needs_restart), "need a restart");
    assert_eq!(live, documented(|key| !key.needs_restart), "are live");
}

#[test]
fn every_setting_says_what_it_means_and_every_number_its_range() {
    for key in KEYS.iter() {
        assert!(key.meaning.len() > 15, "{} says nothing", key.name);
        match (&key.default, &key.range) {
            (toml::Value::Integer(number), Some(range)) => {
                assert!(
                    range.contains(number),
                    "{}: {number} of {range:?}",
                    key.name
                );
            }
            (toml::Value::Integer(_), None) => panic!("{} has no range", key.name),
            (_, range) => assert!(range.is_none(), "{} is no number", key.name),
        }
    }
    // The table was read to its end: as many settings as lines that look like one.
    let lines = DEFAULTS
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains(" = "));
    assert_eq!(lines.count(), KEYS.len());
}

#[test]
fn the_schema_has_the_same_settings_and_ranges() {
    let said = heyyo_config(&folder("schema", &[]), &["schema"], &[]);
    let schema: Value = serde_json::from_str(&said.output).expect("JSON");
    let sections = schema["properties"].as_object().expect("sections");
    let mut found = BTreeSet::new();
    for (section, about) in sections {
        assert_eq!(about["additionalProperties"], false, "{section}");
        let properties = about["properties"].as_object().expect("settings");
        found.extend(properties.keys().map(|key| format!("{section}.{key}")));
    }
    let files = KEYS.iter().filter(|key| key.is_secret);
    let files = files.map(|key| format!("{}_file", key.name));
    let expected: BTreeSet<String> = documented(|_| true).into_iter().chain(files).collect();
    assert_eq!(found, expected);
    for key in KEYS.iter() {
        let property = &sections[key.section()]["properties"][key.short()];
        let default = serde_json::to_value(&key.default).expect("JSON");
        assert_eq!(property["default"], default, "{}", key.name);
        let range = key
            .range
            .as_ref()
            .map(|range| (*range.start(), *range.end()));
        let bounds = property["minimum"]
            .as_i64()
            .zip(property["maximum"].as_i64());
        assert_eq!(bounds, range, "{}", key.name);
        assert!(
            property["description"]
                .as_str()
                .is_some_and(|text| text.starts_with(&*key.meaning))
        );
    }
}

/// A file in which each number is what `choose` makes of its range.
fn all_numbers(choose: impl Fn(i64, i64) -> i64) -> String {
    let ranged = KEYS
        .iter()
        .filter_map(|key| key.range.as_ref().map(|range| (key, range)));
    let lines = ranged
        .map(|(key, range)| format!("{} = {}\n", key.name, choose(*range.start(), *range.end())));
    lines.collect()
}

#[test]
fn each_number_is_held_to_its_range() {
    let numbers = KEYS.iter().filter(|key| key.range.is_some()).count();
    let check = |name: &str, file: String| {
        heyyo_config(&folder(name, &[("heyyo.toml", &file)]), &["check"], &[])
    };
    for (name, within) in [
        ("least", all_numbers(|least, _| least)),
        ("most", all_numbers(|_, most| most)),
    ] {
        let said = check(name, within);
        assert_eq!(said.code, Some(0), "{}", said.complaints);
    }
    let below = all_numbers(|least, _| least - 1);
    let above = all_numbers(|_, most| most + 1);
    for (name, beyond) in [("below", below), ("above", above)] {
        let said = check(name, beyond);
        assert_eq!(
            said.complaints.lines().count(),
            numbers,
            "{}",
            said.complaints
        );
    }
}
