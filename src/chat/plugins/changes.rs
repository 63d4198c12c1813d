//! Making and changing plugins. Nothing is stored of what does not work: an upload is compiled, its
//! hooks are loaded and it has found nothing wrong with its configuration before a row is written.

use super::{
    changed, find,
    settings::{self, Code, Mode, Patch, Wanted},
    wasm_of,
};
use crate::{
    auth::Tenant,
    chat::apps::{self, secrets},
    error::{Error, Result},
    hooks::{
        Fingerprint, Hooks,
        check::Examined,
        compile::Refused,
        fault::Fault,
        plugin::{Isolation, OnError, Settings},
    },
    ids::AppId,
    node::Node,
};
use serde_json::{Map, Value};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

/// Versions of a plugin that are kept, beside the live one and the shadow.
const VERSIONS: i32 = 10;

/// Makes a plugin of an upload.
pub async fn create(node: &Node, tenant: &Tenant, wanted: Wanted, wasm: &[u8]) -> Result<Uuid> {
    settings::check_name(&wanted.name)?;
    wanted.patch.check(&node.live().plugins)?;
    let examined = admit(node, wasm).await?;
    let hooks = settings::hooks(&examined, &wanted.hooks)?;

    let id = Uuid::now_v7();
    let config = wanted.patch.config.clone().unwrap_or_default();
    let upload = (Hooks::fingerprint(wasm), async { Ok(wasm.to_vec()) });
    rehearse(node, tenant, (id, &wanted.name), &config, upload).await?;
    let own = apps::settings(node, tenant.app).await?.limits.plugins;
    let most = own.map_or(node.live().plugins.per_app as i64, i64::from);
    let mut transaction = node.database.begin().await?;
    secrets::look_again(&mut transaction, tenant).await?;
    // The app's row first: two at once cannot both be the last that is allowed.
    let inserted = sqlx::query!(
        "WITH app AS MATERIALIZED (SELECT id FROM apps WHERE id = $1 FOR NO KEY UPDATE)
         INSERT INTO plugins (app_id, id, name)
         SELECT id, $2, $3 FROM app
         WHERE (SELECT count(*) FROM plugins WHERE app_id = $1) < $4",
        tenant.app.0,
        id,
        wanted.name,
        most,
    )
    .execute(&mut *transaction)
    .await;
    match inserted {
        Ok(done) if done.rows_affected() == 1 => {}
        Ok(_) => {
            return Err(Error::Conflict(
                "The app has as many plugins as it may have",
            ));
        }
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            return Err(Error::Conflict("A plugin of this name is there already"));
        }
        Err(error) => return Err(error.into()),
    }
    set(&mut transaction, tenant, id, &wanted.patch).await?;
    add(
        &mut transaction,
        tenant,
        id,
        (wasm, &examined, &hooks),
        wanted.mode,
    )
    .await?;
    transaction.commit().await?;
    changed(node, tenant.app, id).await;
    Ok(id)
}

/// Adds a version to a plugin.
pub async fn upload(
    node: &Node,
    tenant: &Tenant,
    word: &str,
    code: Code,
    wasm: &[u8],
) -> Result<Uuid> {
    let id = find(node, tenant, word).await?;
    let examined = admit(node, wasm).await?;
    let hooks = settings::hooks(&examined, &code.hooks)?;
    let stored = stored(node, tenant, id).await?;
    let upload = (Hooks::fingerprint(wasm), async { Ok(wasm.to_vec()) });
    rehearse(node, tenant, (id, &stored.name), &stored.config, upload).await?;
    let mut transaction = node.database.begin().await?;
    secrets::look_again(&mut transaction, tenant).await?;
    add(
        &mut transaction,
        tenant,
        id,
        (wasm, &examined, &hooks),
        code.mode,
    )
    .await?;
    transaction.commit().await?;
    changed(node, tenant.app, id).await;
    Ok(id)
}

