//! Plugins: a tenant's WebAssembly, run inside the server and able to harm nobody else.
//!
//! This room runs one plugin on one event and says what it decided; which plugins are asked in which
//! order, and what a decision means for a message, is `chat/`'s. Nothing here knows the database,
//! and nothing outside knows wasmtime.
//!
//! The way of a call: [`Hooks::ask`] looks at the breaker, hops to a thread of plugins (`lanes`), waits for the
//! plugin's turn, takes an idle instance or makes one, arms its bounds (`sandbox`), calls it under
//! its deadline, keeps the instance if all went well, and writes down what happened ([`record`]).
//!
//! The way of an upload: [`Hooks::admit`] has it looked at ([`check`], `shape`) and compiled in a process with
//! bounds ([`compile`]); [`Hooks::load`] makes a plugin of it; [`Hooks::rehearse`] loads each hook and
//! lets it check its configuration, before anything of it is live.

pub mod breaker;
pub mod check;
mod command;
pub mod compile;
mod contract;
mod engine;
pub mod event;
pub mod facts;
pub mod fault;
mod host;
mod instance;
mod lanes;
pub mod plugin;
mod queue;
pub mod record;
mod run;
mod sandbox;
mod shape;
mod store;

pub use instance::Problem;
pub use queue::Then;
pub use run::Run;

use crate::{
    config::{Current, boot, live},
    ids::AppId,
    metrics::Metrics,
};
use check::Examined;
use compile::Refused;
use engine::Code;
use event::{Call, Event, Hook, Verdict};
use facts::{Line, Question};
use fault::Fault;
use lanes::{Lanes, Pace};
use moka::{future, sync::Cache};
use plugin::{Plugin, Settings};
use queue::Told;
use record::Record;
use run::Manner;
use sandbox::Sandbox;
use sha2::{Digest, Sha256};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, Weak},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;
use wasmtime::{Engine, component::Linker};

/// How often instances that nobody uses are looked for.
const SWEEP: Duration = Duration::from_secs(10);
/// Plugins of which something is known.
const RECORDS: u64 = 10_000;
/// How long code that could not be loaded is not loaded again.
const REFUSED: Duration = Duration::from_secs(30);
/// How long a trial waits for the app's earlier ones.
const TRIAL_PATIENCE: Duration = Duration::from_secs(5);

/// The SHA-256 of an upload: names its code.
pub type Fingerprint = [u8; 32];

/// All plugins of a node.
#[derive(Clone)]
pub struct Hooks(Arc<Parts>);

struct Parts {
    bounds: boot::Plugins,
    current: Current,
    /// Where compiled code is kept.
    folder: PathBuf,
    metrics: Arc<Metrics>,
    line: Line,
    machine: OnceLock<Machine>,
    codes: future::Cache<Fingerprint, Arc<Code>>,
    /// What could not be loaded of late.
    refused: Cache<Fingerprint, Arc<Refused>>,
    /// What uploads are that were looked at.
    examined: Cache<Fingerprint, Examined>,
    records: Cache<(AppId, Uuid), Arc<Record>>,
    /// Whose call it is, for each app; and whose trial.
    turns: Cache<AppId, Arc<Semaphore>>,
    trials: Cache<AppId, Arc<Semaphore>>,
    loaded: Mutex<Vec<Weak<Plugin>>>,
    /// One upload at a time is compiled, and one plugin that messages wait for, which waits for no upload.
    uploading: Semaphore,
    loading: Semaphore,
    /// Places for instances.
    places: Arc<Semaphore>,
}

/// What exists from the first plugin on: a server without plugins has no threads and no memory for them.
struct Machine {
    engine: Engine,
    linker: Linker<Sandbox>,
    fingerprint: String,
    lanes: Lanes,
}

impl Hooks {
    /// No plugins yet. Gives back the other end of the line that plugins ask through.
    pub fn new(
        bounds: &boot::Plugins,
        current: &Current,
        folder: PathBuf,
        metrics: Arc<Metrics>,
    ) -> (Self, mpsc::Receiver<Question>) {
        let (line, questions) = Line::new();
        let hooks = Self(Arc::new(Parts {
            folder,
            metrics,
            line,
            machine: OnceLock::new(),
            codes: future::Cache::new(bounds.loaded),
            refused: Cache::builder()
                .max_capacity(bounds.loaded)
                .time_to_live(REFUSED)
                .build(),
            examined: Cache::new(bounds.loaded),
            records: Cache::new(RECORDS),
            turns: Cache::new(RECORDS),
            trials: Cache::new(RECORDS),
            loaded: Mutex::default(),
            uploading: Semaphore::new(1),
            loading: Semaphore::new(1),
            places: Arc::new(Semaphore::new(bounds.instances as usize)),
            bounds: bounds.clone(),
            current: current.clone(),
        }));
        (hooks, questions)
    }

