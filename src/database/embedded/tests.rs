//! What an operator relies on, tried with a real PostgreSQL in a folder of its own each time.
//!
//! What needs a Heyyo to be killed as a whole is tried from outside, in `tests/`.

use super::Embedded;
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{ConnectOptions, PgConnection, query, query_scalar};
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// The longest that a restart may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// A data folder that is removed when the test ends, well or not.
struct DataFolder(PathBuf);

impl DataFolder {
    fn new() -> DataFolder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("heyyo-embedded-{}-{count}", std::process::id());
        DataFolder(env::temp_dir().join(name))
    }

    async fn start(&self) -> Embedded {
        Embedded::start(&self.0).await.expect("a PostgreSQL")
    }

    /// What a start that must fail says.
    async fn refusal(&self) -> String {
        match Embedded::start(&self.0).await {
            Ok(_) => panic!("{} was not refused", self.0.display()),
            Err(error) => format!("{error:#}"),
        }
    }

    fn cluster(&self, file: &str) -> PathBuf {
        self.0.join("postgres").join(file)
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Looks until `look` finds something, or fails the test with what it was to find.
async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut glances = tokio::time::interval(GLANCE);
    let search = async {
        loop {
            glances.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    let found = tokio::time::timeout(DEADLINE, search).await;
    found.unwrap_or_else(|_| panic!("{what}: not within {DEADLINE:?}"))
}

async fn connect(embedded: &Embedded) -> PgConnection {
    embedded.options().connect().await.expect("a connection")
}

fn process_of(embedded: &Embedded) -> Pid {
    let id = embedded.process_id().expect("a running postmaster");
    Pid::from_raw(i32::try_from(id).expect("a process id"))
}

fn append(file: &Path, text: &str) {
    let before = fs::read_to_string(file).expect("a file");
    fs::write(file, before + text).expect("a longer file");
}

#[tokio::test]
async fn rows_survive_a_kill_and_a_stop() {
    let folder = DataFolder::new();
    let embedded = folder.start().await;
    let mut connection = connect(&embedded).await;
    query("CREATE TABLE kept (word text)")
        .execute(&mut connection)
        .await
        .expect("a table");
    query("INSERT INTO kept VALUES ('acked')")
        .execute(&mut connection)
        .await
        .expect("a row");

    let killed = process_of(&embedded);
    kill(killed, Signal::SIGKILL).expect("a process to kill");
    let mut connection = eventually("another postmaster", async || {
        let id = embedded.process_id()?;
        let another = i32::try_from(id).ok()? != killed.as_raw();
        let connection = embedded.options().connect().await.ok()?;
        another.then_some(connection)
    })
    .await;
    let kept = query_scalar::<_, String>("SELECT word FROM kept");
    let word = kept.fetch_one(&mut connection).await.expect("the row");
    assert_eq!(word, "acked", "after the kill");

    let stopped = process_of(&embedded);
    embedded.stop().await;
    assert_eq!(kill(stopped, None), Err(Errno::ESRCH), "it still runs");

    let embedded = folder.start().await;
    let mut connection = connect(&embedded).await;
    let kept = query_scalar::<_, String>("SELECT word FROM kept");
    let word = kept.fetch_one(&mut connection).await.expect("the row");
    assert_eq!(word, "acked", "after the stop");
    embedded.stop().await;
}

#[tokio::test]
async fn a_folder_serves_one_and_folders_serve_side_by_side() {
    let folder = DataFolder::new();
    let other = DataFolder::new();
    let embedded = folder.start().await;
    let neighbour = other.start().await;

    let refusal = folder.refusal().await;
    assert!(refusal.contains("in use by another Heyyo"), "{refusal}");
    assert!(
        refusal.contains(&*folder.0.to_string_lossy()),
        "which folder? {refusal}"
    );

    connect(&embedded).await;
    connect(&neighbour).await;
    embedded.stop().await;
    neighbour.stop().await;
}

#[tokio::test]
async fn half_an_initialisation_does_not_count() {
    let folder = DataFolder::new();
    let unfinished = folder.0.join("unfinished-1");
    fs::create_dir_all(&unfinished).expect("a folder");
    fs::write(unfinished.join("PG_VERSION"), "15\n").expect("a file");

    let embedded = folder.start().await;
    connect(&embedded).await;
    assert!(!unfinished.exists(), "it was left lying");
    embedded.stop().await;
}

#[tokio::test]
async fn a_cluster_of_another_major_version_is_left_alone() {
    let folder = DataFolder::new();
    folder.start().await.stop().await;
    fs::write(folder.cluster("PG_VERSION"), "9\n").expect("another version");

    let refusal = folder.refusal().await;
    assert!(refusal.contains("written by PostgreSQL 9"), "{refusal}");
    assert!(refusal.contains("postgresql-9"), "what to do? {refusal}");
}

#[tokio::test]
async fn an_edit_of_the_files_does_not_loosen_durability() {
    let folder = DataFolder::new();
    folder.start().await.stop().await;
    let loose = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n";
    append(&folder.cluster("postgresql.conf"), loose);

    let embedded = folder.start().await;
    let mut connection = connect(&embedded).await;
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        let written = query_scalar::<_, String>(
            "SELECT setting FROM pg_file_settings WHERE name = $1 ORDER BY seqno DESC",
        );
        let written = written.bind(name).fetch_one(&mut connection).await;
        assert_eq!(written.expect("the edit"), "off", "{name} was not edited");
        let used = query_scalar::<_, String>("SELECT current_setting($1)");
        let used = used.bind(name).fetch_one(&mut connection).await;
        assert_eq!(used.expect("a setting"), "on", "{name}");
    }
    embedded.stop().await;
}

#[tokio::test]
async fn a_failed_start_shows_what_the_log_says() {
    let folder = DataFolder::new();
    folder.start().await.stop().await;
    append(&folder.cluster("postgresql.conf"), "no_such_setting = 1\n");

    let refusal = folder.refusal().await;
    assert!(refusal.contains("no_such_setting"), "{refusal}");
}
