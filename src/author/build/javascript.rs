//! JavaScript and TypeScript: QuickJS in a component, by componentize-qjs; TypeScript and its modules
//! become one file first, by esbuild.

use super::{contract, scratch, taken};
use crate::author::{project::Project, toolchain};
use anyhow::{Context, ensure};
use std::path::PathBuf;

/// Builds it.
pub fn build(project: &Project, is_typescript: bool) -> anyhow::Result<Vec<u8>> {
    toolchain::npm_packages(&project.folder)?;
    let script = match is_typescript {
        true => bundled(project)?,
        false => project.folder.join("plugin.js"),
    };
    ensure!(
        script.is_file(),
        "{} is not there: it exports the hooks.",
        script.display()
    );
    let output = scratch(project, "made.wasm");
    let mut componentize = toolchain::command(tool(project, "componentize-qjs")?, &project.folder);
    // Without --sync the component would need a host with asynchronous calls.
    componentize
        .args(["--sync", "--minify", "--world", &project.manifest.world])
        .arg("--wit")
        .arg(contract::folder(project)?)
        .arg("--js")
        .arg(&script)
        .arg("--output")
        .arg(&output);
    toolchain::run(
        &mut componentize,
        "Run `npm install` in the plugin's folder.",
    )?;
    taken(&output)
}

fn bundled(project: &Project) -> anyhow::Result<PathBuf> {
    let bundle = scratch(project, "bundle.js");
    let mut esbuild = toolchain::command(tool(project, "esbuild")?, &project.folder);
    esbuild
        .args(["plugin.ts", "--bundle", "--format=esm", "--target=es2023"])
        // The contract is there when the plugin runs, not before.
        .args(["--external:heyyo:*", "--log-level=warning"])
        .arg(format!("--outfile={}", bundle.display()));
    toolchain::run(&mut esbuild, "Run `npm install` in the plugin's folder.")?;
    Ok(bundle)
}

fn tool(project: &Project, name: &str) -> anyhow::Result<PathBuf> {
    let file = project.folder.join("node_modules/.bin").join(name);
    file.is_file().then_some(file).with_context(|| {
        format!("package.json does not list {name}. Run: npm install --save-dev {name}")
    })
}