    /// What a plugin may cost, now.
    fn bounds(&self) -> live::Plugins {
        self.0.current.load().plugins
    }

    /// How long a call for a hook may take: as its tenant set it, or the operator; never longer than the
    /// operator allows now.
    fn deadline(&self, settings: &Settings, hook: Hook) -> Duration {
        let bounds = self.bounds();
        let (own, usual) = match hook.is_before() {
            true => (settings.before, bounds.before_ms),
            false => (settings.after, bounds.after_ms),
        };
        let longest = Duration::from_millis(bounds.longest_ms);
        own.unwrap_or(Duration::from_millis(usual)).min(longest)
    }

    /// How many plugins are loaded.
    pub fn count(&self) -> usize {
        let loaded = self.0.loaded.lock().unwrap();
        let is_there = |plugin: &&Weak<Plugin>| plugin.strong_count() > 0;
        loaded.iter().filter(is_there).count()
    }

    fn machine(&self) -> anyhow::Result<&Machine> {
        if let Some(machine) = self.0.machine.get() {
            return Ok(machine);
        }
        let engine = engine::server(&self.0.bounds)?;
        let linker = engine::linker(&engine)?;
        let lanes = Lanes::new(self.0.bounds.threads)?;
        lanes.slow().spawn(sweep(Arc::downgrade(&self.0)));
        let machine = Machine {
            fingerprint: engine::fingerprint(&engine),
            engine,
            linker,
            lanes,
        };
        // Two at once: one of them is dropped.
        let _ = self.0.machine.set(machine);
        Ok(self.0.machine.get().expect("set a moment ago"))
    }

    /// The name of an upload's code.
    pub fn fingerprint(wasm: &[u8]) -> Fingerprint {
        Sha256::digest(wasm).into()
    }

    /// Looks at an upload and compiles it.
    pub async fn admit(&self, wasm: &[u8]) -> Result<Examined, Refused> {
        store::admit(self, wasm).await
    }

    /// Makes a plugin of an upload. `wasm` is asked for only if its code is not on this machine.
    pub async fn load<F>(
        &self,
        settings: Settings,
        upload: Fingerprint,
        wasm: F,
    ) -> Result<Arc<Plugin>, Fault>
    where
        F: Future<Output = anyhow::Result<Vec<u8>>>,
    {
        let code = store::code(self, upload, wasm).await;
        let code = code.map_err(|refused| match &*refused {
            Refused::Upload(why) => Fault::NotLoaded(why.clone()),
            Refused::Internal(error) => {
                // Ours to know: it may name what is on this machine.
                let (app, plugin) = (settings.app, &settings.name);
                tracing::error!(%app, plugin, "cannot load a plugin: {error:#}");
                Fault::Absent
            }
        })?;
        let record = self.record(settings.app, settings.plugin);
        let new = || Arc::new(Semaphore::new(plugin::AT_ONCE_OF_APP));
        let app_turns = self.0.turns.get_with(settings.app, new);
        let counts = self.0.metrics.of_plugin(settings.app, &settings.name);
        let plugin = Arc::new(Plugin::new(settings, code, record, (app_turns, counts)));
        let mut loaded = self.0.loaded.lock().unwrap();
        loaded.push(Arc::downgrade(&plugin));
        Ok(plugin)
    }

    /// What is known of a plugin on this node.
    pub fn record(&self, app: AppId, plugin: Uuid) -> Arc<Record> {
        self.0.records.get_with((app, plugin), Default::default)
    }

    /// A plugin is gone.
    pub fn forget(&self, app: AppId, plugin: Uuid) {
        self.0.records.invalidate(&(app, plugin));
    }

