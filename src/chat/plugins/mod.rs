//! An app's plugins: what is stored of them, and the chain of those that are asked.
//!
//! Postgres is the truth. A chain is read at an app's first event and kept until something of its
//! plugins changes; an app without plugins keeps an empty one, and its messages pay a look into a
//! cache. Changing settings makes a new chain: calls under way end with the old one.

mod changes;
mod settings;
mod shown;

pub use crate::hooks::record::{Line, Shadow};
pub(super) use changes::remove;
pub use changes::{create, delete, promote, rollback, update, upload};
pub use settings::{Code, Mode, Patch, Wanted};
pub use shown::{Shown, Trial, Tried, list, logs, shadow, show, try_out};

use crate::{
    auth::Tenant,
    chat::changes::Changes,
    deadline,
    error::{Error, Result},
    hooks::{
        Fingerprint,
        event::Hook,
        fault::Fault,
        plugin::{Isolation, OnError, Plugin, Settings},
    },
    hub::frame::Change,
    ids::AppId,
    node::Node,
};
use moka::future::Cache;
use serde_json::{Map, Value};
use sqlx::types::Json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinHandle, time::timeout_at};
use uuid::Uuid;

/// How long a chain is kept at most. Every node forgets it when its plugins change, and all of them when
/// it may not have been told; this bounds what is wrong for a reason that nobody thought of.
const KEPT: Duration = Duration::from_secs(60);

/// How long a chain is waited for until its plugins are loaded, at most.
const LOADING: Duration = Duration::from_secs(1);

/// The plugins of an app, in order.
#[derive(Default)]
pub struct Chain {
    /// Each of them.
    pub links: Vec<Link>,
    /// Whether one of them is asked in some types of channels only.
    pub asks_type: bool,
}

/// One plugin of a chain.
pub struct Link {
    /// The version that decides; `None` while only a shadow runs.
    pub live: Option<Version>,
    /// The version whose decisions are only compared.
    pub shadow: Option<Version>,
}

/// A version of a plugin, and its code if it could be loaded.
pub struct Version {
    /// What its tenant set.
    pub settings: Settings,
    /// What can be called.
    pub plugin: Result<Arc<Plugin>, Fault>,
}

impl Version {
    /// Whether it is asked about an event in a channel of that type.
    pub fn takes(&self, hook: Hook, channel_type: Option<&str>) -> bool {
        let types = &self.settings.channel_types;
        let is_type = types.is_empty()
            || channel_type.is_some_and(|channel_type| types.iter().any(|one| one == channel_type));
        is_type && self.settings.hooks.contains(&hook)
    }
}

impl Chain {
    /// Whether any plugin takes part in a hook.
    pub fn takes(&self, hook: Hook) -> bool {
        let takes = |version: &Option<Version>| {
            version
                .as_ref()
                .is_some_and(|version| version.settings.hooks.contains(&hook))
        };
        self.links
            .iter()
            .any(|link| takes(&link.live) || takes(&link.shadow))
    }
}

/// The chains of apps that were busy of late. One is kept under how often its plugins had changed when
/// it was begun to be read: what is read while they change is never found again.
pub struct Chains {
    kept: Cache<(AppId, u64), Arc<Chain>>,
    changes: Changes,
}

impl Default for Chains {
    fn default() -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(10_000)
                .time_to_live(KEPT)
                .build(),
            changes: Changes::default(),
        }
    }
}

impl Chains {
    /// Forgets one.
    async fn forget(&self, app: AppId) {
        let before = self.changes.changed(app);
        self.kept.invalidate(&(app, before)).await;
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.changes.all_changed();
        self.kept.invalidate_all();
    }
}

/// The chain of an app.
pub async fn chain(node: &Node, app: AppId) -> Result<Arc<Chain>> {
    let chains = &node.chat.chains;
    let key = (app, chains.changes.so_far(app));
    if let Some(chain) = chains.kept.get(&key).await {
        return Ok(chain);
    }
    // By itself: whoever asked first may give up before a plugin is loaded, and so may all after them.
    let node = node.clone();
    let read = tokio::spawn(async move {
        let read = read(&node, app);
        node.chat.chains.kept.try_get_with(key, read).await
    });
    let read = read.await.map_err(|error| Error::Internal(error.into()))?;
    read.map_err(|error: Arc<Error>| error.again())
}

/// Something of a plugin changed. Said after the commit and before the answer.
async fn changed(node: &Node, app: AppId, plugin: Uuid) {
    begin_anew(node, app, plugin).await;
    node.hub.bus.changed(Change::Plugin(app, plugin));
}

/// What was changed, here or on another node, is asked from the next event on, with a clean slate.
pub(super) async fn begin_anew(node: &Node, app: AppId, plugin: Uuid) {
    let record = node.hooks.record(app, plugin);
    record.forgive();
    record.forget_shadow();
    node.chat.chains.forget(app).await;
}

/// One version of a plugin, as it is stored.
struct Row {
    id: Uuid,
    name: String,
    version: i32,
    sha256: Vec<u8>,
    hooks: Vec<String>,
    config: Json<Map<String, Value>>,
    on_error: String,
    isolation: String,
    channel_types: Vec<String>,
    before_ms: Option<i32>,
    after_ms: Option<i32>,
    live_version: Option<i32>,
}

