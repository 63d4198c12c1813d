//! Who imports whom: from a door to the verbs to what lies below them, and never back.
//!
//! The table is the picture in `src/lib.rs`; a room without a row fails.

use super::{Source, code, enforce, sources};
use std::collections::BTreeMap;

/// The room of a file in `src/`: its folder, or its own name.
fn room(path: &str) -> &str {
    let below = path.trim_start_matches("src/");
    below.split(['/', '.']).next().expect("a name")
}

/// From each room to those it may import, beside itself. `lib` and `main` may import all.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("error", &["ids"]),
    ("limits", &["config", "error", "ids"]),
    ("ids", &[]),
    ("config", &[]),
    ("time", &[]),
    ("metrics", &["ids"]),
    ("hooks", &["config", "ids", "metrics", "time"]),
    ("client", &[]),
    ("author", &["hooks", "client", "config", "ids"]),
    ("operator", &["auth", "client", "config", "database"]),
    ("deadline", &["error"]),
    ("auth", &["config", "error", "ids"]),
    ("telemetry", &["config"]),
    ("reload", &["config", "metrics", "telemetry"]),
    ("hub", &["config", "error", "ids", "metrics"]),
    ("database", &["config", "deadline", "error"]),
    ("master_key", &["auth", "config", "error"]),
    // The one exception: the node holds what `chat/` keeps in memory.
    (
        "node",
        &[
            "auth",
            "config",
            "error",
            "hooks",
            "hub",
            "ids",
            "limits",
            "metrics",
            "chat::State",
        ],
    ),
    (
        "chat",
        &[
            "node",
            "auth",
            "config",
            "deadline",
            "error",
            "hooks",
            "hub",
            "ids",
            "limits",
            "telemetry",
            "time",
        ],
    ),
    (
        "rest",
        &[
            "chat",
            "node",
            "auth",
            "config",
            "deadline",
            "error",
            "ids",
            "limits",
            "metrics",
            "telemetry",
        ],
    ),
    (
        "socket",
        &[
            "chat",
            "node",
            "auth",
            "config",
            "deadline",
            "error",
            "hub",
            "ids",
            "limits",
            "telemetry",
        ],
    ),
    (
        "doors",
        &["demo", "rest", "socket", "limits", "node", "error"],
    ),
    ("demo", &["rest", "node", "auth"]),
    (
        "server",
        &[
            "doors",
            "socket",
            "chat",
            "node",
            "auth",
            "config",
            "database",
            "error",
            "hooks",
            "hub",
            "ids",
            "limits",
            "master_key",
            "metrics",
            "rest",
        ],
    ),
    ("banner", &["auth", "config", "database", "server"]),
];

/// Every path that begins with `crate::`, groups resolved one level deep: `chat::State`, `error`.
fn imports(text: &str) -> Vec<String> {
    let code = code(text);
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0;
            let end = group.find(|letter| {
                depth += i32::from(letter == '{') - i32::from(letter == '}');
                depth < 0
            });
            let mut depth = 0;
            let parts = group[..end.expect("a closed group")].split(|letter| {
                depth += i32::from(letter == '{') - i32::from(letter == '}');
                letter == ',' && depth == 0
            });
            found.extend(
                parts
                    .map(|part| part.trim().to_owned())
                    .filter(|part| !part.is_empty()),
            );
        } else {
            let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
            found.push(
                after
                    .split(|letter| !is_part(letter))
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
    }
    found
}

/// Whether a file names nothing of a room but one item.
fn names_only(text: &str, room: &str, item: &str) -> bool {
    code(text)
        .split(&format!("{room}::"))
        .skip(1)
        .all(|after| after.starts_with(item))
}

fn imports_upwards(files: &[Source]) -> Vec<String> {
    let may: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let mut complaints = Vec::new();
    for file in files {
        let room = room(&file.path);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(allowed) = may.get(room) else {
            complaints.push(format!(
                "{}: the room {room} is new: say whom it may import",
                file.path
            ));
            continue;
        };
        for import in imports(&file.text) {
            let target = import.split("::").next().unwrap_or_default();
            // `chat::State` in the table: the room, but nothing else of it.
            let is_exception = |name: &&str| {
                name.split_once("::").is_some_and(|(room, item)| {
                    room == target && names_only(&file.text, room, item)
                })
            };
            let may = allowed.contains(&target) || allowed.iter().any(is_exception);
            if target != room && !may {
                complaints.push(format!("{}: {room} may not import {import}", file.path));
            }
        }
    }
    complaints
}

#[test]
fn rooms_import_downwards_only() {
    let bad = [
        ("src/chat/a.rs", "use crate::rest::call::Call;"),
        ("src/socket/a.rs", "use crate::{chat, rest::reply};"),
        ("src/rest/a.rs", "let a = crate::socket::builder();"),
        (
            "src/error.rs",
            "use crate::{\n    ids::{AppId, UserId},\n    node::Node,\n};",
        ),
        ("src/auth/a.rs", "use crate::chat::users;"),
        (
            "src/node.rs",
            "use crate::chat; type A = chat::users::Upsert;",
        ),
        ("src/attic.rs", ""),
    ];
    enforce(imports_upwards, &bad, &sources("src", &[".rs"]));
}
