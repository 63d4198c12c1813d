//! Carrying frames to the other nodes: all that waits goes out in one statement, as letters.
//!
//! A letter is what one NOTIFY carries. Letters are numbered: a number that is left out says that
//! something was lost. A NOTIFY never shares a transaction with a message: it takes a lock on the whole
//! database until its commit, which made sends several times slower. Alone it waits for no disk.

use crate::{
    error::{Error, Result},
    hub::{
        Address, Hub,
        frame::{Frame, NodeId},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sqlx::PgPool;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::sleep};
use uuid::Uuid;

/// The channel of NOTIFY. PostgreSQL keeps those of different databases apart.
pub(super) const CHANNEL: &str = "heyyo";
/// Bytes of frames in one letter; NOTIFY carries less than 8,000 in all.
const LETTER: usize = 7_800;
/// Frames of one statement.
const BATCH: usize = 1_024;
/// How long to wait after a statement that failed.
const PAUSE: Duration = Duration::from_millis(250);

/// What one NOTIFY carries.
#[derive(Serialize, Deserialize)]
pub(super) struct Letter {
    pub from: NodeId,
    pub number: u64,
    /// Each a [`Frame`]; read one by one, for the sake of those that are not known here.
    pub frames: Vec<Box<RawValue>>,
}

/// Carries frames until this node says goodbye.
pub(super) async fn carry(database: PgPool, hub: Arc<Hub>, mut waiting: mpsc::Receiver<Frame>) {
    let bus = &hub.bus;
    let mut number = 0;
    let mut frames = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut frames, BATCH).await > 0 {
        let is_last = frames.iter().any(|frame| matches!(frame, Frame::Bye));
        if bus.take_lost() {
            number += 1;
        }
        if let Err(error) = send(&database, bus.id(), &mut number, frames.drain(..)).await {
            error.log("nodes");
            // It may have been told or not. If it was, the number left out costs a look at the log.
            bus.lost();
            sleep(PAUSE).await;
        }
        if is_last {
            return;
        }
    }
}

async fn send(
    database: &PgPool,
    from: NodeId,
    number: &mut u64,
    frames: impl Iterator<Item = Frame>,
) -> Result<()> {
    let mut letters: Vec<Letter> = vec![];
    let mut size = usize::MAX;
    for frame in newest(frames) {
        let mut frame = to_json(&frame)?;
        if frame.get().len() > LETTER {
            frame = to_json(&Frame::Kept(keep(database, &frame).await?))?;
        }
        let length = frame.get().len() + 1;
        if size.saturating_add(length) > LETTER {
            *number += 1;
            size = 0;
            letters.push(Letter {
                from,
                number: *number,
                frames: vec![],
            });
        }
        size += length;
        letters.last_mut().expect("a letter").frames.push(frame);
    }
    let letters = letters.iter().map(serde_json::to_string);
    let letters: Vec<String> = letters
        .collect::<Result<_, _>>()
        .map_err(|error| Error::Internal(error.into()))?;
    sqlx::query!(
        "SELECT pg_notify($1, letter) FROM unnest($2::text[]) AS letter",
        CHANNEL,
        &letters,
    )
    .fetch_all(database)
    .await?;
    Ok(())
}

/// All frames but those that say of a channel's log what a later one says better.
fn newest(frames: impl Iterator<Item = Frame>) -> Vec<Frame> {
    let mut newest: HashMap<Address, usize> = HashMap::new();
    let mut kept: Vec<Frame> = vec![];
    for frame in frames {
        let Frame::Grown { app, channel, seq } = frame else {
            kept.push(frame);
            continue;
        };
        match newest.get(&(app, channel)).map(|place| &mut kept[*place]) {
            Some(Frame::Grown { seq: known, .. }) => *known = seq.max(*known),
            _ => {
                newest.insert((app, channel), kept.len());
                kept.push(frame);
            }
        }
    }
    kept
}

fn to_json(frame: &Frame) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(frame).map_err(|error| Error::Internal(error.into()))
}

/// Keeps a frame that is too large to be carried.
async fn keep(database: &PgPool, frame: &RawValue) -> Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO kept_frames (id, frame) VALUES ($1, $2)",
        id,
        frame.get(),
    )
    .execute(database)
    .await?;
    Ok(id)
}

/// A frame that was too large to be carried.
pub(super) async fn kept(database: &PgPool, id: Uuid) -> Result<Option<String>> {
    let frame = sqlx::query_scalar!("SELECT frame FROM kept_frames WHERE id = $1", id)
        .fetch_optional(database)
        .await?;
    Ok(frame)
}
