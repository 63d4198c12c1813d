//! The load generator's commands. `bench/run` puts them together; `bench/README.md` explains.
//!
//! One thread, raw protocols, no parsing that is not needed: it must be faster than what it
//! measures, and `heyyo-bench limit` shows by how much.

#![deny(missing_docs)]

mod beside;
mod calls;
mod comparison;
mod echo;
mod fields;
mod frames;
mod http;
mod ledger;
mod limit;
mod outcome;
mod scenarios;
mod swarm;
mod usage;
mod world;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use scenarios::{Scenario, Settings};
use std::{fs::OpenOptions, io::Write, net::SocketAddr, path::PathBuf};
use world::World;

/// Measures a chat server through its REST and Socket.IO doors.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Wait until a server answers
    Wait {
        /// Where it listens
        #[arg(long)]
        address: SocketAddr,
    },
    /// Give a server the people, channels and messages that the scenarios find
    Seed {
        /// Where it listens
        #[arg(long)]
        address: SocketAddr,
        /// A key that may create apps
        #[arg(long, env = "HEYYO_ADMIN_KEY", hide_env_values = true)]
        admin_key: String,
        /// The file that keeps tokens and channel ids
        #[arg(long)]
        world: PathBuf,
        #[command(flatten)]
        size: world::Size,
    },
    /// Run one scenario
    Run {
        /// Which
        scenario: Scenario,
        /// The file that `seed` wrote
        #[arg(long)]
        world: PathBuf,
        /// Whose server it is, for the comparison
        #[arg(long, default_value = "heyyo")]
        server: String,
        /// A file to append the outcome to, as one JSON line
        #[arg(long)]
        results: Option<PathBuf>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Measure the generator itself, against a server that does nothing
    Limit {
        #[command(flatten)]
        settings: Settings,
    },
    /// Print the medians of one server in several states, and what each adds to the first
    Beside {
        /// The file that `run --results` wrote
        results: PathBuf,
    },
    /// Print medians and ratios of the outcomes in a file
    Compare {
        /// The file that `run --results` wrote
        results: PathBuf,
    },
}

fn main() -> Result<()> {
    // Thousands of sockets need more descriptors than the usual soft limit.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;

    match Arguments::parse().command {
        Command::Wait { address } => calls::wait_for(address),
        Command::Seed {
            address,
            admin_key,
            world,
            size,
        } => world::seed(address, &admin_key, size)?.save(&world),
        Command::Run {
            scenario,
            world,
            server,
            results,
            settings,
        } => {
            let mut outcome = scenario.run(&World::load(&world)?, &settings)?;
            outcome.server = server;
            println!("{outcome}");
            let Some(results) = results else {
                return Ok(());
            };
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&results)
                .with_context(|| format!("cannot write {}", results.display()))?;
            writeln!(file, "{}", serde_json::to_string(&outcome)?)?;
            Ok(())
        }
        Command::Limit { settings } => {
            for outcome in limit::measure(&settings)? {
                println!("{outcome}");
            }
            Ok(())
        }
        Command::Beside { results } => {
            print!("{}", beside::table(&comparison::load(&results)?));
            Ok(())
        }
        Command::Compare { results } => {
            print!("{}", comparison::table(&comparison::load(&results)?));
            Ok(())
        }
    }
}
