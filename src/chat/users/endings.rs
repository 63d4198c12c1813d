//! The end of a user: sent away for a while, or deleted.
//!
//! A deleted user's messages stay, as others answered them, under nobody's name: the row is kept for
//! them without external id, name and picture. Their memberships, reactions and held messages go. That is
//! as many statements as they have channels, so it goes on after the answer if it has to, and is taken up
//! again by [`removals`](crate::chat::removals) if this node ends before it is done.

use crate::{
    auth::{Actor, Tenant},
    chat::{audit::Deed, members, revocations, users},
    error::Result,
    hub::frame::Whom,
    ids::{AppId, ChannelId, UserId},
    node::Node,
};
use std::time::Duration;

/// How long a deletion is waited for before it goes on by itself.
const WAIT: Duration = Duration::from_secs(1);
/// Reactions that one statement removes.
const BATCH: i64 = 1_000;

/// Lets a user in no more: their sockets are cut, their tokens refused for good, and new ones not given.
/// What they wrote and where they belong stays.
pub async fn deactivate(node: &Node, tenant: &Tenant, actor: &Actor, word: &str) -> Result<()> {
    let user = users::show(node, tenant.app, word).await?.id;
    let mut transaction = revocations::begin(node, tenant.app).await?;
    let changed = sqlx::query!(
        "UPDATE users SET deactivated_at = COALESCE(deactivated_at, date_trunc('milliseconds', now())),
                token_generation = token_generation + 1
         WHERE app_id = $1 AND id = $2 AND erased_at IS NULL",
        tenant.app.0,
        user.0,
    )
    .execute(&mut *transaction)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(users::NOT_FOUND);
    }
    let deed = Deed::on(tenant.app, "user.deactivated", user);
    revocations::seal(node, transaction, actor, deed, Whom::User(user)).await
}

/// Lets a user in again, with a new token.
pub async fn reactivate(node: &Node, tenant: &Tenant, actor: &Actor, word: &str) -> Result<()> {
    let user = users::show(node, tenant.app, word).await?.id;
    let mut transaction = revocations::begin(node, tenant.app).await?;
    let changed = sqlx::query!(
        "UPDATE users SET deactivated_at = NULL WHERE app_id = $1 AND id = $2 AND erased_at IS NULL",
        tenant.app.0,
        user.0,
    )
    .execute(&mut *transaction)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(users::NOT_FOUND);
    }
    let deed = Deed::on(tenant.app, "user.reactivated", user);
    revocations::seal(node, transaction, actor, deed, Whom::User(user)).await
}

/// Deletes a user. Their external id is free from now on: whoever is named so next is somebody else.
pub async fn delete(node: &Node, tenant: &Tenant, actor: &Actor, word: &str) -> Result<()> {
    let user = users::show(node, tenant.app, word).await?.id;
    let mut transaction = revocations::begin(node, tenant.app).await?;
    let deleted = sqlx::query!(
        "UPDATE users SET erased_at = now(), token_generation = token_generation + 1,
                external_id = 'deleted:' || id, display_name = 'Deleted user', avatar_url = NULL,
                updated_at = date_trunc('milliseconds', now())
         WHERE app_id = $1 AND id = $2 AND erased_at IS NULL",
        tenant.app.0,
        user.0,
    )
    .execute(&mut *transaction)
    .await?;
    if deleted.rows_affected() == 0 {
        return Err(users::NOT_FOUND);
    }
    let deed = Deed::on(tenant.app, "user.deleted", user);
    revocations::seal(node, transaction, actor, deed, Whom::User(user)).await?;
    users::tell_profile(node, tenant.app, user);
    let (node, app) = (node.clone(), tenant.app);
    let clearing = tokio::spawn(async move {
        if let Err(error) = clear(&node, app, user).await {
            error.log("users");
        }
    });
    // Usually it is done by then; it is not given up if not.
    let _ = tokio::time::timeout(WAIT, clearing).await;
    Ok(())
}

/// Removes all of a deleted user's that others do not need. Done twice, nothing is left for the second.
pub(in crate::chat) async fn clear(node: &Node, app: AppId, user: UserId) -> Result<()> {
    let channels = sqlx::query_scalar!(
        r#"SELECT channel_id AS "channel: ChannelId" FROM members WHERE app_id = $1 AND user_id = $2"#,
        app.0,
        user.0,
    )
    .fetch_all(&node.database)
    .await?;
    for channel in channels {
        members::exit(node, app, channel, user).await?;
    }
    sqlx::query!(
        "DELETE FROM held_messages WHERE app_id = $1 AND user_id = $2",
        app.0,
        user.0,
    )
    .execute(&node.database)
    .await?;
    loop {
        let removed = sqlx::query!(
            "DELETE FROM reactions WHERE app_id = $1 AND user_id = $2 AND ctid = ANY(ARRAY(
                 SELECT ctid FROM reactions WHERE app_id = $1 AND user_id = $2 LIMIT $3
             ))",
            app.0,
            user.0,
            BATCH,
        )
        .execute(&node.database)
        .await?;
        if removed.rows_affected() < BATCH as u64 {
            break;
        }
    }
    sqlx::query!(
        "UPDATE users SET cleared_at = now() WHERE app_id = $1 AND id = $2",
        app.0,
        user.0,
    )
    .execute(&node.database)
    .await?;
    users::tell_profile(node, app, user);
    Ok(())
}

/// Users who were deleted and have something left, of any app.
pub(in crate::chat) async fn uncleared(node: &Node) -> Result<Vec<(AppId, UserId)>> {
    let rows = sqlx::query!(
        r#"SELECT app_id AS "app: AppId", id AS "user: UserId" FROM users
           WHERE erased_at < now() - interval '30 seconds' AND cleared_at IS NULL LIMIT 100"#
    )
    .fetch_all(&node.database)
    .await?;
    Ok(rows.into_iter().map(|row| (row.app, row.user)).collect())
}
