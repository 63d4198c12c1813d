//! `heyyo doctor`: all that a server needs, looked at before it has to do without.
//!
//! Each finding is one line that says what is so, and what to do where that is not well. Nothing is started
//! and nothing changed: an operator's database is only asked, the private one is looked for in its folder.

use crate::{
    auth::{admin::AdminRule, secret::Keyring},
    config::{Config, Flags},
    database::setup::{self, Setup},
};
use nix::sys::resource::{Resource, getrlimit};
use std::{net::TcpListener, path::Path};

/// Files that a server with many sockets opens; one each, and some to spare.
const FILES: u64 = 10_000;
/// How far the clocks of this machine and of the database may be apart, in seconds: tokens bear so much.
const CLOCKS: i64 = 5;

/// Connections of a node beside those of its pool: it hears and tells other nodes with them.
const OWN: i64 = 4;

/// What was found of one thing.
enum Finding {
    /// It is well.
    Well(String),
    /// It may do, but should be known.
    Odd(String),
    /// It has to be mended.
    Wrong(String),
}

use Finding::{Odd, Well, Wrong};

/// Examines and prints. False if something is wrong.
pub async fn examine(flags: &Flags) -> bool {
    let mut findings = vec![files()];
    match Config::load(flags) {
        Err(error) => findings.push(Wrong(format!("configuration: {error:#}"))),
        Ok(config) => {
            findings.push(Well("configuration: every setting can be used".to_owned()));
            findings.push(master_key(&config));
            findings.push(admin_key(&config));
            findings.extend(addresses(&config));
            findings.extend(data(&config).await);
        }
    }
    for finding in &findings {
        match finding {
            Well(text) => println!("ok     {text}"),
            Odd(text) => println!("note   {text}"),
            Wrong(text) => println!("WRONG  {text}"),
        }
    }
    let is_well = !findings.iter().any(|finding| matches!(finding, Wrong(_)));
    println!(
        "\n{}",
        if is_well {
            "A server can be started."
        } else {
            "Mend what is WRONG first."
        }
    );
    is_well
}

fn files() -> Finding {
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((_, most)) if most < FILES => Odd(format!(
            "open files: {most} at most, each socket is one; raise it with `ulimit -n` or LimitNOFILE= of systemd"
        )),
        Ok((_, most)) => Well(format!("open files: {most}, each socket is one")),
        Err(error) => Odd(format!("open files: unknown ({error})")),
    }
}

fn master_key(config: &Config) -> Finding {
    let file = config.boot.database.data_dir.join("master.key");
    match (config.boot.auth.master_key.as_str(), file.exists()) {
        ("", false) => Odd(format!(
            "master key: none yet; the first start makes {} — keep a copy of it, all secrets come from it",
            file.display()
        )),
        ("", true) => Well(format!("master key: {}", file.display())),
        (key, _) => match Keyring::new(key.as_bytes()) {
            Err(error) => Wrong(format!("master key: {error}")),
            Ok(_) => Well("master key: given".to_owned()),
        },
    }
}

fn admin_key(config: &Config) -> Finding {
    match AdminRule::of(&config.boot, &config.live) {
        AdminRule::Keys(_) => Well("admin key: given".to_owned()),
        AdminRule::DirectLoopback => Odd(
            "admin key: none, so this is dev mode: this machine manages apps without; `heyyo admin key` makes one".to_owned(),
        ),
        AdminRule::Nobody => Odd(
            "admin key: none, so nobody can manage apps; `heyyo admin key` makes one".to_owned(),
        ),
    }
}

fn addresses(config: &Config) -> Vec<Finding> {
    let Ok(addresses) = config.boot.server.addresses() else {
        return vec![];
    };
    let look = |address: &std::net::SocketAddr| match TcpListener::bind(address) {
        Ok(_) => Well(format!("address: {address} is free")),
        Err(error) => Odd(format!(
            "address: {address} cannot be listened on now ({error}); is a server running?"
        )),
    };
    addresses.iter().map(look).collect()
}

async fn data(config: &Config) -> Vec<Finding> {
    let database = &config.boot.database;
    if database.url.is_empty() {
        return vec![private(&database.data_dir)];
    }
    match setup::examine(&database.url).await {
        Err(error) => vec![Wrong(format!("database: {error:#}"))],
        Ok(setup) => judge(setup, i64::from(database.connections) + OWN),
    }
}

fn private(folder: &Path) -> Finding {
    // PostgreSQL refuses to run as root; the server gives it an ordinary user then.
    match folder.join("postgres/PG_VERSION").exists() {
        true => Well(format!("database: a private one in {}", folder.display())),
        false => Odd(format!(
            "database: none given, so the first start makes a private one in {}; for more than one node give database.url",
            folder.display()
        )),
    }
}

fn judge(setup: Setup, wanted: i64) -> Vec<Finding> {
    let mut findings = vec![match setup.too_old {
        Some(why) => Wrong(format!("database: {why}")),
        None => Well(format!("database: PostgreSQL {}", setup.version)),
    }];
    let risks = setup.risks.into_iter();
    findings.extend(risks.map(|risk| Wrong(format!("database: {risk}"))));
    findings.push(match (setup.pending, setup.unknown) {
        (_, Some(version)) => Wrong(format!(
            "migrations: the database was migrated by a newer Heyyo (migration {version} is unknown here)"
        )),
        (0, None) => Well("migrations: the database is up to date".to_owned()),
        (pending, None) => Odd(format!(
            "migrations: {pending} to do; the next start or `heyyo migrate` does them"
        )),
    });
    findings.push(match setup.clock_is_off {
        off if off.abs() <= CLOCKS => Well("clock: agrees with the database's".to_owned()),
        off => Wrong(format!(
            "clock: {off} s away from the database's; tokens bear {CLOCKS} s (run an NTP client on both)"
        )),
    });
    findings.push(match setup.connections_left {
        left if left < wanted => Odd(format!(
            "connections: {left} are free in PostgreSQL, a node takes {wanted}; raise max_connections or lower database.connections"
        )),
        left => Well(format!("connections: {left} are free in PostgreSQL")),
    });
    findings
}
