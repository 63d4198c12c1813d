//! Compiling an upload, in a process of its own with bounds on memory and time.
//!
//! A few kilobytes can take gigabytes and minutes to compile, and nothing inside this process could
//! stop it. So the server starts itself once more (`heyyo compile-plugin`), gives the upload to its
//! stdin and takes what it wrote. One at a time on a node, and behind everybody else's work.

use crate::{
    config::live,
    hooks::{check, check::Examined, engine},
};
use anyhow::Context;
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{io::AsyncWriteExt, process::Command};

/// The command of the process that compiles.
pub const COMMAND: &str = "compile-plugin";
/// How much less important than the server it is; 19 is the least.
const NICENESS: i32 = 15;
/// The largest file it may write.
const FILE_BYTES: u64 = 512 << 20;

/// Why an upload was not compiled.
#[derive(Debug)]
pub enum Refused {
    /// It is not what a plugin must be; says what to do.
    Upload(String),
    /// Our fault.
    Internal(anyhow::Error),
}

/// What the process that compiles says.
#[derive(Serialize, Deserialize)]
enum Report {
    Compiled(Examined),
    Refused(String),
}

/// Has an upload examined and compiled into `file`.
pub async fn compile(
    (compiler, bounds): (&Path, live::Plugins),
    wasm: &[u8],
    file: &Path,
) -> Result<Examined, Refused> {
    let result = run((compiler, bounds), wasm, file).await;
    match result.map_err(Refused::Internal)? {
        Some(Report::Compiled(examined)) => Ok(examined),
        Some(Report::Refused(why)) => Err(Refused::Upload(why)),
        None => Err(Refused::Upload(format!(
            "Compiling it takes more than {} s or {} MiB of memory. Make it smaller: fewer and shorter functions, optimised for size.",
            bounds.compile_seconds,
            bounds.compile_memory_bytes >> 20
        ))),
    }
}

/// `None` if it ran into its bounds.
async fn run(
    (compiler, bounds): (&Path, live::Plugins),
    wasm: &[u8],
    file: &Path,
) -> anyhow::Result<Option<Report>> {
    let program = match compiler.as_os_str().is_empty() {
        // This very program, also when a newer one has been put in its place.
        true if cfg!(target_os = "linux") => PathBuf::from("/proc/self/exe"),
        true => std::env::current_exe().context("the server's own program")?,
        false => compiler.to_owned(),
    };
    let mut child = Command::new(&program)
        .arg(COMMAND)
        .arg(file)
        .arg(bounds.compile_memory_bytes.to_string())
        .arg(bounds.compile_seconds.to_string())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut stdin = child.stdin.take().context("its stdin")?;
    let give = async move {
        // One that ends early says why.
        let _ = stdin.write_all(wasm).await;
    };
    // Twice its processor time: it runs behind everybody else.
    let patience = Duration::from_secs(bounds.compile_seconds * 2 + 5);
    let both = async { tokio::join!(give, child.wait_with_output()).1 };
    let Ok(output) = tokio::time::timeout(patience, both).await else {
        return Ok(None);
    };
    let output = output?;
    match output.status.success() {
        true => Ok(Some(serde_json::from_slice(&output.stdout)?)),
        false => Ok(None),
    }
}

/// The process that compiles: reads the upload from stdin, writes its code to `file`, says on stdout
/// what it is. Bounds itself before it reads a byte.
pub fn serve(file: PathBuf, memory_bytes: u64, seconds: u64) -> anyhow::Result<()> {
    let bound = |resource, most| {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)
    };
    bound(Resource::As, memory_bytes)?;
    bound(Resource::Cpu, seconds)?;
    bound(Resource::Fsize, FILE_BYTES)?;
    bound(Resource::Core, 0)?;
    rustix::process::nice(NICENESS)?;

    let mut wasm = vec![];
    std::io::stdin().lock().read_to_end(&mut wasm)?;
    let report = match check::examine(&wasm) {
        Err(why) => Report::Refused(why),
        Ok((examined, component)) => match engine::compiler()?.precompile_component(&component) {
            Ok(code) => {
                std::fs::write(&file, code)?;
                Report::Compiled(examined)
            }
            Err(error) => Report::Refused(format!("It cannot be compiled: {error:#}")),
        },
    };
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &report)?;
    stdout.flush()?;
    Ok(())
}
