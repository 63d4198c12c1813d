//! What a killed Heyyo or a killed postmaster left running, and how it is ended.
//!
//! Every process of a cluster shows the cluster's name in its command line, from the postmaster's
//! arguments or from the title that each backend writes (`cluster_name`). That is how they are found:
//! unlike a number in a file it cannot mean a stranger, and a zombie shows nothing. Two postmasters on
//! one folder would destroy it, so nobody starts before the last one has ended.

use anyhow::Context;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How every cluster's name begins.
pub const NAME_PREFIX: &str = "heyyo-";

/// How long an orphaned postmaster may take for its shutdown; it is also writing a checkpoint.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(20);
/// How long backends may take to notice that their postmaster is gone.
const BACKEND_PATIENCE: Duration = Duration::from_secs(2);
/// How long after each stronger signal.
const SIGNAL_PATIENCE: Duration = Duration::from_secs(5);
/// How often to look.
const POLL: Duration = Duration::from_millis(20);

/// A living process of the cluster.
#[derive(Debug)]
struct Leftover {
    process: Pid,
    /// Not one of its children.
    is_postmaster: bool,
}

/// Ends what still runs under `cluster_name` and returns when nothing does. Then removes those of
/// PostgreSQL's `lock_files` that would stop the next one for nothing.
///
/// Fails when a process survives even SIGKILL, which means that the disk does not answer.
pub async fn end(cluster_name: &str, lock_files: &[PathBuf]) -> anyhow::Result<()> {
    end_processes(cluster_name).await?;
    for lock_file in lock_files {
        forget(lock_file).await?;
    }
    Ok(())
}

async fn end_processes(cluster_name: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut patience = Duration::ZERO;
    let mut signals = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGKILL].into_iter();
    loop {
        let leftovers = leftovers(cluster_name).await?;
        if leftovers.is_empty() {
            return Ok(());
        }
        if began.elapsed() >= patience {
            let signal = signals.next().with_context(|| {
                format!("PostgreSQL processes of an earlier run do not end: {leftovers:?}")
            })?;
            let orphaned = leftovers.iter().any(|leftover| leftover.is_postmaster);
            for leftover in &leftovers {
                // To all but the postmaster SIGINT is not an end.
                if leftover.is_postmaster || signal != Signal::SIGINT {
                    // It may have ended since it was seen.
                    let _ = kill(leftover.process, signal);
                }
            }
            patience += match (signal, orphaned) {
                (Signal::SIGINT, true) => {
                    tracing::info!("waiting for a PostgreSQL that was left behind to end");
                    SHUTDOWN_PATIENCE
                }
                (Signal::SIGINT, false) => BACKEND_PATIENCE,
                _ => SIGNAL_PATIENCE,
            };
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Removes a lock file that is empty, as a power cut leaves it, or names a process that is by now a
/// zombie or a stranger. Any other stale one PostgreSQL handles better than we could.
async fn forget(lock_file: &Path) -> anyhow::Result<()> {
    let text = match fs::read_to_string(lock_file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        text => text.with_context(|| format!("cannot read {}", lock_file.display()))?,
    };
    let recorded = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse().ok());
    let in_the_way = match recorded.map(Pid::from_raw) {
        None => true,
        Some(process) => {
            let line = command_line(process).await;
            // A PostgreSQL of no Heyyo may be an operator's repair at work. One of another Heyyo got
            // the number by chance, as numbers in a container soon repeat: ours have all ended.
            let of_an_operator = line.contains("postgres") && !line.contains(NAME_PREFIX);
            kill(process, None).is_ok() && !of_an_operator
        }
    };
    if in_the_way {
        fs::remove_file(lock_file)
            .with_context(|| format!("cannot remove {}", lock_file.display()))?;
    }
    Ok(())
}

/// The processes of the cluster that are alive.
async fn leftovers(cluster_name: &str) -> anyhow::Result<Vec<Leftover>> {
    let title = format!("postgres: {cluster_name}");
    let argument = format!("cluster_name={cluster_name}");
    let mut found = Vec::new();
    for (process, line) in command_lines().await? {
        let is_postmaster = line.contains("postgres") && line.contains(&argument);
        if is_postmaster || line.starts_with(&title) {
            found.push(Leftover {
                process,
                is_postmaster,
            });
        }
    }
    Ok(found)
}

#[cfg(target_os = "linux")]
async fn command_line(process: Pid) -> String {
    let raw = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&raw).into_owned()
}

#[cfg(target_os = "linux")]
async fn command_lines() -> anyhow::Result<Vec<(Pid, String)>> {
    let mut lines = Vec::new();
    for entry in fs::read_dir("/proc").context("cannot list processes")? {
        let name = entry.context("cannot list processes")?.file_name();
        if let Some(number) = name.to_str().and_then(|name| name.parse().ok()) {
            let process = Pid::from_raw(number);
            lines.push((process, command_line(process).await));
        }
    }
    Ok(lines)
}

#[cfg(not(target_os = "linux"))]
async fn command_line(process: Pid) -> String {
    let found = tokio::process::Command::new("ps")
        .args(["-ww", "-o", "command=", "-p", &process.to_string()])
        .output()
        .await;
    found.map_or_else(
        |_| String::new(),
        |found| String::from_utf8_lossy(&found.stdout).trim().to_owned(),
    )
}

#[cfg(not(target_os = "linux"))]
async fn command_lines() -> anyhow::Result<Vec<(Pid, String)>> {
    let found = tokio::process::Command::new("ps")
        .args(["-axww", "-o", "pid=,command="])
        .output()
        .await
        .context("cannot list processes")?;
    Ok(String::from_utf8_lossy(&found.stdout)
        .lines()
        .filter_map(|line| {
            let (number, command) = line.trim().split_once(' ')?;
            Some((
                Pid::from_raw(number.parse().ok()?),
                command.trim().to_owned(),
            ))
        })
        .collect())
}
