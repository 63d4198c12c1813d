//! Commits of which nobody knows whether they took place: the connection broke off, or no answer came
//! in time. Nothing later is published before what came of them is known.

use super::{
    Waiting,
    backend::{self, Backend},
};
use crate::{
    chat::{history, messages::Message},
    error::Result,
    ids::{AppId, ChannelId, MessageId},
};
use sqlx::{Connection, PgConnection};

/// Messages that may be in the log.
#[derive(Default)]
pub(super) struct Uncertain {
    messages: Vec<(AppId, ChannelId, MessageId)>,
    /// Who was to store them, and perhaps still will.
    backends: Vec<Backend>,
}

impl Uncertain {
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// A batch was given to a backend, and no answer came.
    pub fn note(&mut self, batch: &[Waiting], backend: Backend) {
        let ids = |waiting: &Waiting| (waiting.member.app(), waiting.member.channel(), waiting.id);
        self.messages.extend(batch.iter().map(ids));
        self.backends.push(backend);
    }

    /// Those that are in the log, in its order; the others never will be. Ends who may still store
    /// them, then takes the channels' rows: a commit that is being carried out all the same is waited
    /// for.
    pub async fn stored(&self, connection: &mut PgConnection) -> Result<Vec<(AppId, Message)>> {
        backend::end(connection, &self.backends).await?;
        let apps: Vec<_> = self.messages.iter().map(|(app, ..)| app.0).collect();
        let channels: Vec<_> = self.messages.iter().map(|(_, id, _)| id.0).collect();
        let ids: Vec<_> = self.messages.iter().map(|(.., id)| id.0).collect();
        let mut transaction = connection.begin().await?;
        sqlx::query!(
            "SELECT FROM channels WHERE (app_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
             ORDER BY app_id, id FOR NO KEY UPDATE",
            &apps,
            &channels,
        )
        .fetch_all(&mut *transaction)
        .await?;
        let stored = history::stored(&mut transaction, &apps, &ids).await?;
        transaction.commit().await?;
        tracing::info!(
            uncertain = ids.len(),
            stored = stored.len(),
            "settled commits that broke off"
        );
        Ok(stored)
    }
}
