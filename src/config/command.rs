//! `heyyo config`: looks at a configuration without starting anything.

use super::{Flags, layers, schema, show};
use std::{
    io::{Write, stdout},
    path::{Path, PathBuf},
};

/// What can be asked of a configuration.
#[derive(clap::Subcommand)]
#[allow(missing_docs)]
pub enum Command {
    /// Check a configuration: prints ok, or all that is wrong with file, line and key
    ///
    /// Reads what a server started here would read: the file, the environment and the flags. Nothing is
    /// started or changed. Ends with 0 when all is well, 1 when something is wrong, 2 when the command
    /// itself was.
    Check {
        /// The file to check, in place of --config
        file: Option<PathBuf>,
        #[command(flatten)]
        flags: Flags,
    },
    /// Print every setting that holds, and where it was said
    ///
    /// What is printed is a configuration file; secrets are not shown. `default` is config/heyyo.toml,
    /// whose comments say what each setting means.
    Show {
        #[command(flatten)]
        flags: Flags,
    },
    /// Print a JSON schema of the configuration file, for editors
    ///
    /// heyyo config schema > heyyo.schema.json, and `#:schema heyyo.schema.json` as the first line of
    /// heyyo.toml: editors with taplo complete and check what you type.
    Schema,
}

/// Does it, and prints what came of it.
pub fn run(command: Command) -> anyhow::Result<()> {
    let text = match command {
        Command::Check { file, flags } => {
            let config = file.or(flags.config);
            let layers = layers::read(&Flags { config, ..flags });
            layers.config()?;
            let file = layers.file.as_deref().map(Path::display);
            file.map_or("ok, without a file\n".to_owned(), |file| {
                format!("{file}: ok\n")
            })
        }
        Command::Show { flags } => {
            let layers = layers::read(&flags);
            layers.config()?;
            show::effective(&layers)
        }
        Command::Schema => format!("{:#}\n", schema::schema()),
    };
    // Whoever has read enough closes the pipe.
    let _ = stdout().write_all(text.as_bytes());
    Ok(())
}
