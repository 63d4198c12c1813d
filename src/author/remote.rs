//! What is done with plugins on a server but uploading them: looking, promoting, going back, deleting.

use crate::{
    author::project::Project,
    client::{Access, Said},
};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::{path::Path, thread, time::Duration};
use ureq::http::Method;

/// How often a followed log is asked for.
const EACH: Duration = Duration::from_secs(2);

/// A plugin on a server.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// The plugin's name [default: that of the folder's plugin.toml]
    name: Option<String>,
    #[command(flatten)]
    access: Access,
}

/// Where to go back to.
#[derive(Debug, clap::Args)]
pub struct Rollback {
    #[command(flatten)]
    plugin: Named,
    /// The version to make live [default: the one before]
    #[arg(long)]
    to: Option<i32>,
}

/// Whose log to read.
#[derive(Debug, clap::Args)]
pub struct Logs {
    #[command(flatten)]
    plugin: Named,
    /// Go on reading until ctrl-c
    #[arg(long, short)]
    follow: bool,
}

/// What a server said of a plugin, which must be there.
pub(super) fn found(said: Said) -> anyhow::Result<Value> {
    match said {
        Said::Done(value) => Ok(value),
        Said::NotFound(why) => bail!("{why}. `heyyo plugin list` says what there is."),
    }
}

impl Named {
    fn name(&self) -> anyhow::Result<String> {
        match &self.name {
            Some(name) => Ok(name.clone()),
            None => Ok(Project::open(Path::new("."))
                .context("Name a plugin")?
                .manifest
                .name),
        }
    }

    fn send(&self, verb: &str, value: &Value) -> anyhow::Result<(String, Value)> {
        let name = self.name()?;
        let path = format!("/api/plugins/{name}/{verb}");
        let said = found(self.access.send(Method::POST, &path, value)?)?;
        Ok((name, said))
    }
}

/// Prints a plugin's log.
pub fn logs(options: &Logs) -> anyhow::Result<()> {
    let name = options.plugin.name()?;
    let path = format!("/api/plugins/{name}/logs");
    let mut last: Option<Value> = None;
    loop {
        let said = found(options.plugin.access.get(&path)?)?;
        let lines = said["lines"].as_array().cloned().unwrap_or_default();
        for line in &lines[already_seen(&lines, last.as_ref())..] {
            let word = |key: &str| line[key].as_str().unwrap_or_default();
            println!(
                "{}  v{}  {:<5}  {}",
                word("at"),
                line["version"],
                word("level"),
                word("text")
            );
        }
        last = lines.last().cloned().or(last);
        if !options.follow {
            return Ok(());
        }
        // A command of its own, which does nothing else.
        #[allow(clippy::disallowed_methods)]
        thread::sleep(EACH);
    }
}

/// How many of the lines were there the last time. The server keeps the newest alone.
fn already_seen(lines: &[Value], last: Option<&Value>) -> usize {
    let Some(last) = last else { return 0 };
    match lines.iter().rposition(|line| line == last) {
        Some(place) => place + 1,
        None => 0,
    }
}

/// Prints the app's plugins.
pub fn list(access: &Access) -> anyhow::Result<()> {
    let said = access.get("/api/plugins")?.done()?;
    let plugins = said.as_array().context("The server gave no list")?;
    if plugins.is_empty() {
        println!("No plugins. `heyyo plugin push` uploads one.");
    }
    for plugin in plugins {
        let is_live = |version: &&Value| version["version"] == plugin["version"];
        let mut versions = plugin["versions"].as_array().into_iter().flatten();
        let hooks = versions.find(is_live).map(|version| &version["hooks"]);
        let hooks = hooks.and_then(Value::as_array).into_iter().flatten();
        let hooks: Vec<_> = hooks.filter_map(Value::as_str).collect();
        let shadow = match plugin["shadow_version"].as_i64() {
            Some(version) => format!("  (shadow: version {version})"),
            None => String::new(),
        };
        let is_off = plugin["enabled"] == json!(false);
        println!(
            "{:<24} version {:<4} order {:<5} {}{}{}",
            plugin["name"].as_str().unwrap_or("?"),
            plugin["version"].to_string(),
            plugin["order"].to_string(),
            hooks.join(", "),
            shadow,
            if is_off { "  (disabled)" } else { "" }
        );
    }
    Ok(())
}

/// Makes a shadow live.
pub fn promote(options: &Named) -> anyhow::Result<()> {
    let (name, _) = options.send("promote", &json!({}))?;
    println!("The shadow of {name} is live.");
    Ok(())
}

/// Goes back to another version.
pub fn rollback(options: &Rollback) -> anyhow::Result<()> {
    let wanted = match options.to {
        Some(version) => json!({ "version": version }),
        None => json!({}),
    };
    let (name, said) = options.plugin.send("rollback", &wanted)?;
    match said["version"].as_i64() {
        Some(version) => println!("{name} is at version {version} again."),
        None => println!("{name} is at another version again."),
    }
    Ok(())
}

/// Deletes a plugin.
pub fn delete(options: &Named) -> anyhow::Result<()> {
    let name = options
        .name
        .as_ref()
        .context("Name the plugin that is to be deleted.")?;
    found(options.access.delete(&format!("/api/plugins/{name}"))?)?;
    println!("{name} is deleted.");
    Ok(())
}
