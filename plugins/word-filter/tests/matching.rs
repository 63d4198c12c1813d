//! Facts about which spellings of a word are found, and about what is left of a text when they are masked.

use guest::Settings;
use guest::types::{Entry, Verdict};
use word_filter::folding::{Folding, views};
use word_filter::rules::Rules;

fn rules(config: serde_json::Value) -> Rules {
    let serde_json::Value::Object(config) = config else {
        panic!("a configuration is an object")
    };
    let entries = config
        .into_iter()
        .map(|(key, value)| Entry {
            key,
            value: value.to_string(),
        })
        .collect();
    let mut settings = Settings::from_entries(entries);
    let rules = Rules::read(&mut settings);
    assert_eq!(settings.mistakes(), []);
    rules
}

fn mistakes(config: &[(&str, &str)]) -> Vec<String> {
    let entry = |(key, value): &(&str, &str)| Entry {
        key: (*key).into(),
        value: (*value).into(),
    };
    let mut settings = Settings::from_entries(config.iter().map(entry).collect());
    Rules::read(&mut settings);
    settings
        .mistakes()
        .into_iter()
        .map(|mistake| mistake.key)
        .collect()
}

fn is_found(word: &str, text: &str) -> bool {
    !matches!(
        rules(serde_json::json!({ "words": [word] })).judge(text),
        Verdict::Allow
    )
}

