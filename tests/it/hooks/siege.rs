//! A server of its own, one tenant that tries everything and another that goes on: the process lives,
//! its memory comes back, every attack is told in words, and the neighbour's sends all succeed.

use super::{attacker, bombs::prints, house::House};
use crate::{
    faults::server_process::{ADMIN_KEY, ServerProcess},
    support::server::fresh_database,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// The longest that a neighbour's send may take. A busy machine and a debug build are no attack.
const PATIENCE: Duration = Duration::from_secs(4);
/// What the process may keep: pages that the allocator holds on to, logs, caches.
const KEPT: u64 = 96 << 20;

/// What is said, and words of the fault in the plugin's log: the one or the other, as quick as the
/// machine is.
const ATTACKS: [(&str, &str); 15] = [
    ("!loop", "took longer than 50 ms"),
    ("!sleep 100000", "took longer than 50 ms"),
    ("!stdout-flood", "took longer than 50 ms"),
    ("!fill", "took longer than 50 ms"),
    ("!memory", "needs more than 64 MiB|took longer"),
    ("!recurse", "crashed: "),
    ("!panic", "unreachable"),
    ("!exit 0", "exit code 0"),
    ("!handles", "resource table has no free keys"),
    ("!log-flood", "flooded its log|took longer"),
    ("!random 1099511627776", "exceeds limit 65536"),
    ("!huge-text 3000000", "too much data|took longer"),
    ("!many-flags 100000", "too much data|took longer"),
    (
        "!huge-text 5000",
        "changed the message to what it may not be",
    ),
    ("!nul", "changed the message to what it may not be"),
];

/// Sends of the neighbour, one after the other, until told to stop; each took so long, sorted.
async fn sends(house: &House, is_over: impl Fn(usize) -> bool) -> Vec<Duration> {
    let mut times = vec![];
    while !is_over(times.len()) {
        let began = Instant::now();
        let message = house.say("good morning").await.expect(201);
        times.push(began.elapsed());
        assert_eq!(message["metadata"]["plugins"]["kind"]["ok"], true);
    }
    times.sort();
    times
}

fn p99(times: &[Duration]) -> Duration {
    times[(times.len() * 99 / 100).min(times.len() - 1)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_tries_everything_harms_only_itself() {
    let database = fresh_database().await;
    let settings = [
        ("HEYYO_PLUGINS__INSTANCES", "16"),
        ("HEYYO_DATABASE__CONNECTIONS", "8"),
    ];
    let server = ServerProcess::start("siege", Some(&database), &settings).await;
    let neighbour = House::of(server.http(), ADMIN_KEY, "good").await;
    let judge = prints(r#"{"amend":{"metadata":{"ok":true}}}"#);
    let settings = json!({ "name": "kind", "before_ms": 2_000 });
    neighbour.upload(settings, &judge).await.expect(201);
    let attacker_house = House::of(server.http(), ADMIN_KEY, "evil").await;
    let house = &attacker_house;
    let settings = json!({ "name": "attacker" });
    house.upload(settings, &attacker()).await.expect(201);
    house.say("warm").await.expect(201);

    let alone = sends(&neighbour, |sent| sent == 150).await;
    let (before, _) = server.memory();

    let is_over = AtomicBool::new(false);
    let attack = async {
        for (said, words) in ATTACKS {
            // Three at once, and a clean slate for the next.
            let refusals = join_all((0..3).map(|_| house.say(said).into_future())).await;
            for refusal in refusals {
                let refusal = refusal.expect(422);
                assert_eq!(refusal["reason_code"], "plugin_failed", "{said}: {refusal}");
            }
            let log = house.log("attacker").await;
            let tail = &log[log.len().saturating_sub(8)..];
            assert!(
                tail.iter()
                    .any(|line| words.split('|').any(|words| line.contains(words))),
                "{said}: {tail:?}"
            );
            house.change("attacker", json!({ "enabled": true })).await;
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let beside = sends(&neighbour, |_| is_over.load(Ordering::Relaxed));
    let (beside, ()) = tokio::join!(beside, attack);
    println!(
        "the neighbour's sends: {} beside; p50 {:?} alone, {:?} beside; p99 {:?} alone, {:?} beside; slowest {:?}",
        beside.len(),
        alone[alone.len() / 2],
        beside[beside.len() / 2],
        p99(&alone),
        p99(&beside),
        beside[beside.len() - 1]
    );
    assert!(beside[beside.len() - 1] < PATIENCE);
    let faults = &neighbour.plugin("kind").await["stats"]["faults"];
    assert_eq!(
        *faults,
        json!({}),
        "none of it was counted as the neighbour's"
    );

    let (after, peak) = server.memory();
    let mib = |bytes: u64| bytes >> 20;
    println!(
        "memory: {} MiB before, {} after, {} at its peak",
        mib(before),
        mib(after),
        mib(peak)
    );
    assert!(after < before + KEPT, "{} MiB more", mib(after - before));

    reaches_only_its_own(house, &neighbour).await;
    server.stop().await;
}

/// What is the tenant's own it may ask for; what is another's is not there.
async fn reaches_only_its_own(house: &House, neighbour: &House) {
    let settings = json!({ "before_ms": 2_000 });
    house.change("attacker", settings).await;
    assert_eq!(house.note("!channel").await, house.channel.id);
    let seen: usize = house.note("!recent 50").await.parse().expect("a number");
    assert!((1..=50).contains(&seen), "{seen}");

    let note = |tried: Value| {
        let note = tried["verdict"]["amend"]["metadata"]["note"].clone();
        assert!(!note.is_null(), "{tried}");
        note
    };
    let other = |said: &str| json!({ "text": said, "channel": neighbour.channel.id });
    let tried = house.try_out("attacker", other("!channel")).await;
    assert_eq!(note(tried), "none", "the neighbour's channel");
    let tried = house.try_out("attacker", other("!recent 50")).await;
    assert_eq!(note(tried), 0, "the neighbour's messages");

    let said = house.note("!state-flood").await;
    assert_eq!(said, "15 then Error::OverQuota");
    let state = &house.plugin("attacker").await["state"];
    let bytes = state["bytes"].as_i64().expect("bytes");
    assert!(bytes <= 1 << 20, "{state}");
}
