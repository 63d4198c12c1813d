//! The order of a channel's messages, and reading it page by page.
//!
//! One order for everyone: `seq` without a gap, `created_at` strictly increasing, so that paging by
//! `before` alone visits each message exactly once, whatever is written meanwhile.

use crate::support::{
    Channel, Heyyo, in_time,
    shape::{items, text, texts},
};
use std::collections::HashMap;
use tokio::sync::watch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_holds_fifty_unless_asked_and_a_hundred_at_most() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    let all = send_many(&channel, 103).await;
    for (query, size) in [
        ("", 50),
        ("?limit=1", 1),
        ("?limit=100", 100),
        ("?limit=101", 100),
        ("?limit=4000000000", 100),
        ("?limit=99999999999999999999999", 100),
    ] {
        let page = texts(&channel.history(query).await, "id");
        assert_eq!(
            page,
            all[all.len() - size..],
            "{query} is the newest {size}, oldest first"
        );
    }
    for query in [
        "?limit=0",
        "?limit=-1",
        "?limit=many",
        "?limit=",
        "?limit=1.5",
    ] {
        let reply = alice.get(&channel.path(&format!("/messages{query}"))).await;
        assert_eq!(reply.status, 400, "{query} was answered {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_leaves_out_its_own_moment() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    let all = send_many(&channel, 5).await;
    let list = channel.history("").await;
    let moment = |index: usize| text(&list[index], "created_at").to_owned();
    for (before, expected) in [(moment(0), 0..0), (moment(3), 0..3)] {
        let page = channel.history(&format!("?before={before}")).await;
        assert_eq!(texts(&page, "id"), all[expected]);
    }
    let page = channel
        .history(&format!("?limit=2&before={}", moment(3)))
        .await;
    assert_eq!(texts(&page, "id"), all[1..3]);
    // The same moment in other clothes: an offset, and the colons encoded.
    let elsewhere = chrono::DateTime::parse_from_rfc3339(&moment(3)).expect("a timestamp");
    let elsewhere = elsewhere
        .with_timezone(&chrono::FixedOffset::east_opt(7200).expect("two hours"))
        .to_rfc3339();
    let query = format!(
        "?before={}",
        elsewhere.replace('+', "%2B").replace(':', "%3A")
    );
    assert_eq!(texts(&channel.history(&query).await, "id"), all[..3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_page_both_ways() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    let all = send_many(&channel, 9).await;
    let rows = [
        ("?before_seq=1", 0..0),
        ("?before_seq=4", 0..3),
        ("?before_seq=9&limit=2", 6..8),
        ("?before_seq=100", 0..9),
        ("?after_seq=0&limit=4", 0..4),
        ("?after_seq=4&limit=4", 4..8),
        ("?after_seq=8", 8..9),
        ("?after_seq=9", 0..0),
        ("?after_seq=2&before_seq=6", 2..5),
    ];
    for (query, expected) in rows {
        let page = channel.history(query).await;
        assert_eq!(texts(&page, "id"), all[expected], "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paging_visits_each_message_once_while_others_write() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    let old = send_many(&channel, 60).await;
    let (wrote, mut written) = watch::channel(());
    for name in ["bob", "carol"] {
        let (writer, channel, wrote) = (acme.user(name).await, channel.clone(), wrote.clone());
        channel.join(&writer).await;
        tokio::spawn(async move {
            // Until the pager, who listens, is done.
            while wrote.receiver_count() > 0 {
                channel.send_as(&writer, "meanwhile").await;
                wrote.send_replace(());
            }
        });
    }
    let mut visits: HashMap<String, u32> = HashMap::new();
    let mut page = channel.history("?limit=7").await;
    while let [oldest, ..] = items(&page) {
        for id in texts(&page, "id") {
            *visits.entry(id).or_default() += 1;
        }
        in_time("a message between two pages", written.changed())
            .await
            .expect("writers");
        let before = text(oldest, "created_at").to_owned();
        page = channel.history(&format!("?limit=7&before={before}")).await;
    }
    drop(written);
    assert!(
        old.iter().all(|id| visits.contains_key(id)),
        "a message was left out"
    );
    assert!(
        visits.values().all(|visits| *visits == 1),
        "a message was visited twice"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_make_one_order_without_a_gap() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    let mut writers = Vec::new();
    for writer in 0..10 {
        let (user, channel) = (acme.user(&format!("user-{writer}")).await, channel.clone());
        channel.join(&user).await;
        writers.push(tokio::spawn(async move {
            let mut told = Vec::new();
            for number in 0..10 {
                told.push(channel.send_as(&user, &format!("{number}")).await);
            }
            told
        }));
    }
    let mut told = Vec::new();
    for writer in writers {
        told.extend(writer.await.expect("a writer"));
    }
    let list = channel.history("?limit=100").await;
    let list = items(&list);
    let order: Vec<u64> = list
        .iter()
        .map(|message| message["seq"].as_u64().expect("a seq"))
        .collect();
    assert_eq!(order, (1..=100).collect::<Vec<u64>>());
    for pair in list.windows(2) {
        assert!(
            text(&pair[0], "created_at") < text(&pair[1], "created_at"),
            "{pair:?}"
        );
    }
    for message in told {
        let listed = list
            .iter()
            .find(|listed| listed["id"] == message["id"])
            .expect("it is listed");
        assert_eq!(
            listed["seq"], message["seq"],
            "the answer and the list differ"
        );
        assert_eq!(listed["created_at"], message["created_at"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_channel_counts_for_itself() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    for name in ["one", "other"] {
        let channel = alice.create_channel(name).await;
        for expected in 1..=3 {
            assert_eq!(channel.send("hello").await["seq"], expected);
        }
    }
}

/// Sends so many and returns their ids.
async fn send_many(channel: &Channel, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(text(&channel.send(&format!("number {number}")).await, "id").to_owned());
    }
    ids
}