    /// Loads each hook of a plugin and lets it check its configuration.
    pub async fn rehearse(&self, plugin: &Arc<Plugin>) -> Result<Vec<Problem>, Fault> {
        let _turn = self.turn(plugin.settings.app).await?;
        let (hooks, plugin) = (self.clone(), plugin.clone());
        self.on_threads(
            Pace::slow(),
            async move { run::rehearse(&hooks, &plugin).await },
        )
        .await?
    }

    /// Asks a plugin about an event and writes down what happened.
    pub async fn ask(
        &self,
        plugin: &Arc<Plugin>,
        event: &Arc<Event>,
        call: Call,
    ) -> Result<Verdict, Fault> {
        if !plugin.record.admits() {
            plugin.counts.count(Fault::Paused.code());
            return Err(Fault::Paused);
        }
        let pace = plugin.pace.clone();
        let (hooks, plugin, event) = (self.clone(), plugin.clone(), event.clone());
        // A task of its own, not a future of the caller's: a client that goes away does not tear a
        // call apart.
        self.on_threads(pace, async move {
            let manner = Manner {
                is_kept: true,
                is_late: false,
            };
            let run = run::run(&hooks, &plugin, &event, call, manner).await;
            run::note(&plugin, run)
        })
        .await?
    }

    /// Tells a plugin of an event that nobody waits for. A shadow's writes are not kept.
    pub fn tell(
        &self,
        plugin: &Arc<Plugin>,
        event: &Arc<Event>,
        call: Call,
        is_shadow: bool,
        then: Then,
    ) {
        let Ok(machine) = self.machine() else { return };
        let told = Told {
            event: event.clone(),
            call,
            is_kept: !is_shadow,
            then,
        };
        let is_in_line = plugin.queue.put(told, |queue| {
            let work = run::work(self.clone(), Arc::downgrade(plugin), queue);
            machine.lanes.slow().spawn(work);
        });
        if !is_in_line {
            plugin.record.dropped();
        }
    }

    /// Asks a plugin about an event as a trial: nothing is kept and nothing written down.
    pub async fn try_out(&self, plugin: &Arc<Plugin>, event: Event, call: Call) -> Run {
        let _turn = match self.turn(plugin.settings.app).await {
            Ok(turn) => turn,
            Err(fault) => return Run::failed(fault),
        };
        self.run(plugin, event, call, false).await
    }

    /// Asks a plugin about an event and tells all that came of it; nothing is written down. For
    /// who watches a plugin closely: trials, and the author's tools.
    pub async fn run(&self, plugin: &Arc<Plugin>, event: Event, call: Call, is_kept: bool) -> Run {
        let (hooks, plugin) = (self.clone(), plugin.clone());
        let ran = self
            .on_threads(Pace::slow(), async move {
                let manner = Manner {
                    is_kept,
                    is_late: false,
                };
                run::run(&hooks, &plugin, &event, call, manner).await
            })
            .await;
        ran.unwrap_or_else(Run::failed)
    }

    /// An app's turn for a trial or a rehearsal: one after the other, however many it asks for. These
    /// make a plugin of their own, so that nothing else bounds them.
    async fn turn(&self, app: AppId) -> Result<OwnedSemaphorePermit, Fault> {
        let turns = self.0.trials.get_with(app, || Arc::new(Semaphore::new(1)));
        match tokio::time::timeout(TRIAL_PATIENCE, turns.acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Fault::Busy),
        }
    }

    async fn on_threads<T: Send + 'static>(
        &self,
        pace: Arc<Pace>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Fault> {
        let machine = self
            .machine()
            .map_err(|error| Fault::NotLoaded(format!("{error:#}")))?;
        let panicked = || Fault::Crash("the server failed at it".to_owned());
        machine.lanes.run(pace, work).await.ok_or_else(panicked)
    }
}

/// Ends instances that nobody uses.
async fn sweep(parts: Weak<Parts>) {
    let mut each = tokio::time::interval(SWEEP);
    loop {
        each.tick().await;
        let Some(parts) = parts.upgrade() else { return };
        parts.loaded.lock().unwrap().retain(|plugin| {
            let plugin = plugin.upgrade();
            if let Some(plugin) = &plugin {
                plugin.sweep();
            }
            plugin.is_some()
        });
    }
}

impl Parts {
    /// Frees the places of idle instances, when all are taken.
    fn make_room(&self) {
        for plugin in self.loaded.lock().unwrap().iter() {
            if let Some(plugin) = plugin.upgrade() {
                plugin.give_up_idle();
            }
        }
    }
}
