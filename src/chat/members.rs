//! Who belongs to a channel, and the proof of it.
//!
//! A [`Member`] can only be made by [`require`]. A verb that needs membership takes `&Member`, so
//! forgetting the check does not compile.

use crate::{
    auth::Caller,
    chat::text,
    error::{Error, Result},
    hub::event::Event,
    ids::{AppId, ChannelId, UserId},
    node::Node,
};
use chrono::{DateTime, Utc};
use moka::future::Cache;
use serde::Serialize;
use std::time::Duration;

/// Proof that a caller belongs to a channel.
#[derive(Clone, Debug)]
pub struct Member {
    caller: Caller,
    channel: ChannelId,
}

impl Member {
    /// Who it is.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// One that only the log's own check stands behind: for what was admitted once and kept aside.
    pub(super) fn unproven(caller: Caller, channel: ChannelId) -> Self {
        Self { caller, channel }
    }

    /// The app of both.
    pub fn app(&self) -> AppId {
        self.caller.app
    }

    /// The user.
    pub fn user(&self) -> UserId {
        self.caller.user
    }

    /// The channel they belong to.
    pub fn channel(&self) -> ChannelId {
        self.channel
    }
}

/// Memberships read a moment ago. A second is short enough that a removed member is out in time on
/// every node, and long enough that a busy one is not looked up at each message.
pub struct Memberships(Cache<(AppId, ChannelId, UserId), ()>);

impl Default for Memberships {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(200_000)
            .time_to_live(Duration::from_secs(1))
            .build();
        Self(cache)
    }
}

/// A member of a channel, as its details list them.
#[derive(Serialize)]
pub struct Listed {
    /// The user.
    pub id: UserId,
    /// The tenant's own id of the user.
    pub external_id: String,
    /// Shown name.
    pub display_name: Option<String>,
    /// Shown picture.
    pub avatar_url: Option<String>,
    /// Whether a socket of theirs is connected.
    pub is_online: bool,
    /// `owner` or `member`.
    pub role: String,
    /// Since when.
    #[serde(serialize_with = "text::timestamp")]
    pub joined_at: DateTime<Utc>,
}

/// Proves membership. A channel of another app, one that does not exist and one that the caller is
/// not in are the same answer.
pub async fn require(node: &Node, caller: &Caller, channel: ChannelId) -> Result<Member> {
    let key = (caller.app, channel, caller.user);
    let memberships = &node.chat.memberships.0;
    if memberships.get(&key).await.is_none() {
        let is_member = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                   SELECT FROM members WHERE app_id = $1 AND channel_id = $2 AND user_id = $3
               ) AS "is_member!""#,
            caller.app.0,
            channel.0,
            caller.user.0,
        )
        .fetch_one(&node.database)
        .await?;
        if !is_member {
            // Not remembered: someone who is added next must not wait.
            return Err(Error::Forbidden("Not a member of this channel"));
        }
        memberships.insert(key, ()).await;
    }
    Ok(Member {
        caller: caller.clone(),
        channel,
    })
}

