//! Sockets that connect: who their users are and which channels they are in, asked for many at once.
//!
//! When a node or a network comes back, so does everybody. Those who come while the database is being
//! asked share the next question, so that a crowd costs few statements and one alone waits for nobody.

use crate::{
    auth::{Caller, Profile, token::Verified},
    chat::{
        access::{self, Admission, Entrant, REFUSED},
        apps::{self, Settings},
    },
    config::Current,
    deadline,
    error::{Error, Result},
    ids::{AppId, ChannelId},
    node::Node,
};
use sqlx::PgPool;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::{
    Semaphore,
    mpsc::{self, UnboundedReceiver, UnboundedSender},
    oneshot,
};

/// Newcomers in one statement at most.
const CROWD: usize = 1_024;
/// Statements at a time: a second one, so that one that hangs does not hold up everybody.
const STATEMENTS: usize = 2;
/// Apps of one crowd that may be slow by themselves: if more are, it is the database.
const SLOW_APPS: usize = 2;

/// Where those who connect wait. Each holds a connection, which are bounded; so is this queue.
pub struct Newcomers(UnboundedSender<Newcomer>);

struct Newcomer {
    entrant: Entrant,
    answer: oneshot::Sender<Result<Option<Known>>>,
}

/// What is known of a user who exists.
struct Known {
    admission: Admission,
    /// With how far the log of each has come.
    channels: HashMap<ChannelId, i64>,
}

impl Newcomers {
    /// Starts to ask for those who come.
    pub fn start(database: &PgPool, current: &Current) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        tokio::spawn(run(database.clone(), waiting, current.clone()));
        Self(queue)
    }
}

/// Lets in the user of a verified token, as [`access::admit`] does, and gives all their channels, and how
/// far the log of each has come.
pub async fn admit(
    node: &Node,
    token: &Verified,
    origin: Option<&str>,
) -> Result<(Caller, HashMap<ChannelId, i64>)> {
    let settings = apps::settings(node, token.claims.aud).await?;
    settings.admits(origin)?;
    is_one_too_many(node, token, &settings)?;
    let (answer, known) = oneshot::channel();
    let newcomer = Newcomer {
        entrant: access::entrant(token),
        answer,
    };
    // Nobody there to answer: the process ends.
    let _ = node.chat.newcomers.0.send(newcomer);
    let known = known.await.unwrap_or_else(|_| Err(Error::unavailable()))?;
    let Known {
        admission,
        channels,
    } = known.ok_or(REFUSED)?;
    let caller = admission.caller(&settings, token)?;
    let rates = settings.limits.rates(node.live().rate_limits);
    let who = (caller.app, Some(caller.user));
    node.limits.admit(&rates, who, false)?;
    Ok((caller, channels))
}

/// Counts sockets, this one among them already: two that come at once are not both the last.
fn is_one_too_many(node: &Node, token: &Verified, settings: &Settings) -> Result<()> {
    let rates = settings.limits.rates(node.live().rate_limits);
    if !rates.enabled {
        return Ok(());
    }
    let (app, user) = (token.claims.aud, token.claims.sub);
    let are_too_many = |count: usize, most: u32| most > 0 && count > most as usize;
    if are_too_many(node.hub.seats.count_of_app(app), rates.app_sockets) {
        return Err(Error::Forbidden("Too many connections of this app"));
    }
    if are_too_many(
        node.hub.seats.count_of_user((app, user)),
        rates.user_sockets,
    ) {
        return Err(Error::Forbidden("Too many connections of this user"));
    }
    Ok(())
}

async fn run(database: PgPool, mut waiting: UnboundedReceiver<Newcomer>, current: Current) {
    let statements = Arc::new(Semaphore::new(STATEMENTS));
    loop {
        // First the turn, then those who came while it was waited for.
        let turn = statements.clone().acquire_owned().await;
        let mut crowd = vec![];
        if waiting.recv_many(&mut crowd, CROWD).await == 0 {
            return;
        }
        let (database, patience) = (database.clone(), current.patience());
        tokio::spawn(async move {
            answer(&database, crowd, patience).await;
            drop(turn);
        });
    }
}

