//! The contract as files, for tools that read it, and as C, for languages that are built on C.

use crate::author::project::Project;
use anyhow::{Context, anyhow};
use std::{
    fs,
    path::{Path, PathBuf},
};
use wit_bindgen_core::{Files, wit_parser::Resolve};

/// The files of the contract.
const FILES: [(&str, &str); 4] = [
    ("hooks.wit", include_str!("../../../wit/0.1/hooks.wit")),
    ("host.wit", include_str!("../../../wit/0.1/host.wit")),
    ("types.wit", include_str!("../../../wit/0.1/types.wit")),
    ("worlds.wit", include_str!("../../../wit/0.1/worlds.wit")),
];

/// Writes the contract into a folder.
pub fn write(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (name, text) in FILES {
        let file = folder.join(name);
        // Left alone if it is there: build tools look at when it changed.
        if fs::read(&file).is_ok_and(|had| had == text.as_bytes()) {
            continue;
        }
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// The folder of the contract that a plugin is built against: its own, or this program's.
pub fn folder(project: &Project) -> anyhow::Result<PathBuf> {
    let own = project.folder.join("wit/0.1");
    if own.is_dir() {
        return Ok(own);
    }
    let ours = project.folder.join("dist/wit");
    write(&ours)?;
    Ok(ours)
}

/// Writes the contract as C into `generated/`; gives back what is to be compiled and linked.
pub fn as_c(project: &Project) -> anyhow::Result<Vec<PathBuf>> {
    let wit = folder(project)?;
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(&wit)
        .with_context(|| format!("{} cannot be read", wit.display()))?;
    let world = &project.manifest.world;
    let world = resolve
        .select_world(&[package], Some(world))
        .map_err(|error| anyhow!("plugin.toml says world = {world:?}: {error:#}"))?;
    let mut files = Files::default();
    let mut generator = wit_bindgen_c::Opts::default().build();
    generator.generate(&mut resolve, world, &mut files)?;
    let generated = project.folder.join("generated");
    fs::create_dir_all(&generated)?;
    let mut sources = vec![];
    for (name, bytes) in files.iter() {
        let file = generated.join(name);
        fs::write(&file, bytes).with_context(|| format!("{} cannot be written", file.display()))?;
        if !name.ends_with(".h") {
            sources.push(file);
        }
    }
    Ok(sources)
}

/// Makes a component of a core module that carries the contract in it, as C's and Zig's do.
pub fn component(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    use wasi_preview1_component_adapter_provider as adapter;
    let encoder = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .adapter(
            adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            adapter::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        );
    encoder
        .and_then(|mut encoder| encoder.encode())
        .context("The module could not be made a component")
}
