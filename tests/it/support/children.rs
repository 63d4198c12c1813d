//! Stock clients, run as child processes: Node and Python programs of `tests/clients/`.
//!
//! They are installed by `./test`, from locked lists, and a test that needs one which is not there
//! fails and says so. A child that hangs is killed and its output told.

use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::process::Command;

/// The longest that a program may run, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same for one that calls the server thousands of times.
const LONG_PATIENCE: Duration = Duration::from_secs(240);

/// Runs a Node program of `tests/clients/` and returns the lines it printed.
pub async fn node(program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Vec<String> {
    needs("node_modules/socket.io-client/package.json");
    run("node".into(), program, arguments, environment, PATIENCE).await
}

/// Runs a Python program of `tests/clients/` and returns the lines it printed.
pub async fn python(
    program: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Vec<String> {
    let python = needs(".venv/bin/python");
    run(python, program, arguments, environment, PATIENCE).await
}

/// Runs schemathesis, as `tests/clients/schemathesis.toml` has it, and returns the lines it printed.
pub async fn schemathesis(arguments: &[&str], environment: &[(&str, &str)]) -> Vec<String> {
    let python = needs(".venv/bin/python");
    let program = ".venv/bin/schemathesis";
    run(python, program, arguments, environment, LONG_PATIENCE).await
}

fn needs(path: &str) -> PathBuf {
    let path = clients().join(path);
    assert!(
        path.exists(),
        "the stock clients are not installed: run ./test"
    );
    path
}

fn clients() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

async fn run(
    interpreter: PathBuf,
    program: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
    patience: Duration,
) -> Vec<String> {
    let child = Command::new(interpreter)
        .arg(clients().join(program))
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(clients())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|why| panic!("{program} did not start: {why}: run ./test"));
    let output = tokio::time::timeout(patience, child.wait_with_output()).await;
    let output = output
        .unwrap_or_else(|_| panic!("{program} did not end within {patience:?}"))
        .expect("the output of a child");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} failed: {}\n{printed}{complaints}",
        output.status
    );
    assert_eq!(
        complaints, "",
        "{program} complained; it printed\n{printed}"
    );
    printed.lines().map(str::to_owned).collect()
}
