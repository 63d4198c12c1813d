//! Where the programs of PostgreSQL are: installed, or fetched into the data folder.
//!
//! A folder counts when its `postgres` has an `initdb` beside it, runs as the identity that will run
//! it, and is of a major version that will do: a cluster can only be opened by the one that wrote it.
//! What is installed comes first: it gets the system's security updates, what was fetched does not.

mod download;

use super::embedded::Identity;
use anyhow::{Context, bail, ensure};
use std::{
    env, fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// Names a folder with `postgres` and `initdb` that is used in place of all others.
pub const FOLDER_VARIABLE: &str = "HEYYO_POSTGRES_BIN";

/// The oldest major version that has all that the SQL needs.
const OLDEST_MAJOR: u32 = 15;

/// Where packages install one folder per major: the parent, what comes before the number, what after.
const INSTALLED: [(&str, &str, &str); 9] = [
    // Debian, Ubuntu.
    ("/usr/lib/postgresql", "", "bin"),
    // Red Hat with the packages of postgresql.org.
    ("/usr", "pgsql-", "bin"),
    // SUSE.
    ("/usr/lib", "postgresql", "bin"),
    // Alpine.
    ("/usr/libexec", "postgresql", ""),
    // Homebrew on Apple silicon, on Intel, on Linux.
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    // Postgres.app.
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    // Built from source: no number.
    ("/usr/local", "pgsql", "bin"),
];

/// The programs of one PostgreSQL.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
    major: u32,
    version: String,
}

impl Binaries {
    /// Finds the programs, or fetches them into `<data>/binaries` and says so.
    ///
    /// `written_by` is the major version that a cluster needs, `None` for a new one. Fails with what
    /// to install.
    pub async fn find_or_fetch(
        data: &Path,
        written_by: Option<u32>,
        identity: &Identity,
    ) -> anyhow::Result<Binaries> {
        if let Some(folder) = env::var_os(FOLDER_VARIABLE).filter(|value| !value.is_empty()) {
            let named = Binaries::examine(Path::new(&folder), identity)
                .await
                .with_context(|| format!("{FOLDER_VARIABLE} does not name a PostgreSQL"))?;
            ensure!(
                named.suits(written_by),
                "{FOLDER_VARIABLE} names {}, but {}",
                named.version,
                need(data, written_by)
            );
            return Ok(named);
        }
        let mut unsuitable: Vec<Binaries> = Vec::new();
        for folder in on_path().chain(installed()).chain(download::unpacked(data)) {
            if let Ok(found) = Binaries::examine(&folder, identity).await {
                if found.suits(written_by) {
                    return Ok(found);
                }
                if unsuitable.iter().all(|other| other.folder != found.folder) {
                    unsuitable.push(found);
                }
            }
        }
        let mut failures = Vec::new();
        for source in download::SOURCES {
            if written_by.is_some_and(|major| !source.majors().contains(&major)) {
                continue;
            }
            match source.fetch(data).await {
                Ok(folders) => {
                    for folder in folders {
                        match Binaries::examine(&folder, identity).await {
                            Ok(found) if found.suits(written_by) => return Ok(found),
                            Ok(_) => {}
                            Err(error) => failures.push(format!("{source}: {error:#}")),
                        }
                    }
                }
                Err(error) => failures.push(format!("{source}: {error:#}")),
            }
        }
        bail!(advice(data, written_by, &unsuitable, &failures))
    }

    /// The version as people write it: `PostgreSQL 15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A command that runs the program `name` as `identity`.
    pub fn command(&self, name: &str, identity: &Identity) -> Command {
        identity.command(self.folder.join(name))
    }

    fn suits(&self, written_by: Option<u32>) -> bool {
        match written_by {
            Some(major) => self.major == major,
            None => self.major >= OLDEST_MAJOR,
        }
    }

