//! Who wins: defaults, a file, long names of variables, short names, flags. Each value is shown with its
//! place, so `heyyo config show` is how a test sees it.

use super::{Said, folder, heyyo_config};

/// The line of one setting.
fn line<'a>(said: &'a Said, start: &str) -> &'a str {
    assert_eq!(said.code, Some(0), "{}", said.complaints);
    let line = said.output.lines().find(|line| line.starts_with(start));
    line.unwrap_or_else(|| panic!("no {start} in {}", said.output))
}

fn is_shown(said: &Said, value: &str, place: &str) {
    let line = line(said, value.split(" =").next().expect("a name"));
    let shown = line
        .split_once('#')
        .map(|(value, place)| (value.trim(), place.trim()));
    assert_eq!(shown, Some((value, place)));
}

#[test]
fn the_stronger_layer_wins_and_is_named() {
    let folder = folder("layers", &[]);
    let show = |arguments: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&["show"], arguments].concat();
        heyyo_config(&folder, &arguments, environment)
    };
    is_shown(&show(&[], &[]), "port = 4000", "default");
    std::fs::write(folder.join("heyyo.toml"), "[server]\n\nport = 1\n").expect("a file");
    is_shown(&show(&[], &[]), "port = 1", "heyyo.toml:3");
    std::fs::write(folder.join("other.toml"), "server.port = 2").expect("a file");
    is_shown(
        &show(&["--config", "other.toml"], &[]),
        "port = 2",
        "other.toml:1",
    );
    let mut variables = vec![("HEYYO_CONFIG", "other.toml")];
    is_shown(&show(&[], &variables), "port = 2", "other.toml:1");
    variables.push(("HEYYO_SERVER__PORT", "3"));
    is_shown(&show(&[], &variables), "port = 3", "HEYYO_SERVER__PORT");
    variables.push(("PORT", "4"));
    is_shown(&show(&[], &variables), "port = 4", "PORT");
    is_shown(&show(&["--port", "5"], &variables), "port = 5", "--port");
}

#[test]
fn lists_and_texts_come_from_variables_too() {
    let folder = folder("lists", &[]);
    let variables = [
        (
            "HEYYO_SERVER__ALLOWED_ORIGINS",
            "https://a.example, https://b.example:8080",
        ),
        ("HEYYO_LOG__FORMAT", "json"),
        ("RUST_LOG", "debug"),
    ];
    let said = heyyo_config(&folder, &["show"], &variables);
    let origins = r#"allowed_origins = ["https://a.example", "https://b.example:8080"]"#;
    is_shown(&said, origins, "HEYYO_SERVER__ALLOWED_ORIGINS");
    is_shown(&said, r#"format = "json""#, "HEYYO_LOG__FORMAT");
    is_shown(&said, r#"level = "debug""#, "RUST_LOG");
}

#[test]
fn a_secret_may_come_from_a_file_and_is_not_shown() {
    let key = "a-key-of-an-operator";
    let master = "a master key for tests, long enough";
    let keys = format!("{key}\n\nanother-{key}\n");
    let config = "[auth]\nmaster_key_file = \"master\"\n";
    let files = [
        ("keys", &*keys),
        ("master", master),
        ("url", "postgres://u:pass@h/d\n"),
        ("heyyo.toml", config),
    ];
    let folder = folder("secret-files", &files);
    let variables = [
        ("HEYYO_ADMIN_KEY_FILE", "keys"),
        ("DATABASE_URL_FILE", "url"),
    ];
    let said = heyyo_config(&folder, &["show"], &variables);
    is_shown(&said, r#"admin_keys = "(secret)""#, "HEYYO_ADMIN_KEY_FILE");
    is_shown(&said, r#"master_key = "(secret)""#, "heyyo.toml:2");
    is_shown(&said, r#"url = "(secret)""#, "DATABASE_URL_FILE");
    for secret in [key, master, "pass"] {
        assert!(!said.output.contains(secret), "{}", said.output);
    }
    // Three keys are one too many: so each line was one.
    std::fs::write(folder.join("keys"), keys.repeat(2)).expect("a file");
    let said = heyyo_config(&folder, &["check"], &variables);
    assert!(
        said.complaints
            .contains("HEYYO_ADMIN_KEY_FILE: auth.admin_keys: two keys at most"),
        "{}",
        said.complaints
    );
}

#[test]
fn what_is_shown_is_a_configuration_file() {
    let folder = folder("shown", &[]);
    let said = heyyo_config(&folder, &["show"], &[]);
    std::fs::write(folder.join("copy.toml"), &said.output).expect("a file");
    let checked = heyyo_config(&folder, &["check", "copy.toml"], &[]);
    assert_eq!(
        (checked.code, &*checked.output),
        (Some(0), "copy.toml: ok\n")
    );
}
