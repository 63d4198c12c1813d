//! C and Zig: the Zig compiler, which is a C compiler too and comes with all that WebAssembly needs.

use super::{contract, scratch, taken};
use crate::author::{project::Project, toolchain};
use anyhow::ensure;
use std::{fs, path::PathBuf, process::Command};

/// Where no zig is on the path. Pinned: 0.17 takes minutes to make its own `translate-c` first.
const ZIG: &str = "ziglang==0.15.2\n";
const MISSING: &str = "Install Zig 0.15, or Python 3 with venv, which Heyyo gets it with.";

/// Builds C.
pub fn build(project: &Project) -> anyhow::Result<Vec<u8>> {
    let mut sources: Vec<PathBuf> = fs::read_dir(&project.folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "c"))
        .collect();
    sources.sort();
    ensure!(
        !sources.is_empty(),
        "{} has no .c file.",
        project.folder.display()
    );
    let output = scratch(project, "made.wasm");
    let mut compiler = zig(project)?;
    compiler
        .args([
            "cc",
            "--target=wasm32-wasi",
            "-mexec-model=reactor",
            "-Os",
            "-s",
        ])
        .args(["-std=gnu17", "-Wall", "-D_GNU_SOURCE", "-I", "generated"])
        // Else it is 16 MiB, and every instance begins with them.
        .arg("-Wl,-z,stack-size=131072")
        .args(contract::as_c(project)?)
        .args(sources)
        .arg("-o")
        .arg(&output);
    toolchain::run(&mut compiler, MISSING)?;
    contract::component(&taken(&output)?)
}

/// Builds Zig, on the contract as C.
pub fn build_zig(project: &Project) -> anyhow::Result<Vec<u8>> {
    ensure!(
        project.folder.join("plugin.zig").is_file(),
        "{}/plugin.zig is not there: it exports the hooks.",
        project.folder.display()
    );
    let files = contract::as_c(project)?;
    let generated = project.folder.join("generated");
    let header = generated.join(format!("{}.h", project.manifest.world.replace('-', "_")));
    let mut translate = zig(project)?;
    translate
        .args(["translate-c", "-target", "wasm32-wasi", "-lc"])
        .arg(header);
    let contract = generated.join("contract.zig");
    fs::write(&contract, toolchain::run(&mut translate, MISSING)?)?;

    let output = scratch(project, "made.wasm");
    let mut compiler = zig(project)?;
    compiler
        .arg("build-exe")
        .args(files)
        .args(["-target", "wasm32-wasi", "-mexec-model=reactor", "-lc"])
        .args([
            "-O",
            "ReleaseSmall",
            "-fstrip",
            "-I",
            "generated",
            "-rdynamic",
        ])
        .args([
            "--stack",
            "131072",
            "--dep",
            "contract",
            "-Mroot=plugin.zig",
        ])
        .arg(format!("-Mcontract={}", contract.display()))
        .arg(format!("-femit-bin={}", output.display()));
    toolchain::run(&mut compiler, MISSING)?;
    contract::component(&taken(&output)?)
}

fn zig(project: &Project) -> anyhow::Result<Command> {
    if toolchain::is_there("zig") {
        return Ok(toolchain::command("zig", &project.folder));
    }
    let bin = toolchain::python_tools(ZIG)?;
    let mut zig = toolchain::command(bin.join("python"), &project.folder);
    zig.args(["-m", "ziglang"]);
    Ok(zig)
}
