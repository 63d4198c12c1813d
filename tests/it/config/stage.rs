//! A running server with a configuration file of its own, and people who chat meanwhile.

use crate::{
    faults::server_process::{ADMIN_KEY, ServerProcess, folder_for},
    support::{Channel, Tenant, User, eventually, server::fresh_database},
};
use serde_json::json;
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

/// How soon a good change must be live.
pub const SOON: Duration = Duration::from_secs(2);

/// The stage.
pub struct Stage {
    pub server: ServerProcess,
    pub tenant: Tenant,
    pub alice: User,
    pub channel: Channel,
}

impl Stage {
    /// A server whose `heyyo.toml` says this.
    pub async fn start(name: &str, file: &str) -> Self {
        fs::write(folder_for(name).join("heyyo.toml"), file).expect("a file");
        Self::start_with(name, &[]).await
    }

    /// A server with these variables, in a folder that may hold files already.
    pub async fn start_with(name: &str, variables: &[(&str, &str)]) -> Self {
        let database = fresh_database().await;
        let variables = [&[("HEYYO_DATABASE__CONNECTIONS", "8")], variables].concat();
        let server = ServerProcess::start(name, Some(&database), &variables).await;
        let tenant = Tenant::create(server.http(), ADMIN_KEY, "acme").await;
        let alice = tenant.user("alice").await;
        let channel = alice.create_channel("general").await;
        Self {
            server,
            tenant,
            alice,
            channel,
        }
    }

    /// A file in the server's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.server.folder().join(name)
    }

    /// Writes the file in place, as `echo > heyyo.toml` does.
    pub fn write(&self, text: &str) {
        fs::write(self.file("heyyo.toml"), text).expect("a file");
    }

    /// Whether a text of so many characters is taken.
    pub async fn takes(&self, characters: usize) -> bool {
        let body = json!({ "text": "a".repeat(characters) });
        let reply = self.channel.post_message(&self.alice, body).await;
        match reply.status {
            201 => true,
            status => {
                assert!([400, 413].contains(&status), "{status} {}", reply.text());
                false
            }
        }
    }

    /// Returns when texts of so many characters are taken and longer ones not, and fails unless that
    /// was soon after `since`.
    pub async fn takes_at_most(&self, characters: usize, since: Instant) {
        let what = format!("{characters} characters at most");
        eventually(&what, async || {
            let is_so = self.takes(characters).await && !self.takes(characters + 1).await;
            is_so.then_some(())
        })
        .await;
        let took = since.elapsed();
        assert!(took <= SOON, "{what}: {took:?}");
    }

    /// Returns when the metrics say of the last reload that it went well (1) or was refused (0).
    pub async fn reload_is(&self, ok: u8) {
        let line = format!("heyyo_config_last_reload_ok {ok}");
        eventually(&line, async || {
            let call = self.server.http().get("/metrics");
            let reply = call.header("x-admin-key", ADMIN_KEY).await;
            let shown = reply.text();
            shown.lines().any(|shown| shown == line).then_some(())
        })
        .await;
    }

    /// Returns when the log has a line with these words, and gives the line.
    pub async fn logged(&self, words: &str) -> String {
        eventually(&format!("{words} in the log"), async || {
            let log = self.server.log();
            let line = log.lines().find(|line| line.contains(words));
            line.map(str::to_owned)
        })
        .await
    }
}
