//! A running server on a fresh database, in one line.
//!
//! One private PostgreSQL serves the whole test binary, run by the very supervisor that users get.
//! Each test has a database of its own, copied from one that was migrated once.

use heyyo::{
    config::{Config, Flags},
    database::{self, embedded::Embedded},
    server::Server,
};
use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};
use tokio::sync::{OnceCell, oneshot};

const ADMIN_KEY: &str = "an-admin-key-for-tests";
const TEMPLATE: &str = "migrated";

static POSTGRES: OnceCell<Embedded> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A running server. Stops, in good order, when it is dropped.
pub struct Heyyo {
    url: String,
    database_url: String,
    database: PgPool,
    stop: Option<oneshot::Sender<()>>,
    /// It runs apart from the test, so that it can end after the test's own tasks have.
    thread: Option<thread::JoinHandle<()>>,
}

impl Heyyo {
    /// Starts a server with an admin key on a fresh database.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Another node on the same database. It must go before the first does.
    pub async fn beside(&self) -> Self {
        self.beside_with(|_| {}).await
    }

    /// The same, with other settings.
    pub async fn beside_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(|config| {
            config.boot.database.url = self.database_url.clone();
            change(config);
        })
        .await
    }

    /// The same, with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let url = fresh_database().await;
        let flags = Flags {
            address: Some("127.0.0.1".to_owned()),
            port: Some(0),
            database_url: Some(url.clone()),
            data_dir: Some(folder()),
            ..Flags::default()
        };
        let mut config = Config::load(&flags).unwrap();
        config.boot.database.connections = 8;
        config.live.auth.admin_keys = vec![ADMIN_KEY.to_owned()];
        config.boot.auth.master_key = "a master key for tests, long enough".to_owned();
        // Each place reserves address space, and tests run many servers in one process.
        config.boot.plugins.instances = 32;
        config.boot.plugins.compiler = env!("CARGO_BIN_EXE_heyyo").into();
        // A test does in a second what people do in an hour.
        config.live.rate_limits.enabled = false;
        // Nor may a busy machine decide what a plugin decides.
        config.live.plugins.before_ms = 5_000;
        config.live.plugins.after_ms = 5_000;
        config.live.plugins.longest_ms = 5_000;
        change(&mut config);

        let (stop, stopped) = oneshot::channel();
        let (started, start) = oneshot::channel();
        // One that the test chose is the test's own to keep.
        let is_ours = config.boot.database.url == url;
        let database_url = config.boot.database.url.clone();
        let thread = thread::spawn(move || run(config, is_ours, started, stopped));
        let url_of_server = start.await.expect("the server starts");
        let database = PgPoolOptions::new()
            .max_connections(2)
            .connect_lazy(&database_url)
            .unwrap();
        Self {
            url: url_of_server,
            database_url,
            database,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Its origin, like `http://127.0.0.1:41234`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key that may manage apps.
    pub fn admin_key(&self) -> &'static str {
        ADMIN_KEY
    }

    /// The URL of its database.
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// Its database, for what the wire does not show.
    pub fn database(&self) -> &PgPool {
        &self.database
    }
}

impl Drop for Heyyo {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(thread::JoinHandle::join);
        assert!(
            matches!(ended, Some(Ok(()))) || thread::panicking(),
            "the server ends in good order"
        );
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn run(
    config: Config,
    is_ours: bool,
    started: oneshot::Sender<String>,
    stopped: oneshot::Receiver<()>,
) {
    let database = config.boot.database.url.clone();
    let server = Server::start(config).await.unwrap();
    let _ = started.send(format!("http://{}", server.addresses()[0]));
    let stop = async {
        // The sender is dropped, never used.
        let _ = stopped.await;
    };
    server.run(stop).await;
    if is_ours {
        drop_database(&database).await;
    }
}

/// Hundreds of databases would fill the disk.
async fn drop_database(url: &str) {
    let options: PgConnectOptions = url.parse().unwrap();
    let statement = format!(
        "DROP DATABASE IF EXISTS {} WITH (FORCE)",
        options.get_database().unwrap()
    );
    let mut connection = PgConnection::connect_with(&options.database("postgres"))
        .await
        .unwrap();
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
}

/// The URL of a migrated database that nobody else uses.
pub async fn fresh_database() -> String {
    let postgres = POSTGRES.get_or_init(start_postgres).await;
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    create_database(postgres.options(), &name, TEMPLATE).await;
    sqlx::ConnectOptions::to_url_lossy(&postgres.options().clone().database(&name)).into()
}

async fn start_postgres() -> Embedded {
    remove_folders_of_the_dead();
    let postgres = Embedded::start(&folder()).await.unwrap();
    create_database(postgres.options(), TEMPLATE, "template1").await;
    let pool = database::connect(postgres.options().clone().database(TEMPLATE), 1)
        .await
        .unwrap();
    database::migrate(&pool).await.unwrap();
    pool.close().await;
    postgres
}

async fn create_database(options: &PgConnectOptions, name: &str, template: &str) {
    let mut connection = PgConnection::connect_with(options).await.unwrap();
    let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
}

/// This test run's own folder, named by its process so that two runs do not meet.
/// Where the servers of this run keep their files.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("heyyo-{}", std::process::id()))
}

fn remove_folders_of_the_dead() {
    let folders = fs::read_dir(env!("CARGO_TARGET_TMPDIR")).unwrap().flatten();
    for folder in folders {
        let name = folder.file_name().into_string().unwrap_or_default();
        let process = name
            .strip_prefix("heyyo-")
            .and_then(|id| id.parse::<u32>().ok());
        if process.is_some_and(|id| !Path::new(&format!("/proc/{id}")).exists()) {
            let _ = fs::remove_dir_all(folder.path());
        }
    }
}