/// Answers a crowd; if that takes too long, each app by itself, for it may be one of them that has so much
/// to be read.
async fn answer(database: &PgPool, crowd: Vec<Newcomer>, patience: Duration) {
    let Err((crowd, error)) = ask(database, crowd, patience).await else {
        return;
    };
    let mut of_apps: HashMap<AppId, Vec<Newcomer>> = HashMap::new();
    for newcomer in crowd {
        let (app, ..) = newcomer.entrant;
        of_apps.entry(app).or_default().push(newcomer);
    }
    let mut refused = vec![];
    let mut tries = if of_apps.len() > 1 { SLOW_APPS } else { 0 };
    for of_app in of_apps.into_values() {
        if tries == 0 {
            refused.extend(of_app);
        } else if let Err((of_app, _)) = ask(database, of_app, patience / 4).await {
            tries -= 1;
            refused.extend(of_app);
        }
    }
    error.log("connect");
    for newcomer in refused {
        let _ = newcomer.answer.send(Err(Error::unavailable()));
    }
}

/// Answers those who come, all or none.
async fn ask(
    database: &PgPool,
    crowd: Vec<Newcomer>,
    patience: Duration,
) -> Result<(), (Vec<Newcomer>, Error)> {
    let entrants: Vec<_> = crowd.iter().map(|newcomer| newcomer.entrant).collect();
    match deadline::within(patience, find(database, &entrants)).await {
        Ok(mut known) => {
            for (place, newcomer) in crowd.into_iter().enumerate() {
                // Whoever has gone meanwhile needs no answer.
                let _ = newcomer.answer.send(Ok(known.remove(&place)));
            }
            Ok(())
        }
        Err(error) => Err((crowd, error)),
    }
}

/// Those of some users who exist, by their places.
async fn find(database: &PgPool, entrants: &[Entrant]) -> Result<HashMap<usize, Known>> {
    let apps: Vec<_> = entrants.iter().map(|(app, ..)| app.0).collect();
    let users: Vec<_> = entrants.iter().map(|(_, user, _)| user.0).collect();
    let tokens: Vec<_> = entrants.iter().map(|(.., jti)| *jti).collect();
    let rows = sqlx::query!(
        r#"SELECT place AS "place!", external_id, display_name, avatar_url, token_generation,
                  deactivated_at IS NOT NULL AS "is_deactivated!",
                  EXISTS (SELECT FROM revocations AS revoked
                          WHERE revoked.app_id = newcomer.app_id AND revoked.jti = newcomer.jti) AS "is_revoked!",
                  channels AS "channels!: Vec<ChannelId>", heads AS "heads!"
           FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS newcomer (app_id, user_id, jti, place)
           JOIN users ON users.app_id = newcomer.app_id AND users.id = newcomer.user_id
           CROSS JOIN LATERAL (
               SELECT COALESCE(array_agg(channels.id), '{}') AS channels, COALESCE(array_agg(last_seq), '{}') AS heads
               FROM members JOIN channels ON channels.app_id = members.app_id AND channels.id = members.channel_id
               WHERE members.app_id = newcomer.app_id AND members.user_id = newcomer.user_id
           ) AS belongings
           WHERE erased_at IS NULL"#,
        &apps,
        &users,
        &tokens,
    )
    .fetch_all(database)
    .await?;
    let known = rows.into_iter().map(|row| {
        let profile = Profile {
            external_id: row.external_id,
            display_name: row.display_name,
            avatar_url: row.avatar_url,
        };
        let known = Known {
            admission: Admission {
                profile: Arc::new(profile),
                token_generation: row.token_generation,
                is_deactivated: row.is_deactivated,
                is_revoked: row.is_revoked,
            },
            channels: row.channels.into_iter().zip(row.heads).collect(),
        };
        (row.place as usize - 1, known)
    });
    Ok(known.collect())
}
