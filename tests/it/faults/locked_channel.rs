//! Somebody outside holds a channel's row: a node that hangs, an operator in the middle of something.
//!
//! Sends to that channel are told to come back later, all of them and not one after the other, and the
//! channel goes on as soon as its row is free.

use super::place::Place;
use crate::support::{Heyyo, eventually, in_time};
use futures_util::future::join_all;
use sqlx::{Connection, PgConnection};
use std::collections::HashSet;

const SENDS: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_channel_refuses_and_goes_on() {
    let heyyo = Heyyo::start().await;
    let places = Place::shared_by(1, &heyyo.http(), heyyo.admin_key()).await;
    let place = &places[0];
    let options = heyyo.database().connect_options();
    let mut database = PgConnection::connect_with(&options)
        .await
        .expect("a database");
    let mut lock = database.begin().await.expect("a transaction");
    sqlx::query("SELECT FROM channels FOR UPDATE")
        .execute(&mut *lock)
        .await
        .expect("a lock");

    let names: Vec<String> = (0..SENDS).map(|number| format!("send {number}")).collect();
    let sends = names.iter().map(|name| place.post(name, name).exchange());
    let answers = in_time("answers while the row is held", join_all(sends)).await;
    for answer in answers {
        let refusal = answer.expect("an answer");
        assert_eq!(refusal.expect(503)["code"], "unavailable");
    }
    lock.rollback().await.expect("a free row");

    for name in &names {
        eventually("the channel goes on", async || {
            let reply = place.post(name, name).exchange().await.expect("an answer");
            [200, 201].contains(&reply.status).then_some(())
        })
        .await;
    }
    let history = place.history_after(0).await;
    let stored: HashSet<_> = history.iter().map(|said| &said.text).collect();
    assert_eq!((history.len(), stored.len()), (SENDS, SENDS));
}
