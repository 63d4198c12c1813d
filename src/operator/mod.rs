//! `heyyo admin …`, `token`, `health`, `doctor`, `migrate`, `completions`: what an operator does beside running
//! the server.
//!
//! What changes anything on a server goes through its public API ([`client`](crate::client)), so that it is
//! checked and written down there as any other call. Only `doctor` and `migrate` open the database.

mod apps;
mod doctor;

use crate::{
    auth::secret,
    client::{Access, Place},
    config::{Config, Flags},
    database,
};
use anyhow::Context;
use serde_json::json;

/// What is managed.
#[derive(Debug, clap::Subcommand)]
pub enum Admin {
    /// Make an admin key and say how to use it
    ///
    /// Nothing is changed: the server learns of it by HEYYO_ADMIN_KEY or auth.admin_keys, of which there may
    /// be two, so that one is replaced while both are valid.
    Key,
    /// Manage apps, the tenants
    #[command(subcommand)]
    App(apps::Command),
    /// Show who changed what, newest first
    Audit(apps::Audit),
}

/// What is done with tokens.
#[derive(Debug, clap::Subcommand)]
pub enum Token {
    /// Get a token for a user, who is made if they are new
    Mint {
        /// The app's own id of the user
        user: String,
        /// The name that others see
        #[arg(long)]
        name: Option<String>,
        /// Where, and which app
        #[command(flatten)]
        access: Access,
    },
}

/// Manages.
pub fn admin(command: Admin) -> anyhow::Result<()> {
    match command {
        Admin::Key => {
            let key = secret::new_master_key();
            println!("{key}");
            eprintln!(
                "Keep it as a secret. Give it to the server as HEYYO_ADMIN_KEY, or in heyyo.toml:\n\n  [auth]\n  admin_keys = [\"{key}\"]\n\nTwo may be there at once: add the new one, change who uses it, take the old one away."
            );
            Ok(())
        }
        Admin::App(command) => apps::run(command),
        Admin::Audit(options) => apps::audit(&options),
    }
}

/// Gets a token and prints it.
pub fn token(command: Token) -> anyhow::Result<()> {
    let Token::Mint { user, name, access } = command;
    let (api_key, api_secret) = access.credentials()?;
    let mut wanted = json!({ "api_key": api_key, "api_secret": api_secret, "user_id": user });
    if let Some(name) = name {
        wanted["display_name"] = json!(name);
    }
    let said = access.send_bare("/api/auth/token", &wanted)?.done()?;
    println!("{}", said["token"].as_str().context("no token came")?);
    Ok(())
}

/// Whether a server can serve.
pub fn health(place: &Place) -> anyhow::Result<()> {
    place.is_ready()?;
    println!("ready");
    Ok(())
}

/// Brings the database of a configuration up to date.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let database = database::open(&config.boot.database).await?;
    println!("The database is up to date.");
    database.pool.close().await;
    if let Some(embedded) = database.embedded {
        embedded.stop().await;
    }
    Ok(())
}

/// Looks at all that a server needs and prints what it finds. False if something has to be mended.
pub async fn doctor(flags: &Flags) -> bool {
    doctor::examine(flags).await
}
