//! Fields that are no good: missing, of the wrong kind, too long, too deep, with a NUL inside.
//!
//! The largest that is allowed is taken, so that a limit which is too tight fails as well.

use super::stage;
use crate::support::shape::text;
use serde_json::{Value, json};

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
