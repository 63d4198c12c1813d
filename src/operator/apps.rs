//! `heyyo admin app …` and `heyyo admin audit`: an operator's calls, in words and tables.

use crate::client::Operator;
use anyhow::{Context, ensure};
use serde_json::{Map, Value, json};
use ureq::http::Method;

/// What is done with apps.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make an app; prints its key and, this once, its secret
    Create {
        /// Its name
        name: String,
        /// Where, and as whom
        #[command(flatten)]
        operator: Operator,
    },
    /// List all apps
    List {
        /// Where, and as whom
        #[command(flatten)]
        operator: Operator,
    },
    /// Show an app: whether it is shut out, its limits, its origins, its secrets
    Show(Named),
    /// Rename an app
    Rename {
        /// Which
        #[command(flatten)]
        app: Named,
        /// The new name
        #[arg(long)]
        to: String,
    },
    /// Give an app limits of its own; without any, show them
    ///
    /// They hold at once, in place of the server's. `default` takes one back. A name that is none is
    /// answered with all there are.
    Limit {
        /// Which
        #[command(flatten)]
        app: Named,
        /// As in messages_per_minute=600 text_characters=default
        #[arg(value_name = "LIMIT=NUMBER", value_parser = limit)]
        limits: Vec<(String, Value)>,
    },
    /// Say which web pages may use an app
    ///
    /// These and no others: whoever is connected from elsewhere is cut.
    Origins {
        /// Which
        #[command(flatten)]
        app: Named,
        /// As browsers name them, or `https://*.chat.example` for all below `chat.example`
        #[arg(required_unless_present = "any", value_name = "ORIGIN")]
        origins: Vec<String>,
        /// All pages may
        #[arg(long, conflicts_with = "origins")]
        any: bool,
    },
    /// Shut an app out: its users, tokens and secrets are refused, its data stays
    Suspend(Named),
    /// Let a suspended app in again
    Resume(Named),
    /// Make another secret; prints it, this once
    ///
    /// The old one goes on, so that the app's backend can change to the new one without a pause.
    Rotate {
        /// Which
        #[command(flatten)]
        app: Named,
        /// For how many seconds the old one goes on [default: until it is deleted]
        #[arg(long, value_name = "SECONDS")]
        overlap: Option<u64>,
    },
    /// Delete a secret of an app, by its id (`heyyo admin app show`)
    Forget {
        /// Which
        #[command(flatten)]
        app: Named,
        /// The secret's id
        #[arg(long, value_name = "ID")]
        secret: uuid::Uuid,
    },
    /// End all tokens of an app: its users need new ones
    Revoke(Named),
    /// Delete an app and everything of it
    Delete {
        /// Which
        #[command(flatten)]
        app: Named,
        /// Its name, to be sure
        #[arg(long, value_name = "NAME")]
        yes_delete: String,
    },
}

/// An app on a server.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// Its id, or its name if no other app has it
    app: String,
    #[command(flatten)]
    operator: Operator,
}

/// Which part of the audit log.
#[derive(Debug, clap::Args)]
pub struct Audit {
    /// How many entries
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Only what came before the entry of this id
    #[arg(long, value_name = "ID")]
    before: Option<uuid::Uuid>,
    #[command(flatten)]
    operator: Operator,
}

impl Named {
    /// The app, by its id or its name.
    fn find(&self) -> anyhow::Result<Value> {
        let apps = list(&self.operator)?;
        let is_id = |app: &&Value| app["id"] == *self.app;
        let is_name = |app: &&Value| app["name"] == *self.app;
        if let Some(app) = apps.iter().find(is_id) {
            return Ok(app.clone());
        }
        let mut named = apps.iter().filter(is_name);
        let app = named.next().with_context(|| {
            format!(
                "There is no app {:?}; `heyyo admin app list` shows them.",
                self.app
            )
        })?;
        ensure!(
            named.next().is_none(),
            "Several apps are named {:?}: say which by its id (`heyyo admin app list`).",
            self.app
        );
        Ok(app.clone())
    }

    fn path(&self, below: &str) -> anyhow::Result<String> {
        let app = self.find()?;
        let id = app["id"].as_str().context("an app without an id")?;
        Ok(format!("/api/apps/{id}{below}"))
    }

    fn show(&self) -> anyhow::Result<Value> {
        self.operator.ask(Method::GET, &self.path("")?, None)
    }

