//! Somebody outside holds a channel's row: a node that hangs, an operator in the middle of something.
//!
//! Sends to that channel are told to come back later, all of them and not one after the other, and the
//! channel goes on as soon as its row is free.

use super::place::Place;
use crate::support::{Heyyo, eventually, in_time};
use futures_util::future::join_all;
use serde_json::json;
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};

const SENDS: usize = 10;

/// Holds the row of one channel, until what is given back is rolled back.
async fn hold<'a>(database: &'a mut PgConnection, channel: &str) -> Transaction<'a, Postgres> {
    let mut lock = database.begin().await.expect("a transaction");
    sqlx::query("SELECT FROM channels WHERE id = $1::uuid FOR UPDATE")
        .bind(channel)
        .execute(&mut *lock)
        .await
        .expect("a lock");
    lock
}

async fn outside(heyyo: &Heyyo) -> PgConnection {
    let options = heyyo.database().connect_options();
    let database = PgConnection::connect_with(&options).await;
    database.expect("a database")
}

/// Those who send in one commit with it wait once, and are stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_channel_does_not_take_others_with_it() {
    let heyyo = Heyyo::start().await;
    let places = Place::shared_by(1, &heyyo.http(), heyyo.admin_key()).await;
    let others = Place::shared_by(1, &heyyo.http(), heyyo.admin_key()).await;
    let (held, free) = (&places[0], &others[0]);
    let mut database = outside(&heyyo).await;
    let lock = hold(&mut database, &held.channel.to_string()).await;
    let is_over = AtomicBool::new(false);
    // All the while: with each of them in line, and waited for.
    let attempts = async {
        let mut refused = 0;
        while !is_over.load(Ordering::Relaxed) {
            let name = format!("attempt {refused}");
            let answer = held.post(&name, &name).exchange().await.expect("an answer");
            assert_eq!(answer.expect(503)["code"], "unavailable");
            refused += 1;
        }
        refused
    };
    // Several at a time, so that one of them is in the same commit.
    let send = async |sender: usize| {
        for number in 0..40 {
            let name = format!("send {sender} {number}");
            let answer = free.post(&name, &name).exchange().await;
            answer.expect("an answer").expect(201);
        }
    };
    let sends = async {
        join_all((0..8).map(send)).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let (refused, ()) = tokio::join!(attempts, sends);
    assert!(refused > 0, "nothing was sent to the channel that is held");
    lock.rollback().await.expect("a free row");
}

/// An app whose calls wait for a row that is held keeps connections for others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_waits_leaves_connections_to_others() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, bob) = (acme.user("alice").await, globex.user("bob").await);
    let channel = alice.create_channel("general").await;
    let mut joins = vec![];
    for number in 0..40 {
        joins.push(acme.user(&format!("user {number}")).await);
    }
    let mut database = outside(&heyyo).await;
    let lock = hold(&mut database, &channel.id).await;
    let is_over = AtomicBool::new(false);
    let path = channel.path("/join");
    let joins = join_all(joins.iter().map(async |user| {
        let mut refused = 0;
        while !is_over.load(Ordering::Relaxed) {
            let reply = user.post(&path, &json!({})).exchange().await;
            assert_eq!(reply.expect("an answer").expect(503)["code"], "unavailable");
            refused += 1;
        }
        refused
    }));
    let others = async {
        eventually("calls that wait for the row", async || {
            let waiting = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            );
            let waiting: i64 = waiting.fetch_one(heyyo.database()).await.ok()?;
            (waiting >= 6).then_some(())
        })
        .await;
        for _ in 0..20 {
            bob.create_channel("another").await;
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let (refused, ()) = tokio::join!(joins, others);
    assert!(refused.iter().sum::<u32>() > 0);
    lock.rollback().await.expect("a free row");
}

/// A server that stands by for another: what is sent meanwhile is to be tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_writes_is_one_that_is_away() {
    let heyyo = Heyyo::start().await;
    let places = Place::shared_by(1, &heyyo.http(), heyyo.admin_key()).await;
    places[0].post("before", "before").await.expect(201);
    let mut database = outside(&heyyo).await;
    let set = |value: &str| {
        format!(
            "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET default_transaction_read_only = {value}'; END $$;
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid();"
        )
    };
    let mut say = async |value: &str| {
        let said = sqlx::raw_sql(sqlx::AssertSqlSafe(set(value))).execute(&mut database);
        said.await.expect("a setting");
    };
    say("on").await;
    for _ in 0..5 {
        let reply = places[0].post("meanwhile", "meanwhile").exchange().await;
        let refusal = reply.expect("an answer");
        assert_eq!(refusal.expect(503)["code"], "unavailable");
    }
    say("off").await;
    eventually("writes again", async || {
        let reply = places[0].post("meanwhile", "meanwhile").exchange().await;
        (reply.expect("an answer").status == 201).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_channel_refuses_and_goes_on() {
    let heyyo = Heyyo::start().await;
    let places = Place::shared_by(1, &heyyo.http(), heyyo.admin_key()).await;
    let place = &places[0];
    let mut database = outside(&heyyo).await;
    let lock = hold(&mut database, &place.channel.to_string()).await;

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
