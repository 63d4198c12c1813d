//! Bodies that are no good: broken, of the wrong type, too long, too deep, too large.
//!
//! One table of calls, each proved good first; then every bad body against each of them. The HTTP
//! client itself fails on a 5xx or a missing answer; after each the server must still be well.

use crate::support::{Call, Channel, Heyyo, Reply, Tenant, User, shape::text};
use serde_json::{Value, json};

/// The calls that take a body, and what each needs.
struct Stage {
    heyyo: Heyyo,
    acme: Tenant,
    alice: User,
    channel: Channel,
    message: Value,
}

async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    Stage {
        message: channel.send("hello").await,
        heyyo,
        acme,
        alice,
        channel,
    }
}

impl Stage {
    /// Every call with a body: with credentials, without the body, and a body that is good.
    fn calls(&self) -> Vec<(&'static str, Call, Value)> {
        let token = json!({
            "api_key": self.acme.api_key,
            "api_secret": self.acme.api_secret,
            "user_id": "alice",
        });
        let http = self.heyyo.http();
        vec![
            (
                "app",
                http.call("POST", "/api/apps")
                    .header("x-admin-key", self.heyyo.admin_key()),
                json!({ "name": "app" }),
            ),
            ("token", http.call("POST", "/api/auth/token"), token),
            (
                "channel",
                self.alice.call("POST", "/api/channels"),
                json!({ "name": "channel" }),
            ),
            (
                "member",
                self.alice.call("POST", &self.channel.path("/members")),
                json!({ "user_id": self.alice.id }),
            ),
            (
                "message",
                self.alice.call("POST", &self.channel.path("/messages")),
                json!({ "text": "good" }),
            ),
            (
                "reaction",
                self.alice.call(
                    "POST",
                    &self.channel.message_path(&self.message, "/reactions"),
                ),
                json!({ "type": ":heart:" }),
            ),
        ]
    }

    fn call(&self, wanted: &str) -> (Call, Value) {
        let mut calls = self.calls().into_iter();
        let (_, call, body) = calls
            .find(|(name, ..)| *name == wanted)
            .expect("a call of this name");
        (call, body)
    }