/// The ids of all channels a user is in.
pub async fn channels_of(node: &Node, app: AppId, user: UserId) -> Result<Vec<ChannelId>> {
    let channels = sqlx::query_scalar!(
        r#"SELECT channel_id AS "id: ChannelId" FROM members WHERE app_id = $1 AND user_id = $2"#,
        app.0,
        user.0,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(channels)
}

/// All members of a channel, in the order they came.
pub async fn list(node: &Node, member: &Member) -> Result<Vec<Listed>> {
    let rows = sqlx::query!(
        r#"SELECT users.id AS "id: UserId", external_id, display_name, avatar_url, role, joined_at
           FROM members JOIN users ON users.app_id = members.app_id AND users.id = members.user_id
           WHERE members.app_id = $1 AND channel_id = $2
           ORDER BY joined_at, users.id"#,
        member.app().0,
        member.channel.0,
    )
    .fetch_all(&node.database)
    .await?;
    let list = rows.into_iter().map(|row| Listed {
        is_online: node.chat.presence.is_online(member.app(), row.id),
        id: row.id,
        external_id: row.external_id,
        display_name: row.display_name,
        avatar_url: row.avatar_url,
        role: row.role,
        joined_at: row.joined_at,
    });
    Ok(list.collect())
}

/// The caller joins an open channel. Joining again changes nothing.
pub async fn join(node: &Node, caller: &Caller, channel: ChannelId) -> Result<()> {
    let open = sqlx::query_scalar!(
        r#"SELECT type NOT IN ('private', 'direct')
               OR EXISTS (SELECT FROM members WHERE app_id = $1 AND channel_id = $2 AND user_id = $3) AS "open!"
           FROM channels WHERE app_id = $1 AND id = $2"#,
        caller.app.0,
        channel.0,
        caller.user.0,
    )
    .fetch_optional(&node.database)
    .await?;
    if open != Some(true) {
        return Err(Error::NotFound("Channel not found"));
    }
    enter(
        node,
        caller.app,
        channel,
        caller.user,
        &caller.profile.external_id,
    )
    .await
}

/// A member adds another user of the app, named by either id.
pub async fn add(node: &Node, member: &Member, user: &str) -> Result<()> {
    let found = find_users(node, member.app(), &[user.to_owned()]).await?;
    let [(id, external_id)] = &found[..] else {
        return Err(Error::NotFound("User not found"));
    };
    enter(node, member.app(), member.channel, *id, external_id).await
}

/// The users that these words name, each a user id or a tenant's own id; without doubles.
pub async fn find_users(
    node: &Node,
    app: AppId,
    words: &[String],
) -> Result<Vec<(UserId, String)>> {
    if words.iter().any(|word| word.contains('\0')) {
        return Ok(vec![]);
    }
    let ids: Vec<_> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let rows = sqlx::query!(
        r#"SELECT id AS "id: UserId", external_id FROM users
           WHERE app_id = $1 AND (external_id = ANY($2) OR id = ANY($3)) ORDER BY id"#,
        app.0,
        words,
        &ids,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.external_id))
        .collect())
}

async fn enter(
    node: &Node,
    app: AppId,
    channel: ChannelId,
    user: UserId,
    external_id: &str,
) -> Result<()> {
    let mut transaction = node.database.begin().await?;
    // The channel's row first, as everywhere, so that two writers never wait for each other.
    let inserted = sqlx::query!(
        "WITH channel AS (
             SELECT app_id, id FROM channels WHERE app_id = $1 AND id = $2 FOR NO KEY UPDATE
         )
         INSERT INTO members (app_id, channel_id, user_id) SELECT app_id, id, $3 FROM channel
         ON CONFLICT DO NOTHING",
        app.0,
        channel.0,
        user.0,
    )
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    if inserted == 1 {
        sqlx::query!(
            "UPDATE channels SET member_count = member_count + 1 WHERE app_id = $1 AND id = $2",
            app.0,
            channel.0,
        )
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;

    // Also for one who was in: a call that broke off after the commit came no further than that.
    node.hub.join(app, user, channel);
    if inserted == 1 {
        let event = Joined {
            channel,
            user,
            external_id,
        };
        node.hub
            .publish(channel, Event::lasting("member.joined", &event));
    }
    Ok(())
}

#[derive(Serialize)]
struct Joined<'a> {
    #[serde(rename = "channelId")]
    channel: ChannelId,
    #[serde(rename = "userId")]
    user: UserId,
    #[serde(rename = "externalId")]
    external_id: &'a str,
}

/// Where memberships are made together with their channel.
pub(super) async fn insert_first(
    transaction: &mut sqlx::PgConnection,
    (app, channel): (AppId, ChannelId),
    owner: UserId,
    others: &[UserId],
) -> Result<()> {
    let others: Vec<_> = others.iter().map(|user| user.0).collect();
    sqlx::query!(
        "INSERT INTO members (app_id, channel_id, user_id, role)
         SELECT $1::uuid, $2::uuid, $3::uuid, 'owner' UNION ALL SELECT $1::uuid, $2::uuid, other, 'member' FROM unnest($4::uuid[]) AS other",
        app.0,
        channel.0,
        owner.0,
        &others,
    )
    .execute(transaction)
    .await?;
    Ok(())
}
