//! What an operator may set.
//!
//! `config/heyyo.toml` holds every key, its default and its meaning and is compiled in as the first
//! layer, so the documentation *is* the default. [`Config::boot`] is read once at start;
//! [`Config::live`] may change while the server runs.

use anyhow::{Context, ensure};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::Deserialize;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// The annotated defaults.
pub const DEFAULTS: &str = include_str!("../config/heyyo.toml");

/// Everything, validated.
#[derive(Clone, Debug)]
pub struct Config {
    /// Fixed from start to end.
    pub boot: Boot,
    /// May change at run time.
    pub live: Live,
}

/// Settings that need a restart.
#[derive(Clone, Debug)]
pub struct Boot {
    /// Where to listen.
    pub server: Server,
    /// Where the data is.
    pub database: Database,
    /// Keys.
    pub auth: Auth,
    /// What plugins may cost.
    pub plugins: Plugins,
    /// Whether a configuration file was read: dev mode is for people who have none.
    pub has_file: bool,
}

/// Settings that a running server may be given anew.
#[derive(Clone, Debug)]
pub struct Live {
    /// Sizes that a client must keep to.
    pub limits: Limits,
    /// What a client that comes back is given.
    pub recovery: Recovery,
}

/// Where to listen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// A host name or address; `localhost` is both loopback addresses.
    pub address: String,
    /// The port; 0 lets the system choose.
    pub port: u16,
}

/// Where the data is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// A PostgreSQL URL, or empty for the embedded one.
    pub url: String,
    /// The folder of the embedded database and the generated master key.
    pub data_dir: PathBuf,
    /// The pool's size.
    pub connections: u32,
    /// How long a statement may take before its caller is told to come back.
    pub patience_milliseconds: u64,
}

/// Keys and the life of tokens.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Keys that may manage apps.
    pub admin_keys: Vec<String>,
    /// The root of all secrets, or empty for the generated one.
    pub master_key: String,
    /// How long a token is valid, in seconds.
    pub token_seconds: u64,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Auth")
            .field("token_seconds", &self.token_seconds)
            .finish_non_exhaustive()
    }
}

/// Sizes that a client must keep to. `config/heyyo.toml` explains each.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Limits {
    pub body_bytes: usize,
    pub text_characters: usize,
    pub attachments: usize,
    pub attachment_bytes: usize,
    pub metadata_bytes: usize,
    pub metadata_depth: usize,
    pub socket_backlog: usize,
}

/// What plugins may cost. `config/heyyo.toml` explains each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Plugins {
    pub instances: u32,
    pub threads: usize,
    pub loaded: u64,
    pub memory_bytes: usize,
    pub before_ms: u64,
    pub after_ms: u64,
    pub longest_ms: u64,
    pub per_app: usize,
    pub upload_bytes: usize,
    pub compile_memory_bytes: u64,
    pub compile_seconds: u64,
    pub compiler: PathBuf,
    pub cache_bytes: u64,
}

/// What a client that comes back is given.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Missed messages of one channel at most; beyond it the client pages.
    pub max_messages: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layers {
    server: Server,
    database: Database,
    auth: Auth,
    limits: Limits,
    recovery: Recovery,
    plugins: Plugins,
}

/// What the command line says; `None` leaves a setting as the layers below have it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Flags {
    /// A configuration file [default: ./heyyo.toml if there is one]
    #[arg(long, env = "HEYYO_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to listen [default: localhost]
    #[arg(long, value_name = "HOST")]
    pub address: Option<String>,
    /// The port to listen on [default: 4000]
    #[arg(long, env = "PORT")]
    pub port: Option<u16>,
    /// A PostgreSQL to use in place of the embedded one
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The folder of the embedded database [default: .heyyo]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
}

