//! `heyyo plugin …`: all that a plugin's author needs, in the program that the plugin will run in.
//!
//! What is tried here is tried by the server's own host (`workshop`), so that «it passed the test»
//! and «the server takes it» cannot differ. Nothing here knows the database or the server's rooms;
//! what is done on a server goes through its public API ([`client`](crate::client)).

mod bench;
mod build;
mod check;
mod create;
mod expectation;
mod fixture;
mod memory;
mod project;
mod push;
mod remote;
mod replay;
mod templates;
mod test;
mod toolchain;
mod workshop;

use crate::client::Access;
use anyhow::Context;
use std::path::PathBuf;

/// The commands of a plugin's author.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = AFTER_HELP)]
pub enum Command {
    /// Make a folder with a plugin that builds and passes its test
    New(create::Options),
    /// Make the component, into dist/
    ///
    /// The language's own tools do it: cargo, npm, or what PyPI has of Python, Zig and Go. What is
    /// missing is installed where that needs no root, else named.
    Build {
        /// The plugin's folder
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Say whether a server would take the plugin, and what it is
    ///
    /// It is looked at, compiled and rehearsed exactly as by a server at an upload.
    Check {
        /// A .wasm file, or the plugin's folder
        #[arg(default_value = ".")]
        plugin: PathBuf,
    },
    /// Play the fixtures, under the limits of production
    ///
    /// Each fixtures/*.json is a story: events, and what must come of each. State begins empty with
    /// each file. The exit code is 1 if anything did not come true.
    Test(test::Options),
    /// Measure how long a call takes, and what an instance needs
    Bench(bench::Options),
    /// Upload: a new plugin, or a new version of one
    Push(push::Options),
    /// Read what a plugin logged on a server, and how it failed
    Logs(remote::Logs),
    /// Run recorded events through a plugin and print what it decides
    Replay(replay::Options),
    /// List the plugins of the app
    List(Access),
    /// Make a shadow version live
    Promote(remote::Named),
    /// Go back to the version before, or to a given one
    Rollback(remote::Rollback),
    /// Delete a plugin with all its versions
    Delete(remote::Named),
}

const AFTER_HELP: &str = "\
The first ten minutes:
  heyyo plugin new my-plugin --lang rust    (or js, ts, python, c, go, zig)
  cd my-plugin
  heyyo plugin build && heyyo plugin test
  export HEYYO_URL=… HEYYO_API_KEY=… HEYYO_API_SECRET=…
  heyyo plugin push";

/// Runs one. The error is for the person who typed it.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::New(options) => create::run(&options),
        Command::Build { folder } => build::run(&folder).map(drop),
        Command::Check { plugin } => in_workshop(check::run(&plugin)),
        // What failed was said already.
        Command::Test(options) => match in_workshop(test::run(&options))? {
            true => Ok(()),
            false => std::process::exit(1),
        },
        Command::Bench(options) => in_workshop(bench::run(&options)),
        Command::Push(options) => push::run(&options),
        Command::Logs(options) => remote::logs(&options),
        Command::Replay(options) => in_workshop(replay::run(&options)),
        Command::List(access) => remote::list(&access),
        Command::Promote(options) => remote::promote(&options),
        Command::Rollback(options) => remote::rollback(&options),
        Command::Delete(options) => remote::delete(&options),
    }
}

fn in_workshop<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("threads to work with")?
        .block_on(work)
}
