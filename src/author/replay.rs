//! `heyyo plugin replay`: what a plugin makes of events that happened.
//!
//! From a file they run on this machine. From a server come the events on which a shadow and the
//! live version differed, with what both said; `--with` adds what a component of this machine says.

use crate::{
    author::{
        expectation,
        fixture::{self, Alone},
        project::Subject,
        push::key_and_value,
        remote,
        test::duration,
        workshop::Workshop,
    },
    client::Access,
    hooks::{
        event::{Call, Event},
        plugin::Plugin,
    },
};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};
use uuid::Uuid;

/// What to replay.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A .wasm file or a plugin's folder, with --events; or a plugin's name on a server
    plugin: String,
    /// Events, one a line: {"hook": "before-message", "message": {"text": "…"}}, as in a fixture
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Print JSON, one line for each event
    #[arg(long)]
    json: bool,
    /// A configured value, for a component of this machine
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, Value)>,
    /// With a plugin's name: a .wasm file or folder to run the events through, too
    #[arg(long, value_name = "PLUGIN")]
    with: Option<PathBuf>,
    #[command(flatten)]
    access: Access,
}

/// A component of this machine, ready to be asked.
struct Local {
    workshop: Workshop,
    plugin: Arc<Plugin>,
}

impl Local {
    async fn open(path: &Path, set: &[(String, Value)]) -> anyhow::Result<Self> {
        let subject = Subject::open(path)?;
        let workshop = Workshop::open()?;
        let examined = workshop.examine(&subject)?;
        let mut config = subject.settings().config;
        config.extend(set.iter().cloned());
        let plugin = workshop.load(&subject, &examined, config, 1).await?;
        Ok(Self { workshop, plugin })
    }

    async fn ask(&self, event: Event, call: Call) -> (Value, std::time::Duration) {
        let run = self
            .workshop
            .hooks
            .run(&self.plugin, event, call, true)
            .await;
        (expectation::of_verdict(&run.verdict), run.took)
    }
}

/// Replays.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    match &options.events {
        Some(events) => from_file(options, events).await,
        None if Path::new(&options.plugin).exists() => bail!(
            "Say with --events which events to run through {}.",
            options.plugin
        ),
        None => from_server(options).await,
    }
}

async fn from_file(options: &Options, events: &Path) -> anyhow::Result<()> {
    let local = Local::open(Path::new(&options.plugin), &options.set).await?;
    let file =
        File::open(events).with_context(|| format!("{} cannot be read", events.display()))?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let place = || format!("{}:{}", events.display(), number + 1);
        let alone: Alone = serde_json::from_str(&line).with_context(place)?;
        let mut call = Call::now(alone.event.unwrap_or_else(Uuid::now_v7));
        let (event, at) = alone.event().with_context(place)?;
        call.at = at.unwrap_or(call.at);
        local.workshop.memory.set_clock(call.at);
        let (said, hook) = (said(&event), event.hook());
        if !local.plugin.takes(hook) {
            *counts.entry(format!("not asked ({hook})")).or_default() += 1;
            continue;
        }
        let (verdict, took) = local.ask(event, call).await;
        let word = expectation::kind(&verdict).unwrap_or("?").to_owned();
        *counts.entry(word).or_default() += 1;
        match options.json {
            true => println!(
                "{}",
                json!({ "line": number + 1, "hook": hook, "said": said, "verdict": verdict, "took_us": took.as_micros() as u64 })
            ),
            false => println!(
                "{:>6}  {hook}  {said:?} → {}  ({})",
                number + 1,
                expectation::in_short(&verdict),
                duration(took)
            ),
        }
    }
    if !options.json {
        let counts: Vec<_> = counts
            .iter()
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        println!("{}", counts.join(", "));
    }
    Ok(())
}

fn said(event: &Event) -> String {
    match event {
        Event::BeforeMessage(message) | Event::AfterMessage(message) => message.text.clone(),
        Event::BeforeReaction(reaction) | Event::AfterReaction(reaction) => reaction.kind.clone(),
    }
}

async fn from_server(options: &Options) -> anyhow::Result<()> {
    let name = &options.plugin;
    let access = &options.access;
    let report = remote::found(access.get(&format!("/api/plugins/{name}/shadow"))?)?;
    let local = match &options.with {
        Some(path) => Some(Local::open(path, &options.set).await?),
        None => None,
    };
    for difference in report["differences"].as_array().into_iter().flatten() {
        let hook = difference["hook"].as_str().unwrap_or_default();
        let said = difference["said"].as_str().unwrap_or_default();
        let mut shown = difference.clone();
        if let Some(local) = &local {
            let (message, reaction) = (json!({ "text": said }), json!({ "kind": said }));
            let event = fixture::whole(hook, Some(message), Some(reaction), Uuid::now_v7())?;
            let (verdict, _) = local.ask(event, Call::now(Uuid::now_v7())).await;
            shown["local"] = verdict;
        }
        if options.json {
            println!("{shown}");
            continue;
        }
        println!("{hook}  {said:?}");
        for who in ["live", "shadow", "local"] {
            if let Some(verdict) = shown.get(who) {
                println!("    {who:<7} {}", expectation::in_short(verdict));
            }
        }
    }
    if !options.json {
        println!(
            "version {}: {} agreed, {} differed, {} failed",
            report["version"], report["agreed"], report["differed"], report["failed"]
        );
    }
    Ok(())
}