    /// Asks the programs of a folder who they are.
    async fn examine(folder: &Path, identity: &Identity) -> anyhow::Result<Binaries> {
        // PATH often has a link to `postgres` alone; `initdb` is where the link leads.
        let postgres = fs::canonicalize(folder.join("postgres"))
            .with_context(|| format!("no postgres in {}", folder.display()))?;
        let folder = postgres.parent().unwrap_or(folder).to_owned();
        let (major, version) = ask(&postgres, identity).await?;
        // It needs libraries that postgres does not.
        ask(&folder.join("initdb"), identity).await?;
        Ok(Binaries {
            folder,
            major,
            version,
        })
    }
}

/// The major version and the name that `program --version` tells.
async fn ask(program: &Path, identity: &Identity) -> anyhow::Result<(u32, String)> {
    let output = identity
        .command(program)
        .arg("--version")
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot run {}", program.display()))?;
    ensure!(
        output.status.success(),
        "{} does not run: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    parse_version(&String::from_utf8_lossy(&output.stdout))
        .with_context(|| format!("{} does not tell its version", program.display()))
}

/// The major version and the name in the answer to `--version`, which looks like
/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or, before a release, `… 19beta1`.
fn parse_version(answer: &str) -> Option<(u32, String)> {
    let (_, rest) = answer.split_once("(PostgreSQL) ")?;
    let version = rest.split_whitespace().next()?;
    let end = version
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(version.len());
    Some((
        version[..end].parse().ok()?,
        format!("PostgreSQL {version}"),
    ))
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect::<Vec<_>>()
        .into_iter()
}

/// The folders of packages that exist, each kind's newest first.
fn installed() -> impl Iterator<Item = PathBuf> {
    INSTALLED.iter().flat_map(|(parent, before, after)| {
        let mut majors: Vec<(u32, PathBuf)> = fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let number = name.to_str()?.strip_prefix(before)?;
                // The one from source has none.
                let major = match number {
                    "" => 0,
                    _ => number.parse().ok()?,
                };
                Some((major, entry.path().join(after)))
            })
            .collect();
        majors.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
        majors.into_iter().map(|(_, folder)| folder)
    })
}

fn need(data: &Path, written_by: Option<u32>) -> String {
    match written_by {
        Some(major) => format!(
            "{} was written by PostgreSQL {major}, which alone can open it",
            data.join("postgres").display()
        ),
        None => format!("PostgreSQL {OLDEST_MAJOR} or newer is needed"),
    }
}

/// What to do when there is nothing to run.
fn advice(
    data: &Path,
    written_by: Option<u32>,
    unsuitable: &[Binaries],
    failures: &[String],
) -> String {
    let mut text = need(data, written_by);
    for found in unsuitable {
        text += &format!("\n  found: {} in {}", found.version, found.folder.display());
    }
    if unsuitable.is_empty() {
        text += "\n  found: none that can be run here";
    }
    for failure in failures {
        text += &format!("\n  not fetched from {failure}");
    }
    let (debian, homebrew) = match written_by {
        Some(major) => (format!("postgresql-{major}"), format!("postgresql@{major}")),
        None => ("postgresql".to_owned(), "postgresql@18".to_owned()),
    };
    text += &format!(
        "\nDo one of these:\
         \n  Debian, Ubuntu:  apt-get install {debian}\
         \n  macOS:           brew install {homebrew}\
         \n  your own server: set DATABASE_URL=postgres://user:password@host/database\
         \nA PostgreSQL in an unusual place: set {FOLDER_VARIABLE} to the folder of its programs."
    );
    text
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_read_from_what_packages_say() {
        for (answer, major, version) in [
            ("postgres (PostgreSQL) 18.4\n", 18, "PostgreSQL 18.4"),
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                15,
                "PostgreSQL 15.18",
            ),
            ("postgres (PostgreSQL) 19beta1\n", 19, "PostgreSQL 19beta1"),
        ] {
            let expected = Some((major, version.to_owned()));
            assert_eq!(parse_version(answer), expected, "{answer}");
        }
        for answer in ["", "postgres (EnterpriseDB)", "postgres (PostgreSQL) devel"] {
            assert_eq!(parse_version(answer), None, "{answer}");
        }
    }
}
