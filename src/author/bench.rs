//! `heyyo plugin bench`: how long a call takes, how many a machine does, what an instance needs.
//!
//! Everything is done as in a server, hop between threads included; only the database is missing, so
//! a plugin that asks for state or context is slower there by a round trip for each question.

use crate::{
    author::{
        fixture::{self, Fixture},
        project::Subject,
        test::duration,
        workshop::Workshop,
    },
    hooks::{
        Hooks,
        check::Examined,
        event::{Call, Event, Hook},
        fault::Fault,
        plugin::{Isolation, Plugin},
    },
};
use anyhow::{Context, bail};
use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};
use std::{
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// What to measure.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A .wasm file, or the plugin's folder, whose fixtures are the events
    #[arg(default_value = ".")]
    plugin: PathBuf,
    /// How long each of the four measurements takes
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

/// Tenants that each thread has to do for, when all are measured together.
const TENANTS: usize = 4;

/// What calls took.
struct Measured {
    times: Histogram<u64>,
    calls: u64,
    faults: u64,
    last_fault: Option<Fault>,
    memory: usize,
    length: Duration,
}

/// Measures and prints.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let subject = Subject::open(&options.plugin)?;
    let workshop = Workshop::open()?;
    let examined = workshop.examine(&subject)?;
    let (events, config) = events(&subject, &examined)?;
    let length = Duration::try_from_secs_f64(options.seconds).context("--seconds")?;
    println!("{}: {} different events", subject.name(), events.len());

    let began = Instant::now();
    if workshop.hooks.admit(&subject.wasm).await.is_err() {
        bail!("A server would refuse it. `heyyo plugin check` says why.");
    }
    let load = |isolation| {
        let mut settings = workshop.settings(&subject, &examined, config.clone(), 1);
        settings.isolation = isolation;
        workshop.load_with(&subject, settings)
    };
    let plugin = load(Isolation::Reused).await?;
    if let Err(fault) = workshop.hooks.rehearse(&plugin).await {
        bail!("The rehearsal failed: it {fault}.");
    }
    println!("upload to live     {}", duration(began.elapsed()));

    let hooks = &workshop.hooks;
    let reused = measure(hooks.clone(), plugin, events.clone(), length).await;
    reused.print("reused instance");
    let fresh = load(Isolation::Fresh).await?;
    let fresh = measure(hooks.clone(), fresh, events.clone(), length).await;
    fresh.print("fresh instance ");
    println!(
        "memory             {:.2} MiB for each instance",
        mebibytes(reused.memory.max(fresh.memory))
    );
    println!("one thread         {:.0} calls/s", reused.rate());

    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut all = vec![];
    // Some for each, so that a thread has the next call when one is done.
    for _ in 0..threads * TENANTS {
        // One tenant's plugin runs twice at once at most; a machine has many tenants.
        let plugin = load(Isolation::Reused).await?;
        let measured = measure(hooks.clone(), plugin, events.clone(), length);
        all.push(tokio::spawn(measured));
    }
    let mut rate = 0.0;
    for measured in all {
        rate += measured.await?.rate();
    }
    println!(
        "{threads:>2} threads         {rate:.0} calls/s, of {} tenants at once",
        threads * TENANTS
    );
    if reused.faults + fresh.faults > 0 {
        let (count, fault) = (
            reused.faults + fresh.faults,
            reused.last_fault.or(fresh.last_fault),
        );
        let fault = fault.map(|fault| fault.to_string()).unwrap_or_default();
        println!("note: {count} calls failed and are counted all the same. The last one {fault}.");
    }
    Ok(())
}

/// The events of the fixtures, and the configuration of the first that has them.
fn events(
    subject: &Subject,
    examined: &Examined,
) -> anyhow::Result<(Vec<Event>, Map<String, Value>)> {
    let hooks = match examined.is_program {
        true => subject.settings().hooks,
        false => examined.hooks.clone(),
    };
    let mut found = vec![];
    let mut config = None;
    if let Some(project) = &subject.project {
        let files = std::fs::read_dir(project.folder.join("fixtures"));
        let mut files: Vec<_> = files.into_iter().flatten().flatten().collect();
        files.sort_by_key(std::fs::DirEntry::path);
        for file in files {
            let Ok(fixture) = Fixture::read(&file.path()) else {
                continue;
            };
            let events = fixture
                .steps
                .iter()
                .filter_map(|step| fixture.event(step).ok()?);
            let events: Vec<_> = events
                .filter(|event| hooks.contains(&event.hook()))
                .collect();
            if !events.is_empty() && config.is_none() {
                config = Some(fixture.config.unwrap_or_else(|| subject.settings().config));
            }
            found.extend(events);
        }
    }
    if found.is_empty() {
        let hook = *hooks.first().context("it takes part in no hook")?;
        let (message, reaction) = match hook {
            Hook::BeforeMessage | Hook::AfterMessage => (
                Some(json!({ "text": "See you at the station at eight, I bring the tickets." })),
                None,
            ),
            Hook::BeforeReaction | Hook::AfterReaction => (None, Some(json!({ "kind": "👍" }))),
        };
        found.push(fixture::whole(
            hook.name(),
            message,
            reaction,
            Uuid::now_v7(),
        )?);
    }
    Ok((found, config.unwrap_or_else(|| subject.settings().config)))
}

/// Calls for that long, one after the other.
async fn measure(
    hooks: Hooks,
    plugin: Arc<Plugin>,
    events: Vec<Event>,
    length: Duration,
) -> Measured {
    let mut measured = Measured {
        times: Histogram::new_with_bounds(1, 60_000_000, 3).expect("valid bounds"),
        calls: 0,
        faults: 0,
        last_fault: None,
        memory: 0,
        length,
    };
    // The first calls warm what every later one finds warm.
    for event in events.iter().take(5) {
        let call = Call::now(Uuid::now_v7());
        hooks.run(&plugin, event.clone(), call, true).await;
    }
    let began = Instant::now();
    for event in events.iter().cycle() {
        let call = Call::now(Uuid::now_v7());
        let run = hooks.run(&plugin, event.clone(), call, true).await;
        measured.calls += 1;
        measured
            .times
            .saturating_record((run.took.as_nanos() as u64 / 100).max(1));
        measured.memory = measured.memory.max(run.memory);
        if let Err(fault) = run.verdict {
            measured.faults += 1;
            measured.last_fault = Some(fault);
        }
        if began.elapsed() >= length {
            break;
        }
    }
    measured.length = began.elapsed();
    measured
}

impl Measured {
    fn rate(&self) -> f64 {
        self.calls as f64 / self.length.as_secs_f64()
    }

    fn print(&self, what: &str) {
        // Kept in tenths of a microsecond.
        let at = |quantile| {
            duration(Duration::from_nanos(
                self.times.value_at_quantile(quantile) * 100,
            ))
        };
        println!(
            "{what}    p50 {}, p99 {}, max {}  ({} calls)",
            at(0.5),
            at(0.99),
            at(1.0),
            self.calls
        );
    }
}

fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
