//! A private PostgreSQL, run as our child, for those who bring none.
//!
//! One thread owns it from the first look at the data folder to the end of the shutdown: the kernel
//! ends PostgreSQL when the *thread* that spawned it dies, so that thread must live exactly as long as
//! we do, which no thread of the pool promises. A PostgreSQL that dies is started again; a Heyyo that
//! dies takes its PostgreSQL along, and the next one waits for that. So there is always one way in:
//! wait until nothing runs, then start our own.

mod cluster;
mod identity;
mod leftovers;
mod postmaster;
#[cfg(test)]
mod tests;

pub(super) use cluster::unfinished;
pub use identity::Identity;

use anyhow::Context;
use cluster::Cluster;
use postmaster::Postmaster;
use sqlx::postgres::PgConnectOptions;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// The pause before the first restart and, doubled each time, before the last of a long row.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A run as long as this one was a good one: the next pause is the first again.
const GOOD_RUN: Duration = Duration::from_secs(30);

/// A private PostgreSQL run as our child.
///
/// Dropped without [`Embedded::stop`], it still ends in order, but nobody waits for that.
pub struct Embedded {
    options: PgConnectOptions,
    version: String,
    process: RunningProcess,
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

/// What the owning thread tells when PostgreSQL accepts connections.
struct Ready {
    options: PgConnectOptions,
    version: String,
}

impl Embedded {
    /// Finds or fetches PostgreSQL, initialises `<data>/postgres` when new, starts it, returns when it
    /// accepts connections.
    ///
    /// Fails in words for an operator: no binaries and no way to fetch them, a folder in use or of
    /// another version, an account that cannot reach it, or what PostgreSQL itself complains about.
    pub async fn start(data: &Path) -> anyhow::Result<Embedded> {
        let data: PathBuf = data.to_owned();
        let process = RunningProcess::default();
        let (tell_ready, ready) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let (tell_ended, ended) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let running = process.clone();
        thread::Builder::new()
            .name("heyyo-postgres".to_owned())
            .spawn(move || {
                runtime.block_on(own(&data, &running, tell_ready, stopped));
                // Nobody may be waiting.
                let _ = tell_ended.send(());
            })
            .context("cannot start the thread that owns PostgreSQL")?;
        let ready: Ready = ready
            .await
            .context("the thread that owns PostgreSQL has died")??;
        Ok(Embedded {
            options: ready.options,
            version: ready.version,
            process,
            stop,
            ended,
        })
    }

    /// How to connect: a Unix socket, the user and the database `heyyo`.
    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// The version as people write it: `PostgreSQL 15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The process id of the postmaster that runs now, `None` between a crash and the restart.
    pub fn process_id(&self) -> Option<u32> {
        self.process.get()
    }

    /// Ends PostgreSQL and returns when it has ended, after 25 s at the latest unless the disk hangs.
    /// Open connections are cut; what was committed is kept.
    pub async fn stop(self) {
        // An error means that the thread is gone, and PostgreSQL with it.
        let _ = self.stop.send(());
        let _ = self.ended.await;
    }
}

/// The process id of the postmaster, 0 for none, shared with the owning thread.
#[derive(Clone, Default)]
struct RunningProcess(Arc<AtomicU32>);

impl RunningProcess {
    fn get(&self) -> Option<u32> {
        Some(self.0.load(Ordering::Acquire)).filter(|&id| id != 0)
    }

    fn set(&self, id: Option<u32>) {
        self.0.store(id.unwrap_or(0), Ordering::Release);
    }
}

/// The life of the owning thread: open, start, keep running, shut down. `stopped` also resolves when
/// the `Embedded`, or the call that would have returned it, is dropped.
async fn own(
    data: &Path,
    process: &RunningProcess,
    ready: oneshot::Sender<anyhow::Result<Ready>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let opened = tokio::select! {
        opened = Cluster::open(data) => opened,
        _ = &mut stopped => return,
    };
    let cluster = match opened {
        Ok(cluster) => cluster,
        Err(error) => return answer(ready, Err(error)),
    };
    let started = tokio::select! {
        started = start(&cluster, process) => started,
        _ = &mut stopped => return end_leftovers(&cluster).await,
    };
    let postmaster = match started {
        Ok(postmaster) => postmaster,
        Err(error) => return answer(ready, Err(error)),
    };
    answer(
        ready,
        Ok(Ready {
            options: cluster.options.clone(),
            version: cluster.binaries.version().to_owned(),
        }),
    );
    keep_running(&cluster, postmaster, process, stopped).await;
    process.set(None);
}

/// Tells whoever called `start`, who may have stopped listening: then `stopped` resolves as well.
fn answer(ready: oneshot::Sender<anyhow::Result<Ready>>, result: anyhow::Result<Ready>) {
    let _ = ready.send(result);
}

async fn start(cluster: &Cluster, process: &RunningProcess) -> anyhow::Result<Postmaster> {
    let started = Postmaster::start(cluster, |id| process.set(Some(id))).await;
    if started.is_err() {
        process.set(None);
    }
    started
}

/// Starts PostgreSQL again whenever it ends, until it is to stop; then shuts it down.
async fn keep_running(
    cluster: &Cluster,
    mut postmaster: Postmaster,
    process: &RunningProcess,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let how = tokio::select! {
            how = postmaster.ended() => how,
            _ = &mut stopped => return postmaster.shut_down().await,
        };
        process.set(None);
        tracing::warn!("PostgreSQL ended unexpectedly ({how}), starting it again");
        if began.elapsed() >= GOOD_RUN {
            pause = FIRST_PAUSE;
        }
        let died = Instant::now();
        postmaster = tokio::select! {
            postmaster = restart(cluster, process, &mut pause) => postmaster,
            // Whatever the cancelled restart had spawned ends here.
            _ = &mut stopped => return end_leftovers(cluster).await,
        };
        tracing::info!("PostgreSQL is back after {} ms", died.elapsed().as_millis());
    }
}

/// Tries until PostgreSQL runs, with longer and longer pauses: a full disk may be emptied.
async fn restart(cluster: &Cluster, process: &RunningProcess, pause: &mut Duration) -> Postmaster {
    loop {
        tokio::time::sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        let started = match cluster.end_leftovers().await {
            Ok(()) => start(cluster, process).await,
            Err(error) => Err(error),
        };
        match started {
            Ok(postmaster) => return postmaster,
            Err(error) => tracing::error!("PostgreSQL does not start again: {error:#}"),
        }
    }
}

async fn end_leftovers(cluster: &Cluster) {
    if let Err(error) = cluster.end_leftovers().await {
        tracing::error!("{error:#}");
    }
}
