//! `heyyo plugin build`: makes the component, whatever the plugin is written in.
//!
//! Each language's own tools do the work; what is missing is named with the way to get it. Here is
//! what is the same for all: where the result goes, and that it is looked at before anybody uploads it.

mod c;
mod contract;
mod go;
mod javascript;
mod python;
mod rust;

pub use contract::write as write_contract;

use crate::{
    author::project::{Language, Project},
    hooks::check,
};
use anyhow::{Context, anyhow};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// Builds a folder's plugin; gives back where it is.
pub fn run(folder: &Path) -> anyhow::Result<PathBuf> {
    let project = Project::open(folder)?;
    let output = project.output();
    let dist = output.parent().context("a folder")?;
    fs::create_dir_all(dist).with_context(|| format!("{} cannot be made", dist.display()))?;
    let began = Instant::now();
    let wasm = match project.manifest.language {
        Language::Rust => rust::build(&project),
        Language::JavaScript => javascript::build(&project, false),
        Language::TypeScript => javascript::build(&project, true),
        Language::Python => python::build(&project),
        Language::C => c::build(&project),
        Language::Zig => c::build_zig(&project),
        Language::Go => go::build(&project),
    }?;
    let (examined, _) = check::examine(&wasm)
        .map_err(|why| anyhow!(why))
        .context("What was built is no plugin")?;
    // Complete or not there.
    let part = output.with_extension("part");
    fs::write(&part, &wasm)
        .and_then(|()| fs::rename(&part, &output))
        .with_context(|| format!("{} cannot be written", output.display()))?;
    let hooks: Vec<_> = examined.hooks.iter().map(|hook| hook.name()).collect();
    let what = match examined.is_program {
        true => "a program that reads stdin".to_owned(),
        false => hooks.join(", "),
    };
    println!(
        "{}  {} kB, {what}, in {:.1} s",
        output.display(),
        wasm.len() / 1_000,
        began.elapsed().as_secs_f64()
    );
    Ok(output)
}

/// A file that a tool is asked to write, empty at first.
fn scratch(project: &Project, ending: &str) -> PathBuf {
    project.output().with_extension(ending)
}

/// Reads what a tool wrote, and takes it away.
fn taken(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = fs::read(file).with_context(|| format!("{} was not made", file.display()))?;
    let _ = fs::remove_file(file);
    Ok(bytes)
}
