//! The folder of the embedded database: what is in it, and the steps that make it ready to start.
//!
//! `<data>/lock` is held while we live, so that two Heyyos never share a folder; `postgres` is the
//! cluster, which appears by a rename when it is complete and never before; `run` holds the socket;
//! `binaries` what had to be fetched; `postgres.log` what PostgreSQL says. The folder itself stays
//! ours, only `postgres` and `run` belong to the account that PostgreSQL runs as.

use super::{identity::Identity, leftovers};
use crate::database::binaries::Binaries;
use anyhow::{Context, bail, ensure};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, SeekFrom},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The superuser and the database of the cluster.
const NAME: &str = "heyyo";
/// The port is only a part of the socket's name: nothing listens on it.
pub const PORT: u16 = 5432;
/// The longest folder for a socket, in bytes: its address may have 103 on the strictest system, of
/// which `/.s.PGSQL.5432` takes 14.
const LONGEST_SOCKET_FOLDER: usize = 89;
/// How a folder that is not complete begins.
const UNFINISHED: &str = "unfinished-";
/// A log above this many bytes is started anew with the next start.
const LONGEST_LOG: u64 = 10 << 20;
/// How much of the log an error shows, in bytes.
const SHOWN_LOG: u64 = 2_000;
/// A killed Heyyo lets go of the lock a moment after it was signalled.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// A cluster that is ready to start, and nobody else's.
pub struct Cluster {
    /// What is run.
    pub binaries: Binaries,
    /// As whom.
    pub identity: Identity,
    /// `<data>/postgres`.
    pub folder: PathBuf,
    /// Where the socket appears.
    pub socket_folder: PathBuf,
    /// How to connect.
    pub options: PgConnectOptions,
    /// What its processes show in their command lines; unique to the data folder.
    pub name: String,
    lock_files: [PathBuf; 2],
    log: PathBuf,
    // Held, not used: the kernel lets go of it however we end.
    _lock: File,
}

impl Cluster {
    /// Makes everything in `data` ready: waits for what an earlier run left, finds or fetches the
    /// binaries, initialises a new cluster.
    pub async fn open(data: &Path) -> anyhow::Result<Cluster> {
        let data = make_data_folder(data)?;
        let lock = lock(&data).await?;
        let folder = data.join("postgres");
        let identity = Identity::choose(&data, &folder).await?;
        identity.let_through(&data)?;
        let name = format!("{}{:016x}", leftovers::NAME_PREFIX, fingerprint(&data));
        let socket_folder = make_socket_folder(&data, &name, &identity)?;
        let lock_files = [
            folder.join("postmaster.pid"),
            socket_folder.join(format!(".s.PGSQL.{PORT}.lock")),
        ];
        leftovers::end(&name, &lock_files).await?;
        remove_unfinished(&data)?;
        let written_by = written_by(&folder)?;
        let binaries = Binaries::find_or_fetch(&data, written_by, &identity).await?;
        let log = data.join("postgres.log");
        start_log_anew(&log)?;
        if written_by.is_none() {
            initialise(&data, &folder, &binaries, &identity).await?;
        }
        Ok(Cluster {
            options: options(&socket_folder),
            binaries,
            identity,
            folder,
            socket_folder,
            name,
            lock_files,
            log,
            _lock: lock,
        })
    }

    /// Ends what is left of a server that did not end as it should.
    pub async fn end_leftovers(&self) -> anyhow::Result<()> {
        leftovers::end(&self.name, &self.lock_files).await
    }

    /// The log, to be written at its end.
    pub fn log(&self) -> anyhow::Result<File> {
        open_log(&self.log)
    }

    /// What the log says from byte `since` on, at most its last lines, for an error.
    pub fn log_since(&self, since: u64) -> String {
        let read = || -> std::io::Result<String> {
            let mut file = File::open(&self.log)?;
            let end = file.metadata()?.len();
            let start = since.max(end.saturating_sub(SHOWN_LOG));
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            let text = String::from_utf8_lossy(&bytes);
            let whole_lines = match text.split_once('\n') {
                Some((_cut, rest)) if start > since => rest,
                _ => &text,
            };
            Ok(whole_lines.trim().to_owned())
        };
        let text = read().unwrap_or_else(|error| error.to_string());
        format!("the end of {}:\n{text}", self.log.display())
    }
}

/// The data folder, made when absent, without symbolic links.
fn make_data_folder(data: &Path) -> anyhow::Result<PathBuf> {
    let make = || {
        if let Some(parent) = data.parent() {
            // An empty parent is the folder we are in.
            fs::create_dir_all(parent)?;
        }
        match DirBuilder::new().mode(0o700).create(data) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => fs::canonicalize(data),
        }
    };
    make().with_context(|| format!("cannot make the data folder {}", data.display()))
}

async fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
    }
    bail!(
        "{} is in use by another Heyyo: stop that one, or choose another --data-dir",
        data.display()
    )
}

