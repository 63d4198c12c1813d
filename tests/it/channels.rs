//! Channels: created, listed, discovered, joined, looked into; over REST.

use crate::support::{
    Heyyo,
    shape::{Kind, expect_fields, items, texts},
};
use serde_json::{Value, json};
use std::collections::HashSet;
use uuid::Uuid;

const CHANNEL: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("app_id", Kind::Id),
    ("type", Kind::Text),
    ("name", Kind::Text),
    ("metadata", Kind::Object),
    ("created_by", Kind::Id),
    ("created_at", Kind::Timestamp),
    ("updated_at", Kind::Timestamp),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_created_channel_is_told_whole() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let body = json!({
        "name": "general",
        "type": "team",
        "description": "Company-wide chat",
        "metadata": { "team": "all", "tags": ["a", 1, null] },
    });
    let channel = alice.post("/api/channels", &body).await.expect(201);
    expect_fields(&channel, CHANNEL);
    for name in ["name", "type", "description", "metadata"] {
        assert_eq!(channel[name], body[name]);
    }
    assert_eq!(channel["app_id"], acme.id);
    assert_eq!(channel["created_by"], alice.id);
    assert_eq!(channel["created_at"], channel["updated_at"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_enough_for_a_channel() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice
        .post("/api/channels", &json!({ "name": "general" }))
        .await
        .expect(201);
    expect_fields(&channel, CHANNEL);
    expect_fields(
        &channel,
        &[("type", Kind::Is("messaging")), ("description", Kind::Null)],
    );
    assert_eq!(channel["metadata"], json!({}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_creator_is_the_owner_and_the_named_are_members() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let (bob, carol) = (acme.user("bob").await, acme.user("carol").await);
    // One by the id in Heyyo, one by the tenant's own, and the owner once more.
    let members = [&bob.id, &carol.external_id, &alice.id];
    let channel = alice
        .create_channel_with(json!({ "name": "general", "members": members }))
        .await;
    let details = channel.details().await;
    assert_eq!(details["member_count"], "3");
    assert_eq!(items(&details["members"]).len(), 3);
    assert_eq!(channel.member(&alice).await["role"], "owner");
    assert_eq!(channel.member(&bob).await["role"], "member");
    assert_eq!(channel.member(&carol).await["role"], "member");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_with_an_unknown_member_is_not_created() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    for nobody in [Uuid::now_v7().to_string(), "nobody".to_owned()] {
        let body = json!({ "name": "general", "members": [nobody] });
        let refusal = alice.post("/api/channels", &body).await;
        assert!([400, 404].contains(&refusal.status), "{}", refusal.text());
    }
    assert_eq!(alice.get("/api/channels").await.expect(200), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_was_asked_for_before_shows_whatever_changed() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("first").await;
    let list = async |user: &crate::support::User| {
        let list = user.get("/api/channels").await.expect(200);
        assert_eq!(user.get("/api/channels").await.expect(200), list);
        list
    };
    let counts = |list: &Value| {
        let of = |name: &str| list[0][name].as_str().expect("a count").to_owned();
        (of("member_count"), of("message_count"))
    };
    let told = |members: &str, messages: &str| (members.to_owned(), messages.to_owned());
    assert_eq!(counts(&list(&alice).await), told("1", "0"));
    let message = channel.send("hello").await;
    let first = list(&alice).await;
    assert_eq!(counts(&first), told("1", "1"));
    assert_eq!(first[0]["updated_at"], message["created_at"]);
    assert_eq!(list(&bob).await, json!([]));
    channel.join(&bob).await;
    assert_eq!(counts(&list(&alice).await), told("2", "1"));
    assert_eq!(list(&bob).await, list(&alice).await);
    alice
        .delete(&channel.message_path(&message, ""))
        .await
        .expect(200);
    assert_eq!(counts(&list(&bob).await), told("2", "0"));
    let second = alice.create_channel("second").await;
    assert_eq!(
        texts(&list(&alice).await, "id"),
        [second.id.as_str(), channel.id.as_str()]
    );
    channel.send("again").await;
    assert_eq!(
        texts(&list(&alice).await, "id"),
        [channel.id.as_str(), second.id.as_str()]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_holds_ones_own_channels_with_counts_as_strings() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let shared = alice.create_channel("shared").await;
    shared.join(&bob).await;
    let own = bob.create_channel("bob's own").await;
    shared.send("one").await;
    shared.send_as(&bob, "two").await;

    let list = alice.get("/api/channels").await.expect(200);
    assert_eq!(texts(&list, "id"), [shared.id.as_str()]);
    let fields = [
        ("id", Kind::Id),
        ("name", Kind::Is("shared")),
        ("type", Kind::Is("messaging")),
        ("member_count", Kind::Is("2")),
        ("message_count", Kind::Is("2")),
        ("updated_at", Kind::Timestamp),
    ];
    expect_fields(&list[0], &fields);
    let list = bob.get("/api/channels").await.expect(200);
    assert_eq!(texts(&list, "id"), [shared.id, own.id]);
    expect_fields(
        &list[1],
        &[
            ("member_count", Kind::Is("1")),
            ("message_count", Kind::Is("0")),
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_begins_with_the_newest_activity() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let (first, second, third) = (
        alice.create_channel("first").await,
        alice.create_channel("second").await,
        alice.create_channel("third").await,
    );
    let names = async || texts(&alice.get("/api/channels").await.expect(200), "name");
    first.send("hello").await;
    assert_eq!(names().await[0], "first");
    second.send("hello").await;
    third.send("hello").await;
    assert_eq!(names().await, ["third", "second", "first"]);
    first.send("again").await;
    assert_eq!(names().await, ["first", "third", "second"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discovery_shows_the_open_channels_of_the_app() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let open = alice.create_channel("open").await;
    for kind in ["private", "direct"] {
        alice
            .create_channel_with(json!({ "name": kind, "type": kind }))
            .await;
    }
    for user in [&alice, &bob] {
        let found = user.get("/api/channels/discover").await.expect(200);
        assert_eq!(texts(&found, "id"), [open.id.as_str()]);
        let fields = [
            ("name", Kind::Is("open")),
            ("member_count", Kind::Is("1")),
            ("created_at", Kind::Timestamp),
        ];
        expect_fields(&found[0], &fields);
    }
    open.join(&bob).await;
    let found = bob.get("/api/channels/discover").await.expect(200);
    assert_eq!(found[0]["member_count"], "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_channel_cannot_be_joined_but_its_members_add_others() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let nowhere = bob
        .call("POST", &format!("/api/channels/{}/join", Uuid::now_v7()))
        .await;
    for kind in ["private", "direct"] {
        let closed = alice
            .create_channel_with(json!({ "name": kind, "type": kind }))
            .await;
        let refused = bob.call("POST", &closed.path("/join")).await;
        assert_eq!(
            refused.visible(),
            nowhere.visible(),
            "a stranger learns that the channel is there"
        );
        assert_eq!(closed.details().await["member_count"], "1");
        alice
            .post(&closed.path("/members"), &json!({ "user_id": bob.id }))
            .await
            .expect(200);
        bob.get(&closed.path("")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_told_with_all_its_members() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let jane = acme
        .sign_in("user-123", json!({ "display_name": "Jane Doe" }))
        .await;
    let channel = jane.create_channel("general").await;
    let details = channel.details().await;
    expect_fields(&details, CHANNEL);
    expect_fields(
        &details,
        &[("member_count", Kind::Is("1")), ("members", Kind::List)],
    );
    let member = &details["members"][0];
    expect_fields(
        member,
        &[
            ("id", Kind::Id),
            ("external_id", Kind::Is("user-123")),
            ("display_name", Kind::Is("Jane Doe")),
            ("avatar_url", Kind::Null),
            ("is_online", Kind::Flag),
            ("role", Kind::Is("owner")),
            ("joined_at", Kind::Timestamp),
        ],
    );
    assert_eq!(member["id"], jane.id);
    assert_eq!(member["is_online"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_channel_is_told_with_its_first_members_and_all_are_in_pages() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    sqlx::raw_sql(
        "WITH crowd AS (
             INSERT INTO users (app_id, id, external_id)
             SELECT id, gen_random_uuid(), 'user ' || number FROM apps, generate_series(1, 1010) AS number
             RETURNING app_id, id
         )
         INSERT INTO members (app_id, channel_id, user_id) SELECT app_id, (SELECT id FROM channels), id FROM crowd",
    )
    .execute(heyyo.database())
    .await
    .unwrap();
    let details = channel.details().await;
    let first = items(&details["members"]);
    assert_eq!(first.len(), 1_000);
    assert_eq!(first[0]["id"], alice.id);

    let backend = acme.call("GET", &channel.path("/members?limit=1000")).await;
    let page = backend.expect(200);
    assert_eq!(items(&page).len(), 100);
    let mut seen = HashSet::new();
    let mut after = String::new();
    loop {
        let path = channel.path(&format!("/members?limit=100{after}"));
        let page = alice.get(&path).await.expect(200);
        let ids = texts(&page, "id");
        let Some(last) = ids.last() else { break };
        after = format!("&after={last}");
        for id in ids {
            assert!(seen.insert(id), "a member is in two pages");
        }
    }
    assert_eq!(seen.len(), 1_011);

    for query in ["limit=0", "limit=many", "after=alice"] {
        let reply = alice.get(&channel.path(&format!("/members?{query}"))).await;
        reply.expect_refusal(400, "invalid");
    }
    let stranger = acme.user("stranger").await;
    let reply = stranger.get(&channel.path("/members")).await;
    reply.expect_refusal(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_of_others_is_as_absent_as_one_that_is_not_there() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    channel.details().await;
    let others = bob.get(&channel.path("")).await;
    others.expect_refusal(404, "not_found");
    let nowhere = bob.get(&format!("/api/channels/{}", Uuid::now_v7())).await;
    assert_eq!(others.visible(), nowhere.visible());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_again_is_joining_once() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = alice.create_channel("general").await;
    let first = bob.call("POST", &channel.path("/join")).await;
    assert_eq!(first.expect(200), json!({ "message": "Joined channel" }));
    let member = channel.member(&bob).await;
    let again = bob.call("POST", &channel.path("/join")).await;
    assert_eq!(again.visible(), first.visible());
    assert_eq!(channel.member(&bob).await, member);
    assert_eq!(channel.details().await["member_count"], "2");
    alice.call("POST", &channel.path("/join")).await.expect(200);
    assert_eq!(
        channel.member(&alice).await["role"],
        "owner",
        "an owner who joins is an owner still"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_what_is_not_there_is_404() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let nowhere = format!("/api/channels/{}/join", Uuid::now_v7());
    alice
        .call("POST", &nowhere)
        .await
        .expect_refusal(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_adds_others_once_each() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let (carol, dave) = (acme.user("carol").await, acme.user("dave").await);
    let channel = alice.create_channel("general").await;
    let add = |by: &crate::support::User, whom: &Value| {
        by.post(&channel.path("/members"), &json!({ "user_id": whom }))
    };
    for _ in 0..2 {
        let added = add(&alice, &json!(bob.id)).await.expect(200);
        assert_eq!(added, json!({ "message": "Member added" }));
        assert_eq!(channel.details().await["member_count"], "2");
    }
    add(&bob, &json!(carol.id)).await.expect(200);
    carol.get(&channel.path("")).await.expect(200);

    let refused = add(&dave, &json!(dave.id)).await;
    assert!(
        [403, 404].contains(&refused.status),
        "a stranger let himself in: {}",
        refused.text()
    );
    add(&alice, &json!(Uuid::now_v7()))
        .await
        .expect_refusal(404, "not_found");
    assert_eq!(channel.details().await["member_count"], "3");
}
