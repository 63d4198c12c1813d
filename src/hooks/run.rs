//! One call, on a thread of plugins: its turn, its instance, its bounds, its end.

use crate::hooks::{
    Hooks,
    command::{self},
    engine::Code,
    event::{Call, Event, Verdict},
    facts::Fate,
    fault::Fault,
    instance::{self, Instance, Problem},
    plugin::{Plugin, WAITING},
    queue::Told,
    record::Level,
    sandbox::{CallLog, Sandbox},
};
use std::{
    sync::{Weak, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};
use wasmtime::Store;

/// What came of one call.
pub struct Run {
    /// What it decided, or how it failed.
    pub verdict: Result<Verdict, Fault>,
    /// From its turn to its end, with making an instance if there was none.
    pub took: Duration,
    /// Bytes of the instance's memories afterwards.
    pub memory: usize,
    /// What it logged.
    pub log: CallLog,
    /// Whether the time counts as the plugin's: it was its turn.
    waited: Duration,
}

impl Run {
    /// One that never began.
    pub(super) fn failed(fault: Fault) -> Self {
        Self {
            verdict: Err(fault),
            took: Duration::ZERO,
            memory: 0,
            log: CallLog::default(),
            waited: Duration::ZERO,
        }
    }
}

/// Writes down what came of a call.
pub(super) fn note(plugin: &Plugin, run: Run) -> Result<Verdict, Fault> {
    let Run {
        verdict,
        took,
        log,
        waited,
        ..
    } = run;
    let outcome = match &verdict {
        Ok(verdict) => verdict.word(),
        Err(fault) => fault.code(),
    };
    plugin.counts.called(outcome, took + waited);
    let settings = &plugin.settings;
    let paused = plugin
        .record
        .ended(settings.version, &verdict, took + waited, log);
    if let Some(pause) = paused {
        let seconds = pause.as_secs();
        tracing::warn!(app = %settings.app, plugin = settings.name, seconds, "paused a plugin after repeated faults");
        let text =
            format!("paused for {seconds} s after repeated faults; on_error decides meanwhile");
        plugin.record.write(settings.version, Level::Error, &text);
    }
    verdict
}

/// Empties the queue of a plugin, for as long as it is loaded.
pub(super) async fn work(hooks: Hooks, plugin: Weak<Plugin>, mut queue: mpsc::Receiver<Told>) {
    while let Some(Told {
        event,
        call,
        is_kept,
        then,
    }) = queue.recv().await
    {
        let Some(plugin) = plugin.upgrade() else {
            return;
        };
        let manner = Manner {
            is_kept,
            is_late: true,
        };
        let verdict = match (is_kept, plugin.record.admits()) {
            (true, false) => {
                plugin.counts.count(Fault::Paused.code());
                Err(Fault::Paused)
            }
            (true, true) => match run(&hooks, &plugin, &event, call, manner).await {
                Run {
                    verdict: Err(Fault::Gone),
                    ..
                } => continue,
                run => note(&plugin, run),
            },
            // A shadow has no part in what is known of the live version.
            (false, _) => match run(&hooks, &plugin, &event, call, manner).await.verdict {
                Err(Fault::Gone) => continue,
                verdict => verdict,
            },
        };
        then(verdict);
    }
}

/// Whether a plugin may be told of an event that waited: its message may be deleted by now. Asked when
/// there is nothing left to wait for.
async fn is_gone(hooks: &Hooks, plugin: &Plugin, event: &Event, deadline: Duration) -> bool {
    let line = &hooks.0.line;
    let fate = line.fate(plugin.settings.app, event.message());
    match timeout(deadline, fate).await {
        Ok(Some(Fate::Stands)) => false,
        Ok(Some(Fate::Deleted)) => true,
        // Only what was stored is told of afterwards; its channel is gone.
        Ok(Some(Fate::Absent)) => !event.hook().is_before(),
        // As if the queue had been full.
        Ok(None) | Err(_) => {
            plugin.record.dropped();
            true
        }
    }
}

/// In which manner a plugin is run.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Whether what it writes to its state is kept.
    pub is_kept: bool,
    /// Whether the event waited, and what it says may be gone.
    pub is_late: bool,
}