/// The major version that wrote the cluster, `None` when there is none yet.
fn written_by(folder: &Path) -> anyhow::Result<Option<u32>> {
    if !folder.exists() {
        return Ok(None);
    }
    let version = fs::read_to_string(folder.join("PG_VERSION")).with_context(|| {
        format!(
            "{} has no PG_VERSION, so it is not a PostgreSQL cluster: move it away or restore it",
            folder.display()
        )
    })?;
    let major = version.trim().parse();
    Ok(Some(major.with_context(|| {
        format!("{} has no readable PG_VERSION", folder.display())
    })?))
}

/// A name for a folder in `data` that is renamed when complete. Never the same twice: whoever was to
/// complete the last one may still be writing.
pub fn unfinished(data: &Path) -> PathBuf {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    data.join(format!("{UNFINISHED}{}", now.as_nanos()))
}

/// Removes what was not completed because we were killed.
fn remove_unfinished(data: &Path) -> anyhow::Result<()> {
    let entries = fs::read_dir(data).with_context(|| format!("cannot list {}", data.display()))?;
    for entry in entries.flatten() {
        if entry
            .file_name()
            .as_bytes()
            .starts_with(UNFINISHED.as_bytes())
        {
            // It fails while somebody still writes there; then the next start removes it.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// Initialises a cluster beside its place and then renames it, so that half of one never counts.
async fn initialise(
    data: &Path,
    folder: &Path,
    binaries: &Binaries,
    identity: &Identity,
) -> anyhow::Result<()> {
    let unfinished = unfinished(data);
    let mut complaint = String::new();
    // The first sorts by code point and knows every letter's case; not all systems have it.
    for locale in ["C.UTF-8", "C"] {
        fs::create_dir(&unfinished).context("cannot make a folder for the new cluster")?;
        identity.hand_over(&unfinished)?;
        let output = binaries
            .command("initdb", identity)
            .arg("-D")
            .arg(&unfinished)
            .args(["--username", NAME, "--auth", "trust", "--encoding", "UTF8"])
            .args(["--locale", locale, "--data-checksums", "--no-instructions"])
            .kill_on_drop(true)
            .output()
            .await
            .context("cannot run initdb")?;
        if output.status.success() {
            fs::rename(&unfinished, folder)
                .and_then(|()| File::open(data)?.sync_all())
                .context("cannot put the new cluster in its place")?;
            return Ok(());
        }
        fs::remove_dir_all(&unfinished).context("cannot remove the failed cluster")?;
        complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    }
    bail!(
        "{} could not initialise {}: {complaint}",
        binaries.version(),
        folder.display()
    )
}

/// A folder for the socket that only PostgreSQL and we can enter: `<data>/run`, or one with a shorter
/// path where that is too long for a socket.
fn make_socket_folder(data: &Path, name: &str, identity: &Identity) -> anyhow::Result<PathBuf> {
    let choices = [
        data.join("run"),
        std::env::temp_dir().join(name),
        Path::new("/tmp").join(name),
    ];
    let suits = |folder: &&PathBuf| {
        folder.as_os_str().len() <= LONGEST_SOCKET_FOLDER
            && folder
                .parent()
                .is_some_and(|parent| identity.reaches(parent))
    };
    let folder = choices
        .iter()
        .find(suits)
        .context("no folder is short enough for a socket: choose a shorter --data-dir")?;
    if let Err(error) = DirBuilder::new().mode(0o700).create(folder)
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(error).with_context(|| format!("cannot make {}", folder.display()));
    }
    // In a shared folder the name may have been taken by somebody who wants to listen in.
    let found = fs::symlink_metadata(folder)?;
    let handed_over = identity.owns(&found);
    let trusted = handed_over || found.uid() == nix::unistd::geteuid().as_raw();
    ensure!(
        found.is_dir() && trusted && found.mode() & 0o077 == 0,
        "{} must be a folder that is ours and closed to others: remove it",
        folder.display()
    );
    if !handed_over {
        identity.hand_over(folder)?;
    }
    Ok(folder.clone())
}

/// How to connect, whatever the `PG…` variables around us say.
fn options(socket_folder: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_folder)
        .port(PORT)
        .username(NAME)
        .database(NAME)
        .ssl_mode(PgSslMode::Disable)
        .application_name(NAME)
        // Later options win over those of PGOPTIONS: durability is not a matter of the environment.
        .options([("synchronous_commit", "on")])
}

fn open_log(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        // It can hold values of rows.
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

fn start_log_anew(path: &Path) -> anyhow::Result<()> {
    let log = open_log(path)?;
    if log.metadata()?.len() > LONGEST_LOG {
        log.set_len(0)
            .with_context(|| format!("cannot truncate {}", path.display()))?;
    }
    Ok(())
}

/// FNV-1a of the path: short, and the same in every build, as an orphan of the last one is known by it.
fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}
