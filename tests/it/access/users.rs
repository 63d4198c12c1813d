//! Users, as their tenant's backend keeps them: made, found, sent away, let in again, deleted.

use super::{expect_done, expect_in, expect_out};
use crate::support::{
    Heyyo, Tenant, eventually, in_time,
    shape::{Kind, expect_fields, items, text, texts},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

async fn show(tenant: &Tenant, user: &str) -> Value {
    let call = tenant.call("GET", &format!("/api/users/{user}"));
    call.await.expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_made_changed_and_found_by_either_id() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let profile = json!({ "display_name": "Jane Doe", "avatar_url": "https://example.com/a.png" });
    let put = |path: &str, body: &Value| acme.call("PUT", path).json(body);
    let made = put("/api/users/jane%20doe", &profile).await.expect(200);
    let fields = [
        ("id", Kind::Id),
        ("external_id", Kind::Is("jane doe")),
        ("display_name", Kind::Is("Jane Doe")),
        ("avatar_url", Kind::Is("https://example.com/a.png")),
        ("is_online", Kind::Flag),
        ("deactivated_at", Kind::Null),
        ("created_at", Kind::Timestamp),
        ("updated_at", Kind::Timestamp),
    ];
    expect_fields(&made, &fields);
    let changed = put(
        "/api/users/jane%20doe",
        &json!({ "display_name": "Jane Roe" }),
    );
    let changed = changed.await.expect(200);
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(changed["display_name"], "Jane Roe");
    assert_eq!(changed["avatar_url"], made["avatar_url"]);
    for word in ["jane%20doe", text(&made, "id")] {
        assert_eq!(show(&acme, word).await, changed);
    }
    // The same as whoever is signed in under that name.
    let jane = acme.user("jane doe").await;
    assert_eq!(jane.id, text(&made, "id"));
    let socket = jane.socket().await;
    assert_eq!(show(&acme, &jane.id).await["is_online"], true);
    drop(socket);
    // Nothing to say of them is no error.
    put("/api/users/bob", &json!({})).await.expect(200);

    for (path, body) in [
        ("/api/users/%20", json!({})),
        ("/api/users/%00", json!({})),
        ("/api/users/%ff", json!({})),
        (
            "/api/users/jane",
            json!({ "display_name": "a".repeat(101) }),
        ),
        ("/api/users/jane", json!({ "display_name": "a\u{0}" })),
        ("/api/users/jane", json!({ "avatar_url": 7 })),
        (
            "/api/users/jane",
            json!({ "avatar_url": "a".repeat(2_049) }),
        ),
    ] {
        put(path, &body).await.expect_refusal(400, "invalid");
    }
    let long = format!("/api/users/{}", "a".repeat(256));
    put(&long, &json!({})).await.expect_refusal(400, "invalid");
    let nobody = acme.call("GET", "/api/users/jane").await;
    nobody.expect_words(404, "not_found", "User not found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_be_named_as_the_deleted_are() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let name = format!("deleted:{}", alice.id);
    let refused = acme.ask_for_token(&name, json!({})).await;
    refused.expect_refusal(400, "invalid");
    let deleted = acme.call("DELETE", "/api/users/alice").await;
    expect_done(&deleted, "User deleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_are_paged_in_the_order_they_came() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let mut ids = vec![];
    for number in 0..5 {
        ids.push(acme.user(&format!("user {number}")).await.id);
        globex.user(&format!("user {number}")).await;
    }
    let page = async |query: &str| {
        let call = acme.call("GET", &format!("/api/users{query}"));
        call.await.expect(200)
    };
    assert_eq!(texts(&page("").await, "id"), ids);
    assert_eq!(texts(&page("?limit=1000").await, "id"), ids);
    let mut seen = vec![];
    let mut query = "?limit=2".to_owned();
    loop {
        let users = page(&query).await;
        let Some(last) = items(&users).last() else {
            break;
        };
        query = format!("?limit=2&after={}", text(last, "id"));
        seen.extend(texts(&users, "id"));
    }
    assert_eq!(seen, ids);
    for query in ["?limit=0", "?limit=x", "?limit=", "?after=x", "?after="] {
        let call = acme.call("GET", &format!("/api/users{query}"));
        call.await.expect_refusal(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deactivated_user_is_out_until_they_are_reactivated() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = bob.create_channel("general").await;
    channel.join(&alice).await;
    channel.send_as(&alice, "before").await;
    let (hers, his) = (alice.socket().await, bob.socket().await);
    let deactivated = "This user is deactivated";
    let call = |word: &str| acme.call("POST", &format!("/api/users/alice/{word}"));
    expect_done(&call("deactivate").await, "User deactivated");

    hers.dismissed().await;
    expect_out(&alice, deactivated).await;
    let profile = json!({ "display_name": "somebody else" });
    let token = acme.ask_for_token("alice", profile).await;
    token.expect_words(403, "forbidden", deactivated);
    let in_her_name = acme.call_as("alice", "GET", "/api/channels").await;
    in_her_name.expect_words(403, "forbidden", deactivated);
    let shown = show(&acme, "alice").await;
    assert!(shown["deactivated_at"].is_string(), "{shown}");
    assert!(shown["display_name"].is_null(), "a refused call changed it");
    // What she wrote stays, and where she belongs.
    assert_eq!(channel.history("").await[0]["text"], "before");
    assert_eq!(channel.details().await["member_count"], "2");
    assert!(his.is_live());
    expect_in(&bob).await;

    expect_done(&call("reactivate").await, "User reactivated");
    expect_in(&acme.user("alice").await).await;
    // What was given before stays void.
    expect_out(&alice, "Invalid token").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_leaves_their_messages_under_nobodys_name() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let profile = json!({ "display_name": "Alice", "avatar_url": "https://example.com/a.png" });
    let alice = acme.sign_in("alice", profile).await;
    let bob = acme.user("bob").await;
    let owned = alice.create_channel("owned").await;
    owned.join(&bob).await;
    let message = owned.send("from alice").await;
    let reply = owned.send_as(&bob, "from bob").await;
    let react = json!({ "type": ":heart:" });
    for user in [&alice, &bob] {
        let path = owned.message_path(&reply, "/reactions");
        user.post(&path, &react).await.expect(200);
    }
    let (hers, his) = (alice.socket().await, bob.socket().await);
    let deleted = acme.call("DELETE", "/api/users/alice").await;
    expect_done(&deleted, "User deleted");

    hers.dismissed().await;
    expect_out(&alice, "Invalid token").await;
    let left = his.next_event("member.left").await;
    assert_eq!(
        (&left["userId"], &left["newOwnerId"]),
        (&json!(alice.id), &json!(bob.id))
    );
    let listed = bob.get(&owned.path("/messages")).await;
    let messages = listed.expect(200);
    assert_eq!(
        texts(&messages, "id"),
        [text(&message, "id"), text(&reply, "id")]
    );
    assert_eq!(messages[0]["text"], "from alice");
    assert_eq!(messages[0]["user_display_name"], "Deleted user");
    assert_eq!(messages[0]["user_id"], alice.id);
    for personal in ["\"alice\"", "Alice", "example.com"] {
        assert!(!listed.text().contains(personal), "{}", listed.text());
    }
    assert_eq!(items(&messages[1]["reactions"]).len(), 1, "{messages}");
    let details = bob.get(&owned.path("")).await.expect(200);
    assert_eq!(texts(&details["members"], "id"), [bob.id.as_str()]);
    assert_eq!(details["members"][0]["role"], "owner");
    for word in ["alice", &alice.id, &format!("deleted:{}", alice.id)] {
        let path = format!("/api/users/{word}");
        let reply = acme.call("GET", &path).await;
        assert_eq!(reply.status, 404, "{word}: {}", reply.text());
        let add = json!({ "user_id": word });
        let added = bob.post(&owned.path("/members"), &add).await;
        added.expect_words(404, "not_found", "User not found");
    }
    let users = acme.call("GET", "/api/users").await.expect(200);
    assert_eq!(texts(&users, "external_id"), ["bob"]);

    // The name is free, and its next bearer is somebody else. The row that stays is nobody's to take.
    let next = acme.user("alice").await;
    assert_ne!(next.id, alice.id);
    let path = format!("/api/users/deleted:{}", alice.id);
    let taken = acme
        .call("PUT", &path)
        .json(&json!({ "display_name": "Eve" }));
    taken.await.expect_refusal(400, "invalid");
    let again = acme.call("DELETE", &format!("/api/users/{}", alice.id));
    again.await.expect_refusal(404, "not_found");
    assert!(his.is_live());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_shut_out_while_a_body_comes_sends_nothing() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let channel = bob.create_channel("general").await;
    channel.join(&alice).await;
    let address = heyyo.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let body = json!({ "text": "too late" }).to_string();
    let (first, rest) = body.split_at(5);
    let path = channel.path("/messages");
    let begun = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{first}",
        alice.token,
        body.len()
    );
    stream.write_all(begun.as_bytes()).await.expect("a start");
    let uptime = async || {
        let health = heyyo.http().get("/health").await.expect(200);
        health["uptime"].as_f64().expect("seconds")
    };
    let began = uptime().await;
    let deactivated = acme.call("POST", "/api/users/alice/deactivate").await;
    expect_done(&deactivated, "User deactivated");
    eventually("credentials are too old", async || {
        (uptime().await > began + 1.5).then_some(())
    })
    .await;
    stream.write_all(rest.as_bytes()).await.expect("the rest");
    let mut said = String::new();
    in_time("the end", stream.read_to_string(&mut said))
        .await
        .expect("an end");
    assert!(said.starts_with("HTTP/1.1 403"), "{said}");
    assert_eq!(channel.history("").await, json!([]));
}
