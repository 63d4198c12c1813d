//! Channels: made, listed, discovered, looked at.

use crate::{
    auth::Caller,
    chat::{
        apps,
        members::{self, Insider, Member},
        text, users,
    },
    error::{Error, Result},
    ids::{AppId, ChannelId, UserId},
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, value::RawValue};
use sqlx::types::Json;
use std::collections::HashSet;

/// Members that may be named when a channel is made.
const FIRST_MEMBERS: usize = 100;
/// Channels that one page of a list holds at most.
const PAGE: i64 = 1_000;
/// Words for the kind of a channel.
const TYPE_CHARACTERS: usize = 64;

/// A channel that is asked for.
#[derive(Deserialize, JsonSchema)]
pub struct Wanted {
    /// Its name.
    #[schemars(length(min = 1, max = 100), regex(pattern = text::NOT_BLANK))]
    pub name: String,
    /// Its kind; `messaging` when absent. `private` and `direct` channels cannot be discovered or
    /// joined: their members add others.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 64), regex(pattern = text::NOT_BLANK))]
    pub kind: Option<String>,
    /// What it is about.
    #[schemars(length(max = 1000), regex(pattern = text::NO_NUL))]
    pub description: Option<String>,
    /// The tenant's own facts, an object.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub metadata: Option<Value>,
    /// First members beside the caller, each a user id or a tenant's own id.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub members: Option<Vec<String>>,
}

/// A channel.
#[derive(Serialize, JsonSchema)]
pub struct Channel {
    /// The channel.
    pub id: ChannelId,
    /// Its app.
    pub app_id: AppId,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// The tenant's own facts.
    #[schemars(with = "Map<String, Value>")]
    pub metadata: Json<Box<RawValue>>,
    /// Who made it.
    pub created_by: UserId,
    /// How many belong to it; on the wire a string, as documented.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub member_count: i64,
    /// How many messages can be read; on the wire a string, as documented.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub message_count: i64,
    /// The newest message's `seq`, 0 before the first.
    pub last_seq: i64,
    /// When it was made.
    #[serde(serialize_with = "text::timestamp")]
    pub created_at: DateTime<Utc>,
    /// Newest activity.
    #[serde(serialize_with = "text::timestamp")]
    pub updated_at: DateTime<Utc>,
}

/// A channel with its members.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChannelWithMembers")]
pub struct Detailed {
    /// The channel.
    #[serde(flatten)]
    pub channel: Channel,
    /// The first thousand, in the order they came; all are in the list of members.
    #[schemars(length(max = 1000))]
    pub members: Vec<members::Listed>,
}

fn as_text<S: Serializer>(count: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(count)
}

/// Makes a channel. The caller owns it; their live sockets and those of the first members hear of
/// it at once.
pub async fn create(node: &Node, caller: &Caller, wanted: Wanted) -> Result<Channel> {
    let name = text::required("name", &wanted.name, text::NAME_CHARACTERS)?;
    let kind = text::required(
        "type",
        wanted.kind.as_deref().unwrap_or("messaging"),
        TYPE_CHARACTERS,
    )?;
    let description = text::optional(
        "description",
        wanted.description.as_deref(),
        text::DESCRIPTION_CHARACTERS,
    )?;
    let sizes = apps::sizes(node, caller.app).await?;
    let metadata = text::metadata(wanted.metadata, &sizes)?;
    let others = first_members(node, caller, wanted.members.unwrap_or_default()).await?;

    let id = ChannelId::new();
    let mut transaction = node.database.begin().await?;
    let channel = sqlx::query_as!(
        Channel,
        r#"INSERT INTO channels (app_id, id, type, name, description, metadata, created_by, member_count)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           RETURNING id AS "id: ChannelId", app_id AS "app_id: AppId", type AS kind, name, description,
                     metadata AS "metadata: Json<Box<RawValue>>",
                     created_by AS "created_by: UserId", member_count, message_count, last_seq, created_at, updated_at"#,
        caller.app.0,
        id.0,
        kind,
        name,
        description,
        Json(metadata) as _,
        caller.user.0,
        1 + others.len() as i64,
    )
    .fetch_one(&mut *transaction)
    .await?;
    members::insert_first(&mut transaction, (caller.app, id), caller.user, &others).await?;
    // Before anybody can leave it again. In a channel that never comes to be, nothing is said.
    let members: Vec<UserId> = [caller.user].into_iter().chain(others).collect();
    for &user in &members {
        node.hub.let_in((caller.app, id), user, 0);
    }
    transaction.commit().await?;
    // Not before: other nodes look into the database whether it is so.
    for user in members {
        node.hub.came_to_be((caller.app, id), user);
    }
    Ok(channel)
}

