//! The rules of the house, read from the files themselves: who imports whom, where SQL may stand,
//! what opens a file.
//!
//! Each rule is a function from sources to complaints. It is shown a bad sample first, so that a
//! rule which has gone blind fails as loudly as a broken one.

mod files;
mod imports;
mod statements;

use std::{fs, path::Path};

/// A file: its path from the top of the repository, and its text.
struct Source {
    path: String,
    text: String,
}

/// Everything below a folder that ends so.
fn sources(folder: &str, endings: &[&str]) -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![top.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            if path.is_dir() {
                // What was installed or built is not ours.
                if !["node_modules", ".venv", "target"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(Source {
                    path: path
                        .strip_prefix(top)
                        .expect("below the top")
                        .display()
                        .to_string(),
                    text: fs::read_to_string(&path).expect("text"),
                });
            }
        }
    }
    assert!(!found.is_empty(), "{folder} is empty");
    found
}

fn sample(path: &str, text: &str) -> Vec<Source> {
    vec![Source {
        path: path.to_owned(),
        text: text.to_owned(),
    }]
}

/// Fails unless the rule sees what is wrong with each sample and finds nothing in the house.
fn enforce(rule: impl Fn(&[Source]) -> Vec<String>, bad: &[(&str, &str)], house: &[Source]) {
    for (path, text) in bad {
        assert!(
            !rule(&sample(path, text)).is_empty(),
            "the rule is blind to {text:?} in {path}"
        );
    }
    let complaints = rule(house);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// The text without comments, so that words may be talked about.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// Everything that people read: our own files.
fn all_files() -> Vec<Source> {
    let mut files = sources("src", &[".rs"]);
    files.extend(sources("tests", &[".rs", ".mjs", ".py"]));
    files.extend(sources("migrations", &[".sql"]));
    files
}
