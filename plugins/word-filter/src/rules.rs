//! What a tenant may configure, and the verdict that comes of it. See `README.md` for every key.

use crate::folding::{Folding, Letter, views};
use crate::matching::{Word, Words};
use guest::types::Verdict;
use guest::{Findings, Settings, findings::mask};
use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;
use std::ops::Range;

const CODE: &str = "banned-word";
const REASON: &str = "This message has a word in it that is not allowed here.";

/// What becomes of a message in which a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Reject,
    Mask,
    Flag,
    Hold,
}

const ACTIONS: [(&str, Action); 4] = [
    ("reject", Action::Reject),
    ("mask", Action::Mask),
    ("flag", Action::Flag),
    ("hold", Action::Hold),
];

/// What one rule says, apart from what it looks for.
#[derive(Debug, Clone)]
struct Rule {
    /// As the tenant wrote it; shown to moderators with a flag.
    written: String,
    action: Action,
    code: String,
    reason: String,
    score: u8,
}

/// The whole configuration, ready to judge.
#[derive(Debug)]
pub struct Rules {
    folding: Folding,
    mask_with: char,
    /// Of each word in `words`, in order; after them come the words that are allowed.
    of_words: Vec<Rule>,
    words: Words,
    patterns: Vec<(Regex, Rule)>,
}

impl Rules {
    /// Reads the settings; what is wrong is noted there.
    pub fn read(settings: &mut Settings) -> Rules {
        let defaults = Rule {
            written: String::new(),
            action: settings.choice("action", &ACTIONS, Action::Reject),
            code: settings.text("code").unwrap_or_else(|| CODE.into()),
            reason: settings.text("reason").unwrap_or_else(|| REASON.into()),
            score: settings.number("score", 100, 0..=100) as u8,
        };
        let mask_with = settings.character("mask_with", '*');
        let folding = read_folding(settings);

        let (mut of_words, mut words) = (Vec::new(), Vec::new());
        for (place, rule) in read_rules(settings, "words", "word", &defaults) {
            match Word::parse(&rule.written, folding) {
                Ok(word) => {
                    words.push(word);
                    of_words.push(rule);
                }
                Err(problem) => settings.mistake(&place, problem),
            }
        }
        for (place, written) in settings.texts("allow") {
            match Word::parse(&written, folding) {
                Ok(word) => words.push(word),
                Err(problem) => settings.mistake(&place, problem),
            }
        }
        let mut patterns = Vec::new();
        for (place, rule) in read_rules(settings, "patterns", "pattern", &defaults) {
            match RegexBuilder::new(&rule.written)
                .case_insensitive(true)
                .build()
            {
                Ok(pattern) if pattern.is_match("") => {
                    settings.mistake(&place, "matches even where nothing is")
                }
                Ok(pattern) => patterns.push((pattern, rule)),
                Err(error) => {
                    settings.mistake(&place, format!("is not a regular expression: {error}"))
                }
            }
        }
        let words = Words::new(words, folding.repeats).unwrap_or_else(|error| {
            settings.mistake("words", format!("are too many: {error}"));
            Words::new(Vec::new(), folding.repeats).expect("no words are not too many")
        });
        Rules {
            folding,
            mask_with,
            of_words,
            words,
            patterns,
        }
    }

    /// The verdict about a text.
    pub fn judge(&self, text: &str) -> Verdict {
        let mut matches: Vec<(&Rule, Range<usize>)> = Vec::new();
        let mut allowed: Vec<Range<usize>> = Vec::new();
        for letters in views(text, self.folding) {
            self.words
                .find(&letters, |number, range| match self.of_words.get(number) {
                    Some(rule) => matches.push((rule, range)),
                    None => allowed.push(range),
                });
            if !self.patterns.is_empty() {
                self.find_patterns(&letters, |rule, range| matches.push((rule, range)));
            }
        }
        matches.retain(|(_, range)| !allowed.iter().any(|allowed| contains(allowed, range)));

        let mut findings = Findings::default();
        let mut masked = Vec::new();
        for (rule, range) in matches {
            match rule.action {
                Action::Reject => findings.reject(&rule.code, &rule.reason),
                Action::Hold => findings.hold(&rule.code, &rule.reason),
                Action::Flag => findings.flag(&rule.code, rule.score, Some(&rule.written)),
                Action::Mask => masked.push(range),
            }
        }
        for range in merged(masked) {
            let mask = mask(&text[range.clone()], self.mask_with);
            findings.replace(range, mask);
        }
        findings.verdict(text)
    }

    fn find_patterns<'a>(
        &'a self,
        letters: &[Letter],
        mut found: impl FnMut(&'a Rule, Range<usize>),
    ) {
        let folded: String = letters.iter().map(|letter| letter.folded).collect();
        let mut of_bytes = Vec::with_capacity(folded.len());
        for letter in letters {
            of_bytes.extend(std::iter::repeat_n(*letter, letter.folded.len_utf8()));
        }
        for (pattern, rule) in &self.patterns {
            for matched in pattern
                .find_iter(&folded)
                .filter(|matched| !matched.is_empty())
            {
                found(
                    rule,
                    of_bytes[matched.start()].to(of_bytes[matched.end() - 1]),
                );
            }
        }
    }
}

/// Reads a list of rules, each a text or an object with the text under `key`.
fn read_rules(
    settings: &mut Settings,
    list: &str,
    key: &str,
    defaults: &Rule,
) -> Vec<(String, Rule)> {
    let mut rules = Vec::new();
    for (index, value) in settings.list(list).into_iter().enumerate() {
        let mut place = format!("{list}[{index}]");
        let rule = match value {
            Value::String(written) => Rule {
                written,
                ..defaults.clone()
            },
            Value::Object(object) => {
                let mut inner = Settings::from_object(&place, object);
                let rule = Rule {
                    written: inner.text(key).unwrap_or_default(),
                    action: inner.choice("action", &ACTIONS, defaults.action),
                    code: inner.text("code").unwrap_or_else(|| defaults.code.clone()),
                    reason: inner
                        .text("reason")
                        .unwrap_or_else(|| defaults.reason.clone()),
                    score: inner.number("score", defaults.score.into(), 0..=100) as u8,
                };
                settings.absorb(inner);
                place = format!("{place}.{key}");
                rule
            }
            other => {
                settings.expected::<()>(&place, "a string or an object", &other);
                continue;
            }
        };
        rules.push((place, rule));
    }
    rules.retain(|(place, rule)| {
        let empty = rule.written.trim().is_empty();
        if empty {
            settings.mistake(place, "is missing or empty");
        }
        !empty
    });
    rules
}

fn read_folding(settings: &mut Settings) -> Folding {
    let mut inner = settings.object("fold");
    let folding = Folding {
        accents: inner.switch("accents", true),
        lookalikes: inner.switch("lookalikes", true),
        leet: inner.switch("leet", true),
        repeats: inner.switch("repeats", true),
        spaced: inner.switch("spaced", true),
    };
    settings.absorb(inner);
    folding
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The same bytes in ranges that do not overlap.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