/// Changes settings.
pub async fn update(node: &Node, tenant: &Tenant, word: &str, patch: &Patch) -> Result<Uuid> {
    let id = find(node, tenant, word).await?;
    patch.check(&node.live().plugins)?;
    if let Some(config) = &patch.config {
        let stored = stored(node, tenant, id).await?;
        let code = wasm_of(node, tenant.app, id, stored.version);
        let sha256 = Fingerprint::try_from(stored.sha256).expect("a SHA-256 has 32 bytes");
        rehearse(node, tenant, (id, &stored.name), config, (sha256, code)).await?;
    }
    let mut connection = node.database.acquire().await?;
    secrets::look_again(&mut connection, tenant).await?;
    set(&mut connection, tenant, id, patch).await?;
    drop(connection);
    changed(node, tenant.app, id).await;
    Ok(id)
}

struct Stored {
    name: String,
    config: Json<Map<String, Value>>,
    version: i32,
    sha256: Vec<u8>,
}

/// What a plugin is now: the live version, or the shadow if there is none.
async fn stored(node: &Node, tenant: &Tenant, id: Uuid) -> Result<Stored> {
    let stored = sqlx::query_as!(
        Stored,
        r#"SELECT name, config AS "config: Json<Map<String, Value>>", version, sha256
           FROM plugins JOIN plugin_versions ON plugin_versions.app_id = plugins.app_id
                AND plugin_id = plugins.id AND version = COALESCE(live_version, shadow_version)
           WHERE plugins.app_id = $1 AND plugins.id = $2"#,
        tenant.app.0,
        id,
    )
    .fetch_optional(&node.database)
    .await?;
    stored.ok_or(Error::NotFound("Plugin not found"))
}

/// Deletes a plugin, its versions and what it remembers. What it added to messages stays.
pub async fn delete(node: &Node, tenant: &Tenant, word: &str) -> Result<()> {
    let id = find(node, tenant, word).await?;
    remove(node, tenant.app, id).await
}

/// The same by its id.
pub(in crate::chat) async fn remove(node: &Node, app: AppId, id: Uuid) -> Result<()> {
    sqlx::query!(
        "DELETE FROM plugins WHERE app_id = $1 AND id = $2",
        app.0,
        id,
    )
    .execute(&node.database)
    .await?;
    changed(node, app, id).await;
    node.hooks.forget(app, id);
    Ok(())
}

/// The shadow becomes the live version.
pub async fn promote(node: &Node, tenant: &Tenant, word: &str) -> Result<Uuid> {
    let id = find(node, tenant, word).await?;
    let promoted = sqlx::query!(
        "UPDATE plugins SET live_version = shadow_version, shadow_version = NULL,
                updated_at = date_trunc('milliseconds', now())
         WHERE app_id = $1 AND id = $2 AND shadow_version IS NOT NULL",
        tenant.app.0,
        id,
    )
    .execute(&node.database)
    .await?;
    if promoted.rows_affected() == 0 {
        return Err(Error::Conflict("There is no shadow to promote"));
    }
    changed(node, tenant.app, id).await;
    Ok(id)
}

/// An earlier version becomes live again: the one named, or the newest before the live one.
pub async fn rollback(
    node: &Node,
    tenant: &Tenant,
    word: &str,
    version: Option<i32>,
) -> Result<Uuid> {
    let id = find(node, tenant, word).await?;
    let rolled = sqlx::query!(
        "UPDATE plugins SET live_version = earlier.version, updated_at = date_trunc('milliseconds', now())
         FROM (SELECT max(version) AS version FROM plugin_versions JOIN plugins ON plugins.app_id = $1 AND plugins.id = $2
               WHERE plugin_versions.app_id = $1 AND plugin_id = $2
                 AND CASE WHEN $3::int IS NULL THEN version < live_version ELSE version = $3 END) AS earlier
         WHERE plugins.app_id = $1 AND plugins.id = $2 AND earlier.version IS NOT NULL",
        tenant.app.0,
        id,
        version,
    )
    .execute(&node.database)
    .await?;
    if rolled.rows_affected() == 0 {
        return Err(Error::Conflict("There is no such version to go back to"));
    }
    changed(node, tenant.app, id).await;
    Ok(id)
}

async fn admit(node: &Node, wasm: &[u8]) -> Result<Examined> {
    if !node.live().features.uploads {
        return Err(Error::Disabled("Uploads of plugins are switched off"));
    }
    node.hooks
        .admit(wasm)
        .await
        .map_err(|refused| match refused {
            Refused::Upload(why) => Error::invalid(why),
            Refused::Internal(error) => Error::Internal(error),
        })
}

