//! Dev mode: without a key and without a configuration, apps are managed by direct local callers.
//!
//! A proxy on this machine and a web page that posts to localhost arrive from here as well; what gives
//! them away must close the door.

use crate::support::{Heyyo, shape::items};
use heyyo::config::Config;
use serde_json::json;

async fn start() -> Heyyo {
    Heyyo::start_with(|config| {
        config.live.auth.admin_keys.clear();
        config.live.has_file = false;
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_direct_local_caller_needs_no_key() {
    let heyyo = start().await;
    let app = heyyo
        .http()
        .post("/api/apps", &json!({ "name": "Acme Chat" }))
        .await
        .expect(201);
    assert_eq!(app["name"], "Acme Chat");
    let port = heyyo.url().rsplit(':').next().expect("a port");
    for host in [
        "localhost",
        &format!("localhost:{port}"),
        "127.0.0.1",
        "[::1]:4000",
    ] {
        heyyo
            .http()
            .get("/api/apps")
            .header("host", host)
            .await
            .expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_looks_local_is_refused() {
    let heyyo = start().await;
    let list = || heyyo.http().get("/api/apps");
    let create = || heyyo.http().post("/api/apps", &json!({ "name": "mine" }));
    list().await.expect(200);
    let signs = [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 proxy"),
        ("origin", "https://evil.example"),
        ("origin", "http://localhost.evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("host", "evil.example"),
        ("host", "localhost.evil.example"),
        ("host", "127.0.0.1.evil.example"),
        ("host", ""),
    ];
    for (name, value) in signs {
        for call in [list(), create()] {
            let reply = call.header(name, value).await;
            assert_eq!(
                reply.status,
                403,
                "{name}: {value} was answered {}",
                reply.text()
            );
        }
    }
    // What a web page may post without asking first.
    let simple = heyyo
        .http()
        .call("POST", "/api/apps")
        .bytes("text/plain", "{\"name\":\"mine\"}");
    simple.await.expect_refusal(415, "invalid");
    assert_eq!(
        items(&list().await.expect(200)).len(),
        0,
        "a refused call created an app"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_without_a_key_is_not_dev_mode() {
    let heyyo = Heyyo::start_with(|config| {
        config.live.auth.admin_keys.clear();
        config.live.has_file = true;
    })
    .await;
    heyyo.http().get("/health").await.expect(200);
    for call in [
        heyyo.http().get("/api/apps"),
        heyyo.http().post("/api/apps", &json!({ "name": "mine" })),
    ] {
        call.clone().await.expect_refusal(403, "forbidden");
        call.header("x-admin-key", "any key at all, of any length")
            .await
            .expect_refusal(403, "forbidden");
    }
}

#[test]
fn a_server_for_others_does_not_start_without_a_key() {
    let flags = heyyo::config::Flags {
        address: Some("0.0.0.0".to_owned()),
        port: Some(0),
        ..Default::default()
    };
    let refusal = Config::load(&flags).err().expect("it must not start");
    assert!(refusal.to_string().contains("HEYYO_ADMIN_KEY"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dev_mode_has_a_page_to_chat_on_and_production_has_none() {
    let files = [
        ("/demo", "text/html; charset=utf-8"),
        ("/demo/", "text/html; charset=utf-8"),
        ("/demo/demo.js", "text/javascript; charset=utf-8"),
        ("/demo/demo.css", "text/css; charset=utf-8"),
    ];
    let heyyo = start().await;
    let page = heyyo.http().get("/demo").await.text().to_owned();
    for (path, media) in files {
        let part = heyyo.http().get(path).await;
        assert_eq!((part.status, part.header("content-type")), (200, media));
        let named = !path.contains('.') || page.contains(path);
        assert!(named, "the page does not name {path}");
    }
    let policy = heyyo.http().get("/demo").await;
    let policy = policy.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    heyyo.http().get("/demo/demo.txt").await.expect(404);
    heyyo.http().post("/demo", &json!({})).await.expect(404);

    let production = Heyyo::start().await;
    for (path, _) in files {
        production.http().get(path).await.expect(404);
    }
}
