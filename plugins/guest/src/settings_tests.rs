//! Facts about reading settings.

use super::*;

fn entries(pairs: &[(&str, &str)]) -> Settings {
    let entry = |(key, value): &(&str, &str)| types::Entry {
        key: (*key).into(),
        value: (*value).into(),
    };
    Settings::from_entries(pairs.iter().map(entry).collect())
}

fn unquoted(pairs: &[(&str, &str)]) -> Settings {
    Settings::from_unquoted(
        pairs
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into())),
    )
}

fn keys(settings: Settings) -> Vec<String> {
    settings
        .mistakes()
        .into_iter()
        .map(|mistake| mistake.key)
        .collect()
}

#[test]
fn both_spellings_of_the_same_values_read_alike() {
    for mut settings in [
        entries(&[
            ("word", "\"12\""),
            ("limit", "12"),
            ("on", "true"),
            ("list", "[\"a\"]"),
        ]),
        unquoted(&[
            ("word", "12"),
            ("limit", "12"),
            ("on", "true"),
            ("list", "[\"a\"]"),
        ]),
    ] {
        assert_eq!(settings.text("word").as_deref(), Some("12"));
        assert_eq!(settings.number("limit", 1, 1..=20), 12);
        assert!(settings.switch("on", false));
        assert_eq!(
            settings.texts("list"),
            [("list[0]".to_string(), "a".to_string())]
        );
        assert_eq!(keys(settings), Vec::<String>::new());
    }
}

#[test]
fn a_text_that_looks_like_json_stays_what_it_is() {
    assert_eq!(unquoted(&[("a", "[x]")]).text("a").as_deref(), Some("[x]"));
    assert_eq!(
        unquoted(&[("a", "\"b\"")]).text("a").as_deref(),
        Some("\"b\"")
    );
    assert_eq!(
        unquoted(&[("a", "null")]).text("a").as_deref(),
        Some("null")
    );
}

#[test]
fn every_mistake_is_named_by_its_key() {
    let mut settings = entries(&[
        ("word", "1"),
        ("limit", "\"many\""),
        ("on", "0"),
        ("list", "[\"a\", 2, \"\"]"),
        ("inner", "{\"depth\": -1, \"what\": 1}"),
        ("choice", "\"c\""),
        ("surplus", "1"),
        ("broken", "{"),
    ]);
    settings.text("word");
    settings.number("limit", 1, 1..=20);
    settings.switch("on", true);
    settings.texts("list");
    settings.choice("choice", &[("a", 1), ("b", 2)], 1);
    let mut inner = settings.object("inner");
    inner.number("depth", 1, 0..=3);
    settings.absorb(inner);
    assert_eq!(
        keys(settings),
        [
            "broken",
            "word",
            "limit",
            "on",
            "list[1]",
            "list[2]",
            "choice",
            "inner.depth",
            "inner.what",
            "surplus"
        ]
    );
}

#[test]
fn what_is_not_set_has_its_default() {
    let mut settings = entries(&[]);
    assert_eq!(settings.text("word"), None);
    assert_eq!(settings.number("limit", 7, 1..=20), 7);
    assert!(settings.switch("on", true));
    assert_eq!(settings.choice("choice", &[("a", 1)], 9), 9);
    assert!(settings.texts("list").is_empty());
    assert!(settings.mistakes().is_empty());
}
