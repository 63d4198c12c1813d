//! One run of PostgreSQL: the process, its settings, from spawning to its end.
//!
//! `postgres` itself is our child, never `pg_ctl`: so its end is seen at once and its exit status is
//! ours to read. The settings are arguments, which win over the files in the cluster: nobody loosens
//! durability by an edit there.

use super::cluster::{Cluster, PORT};
use anyhow::{Context, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// What PostgreSQL is told, each with its reason.
const SETTINGS: [(&str, &str); 21] = [
    // An acknowledged message survives a crash and a power cut. These are the defaults, nailed down.
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    // Nobody but us: no network, and a socket that only its owner can use.
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("max_connections", "100"),
    ("shared_buffers", "128MB"),
    // Room for a few batches of messages, so that a commit writes them once and not in pieces.
    ("wal_buffers", "16MB"),
    // Fewer bytes to wait for after a checkpoint, when whole pages go into the log.
    ("wal_compression", "on"),
    // Checkpoints rarely, as each makes the next writes dearer; a restart after a crash replays at
    // most this much, in seconds.
    ("max_wal_size", "2GB"),
    ("checkpoint_timeout", "15min"),
    // Used files of the log are kept for the next writes: a new one has to be filled with zeros first.
    ("min_wal_size", "512MB"),
    // Short statements: compiling a plan takes longer than it can save.
    ("jit", "off"),
    // Disks seek fast today; with the default of 4 a plan may read a whole table instead of an index.
    ("random_page_cost", "1.1"),
    // Timestamps on the wire are UTC.
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    // Texts and keys of tenants do not belong in a log: no statements, no rows that failed.
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    // A line each quarter of an hour that nobody reads.
    ("log_checkpoints", "off"),
    // Whatever the cluster's own files say, the log goes where we look.
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
];

/// A crash in the middle of `max_wal_size` is replayed well within this.
const RECOVERY_PATIENCE: Duration = Duration::from_secs(600);
/// After this a person wants to know why nothing happens.
const SAY_SO_AFTER: Duration = Duration::from_secs(5);
/// How often to look whether it is ready.
const POLL: Duration = Duration::from_millis(5);
/// How long a fast shutdown may take; it writes a checkpoint of at most `shared_buffers`.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(20);
/// How long the immediate shutdown that follows may take.
const QUIT_PATIENCE: Duration = Duration::from_secs(5);

/// The line of `postmaster.pid` that tells the state, and the state in which clients are let in.
const STATE_LINE: usize = 7;
const STATE_READY: &str = "ready";

/// A running PostgreSQL.
pub struct Postmaster {
    child: Child,
}

impl Postmaster {
    /// Starts PostgreSQL and returns when it accepts connections to our database, which is made when
    /// absent. `spawned` is told the process id as soon as there is one.
    ///
    /// When the start fails nothing is left running, and the error shows what the log says. The
    /// process ends with the thread that calls this.
    pub async fn start(cluster: &Cluster, spawned: impl Fn(u32)) -> anyhow::Result<Postmaster> {
        let log = cluster.log()?;
        let before = log.metadata()?.len();
        let mut command = cluster.binaries.command("postgres", &cluster.identity);
        command
            .arg("-D")
            .arg(&cluster.folder)
            .arg("-k")
            .arg(&cluster.socket_folder)
            .args(["-p", &PORT.to_string()])
            .args(["-c", &format!("cluster_name={}", cluster.name)])
            .stdout(log.try_clone()?)
            .stderr(log);
        set(&mut command);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot run {}", cluster.binaries.version()))?;
        // The descriptor of the log would stay open for as long as the command.
        drop(command);
        let process = child.id().unwrap_or_default();
        spawned(process);
        let outcome = tokio::select! {
            ended = child.wait() => Err(match ended {
                Ok(status) => anyhow::anyhow!("PostgreSQL ended at once ({status})"),
                Err(error) => error.into(),
            }),
            accepted = accepts(cluster, process) => accepted,
        };
        let postmaster = Postmaster { child };
        match outcome {
            Ok(()) => Ok(postmaster),
            Err(error) => {
                postmaster.shut_down().await;
                bail!(
                    "{} does not start in {}: {error:#}\n{}",
                    cluster.binaries.version(),
                    cluster.folder.display(),
                    cluster.log_since(before)
                )
            }
        }
    }

    /// Waits for an end that nobody asked for and tells how it ended. Safe to cancel.
    pub async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Ends PostgreSQL: at first in order, cutting open connections and writing a checkpoint; then
    /// less patiently. Returns when it has ended.
    pub async fn shut_down(mut self) {
        for (signal, patience) in [
            (Signal::SIGINT, SHUTDOWN_PATIENCE),
            (Signal::SIGQUIT, QUIT_PATIENCE),
        ] {
            // Without an id it has ended and was reaped: the number may be another's by now.
            let Some(process) = self.child.id() else {
                return;
            };
            // It cannot be reaped before we wait for it below, so the signal meets nobody else.
            let _ = kill(Pid::from_raw(process as i32), signal);
            if tokio::time::timeout(patience, self.child.wait())
                .await
                .is_ok()
            {
                return;
            }
            tracing::warn!(
                "PostgreSQL did not end {} s after {signal}",
                patience.as_secs()
            );
        }
        if let Err(error) = self.child.kill().await {
            tracing::error!("PostgreSQL cannot be ended: {error}");
        }
    }
}

fn set(command: &mut Command) {
    for (name, value) in SETTINGS {
        command.args(["-c", &format!("{name}={value}")]);
    }
    if cfg!(target_os = "macos") {
        // The default does not reach the disk there.
        command.args(["-c", "wal_sync_method=fsync_writethrough"]);
    }
}

/// Returns when our database exists and accepts connections.
///
/// Waits for the file that tells the state and not for a connection: each try at one costs a process
/// and a line in the log, and slows the recovery that it waits for.
async fn accepts(cluster: &Cluster, process: u32) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut silent = true;
    while !is_ready(cluster, process) {
        if began.elapsed() > RECOVERY_PATIENCE {
            bail!("not ready after {} s", RECOVERY_PATIENCE.as_secs());
        }
        if silent && began.elapsed() > SAY_SO_AFTER {
            silent = false;
            tracing::info!("PostgreSQL is still recovering from a crash");
        }
        tokio::time::sleep(POLL).await;
    }
    create_database(&cluster.options)
        .await
        .context("cannot make sure of the database")
}

/// Whether `postmaster.pid` is the one of `process` and says that it is ready.
fn is_ready(cluster: &Cluster, process: u32) -> bool {
    let file = std::fs::read_to_string(cluster.folder.join("postmaster.pid")).unwrap_or_default();
    let mut lines = file.lines().map(str::trim);
    lines.next() == Some(process.to_string().as_str())
        // One line was taken above.
        && lines.nth(STATE_LINE - 1) == Some(STATE_READY)
}

/// Creates our database when it is absent.
async fn create_database(options: &PgConnectOptions) -> sqlx::Result<()> {
    let name = options.get_database().unwrap_or_default();
    let mut connection = options.clone().database("postgres").connect().await?;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
    if !exists {
        let statement = format!("CREATE DATABASE \"{name}\"");
        connection.execute(sqlx::AssertSqlSafe(statement)).await?;
    }
    connection.close().await
}
