//! Python: CPython in a component, by componentize-py.

use super::{contract, scratch, taken};
use crate::author::{project::Project, toolchain};
use anyhow::{Context, ensure};
use std::{fs, path::Path};

/// What is used where no `requirements.txt` says otherwise.
const USUAL: &str = "componentize-py==0.25.1\n";

/// Builds it.
pub fn build(project: &Project) -> anyhow::Result<Vec<u8>> {
    ensure!(
        project.folder.join("plugin.py").is_file(),
        "{}/plugin.py is not there: it has a class for each hook.",
        project.folder.display()
    );
    let requirements = fs::read_to_string(project.folder.join("requirements.txt"));
    let bin = toolchain::python_tools(requirements.as_deref().unwrap_or(USUAL))?;
    // All that lies beside the plugin would get into it, so it is built from a copy of its sources.
    let sources = scratch(project, "sources");
    let _ = fs::remove_dir_all(&sources);
    copy_sources(&project.folder, &sources)?;
    let output = scratch(project, "made.wasm");
    let mut componentize = toolchain::command(bin.join("componentize-py"), &project.folder);
    componentize
        .env_remove("VIRTUAL_ENV")
        .env_remove("PYTHONPATH")
        .args(["--world", &project.manifest.world, "--wit-path"])
        .arg(contract::folder(project)?)
        .args(["componentize", "plugin", "--python-path"])
        .arg(&sources)
        .arg("--output")
        .arg(&output);
    let made = toolchain::run(
        &mut componentize,
        "requirements.txt must list componentize-py.",
    );
    let _ = fs::remove_dir_all(&sources);
    made?;
    taken(&output)
}

/// Copies modules and packages.
fn copy_sources(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{}", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().context("a name")?;
        if path.is_dir() && path.join("__init__.py").is_file() {
            copy_sources(&path, &to.join(name))?;
        } else if path.extension().is_some_and(|ending| ending == "py") {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
