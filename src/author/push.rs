//! `heyyo plugin push`: uploads a plugin, as a new one or as a new version of one.

use crate::{
    author::project::Subject,
    client::{Access, Form, Said},
    hooks::check,
};
use anyhow::{Context, anyhow, bail, ensure};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use ureq::http::Method;

/// What to upload.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The plugin's folder, or a .wasm file
    #[arg(default_value = ".")]
    plugin: PathBuf,
    /// The plugin's name on the server [default: that of plugin.toml]
    #[arg(long)]
    name: Option<String>,
    /// As a shadow: it is asked about every event, and what it says is only compared
    #[arg(long)]
    shadow: bool,
    /// A configured value: JSON, or text as it is. For a plugin that is there already it is set
    /// beside what is configured there
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, Value)>,
    /// Also overwrite the settings of a plugin that is there already with those of plugin.toml
    #[arg(long)]
    settings: bool,
    #[command(flatten)]
    access: Access,
}

/// `key=value`; the value is JSON if it can be.
pub fn key_and_value(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| format!("{text:?} is not like key=value"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
    Ok((key.to_owned(), value))
}

/// Uploads it.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let subject = Subject::open(&options.plugin)?;
    let (examined, _) = check::examine(&subject.wasm).map_err(|why| anyhow!(why))?;
    ensure!(
        !examined.is_program || !subject.settings().hooks.is_empty(),
        "It is a program that reads stdin, so plugin.toml must say for which hooks: hooks = [\"before-message\"] under [settings]."
    );
    let name = options.name.clone().unwrap_or_else(|| subject.name());
    let path = format!("/api/plugins/{name}");
    match options.access.get(&path)? {
        Said::NotFound(_) => create(options, subject, &name),
        Said::Done(there) => add_version(options, subject, &path, there, &name),
    }
}

fn create(options: &Options, subject: Subject, name: &str) -> anyhow::Result<()> {
    if options.shadow {
        bail!(
            "There is no {name} on the server that a shadow could be compared with. Push it without --shadow first."
        );
    }
    let mut settings = subject.settings();
    settings.config.extend(options.set.iter().cloned());
    let mut settings = serde_json::to_value(settings)?;
    settings["name"] = json!(name);
    let form = Form::default()
        .with_json("settings", &settings)
        .with_wasm("wasm", subject.wasm);
    let made = options.access.send_form("/api/plugins", form)?.done()?;
    println!("{name} is live{}.", version(&made["version"]));
    Ok(())
}

fn add_version(
    options: &Options,
    subject: Subject,
    path: &str,
    there: Value,
    name: &str,
) -> anyhow::Result<()> {
    let mut changes = Map::new();
    if options.settings {
        let sent = serde_json::to_value(subject.settings())?;
        changes.extend(sent.as_object().context("an object")?.clone());
    }
    if !options.set.is_empty() {
        let mut config = match changes.get("config").unwrap_or(&there["config"]) {
            Value::Object(config) => config.clone(),
            _ => Map::new(),
        };
        config.extend(options.set.iter().cloned());
        changes.insert("config".to_owned(), Value::Object(config));
    }
    let mode = if options.shadow { "shadow" } else { "live" };
    let form = Form::default()
        .with_json("settings", &json!({ "mode": mode }))
        .with_wasm("wasm", subject.wasm);
    let versions = format!("{path}/versions");
    let made = options.access.send_form(&versions, form)?.done()?;
    match options.shadow {
        true => println!(
            "{name} has a shadow{}. `heyyo plugin replay {name}` shows where it differs, `heyyo plugin promote {name}` makes it live.",
            version(&made["shadow_version"])
        ),
        false => println!(
            "{name} is live{}. `heyyo plugin rollback {name}` goes back.",
            version(&made["version"])
        ),
    }
    if !changes.is_empty() {
        let changes = Value::Object(changes);
        options.access.send(Method::PATCH, path, &changes)?.done()?;
        println!("Its settings are changed.");
    }
    Ok(())
}

fn version(number: &Value) -> String {
    match number.as_i64() {
        Some(version) => format!(", version {version}"),
        None => String::new(),
    }
}
