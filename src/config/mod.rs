//! What an operator may set.
//!
//! `config/heyyo.toml` holds every key, its default, its meaning and what it may be, and is compiled in as
//! the first layer ([`keys`]), so the documentation *is* the default and the check. [`layers`] reads who
//! says what; [`check`] refuses what cannot be, with its place; [`boot`] is read once at start, [`live`]
//! may change while the server runs. A new setting is one entry there and one field in `boot` or `live`.

pub mod boot;
pub mod check;
mod command;
mod document;
pub mod keys;
pub mod layers;
pub mod live;
pub mod origins;
pub mod schema;
pub mod show;

pub use boot::Boot;
pub use check::Problems;
pub use command::{Command, run};
pub use live::{Current, Live};

use std::path::PathBuf;

/// Everything, checked.
#[derive(Clone)]
pub struct Config {
    /// Fixed from start to end.
    pub boot: Boot,
    /// May change at run time.
    pub live: Live,
}

impl Config {
    /// Reads all layers and refuses what cannot be.
    pub fn load(flags: &Flags) -> Result<Self, Problems> {
        layers::read(flags).config()
    }
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
    /// The port to listen on [env: PORT] [default: 4000]
    #[arg(long)]
    pub port: Option<u16>,
    /// A PostgreSQL to use in place of the embedded one [env: DATABASE_URL]
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// The folder of the embedded database [default: .heyyo]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
}