impl Row {
    fn settings(&self, app: AppId) -> Settings {
        let time = |given: i32| Duration::from_millis(given as u64);
        Settings {
            app,
            plugin: self.id,
            name: self.name.clone(),
            version: self.version,
            config: self.config.0.clone(),
            on_error: match self.on_error.as_str() {
                "pass" => OnError::Pass,
                "hold" => OnError::Hold,
                _ => OnError::Reject,
            },
            isolation: match self.isolation.as_str() {
                "fresh" => Isolation::Fresh,
                _ => Isolation::Reused,
            },
            before: self.before_ms.map(time),
            after: self.after_ms.map(time),
            hooks: self
                .hooks
                .iter()
                .filter_map(|hook| Hook::named(hook))
                .collect(),
            channel_types: self.channel_types.clone(),
        }
    }
}

async fn read(node: &Node, app: AppId) -> Result<Arc<Chain>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT plugins.id, name, version, sha256, hooks, config AS "config: Json<Map<String, Value>>",
                  on_error, isolation, channel_types, before_ms, after_ms, live_version
           FROM plugins JOIN plugin_versions ON plugin_versions.app_id = plugins.app_id
                AND plugin_versions.plugin_id = plugins.id
                AND plugin_versions.version IN (live_version, shadow_version)
           WHERE plugins.app_id = $1 AND enabled ORDER BY position, name"#,
        app.0,
    )
    .fetch_all(&node.database);
    let rows = async { Ok(rows.await?) };
    let rows = deadline::within(node.current.patience(), rows).await?;
    // All at once: one that takes long keeps no other out.
    let by = Instant::now() + node.current.patience().min(LOADING);
    let loading: Vec<_> = rows
        .iter()
        .map(|row| {
            let (node, settings, sha256) = (node.clone(), row.settings(app), row.sha256.clone());
            tokio::spawn(async move { load(&node, settings, sha256).await })
        })
        .collect();
    let mut chain = Chain::default();
    let mut last = None;
    for (row, loading) in rows.iter().zip(loading) {
        let settings = row.settings(app);
        chain.asks_type |= !settings.channel_types.is_empty();
        let version = loaded_by(by, node, settings, loading).await;
        if last != Some(row.id) {
            chain.links.push(Link {
                live: None,
                shadow: None,
            });
            last = Some(row.id);
        }
        let link = chain.links.last_mut().expect("pushed above");
        match row.live_version == Some(row.version) {
            true => link.live = Some(version),
            false => link.shadow = Some(version),
        }
    }
    Ok(Arc::new(chain))
}

/// A version that is being loaded, or none of it while that takes longer: its code is compiled anew on this
/// machine, behind others. The chain is read again once it is there.
async fn loaded_by(
    by: Instant,
    node: &Node,
    settings: Settings,
    mut loading: JoinHandle<Version>,
) -> Version {
    match timeout_at(by.into(), &mut loading).await {
        Ok(Ok(version)) => return version,
        Ok(Err(error)) => tracing::error!("loading a plugin: {error}"),
        Err(_) => {
            let (node, app) = (node.clone(), settings.app);
            tokio::spawn(async move {
                if loading.await.is_ok_and(|version| version.plugin.is_ok()) {
                    node.chat.chains.forget(app).await;
                }
            });
        }
    }
    Version {
        settings,
        plugin: Err(Fault::Absent),
    }
}

/// Loads a version that is stored.
async fn load(node: &Node, settings: Settings, sha256: Vec<u8>) -> Version {
    let (app, plugin, version) = (settings.app, settings.plugin, settings.version);
    let wasm = wasm_of(node, app, plugin, version);
    let upload = Fingerprint::try_from(sha256).expect("a SHA-256 has 32 bytes");
    let loaded = node.hooks.load(settings.clone(), upload, wasm).await;
    if let Err(fault) = &loaded {
        tracing::error!(%app, plugin = settings.name, "plugin {fault}");
    }
    Version {
        settings,
        plugin: loaded,
    }
}

/// The code of a version as it was uploaded: large, and only for who has to compile it.
async fn wasm_of(node: &Node, app: AppId, plugin: Uuid, version: i32) -> anyhow::Result<Vec<u8>> {
    let wasm = sqlx::query_scalar!(
        "SELECT wasm FROM plugin_versions WHERE app_id = $1 AND plugin_id = $2 AND version = $3",
        app.0,
        plugin,
        version,
    )
    .fetch_one(&node.database)
    .await?;
    Ok(wasm)
}

/// The plugin that a word in a path names: its id, or its name.
async fn find(node: &Node, tenant: &Tenant, word: &str) -> Result<Uuid> {
    let none = Error::NotFound("Plugin not found");
    if word.contains('\0') {
        return Err(none);
    }
    let found = sqlx::query_scalar!(
        "SELECT id FROM plugins WHERE app_id = $1 AND (id = $2 OR name = $3)",
        tenant.app.0,
        word.parse::<Uuid>().unwrap_or_default(),
        word,
    )
    .fetch_optional(&node.database)
    .await?;
    found.ok_or(none)
}
