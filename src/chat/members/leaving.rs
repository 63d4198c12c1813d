//! The end of a membership: a member leaves, or the owner removes them.
//!
//! It ends at once, for everything that asks: their seats leave the room, what was remembered of them is
//! forgotten, and what they sent a moment ago is refused by the log, which looks for itself. A channel is
//! never left without an owner as long as anybody is in it: the next one is who has been there longest.

use super::{Insider, Member};
use crate::{
    chat::users,
    error::{Error, Result},
    hub::{Address, Hub, Owner, event::Event},
    ids::{AppId, ChannelId, UserId},
    node::Node,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A member leaves.
pub async fn leave(node: &Node, member: &Member) -> Result<()> {
    // One who is no member any more has what they wanted.
    exit(node, member.app(), member.channel(), member.user()).await?;
    Ok(())
}

/// A member removes another, named by either id, which only the owner may; or themself.
pub async fn remove(node: &Node, member: &Member, user: &str) -> Result<()> {
    let user = users::look_up(node, member.app(), user).await?;
    let user = user.map(|user| user.id);
    if user == Some(member.user()) {
        return leave(node, member).await;
    }
    if !is_owner(node, member).await? {
        return Err(Error::Forbidden("Only the owner removes others"));
    }
    let is_removed = match user {
        Some(user) => exit(node, member.app(), member.channel(), user).await?,
        None => false,
    };
    match is_removed {
        true => Ok(()),
        false => Err(Error::NotFound("Member not found")),
    }
}

/// An app's backend removes anybody, named by either id.
pub async fn expel(node: &Node, insider: &Insider, user: &str) -> Result<()> {
    let user = users::look_up(node, insider.app, user).await?;
    let is_removed = match user {
        Some(user) => exit(node, insider.app, insider.channel, user.id).await?,
        None => false,
    };
    match is_removed {
        true => Ok(()),
        false => Err(Error::NotFound("Member not found")),
    }
}

async fn is_owner(node: &Node, member: &Member) -> Result<bool> {
    let role = sqlx::query_scalar!(
        "SELECT role FROM members WHERE app_id = $1 AND channel_id = $2 AND user_id = $3",
        member.app().0,
        member.channel().0,
        member.user().0,
    )
    .fetch_optional(&node.database)
    .await?;
    Ok(role.as_deref() == Some("owner"))
}

/// Ends a membership, and says whether there was one. Who may ask for it is for the caller to know.
pub async fn exit(node: &Node, app: AppId, channel: ChannelId, user: UserId) -> Result<bool> {
    let memberships = &node.chat.memberships;
    let turn = memberships.turn(channel, user).await;
    let mut transaction = node.database.begin().await?;
    // The channel's row first, as everywhere, and by itself: what follows sees who else has just left.
    let head = sqlx::query_scalar!(
        "SELECT last_seq FROM channels WHERE app_id = $1 AND id = $2 FOR NO KEY UPDATE",
        app.0,
        channel.0,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let ended = sqlx::query!(
        r#"WITH gone AS (
               DELETE FROM members WHERE app_id = $1 AND channel_id = $2 AND user_id = $3 RETURNING role
           ), counted AS (
               UPDATE channels SET member_count = member_count - 1
               WHERE app_id = $1 AND id = $2 AND EXISTS (SELECT FROM gone)
           ), heir AS (
               UPDATE members SET role = 'owner'
               WHERE app_id = $1 AND channel_id = $2 AND EXISTS (SELECT FROM gone WHERE role = 'owner')
                 AND user_id = (
                     SELECT user_id FROM members WHERE app_id = $1 AND channel_id = $2 AND user_id <> $3
                     ORDER BY joined_at, user_id LIMIT 1
                 )
               RETURNING user_id
           )
           SELECT external_id, EXISTS (SELECT FROM gone) AS "was_member!",
                  (SELECT user_id FROM heir) AS "new_owner: UserId"
           FROM users WHERE app_id = $1 AND id = $3"#,
        app.0,
        channel.0,
        user.0,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let asked_anew = AskedAnew {
        hub: &node.hub,
        owner: (app, user),
    };
    transaction.commit().await?;
    std::mem::forget(asked_anew);

    // Also for one who was out: a call that broke off after the commit came no further than that.
    // Nothing is waited for until everybody knows: a call may be given up on wherever it waits.
    memberships.count_removal();
    let ended = ended.filter(|ended| ended.was_member);
    let event = ended.map(|ended| {
        let event = Left {
            channel,
            user,
            external_id: &ended.external_id,
            new_owner: ended.new_owner,
        };
        Arc::new(Event::lasting("member.left", &event))
    });
    node.hub.part((app, channel), user, event.as_ref());
    let was_member = event.is_some();
    if let Some(event) = event {
        node.hub
            .publish((app, channel), head.unwrap_or_default(), event);
    }
    let asked_anew = AskedAnew {
        hub: &node.hub,
        owner: (app, user),
    };
    memberships.forget((app, channel, user)).await;
    // They may have come back on another node before their seats were let out here: then nobody else
    // lets them in again. Who comes from now on finds them out.
    let is_alone = !node.hub.bus.has_others();
    if is_alone || matches!(is_in(node, (app, channel), user).await, Ok(false)) {
        std::mem::forget(asked_anew);
    }
    drop(turn);
    Ok(was_member)
}

async fn is_in(node: &Node, (app, channel): Address, user: UserId) -> Result<bool> {
    let is_in = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM members WHERE app_id = $1 AND channel_id = $2 AND user_id = $3
           ) AS "is_in!""#,
        app.0,
        channel.0,
        user.0,
    )
    .fetch_one(&node.database)
    .await?;
    Ok(is_in)
}

/// Dropped when nobody knows whether a membership has ended: then the user's sockets come back and are
/// asked anew.
struct AskedAnew<'a> {
    hub: &'a Hub,
    owner: Owner,
}

impl Drop for AskedAnew<'_> {
    fn drop(&mut self) {
        self.hub.close(self.owner);
    }
}

/// Someone is gone from a channel.
#[derive(Serialize, JsonSchema)]
pub struct Left<'a> {
    #[serde(rename = "channelId")]
    channel: ChannelId,
    #[serde(rename = "userId")]
    user: UserId,
    #[serde(rename = "externalId")]
    external_id: &'a str,
    /// Who owns the channel now, if its owner is gone.
    #[serde(rename = "newOwnerId", skip_serializing_if = "Option::is_none")]
    new_owner: Option<UserId>,
}