    async fn expect_refused(&self, call: Call, status: u16, code: &str, why: &str) -> Reply {
        let name = call.name();
        let reply = call.await;
        assert_eq!(
            reply.status,
            status,
            "{name} with {why} was answered {}",
            reply.text()
        );
        assert_eq!(
            reply.json()["code"],
            code,
            "{name} with {why} was answered {}",
            reply.text()
        );
        self.heyyo.http().get("/health").await.expect(200);
        reply
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_good_body_is_good() {
    let stage = stage().await;
    for (name, call, body) in stage.calls() {
        for content_type in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON",
        ] {
            let reply = call.clone().bytes(content_type, body.to_string()).await;
            assert!(
                reply.status < 300,
                "{name} as {content_type}: {}",
                reply.text()
            );
        }
        let mut body = body;
        body["unknown"] = json!({ "key": ["is", "ignored"] });
        let reply = call.json(&body).await;
        assert!(reply.status < 300, "{name}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_body_is_400() {
    let stage = stage().await;
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let deep_inside = format!("{{\"unknown\":{deep}}}");
    let broken: [&[u8]; 20] = [
        b"",
        b" ",
        b"{",
        b"}",
        b"{\"name\":}",
        b"{'name':'a'}",
        b"{\"name\":\"a\",}",
        b"{\"name\":\"a\"} trailing",
        b"{\"name\":\"a\"}{\"name\":\"b\"}",
        b"{\"name\":\"\\ud800\"}",
        b"{\"name\":\"\\udc00\\ud800\"}",
        b"{\"name\":\"\\x\"}",
        b"{\"name\":\"a\nb\"}",
        b"{\"name\":\"\xff\xfe\"}",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"{\"name\":1e999}",
        b"{\"name\":NaN}",
        deep.as_bytes(),
        deep_inside.as_bytes(),
    ];
    let not_an_object = [
        "null",
        "true",
        "42",
        "\"name\"",
        "[]",
        "[{}]",
        "[\"name\"]",
        "[\"a\",\"b\",\"c\",\"d\",\"e\"]",
    ];
    for (_, call, _) in stage.calls() {
        for body in broken.into_iter().chain(not_an_object.map(str::as_bytes)) {
            let why = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let call = call.clone().bytes("application/json", body.to_vec());
            stage.expect_refused(call, 400, "invalid", &why).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_say_it_is_json_is_415() {
    let stage = stage().await;
    for (_, call, body) in stage.calls() {
        let types = [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=a",
            "application/xml",
            "json",
            "",
        ];
        for content_type in types {
            let call = call.clone().bytes(content_type, body.to_string());
            stage
                .expect_refused(call, 415, "invalid", content_type)
                .await;
        }
        let unnamed = call.unnamed_bytes(body.to_string());
        stage
            .expect_refused(unnamed, 415, "invalid", "no content type")
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_above_64_kib_is_413() {
    let stage = stage().await;
    for (name, call, body) in stage.calls() {
        let padded = |size: usize| {
            let mut body = body.to_string();
            body.push_str(&" ".repeat(size - body.len()));
            call.clone().bytes("application/json", body)
        };
        let largest = padded(65_536).await;
        assert!(largest.status < 300, "{name}: {}", largest.text());
        for size in [65_537, 100_000, 1_000_000] {
            stage
                .expect_refused(padded(size), 413, "too_large", &format!("{size} bytes"))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_required_field_is_required() {
    let stage = stage().await;
    let required = [
        ("app", "name"),
        ("token", "api_key"),
        ("token", "api_secret"),
        ("token", "user_id"),
        ("channel", "name"),
        ("member", "user_id"),
        ("reaction", "type"),
    ];
    for (name, field) in required {
        let (call, body) = stage.call(name);
        let without = |value: Option<Value>| {
            let mut body = body.clone();
            match value {
                Some(value) => body[field] = value,
                None => drop(body.as_object_mut().expect("an object").remove(field)),
            }
            call.clone().json(&body)
        };
        let absent = stage
            .expect_refused(without(None), 400, "invalid", field)
            .await;
        assert!(
            text(&absent.json(), "error").contains(field),
            "{} does not name {field}",
            absent.text()
        );
        for value in [
            json!(null),
            json!(7),
            json!(true),
            json!(["a"]),
            json!({ "a": "b" }),
        ] {
            let why = format!("{field} = {value}");
            let reply = stage
                .expect_refused(without(Some(value)), 400, "invalid", &why)
                .await;
            assert!(
                text(&reply.json(), "error").contains(field),
                "{} does not name {field}",
                reply.text()
            );
        }
        if !field.starts_with("api_") && name != "member" {
            for value in ["", "   ", "a\u{0}b", "\u{0}"] {
                stage
                    .expect_refused(
                        without(Some(json!(value))),
                        400,
                        "invalid",
                        &format!("{field} = {value:?}"),
                    )
                    .await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_of_the_wrong_kind_or_size_is_400() {
    let stage = stage().await;
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!({ "a": inner }));
    let long = |characters: usize| json!("é".repeat(characters));
    let rows = [
        ("app", "name", vec![long(101)]),
        ("token", "user_id", vec![long(256)]),
        (
            "token",
            "display_name",
            vec![long(101), json!("a\u{0}b"), json!(7), json!([])],
        ),
        (
            "token",
            "avatar_url",
            vec![long(2_049), json!("a\u{0}b"), json!(7), json!({})],
        ),
        ("channel", "name", vec![long(101)]),
        (
            "channel",
            "type",
            vec![long(101), json!(""), json!("a\u{0}b"), json!(7)],
        ),
        (
            "channel",
            "description",
            vec![long(5_000), json!("a\u{0}b"), json!(7)],
        ),
        (
            "channel",
            "metadata",
            vec![
                json!([]),
                json!("a"),
                json!(7),
                nested(9),
                json!({ "a": "b".repeat(8_192) }),
                json!({ "a": "\u{0}" }),
                json!({ "\u{0}": 1 }),
            ],
        ),
        (
            "channel",
            "members",
            vec![
                json!("alice"),
                json!({}),
                json!([7]),
                json!([null]),
                json!([["alice"]]),
            ],
        ),
        (
            "message",
            "text",
            vec![
                long(4_001),
                json!("a\u{0}b"),
                json!(7),
                json!([]),
                json!({}),
            ],
        ),
        (
            "message",
            "attachments",
            vec![
                json!({}),
                json!("a"),
                json!(7),
                json!(vec![json!({ "a": 1 }); 11]),
                json!([{ "a": "b".repeat(2_048) }]),
                json!([{ "a": "\u{0}" }]),
                json!([nested(20)]),
            ],
        ),
        (
            "message",
            "metadata",
            vec![
                json!([]),
                json!("a"),
                json!(7),
                nested(9),
                json!({ "a": "b".repeat(8_192) }),
                json!({ "a": ["\u{0}"] }),
            ],
        ),
        (
            "message",
            "parent_id",
            vec![
                json!("not-an-id"),
                json!(""),
                json!(7),
                json!({}),
                json!("\u{0}"),
            ],
        ),
        (
            "message",
            "client_id",
            vec![long(2_000), json!("a\u{0}b"), json!(7), json!([])],
        ),
        (
            "reaction",
            "type",
            vec![json!("a".repeat(65)), json!("❤".repeat(22))],
        ),
    ];
    for (name, field, values) in rows {
        let (call, body) = stage.call(name);
        for value in values {
            let mut body = body.clone();
            body[field] = value;
            let body_text = body.to_string();
            let why: String = body_text.chars().take(80).collect();
            stage
                .expect_refused(call.clone().json(&body), 400, "invalid", &why)
                .await;
        }
    }
    assert_eq!(
        stage.channel.history("").await.as_array().map(Vec::len),
        Some(1),
        "a refused message was stored"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_of_everything_is_taken() {
    let stage = stage().await;
    let nested = (0..8).fold(json!(1), |inner, _| json!({ "a": inner }));
    let metadata = json!({ "a": "b".repeat(8_192 - 8) });
    let rows = [
        ("app", json!({ "name": "é".repeat(100) })),
        (
            "channel",
            json!({ "name": "🎉".repeat(100), "metadata": nested }),
        ),
        ("channel", json!({ "name": "a", "metadata": metadata })),
        (
            "message",
            json!({ "text": "🎉".repeat(4_000), "metadata": metadata }),
        ),
        (
            "message",
            json!({ "attachments": vec![json!({ "a": "b".repeat(2_048 - 8) }); 10] }),
        ),
        ("reaction", json!({ "type": "a".repeat(64) })),
    ];
    for (name, body) in rows {
        let (call, _) = stage.call(name);
        let reply = call.json(&body).await;
        assert!(reply.status < 300, "{name}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_repeats_nothing_secret() {
    let stage = stage().await;
    let (call, mut body) = stage.call("token");
    body["user_id"] = json!(7);
    let reply = stage.expect_refused(call, 400, "invalid", "no body").await;
    assert!(!reply.text().contains(&stage.acme.api_secret));
    let (call, _) = stage.call("token");
    let reply = stage
        .expect_refused(call.json(&body), 400, "invalid", "a wrong user")
        .await;
    assert!(
        !reply.text().contains(&stage.acme.api_secret),
        "{}",
        reply.text()
    );
    let (call, _) = stage.call("token");
    body["api_secret"] = json!([stage.acme.api_secret]);
    let reply = stage
        .expect_refused(call.json(&body), 400, "invalid", "a wrong secret")
        .await;
    assert!(
        !reply.text().contains(&stage.acme.api_secret),
        "{}",
        reply.text()
    );
}
