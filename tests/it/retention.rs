//! Messages and entries of the audit that have had their time are removed, and nothing else is. What is left
//! of a channel is its log from some place on, and who missed what is gone is told so.

use crate::support::{
    Channel, Heyyo, Socket, Tenant, User, eventually,
    shape::{items, text, texts},
    wire::Transport,
};
use heyyo::config::Config;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

/// Makes all that is in a channel up to a place older, by so many days: as if it had been sent then.
async fn age(database: &PgPool, channel: &Channel, up_to: i64, days: i32) {
    let id: Uuid = channel.id.parse().expect("an id");
    let aged = sqlx::query(
        "UPDATE messages SET created_at = older, id = (
             lpad(to_hex((extract(epoch FROM older) * 1000)::bigint), 12, '0') || right(replace(messages.id::text, '-', ''), 20)
         )::uuid
         FROM (SELECT id, created_at - $3 * interval '1 day' AS older FROM messages) AS aged
         WHERE aged.id = messages.id AND channel_id = $1 AND seq <= $2",
    );
    let aged = aged.bind(id).bind(up_to).bind(days).execute(database).await;
    assert!(aged.expect("a statement").rows_affected() > 0);
}

/// Another node, which looks what is to go when it starts.
async fn node_that_keeps(heyyo: &Heyyo, messages_days: i64) -> Heyyo {
    let keep = |config: &mut Config| config.live.retention.messages_days = messages_days;
    heyyo.beside_with(keep).await
}

async fn channel_of(user: &User, count: usize) -> Channel {
    let channel = user.create_channel("general").await;
    for number in 1..=count {
        channel.send(&format!("number {number}")).await;
    }
    channel
}

fn seqs(page: &Value) -> Vec<i64> {
    let messages = items(page).iter();
    messages
        .map(|message| message["seq"].as_i64().expect("a seq"))
        .collect()
}

async fn holds(channel: &Channel, wanted: &[i64]) {
    eventually(&format!("{wanted:?} in the channel"), async || {
        let page = channel.history("").await;
        (seqs(&page) == wanted).then_some(())
    })
    .await;
}

/// Returns when a node that began to look has ended: only one does so at a time.
async fn has_looked(heyyo: &Heyyo) {
    let mut connection = heyyo.database().acquire().await.expect("a connection");
    for call in ["pg_advisory_lock", "pg_advisory_unlock"] {
        let call = format!("SELECT {call}(hashtextextended('retention', 0))");
        let call = sqlx::query(sqlx::AssertSqlSafe(call));
        call.execute(&mut *connection).await.expect("a call");
    }
}

/// The rows of a table, of an app.
async fn count(heyyo: &Heyyo, tenant: &Tenant, table: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {table} WHERE app_id = $1");
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(count));
    let id: Uuid = tenant.id.parse().expect("an id");
    let count = count.bind(id).fetch_one(heyyo.database()).await;
    count.expect("a count")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_had_its_time_goes_and_the_log_goes_on_where_it_was() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = channel_of(&alice, 6).await;
    let young = channel_of(&alice, 2).await;
    age(heyyo.database(), &channel, 4, 31).await;
    age(heyyo.database(), &young, 2, 29).await;
    let page = channel.history("").await;
    let react = json!({ "type": ":heart:" });
    for message in [&page[0], &page[5]] {
        let path = channel.message_path(message, "/reactions");
        alice.post(&path, &react).await.expect(200);
    }
    // What cannot be read is not counted, and goes all the same.
    let path = channel.message_path(&page[1], "");
    alice.delete(&path).await.expect(200);
    let answered =
        channel.post_message(&alice, json!({ "parent_id": page[2]["id"], "text": "so?" }));
    answered.await.expect(201);
    let listener = alice.socket().await;

    let other = node_that_keeps(&heyyo, 30).await;
    holds(&channel, &[5, 6, 7]).await;
    holds(&channel.at(&other), &[5, 6, 7]).await;
    assert_eq!(seqs(&young.history("").await), [1, 2]);
    let list = alice.get("/api/channels").await.expect(200);
    let counts: Vec<_> = [&channel, &young]
        .map(|channel| {
            let mut of_it = items(&list).iter();
            let about = of_it.find(|about| about["id"] == channel.id);
            about.expect("the channel")["message_count"].clone()
        })
        .into();
    assert_eq!(counts, [json!("3"), json!("2")]);
    eventually("the reactions to be gone", async || {
        (count(&heyyo, &acme, "reactions").await == 1).then_some(())
    })
    .await;

    // Pages end where the log begins, and who listens hears what comes next.
    let oldest = text(&channel.history("").await[0], "created_at").to_owned();
    for query in ["?before_seq=5".to_owned(), format!("?before={oldest}")] {
        assert_eq!(seqs(&channel.history(&query).await), [0_i64; 0], "{query}");
    }
    assert_eq!(seqs(&channel.history("?after_seq=0&limit=2").await), [5, 6]);
    assert_eq!(channel.send("next").await["seq"], 8);
    assert_eq!(listener.next_event("message.new").await["seq"], 8);
    let gone = channel.post_message(&alice, json!({ "parent_id": page[2]["id"], "text": "so?" }));
    gone.await.expect_refusal(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_missed_what_is_gone_is_told_so() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = channel_of(&alice, 6).await;
    age(heyyo.database(), &channel, 4, 31).await;
    let _other = node_that_keeps(&heyyo, 30).await;
    holds(&channel, &[5, 6]).await;
    for (from, complete) in [(0, false), (3, false), (4, true), (5, true), (6, true)] {
        let auth = json!({ "token": alice.token, "since": { &channel.id: from } });
        let socket = Socket::connect(&heyyo.http(), Transport::WebSocket, Some(&auth)).await;
        let socket = socket.expect("a welcome");
        let word = socket.next_event("recovery").await;
        let expected =
            json!({ "channelId": channel.id, "from": from, "to": 6, "complete": complete });
        assert_eq!(word, expected);
        let events = socket.events_so_far();
        let heard = events.iter().filter(|event| event.name == "message.new");
        assert_eq!(heard.count() as i64, if complete { 6 - from } else { 0 });
    }
}

