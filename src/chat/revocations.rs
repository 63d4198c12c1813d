//! What lets somebody in no more, and what it means for those who are in.
//!
//! A change of access is noted with the change itself and then acted on, by `seal`: every node
//! forgets what it keeps, looks at its seats in the database again and sends away those whose tokens are
//! refused. News only says where to look, so it may be doubled, late or about nothing. And it may be
//! lost: each node reads the notes every two seconds ([`watch`]), so that nobody stays for longer.

use crate::{
    auth::{Actor, Tenant, token},
    chat::{
        access::{self, Admission},
        apps::{self, Settings},
        audit::{self, Deed},
        users,
    },
    deadline,
    error::{Error, Result},
    hub::{
        frame::{Change, Whom},
        seat::Seat,
    },
    ids::{AppId, UserId},
    limits::{Kind, Owner},
    node::Node,
};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// How often a node reads what was noted.
const READ_EVERY: Duration = Duration::from_secs(2);
/// How long a note may take from its time to its commit, in seconds.
const SLOWEST_COMMIT: f64 = 60.0;

/// Refuses all tokens of an app that were issued so far. Its secrets stay good.
pub async fn app(node: &Node, actor: &Actor, app: AppId) -> Result<()> {
    let mut transaction = node.database.begin().await?;
    let revoked = sqlx::query!(
        "UPDATE apps SET token_generation = token_generation + 1 WHERE id = $1 AND deleted_at IS NULL",
        app.0,
    )
    .execute(&mut *transaction)
    .await?;
    if revoked.rows_affected() == 0 {
        return Err(Error::NotFound("App not found"));
    }
    let deed = Deed::of(app, "app.tokens_revoked");
    seal(node, transaction, actor, deed, Whom::Everybody).await
}

/// Refuses all tokens of a user that were issued so far.
pub async fn user(node: &Node, tenant: &Tenant, actor: &Actor, word: &str) -> Result<()> {
    let user = users::show(node, tenant.app, word).await?.id;
    let mut transaction = begin(node, tenant.app).await?;
    let revoked = sqlx::query!(
        "UPDATE users SET token_generation = token_generation + 1
         WHERE app_id = $1 AND id = $2 AND erased_at IS NULL",
        tenant.app.0,
        user.0,
    )
    .execute(&mut *transaction)
    .await?;
    if revoked.rows_affected() == 0 {
        return Err(users::NOT_FOUND);
    }
    let deed = Deed::on(tenant.app, "user.tokens_revoked", user);
    seal(node, transaction, actor, deed, Whom::User(user)).await
}

/// Refuses one token, by its id (`jti`). One that is nobody's is noted all the same: who issued it and
/// lost it need not know more.
pub async fn token(node: &Node, tenant: &Tenant, actor: &Actor, jti: Uuid) -> Result<()> {
    let transaction = begin(node, tenant.app).await?;
    let deed = Deed::on(tenant.app, "token.revoked", jti);
    seal(node, transaction, actor, deed, Whom::Token(jti)).await
}

/// The id of a token of the tenant's, which may be revoked already.
pub fn jti_of(node: &Node, tenant: &Tenant, token: &str) -> Result<Uuid> {
    token::verify(&node.keys, token)
        .filter(|verified| verified.claims.aud == tenant.app)
        .map(|verified| verified.claims.jti)
        .ok_or(Error::invalid(
            "token: not a token of this app, or it has ended by itself",
        ))
}

/// Begins a transaction in which an app changes somebody's access. How many it may is limited, as every node
/// reads of each.
pub(super) async fn begin(node: &Node, app: AppId) -> Result<Transaction<'static, Postgres>> {
    let rates = node.live().rate_limits;
    if rates.enabled {
        let (owner, most) = (Owner::App(app), rates.app_revocations);
        node.limits.take(owner, Kind::Revocation, most)?;
    }
    Ok(node.database.begin().await?)
}

/// Ends a transaction that changes somebody's access: with a deed for the audit, a note for every node, and
/// what it means for those who are in.
pub(super) async fn seal(
    node: &Node,
    mut transaction: Transaction<'_, Postgres>,
    actor: &Actor,
    deed: Deed,
    whom: Whom,
) -> Result<()> {
    let app = deed.app;
    audit::note(&mut transaction, actor, deed).await?;
    note(&mut transaction, app, whom).await?;
    transaction.commit().await?;
    act(node, app, whom).await;
    Ok(())
}

