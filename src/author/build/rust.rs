//! Rust: cargo, for the target that makes components.

use crate::author::{project::Project, toolchain};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::{fs, path::Path};

const TARGET: &str = "wasm32-wasip2";
const NO_RUST: &str =
    "Install Rust with rustup, then run `rustup target add wasm32-wasip2` and this again.";

/// Builds it.
pub fn build(project: &Project) -> anyhow::Result<Vec<u8>> {
    ensure_target(project)?;
    let mut cargo = toolchain::command("cargo", &project.folder);
    cargo.args(["build", "--quiet", "--release", "--target", TARGET]);
    // Cargo knows best where it puts things.
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let said = toolchain::run(&mut cargo, NO_RUST)?;
    let module = made(&said, &project.folder)
        .context("cargo made no .wasm file. Cargo.toml needs: [lib] crate-type = [\"cdylib\"]")?;
    fs::read(&module).with_context(|| format!("{module} cannot be read"))
}

fn ensure_target(project: &Project) -> anyhow::Result<()> {
    let mut rustc = toolchain::command("rustc", &project.folder);
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    let folder = toolchain::run(&mut rustc, NO_RUST)?;
    if Path::new(String::from_utf8_lossy(&folder).trim()).is_dir() {
        return Ok(());
    }
    ensure!(
        toolchain::is_there("rustup"),
        "Rust's target {TARGET} is missing, and so is rustup to install it with. {NO_RUST}"
    );
    println!("installing Rust's target {TARGET}");
    let mut rustup = toolchain::command("rustup", &project.folder);
    toolchain::run(rustup.args(["target", "add", TARGET]), NO_RUST)?;
    Ok(())
}

/// The file that cargo made of the package in this folder.
fn made(said: &[u8], folder: &Path) -> Option<String> {
    let manifest = folder.join("Cargo.toml");
    let messages = said
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let ours = messages.filter(|message| {
        message["reason"] == "compiler-artifact"
            && message["manifest_path"]
                .as_str()
                .is_some_and(|path| Path::new(path) == manifest)
    });
    let mut files =
        ours.flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default());
    files.find_map(|file| {
        let file = file.as_str()?;
        file.ends_with(".wasm").then(|| file.to_owned())
    })
}