impl Config {
    /// Reads all layers and refuses what cannot be.
    pub fn load(flags: &Flags) -> anyhow::Result<Self> {
        let default_file = Path::new("heyyo.toml");
        let file = match &flags.config {
            Some(file) => {
                ensure!(
                    file.is_file(),
                    "there is no configuration file {}",
                    file.display()
                );
                Some(file.as_path())
            }
            None => default_file.is_file().then_some(default_file),
        };

        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        figment = figment.merge(
            Env::prefixed("HEYYO_")
                .filter(|key| key.as_str().contains("__"))
                .split("__"),
        );
        for (key, name) in [
            ("auth.admin_keys", "HEYYO_ADMIN_KEY"),
            ("auth.master_key", "HEYYO_MASTER_KEY"),
        ] {
            if let Some(value) = std::env::var(name).ok().filter(|value| !value.is_empty()) {
                figment = match key {
                    "auth.admin_keys" => figment.merge(Serialized::default(key, [value])),
                    _ => figment.merge(Serialized::default(key, value)),
                };
            }
        }
        if let Some(address) = &flags.address {
            figment = figment.merge(Serialized::default("server.address", address));
        }
        if let Some(port) = flags.port {
            figment = figment.merge(Serialized::default("server.port", port));
        }
        if let Some(url) = &flags.database_url {
            figment = figment.merge(Serialized::default("database.url", url));
        }
        if let Some(data_dir) = &flags.data_dir {
            figment = figment.merge(Serialized::default("database.data_dir", data_dir));
        }

        let layers: Layers = figment
            .extract()
            .context("the configuration cannot be used")?;
        let config = Self {
            boot: Boot {
                server: layers.server,
                database: layers.database,
                auth: layers.auth,
                plugins: layers.plugins,
                has_file: file.is_some(),
            },
            live: Live {
                limits: layers.limits,
                recovery: layers.recovery,
            },
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        let Auth {
            admin_keys,
            token_seconds,
            ..
        } = &self.boot.auth;
        ensure!(
            admin_keys.iter().all(|key| key.len() >= 16),
            "auth.admin_keys: an admin key needs 16 characters or more"
        );
        ensure!(
            admin_keys.len() <= 2,
            "auth.admin_keys: two keys at most, the new one and the old"
        );
        ensure!(
            (1..=86_400).contains(token_seconds),
            "auth.token_seconds: {token_seconds} is not between 1 and 86400 (24 hours)"
        );
        ensure!(
            self.boot.database.connections >= 2,
            "database.connections: 2 or more are needed"
        );
        ensure!(
            self.boot.database.patience_milliseconds >= 100,
            "database.patience_milliseconds: 100 or more are needed"
        );
        ensure!(
            self.live.limits.body_bytes >= 1024,
            "limits.body_bytes: 1024 or more are needed"
        );
        ensure!(
            self.live.limits.socket_backlog >= 1,
            "limits.socket_backlog: 1 or more is needed"
        );
        let plugins = &self.boot.plugins;
        ensure!(
            (1..=20_000).contains(&plugins.instances),
            "plugins.instances: {} is not between 1 and 20000",
            plugins.instances
        );
        ensure!(
            plugins.memory_bytes <= 128 << 20,
            "plugins.memory_bytes: 134217728 (128 MiB) at most"
        );
        ensure!(
            plugins.before_ms.max(plugins.after_ms) <= plugins.longest_ms,
            "plugins.longest_ms: less than before_ms or after_ms"
        );
        Ok(())
    }
}

impl Server {
    /// The socket addresses to bind.
    pub fn addresses(&self) -> anyhow::Result<Vec<SocketAddr>> {
        if self.address == "localhost" {
            let both = [
                IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(Ipv6Addr::LOCALHOST),
            ];
            return Ok(both.map(|ip| SocketAddr::new(ip, self.port)).to_vec());
        }
        let ip: IpAddr = self.address.parse().with_context(|| {
            format!(
                "server.address: {} is neither localhost nor an IP address",
                self.address
            )
        })?;
        Ok(vec![SocketAddr::new(ip, self.port)])
    }

    /// Whether only this machine can connect.
    pub fn is_loopback(&self) -> bool {
        self.address == "localhost"
            || self
                .address
                .parse()
                .is_ok_and(|ip: IpAddr| ip.is_loopback())
    }
}

impl Database {
    /// How long a statement may take.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.patience_milliseconds)
    }
}

impl Auth {
    /// The life of a token.
    pub fn token_lifetime(&self) -> Duration {
        Duration::from_secs(self.token_seconds)
    }
}
