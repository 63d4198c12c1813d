//! The documents that describe the API: they leave nothing out, and anyone may read them.

use crate::support::{Heyyo, routes};
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
