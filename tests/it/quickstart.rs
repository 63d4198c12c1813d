//! The documentation's quickstart, verbatim, with npm's socket.io-client: what every new user runs first.

use crate::support::{
    Heyyo, children,
    shape::{Kind, expect_fields},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quickstart_prints_what_the_documentation_promises() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let environment = [
        ("CB_BASE_URL", heyyo.url()),
        ("CB_API_KEY", acme.api_key.as_str()),
        ("CB_API_SECRET", acme.api_secret.as_str()),
    ];
    let lines = children::node("quickstart.mjs", &[], &environment).await;
    assert_eq!(lines.len(), 5, "{lines:#?}");
    let after = |line: &str, words: &str| {
        let rest = line.strip_prefix(words);
        rest.unwrap_or_else(|| panic!("no {words:?} in {lines:#?}"))
            .to_owned()
    };
    let by_rest = after(&lines[0], "REST message created: ");
    after(&lines[1], "WS connected: ");
    assert_eq!(lines[4], "done");
    // The ack and the event race each other.
    let mut pair = [lines[2].clone(), lines[3].clone()];
    pair.sort();
    let by_socket = after(&pair[0], "WS message ack: ");
    assert_eq!(
        pair[1],
        format!("WS message.new: {by_socket} Hello from WebSocket ⚡")
    );
    for id in [&by_rest, &by_socket] {
        expect_fields(&json!({ "id": id }), &[("id", Kind::Id)]);
    }
    assert_ne!(by_rest, by_socket);
}