    fn change(&self, change: &Value) -> anyhow::Result<Value> {
        self.operator
            .ask(Method::PATCH, &self.path("")?, Some(change))
    }
}

/// Does it and prints what came of it.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, operator } => {
            let wanted = json!({ "name": name });
            let made = operator.ask(Method::POST, "/api/apps", Some(&wanted))?;
            secret_is(&made);
        }
        Command::List { operator } => {
            for app in list(&operator)? {
                let word = |key| word(&app, key);
                println!("{}  {}  {}", word("id"), word("api_key"), word("name"));
            }
        }
        Command::Show(app) => {
            println!("{:#}", app.show()?);
        }
        Command::Rename { app, to } => {
            let shown = app.change(&json!({ "name": to }))?;
            println!("It is named {} now.", word(&shown, "name"));
        }
        Command::Limit { app, limits } => {
            let limits: Map<_, _> = limits.into_iter().collect();
            let shown = match limits.is_empty() {
                true => app.show()?,
                false => app.change(&json!({ "limits": limits }))?,
            };
            for (limit, number) in shown["limits"].as_object().into_iter().flatten() {
                println!("{limit}={number}");
            }
        }
        Command::Origins { app, origins, .. } => {
            let shown = app.change(&json!({ "allowed_origins": origins }))?;
            for origin in shown["allowed_origins"].as_array().into_iter().flatten() {
                println!("{}", origin.as_str().unwrap_or_default());
            }
        }
        Command::Suspend(app) => {
            app.change(&json!({ "suspended": true }))?;
            println!("It is shut out; `heyyo admin app resume` lets it in again.");
        }
        Command::Resume(app) => {
            app.change(&json!({ "suspended": false }))?;
            println!("It is let in again.");
        }
        Command::Rotate { app, overlap } => {
            let mut wanted = Map::new();
            if let Some(seconds) = overlap {
                wanted.insert("overlap_seconds".to_owned(), json!(seconds));
            }
            let path = app.path("/secrets")?;
            let wanted = Value::Object(wanted);
            secret_is(&app.operator.ask(Method::POST, &path, Some(&wanted))?);
        }
        Command::Forget { app, secret } => {
            let path = app.path(&format!("/secrets/{secret}"))?;
            app.operator.ask(Method::DELETE, &path, None)?;
            println!("It is refused from now on.");
        }
        Command::Revoke(app) => {
            app.operator
                .ask(Method::POST, &app.path("/revoke")?, None)?;
            println!("All tokens that it has given are refused from now on.");
        }
        Command::Delete { app, yes_delete } => {
            let found = app.find()?;
            ensure!(
                found["name"] == *yes_delete,
                "It is named {}, not {yes_delete:?}: nothing was deleted.",
                found["name"]
            );
            app.operator.ask(Method::DELETE, &app.path("")?, None)?;
            println!("It is deleted, with everything of it.");
        }
    }
    Ok(())
}

/// Prints the newest entries.
pub fn audit(options: &Audit) -> anyhow::Result<()> {
    let mut path = format!("/api/audit?limit={}", options.limit);
    if let Some(before) = options.before {
        path.push_str(&format!("&before={before}"));
    }
    let said = options.operator.ask(Method::GET, &path, None)?;
    for entry in said.as_array().context("The server gave no list")? {
        println!("{entry}");
    }
    Ok(())
}

fn list(operator: &Operator) -> anyhow::Result<Vec<Value>> {
    let said = operator.ask(Method::GET, "/api/apps", None)?;
    let apps = said.as_array().cloned();
    apps.context("The server gave no list")
}

/// A limit as it is typed.
fn limit(typed: &str) -> Result<(String, Value), String> {
    let (name, value) = typed.split_once('=').ok_or("expected LIMIT=NUMBER")?;
    let value = match value {
        "default" => Value::Null,
        number => number
            .parse::<u64>()
            .map_err(|_| "expected a whole number, or default")?
            .into(),
    };
    Ok((name.to_owned(), value))
}

/// A secret as a shell takes it; what is said of it goes to people alone.
fn secret_is(made: &Value) {
    println!("HEYYO_API_KEY={}", word(made, "api_key"));
    println!("HEYYO_API_SECRET={}", word(made, "api_secret"));
    eprintln!("{}", word(made, "message"));
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
