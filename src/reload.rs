//! A configuration that changes while the server runs: notice, settle, read, rehearse, swap.
//!
//! The whole is read anew, as at start, and swapped as one pointer, or nothing is: a change that cannot
//! be used, or that only a start can make, is told with its place and leaves everything as it was.
//! Folders are watched, not files: editors put a new file in the old one's place and Kubernetes swaps a
//! link beside it. What counts in the end is the text that was read, so a storm of news costs a few
//! looks, and news that was never told (a network file system) is found a little later.

use crate::{
    config::{
        Boot, Config, Current, Flags, Live,
        check::{Problem, Problems},
        layers::{self, Layers},
        show::{self, Change},
    },
    metrics::Metrics,
    telemetry,
};
use anyhow::Context;
use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{
        Arc, RwLock,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How long nothing must have happened before a look: most changes are several events.
const QUIET: Duration = Duration::from_millis(100);
/// How long a look is put off at most, by a storm or by a file that is being written.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often somebody looks without being told.
const EVERY: Duration = Duration::from_secs(10);

/// Follows the configuration of these flags for as long as the process lives. How the last change went is
/// in the metrics.
pub fn follow(
    flags: Flags,
    boot: &Boot,
    current: &Current,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<()> {
    let mut follower = Follower {
        flags,
        boot: boot.clone(),
        current: current.clone(),
        metrics: metrics.clone(),
        seen: None,
    };
    let (tell, news) = channel();
    let mut watch = Watch::new(tell);
    let work = move || {
        loop {
            // First to be told of what comes, then to look at what is.
            watch.renew(&follower.files());
            follower.look();
            watch.renew(&follower.files());
            settle(&news);
        }
    };
    thread::Builder::new()
        .name("configuration".to_owned())
        .spawn(work)
        .context("a thread that follows the configuration")?;
    Ok(())
}

/// Returns when something happened and nothing happens any more, or it is time to look anyway.
fn settle(news: &Receiver<News>) {
    let mut latest = match news.recv_timeout(EVERY) {
        Ok(latest) => latest,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
    };
    let end = Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let quiet = match latest {
            News::Changed => QUIET.min(left),
            News::BeingWritten => left,
        };
        match news.recv_timeout(quiet) {
            Ok(news) if !left.is_zero() => latest = news,
            _ => return,
        }
    }
}

struct Follower {
    flags: Flags,
    boot: Boot,
    current: Current,
    metrics: Arc<Metrics>,
    /// What the files said at the last look.
    seen: Option<BTreeMap<PathBuf, Option<String>>>,
}

impl Follower {
    /// The files whose text counts.
    fn files(&self) -> BTreeSet<PathBuf> {
        let seen = self.seen.iter().flat_map(BTreeMap::keys).cloned();
        seen.chain([self.flags.awaited_file()]).collect()
    }

    /// Reads, and makes it live if it is new and good.
    fn look(&mut self) {
        let layers = layers::read(&self.flags);
        if self.seen.as_ref() == Some(&layers.sources) {
            return;
        }
        let before = self.seen.replace(layers.sources.clone());
        let tried = self.rehearse(&layers);
        // At the first look, all is as it was read a moment ago.
        if before.is_none() && tried.as_ref().is_ok_and(|(_, changes)| changes.is_empty()) {
            return;
        }
        let is_ok = tried.is_ok();
        match tried {
            Ok((live, changes)) => {
                tracing::info!("configuration reloaded: {}", diff(&changes));
                if let Err(error) = telemetry::set_level(&live.log.level) {
                    tracing::error!("log.level: {error}");
                }
                self.current.swap(live);
            }
            Err(problems) => {
                let told = problems.to_string().replace('\n', "; ");
                tracing::error!("configuration not reloaded, all stays as it was: {told}");
            }
        }
        let last = &self.metrics.now.config_last_reload_ok;
        last.set(i64::from(is_ok));
    }

    /// What would hold, and what would change; or why it cannot be.
    fn rehearse(&self, layers: &Layers) -> Result<(Live, Vec<Change>), Problems> {
        let now = Config {
            boot: self.boot.clone(),
            live: Live::clone(&self.current.load()),
        };
        let refuse = |problem| Err(Problems(vec![problem]));
        let named = |what| Problem::new(&self.flags.awaited_file().display().to_string(), "", what);
        match layers.file.as_ref().map(|file| &layers.sources[file]) {
            None if now.live.has_file => return refuse(named("is gone")),
            // Written in two steps, and this is between them: nobody means all defaults by it.
            Some(Some(text)) if text.trim().is_empty() => {
                return refuse(named("is empty; a comment in it would make it count"));
            }
            _ => {}
        }
        let next = layers.config()?;
        let changes = show::changes(&now, &next);
        let fixed = changes.iter().filter(|change| change.key.needs_restart);
        let fixed = fixed.map(|change| {
            let what = format!("needs a restart ({})", change.what);
            layers.problem(&change.key.name, what)
        });
        let fixed: Vec<_> = fixed.collect();
        if !fixed.is_empty() {
            return Err(Problems(fixed));
        }
        Ok((next.live, changes))
    }
}

fn diff(changes: &[Change]) -> String {
    let told = changes
        .iter()
        .map(|change| format!("{} {}", change.key.name, change.what));
    match changes {
        [] => "nothing differs".to_owned(),
        _ => told.collect::<Vec<_>>().join(", "),
    }
}

/// What is told of a file.
#[derive(Clone, Copy)]
enum News {
    Changed,
    /// Somebody has it open and is not done.
    BeingWritten,
}

/// What the files are and where they lie: the names, and the files behind links.
type Places = (BTreeSet<PathBuf>, BTreeSet<PathBuf>);

/// Watches folders.
struct Watch {
    watcher: Option<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
    files: Arc<RwLock<BTreeSet<PathBuf>>>,
}

impl Watch {
    fn new(tell: Sender<News>) -> Self {
        let files = Arc::new(RwLock::new(BTreeSet::new()));
        let ours = files.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let files = ours.read().unwrap();
            let news = match &event {
                Ok(event) => news_of(event, &files),
                // Something was missed.
                Err(_) => Some(News::Changed),
            };
            if let Some(news) = news {
                let _ = tell.send(news);
            }
        });
        let watcher = watcher.inspect_err(|error| {
            let seconds = EVERY.as_secs();
            tracing::warn!(
                "the configuration cannot be watched and is read every {seconds} s: {error}"
            );
        });
        Self {
            watcher: watcher.ok(),
            folders: BTreeSet::new(),
            files,
        }
    }

    /// Watches where the files lie now. A folder that was replaced is watched anew.
    fn renew(&mut self, files: &BTreeSet<PathBuf>) {
        let (files, folders) = places(files);
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        for gone in self.folders.difference(&folders) {
            // Gone with the folder, most likely.
            let _ = watcher.unwatch(gone);
        }
        // All of them: the name may stand for another folder than it did.
        let watched = |folder: &PathBuf| watcher.watch(folder, RecursiveMode::NonRecursive).is_ok();
        self.folders = folders.into_iter().filter(watched).collect();
        *self.files.write().unwrap() = files;
    }
}

fn places(files: &BTreeSet<PathBuf>) -> Places {
    let named = files
        .iter()
        .filter_map(|file| std::path::absolute(file).ok());
    let behind = files.iter().filter_map(|file| file.canonicalize().ok());
    let files: BTreeSet<_> = named.chain(behind).collect();
    let folders = files.iter().filter_map(|file| file.parent());
    let folders = folders.map(Path::to_owned).collect();
    (files, folders)
}

/// What an event in a watched folder means. What is written to other files there means nothing; a name
/// that comes or goes may be a link on the way to ours.
fn news_of(event: &Event, files: &BTreeSet<PathBuf>) -> Option<News> {
    let is_ours = event.paths.iter().any(|path| files.contains(path));
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => is_ours.then_some(News::Changed),
        EventKind::Access(_) => None,
        EventKind::Modify(ModifyKind::Data(_)) => is_ours.then_some(News::BeingWritten),
        EventKind::Create(CreateKind::File) if is_ours => Some(News::BeingWritten),
        EventKind::Modify(ModifyKind::Metadata(_)) => is_ours.then_some(News::Changed),
        _ => Some(News::Changed),
    }
}
