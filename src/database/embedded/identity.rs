//! Under whose account PostgreSQL runs, and how a child is given it.
//!
//! PostgreSQL refuses to run as root, and `initdb` wants an account that has a name. So root lends it
//! an unprivileged account that can reach the data folder, else a user namespace, inside which our
//! own user has another number. Files that exist keep the identity that made them. Whatever the
//! identity, the child gets a session of its own (a terminal's ^C is for Heyyo, which drains first)
//! and a clean environment, and is told to shut down when the thread that spawned it dies.

use anyhow::{Context, bail};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    unistd::{Uid, User, getegid, geteuid, getpid, getppid, setsid},
};
use std::{
    ffi::OsStr,
    fs,
    io::ErrorKind,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::Stdio,
};
use tokio::process::Command;

/// Accounts that root may lend, best first. The first two are made for a database; the others exist
/// on nearly every system and own nothing.
const LENT_ACCOUNTS: [&str; 4] = ["heyyo", "postgres", "nobody", "daemon"];
/// What a child keeps of our environment. Everything else may hold secrets that another account
/// could read, or `PG…` variables that change what PostgreSQL does.
const KEPT_VARIABLES: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

/// Who PostgreSQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// We are not root: the same user as Heyyo.
    Oneself,
    /// We are root: this user and group.
    Account {
        /// The user's number.
        user: u32,
        /// The number of its group, the only one it is in.
        group: u32,
    },
    /// Our own user, which is `inside` in a user namespace of its own.
    Namespace {
        /// The number of an account with a name.
        inside: u32,
    },
}

impl Identity {
    /// The identity for the data folder `data`, whose cluster, if there is one already, is `cluster`.
    ///
    /// Fails when nobody suits, and says what to do.
    pub async fn choose(data: &Path, cluster: &Path) -> anyhow::Result<Identity> {
        let ourselves = geteuid();
        let owner = fs::metadata(cluster)
            .ok()
            .map(|found| (found.uid(), found.gid()));
        let candidates = if !ourselves.is_root() {
            match owner {
                Some((user, _)) if user != ourselves.as_raw() => bail!(
                    "{} belongs to another user (number {user}): run Heyyo as that user, or choose another --data-dir",
                    cluster.display()
                ),
                None if !has_name(ourselves) => vec![Identity::namespace(), Identity::Oneself],
                _ => vec![Identity::Oneself],
            }
        } else {
            match owner {
                Some((0, _)) => vec![Identity::namespace()],
                Some((user, group)) => vec![Identity::Account { user, group }],
                None => {
                    let mut accounts = lent_accounts();
                    accounts.push(Identity::namespace());
                    accounts
                }
            }
        };
        for candidate in candidates {
            let above = data.parent().unwrap_or(data);
            if candidate.reaches(above) && candidate.works().await {
                return Ok(candidate);
            }
        }
        bail!(
            "PostgreSQL does not run as root, and no other account can reach {}: \
             run Heyyo as an ordinary user, or use a folder that others may pass through, like --data-dir /var/lib/heyyo",
            data.display()
        )
    }

    /// A command that runs as this identity, with nothing to read and a clean environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(KEPT_VARIABLES.iter().filter_map(|name| {
                let value = std::env::var_os(name)?;
                Some((name, value))
            }))
            // Our own folder may be closed to the account.
            .current_dir("/")
            .stdin(Stdio::null());
        if let Identity::Account { user, group } = *self {
            // As root this leaves our other groups behind too.
            command.uid(user).gid(group);
        }
        let parent = getpid();
        let (user, group) = (geteuid(), getegid());
        let maps = match *self {
            Identity::Namespace { inside } => {
                Some((format!("{inside} {user} 1"), format!("{inside} {group} 1")))
            }
            _ => None,
        };
        let prepare = move || -> std::io::Result<()> {
            if let Some((users, groups)) = &maps {
                unshare(CloneFlags::CLONE_NEWUSER)?;
                fs::write("/proc/self/setgroups", "deny")?;
                fs::write("/proc/self/uid_map", users)?;
                fs::write("/proc/self/gid_map", groups)?;
            }
            setsid()?;
            #[cfg(target_os = "linux")]
            nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGINT)?;
            // The parent may have died before it could be watched.
            match getppid() == parent {
                true => Ok(()),
                false => Err(Errno::ESRCH.into()),
            }
        };
        // SAFETY: between fork and exec `prepare` only makes system calls: what it writes was formatted
        // before, its paths are short enough for the stack, and its errors are bare numbers.
        #[allow(unsafe_code)]
        unsafe {
            command.pre_exec(prepare);
        }
        command
    }

    /// Makes `path` belong to this identity alone.
    pub fn hand_over(&self, path: &Path) -> anyhow::Result<()> {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .and_then(|()| match *self {
                Identity::Account { user, group } => chown(path, Some(user), Some(group)),
                _ => Ok(()),
            })
            .with_context(|| format!("cannot hand {} over to PostgreSQL", path.display()))
    }

    /// Lets this identity pass through `folder`, which stays ours: were it the account's, the account
    /// could replace files that root trusts.
    pub fn let_through(&self, folder: &Path) -> anyhow::Result<()> {
        let Identity::Account { group, .. } = *self else {
            return Ok(());
        };
        if self.reaches(folder) {
            return Ok(());
        }
        chown(folder, None, Some(group))
            .and_then(|()| fs::metadata(folder))
            .and_then(|found| {
                let mode = found.permissions().mode() & 0o700 | 0o010;
                fs::set_permissions(folder, fs::Permissions::from_mode(mode))
            })
            .with_context(|| format!("cannot let PostgreSQL pass through {}", folder.display()))
    }

    /// Whether this identity can pass through `folder` and all that is above it.
    pub fn reaches(&self, folder: &Path) -> bool {
        let (user, group) = match *self {
            // Whatever we cannot reach ourselves fails with its own words.
            Identity::Oneself => return true,
            Identity::Account { user, group } => (user, group),
            Identity::Namespace { .. } => (geteuid().as_raw(), getegid().as_raw()),
        };
        folder.ancestors().all(|step| {
            fs::metadata(step).is_ok_and(|found| {
                let needed = match found {
                    _ if found.uid() == user => 0o100,
                    _ if found.gid() == group => 0o010,
                    _ => 0o001,
                };
                found.mode() & needed != 0
            })
        })
    }

    /// Whether a file is this identity's.
    pub fn owns(&self, file: &fs::Metadata) -> bool {
        match *self {
            Identity::Account { user, .. } => file.uid() == user,
            _ => file.uid() == geteuid().as_raw(),
        }
    }

    /// The namespace, with a number that has a name: `initdb` looks it up.
    fn namespace() -> Identity {
        let named = ["nobody", "daemon"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten());
        Identity::Namespace {
            inside: named.map_or(65_534, |account| account.uid.as_raw()),
        }
    }

    /// Whether the system lets us become this identity; containers often forbid namespaces.
    async fn works(&self) -> bool {
        match self.command("true").status().await {
            Ok(status) => status.success(),
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }
}

fn has_name(user: Uid) -> bool {
    User::from_uid(user).is_ok_and(|found| found.is_some())
}

fn lent_accounts() -> Vec<Identity> {
    LENT_ACCOUNTS
        .iter()
        .filter_map(|name| User::from_name(name).ok().flatten())
        .filter(|account| !account.uid.is_root())
        .map(|account| Identity::Account {
            user: account.uid.as_raw(),
            group: account.gid.as_raw(),
        })
        .collect()
}