async fn set(
    transaction: &mut PgConnection,
    tenant: &Tenant,
    id: Uuid,
    patch: &Patch,
) -> Result<()> {
    let word = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    let on_error = word(
        patch
            .on_error
            .and_then(|choice| serde_json::to_value(choice).ok()),
    );
    let isolation = word(
        patch
            .isolation
            .and_then(|choice| serde_json::to_value(choice).ok()),
    );
    let time = |given: Option<Option<u64>>| given.flatten().map(|time| time as i32);
    sqlx::query!(
        "UPDATE plugins SET
            enabled = COALESCE($3, enabled), position = COALESCE($4, position),
            channel_types = COALESCE($5, channel_types), on_error = COALESCE($6, on_error),
            isolation = COALESCE($7, isolation),
            before_ms = CASE WHEN $8 THEN $9 ELSE before_ms END,
            after_ms = CASE WHEN $10 THEN $11 ELSE after_ms END,
            config = COALESCE($12::json, config), updated_at = date_trunc('milliseconds', now())
         WHERE app_id = $1 AND id = $2",
        tenant.app.0,
        id,
        patch.enabled,
        patch.order,
        patch.channel_types.as_deref(),
        on_error,
        isolation,
        patch.before_ms.is_some(),
        time(patch.before_ms),
        patch.after_ms.is_some(),
        time(patch.after_ms),
        patch.config.as_ref().map(Json) as _,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Stores a version and makes it live or the shadow.
async fn add(
    transaction: &mut PgConnection,
    tenant: &Tenant,
    id: Uuid,
    (wasm, examined, hooks): (&[u8], &Examined, &[String]),
    mode: Mode,
) -> Result<()> {
    let version = sqlx::query_scalar!(
        "UPDATE plugins SET last_version = last_version + 1,
                live_version = CASE WHEN $3 THEN live_version ELSE last_version + 1 END,
                shadow_version = CASE WHEN $3 THEN last_version + 1 ELSE NULL END,
                updated_at = date_trunc('milliseconds', now())
         WHERE app_id = $1 AND id = $2 RETURNING last_version",
        tenant.app.0,
        id,
        mode == Mode::Shadow,
    )
    .fetch_one(&mut *transaction)
    .await?;
    let sha256 = Hooks::fingerprint(wasm);
    sqlx::query!(
        "INSERT INTO plugin_versions (app_id, plugin_id, version, wasm, sha256, hooks, imports, checks_config, is_program)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant.app.0,
        id,
        version,
        wasm,
        sha256.as_slice(),
        hooks,
        &examined.imports,
        examined.checks_config,
        examined.is_program,
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "DELETE FROM plugin_versions USING plugins
         WHERE plugin_versions.app_id = $1 AND plugin_id = $2 AND plugins.app_id = $1 AND plugins.id = $2
           AND version <= last_version - $3 AND version IS DISTINCT FROM live_version
           AND version IS DISTINCT FROM shadow_version",
        tenant.app.0,
        id,
        VERSIONS,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Loads code as the plugin it would be and asks it about its configuration. Before anything is
/// stored, and outside of any transaction.
async fn rehearse(
    node: &Node,
    tenant: &Tenant,
    (id, name): (Uuid, &str),
    config: &Map<String, Value>,
    (upload, wasm): (Fingerprint, impl Future<Output = anyhow::Result<Vec<u8>>>),
) -> Result<()> {
    let settings = Settings {
        app: tenant.app,
        plugin: id,
        name: name.to_owned(),
        version: 0,
        config: config.clone(),
        on_error: OnError::Reject,
        isolation: Isolation::Fresh,
        before: None,
        after: None,
        hooks: vec![],
        channel_types: vec![],
    };
    let refused = |fault: Fault| match fault {
        Fault::Absent => Error::unavailable(),
        fault => Error::invalid(format!("The plugin {fault}")),
    };
    let plugin = node
        .hooks
        .load(settings, upload, wasm)
        .await
        .map_err(refused)?;
    let problems = node.hooks.rehearse(&plugin).await.map_err(refused)?;
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error::Misconfigured(
            serde_json::to_value(problems).map_err(|error| Error::Internal(error.into()))?,
        )),
    }
}