async fn note(transaction: &mut PgConnection, app: AppId, whom: Whom) -> Result<()> {
    let (user, jti) = match whom {
        Whom::Everybody => (None, None),
        Whom::User(user) => (Some(user.0), None),
        Whom::Token(jti) => (None, Some(jti)),
    };
    sqlx::query!(
        "INSERT INTO revocations (app_id, id, user_id, jti) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        app.0,
        Uuid::now_v7(),
        user,
        jti,
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Acts on what was noted, after the commit: on this node before it returns, on the others soon.
async fn act(node: &Node, app: AppId, whom: Whom) {
    node.hub.bus.changed(Change::Access(app, whom));
    if let Err(error) = act_here(node, app, whom).await {
        // `watch` does it, as soon as the database can be read.
        error.log("revocations");
    }
}

/// The same when another node told of it, which nobody waits for.
pub(super) fn heard(node: &Node, app: AppId, whom: Whom) {
    node.chat.access.forget(app, whom);
    let node = node.clone();
    tokio::spawn(async move {
        if let Err(error) = act_here(&node, app, whom).await {
            error.log("revocations");
        }
    });
}

/// Forgets what is kept, and sends away the seats here that may not be any more.
async fn act_here(node: &Node, app: AppId, whom: Whom) -> Result<()> {
    // First: who comes from now on is looked up anew.
    node.chat.access.forget(app, whom);
    let seats = match whom {
        Whom::User(user) => node.hub.seats.of_user((app, user)),
        Whom::Token(jti) => node.hub.seats.of_token(app, jti),
        Whom::Everybody => node.hub.seats.of_app(app),
    };
    let seats = seats.into_iter().filter_map(|seat| {
        let verified = seat.socket().extensions.get::<token::Verified>()?;
        Some((seat, verified))
    });
    let seats: Vec<_> = seats.collect();
    if seats.is_empty() {
        return Ok(());
    }
    let patience = node.current.patience();
    match whom {
        Whom::Everybody => deadline::within(patience, look_at_app(node, app, &seats)).await,
        Whom::User(_) | Whom::Token(_) => deadline::within(patience, look(node, &seats)).await,
    }
}

type Seated = (Arc<Seat>, token::Verified);

/// What was noted of an app is in its settings: its users need not be read, who may be very many.
async fn look_at_app(node: &Node, app: AppId, seats: &[Seated]) -> Result<()> {
    let settings = apps::read_settings(&node.database, app).await?;
    for (seat, token) in seats {
        let may_stay = |settings: &Settings| {
            settings.admits(seat.origin()).is_ok() && settings.accepts(token).is_ok()
        };
        if !settings.as_ref().is_some_and(may_stay) {
            seat.dismiss();
        }
    }
    Ok(())
}

async fn look(node: &Node, seats: &[Seated]) -> Result<()> {
    let entrants = seats.iter().map(|(_, token)| access::entrant(token));
    let admissions = access::read(&node.database, &entrants.collect::<Vec<_>>()).await?;
    for ((seat, token), admission) in seats.iter().zip(admissions) {
        let may_stay = |admission: Admission| admission.accepts(token).is_ok();
        if !admission.is_some_and(may_stay) {
            seat.dismiss();
        }
    }
    Ok(())
}

/// A note, as it is read.
struct Note {
    now: DateTime<Utc>,
    app: Option<AppId>,
    id: Option<Uuid>,
    user: Option<UserId>,
    jti: Option<Uuid>,
}

/// Acts on all notes, whether or not this node was told of them, until the database is closed.
pub fn watch(node: &Node) {
    let node = node.clone();
    tokio::spawn(async move {
        let mut every = interval(READ_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut since, mut done) = (None, HashSet::new());
        while !node.database.is_closed() {
            every.tick().await;
            let patience = node.current.patience();
            match deadline::within(patience, read(&node, since)).await {
                Ok(notes) => act_on(&node, notes, &mut since, &mut done).await,
                Err(error) => error.log("revocations"),
            }
        }
    });
}

async fn act_on(
    node: &Node,
    notes: Vec<Note>,
    since: &mut Option<DateTime<Utc>>,
    done: &mut HashSet<Uuid>,
) {
    let mut failed = false;
    let mut seen = HashSet::new();
    let now = notes.first().map(|note| note.now);
    for note in notes {
        let (Some(app), Some(id)) = (note.app, note.id) else {
            continue;
        };
        let whom = match (note.user, note.jti) {
            (Some(user), _) => Whom::User(user),
            (None, Some(jti)) => Whom::Token(jti),
            (None, None) => Whom::Everybody,
        };
        match done.contains(&id) {
            true => drop(seen.insert(id)),
            false => match act_here(node, app, whom).await {
                Ok(()) => drop(seen.insert(id)),
                Err(error) => {
                    error.log("revocations");
                    failed = true;
                }
            },
        }
    }
    *done = seen;
    // What failed is read again.
    if !failed {
        *since = now;
    }
}

/// Those since a time, by PostgreSQL's clock, with what may have been under way then; at first, those of
/// this moment. Always one row at least, for the time.
async fn read(node: &Node, since: Option<DateTime<Utc>>) -> Result<Vec<Note>> {
    let notes = sqlx::query_as!(
        Note,
        r#"SELECT now() AS "now!", app_id AS "app?: AppId", id AS "id?", user_id AS "user?: UserId", jti AS "jti?"
           FROM (VALUES (1)) AS always LEFT JOIN revocations
             ON revoked_at > COALESCE($1, now()) - $2 * interval '1 second'"#,
        since,
        SLOWEST_COMMIT,
    )
    .fetch_all(&node.database)
    .await?;
    Ok(notes)
}

/// Removes up to `most` notes of which every token has ended by now, and says how many.
pub(super) async fn expire(database: &PgPool, most: i64) -> Result<u64> {
    let expired = sqlx::query!(
        "DELETE FROM revocations WHERE (app_id, id) IN (
             SELECT app_id, id FROM revocations WHERE expires_at < now() LIMIT $1
         )",
        most,
    )
    .execute(database)
    .await?;
    Ok(expired.rows_affected())
}
