//! `heyyo plugin check`: whether a server would take the plugin, and what it is, in words.
//!
//! Nothing here knows the rules: the host's own admission, compiler and rehearsal are asked.

use crate::{
    author::{project::Subject, workshop::Workshop},
    config::live,
    hooks::{check::Examined, compile::Refused},
};
use anyhow::{anyhow, bail};
use std::{path::Path, time::Instant};

/// Checks a component or a folder and prints what was found.
pub async fn run(path: &Path) -> anyhow::Result<()> {
    let subject = Subject::open(path)?;
    let workshop = Workshop::open()?;
    workshop.examine(&subject)?;
    let began = Instant::now();
    let examined = workshop.hooks.admit(&subject.wasm).await;
    let examined = examined.map_err(|refused| match refused {
        Refused::Upload(why) => anyhow!(why),
        Refused::Internal(error) => error.context("The compiler could not be run"),
    })?;
    let compiled = began.elapsed();
    print_found(&workshop.bounds, &subject, &examined);
    println!("compiled   in {:.1} s", compiled.as_secs_f64());

    let config = subject.settings().config;
    let plugin = workshop.load(&subject, &examined, config, 1).await?;
    let began = Instant::now();
    let problems = workshop.hooks.rehearse(&plugin).await;
    let rehearsed = began.elapsed();
    let problems = problems.map_err(|fault| anyhow!("The rehearsal failed: it {fault}."))?;
    if !problems.is_empty() {
        for problem in &problems {
            println!("config     {}: {}", problem.key, problem.message);
        }
        bail!("plugin.toml's config is not what the plugin wants; a server would refuse it.");
    }
    let took = rehearsed.as_secs_f64() * 1_000.0;
    println!("rehearsal  ok, in {took:.1} ms");
    println!("A server would take it.");
    Ok(())
}

fn print_found(bounds: &live::Plugins, subject: &Subject, examined: &Examined) {
    let sent = subject.settings();
    let (bytes, most) = (subject.wasm.len() as f64, bounds.upload_bytes as f64);
    let mebibytes = f64::from(1 << 20);
    println!("plugin     {}", subject.name());
    println!(
        "size       {:.2} MiB of {:.0} MiB that an upload may have",
        bytes / mebibytes,
        most / mebibytes
    );
    let (kind, taken) = match examined.is_program {
        true => (
            "a program that reads stdin, anew for each call",
            &sent.hooks,
        ),
        false => ("a component", &examined.hooks),
    };
    println!("kind       {kind}");
    let names: Vec<_> = taken.iter().map(|hook| hook.name()).collect();
    println!("hooks      {}", names.join(", "));
    let checks = match examined.checks_config {
        true => "checks its configuration itself",
        false => "takes any configuration (it exports no lifecycle)",
    };
    println!("config     {checks}");
    let (empty, ours): (Vec<_>, Vec<_>) = examined
        .imports
        .iter()
        .partition(|import| import.starts_with("wasi:"));
    for (number, import) in ours.iter().enumerate() {
        println!("{:<10} {import}", if number == 0 { "imports" } else { "" });
    }
    if !empty.is_empty() {
        let mut packages: Vec<_> = empty
            .iter()
            .filter_map(|import| import.split('/').next())
            .collect();
        packages.dedup();
        println!(
            "wasi       {}: there, with nothing behind it",
            packages.join(", ")
        );
    }
    println!(
        "limits     {} ms before, {} ms after, {} MiB of memory",
        sent.before_ms.unwrap_or(bounds.before_ms),
        sent.after_ms.unwrap_or(bounds.after_ms),
        bounds.memory_bytes >> 20
    );
}
