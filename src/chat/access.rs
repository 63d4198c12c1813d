//! Who may come in: what the database said, a moment ago, of an app, and of a user and their token.
//!
//! It is kept for three seconds, which bounds how long something revoked still works on a node that was not
//! told. Each is kept under how often it had changed when it was begun to be read: what is read while it
//! changes is never found again. What revokes is in [`revocations`](super::revocations).

use crate::{
    auth::{Caller, Profile, token::Verified},
    chat::{
        apps::{self, Settings},
        changes::Changes,
    },
    error::{Error, Result},
    hub::frame::Whom,
    ids::{AppId, UserId},
    node::Node,
};
use moka::future::Cache;
use sqlx::PgPool;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How long anything is kept.
const KEPT: Duration = Duration::from_secs(3);

/// One answer for all tokens that let nobody in.
pub(super) const REFUSED: Error = Error::Forbidden("Invalid token");
/// To whoever proved to be of an app that an operator has suspended.
pub(super) const SUSPENDED: Error = Error::Forbidden("This app is suspended");
/// To a user, or in a user's name, whom their tenant has sent away.
pub(super) const DEACTIVATED: Error = Error::Forbidden("This user is deactivated");

/// What is kept, so that whoever is busy is read once in a few seconds and not at each call.
pub struct Access {
    settings: Cache<(AppId, u64), Option<Arc<Settings>>>,
    admissions: Cache<(Entrant, u64, u64), Option<Arc<Admission>>>,
    changes: Changes,
}

/// A user with one of their tokens.
pub(super) type Entrant = (AppId, UserId, Uuid);

/// Whose token it is, and which.
pub(super) fn entrant(token: &Verified) -> Entrant {
    (token.claims.aud, token.claims.sub, token.claims.jti)
}

/// What the database says of a user with a token.
pub(super) struct Admission {
    pub profile: Arc<Profile>,
    /// The generation of their tokens; all others are refused.
    pub token_generation: i32,
    pub is_deactivated: bool,
    /// Whether this one token was revoked.
    pub is_revoked: bool,
}

impl Admission {
    /// Lets a token pass, as far as its user is concerned.
    pub fn accepts(&self, token: &Verified) -> Result<()> {
        match self.is_deactivated {
            true => Err(DEACTIVATED),
            false if self.is_revoked || self.token_generation != token.claims.generation => {
                Err(REFUSED)
            }
            false => Ok(()),
        }
    }

    /// The caller that a verified token makes of its user, unless something speaks against it.
    pub fn caller(&self, settings: &Settings, token: &Verified) -> Result<Caller> {
        settings.accepts(token)?;
        self.accepts(token)?;
        Ok(Caller {
            app: token.claims.aud,
            user: token.claims.sub,
            profile: self.profile.clone(),
            expires_at: token.expires_at(),
        })
    }
}

impl Default for Access {
    fn default() -> Self {
        Self {
            settings: Cache::builder()
                .max_capacity(10_000)
                .time_to_live(KEPT)
                .build(),
            admissions: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(KEPT)
                .build(),
            changes: Changes::default(),
        }
    }
}

impl Access {
    /// Forgets what is kept of an app, a user or a token.
    pub(super) fn forget(&self, app: AppId, whom: Whom) {
        match whom {
            Whom::Everybody => self.changes.changed(app),
            Whom::User(user) => self.changes.changed((app, user)),
            Whom::Token(jti) => self.changes.changed(jti),
        };
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        self.changes.all_changed();
        self.settings.invalidate_all();
        self.admissions.invalidate_all();
    }

    /// What an operator set for an app.
    pub(super) async fn settings(&self, database: &PgPool, app: AppId) -> Result<Arc<Settings>> {
        let key = (app, self.changes.so_far(app));
        if let Some(known) = self.settings.get(&key).await {
            return known.ok_or(REFUSED);
        }
        let read = async { Ok(apps::read_settings(database, app).await?.map(Arc::new)) };
        // Boxed, as it is rare: it would be most of what every event carries.
        let settings = Box::pin(self.settings.try_get_with(key, read)).await;
        settings
            .map_err(|error: Arc<Error>| error.again())?
            .ok_or(REFUSED)
    }
}

/// Lets in the user of a verified token, at a page of this origin if it is one: they exist, and nothing
/// speaks against it.
pub async fn admit(node: &Node, token: &Verified, origin: Option<&str>) -> Result<Caller> {
    let entrant = entrant(token);
    let (app, user, jti) = entrant;
    let settings = apps::settings(node, app).await?;
    settings.admits(origin)?;
    let access = &node.chat.access;
    let changes = &access.changes;
    let key = (entrant, changes.so_far((app, user)), changes.so_far(jti));
    let read = async {
        let mut found = read(&node.database, &[entrant]).await?;
        Ok(found.pop().flatten().map(Arc::new))
    };
    let admission = access.admissions.try_get_with(key, read).await;
    let admission = admission.map_err(|error: Arc<Error>| error.again())?;
    admission.ok_or(REFUSED)?.caller(&settings, token)
}

/// What the database says of several, each in its place; nothing of those who do not exist.
pub(super) async fn read(
    database: &PgPool,
    entrants: &[Entrant],
) -> Result<Vec<Option<Admission>>> {
    let apps: Vec<_> = entrants.iter().map(|(app, ..)| app.0).collect();
    let users: Vec<_> = entrants.iter().map(|(_, user, _)| user.0).collect();
    let tokens: Vec<_> = entrants.iter().map(|(.., jti)| *jti).collect();
    let rows = sqlx::query!(
        r#"SELECT place AS "place!", external_id, display_name, avatar_url, token_generation,
                  deactivated_at IS NOT NULL AS "is_deactivated!",
                  EXISTS (SELECT FROM revocations AS revoked
                          WHERE revoked.app_id = entrant.app_id AND revoked.jti = entrant.jti) AS "is_revoked!"
           FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS entrant (app_id, user_id, jti, place)
           JOIN users ON users.app_id = entrant.app_id AND users.id = entrant.user_id
           WHERE erased_at IS NULL"#,
        &apps,
        &users,
        &tokens,
    )
    .fetch_all(database)
    .await?;
    let mut found: Vec<Option<Admission>> = entrants.iter().map(|_| None).collect();
    for row in rows {
        let profile = Profile {
            external_id: row.external_id,
            display_name: row.display_name,
            avatar_url: row.avatar_url,
        };
        found[row.place as usize - 1] = Some(Admission {
            profile: Arc::new(profile),
            token_generation: row.token_generation,
            is_deactivated: row.is_deactivated,
            is_revoked: row.is_revoked,
        });
    }
    Ok(found)
}
