//! What a tenant sees of its plugins: settings, versions, what they cost and how they fared, and a
//! way to try one out.

use super::{Row, find, load};
use crate::{
    auth::Tenant,
    chat::{moderation::seen, text},
    error::{Error, Result},
    hooks::{
        event::{Call, Event, Hook, Message, Reaction, Verdict},
        record::{Difference, Level, Line, Shadow, Summary},
    },
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::types::Json;
use uuid::Uuid;

/// A plugin.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Plugin")]
pub struct Shown {
    id: Uuid,
    /// Unique in the app.
    name: String,
    /// Whether it is asked at all.
    enabled: bool,
    /// Lower comes first.
    order: i32,
    /// The types of channels it is asked about; empty: all.
    channel_types: Vec<String>,
    /// When it cannot decide: `reject`, `pass` or `hold`.
    on_error: String,
    /// Whether its instances are used again: `reused` or `fresh`.
    isolation: String,
    /// Milliseconds of a before-hook.
    before_ms: u64,
    /// Milliseconds of an after-hook.
    after_ms: u64,
    /// What it reads.
    config: Map<String, Value>,
    /// The version that decides.
    version: Option<i32>,
    /// The version that is only compared.
    shadow_version: Option<i32>,
    /// Those that are kept, newest first.
    versions: Vec<Version>,
    /// What it remembers.
    state: State,
    /// What this node knows of its calls.
    stats: Summary,
    #[serde(serialize_with = "text::timestamp")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "text::timestamp")]
    updated_at: DateTime<Utc>,
}

/// One version of a plugin's code.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PluginVersion")]
struct Version {
    version: i32,
    /// The hooks it takes part in.
    hooks: Vec<String>,
    /// The interfaces it imports.
    imports: Vec<String>,
    /// Whether it is a program that reads stdin.
    is_program: bool,
    /// Of the upload.
    bytes: i64,
    /// Of the upload, in hexadecimal.
    sha256: String,
    #[schemars(with = "DateTime<Utc>")]
    created_at: String,
}

/// What a plugin remembers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginState")]
struct State {
    keys: i64,
    bytes: i64,
}

/// All plugins of an app, in the order they are asked.
pub async fn list(node: &Node, tenant: &Tenant) -> Result<Vec<Shown>> {
    read(node, tenant, None).await
}

/// One plugin.
pub async fn show(node: &Node, tenant: &Tenant, word: &str) -> Result<Shown> {
    let id = find(node, tenant, word).await?;
    let found = read(node, tenant, Some(id)).await?.pop();
    found.ok_or(Error::NotFound("Plugin not found"))
}

async fn read(node: &Node, tenant: &Tenant, only: Option<Uuid>) -> Result<Vec<Shown>> {
    let rows = sqlx::query!(
        r#"SELECT plugins.id, name, enabled, position, channel_types, on_error, isolation, before_ms, after_ms,
                  config AS "config: Json<Map<String, Value>>", live_version, shadow_version,
                  plugins.created_at, plugins.updated_at,
                  COALESCE(keys, 0) AS "keys!", COALESCE(bytes, 0) AS "bytes!",
                  (SELECT json_agg(json_build_object(
                        'version', version, 'hooks', hooks, 'imports', imports, 'is_program', is_program,
                        'bytes', octet_length(wasm), 'sha256', encode(sha256, 'hex'),
                        'created_at', to_char(plugin_versions.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                   ) ORDER BY version DESC)
                   FROM plugin_versions WHERE app_id = $1 AND plugin_id = plugins.id) AS "versions!: Json<Vec<Version>>"
           FROM plugins LEFT JOIN plugin_state_sizes AS sizes
                ON sizes.app_id = plugins.app_id AND sizes.plugin_id = plugins.id
           WHERE plugins.app_id = $1 AND ($2::uuid IS NULL OR plugins.id = $2) ORDER BY position, name"#,
        tenant.app.0,
        only,
    )
    .fetch_all(&node.database)
    .await?;
    let bounds = node.live().plugins;
    let shown = rows.into_iter().map(|row| Shown {
        stats: node.hooks.record(tenant.app, row.id).summary(),
        id: row.id,
        name: row.name,
        enabled: row.enabled,
        order: row.position,
        channel_types: row.channel_types,
        on_error: row.on_error,
        isolation: row.isolation,
        before_ms: row.before_ms.map_or(bounds.before_ms, |time| time as u64),
        after_ms: row.after_ms.map_or(bounds.after_ms, |time| time as u64),
        config: row.config.0,
        version: row.live_version,
        shadow_version: row.shadow_version,
        versions: row.versions.0,
        state: State {
            keys: row.keys,
            bytes: row.bytes,
        },
        created_at: row.created_at,
        updated_at: row.updated_at,
    });
    Ok(shown.collect())
}

/// The newest lines of a plugin's log on this node, oldest first.
pub async fn logs(node: &Node, tenant: &Tenant, word: &str) -> Result<Vec<Line>> {
    let id = find(node, tenant, word).await?;
    Ok(node.hooks.record(tenant.app, id).lines())
}

/// How a plugin's shadow compares on this node.
pub async fn shadow(node: &Node, tenant: &Tenant, word: &str) -> Result<Shadow> {
    let id = find(node, tenant, word).await?;
    let record = node.hooks.record(tenant.app, id);
    let mut shadow = record.shadow();
    let messages = shadow.differences.iter().map(|one| one.message);
    let standing = seen::standing(&node.database, tenant.app, messages).await?;
    let stands = |difference: &Difference| standing.get(&difference.message).copied();
    record.forget_differences(|difference| stands(difference) == Some(false));
    // What passed and is not in the log is on its way there, or stands there already under another id: a
    // send that was tried again, and may be deleted.
    let is_shown = |difference: &Difference| stands(difference).unwrap_or(!difference.let_pass());
    shadow.differences.retain(is_shown);
    Ok(shadow)
}

/// An event made up to try a plugin out.
#[derive(Deserialize, JsonSchema)]
pub struct Trial {
    event: MadeUp,
    /// The live version unless another is named.
    version: Option<i32>,
}

/// The event: its hook, and what the hook is about.
#[derive(Deserialize, JsonSchema)]
struct MadeUp {
    hook: Hook,
    /// For the hooks of messages. What is absent is made up too.
    message: Option<Message>,
    /// For the hooks of reactions.
    reaction: Option<Reaction>,
}

impl MadeUp {
    fn event(self) -> Result<Event> {
        let message = self.message.ok_or("event.message is required");
        let reaction = self.reaction.ok_or("event.reaction is required");
        let event = match self.hook {
            Hook::BeforeMessage => message.map(Event::BeforeMessage),
            Hook::AfterMessage => message.map(Event::AfterMessage),
            Hook::BeforeReaction => reaction.map(Event::BeforeReaction),
            Hook::AfterReaction => reaction.map(Event::AfterReaction),
        };
        event.map_err(Error::invalid)
    }
}

/// What came of a trial.
#[derive(Serialize, JsonSchema)]
pub struct Tried {
    /// What it decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// How it failed.
    fault: Option<String>,
    /// In microseconds.
    took_us: u64,
    /// Of its instance.
    memory_bytes: usize,
    /// What it logged.
    log: Vec<LogLine>,
}

#[derive(Serialize, JsonSchema)]
struct LogLine {
    level: Level,
    text: String,
}

/// Runs a plugin on an event that did not happen: nothing of it is kept.
pub async fn try_out(node: &Node, tenant: &Tenant, word: &str, trial: Trial) -> Result<Tried> {
    let id = find(node, tenant, word).await?;
    let (hook, event) = (trial.event.hook, trial.event.event()?);
    let row = sqlx::query_as!(
        Row,
        r#"SELECT plugins.id, name, version, sha256, hooks, config AS "config: Json<Map<String, Value>>",
                  on_error, isolation, channel_types, before_ms, after_ms, live_version
           FROM plugins JOIN plugin_versions ON plugin_versions.app_id = plugins.app_id
                AND plugin_versions.plugin_id = plugins.id
           WHERE plugins.app_id = $1 AND plugins.id = $2
             AND version = COALESCE($3, live_version, shadow_version)"#,
        tenant.app.0,
        id,
        trial.version,
    )
    .fetch_optional(&node.database)
    .await?
    .ok_or(Error::NotFound("There is no such version"))?;
    let settings = row.settings(tenant.app);
    if !settings.hooks.contains(&hook) {
        return Err(Error::invalid(format!(
            "event.hook: the plugin takes no part in {hook}"
        )));
    }
    let version = load(node, settings, row.sha256).await;
    let plugin = version
        .plugin
        .map_err(|fault| Error::Internal(anyhow::anyhow!("{fault}")))?;
    let run = node
        .hooks
        .try_out(&plugin, event, Call::now(Uuid::now_v7()))
        .await;
    let fault = run.verdict.as_ref().err().map(ToString::to_string);
    Ok(Tried {
        verdict: run.verdict.ok(),
        fault,
        took_us: run.took.as_micros() as u64,
        memory_bytes: run.memory,
        log: run
            .log
            .lines
            .into_iter()
            .map(|(level, text)| LogLine { level, text })
            .collect(),
    })
}