/// A node that did not hear for longer than messages are kept finds a hole in the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hole_in_the_log_sends_those_who_listen_to_catch_up() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = channel_of(&alice, 2).await;
    let listener = alice.socket().await;
    // As if others had stored five messages of which nobody told, and which are gone.
    let grown = sqlx::query("UPDATE channels SET last_seq = last_seq + 5");
    grown.execute(heyyo.database()).await.expect("a statement");
    assert_eq!(channel.send("next").await["seq"], 8);
    listener.ended().await;
    assert!(!listener.was_dismissed(), "it comes back by itself");
    let again = alice.socket().await;
    assert_eq!(channel.send("and the next").await["seq"], 9);
    assert_eq!(again.next_event("message.new").await["seq"], 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_keeps_its_messages_for_as_long_as_is_set_for_it() {
    for (of_server, of_globex) in [(0, vec![1, 2, 3, 4]), (30, vec![2, 3, 4])] {
        let heyyo = Heyyo::start().await;
        let mut of_apps = vec![];
        let for_ever = json!(20_000);
        for (name, days) in [
            ("acme", json!(7)),
            ("globex", Value::Null),
            ("initech", for_ever),
        ] {
            let tenant = heyyo.tenant(name).await;
            let patch = json!({ "limits": { "messages_days": days } });
            let change = heyyo.operator("PATCH", &tenant.path("")).json(&patch);
            change.await.expect(200);
            let channel = channel_of(&tenant.user("alice").await, 4).await;
            age(heyyo.database(), &channel, 2, 8).await;
            age(heyyo.database(), &channel, 1, 30).await;
            of_apps.push(channel);
        }
        let _other = node_that_keeps(&heyyo, of_server).await;
        holds(&of_apps[0], &[3, 4]).await;
        has_looked(&heyyo).await;
        let mut left = vec![];
        for channel in &of_apps {
            left.push(seqs(&channel.history("").await));
        }
        assert_eq!(left, [vec![3, 4], of_globex, vec![1, 2, 3, 4]]);
    }
}

/// Held messages are messages: what nobody decides on is not kept for longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_held_for_too_long_goes_too() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = channel_of(&alice, 1).await;
    acme.plugin(
        "word-filter",
        json!({ "words": ["badger"], "action": "hold" }),
    )
    .await;
    for _ in 0..2 {
        let held = channel.post_message(&alice, json!({ "text": "badger" }));
        held.await.expect(202);
    }
    let held = acme.call("GET", "/api/held").await.expect(200);
    let held = texts(&held, "id");
    let old: Uuid = held[0].parse().expect("an id");
    let aged = sqlx::query(
        "UPDATE held_messages SET created_at = created_at - interval '31 days', id = '00000000-0000-7000-8000-000000000001'
         WHERE id = $1",
    );
    aged.bind(old)
        .execute(heyyo.database())
        .await
        .expect("a statement");
    let _other = node_that_keeps(&heyyo, 30).await;
    eventually("one held message", async || {
        let left = acme.call("GET", "/api/held").await.expect(200);
        (texts(&left, "id") == held[1..]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_of_the_audit_are_kept_for_as_long_as_is_set() {
    let heyyo = Heyyo::start_with(|config| config.live.retention.audit_days = 0).await;
    for name in ["acme", "globex"] {
        heyyo.tenant(name).await;
    }
    let aged = sqlx::query(
        "UPDATE audit_entries SET id = '00000000-0000-7000-8000-000000000001' WHERE details ->> 'name' = 'acme'",
    );
    let aged = aged.execute(heyyo.database()).await.expect("a statement");
    assert_eq!(aged.rows_affected(), 1);
    let names = async || {
        let entries = heyyo.operator("GET", "/api/audit").await.expect(200);
        let named = items(&entries)
            .iter()
            .map(|entry| entry["details"]["name"].clone());
        named.collect::<Vec<_>>()
    };
    // Messages come last: when they are gone, it has looked at the audit.
    let channel = channel_of(&heyyo.tenant("initech").await.user("alice").await, 2).await;
    age(heyyo.database(), &channel, 1, 31).await;
    let keep = |config: &mut Config| {
        config.live.retention.audit_days = 0;
        config.live.retention.messages_days = 30;
    };
    let _for_ever = heyyo.beside_with(keep).await;
    holds(&channel, &[2]).await;
    assert_eq!(names().await, ["initech", "globex", "acme"]);
    let _other = heyyo.beside().await;
    eventually("one entry less", async || {
        (names().await == ["initech", "globex"]).then_some(())
    })
    .await;
}