fn masked(config: serde_json::Value, text: &str) -> String {
    match rules(config).judge(text) {
        Verdict::Amend(amendment) => amendment.text.expect("a mask changes the text"),
        Verdict::Allow => text.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_word_is_found_however_it_is_spelled() {
    for text in [
        "badger",
        "BADGER",
        "a bAdGeR!",
        "bádgêr",
        "ba\u{301}dger",
        "b4dg3r",
        "B@DGER",
        "bаdgеr",
        "ＢＡＤＧＥＲ",
        "𝓫𝓪𝓭𝓰𝓮𝓻",
        "ⓑⓐⓓⓖⓔⓡ",
        "🅱🅰🅳🅶🅴🆁",
        "ʙᴀᴅɢᴇʀ",
        "bad\u{200b}ger",
        "b\u{ad}a\u{2060}dger",
        "baaaaadgerrrr",
        "b a d g e r",
        "b.a.d.g.e.r",
        "b-4-d-g-3-r",
        "\"badger\"",
        "_badger_",
        "-badger-",
        "badger's",
        "BÁÁÁDG3R",
    ] {
        assert!(is_found("badger", text), "{text}");
    }
    assert!(is_found("badger", "what a b a d g e r"));
    for text in ["a$$", "@ss", "4$s", "ass!", "asssss", "$$ ass"] {
        assert!(is_found("ass", text), "{text}");
    }
    for text in ["f1ag", "fl4g", "f|ag", "FLAG"] {
        assert!(is_found("flag", text), "{text}");
    }
}

#[test]
fn a_word_is_not_found_within_another() {
    for text in [
        "class", "assess", "bass", "Passau", "1 as s", "a $ sign", "as", "aßen",
    ] {
        assert!(!is_found("ass", text), "{text}");
    }
    assert!(!is_found("god", "good"));
    assert!(!is_found("good", "god"));
    assert!(is_found("god", "gooood"));
    assert!(is_found("good", "gooood"));
}

#[test]
fn a_wildcard_opens_an_end() {
    assert!(is_found("bad*", "badly") && is_found("bad*", "bad") && !is_found("bad*", "forbad"));
    assert!(is_found("*bad", "forbad") && !is_found("*bad", "badly"));
    assert!(is_found("*bad*", "unbadly"));
    assert_eq!(
        masked(
            serde_json::json!({ "words": ["bad*"], "action": "mask" }),
            "so badly, so bad."
        ),
        "so *****, so ***."
    );
}

#[test]
fn scripts_without_spaces_have_words_everywhere() {
    assert!(is_found("笨蛋", "你是笨蛋吗"));
    assert!(is_found("바보", "이바보야"));
    assert!(!is_found("각", "가"));
    assert!(is_found("сука", "СУКА!"));
    assert!(is_found("μαλάκας", "ΜΑΛΆΚΑΣ"));
    assert!(is_found("🖕", "to you 🖕🖕🏽"));
}

#[test]
fn a_phrase_is_found_over_any_separators() {
    for text in [
        "go away",
        "GO  AWAY",
        "go-away",
        "go... away",
        "g0 4way",
        "go\naway",
    ] {
        assert!(is_found("go away", text), "{text}");
    }
    assert!(!is_found("go away", "go far away"));
}

#[test]
fn what_is_allowed_is_no_match() {
    let config =
        serde_json::json!({ "words": ["*cunt*", "*cock*"], "allow": ["scunthorpe", "cockpit*"] });
    let rules = rules(config);
    assert!(matches!(
        rules.judge("Scunthorpe's cockpits"),
        Verdict::Allow
    ));
    assert!(matches!(rules.judge("Scunthorpe cunt"), Verdict::Reject(_)));
}

#[test]
fn a_folding_that_is_off_is_not_done() {
    for (fold, text) in [
        ("accents", "bád"),
        ("lookalikes", "bаd"),
        ("leet", "b4d"),
        ("repeats", "baaad"),
        ("spaced", "b a d"),
    ] {
        let on = rules(serde_json::json!({ "words": ["bad"] }));
        let off = rules(serde_json::json!({ "words": ["bad"], "fold": { fold: false } }));
        assert!(matches!(on.judge(text), Verdict::Reject(_)), "{fold}");
        assert!(matches!(off.judge(text), Verdict::Allow), "{fold}");
    }
}

#[test]
fn patterns_see_the_folded_text_and_mask_the_original() {
    let config =
        serde_json::json!({ "patterns": [{ "pattern": r"\bbuy .{1,9} now\b", "action": "mask" }] });
    assert_eq!(masked(config, "é BÚY  gold nöw é"), "é ************* é");
}

#[test]
fn masks_keep_the_length_and_the_rest() {
    let config =
        serde_json::json!({ "words": ["bad", "bad egg"], "action": "mask", "mask_with": "•" });
    assert_eq!(
        masked(config.clone(), "ä B\u{200b}ÄD  egg ö"),
        "ä ••••••••• ö"
    );
    let rules = rules(config);
    let mut random = Random(7);
    for _ in 0..20_000 {
        let text = random.text();
        if let Verdict::Amend(amendment) = rules.judge(&text) {
            let masked = amendment.text.unwrap();
            assert_eq!(masked.chars().count(), text.chars().count(), "{text:?}");
            let kept = masked
                .chars()
                .zip(text.chars())
                .all(|(after, before)| after == '•' || after == before);
            assert!(kept, "{text:?}");
        }
    }
}

#[test]
fn folded_letters_know_where_they_came_from() {
    let mut random = Random(11);
    for _ in 0..20_000 {
        let text = random.text();
        for view in views(&text, Folding::ALL) {
            let mut before = 0;
            for letter in view {
                let (start, end) = (letter.start as usize, letter.end as usize);
                assert!(
                    start >= before && end > start && text.get(start..end).is_some(),
                    "{text:?}"
                );
                before = start;
            }
        }
    }
}

#[test]
fn whatever_is_configured_and_said_nothing_panics() {
    let mut random = Random(13);
    for _ in 0..2_000 {
        let config = serde_json::json!({
            "words": [random.text(), { "word": random.text(), "action": "mask" }],
            "patterns": [random.text()],
            "allow": [random.text()],
        });
        let serde_json::Value::Object(config) = config else {
            unreachable!()
        };
        let entries = config
            .into_iter()
            .map(|(key, value)| Entry {
                key,
                value: value.to_string(),
            })
            .collect();
        let rules = Rules::read(&mut Settings::from_entries(entries));
        for _ in 0..10 {
            rules.judge(&random.text());
        }
    }
}

#[test]
fn every_mistake_in_a_configuration_is_named() {
    let config = [
        (
            "words",
            r#"["ok", 3, "", "a*b", "**", {"word": "x", "action": "burn"}, {"action": "mask"}, "..."]"#,
        ),
        ("patterns", r#"["(", "a*", {"pattern": "ok", "extra": 1}]"#),
        ("allow", r#""no list""#),
        ("mask_with", r#""**""#),
        ("score", "101"),
        ("fold", r#"{"accent": true}"#),
        ("wrods", "[]"),
    ];
    assert_eq!(
        mistakes(&config),
        [
            "score",
            "mask_with",
            "fold.accent",
            "words[1]",
            "words[5].action",
            "words[2]",
            "words[6].word",
            "words[3]",
            "words[4]",
            "words[7]",
            "allow",
            "patterns[2].extra",
            "patterns[0]",
            "patterns[1]",
            "wrods",
        ]
    );
}

/// A small generator of texts, the same ones in every run: letters, separators and every kind of
/// character that folding treats in its own way.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 40] = [
            "b",
            "a",
            "d",
            "B",
            "A",
            "D",
            "e",
            "g",
            "bad",
            "egg",
            " ",
            " ",
            ".",
            "-",
            "4",
            "@",
            "1",
            "!",
            "*",
            "é",
            "ä",
            "а",
            "ß",
            "æ",
            "\u{200b}",
            "\u{301}",
            "ａ",
            "𝓫",
            "🅱",
            "👩‍👩‍👧",
            "한",
            "笨",
            "ﷺ",
            "İ",
            "\n",
            "\0",
            "ﬃ",
            "|",
            "$",
            "\u{202e}",
        ];
        let length = self.next(24);
        let mut text = String::new();
        for _ in 0..length {
            match self.next(12) {
                0 => text.extend(char::from_u32(self.next(0x11_0000) as u32)),
                _ => text.push_str(PIECES[self.next(PIECES.len())]),
            }
        }
        text
    }
}
