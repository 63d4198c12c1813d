//! Who belongs to a channel, and the proof of it. Coming is here, going in `members/leaving.rs`.
//!
//! A [`Member`] can only be made by [`require`]. A verb that needs membership takes `&Member`, so
//! forgetting the check does not compile. A send takes a [`Sender`].

mod leaving;

pub use leaving::{exit, leave, remove};

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
use std::{
    hash::BuildHasher,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, MutexGuard};

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

/// A member who wants to send. Proof enough for the log, which looks for itself, and for nothing else.
pub struct Sender(pub(super) Member);

/// Memberships read a while ago. One that is ended on this node is forgotten at once.
pub struct Memberships {
    known: Cache<Membership, Instant>,
    /// How many were ended. One that was read before one was ended is not remembered after it.
    removals: AtomicU64,
    /// Whoever comes or goes, and the same one's seats with them, takes turns.
    turns: Vec<Mutex<()>>,
    hasher: foldhash::fast::FixedState,
}

/// How old a membership may be that proves something: short enough that a removed member is out in time
/// on every node, and long enough that a busy one is not looked up at each call.
const FRESH: Duration = Duration::from_secs(1);
/// How old it may be for a send. A server that has more to do than it can must not look up each sender
/// each second, and in vain.
const PRESUMED: Duration = Duration::from_secs(60);

type Membership = (AppId, ChannelId, UserId);

/// Comings and goings share this many turns.
const TURNS: usize = 256;

impl Default for Memberships {
    fn default() -> Self {
        let known = Cache::builder()
            .max_capacity(200_000)
            .time_to_live(PRESUMED)
            .build();
        Self {
            known,
            removals: AtomicU64::new(0),
            turns: (0..TURNS).map(|_| Mutex::default()).collect(),
            hasher: foldhash::fast::FixedState::default(),
        }
    }
}

impl Memberships {
    /// Lets one coming or going of a user happen at a time, so that their seats are told in the order
    /// in which the database was.
    async fn turn(&self, channel: ChannelId, user: UserId) -> MutexGuard<'_, ()> {
        let place = self.hasher.hash_one((channel, user)) as usize % TURNS;
        self.turns[place].lock().await
    }

    /// Memberships read from now on may be remembered; those that were being read may not.
    fn count_removal(&self) {
        self.removals.fetch_add(1, Ordering::AcqRel);
    }

    fn removals(&self) -> u64 {
        self.removals.load(Ordering::Acquire)
    }

    /// Remembers one that was read when so many had been ended.
    async fn remember(&self, membership: Membership, read: Instant, removals: u64) {
        self.known.insert(membership, read).await;
        // Looked at behind the insert: a removal that is not counted yet will find it.
        if self.removals() != removals {
            self.forget(membership).await;
        }
    }

    async fn forget(&self, membership: Membership) {
        self.known.invalidate(&membership).await;
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
            memberships.forget(key).await;
            return Err(Error::Forbidden("Not a member of this channel"));
        }
        memberships.remember(key, read, removals).await;
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
    let found = find_user(node, member.app(), user).await?;
    let (id, external_id) = found.ok_or(Error::NotFound("User not found"))?;
    enter(node, member.app(), member.channel, id, &external_id).await
}

/// The user that a word names. One whose id it is comes before one whom the tenant calls so.
async fn find_user(node: &Node, app: AppId, word: &str) -> Result<Option<(UserId, String)>> {
    let mut found = find_users(node, app, &[word.to_owned()]).await?;
    let by_id = |(id, _): &(UserId, String)| word.parse() == Ok(id.0);
    let place = found.iter().position(by_id).unwrap_or(0);
    Ok((place < found.len()).then(|| found.swap_remove(place)))
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
    let turn = node.chat.memberships.turn(channel, user).await;
    let mut transaction = node.database.begin().await?;
    // The channel's row first, as everywhere, so that two writers never wait for each other. Who comes
    // into a channel that all have left owns it.
    let inserted = sqlx::query!(
        "WITH channel AS (
             SELECT app_id, id, member_count FROM channels WHERE app_id = $1 AND id = $2 FOR NO KEY UPDATE
         )
         INSERT INTO members (app_id, channel_id, user_id, role)
         SELECT app_id, id, $3, CASE member_count WHEN 0 THEN 'owner' ELSE 'member' END FROM channel
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
    drop(turn);
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
