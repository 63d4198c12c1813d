//! What cannot be is refused, with file, line and key: all of it at once, and no secret in it.

use super::{folder, heyyo_config};

/// What `heyyo config check` says of a file and an environment, a line each.
fn complaints(name: &str, file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(name, &[("heyyo.toml", file)]);
    let said = heyyo_config(&folder, &["check"], environment);
    assert_eq!(said.code, Some(1), "{}{}", said.output, said.complaints);
    assert_eq!(said.output, "");
    let lines = said.complaints.lines();
    let lines = lines.map(|line| line.strip_prefix("heyyo: ").expect("our name"));
    lines.map(str::to_owned).collect()
}

#[test]
fn each_refusal_names_file_line_and_key() {
    let file = r#"# A comment.
[limits]
text_characters = "many"
txt_characters = 10
attachments = 100000
metadata_depth = 99999999999999999999

[servr]
[server]
port = -1
allowed_origins = [1]
address = 7
[auth]
per_app = 3
[log]
format = "xml"
"#;
    let expected = [
        r#"heyyo.toml:3: limits.text_characters: expected a whole number, found "many""#,
        "heyyo.toml:4: limits.txt_characters: unknown key; did you mean text_characters?",
        "heyyo.toml:5: limits.attachments: expected 0 to 1000, found 100000",
        "heyyo.toml:6: limits.metadata_depth: is a number out of every range",
        "heyyo.toml:8: servr: unknown key; did you mean server?",
        "heyyo.toml:10: server.port: expected 0 to 65535, found -1",
        "heyyo.toml:11: server.allowed_origins: expected a list of texts, found a list of other things",
        "heyyo.toml:12: server.address: expected a text, found 7",
        "heyyo.toml:14: auth.per_app: unknown key; did you mean plugins.per_app?",
        r#"heyyo.toml:16: log.format: expected "text" or "json", found "xml""#,
    ];
    assert_eq!(complaints("refusals", file, &[]), expected);
}

#[test]
fn a_variable_that_is_wrong_is_named_like_a_line() {
    let variables = [
        ("HEYYO_LIMITS__METADATA_DEPTH", "deep"),
        ("HEYYO_LIMITS__TXT", "1"),
        ("HEYYO_AUTH__MASTER_KEY_FILE", "nowhere"),
        ("PORT", "seventy"),
    ];
    let expected = [
        "HEYYO_AUTH__MASTER_KEY_FILE: auth.master_key_file: nowhere: cannot be read: No such file or directory (os error 2)",
        r#"HEYYO_LIMITS__METADATA_DEPTH: limits.metadata_depth: expected a whole number, found "deep""#,
        "HEYYO_LIMITS__TXT: limits.txt: unknown key; `heyyo config show` lists all",
        r#"PORT: server.port: expected a whole number, found "seventy""#,
    ];
    assert_eq!(complaints("variables", "# Nothing.", &variables), expected);
}

#[test]
fn what_contradicts_itself_is_refused_where_somebody_said_it() {
    let file = r#"[server]
address = "example.com"
allowed_origins = ["https://chat.example/"]
[database]
url = "mysql://localhost"
data_dir = ""
[auth]
admin_keys = ["too short"]
master_key = "too short, too"
[plugins]
longest_ms = 100
[log]
level = "inof"
"#;
    let said = complaints("contradictions", file, &[]);
    let places = [
        "2: server.address: ",
        "3: server.allowed_origins: ",
        "5: database.url: ",
        "6: database.data_dir: ",
        "8: auth.admin_keys: ",
        "9: auth.master_key: ",
        "11: plugins.longest_ms: ",
        "13: log.level: ",
    ];
    assert_eq!(said.len(), places.len(), "{said:#?}");
    for (line, place) in said.iter().zip(places) {
        assert!(line.starts_with(&format!("heyyo.toml:{place}")), "{line}");
    }
}

#[test]
fn a_text_that_is_no_toml_is_refused_with_its_line() {
    for (file, line) in [
        ("[limits]\nattachments = 1\nattachments = 2\n", 3),
        ("[limits\n", 1),
        ("# fine\n\n[limits]\nattachments = \n", 4),
    ] {
        let said = complaints("no-toml", file, &[]);
        let place = format!("heyyo.toml:{line}: ");
        assert!(said[0].starts_with(&place), "{said:?} of {file:?}");
    }
}

#[test]
fn a_secret_is_said_once_and_never_shown() {
    let secret = "kept-to-ourselves";
    let file = format!(
        "[auth]\nmaster_key = {{ is = \"{secret}\" }}\nadmin_keys = \"{secret}\"\nadmin_keys_file = \"keys\"\n\
         [database]\nurl = \"{secret}\"\n"
    );
    std::fs::write(super::folder("secrets", &[]).join("keys"), secret).expect("a file");
    let said = complaints("secrets", &file, &[("HEYYO_MASTER_KEY", secret)]);
    let said_twice =
        "heyyo.toml:4: auth.admin_keys_file: was said in heyyo.toml:3 already; say it in one place";
    assert!(said.iter().any(|line| line == said_twice), "{said:#?}");
    assert_eq!(said.len(), 4, "{said:#?}");
    for line in said {
        assert!(!line.contains(secret), "{line}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let folder = folder("named", &[]);
    let said = heyyo_config(&folder, &["check", "elsewhere.toml"], &[]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.complaints
            .starts_with("heyyo: elsewhere.toml: cannot be read"),
        "{}",
        said.complaints
    );
    let said = heyyo_config(&folder, &["check", "one", "two"], &[]);
    assert_eq!(said.code, Some(2), "{}", said.complaints);
}
