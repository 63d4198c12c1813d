//! Running other people's tools, and getting those that a registry has.
//!
//! What a tool prints is shown only if it fails. What is installed lies in one folder for all plugins
//! of a person, named by what is in it: two plugins of one language share it, and two commands at
//! once make it twice rather than half.

use anyhow::{Context, bail, ensure};
use sha2::{Digest, Sha256};
use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};
use uuid::Uuid;

/// Where tools and compiled code are kept between commands.
pub fn cache() -> PathBuf {
    if let Some(chosen) = env::var_os("HEYYO_CACHE") {
        return PathBuf::from(chosen);
    }
    let usual = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .filter(|folder| folder.is_absolute());
    match usual {
        Some(folder) => folder.join("heyyo"),
        // A name that nobody can know beforehand: where anybody may write, anybody could lay a file.
        None => env::temp_dir().join(format!("heyyo-{}", Uuid::now_v7())),
    }
}

/// Runs a tool that is heard only if it fails; gives back what it printed.
pub fn run(command: &mut Command, missing: &str) -> anyhow::Result<Vec<u8>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("{program} is not there. {missing}")
        }
        Err(error) => return Err(error).context(program),
    };
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        bail!(
            "{program} failed ({}); what it said is above.",
            output.status
        );
    }
    Ok(output.stdout)
}

/// Whether a program is on the path.
pub fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The `bin` folder of a Python environment with these packages, made if it is not there.
///
/// PyPI has more than Python: compilers for C, Zig and Go come from it without root.
pub fn python_tools(requirements: &str) -> anyhow::Result<PathBuf> {
    let digest = Sha256::digest(requirements);
    let name: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let folder = cache().join("tools").join(&name);
    let bin = folder.join("bin");
    // Written last: without it the environment was not finished.
    let finished = folder.join("installed.txt");
    if fs::read(&finished).is_ok_and(|had| had == requirements.as_bytes()) {
        return Ok(bin);
    }
    let wanted: Vec<_> = requirements
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .collect();
    println!("installing {} (once)", wanted.join(", "));
    fs::create_dir_all(cache().join("tools"))?;
    // An environment cannot be moved, so two at once take turns.
    let lock = fs::File::create(cache().join("tools").join(format!("{name}.lock")))?;
    lock.lock()?;
    if finished.is_file() {
        return Ok(bin);
    }
    let no_python =
        "Install Python 3.10 or newer, with venv. On Debian: apt-get install python3-venv";
    let mut make = Command::new("python3");
    run(make.args(["-m", "venv", "--clear"]).arg(&folder), no_python)?;
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements)?;
    let mut install = Command::new(bin.join("python"));
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ];
    run(install.args(pip).arg(&list), no_python)?;
    fs::rename(&list, &finished)?;
    Ok(bin)
}

/// Installs what `package.json` lists, unless that was done since it changed.
pub fn npm_packages(folder: &Path) -> anyhow::Result<()> {
    let list = folder.join("package.json");
    ensure!(
        list.is_file(),
        "{} is not there: it lists what the plugin is built with.",
        list.display()
    );
    let lock = folder.join("package-lock.json");
    let installed = folder.join("node_modules").join(".installed.json");
    let wanted = || -> io::Result<Vec<u8>> {
        let mut all = fs::read(&list)?;
        all.extend(fs::read(&lock).unwrap_or_default());
        Ok(all)
    };
    if fs::read(&installed).is_ok_and(|had| wanted().is_ok_and(|wanted| wanted == had)) {
        return Ok(());
    }
    println!("installing what package.json lists");
    let how = if lock.is_file() { "ci" } else { "install" };
    let mut npm = Command::new("npm");
    npm.current_dir(folder)
        .args([how, "--no-audit", "--no-fund", "--loglevel", "error"]);
    run(
        &mut npm,
        "Install Node.js 20 or newer, which has npm. On Debian: apt-get install nodejs npm",
    )?;
    fs::write(&installed, wanted()?)?;
    Ok(())
}

/// A command in a folder.
pub fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}
