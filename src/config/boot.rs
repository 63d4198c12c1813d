//! Settings that are read once, at start. `config/heyyo.toml` says what each means and what it may be.
//!
//! A section may have another part in [`live`](super::live); each key is in one of the two.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

/// Settings that need a restart. Not `Debug`: there are secrets in it.
#[derive(Clone, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Boot {
    pub server: Server,
    pub database: Database,
    pub auth: Auth,
    pub limits: Limits,
    pub plugins: Plugins,
    pub traces: Traces,
    pub log: Log,
}

/// Where to listen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Server {
    /// An address; `localhost` is both loopback addresses.
    pub address: String,
    /// The port; 0 lets the system choose.
    pub port: u16,
}

/// Where the data is.
#[derive(Clone, Serialize, Deserialize)]
pub struct Database {
    /// A PostgreSQL URL, or empty for the embedded one.
    pub url: String,
    /// The folder of the embedded database and the generated master key.
    pub data_dir: PathBuf,
    /// The pool's size.
    pub connections: u32,
}

/// What secrets derive from.
#[derive(Clone, Serialize, Deserialize)]
pub struct Auth {
    /// The root of all secrets, or empty for the generated one.
    pub master_key: String,
}

/// Sizes that are fixed with the door of Socket.IO.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// A packet from a client, in bytes.
    pub packet_bytes: usize,
}

/// What is set aside for plugins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plugins {
    /// Instances at once.
    pub instances: u32,
    /// Threads that run plugins; 0: one for each core.
    pub threads: usize,
    /// Plugins whose code is in memory.
    pub loaded: u64,
    /// The program that compiles; this one if empty.
    pub compiler: PathBuf,
}

/// Where traces go.
#[derive(Clone, Serialize, Deserialize)]
pub struct Traces {
    /// The URL of a collector, or empty.
    pub endpoint: String,
    /// `name: value`, for each request to it.
    pub headers: Vec<String>,
    /// Traced requests and events, of a hundred.
    pub percent: u8,
}

/// How lines are written.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Log {
    /// For people or for a collector.
    pub format: Format,
}

/// A form of lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object each.
    Json,
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
            format!("{:?} is neither localhost nor an IP address", self.address)
        })?;
        Ok(vec![SocketAddr::new(ip, self.port)])
    }

    /// Whether only this machine can connect.
    pub fn is_loopback(&self) -> bool {
        let addresses = self.addresses().unwrap_or_default();
        !addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback())
    }
}
