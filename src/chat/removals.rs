//! What goes bit by bit: the rows of deleted apps, what deleted users left, and whatever has had its time
//! (`retention`).
//!
//! Each statement removes a handful and commits, so that nobody waits for one that takes minutes, and a
//! node that ends in the middle is no loss: every node looks each minute what is left.

use crate::{
    chat::{audit, plugins, retention, revocations, users::endings},
    error::Result,
    ids::AppId,
    node::Node,
};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

/// How often a node looks what is left.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Rows of one statement, and how long others have the database to themselves before the next.
const BATCH: i64 = 2_000;
const PAUSE: Duration = Duration::from_millis(20);
/// How long an app is deleted before its rows go: by then every node refuses its users, and nothing is
/// written that refers to a row which is gone.
const GRACE: Duration = Duration::from_secs(6);

/// Looks what is to go, each minute, until the database is closed.
pub fn watch(node: &Node) {
    let node = node.clone();
    tokio::spawn(async move {
        let mut every = interval(LOOK_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !node.database.is_closed() {
            every.tick().await;
            if let Err(error) = remove_all(&node).await {
                error.log("removals");
            }
        }
    });
}

/// Looks once, as soon as what was just deleted may go.
pub(super) fn soon(node: &Node) {
    let node = node.clone();
    tokio::spawn(async move {
        sleep(GRACE + PAUSE).await;
        if let Err(error) = remove_apps(&node).await {
            error.log("removals");
        }
    });
}

async fn remove_all(node: &Node) -> Result<()> {
    let next_look = Instant::now() + LOOK_EVERY;
    // One that cannot be removed now is in nobody else's way.
    if let Err(error) = remove_apps(node).await {
        error.log("removals");
    }
    for (app, user) in endings::uncleared(node).await? {
        if let Err(error) = endings::clear(node, app, user).await {
            error.log("removals");
        }
    }
    while revocations::expire(&node.database, BATCH).await? > 0 {
        sleep(PAUSE).await;
    }
    while audit::expire(node, BATCH).await? > 0 {
        sleep(PAUSE).await;
    }
    // Last: there may be millions, and the others are not to wait for more than a minute.
    let messages = retention::remove(node, next_look);
    alone(node, "retention", messages).await
}

async fn remove_apps(node: &Node) -> Result<()> {
    let apps = sqlx::query_scalar!(
        r#"SELECT id AS "app: AppId" FROM apps WHERE deleted_at < now() - $1 * interval '1 second'"#,
        GRACE.as_secs_f64(),
    )
    .fetch_all(&node.database)
    .await?;
    for app in apps {
        // One that cannot be removed now is in no other's way.
        let removed = alone(node, &app.to_string(), remove_app(node, app)).await;
        if let Err(error) = removed {
            error.log("removals");
        }
    }
    Ok(())
}

/// Does a work that has a name, unless another node is at it. The lock is the connection's and ends with
/// it.
async fn alone(node: &Node, name: &str, work: impl Future<Output = Result<()>>) -> Result<()> {
    let mut connection = node.database.acquire().await?;
    let is_ours = sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS "is_ours!""#,
        name,
    )
    .fetch_one(&mut *connection)
    .await?;
    if !is_ours {
        return Ok(());
    }
    let done = work.await;
    sqlx::query!("SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)
        .fetch_one(&mut *connection)
        .await?;
    done
}

/// Removes an app's rows of one table.
macro_rules! remove {
    ($node:expr, $app:expr, $table:literal) => {
        loop {
            let removed = sqlx::query!(
                "DELETE FROM "
                    + $table
                    + " WHERE app_id = $1 AND ctid = ANY(ARRAY(SELECT ctid FROM "
                    + $table
                    + " WHERE app_id = $1 LIMIT $2))",
                $app.0,
                BATCH,
            )
            .execute(&$node.database)
            .await?;
            if removed.rows_affected() == 0 {
                break;
            }
            sleep(PAUSE).await;
        }
    };
}

async fn remove_app(node: &Node, app: AppId) -> Result<()> {
    // First, as nothing can be sent without a membership: what is removed below does not grow again.
    remove!(node, app, "members");
    remove!(node, app, "messages");
    remove!(node, app, "reactions");
    remove!(node, app, "held_messages");
    remove!(node, app, "channels");
    remove!(node, app, "users");
    remove!(node, app, "plugin_state");
    for plugin in plugins_of(node, app).await? {
        plugins::remove(node, app, plugin).await?;
    }
    // What is left refers to it and goes with it: the secrets.
    sqlx::query!("DELETE FROM apps WHERE id = $1", app.0)
        .execute(&node.database)
        .await?;
    tracing::info!(%app, "removed the rows of a deleted app");
    Ok(())
}

async fn plugins_of(node: &Node, app: AppId) -> Result<Vec<Uuid>> {
    let plugins = sqlx::query_scalar!("SELECT id FROM plugins WHERE app_id = $1", app.0)
        .fetch_all(&node.database)
        .await?;
    Ok(plugins)
}
