//! A plugin's folder: what `plugin.toml` says, and where the component lies.

use crate::hooks::{
    event::Hook,
    plugin::{Isolation, OnError},
};
use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The file that makes a folder a plugin.
pub const MANIFEST: &str = "plugin.toml";
/// Folders in which no source of a plugin lies.
const NOT_SOURCES: [&str; 7] = [
    "dist",
    "target",
    "node_modules",
    "generated",
    "fixtures",
    "tests",
    "__pycache__",
];

/// The languages that Heyyo knows how to build.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Language {
    #[value(alias = "rs")]
    Rust,
    #[value(name = "js", alias = "javascript")]
    JavaScript,
    #[value(name = "ts", alias = "typescript")]
    TypeScript,
    #[value(alias = "py")]
    Python,
    C,
    Go,
    Zig,
}

/// What `plugin.toml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The plugin's name.
    pub name: String,
    /// What it is written in.
    pub language: Language,
    /// The world of the contract that it implements, for languages that must be told.
    #[serde(default = "usual_world")]
    pub world: String,
    /// What an upload sends along.
    #[serde(default)]
    pub settings: Sent,
}

fn usual_world() -> String {
    "message-filter".to_owned()
}

/// What an upload sends along; what is not said the server decides.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sent {
    /// Plugins are asked from low to high.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
    /// The types of channels it is asked about; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channel_types: Vec<String>,
    /// When it cannot decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_error: Option<OnError>,
    /// Whether instances are used again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
    /// How long a before-hook may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_ms: Option<u64>,
    /// How long an after-hook may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<u64>,
    /// What the plugin reads with `config`.
    pub config: Map<String, Value>,
    /// The hooks it takes part in, for programs alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// Whether it is asked at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// A plugin's folder.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder.
    pub folder: PathBuf,
    /// What its manifest says.
    pub manifest: Manifest,
}

impl Project {
    /// Reads a folder's manifest.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join(MANIFEST);
        ensure!(
            file.is_file(),
            "{} has no {MANIFEST}: it is no plugin's folder. Go into one, name one, or make one with `heyyo plugin new`.",
            folder.display()
        );
        let text = fs::read_to_string(&file);
        let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
        let manifest: Manifest =
            toml::from_str(&text).with_context(|| format!("{} cannot be used", file.display()))?;
        check_name(&manifest.name)?;
        let folder = folder
            .canonicalize()
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        Ok(Self { folder, manifest })
    }

    /// Where a build puts the component.
    pub fn output(&self) -> PathBuf {
        let name = &self.manifest.name;
        self.folder.join("dist").join(format!("{name}.wasm"))
    }

    /// Where the component is: its own `dist`, or that of a collection of plugins.
    fn built(&self) -> anyhow::Result<PathBuf> {
        let own = self.output();
        let shared = self.folder.join("../dist");
        let shared = shared.join(format!("{}.wasm", self.manifest.name));
        if own.is_file() {
            Ok(own)
        } else if shared.is_file() {
            Ok(shared)
        } else {
            bail!(
                "{} is not there. Run `heyyo plugin build` first.",
                own.display()
            )
        }
    }

    /// A source that is newer than the component, if there is one.
    fn newer_source(&self, built: SystemTime) -> Option<PathBuf> {
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).ok()?.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = entry.path();
                let is_source = !name.starts_with('.') && !NOT_SOURCES.contains(&name.as_str());
                if path.is_dir() && is_source {
                    folders.push(path);
                } else if is_source
                    && !name.ends_with(".md")
                    && entry
                        .metadata()
                        .and_then(|about| about.modified())
                        .is_ok_and(|changed| changed > built)
                {
                    return Some(path);
                }
            }
        }
        None
    }
}

/// What a command is about: a component, and the folder that it belongs to if that is known.
pub struct Subject {
    /// The component's file.
    pub file: PathBuf,
    /// The component.
    pub wasm: Vec<u8>,
    /// Its folder.
    pub project: Option<Project>,
}

impl Subject {
    /// Finds the component of a folder, or the folder of a component.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let (file, project) = if path.is_dir() {
            let project = Project::open(path)?;
            let file = project.built()?;
            let built = file.metadata().and_then(|about| about.modified());
            if let Some(newer) = built.ok().and_then(|built| project.newer_source(built)) {
                eprintln!(
                    "note: {} is newer than the component; `heyyo plugin build` makes it anew.",
                    newer.display()
                );
            }
            (file, Some(project))
        } else {
            ensure!(
                path.is_file(),
                "There is no {}. Name a .wasm file or a plugin's folder.",
                path.display()
            );
            // `dist/my-plugin.wasm` belongs to the folder around `dist`.
            let around = path
                .canonicalize()
                .ok()
                .and_then(|path| path.parent().and_then(Path::parent).map(Path::to_owned));
            let project = around
                .filter(|folder| folder.join(MANIFEST).is_file())
                .map(|folder| Project::open(&folder))
                .transpose()?;
            (path.to_owned(), project)
        };
        let wasm = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        Ok(Self {
            file,
            wasm,
            project,
        })
    }

    /// What the plugin is called.
    pub fn name(&self) -> String {
        match &self.project {
            Some(project) => project.manifest.name.clone(),
            None => self
                .file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        }
    }

    /// What its manifest sends along; nothing without one.
    pub fn settings(&self) -> Sent {
        match &self.project {
            Some(project) => project.manifest.settings.clone(),
            None => Sent::default(),
        }
    }
}

/// A name that every language and every URL can live with.
pub fn check_name(name: &str) -> anyhow::Result<()> {
    let is_plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    ensure!(
        name.len() <= 64
            && name.starts_with(|letter: char| letter.is_ascii_lowercase())
            && !name.ends_with('-')
            && name.chars().all(is_plain),
        "{name:?} is no name for a plugin: small letters, digits and dashes, a letter first, at most 64."
    );
    Ok(())
}
