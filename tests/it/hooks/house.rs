//! A tenant of a real server, with a user, a channel and plugins of its own.

use crate::support::{Call, Channel, Heyyo, Http, Reply, Tenant, User, shape::text};
use heyyo::config::Config;
use serde_json::{Value, json};

/// A tenant and what it has.
pub struct House {
    pub tenant: Tenant,
    pub user: User,
    pub channel: Channel,
}

/// A server with few places for plugins: each reserves address space.
pub async fn server() -> Heyyo {
    Heyyo::start_with(few_places).await
}

/// What makes a server one with few places.
pub fn few_places(config: &mut Config) {
    config.boot.plugins.instances = 16;
    config.boot.plugins.compiler = env!("CARGO_BIN_EXE_heyyo").into();
}

impl House {
    pub async fn of(http: &Http, admin_key: &str, name: &str) -> Self {
        let tenant = Tenant::create(http, admin_key, name).await;
        let user = tenant.user("alice").await;
        let channel = user.create_channel("general").await;
        Self {
            tenant,
            user,
            channel,
        }
    }

    pub async fn at(heyyo: &Heyyo, name: &str) -> Self {
        Self::of(&heyyo.http(), heyyo.admin_key(), name).await
    }

    /// Uploads a plugin.
    pub async fn upload(&self, settings: Value, wasm: &[u8]) -> Reply {
        self.tenant
            .upload_to("/api/plugins", Some(&settings), Some(wasm))
            .await
    }

    /// Uploads another version of one.
    pub async fn add_version(&self, plugin: &str, wasm: &[u8]) -> Reply {
        let path = format!("/api/plugins/{plugin}/versions");
        self.tenant.upload_to(&path, None, Some(wasm)).await
    }

    /// Changes a plugin's settings.
    pub async fn change(&self, plugin: &str, patch: Value) {
        let path = format!("/api/plugins/{plugin}");
        self.tenant
            .call("PATCH", &path)
            .json(&patch)
            .await
            .expect(200);
    }

    /// A plugin, as its tenant sees it.
    pub async fn plugin(&self, plugin: &str) -> Value {
        let path = format!("/api/plugins/{plugin}");
        self.tenant.call("GET", &path).await.expect(200)
    }

    /// The texts of a plugin's log.
    pub async fn log(&self, plugin: &str) -> Vec<String> {
        let path = format!("/api/plugins/{plugin}/logs");
        let log = self.tenant.call("GET", &path).await.expect(200);
        let lines = log["lines"].as_array().expect("lines");
        lines
            .iter()
            .map(|line| text(line, "text").to_owned())
            .collect()
    }

    /// Tries a plugin out on a message.
    pub async fn try_out(&self, plugin: &str, message: Value) -> Value {
        let event = json!({ "event": { "hook": "before-message", "message": message } });
        let path = format!("/api/plugins/{plugin}/test");
        self.tenant
            .call("POST", &path)
            .json(&event)
            .await
            .expect(200)
    }

    /// The call that sends a message.
    pub fn say(&self, said: &str) -> Call {
        self.channel
            .post_message(&self.user, json!({ "text": said }))
    }

    /// The attacker's note on a message that it let through.
    pub async fn note(&self, said: &str) -> String {
        let message = self.say(said).await.expect(201);
        let note = &message["metadata"]["plugins"]["attacker"]["note"];
        match note {
            Value::String(note) => note.clone(),
            other => other.to_string(),
        }
    }
}
