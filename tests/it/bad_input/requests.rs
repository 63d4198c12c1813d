//! Requests that are no good before anyone looks at a body: paths, methods, ids, queries, raw bytes.

use crate::support::{
    Heyyo, in_time,
    routes::{self, Access, Route},
    shape::text,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_not_there_is_404() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let paths = [
        "/",
        "/api",
        "/api/",
        "/api/channel",
        "/API/channels",
        "/api/channels/",
        "//api/channels",
        "/api//channels",
        "/api/channels/a/b",
        "/api/channels/discover/join/me",
        "/health/",
        "/health/../api/apps",
        "/api/channels%2fdiscover",
        "/%00",
        "/%ff%fe",
        "/favicon.ico",
        "/.env",
        "/?a=b",
    ];
    for path in paths {
        for call in [
            alice.get(path),
            heyyo.http().get(path),
            alice.post(path, &json!({})),
        ] {
            let reply = call.await;
            assert_eq!(reply.status, 404, "{path} was answered {}", reply.text());
            assert_eq!(reply.json()["code"], "not_found");
        }
    }
    let long = format!("/{}", "a".repeat(8_000));
    let reply = heyyo.http().get(&long).await;
    assert!([404, 414].contains(&reply.status), "{}", reply.status);
    heyyo.http().get("/health").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_method_is_405_and_told_the_right_ones() {
    let heyyo = Heyyo::start().await;
    let mut allowed: BTreeMap<&str, (String, BTreeSet<String>)> = BTreeMap::new();
    for route in routes::all() {
        let path = route.path_with(&[&Uuid::now_v7().to_string()]);
        allowed
            .entry(route.path)
            .or_insert((path, BTreeSet::new()))
            .1
            .insert(route.method);
    }
    for (path, methods) in allowed.values() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "BREW"] {
            if methods.contains(method) {
                continue;
            }
            // `discover` stands where a channel's id may: what is allowed below ids is not its own.
            let reply = heyyo.http().call(method, path).await;
            assert_eq!(
                reply.status,
                405,
                "{method} {path} was answered {}",
                reply.text()
            );
            let told: BTreeSet<String> = reply
                .header("allow")
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect();
            assert!(
                told.is_superset(methods) && !told.contains(method),
                "{path} allows {methods:?}, not {told:?}"
            );
            assert!(!text(&reply.json(), "error").is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_in_a_path_that_is_none_is_refused() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    let message = channel.send("hello").await;
    let good = [channel.id.as_str(), text(&message, "id")];
    let long = "a".repeat(5_000);
    let bad = [
        "x",
        "0",
        "-1",
        "null",
        "%20",
        "%00",
        "%ff",
        "%F0%9F%8E%89",
        "'%20OR%201=1",
        "..",
        "*",
        &long,
        &good[0][1..],
    ];
    // Whatever a tenant calls its user is a name: see `access/users.rs`.
    let is_free = |route: &Route| route.name() == "PUT /api/users/{user}";
    let all = routes::all();
    for route in all
        .iter()
        .filter(|route| route.ids() > 0 && !is_free(route))
    {
        for place in 0..route.ids() {
            for id in bad {
                let mut ids = good;
                ids[place] = id;
                let body = json!({ "text": "a", "type": "a", "user_id": alice.id });
                let path = route.path_with(&ids);
                let mut call = match route.access {
                    Access::Tenant | Access::Uploader => acme.call(&route.method, &path),
                    Access::Admin => heyyo.operator(&route.method, &path),
                    _ => alice.call(&route.method, &path),
                };
                if route.method == "POST" {
                    call = call.json(&body);
                }
                let name = call.name();
                let reply = call.await;
                // An upload is looked at as a form before its path is.
                let is_form = route.access == Access::Uploader && reply.status == 415;
                assert!(
                    is_form || [400, 404, 405].contains(&reply.status),
                    "{name} was answered {} {}",
                    reply.status,
                    reply.text()
                );
                heyyo.http().get("/health").await.expect(200);
            }
        }
    }
    assert_eq!(channel.history("").await.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_is_no_good_is_400() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    let bad = [
        "before=",
        "before=yesterday",
        "before=0",
        "before=1769817600000",
        "before=2026-01-31",
        "before=2026-13-31T00:00:00.000Z",
        "before=2026-02-30T00:00:00.000Z",
        "before=2026-01-31T25:00:00.000Z",
        "before=2026-01-31T00:00:00.000",
        "before=%00",
        "before=%ff",
        "before=999999999999-01-01T00:00:00.000Z",
        "limit=%00",
        "limit=0x10",
        "limit=1e2",
        "limit=%F0%9F%8E%89",
        "limit=5&limit=",
        "before_seq=a",
        "before_seq=-1",
        "after_seq=a",
        "after_seq=-1",
        "after_seq=1.5",
    ];
    for query in bad {
        let reply = alice
            .get(&channel.path(&format!("/messages?{query}")))
            .await;
        let is_refused =
            reply.status == 400 || (query.starts_with("limit=5") && reply.status == 200);
        assert!(
            is_refused,
            "{query} was answered {} {}",
            reply.status,
            reply.text()
        );
    }
    let odd = [
        "before=0001-01-01T00:00:00.000Z",
        "before=9999-12-31T23:59:59.999Z",
        "before=2016-12-31T23:59:60.000Z",
        "before_seq=9223372036854775807",
        "before_seq=99999999999999999999999",
        "after_seq=99999999999999999999999",
        "unknown=1",
        "&&&",
        "=",
    ];
    for query in odd {
        alice
            .get(&channel.path(&format!("/messages?{query}")))
            .await
            .expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_that_is_no_text_is_refused() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let channel = alice.create_channel("general").await;
    for value in [
        &b"Bearer \xff\xfe"[..],
        b"\xff",
        b"Bearer",
        b"bearer",
        b"Bearer a b",
        b"Bearer \t",
    ] {
        let reply = heyyo
            .http()
            .get("/api/channels")
            .header("authorization", value)
            .await;
        assert!(
            [401, 403].contains(&reply.status),
            "{value:?} was answered {}",
            reply.text()
        );
    }
    for value in [&b"\xff\xfe"[..], b"", &[b'a'; 5_000]] {
        let call = channel
            .post_message(&alice, json!({ "text": "a" }))
            .header("idempotency-key", value);
        call.await.expect_refusal(400, "invalid");
    }
    let reply = channel
        .post_message(&alice, json!({ "text": "a" }))
        .header("content-type", b"\xff")
        .await;
    reply.expect_refusal(415, "invalid");
    assert_eq!(channel.history("").await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_id_is_the_servers_and_never_a_strangers_markup() {
    let heyyo = Heyyo::start().await;
    let first = heyyo.http().get("/health").await;
    let second = heyyo.http().get("/health").await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    for id in ["a\" b", "<script>", &"a".repeat(4_000)] {
        let reply = heyyo.http().get("/health").header("x-request-id", id).await;
        assert_ne!(reply.header("x-request-id"), id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raw_garbage_ends_its_own_connection_only() {
    let heyyo = Heyyo::start().await;
    let address = heyyo.url().trim_start_matches("http://").to_owned();
    let many_headers = format!(
        "GET /health HTTP/1.1\r\nHost: a\r\n{}\r\n",
        "a: b\r\n".repeat(5_000)
    );
    let large_header = format!(
        "GET /health HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n",
        "a".repeat(600_000)
    );
    let garbage: [&[u8]; 9] = [
        b"\r\n\r\n\r\n",
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /health HTTP/9.9\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/apps HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        many_headers.as_bytes(),
        large_header.as_bytes(),
    ];
    for bytes in garbage {
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        // The server may close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = in_time("an end to garbage", stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let is_refusal = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        let shown: String = String::from_utf8_lossy(bytes).chars().take(60).collect();
        assert!(is_refusal, "{shown:?} was answered {answer}");
        heyyo.http().get("/health").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_json_that_nobody_keeps_or_guesses_at() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    for call in [
        heyyo.http().get("/health"),
        alice.get("/api/channels"),
        alice.get("/nowhere"),
        heyyo.http().get("/api/apps"),
    ] {
        let reply = call.await;
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
}
