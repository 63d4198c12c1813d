//! Answers what plugins ask, their own values, the channel, its newest messages; and whether a message may
//! still be told.
//!
//! Questions come down one line from all plugins; a few are answered at once. Values are read and
//! written where all nodes see them, each operation a single statement, so what `wit/0.1/host.wit`
//! promises of `state` is what a row lock gives. Their connections commit without waiting for the
//! disk: what a plugin counts is worth less than the time of the message that waits for it.

use crate::{
    chat::{moderation, plugin_state},
    hooks::facts::{Channel, Fate, Question, Refusal},
    ids::{AppId, ChannelId},
};
use serde_json::value::RawValue;
use sqlx::{PgPool, postgres::PgPoolOptions, types::Json};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Semaphore, mpsc};

/// Connections for questions, and how many are answered at once.
const CONNECTIONS: u32 = 4;
const AT_ONCE: usize = 16;
/// How long a connection is waited for. Whoever asks has a deadline of its own, and mostly a shorter one.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Begins to answer.
pub fn start(database: &PgPool, questions: mpsc::Receiver<Question>) {
    let options = (*database.connect_options())
        .clone()
        .options([("synchronous_commit", "off")]);
    let state = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_lazy_with(options);
    tokio::spawn(plugin_state::expire(state.clone()));
    tokio::spawn(answer_all(database.clone(), state, questions));
}

/// Until nobody can ask any more, or the node's database is closed.
async fn answer_all(node: PgPool, database: PgPool, mut questions: mpsc::Receiver<Question>) {
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    while let Ok(Some(question)) = node.close_event().do_until(questions.recv()).await {
        let Ok(turn) = at_once.clone().acquire_owned().await else {
            return;
        };
        let database = database.clone();
        tokio::spawn(async move {
            answer(&database, question).await;
            drop(turn);
        });
    }
    database.close().await;
}

/// An answer that nobody waits for any more is dropped.
async fn answer(database: &PgPool, question: Question) {
    match question {
        Question::State {
            scope,
            operation,
            answer,
        } => {
            let done = plugin_state::operate(database, scope, operation).await;
            let _ = answer.send(done.unwrap_or_else(|error| {
                tracing::warn!("plugin state: {error}");
                Err(Refusal::Unavailable)
            }));
        }
        Question::Channel {
            app,
            channel,
            answer,
        } => {
            let found = channel_of(database, app, channel).await;
            let _ = answer.send(found.unwrap_or_default());
        }
        Question::Recent {
            app,
            channel,
            limit,
            answer,
        } => {
            let found = moderation::seen::recent(database, (app, channel), limit).await;
            let _ = answer.send(found.unwrap_or_default());
        }
        Question::Fate {
            app,
            message,
            answer,
        } => {
            let found = moderation::seen::standing(database, app, [message]).await;
            let fate = found.map(|found| match found.get(&message) {
                Some(true) => Fate::Stands,
                Some(false) => Fate::Deleted,
                None => Fate::Absent,
            });
            let _ = answer.send(fate.ok());
        }
    }
}

async fn channel_of(
    database: &PgPool,
    app: AppId,
    channel: ChannelId,
) -> sqlx::Result<Option<Channel>> {
    let row = sqlx::query!(
        r#"SELECT name, type AS kind, member_count, metadata AS "metadata: Json<Box<RawValue>>"
           FROM channels WHERE app_id = $1 AND id = $2"#,
        app.0,
        channel.0,
    )
    .fetch_optional(database)
    .await?;
    Ok(row.map(|row| Channel {
        id: channel,
        name: row.name,
        kind: row.kind,
        members: row.member_count.try_into().unwrap_or(u32::MAX),
        metadata: row.metadata.0,
    }))
}
