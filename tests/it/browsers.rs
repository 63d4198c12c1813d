//! Browsers: a page of the tenant's own origin talks to Heyyo, through both doors.
//!
//! A browser asks first and reads the answer strictly: `*` does not cover `Authorization`.

use crate::support::Heyyo;

const PAGE: &str = "https://chat.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_asks_first_is_let_through() {
    let heyyo = Heyyo::start().await;
    let asks = [
        (
            "/api/channels",
            "POST",
            "authorization,content-type,idempotency-key",
        ),
        ("/api/channels/discover", "GET", "authorization"),
        ("/api/channels/a/messages/b", "DELETE", "authorization"),
        (
            "/socket.io/?EIO=4&transport=polling",
            "POST",
            "content-type",
        ),
    ];
    for (path, method, headers) in asks {
        let ask = heyyo.http().call("OPTIONS", path);
        let ask = ask.header("access-control-request-method", method);
        let answer = ask
            .header("access-control-request-headers", headers)
            .header("origin", PAGE)
            .await;
        assert!(
            [200, 204].contains(&answer.status),
            "{path}: {}",
            answer.status
        );
        let origin = answer.header("access-control-allow-origin");
        assert!(
            [PAGE, "*"].contains(&origin),
            "{path} allows the origin {origin:?}"
        );
        let methods = answer.header("access-control-allow-methods");
        assert!(
            methods.contains(method),
            "{path} allows the methods {methods:?}"
        );
        let allowed = answer.header("access-control-allow-headers").to_lowercase();
        for header in headers.split(',') {
            let by_star = allowed == "*" && header != "authorization";
            assert!(
                by_star || allowed.contains(header),
                "{path} allows the headers {allowed:?}"
            );
        }
        // Credentials and a star together are refused by every browser.
        assert!(origin != "*" || answer.header("access-control-allow-credentials").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_may_read_every_answer() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let calls = [
        alice.get("/api/channels"),
        heyyo.http().get("/api/channels"),
        heyyo.http().get("/nowhere"),
        heyyo.http().get("/socket.io/?EIO=4&transport=polling"),
        heyyo
            .http()
            .get("/socket.io/?EIO=4&transport=polling&sid=unknown"),
    ];
    for call in calls {
        let name = call.name();
        let answer = call.header("origin", PAGE).await;
        let origin = answer.header("access-control-allow-origin");
        assert!(
            [PAGE, "*"].contains(&origin),
            "{name} may be read by {origin:?}"
        );
    }
}
