//! The documents that describe the API: they leave nothing out, and anyone may read them.

use crate::support::{Heyyo, children, routes, shape::text};
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_described_once() {
    let heyyo = Heyyo::start().await;
    let document = heyyo.http().get("/openapi.json").await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("paths");
    let described = paths.iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().expect("operations").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let described: BTreeSet<_> = described.collect();
    let served: BTreeSet<_> = routes::all().iter().map(routes::Route::name).collect();
    assert_eq!(described, served);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_needs_nothing_from_elsewhere_and_may_fetch_nothing_else() {
    let heyyo = Heyyo::start().await;
    let page = heyyo.http().get("/docs").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    let html = page.text();
    for elsewhere in ["http:", "https:", "//cdn", " src=", "<style ", "onclick"] {
        assert!(!html.contains(elsewhere), "the page says {elsewhere:?}");
    }
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!policy.contains("http"), "{policy}");
    for own in [
        "style-src 'sha256-",
        "script-src 'sha256-",
        "connect-src 'self';",
    ] {
        assert!(policy.contains(own), "{policy}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing_that_the_document_does_not_say() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, _) = (acme.user("alice").await, acme.user("bob").await);
    acme.plugin("word-filter", json!({ "words": ["badger"] }))
        .await;
    let channel = alice.create_channel("general").await;
    let message = channel.send("Hello").await;
    let settings = include_str!("../clients/schemathesis.toml")
        .replace("CHANNEL_ID", &channel.id)
        .replace("MESSAGE_ID", text(&message, "id"));
    let file = format!("{}/schemathesis.toml", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&file, settings).expect("a file");

    let url = format!("{}/openapi.json", heyyo.url());
    let arguments = ["--config-file", &file, "run", &url, "--no-color"];
    let environment = [
        ("TOKEN", alice.token.as_str()),
        ("ADMIN_KEY", heyyo.admin_key()),
        ("API_KEY", &acme.api_key),
        ("API_SECRET", &acme.api_secret),
    ];
    let told = children::schemathesis(&arguments, &environment).await;
    // All but the document, which it has read, and the one that its settings leave out.
    let most = routes::all().len() - 1;
    let tried = format!("Selected: {}/{most}", most - 1);
    let is_tried = told.iter().any(|line| line.contains(&tried));
    assert!(is_tried, "no {tried:?} in\n{}", told.join("\n"));
}
