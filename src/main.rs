//! The commands. Nothing else: what they do is in the library.

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use heyyo::{
    author,
    client::Place,
    config::{self, Config, Flags},
    database,
    hooks::compile,
    operator, reload,
    server::Server,
    telemetry::{self, traces::Traces},
};
use sqlx::ConnectOptions;
use std::{path::PathBuf, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};

/// A chat API that you host and many tenants build on.
///
/// Without a command it serves, on http://localhost:4000, with a private PostgreSQL in ./.heyyo.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

const AFTER_HELP: &str = "\
The first minutes:
  heyyo                           serve; it prints how to send a first message
  heyyo doctor                    look whether this machine has all that a server needs
  heyyo config show               every setting, and where it was said
  heyyo admin app create Acme     a tenant; `heyyo token mint jane` a token for one of its users
  heyyo plugin new my-plugin      a plugin that judges its messages

Exit codes: 0 when it was done, 1 when it was not (the reason is on stderr), 2 when the command was wrong.";

#[derive(Subcommand)]
enum Command {
    /// Serve the API (the default)
    Serve {
        #[command(flatten)]
        flags: Flags,
    },
    /// Run only the private PostgreSQL, migrated, and print its URL
    Database {
        #[command(flatten)]
        flags: Flags,
    },
    /// Bring the database's schema up to date, and end
    ///
    /// A server does it when it starts; this is for who wants it to happen before.
    Migrate {
        #[command(flatten)]
        flags: Flags,
    },
    /// Look whether this machine has all that a server needs, and say what to do where it has not
    ///
    /// Checks the configuration, the database and how durable it is, migrations, clocks, keys, the address and
    /// how many files may be open. Changes nothing. The exit code is 1 if something has to be mended.
    Doctor {
        #[command(flatten)]
        flags: Flags,
    },
    /// Say whether a running server can serve; for health checks
    Health {
        #[command(flatten)]
        place: Place,
    },
    /// Manage apps and keys on a running server
    Admin {
        #[command(subcommand)]
        command: operator::Admin,
    },
    /// Get tokens for users of an app
    Token {
        #[command(subcommand)]
        command: operator::Token,
    },
    /// Print what a shell needs to complete these commands
    ///
    /// For example: heyyo completions bash > /etc/bash_completion.d/heyyo
    Completions { shell: clap_complete::Shell },
    /// Check and show the configuration, without starting anything
    Config {
        #[command(subcommand)]
        command: config::Command,
    },
    /// Write, build, test and upload plugins
    Plugin {
        #[command(subcommand)]
        command: author::Command,
    },
    /// Compile a plugin from stdin within bounds; the server starts it for each upload
    #[command(name = compile::COMMAND, hide = true)]
    CompilePlugin {
        file: PathBuf,
        memory_bytes: u64,
        seconds: u64,
    },
}

fn main() -> ExitCode {
    let Arguments { command, flags } = Arguments::parse();
    let ended = match command {
        // Before any thread is started: its bounds hold for all that it does.
        Some(Command::CompilePlugin {
            file,
            memory_bytes,
            seconds,
        }) => compile::serve(file, memory_bytes, seconds),
        Some(Command::Config { command }) => config::run(command),
        Some(Command::Plugin { command }) => author::run(command),
        Some(Command::Migrate { flags }) => run(migrate(&flags)),
        // What is wrong was said already.
        Some(Command::Doctor { flags }) => {
            match run(async { Ok(operator::doctor(&flags).await) }) {
                Ok(false) => return ExitCode::FAILURE,
                ended => ended.map(drop),
            }
        }
        Some(Command::Health { place }) => operator::health(&place),
        Some(Command::Admin { command }) => operator::admin(command),
        Some(Command::Token { command }) => operator::token(command),
        Some(Command::Completions { shell }) => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "heyyo", &mut std::io::stdout());
            Ok(())
        }
        Some(Command::Serve { flags }) => run(serve(flags)),
        Some(Command::Database { flags }) => run(run_database(&flags)),
        None => run(serve(flags)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in format!("{error:#}").lines() {
                eprintln!("heyyo: {line}");
            }
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    command.await
}

/// The configuration, and from here on a log and traces.
fn load(flags: &Flags) -> anyhow::Result<(Config, Option<Traces>)> {
    let config = Config::load(flags)?;
    let traces = telemetry::start(&config.boot, &config.live.log.level)?;
    Ok((config, traces))
}

async fn serve(flags: Flags) -> anyhow::Result<()> {
    let (config, traces) = load(&flags)?;
    let (stop, stop_now) = (asked_to_stop()?, asked_twice()?);
    let server = Server::start(config).await?;
    let node = server.node();
    reload::follow(flags, &node.boot, &node.current, &node.metrics)?;
    print!("{}", heyyo::banner::text(&server));
    tokio::select! {
        () = server.run(stop) => {}
        () = stop_now => tracing::warn!("stopped in the middle of stopping"),
    }
    if let Some(traces) = traces {
        tokio::task::spawn_blocking(|| traces.end()).await?;
    }
    Ok(())
}

async fn migrate(flags: &Flags) -> anyhow::Result<()> {
    operator::migrate(&load(flags)?.0).await
}

async fn run_database(flags: &Flags) -> anyhow::Result<()> {
    let (config, _) = load(flags)?;
    let stop = asked_to_stop()?;
    let database = database::open(&config.boot.database).await?;
    let embedded = database
        .embedded
        .context("database.url is set: there is no private PostgreSQL to run")?;
    println!("{}", embedded.options().to_url_lossy());
    stop.await;
    database.pool.close().await;
    embedded.stop().await;
    Ok(())
}

/// Done at the first SIGTERM or ctrl-c.
fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// Done at the second ctrl-c: someone does not want to wait.
fn asked_twice() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        interrupt.recv().await;
        interrupt.recv().await;
    })
}