async fn first_members(node: &Node, caller: &Caller, words: Vec<String>) -> Result<Vec<UserId>> {
    if words.len() > FIRST_MEMBERS {
        return Err(Error::invalid(format!(
            "members: {FIRST_MEMBERS} at most, add the others later"
        )));
    }
    if words.is_empty() {
        return Ok(vec![]);
    }
    let found = users::find_all(node, caller.app, &words).await?;
    let names: HashSet<&str> = found
        .iter()
        .map(|(_, external_id)| external_id.as_str())
        .collect();
    let ids: HashSet<String> = found.iter().map(|(id, _)| id.to_string()).collect();
    let is_known =
        |word: &String| names.contains(word.as_str()) || ids.contains(&word.to_ascii_lowercase());
    if !words.iter().all(is_known) {
        return Err(users::NOT_FOUND);
    }
    Ok(found
        .into_iter()
        .map(|(id, _)| id)
        .filter(|id| *id != caller.user)
        .collect())
}

/// Channels; what stands behind `FROM` differs.
macro_rules! select_channels {
    ($from:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Channel,
            r#"SELECT id AS "id: ChannelId", channels.app_id AS "app_id: AppId", type AS kind, name, description,
                      metadata AS "metadata: Json<Box<RawValue>>", created_by AS "created_by: UserId",
                      member_count, message_count, last_seq, created_at, updated_at FROM "#
                + $from,
            $($argument),*
        )
    };
}

/// The caller's channels, newest activity first.
pub async fn list(node: &Node, caller: &Caller) -> Result<Vec<Channel>> {
    let channels = select_channels!(
        "members JOIN channels ON channels.app_id = members.app_id AND channels.id = members.channel_id
         WHERE members.app_id = $1 AND user_id = $2 ORDER BY updated_at DESC, id DESC LIMIT $3",
        caller.app.0,
        caller.user.0,
        PAGE,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(channels)
}

/// The app's open channels, newest first.
pub async fn discover(node: &Node, caller: &Caller) -> Result<Vec<Channel>> {
    let channels = select_channels!(
        "channels WHERE app_id = $1 AND type NOT IN ('private', 'direct')
         ORDER BY created_at DESC, id DESC LIMIT $2",
        caller.app.0,
        PAGE,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(channels)
}

/// A channel with its members.
pub async fn details(node: &Node, insider: &Insider) -> Result<Detailed> {
    let channel = select_channels!(
        "channels WHERE app_id = $1 AND id = $2",
        insider.app().0,
        insider.channel().0,
    )
    .fetch_optional(&node.database)
    .await?
    .ok_or(Error::NotFound("Channel not found"))?;
    Ok(Detailed {
        channel,
        members: members::first(node, insider).await?,
    })
}

/// The type of a member's channel.
pub(super) async fn type_of(node: &Node, member: &Member) -> Result<String> {
    let kind = sqlx::query_scalar!(
        "SELECT type FROM channels WHERE app_id = $1 AND id = $2",
        member.app().0,
        member.channel().0,
    )
    .fetch_one(&node.database)
    .await?;
    Ok(kind)
}
