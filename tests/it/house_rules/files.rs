//! What every file looks like: what opens it, how long it is, what it is called, what tests never say.

use super::{Source, all_files, code, enforce};

fn unopened(files: &[Source]) -> Vec<String> {
    let rust = files.iter().filter(|file| file.path.ends_with(".rs"));
    let says_something = |line: &str| {
        line.strip_prefix("//! ")
            .is_some_and(|words| words.len() >= 15)
    };
    let complaints = rust.filter(|file| !file.text.lines().next().is_some_and(says_something));
    complaints
        .map(|file| format!("{}: say in `//!` what lives here", file.path))
        .collect()
}

#[test]
fn every_file_opens_with_what_lives_in_it() {
    let bad = [
        ("src/a.rs", ""),
        ("src/a.rs", "use std::fs;"),
        ("src/a.rs", "//! A file."),
        ("src/a.rs", "// What lives here is a remark only."),
        ("src/a.rs", "\n//! What lives here comes late."),
    ];
    enforce(unopened, &bad, &all_files());
}

fn too_long(files: &[Source]) -> Vec<String> {
    let longest = 400;
    let long = files
        .iter()
        .filter(|file| file.text.lines().count() > longest);
    long.map(|file| format!("{}: more than {longest} lines", file.path))
        .collect()
}

#[test]
fn no_file_is_longer_than_400_lines() {
    enforce(too_long, &[("src/a.rs", &"\n".repeat(401))], &all_files());
}

/// Words that a test may not say. Put together here, so that this file does not say them.
fn pauses_and_skips(files: &[Source]) -> Vec<String> {
    let words = [
        ["sle", "ep("],
        ["#[ign", "ore"],
        ["should_", "panic"],
        ["todo", "!("],
        ["unimple", "mented!("],
    ]
    .map(|halves| halves.concat());
    let mut complaints = Vec::new();
    // Guests are what is tested: one of their attacks is to pause.
    let is_test = |path: &str| path.starts_with("tests/") && !path.starts_with("tests/guests/");
    for file in files.iter().filter(|file| is_test(&file.path)) {
        for word in words
            .iter()
            .filter(|word| code(&file.text).contains(word.as_str()))
        {
            complaints.push(format!("{}: no test says {word}", file.path));
        }
    }
    complaints
}

#[test]
fn no_test_pauses_or_is_skipped() {
    let bad = [
        ("tests/it/a.rs", ["tokio::time::sle", "ep(second)"].concat()),
        ("tests/it/a.rs", ["#[ign", "ore]"].concat()),
    ];
    let bad: Vec<(&str, &str)> = bad
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    enforce(pauses_and_skips, &bad, &all_files());
}

fn vague_names(files: &[Source]) -> Vec<String> {
    let vague = [
        "utils.rs",
        "util.rs",
        "helpers.rs",
        "helper.rs",
        "common.rs",
        "misc.rs",
    ];
    let named = files
        .iter()
        .filter(|file| vague.iter().any(|name| file.path.ends_with(name)));
    named
        .map(|file| format!("{}: say what is in it", file.path))
        .collect()
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    enforce(vague_names, &[("src/chat/utils.rs", "")], &all_files());
}
