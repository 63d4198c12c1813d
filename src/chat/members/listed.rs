//! Members as they are shown: with their profiles, and whether they are online.

use crate::{
    chat::{members::Insider, presence, text},
    error::Result,
    ids::{AppId, UserId},
    node::Node,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

/// Members that are shown with their channel: no answer is as long as a channel is large.
const FIRST: i64 = 1_000;

/// A member of a channel, as its details list them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Member")]
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

/// Members; what stands behind `WHERE` differs. Whether they are online is not the database's to say.
macro_rules! select_members {
    ($where:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Listed,
            r#"SELECT users.id AS "id: UserId", external_id, display_name, avatar_url, false AS "is_online!", role, joined_at
               FROM members JOIN users ON users.app_id = members.app_id AND users.id = members.user_id
               WHERE "# + $where,
            $($argument),*
        )
    };
}

/// The first members of a channel, in the order they came.
pub async fn first(node: &Node, insider: &Insider) -> Result<Vec<Listed>> {
    let members = select_members!(
        "members.app_id = $1 AND channel_id = $2 ORDER BY joined_at, users.id LIMIT $3",
        insider.app.0,
        insider.channel.0,
        FIRST,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(with_presence(node, insider.app, members))
}

/// A page of a channel's members by their ids: those after the one of this id.
pub async fn list(
    node: &Node,
    insider: &Insider,
    limit: i64,
    after: Option<UserId>,
) -> Result<Vec<Listed>> {
    let members = select_members!(
        "members.app_id = $1 AND channel_id = $2 AND user_id > $3 ORDER BY user_id LIMIT $4",
        insider.app.0,
        insider.channel.0,
        after.map_or(uuid::Uuid::nil(), |after| after.0),
        limit,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(with_presence(node, insider.app, members))
}

fn with_presence(node: &Node, app: AppId, mut members: Vec<Listed>) -> Vec<Listed> {
    for member in &mut members {
        member.is_online = presence::is_online(node, app, member.id);
    }
    members
}
