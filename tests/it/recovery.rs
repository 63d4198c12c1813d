//! Coming back: a client says how far it had come in each channel and is given what it missed, once,
//! in order, before anything new; or is told that it must page.

use crate::support::{
    Channel, Heyyo, Http, Socket, User,
    shape::{items, text},
    wire::{BOTH, Transport},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Connects as one who has come this far.
async fn come_back(
    http: &Http,
    user: &User,
    transport: Transport,
    since: &Value,
) -> Result<Socket, String> {
    let auth = json!({ "token": user.token, "since": since });
    Socket::connect(http, transport, Some(&auth)).await
}

/// The places of the messages heard so far, in order of arrival.
fn heard(socket: &Socket) -> Vec<i64> {
    let events = socket.events_so_far();
    let messages = events.iter().filter(|event| event.name == "message.new");
    messages
        .map(|event| event.payload["seq"].as_i64().expect("a seq"))
        .collect()
}

struct Stage {
    heyyo: Heyyo,
    alice: User,
    bob: User,
    stranger: User,
    channel: Channel,
}

impl Stage {
    /// Bob connects over a WebSocket as one who has come this far.
    async fn bob_comes_back(&self, since: &Value) -> Socket {
        let http = self.heyyo.http();
        let socket = come_back(&http, &self.bob, Transport::WebSocket, since).await;
        socket.expect("a welcome")
    }
}

async fn stage() -> Stage {
    stage_with(|_| {}).await
}

async fn stage_with(change: impl FnOnce(&mut heyyo::config::Config)) -> Stage {
    let heyyo = Heyyo::start_with(change).await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.join(&bob).await;
    Stage {
        stranger: acme.user("stranger").await,
        heyyo,
        alice,
        bob,
        channel,
    }
}

async fn send(channel: &Channel, count: usize) {
    for number in 0..count {
        channel.send(&format!("number {number}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_comes_once_in_order_and_before_what_is_new() {
    let stage = stage().await;
    send(&stage.channel, 8).await;
    let mut head = 8;
    for transport in BOTH {
        for from in [0, 3, head] {
            let since = json!({ &stage.channel.id: from });
            let socket = come_back(&stage.heyyo.http(), &stage.bob, transport, &since)
                .await
                .expect("a welcome");
            let word = socket.next_event("recovery").await;
            let expected = json!({ "channelId": stage.channel.id, "from": from, "to": head, "complete": true });
            assert_eq!(word, expected);
            assert_eq!(heard(&socket), (from + 1..=head).collect::<Vec<_>>());
            stage.channel.send("new").await;
            head += 1;
            let seq = json!(head);
            socket
                .next_event_where("message.new", |message| message["seq"] == seq)
                .await;
            assert_eq!(heard(&socket), (from + 1..=head).collect::<Vec<_>>());
        }
    }
}

/// Much is read a part at a time, and one message that is more than a part by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_comes_once_in_order_however_much_it_is() {
    let stage = stage_with(|config| {
        config.live.limits.text_characters = 300_000;
        config.live.limits.body_bytes = 400_000;
    })
    .await;
    for bytes in [60_000, 200_000, 10, 300_000, 60_000, 260_000, 10, 10] {
        stage.channel.send(&"x".repeat(bytes)).await;
    }
    send(&stage.channel, 150).await;
    for from in [0, 2, 3, 20, 30] {
        let socket = stage
            .bob_comes_back(&json!({ &stage.channel.id: from }))
            .await;
        let word = socket.next_event("recovery").await;
        let said =
            json!({ "channelId": stage.channel.id, "from": from, "to": 158, "complete": true });
        assert_eq!(word, said);
        assert_eq!(heard(&socket), (from + 1..=158).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovered_message_is_the_message() {
    let stage = stage().await;
    let body = json!({ "text": "hello", "metadata": { "a": 1 }, "attachments": [{ "b": 2 }], "client_id": "c" });
    let live = stage.bob.socket().await;
    stage
        .channel
        .post_message(&stage.alice, body)
        .await
        .expect(201);
    let told_live = live.next_event("message.new").await;
    let since = json!({ &stage.channel.id: 0 });
    let socket = stage.bob_comes_back(&since).await;
    assert_eq!(socket.next_event("message.new").await, told_live);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_keeps_losing_its_connection_misses_nothing() {
    let stage = stage().await;
    let writer = tokio::spawn({
        let channel = stage.channel.clone();
        async move {
            for number in 0.. {
                channel.send(&format!("number {number}")).await;
            }
        }
    });
    let mut all = Vec::new();
    for round in 0..12 {
        let since = json!({ &stage.channel.id: all.last().copied().unwrap_or(0) });
        let transport = BOTH[round % 2];
        let socket = come_back(&stage.heyyo.http(), &stage.bob, transport, &since)
            .await
            .expect("a welcome");
        // Sometimes it goes right after the recovery, sometimes amid what is new.
        socket.next_event("recovery").await;
        for _ in 0..round % 4 {
            socket.next_event("message.new").await;
        }
        all.extend(heard(&socket));
    }
    writer.abort();
    assert!(
        all.len() > 12,
        "hardly anything was written meanwhile: {all:?}"
    );
    assert_eq!(all, (1..=all.len() as i64).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_come_back_at_once_each_get_everything() {
    let stage = stage().await;
    send(&stage.channel, 30).await;
    let mut crowd = Vec::new();
    for number in 0..40 {
        let (http, bob) = (stage.heyyo.http(), stage.bob.clone());
        let since = json!({ &stage.channel.id: number % 5 });
        crowd.push(tokio::spawn(async move {
            let socket = come_back(&http, &bob, BOTH[number % 2], &since)
                .await
                .expect("a welcome");
            socket.next_event("recovery").await;
            (number % 5, heard(&socket))
        }));
    }
    for one in crowd {
        let (from, heard) = one.await.expect("one of the crowd");
        assert_eq!(heard, (from as i64 + 1..=30).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_channels_are_recovered_each_from_its_own_place() {
    let stage = stage().await;
    let other = stage.bob.create_channel("other").await;
    let untouched = stage.bob.create_channel("untouched").await;
    send(&stage.channel, 4).await;
    send(&other, 2).await;
    let since = json!({ &stage.channel.id: 3, &other.id: 0 });
    let socket = stage.bob_comes_back(&since).await;
    for (channel, from, to) in [(&stage.channel, 3, 4), (&other, 0, 2)] {
        let word = socket
            .next_event_where("recovery", |word| word["channelId"] == channel.id)
            .await;
        assert_eq!((&word["from"], &word["to"]), (&json!(from), &json!(to)));
    }
    for channel in [&stage.channel, &other, &untouched] {
        let sent = channel.send("new").await;
        socket
            .next_event_where("message.new", |message| message["id"] == sent["id"])
            .await;
    }
    let count = |channel: &Channel| {
        let events = socket.events_so_far();
        events
            .iter()
            .filter(|event| event.payload["channel_id"] == channel.id)
            .count()
    };
    assert_eq!(
        [count(&stage.channel), count(&other), count(&untouched)],
        [2, 3, 1]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_the_window_it_is_said_and_never_a_silent_gap() {
    let stage = stage_with(|config| config.live.recovery.max_messages = 5).await;
    send(&stage.channel, 9).await;
    for (from, complete) in [(4, true), (3, false), (0, false)] {
        let since = json!({ &stage.channel.id: from });
        let socket = stage.bob_comes_back(&since).await;
        let word = socket.next_event("recovery").await;
        assert_eq!(
            word,
            json!({ "channelId": stage.channel.id, "from": from, "to": 9, "complete": complete })
        );
        let expected: Vec<i64> = if complete {
            (from + 1..=9).collect()
        } else {
            vec![]
        };
        assert_eq!(heard(&socket), expected);
    }
    // The client pages, as it was told to.
    let page = stage.channel.history("?after_seq=3&limit=100").await;
    let seqs: Vec<_> = items(&page)
        .iter()
        .map(|message| message["seq"].clone())
        .collect();
    assert_eq!(json!(seqs), json!([4, 5, 6, 7, 8, 9]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_is_not_there_yet_is_not_complete() {
    let stage = stage().await;
    send(&stage.channel, 2).await;
    let since = json!({ &stage.channel.id: 5 });
    let socket = stage.bob_comes_back(&since).await;
    let word = socket.next_event("recovery").await;
    assert_eq!((&word["to"], &word["complete"]), (&json!(2), &json!(false)));
    let sent = stage.channel.send("new").await;
    assert_eq!(socket.next_event("message.new").await["id"], sent["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_text_is_not_recovered() {
    let stage = stage().await;
    let message = stage.channel.send("the combination is 1234").await;
    stage.channel.send("hello").await;
    let since = json!({ &stage.channel.id: 0 });
    let http = stage.heyyo.http();
    let socket = come_back(&http, &stage.bob, Transport::WebSocket, &since)
        .await
        .expect("a welcome");
    assert_eq!(
        text(&socket.next_event("message.new").await, "text"),
        "the combination is 1234"
    );

    stage
        .alice
        .delete(&stage.channel.message_path(&message, ""))
        .await
        .expect(200);
    let socket = come_back(&http, &stage.bob, Transport::WebSocket, &since)
        .await
        .expect("a welcome");
    socket
        .next_event_where("message.new", |message| message["text"] == "hello")
        .await;
    assert_eq!(socket.next_event("recovery").await["complete"], true);
    let told = format!("{:?}", socket.events_so_far());
    assert!(!told.contains("1234"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_recovers_a_channel_they_are_not_in() {
    let stage = stage().await;
    let closed = stage
        .alice
        .create_channel_with(json!({ "name": "closed", "type": "private" }))
        .await;
    let own = stage.stranger.create_channel("own").await;
    for channel in [&stage.channel, &closed] {
        channel.send("the combination is 1234").await;
    }
    let foreign = stage
        .heyyo
        .tenant("globex")
        .await
        .user("alice")
        .await
        .create_channel("foreign")
        .await;
    foreign.send("the combination is 1234").await;
    let http = stage.heyyo.http();
    let since = json!({ &stage.channel.id: 0 });
    let member = come_back(&http, &stage.bob, Transport::WebSocket, &since)
        .await
        .expect("a welcome");
    member.next_event("message.new").await;

    let nowhere = Uuid::now_v7().to_string();
    let mut told = Vec::new();
    for channel in [&stage.channel.id, &closed.id, &foreign.id, &nowhere] {
        own.send("hello").await;
        // Their own channel is recovered all the same, and says when all is done.
        let since = json!({ channel: 0, &own.id: 0 });
        let socket = come_back(&http, &stage.stranger, Transport::WebSocket, &since)
            .await
            .expect("a welcome");
        socket
            .next_event_where("recovery", |word| word["channelId"] == own.id)
            .await;
        let events = socket.arrived_until_now(&own).await;
        assert!(!format!("{events:?}").contains("1234"), "{events:?}");
        let of_it: Vec<String> = events
            .iter()
            .map(|event| event.to_string())
            .filter(|event| event.contains(channel))
            .collect();
        told.push(of_it.concat().replace(channel, "the channel"));
    }
    assert!(
        told.iter().all(|one| *one == told[3]),
        "a stranger learns which channels are there: {told:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_since_that_makes_no_sense_harms_nobody() {
    let stage = stage().await;
    send(&stage.channel, 2).await;
    let http = stage.heyyo.http();
    let channel = &stage.channel.id;
    let refused = [
        json!([]),
        json!("a"),
        json!(7),
        json!({ "not an id": 1 }),
        json!({ channel: "a" }),
        json!({ channel: 1.5 }),
        json!({ channel: null }),
        json!({ channel: { "seq": 1 } }),
        json!({ channel: 10_000_000_000_000_000_000_u64 }),
    ];
    for transport in BOTH {
        for since in &refused {
            let refusal = come_back(&http, &stage.bob, transport, since).await.err();
            assert!(
                refusal.is_some_and(|words| !words.is_empty()),
                "{since} was let in"
            );
        }
        for place in [-1, i64::MIN, i64::MAX] {
            let since = json!({ channel: place });
            if let Ok(socket) = come_back(&http, &stage.bob, transport, &since).await {
                let word = socket.next_event("recovery").await;
                assert_eq!(word["to"], 2, "{since}");
            }
        }
    }
    http.get("/health").await.expect(200);
}
