//! `heyyo plugin test`: plays the fixtures and says what did not come true.

use crate::{
    author::{
        expectation::{self, Difference},
        fixture::{CHECK_CONFIG, Fixture, Step},
        project::{Project, Subject},
        workshop::Workshop,
    },
    hooks::{check::Examined, event::Call, plugin::Plugin},
};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// Letters shown of what was said.
const SHOWN: usize = 48;

/// How to play.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The plugin's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Only fixtures whose file or name has this in it
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Give each call this many times its deadline, where a machine is busy with other things
    #[arg(long, value_name = "TIMES", default_value_t = 1)]
    patience: u32,
    /// Print what the plugin logs, not only for steps that fail
    #[arg(long, short)]
    verbose: bool,
}

/// What came of one step.
struct Outcome {
    got: Value,
    took: Duration,
    differences: Vec<Difference>,
    log: Vec<String>,
}

/// Plays all fixtures of a folder; true if all came true.
pub async fn run(options: &Options) -> anyhow::Result<bool> {
    let project = Project::open(&options.folder)?;
    let files = fixtures(&project, options.only.as_deref())?;
    let subject = Subject::open(&options.folder)?;
    let workshop = Workshop::open()?;
    let examined = workshop.examine(&subject)?;
    let (mut passed, mut failed) = (0, 0);
    for (file, fixture) in files {
        println!("{}  ({})", fixture.name, file_name(&file));
        let player = Player {
            workshop: &workshop,
            subject: &subject,
            examined: &examined,
            fixture: &fixture,
            patience: options.patience.max(1),
        };
        let config = fixture.config.clone();
        let config = config.unwrap_or_else(|| subject.settings().config);
        let plugin = player.load(config).await?;
        let app = plugin.settings.app;
        let told = || format!("{}", file.display());
        let recent = fixture.recent().with_context(told)?;
        workshop.memory.describe(app, fixture.channel(), recent);
        for (number, step) in fixture.steps.iter().enumerate() {
            let outcome = player.play(&plugin, step).await;
            let outcome =
                outcome.with_context(|| format!("{}: step {}", file.display(), number + 1))?;
            print(step, &outcome, options.verbose);
            match outcome.differences.is_empty() {
                true => passed += 1,
                false => failed += 1,
            }
        }
        workshop.hooks.forget(app, plugin.settings.plugin);
        println!();
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

fn file_name(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default();
    format!("fixtures/{}", name.to_string_lossy())
}

fn fixtures(project: &Project, only: Option<&str>) -> anyhow::Result<Vec<(PathBuf, Fixture)>> {
    let folder = project.folder.join("fixtures");
    let entries = fs::read_dir(&folder).with_context(|| {
        format!(
            "{} cannot be read. It holds the stories that a test plays.",
            folder.display()
        )
    })?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    let mut found = vec![];
    for file in files {
        let fixture = Fixture::read(&file)?;
        let name = file_name(&file);
        if only.is_none_or(|only| name.contains(only) || fixture.name.contains(only)) {
            found.push((file, fixture));
        }
    }
    ensure!(
        !found.is_empty(),
        "{} has no fixture to play.",
        folder.display()
    );
    Ok(found)
}

/// Plays one fixture.
struct Player<'a> {
    workshop: &'a Workshop,
    subject: &'a Subject,
    examined: &'a Examined,
    fixture: &'a Fixture,
    patience: u32,
}

impl Player<'_> {
    async fn load(&self, config: serde_json::Map<String, Value>) -> anyhow::Result<Arc<Plugin>> {
        let loaded = self
            .workshop
            .load(self.subject, self.examined, config, self.patience);
        loaded.await
    }

    async fn play(&self, plugin: &Arc<Plugin>, step: &Step) -> anyhow::Result<Outcome> {
        ensure!(step.repeat > 0, "repeat: 0 times is never");
        let mut outcome = self.play_once(plugin, step).await?;
        for time in 1..step.repeat {
            if !outcome.differences.is_empty() {
                outcome.log.push(format!("(the {time}. time)"));
                break;
            }
            outcome = self.play_once(plugin, step).await?;
        }
        Ok(outcome)
    }

    async fn play_once(&self, plugin: &Arc<Plugin>, step: &Step) -> anyhow::Result<Outcome> {
        let hooks = &self.workshop.hooks;
        let (got, took, log) = match self.fixture.event(step)? {
            None => {
                let plugin = match &step.config {
                    Some(config) => &self.load(config.clone()).await?,
                    None => plugin,
                };
                let began = std::time::Instant::now();
                let problems = hooks.rehearse(plugin).await;
                (expectation::of_problems(&problems), began.elapsed(), vec![])
            }
            Some(event) => {
                ensure!(
                    plugin.takes(event.hook()),
                    "the plugin does not export {}",
                    event.hook()
                );
                let mut call = Call::now(step.event.unwrap_or_else(Uuid::now_v7));
                call.at = step.at()?.unwrap_or(call.at);
                self.workshop.memory.set_clock(call.at);
                let run = hooks.run(plugin, event, call, true).await;
                let lines = run.log.lines.into_iter();
                let log = lines.map(|(level, text)| format!("{level:?}: {text}"));
                (
                    expectation::of_verdict(&run.verdict),
                    run.took,
                    log.collect(),
                )
            }
        };
        Ok(Outcome {
            differences: expectation::differences(&step.expect, &got),
            got,
            took,
            log,
        })
    }
}

fn print(step: &Step, outcome: &Outcome, is_verbose: bool) {
    let is_well = outcome.differences.is_empty();
    let times = match step.repeat {
        1 => String::new(),
        times => format!(" ×{times}"),
    };
    let said = match step.hook == CHECK_CONFIG {
        true => String::new(),
        false => format!(" {}", shortened(&step.said())),
    };
    println!(
        "  {}  {}{times}{said} → {}  ({})",
        if is_well { "ok  " } else { "FAIL" },
        step.hook,
        shortened(&expectation::in_short(&outcome.got)),
        duration(outcome.took)
    );
    for difference in &outcome.differences {
        let at = match difference.at.is_empty() {
            true => "the whole",
            false => &difference.at,
        };
        println!("          at {at}");
        println!("            - expected {}", difference.expected);
        println!("            + got      {}", difference.got);
    }
    if is_verbose || !is_well {
        for line in &outcome.log {
            println!("          log {line}");
        }
    }
}

fn shortened(text: &str) -> String {
    let mut letters = text.chars();
    let mut shown: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// A duration, in the unit that suits it.
pub fn duration(took: Duration) -> String {
    let micros = took.as_secs_f64() * 1e6;
    match micros {
        ..10.0 => format!("{micros:.1} µs"),
        ..1_000.0 => format!("{micros:.0} µs"),
        ..1_000_000.0 => format!("{:.1} ms", micros / 1e3),
        _ => format!("{:.1} s", micros / 1e6),
    }
}
