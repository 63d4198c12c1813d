//! Listening: what PostgreSQL tells this node goes to its [`Neighbours`](super::neighbours), together with
//! each time that the connection was made anew, for what was told in between is gone.

use super::carry::CHANNEL;
use sqlx::{PgPool, postgres::PgListener};
use std::time::Duration;
use tokio::{
    sync::{Notify, mpsc},
    time::sleep,
};

/// How long to wait before a connection that was lost is made again.
const PAUSE: Duration = Duration::from_millis(200);

/// What is heard.
pub(super) enum Heard {
    /// This node listens from now on, on the connection of this PostgreSQL process.
    Listening(i32),
    /// A letter.
    Letter(String),
}

/// Listens until nobody wants to know, and anew when told that the connection says nothing any more.
pub(super) async fn listen(database: PgPool, heard: mpsc::Sender<Heard>, anew: &Notify) {
    while !heard.is_closed() {
        let listened = tokio::select! {
            listened = until_lost(&database, &heard) => listened,
            () = anew.notified() => Ok(()),
        };
        match listened {
            Ok(()) => tracing::warn!("lost the connection that hears other nodes"),
            // It was told of when it was lost, and is tried several times a second.
            Err(error) => tracing::debug!("cannot hear other nodes: {error}"),
        }
        sleep(PAUSE).await;
    }
}

async fn until_lost(database: &PgPool, heard: &mpsc::Sender<Heard>) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(database).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    let backend = sqlx::query_scalar!(r#"SELECT pg_backend_pid() AS "backend!""#)
        .fetch_one(&mut listener)
        .await?;
    let _ = heard.send(Heard::Listening(backend)).await;
    while let Some(letter) = listener.try_recv().await? {
        if heard
            .send(Heard::Letter(letter.payload().to_owned()))
            .await
            .is_err()
        {
            break;
        }
    }
    Ok(())
}