/// Runs a plugin on an event.
pub(super) async fn run(
    hooks: &Hooks,
    plugin: &Plugin,
    event: &Event,
    call: Call,
    manner: Manner,
) -> Run {
    let deadline = hooks.deadline(&plugin.settings, event.hook());
    let arrived = Instant::now();
    if plugin.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
        plugin.waiting.fetch_sub(1, Ordering::Relaxed);
        return Run::failed(Fault::Busy);
    }
    let turns = async {
        (
            plugin.turns.acquire().await,
            plugin.app_turns.acquire().await,
        )
    };
    let turns = timeout(deadline, turns).await;
    plugin.waiting.fetch_sub(1, Ordering::Relaxed);
    let Ok((Ok(_turn), Ok(_turn_of_app))) = turns else {
        return Run::failed(Fault::Busy);
    };
    let began = Instant::now();
    let mut run = match &*plugin.code {
        Code::Component(_) => in_component(hooks, plugin, event, call, manner).await,
        Code::Command(_) => in_program(hooks, plugin, event, call, manner).await,
    };
    run.took = began.elapsed();
    run.waited = began - arrived;
    run
}

async fn in_component(
    hooks: &Hooks,
    plugin: &Plugin,
    event: &Event,
    call: Call,
    manner: Manner,
) -> Run {
    let Code::Component(exports) = &*plugin.code else {
        unreachable!("asked for a component");
    };
    let deadline = hooks.deadline(&plugin.settings, event.hook());
    let mut instance = match plugin.take_idle() {
        Some(instance) => instance,
        None => match fresh(hooks, plugin, deadline).await {
            Ok(instance) => instance,
            Err(fault) => return Run::failed(fault),
        },
    };
    if manner.is_late && is_gone(hooks, plugin, event, deadline).await {
        plugin.keep(instance);
        return Run::failed(Fault::Gone);
    }
    instance.arm(event, deadline, manner.is_kept);
    let ended = timeout(deadline, instance.call(exports, event, call, deadline)).await;
    let sandbox = instance.store.data_mut();
    let log = std::mem::take(&mut sandbox.log);
    let memory = sandbox.memory();
    let (verdict, is_sound) = match ended {
        Err(_) => (Err(Fault::Deadline(deadline)), false),
        Ok(Err(trap)) => (Err(instance::trapped(&trap, sandbox, deadline)), false),
        Ok(Ok(verdict)) => (verdict, true),
    };
    if is_sound {
        plugin.keep(instance);
    }
    Run {
        verdict,
        memory,
        log,
        ..Run::failed(Fault::Busy)
    }
}

/// A new instance, once there is a place for it.
async fn fresh(hooks: &Hooks, plugin: &Plugin, deadline: Duration) -> Result<Instance, Fault> {
    let Code::Component(exports) = &*plugin.code else {
        unreachable!("asked for a component");
    };
    let place = place(hooks, deadline).await?;
    let mut store = store(hooks, plugin, instance::wasi())?;
    Sandbox::arm(&mut store, deadline, false);
    match timeout(deadline, exports.pre.instantiate_async(&mut store)).await {
        Err(_) => Err(Fault::Deadline(deadline)),
        Ok(Err(error)) => Err(instance::trapped(&error, store.data(), deadline)),
        Ok(Ok(instance)) => Ok(Instance::of(store, instance, place)),
    }
}

