//! What an operator types beside running the server: apps, keys, tokens, health, the doctor.

use crate::{
    faults::server_process::folder_for,
    support::{Heyyo, server::fresh_database, shape::text},
};
use serde_json::{Value, json};
use std::{fs, process::Stdio, time::Duration};
use tokio::process::Command;

/// What a command said, and how it ended.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }

    fn refused(self, words: &str) {
        assert_eq!(self.code, Some(1), "{}\n{}", self.out, self.err);
        assert!(self.err.contains(words), "no {words:?} in {}", self.err);
    }
}

async fn heyyo(words: &[&str], variables: &[(&str, &str)]) -> Ended {
    let child = Command::new(env!("CARGO_BIN_EXE_heyyo"))
        .args(words)
        .current_dir(folder_for("operator"))
        .env_remove("HEYYO_CONFIG")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("heyyo starts");
    let ended = tokio::time::timeout(Duration::from_secs(60), child.wait_with_output()).await;
    let output = ended.expect("an end within a minute").expect("an end");
    Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The value of a line like `HEYYO_API_KEY=…`.
fn value<'a>(said: &'a str, name: &str) -> &'a str {
    let mut lines = said.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name} in {said}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_makes_an_app_renames_it_shuts_it_out_and_deletes_it() {
    let server = Heyyo::start().await;
    let access = [
        ("HEYYO_URL", server.url()),
        ("HEYYO_ADMIN_KEY", server.admin_key()),
    ];
    let admin = async |words: &[&str]| heyyo(&[&["admin", "app"], words].concat(), &access).await;
    let made = admin(&["create", "Acme"]).await.well();
    let (key, secret) = (
        value(&made, "HEYYO_API_KEY"),
        value(&made, "HEYYO_API_SECRET"),
    );
    assert!(
        key.starts_with("cb_") && secret.starts_with("cbs_"),
        "{made}"
    );
    let listed = admin(&["list"]).await.well();
    assert!(listed.contains(key) && listed.contains("Acme"), "{listed}");
    assert!(!listed.contains(secret), "{listed}");

    let mint = async |secret: &str| {
        let app = [
            ("HEYYO_URL", server.url()),
            ("HEYYO_API_KEY", key),
            ("HEYYO_API_SECRET", secret),
        ];
        heyyo(&["token", "mint", "jane", "--name", "Jane"], &app).await
    };
    let token = mint(secret).await.well();
    let create = server
        .http()
        .post("/api/channels", &json!({ "name": "general" }));
    let channel = create.token(token.trim()).await.expect(201);
    assert_eq!(channel["name"], "general");

    admin(&["rename", "Acme", "--to", "Acme Ltd"]).await.well();
    admin(&["rename", "Acme", "--to", "Other"])
        .await
        .refused("There is no app \"Acme\"");
    let file = folder_for("operator-key").join("admin-key");
    fs::write(&file, format!("{}\nanother line\n", server.admin_key())).unwrap();
    let by_file = [
        ("HEYYO_URL", server.url()),
        ("HEYYO_ADMIN_KEY_FILE", file.to_str().unwrap()),
    ];
    let listed = heyyo(&["admin", "app", "list"], &by_file).await.well();
    assert!(listed.contains("Acme Ltd"), "{listed}");
    let rotated = admin(&["rotate", "Acme Ltd"]).await.well();
    let newer = value(&rotated, "HEYYO_API_SECRET");
    assert_ne!(newer, secret);
    // Both go on.
    mint(secret).await.well();
    mint(newer).await.well();
    let shown: Value = serde_json::from_str(&admin(&["show", "Acme Ltd"]).await.well()).unwrap();
    let oldest = text(&shown["secrets"][0], "id");
    admin(&["forget", "Acme Ltd", "--secret", oldest])
        .await
        .well();
    let refusals = [mint(secret).await, mint(newer).await];
    assert_eq!(refusals.map(|ended| ended.code), [Some(1), Some(0)]);

    let limits = ["limit", "Acme Ltd", "text_characters=3", "sockets=7"];
    let limited = admin(&limits).await.well();
    assert_eq!(limited, "sockets=7\ntext_characters=3\n");
    let limits = ["limit", "Acme Ltd", "text_characters=default"];
    assert_eq!(admin(&limits).await.well(), "sockets=7\n");
    assert_eq!(admin(&["limit", "Acme Ltd"]).await.well(), "sockets=7\n");
    let unknown = admin(&["limit", "Acme Ltd", "socket=7"]).await;
    unknown.refused("there are attachment_bytes, ");
    for bad in ["sockets", "sockets=many", "sockets=-1"] {
        let ended = admin(&["limit", "Acme Ltd", bad]).await;
        assert_eq!(ended.code, Some(2), "{}", ended.err);
    }
    let below = ["origins", "Acme Ltd", "https://*.acme.example"];
    assert_eq!(admin(&below).await.well(), "https://*.acme.example\n");
    let nothing = admin(&["origins", "Acme Ltd"]).await;
    assert_eq!(nothing.code, Some(2), "{}", nothing.err);
    let any = ["origins", "Acme Ltd", "--any"];
    assert_eq!(admin(&any).await.well(), "");

    admin(&["suspend", "Acme Ltd"]).await.well();
    let shown = admin(&["show", "Acme Ltd"]).await.well();
    assert!(shown.contains("\"suspended\": true"), "{shown}");
    mint(newer).await.refused("suspended");
    admin(&["resume", "Acme Ltd"]).await.well();
    mint(newer).await.well();

    let audit = heyyo(&["admin", "audit"], &access).await.well();
    assert!(audit.lines().count() >= 4, "{audit}");
    assert!(!audit.contains(secret) && !audit.contains(newer), "{audit}");

    let wrong = ["delete", "Acme Ltd", "--yes-delete", "Acme"];
    admin(&wrong).await.refused("nothing was deleted");
    admin(&["delete", "Acme Ltd", "--yes-delete", "Acme Ltd"])
        .await
        .well();
    assert_eq!(admin(&["list"]).await.well(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_admin_key_is_told_with_what_to_do() {
    let server = Heyyo::start().await;
    let access = [
        ("HEYYO_URL", server.url()),
        ("HEYYO_ADMIN_KEY", "a-wrong-admin-key"),
    ];
    let ended = heyyo(&["admin", "app", "list"], &access).await;
    ended.refused("Check --admin-key (HEYYO_ADMIN_KEY) or --admin-key-file.");
    let nobody = [("HEYYO_URL", "http://127.0.0.1:1")];
    let ended = heyyo(&["admin", "app", "list"], &nobody).await;
    ended.refused("Does --url (HEYYO_URL) name the server?");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_ends_well_only_where_a_server_can_serve() {
    let server = Heyyo::start().await;
    let said = heyyo(&["health", "--url", server.url()], &[]).await.well();
    assert_eq!(said, "ready\n");
    let ended = heyyo(&["health", "--url", "http://127.0.0.1:1"], &[]).await;
    ended.refused("does not answer");
    let elsewhere = format!("{}/api", server.url());
    let ended = heyyo(&["health", "--url", &elsewhere], &[]).await;
    ended.refused("Not found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flag_before_a_command_is_refused_and_not_ignored() {
    let ended = heyyo(&["--port", "4001", "doctor"], &[]).await;
    assert_eq!(ended.code, Some(2), "{}\n{}", ended.out, ended.err);
    assert!(ended.err.contains("--port"), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_well_and_what_has_to_be_mended() {
    let database = fresh_database().await;
    let good = [
        ("DATABASE_URL", &*database),
        ("HEYYO_ADMIN_KEY", "an-admin-key-for-tests"),
        ("HEYYO_MASTER_KEY", "a master key for tests, long enough"),
        ("HEYYO_SERVER__PORT", "0"),
    ];
    let said = heyyo(&["doctor"], &good).await.well();
    for words in [
        "ok     configuration",
        "ok     database: PostgreSQL 1",
        "ok     migrations: the database is up to date",
        "ok     clock",
        "ok     master key: given",
        "ok     admin key: given",
        "A server can be started.",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    for (name, value, words) in [
        ("HEYYO_LIMITS__ATTACHMENTS", "many", "WRONG  configuration"),
        (
            "DATABASE_URL",
            "postgres://nobody@127.0.0.1:1/nothing",
            "WRONG  database",
        ),
    ] {
        let bad = [&good[..], &[(name, value)]].concat();
        let ended = heyyo(&["doctor"], &bad).await;
        assert_eq!(ended.code, Some(1), "{}", ended.out);
        assert!(ended.out.contains(words), "no {words:?} in {}", ended.out);
        assert!(
            ended.out.contains("Mend what is WRONG first."),
            "{}",
            ended.out
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrating_ends_with_a_database_that_is_up_to_date() {
    let database = fresh_database().await;
    let variables = [("DATABASE_URL", &*database)];
    let said = heyyo(&["migrate"], &variables).await.well();
    assert_eq!(said, "The database is up to date.\n");
}

#[tokio::test]
async fn a_new_admin_key_is_long_enough_and_another_each_time() {
    let (one, other) = (
        heyyo(&["admin", "key"], &[]).await,
        heyyo(&["admin", "key"], &[]).await,
    );
    assert!(one.err.contains("auth"), "{}", one.err);
    let (one, other) = (one.well(), other.well());
    assert!(one.trim().len() >= 32, "{one}");
    assert_ne!(one, other);
}

#[tokio::test]
async fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let said = heyyo(&["completions", shell], &[]).await.well();
        assert!(said.contains("doctor") && said.contains("heyyo"), "{shell}");
    }
}

#[tokio::test]
async fn help_tells_how_to_begin_and_what_exit_codes_mean() {
    let said = heyyo(&["--help"], &[]).await.well();
    for words in [
        "heyyo doctor",
        "heyyo token mint",
        "Exit codes: 0",
        "serve",
        "plugin",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    let wrong = heyyo(&["no-such-command"], &[]).await;
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
}
