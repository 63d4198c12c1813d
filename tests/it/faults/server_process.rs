//! The real program as a child process, to be killed at any moment and started again.
//!
//! It keeps its port and its data folder, so that clients find the same server again. Killed means
//! SIGKILL: nothing is flushed, nobody is told. Its PostgreSQL is either its own, in its data folder,
//! or the one that all tests share.

use crate::support::{Http, eventually, in_time};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU16, Ordering},
};
use tokio::process::{Child, Command};

/// The key that may manage apps.
pub const ADMIN_KEY: &str = "an-admin-key-for-tests";

/// The private PostgreSQL of a server process: its process id, and whether it lets clients in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Postgres {
    /// The postmaster's process id.
    pub process: i32,
    /// Whether it lets clients in.
    pub is_ready: bool,
}

/// A server of its own. Killed when it is dropped.
pub struct ServerProcess {
    child: Child,
    command: Box<dyn Fn() -> Command + Send + Sync>,
    folder: PathBuf,
    http: Http,
}

impl ServerProcess {
    /// Starts a server in a folder of this name, with these settings as environment variables. Without
    /// a `database` it runs its own PostgreSQL.
    pub async fn start(name: &str, database: Option<&str>, settings: &[(&str, &str)]) -> Self {
        let folder = folder_for(name);
        let port = free_port().to_string();
        let http = Http::new(&format!("http://127.0.0.1:{port}"));
        let settings: Vec<(String, String)> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let database = database.unwrap_or_default().to_owned();
        let place = folder.clone();
        let command = move || {
            let log = File::options()
                .append(true)
                .create(true)
                .open(place.join("log"));
            let mut command = Command::new(env!("CARGO_BIN_EXE_heyyo"));
            command
                .args(["--address", "127.0.0.1", "--port", &port])
                .args(["--database-url", &database, "--data-dir", "data"])
                .current_dir(&place)
                .env_remove("HEYYO_CONFIG")
                .env("HEYYO_ADMIN_KEY", ADMIN_KEY)
                .env("HEYYO_RATE_LIMITS__ENABLED", "false")
                .env("HEYYO_MASTER_KEY", "a master key for tests, long enough")
                .envs(settings.iter().map(|(name, value)| (name, value)))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log.expect("a log"))
                .kill_on_drop(true);
            command
        };
        let mut server = Self {
            child: command().spawn().expect("the program"),
            command: Box::new(command),
            folder,
            http,
        };
        server.until_it_answers().await;
        server
    }

    /// A client of this server, good for its next life too.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// The folder it runs in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All that it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Ends the process at once, wherever it is.
    pub async fn kill(&mut self) {
        in_time("the end of a killed server", self.child.kill())
            .await
            .expect("a process to kill");
    }

    /// Starts it again and returns when it answers.
    pub async fn start_again(&mut self) {
        self.child = (self.command)().spawn().expect("the program");
        self.until_it_answers().await;
    }

    /// Ends the process as an operator does.
    pub async fn stop(mut self) {
        let process = self.child.id().expect("a running server");
        kill(Pid::from_raw(process as i32), Signal::SIGTERM).expect("a process to stop");
        let ended = in_time("the end of a stopped server", self.child.wait()).await;
        assert!(ended.expect("an end").success(), "{}", self.last_words());
    }

    /// What the process has in memory, in bytes: now, and at its peak.
    pub fn memory(&self) -> (u64, u64) {
        let process = self.child.id().expect("a running server");
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a status");
        let bytes = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let words = line.and_then(|line| line.split_whitespace().nth(1));
            let kilobytes: u64 = words.and_then(|word| word.parse().ok()).expect(name);
            kilobytes * 1024
        };
        (bytes("VmRSS:"), bytes("VmHWM:"))
    }

    /// Its private PostgreSQL, while the data folder tells of one that listens. A killed one is told of
    /// until the next one starts.
    pub fn postgres(&self) -> Option<Postgres> {
        let file = fs::read_to_string(self.folder.join("data/postgres/postmaster.pid")).ok()?;
        // The last line, its state, comes once it listens; from then on its socket stays, even if it is
        // killed, and connections to it are refused and not merely in vain.
        let [process, _, _, _, _, _, _, state] = file.lines().collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Postgres {
            process: process.trim().parse().ok()?,
            is_ready: state.trim() == "ready",
        })
    }

    /// The URL of its private PostgreSQL, for another server to use.
    pub fn database_url(&self) -> String {
        let file = fs::read_to_string(self.folder.join("data/postgres/postmaster.pid"));
        let file = file.expect("a PostgreSQL of its own");
        let [_, _, _, port, folder, ..] = file.lines().collect::<Vec<_>>()[..] else {
            panic!("no socket in {file}");
        };
        format!("postgres://heyyo@localhost:{port}/heyyo?host={folder}")
    }

    async fn until_it_answers(&mut self) {
        let http = self.http.clone();
        eventually("the server answers", async || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the server ended: {status}\n{}", self.last_words());
            }
            let reply = http.get("/health").exchange().await.ok()?;
            (reply.status == 200).then_some(())
        })
        .await;
    }

    fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// A folder for what one test leaves behind. It goes with the others of this run, when the next begins.
pub fn folder_for(name: &str) -> PathBuf {
    let run = format!("heyyo-{}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(run).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Ends a PostgreSQL at once. Its backends notice and follow.
pub fn kill_postgres(postgres: Postgres) {
    kill(Pid::from_raw(postgres.process), Signal::SIGKILL).expect("a PostgreSQL to kill");
}

/// A port that nobody listens on. Not one that the system hands out to clients: one of them could have
/// it while the server is away.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() as u16 % 8_000;
    let mut ports =
        std::iter::repeat_with(|| 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000);
    ports
        .by_ref()
        .take(10_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}