async fn place(hooks: &Hooks, patience: Duration) -> Result<OwnedSemaphorePermit, Fault> {
    let places = &hooks.0.places;
    if let Ok(place) = places.clone().try_acquire_owned() {
        return Ok(place);
    }
    // A place that is not there is an error to wasmtime, not a wait.
    hooks.0.make_room();
    match timeout(patience, places.clone().acquire_owned()).await {
        Ok(Ok(place)) => Ok(place),
        Ok(Err(_)) | Err(_) => Err(Fault::Busy),
    }
}

fn store(
    hooks: &Hooks,
    plugin: &Plugin,
    wasi: wasmtime_wasi::WasiCtx,
) -> Result<Store<Sandbox>, Fault> {
    let machine = hooks
        .machine()
        .map_err(|error| Fault::NotLoaded(format!("{error:#}")))?;
    Ok(Sandbox::store(
        &machine.engine,
        &plugin.settings,
        &hooks.0.line,
        hooks.bounds(),
        wasi,
    ))
}

async fn in_program(
    hooks: &Hooks,
    plugin: &Plugin,
    event: &Event,
    call: Call,
    manner: Manner,
) -> Run {
    let Code::Command(program) = &*plugin.code else {
        unreachable!("asked for a program");
    };
    let deadline = hooks.deadline(&plugin.settings, event.hook());
    let _place = match place(hooks, deadline).await {
        Ok(place) => place,
        Err(fault) => return Run::failed(fault),
    };
    if manner.is_late && is_gone(hooks, plugin, event, deadline).await {
        return Run::failed(Fault::Gone);
    }
    let (wasi, output) = command::wasi(&plugin.settings, event, call, deadline);
    let mut store = match store(hooks, plugin, wasi) {
        Ok(store) => store,
        Err(fault) => return Run::failed(fault),
    };
    Sandbox::arm(&mut store, deadline, manner.is_kept);
    let life = async {
        let program = program.instantiate_async(&mut store).await?;
        program.wasi_cli_run().call_run(&mut store).await
    };
    let ended = timeout(deadline, life).await;
    let sandbox = store.data_mut();
    let mut log = std::mem::take(&mut sandbox.log);
    for line in output.said() {
        log.write(Level::Info, &line);
    }
    let verdict = match ended {
        Err(_) => Err(Fault::Deadline(deadline)),
        // Some languages end every program with exit(0).
        Ok(Err(trap)) if is_exit_0(&trap) => output.verdict(event),
        Ok(Err(trap)) => Err(instance::trapped(&trap, sandbox, deadline)),
        Ok(Ok(Err(()))) => Err(Fault::Crash("it ended with a failure".to_owned())),
        Ok(Ok(Ok(()))) => output.verdict(event),
    };
    Run {
        verdict,
        memory: sandbox.memory(),
        log,
        ..Run::failed(Fault::Busy)
    }
}

fn is_exit_0(error: &wasmtime::Error) -> bool {
    error
        .downcast_ref::<wasmtime_wasi::I32Exit>()
        .is_some_and(|exit| exit.0 == 0)
}

/// Loads each hook and asks about the configuration.
pub(super) async fn rehearse(hooks: &Hooks, plugin: &Plugin) -> Result<Vec<Problem>, Fault> {
    /// Nobody's message waits for it.
    const PATIENCE: Duration = Duration::from_secs(2);
    let Code::Component(exports) = &*plugin.code else {
        return Ok(vec![]);
    };
    let mut instance = fresh(hooks, plugin, PATIENCE).await?;
    Sandbox::arm(&mut instance.store, PATIENCE, false);
    instance.load_all(exports).map_err(|error| {
        Fault::NotLoaded(format!("a hook has not the contract's shape: {error:#}"))
    })?;
    let asked = timeout(PATIENCE, instance.check_config(exports, &plugin.settings)).await;
    match asked {
        Err(_) => Err(Fault::Deadline(PATIENCE)),
        Ok(Err(trap)) => Err(instance::trapped(&trap, instance.store.data(), PATIENCE)),
        Ok(Ok(problems)) => Ok(problems),
    }
}
