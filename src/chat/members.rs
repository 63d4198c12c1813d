//! Who belongs to a channel, and the proof of it. Coming is here, going in `members/leaving.rs`.
//!
//! A [`Member`] can only be made by [`require`]. A verb that needs membership takes `&Member`, so
//! forgetting the check does not compile. A send takes a [`Sender`]; what an app's backend may do in any
//! channel of the app takes an [`Insider`].

mod leaving;
mod listed;
mod memberships;

pub use leaving::{Left, exit, expel, leave, remove};
pub use listed::{Listed, first, list};
pub use memberships::Memberships;
use memberships::{FRESH, PRESUMED};

use crate::{
    auth::{Caller, Tenant},
    chat::users,
    error::{Error, Result},
    hub::{Address, event::Event},
    ids::{AppId, ChannelId, UserId},
    node::Node,
};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::PgPool;
use std::time::{Duration, Instant};

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

    /// The channel and its app.
    pub fn address(&self) -> Address {
        (self.caller.app, self.channel)
    }

    /// That they may look into the channel.
    pub fn insider(&self) -> Insider {
        Insider {
            app: self.caller.app,
            channel: self.channel,
        }
    }
}

/// Proof that a caller may look into a channel: as its member, or as the backend of its app. Of who is in
/// it, it says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Insider {
    app: AppId,
    channel: ChannelId,
}

impl Insider {
    /// The channel's app.
    pub fn app(&self) -> AppId {
        self.app
    }

    /// The channel.
    pub fn channel(&self) -> ChannelId {
        self.channel
    }
}

/// An app's backend looks into any channel of the app.
pub async fn oversee(node: &Node, tenant: &Tenant, channel: ChannelId) -> Result<Insider> {
    let is_there = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM channels WHERE app_id = $1 AND id = $2) AS "is_there!""#,
        tenant.app.0,
        channel.0,
    )
    .fetch_one(&node.database)
    .await?;
    match is_there {
        true => Ok(Insider {
            app: tenant.app,
            channel,
        }),
        false => Err(Error::NotFound("Channel not found")),
    }
}

/// A member who wants to send. Proof enough for the log, which looks for itself, and for nothing else.
pub struct Sender(pub(super) Member);

/// Proves membership. A channel of another app, one that does not exist and one that the caller is
/// not in are the same answer.
pub async fn require(node: &Node, caller: &Caller, channel: ChannelId) -> Result<Member> {
    look_up(node, caller, channel, FRESH).await
}

/// The same for a send, which is refused all the same if the membership has ended since it was read.
pub async fn require_sender(node: &Node, caller: &Caller, channel: ChannelId) -> Result<Sender> {
    let member = look_up(node, caller, channel, PRESUMED).await?;
    Ok(Sender(member))
}

async fn look_up(
    node: &Node,
    caller: &Caller,
    channel: ChannelId,
    oldest: Duration,
) -> Result<Member> {
    let key = (caller.app, channel, caller.user);
    let memberships = &node.chat.memberships;
    let known = memberships.known.get(&key).await;
    if known.is_none_or(|read| read.elapsed() >= oldest) {
        let (removals, read) = (memberships.removals(), Instant::now());
        let look = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                   SELECT FROM members WHERE app_id = $1 AND channel_id = $2 AND user_id = $3
               ) AS "is_member!""#,
            caller.app.0,
            channel.0,
            caller.user.0,
        )
        .fetch_one(&node.database);
        // Boxed, as it is rare: it would be most of what every send carries.
        let is_member = Box::pin(look).await?;
        if !is_member {
            // Not remembered: someone who is added next must not wait.
            memberships.forget(key).await;
            return Err(Error::Forbidden("Not a member of this channel"));
        }
        Box::pin(memberships.remember(key, read, removals)).await;
    }
    Ok(Member {
        caller: caller.clone(),
        channel,
    })
}

/// One user's channel, and how far its log has come.
pub(super) struct Belonging {
    pub app: AppId,
    pub user: UserId,
    pub external_id: String,
    pub channel: ChannelId,
    pub head: i64,
}

/// The channels of several users, of any app.
pub(super) async fn channels_of_all(
    database: &PgPool,
    users: &[(AppId, UserId)],
) -> Result<Vec<Belonging>> {
    let (apps, ids): (Vec<_>, Vec<_>) = users.iter().map(|(app, user)| (app.0, user.0)).unzip();
    let belongings = sqlx::query_as!(
        Belonging,
        r#"SELECT members.app_id AS "app: AppId", user_id AS "user!: UserId", external_id,
                  channel_id AS "channel: ChannelId", last_seq AS head
           FROM unnest($1::uuid[], $2::uuid[]) AS wanted (app_id, user_id)
           JOIN members USING (app_id, user_id)
           JOIN channels ON channels.app_id = members.app_id AND channels.id = members.channel_id
           JOIN users ON users.app_id = members.app_id AND users.id = members.user_id"#,
        &apps,
        &ids,
    )
    .fetch_all(database)
    .await?;
    Ok(belongings)
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

/// Whoever may look into a channel adds a user of the app, named by either id.
pub async fn add(node: &Node, insider: &Insider, user: &str) -> Result<()> {
    let user = users::show(node, insider.app, user).await?;
    let Insider { app, channel } = *insider;
    enter(node, app, channel, user.id, &user.external_id).await
}

async fn enter(
    node: &Node,
    app: AppId,
    channel: ChannelId,
    user: UserId,
    external_id: &str,
) -> Result<()> {
    let turn = node.chat.memberships.turn(channel, user).await;
    let mut transaction = node.database.begin().await?;
    // The channel's row first, as everywhere, so that two writers never wait for each other. Who comes
    // into a channel that all have left owns it.
    let entered = sqlx::query!(
        r#"WITH channel AS (
             SELECT app_id, id, member_count, last_seq FROM channels WHERE app_id = $1 AND id = $2 FOR NO KEY UPDATE
         ), inserted AS (
             INSERT INTO members (app_id, channel_id, user_id, role)
             SELECT app_id, id, $3, CASE member_count WHEN 0 THEN 'owner' ELSE 'member' END FROM channel
             ON CONFLICT DO NOTHING RETURNING user_id
         )
         SELECT last_seq, EXISTS (SELECT FROM inserted) AS "is_new!" FROM channel"#,
        app.0,
        channel.0,
        user.0,
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(Error::NotFound("Channel not found"))?;
    if entered.is_new {
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
    let address = (app, channel);
    node.hub.join(address, user, entered.last_seq);
    drop(turn);
    if entered.is_new {
        let event = Joined {
            channel,
            user,
            external_id,
        };
        let event = Event::lasting("member.joined", &event);
        node.hub.publish(address, entered.last_seq, event);
    }
    Ok(())
}

/// Someone came into a channel.
#[derive(Serialize, JsonSchema)]
pub struct Joined<'a> {
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
