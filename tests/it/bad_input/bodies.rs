//! Bodies that are no good as a whole: broken, no object, not JSON by their own account, too large.
//!
//! Every such body is sent to every call that takes one.

use super::stage;
use serde::de::IgnoredAny;
use serde_json::json;

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
    for (name, call, _) in stage.calls() {
        // Nothing is required of these, and what they do not know is skipped and not read.
        let skips = |body: &[u8]| match name {
            "settings" => body == deep_inside.as_bytes(),
            "user" => body.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(body).is_ok(),
            _ => false,
        };
        for body in broken.into_iter().chain(not_an_object.map(str::as_bytes)) {
            if skips(body) {
                continue;
            }
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
