//! What an operator sees of a node: `/ready` and `/metrics`. Counts of what happened, and nothing of anybody's.

use crate::{
    faults::server_process::{ADMIN_KEY, ServerProcess},
    support::{
        Heyyo, Socket, http::Reply, people::Tenant, server::Heyyo as Server, shape::text,
        wire::BOTH,
    },
};
use serde_json::json;
use std::{collections::HashSet, fs, path::Path};

async fn metrics(heyyo: &Server) -> Reply {
    let call = heyyo.http().get("/metrics");
    call.header("x-admin-key", heyyo.admin_key()).await
}

/// The value of the one line that begins like this.
fn value(shown: &str, line: &str) -> f64 {
    let mut lines = shown.lines().filter_map(|shown| shown.strip_prefix(line));
    let rest = lines.next();
    let rest = rest.unwrap_or_else(|| panic!("no line begins with {line} in\n{shown}"));
    assert_eq!(lines.next(), None, "{line} is not one line");
    rest.trim().parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_can_serve_is_ready() {
    let heyyo = Heyyo::start().await;
    let ready = heyyo.http().get("/ready").await.expect(200);
    assert_eq!(ready, json!({ "status": "ready" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_for_operators_alone() {
    let heyyo = Heyyo::start().await;
    let jane = heyyo.tenant("Acme").await.user("jane").await;
    let nobody = heyyo.http().get("/metrics").await;
    nobody.expect_refusal(401, "unauthenticated");
    let wrong = heyyo.http().get("/metrics").header("x-admin-key", "wrong");
    wrong.await.expect_refusal(403, "forbidden");
    let user = jane.get("/metrics").await;
    user.expect_refusal(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_counted() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant
        .plugin("word-filter", json!({ "words": ["odd"] }))
        .await;
    let socket = jane.socket().await;
    channel.send("one").await;
    for (wanted, code) in [("two", None), ("odd", Some("rejected"))] {
        let message = json!({ "channelId": channel.id, "text": wanted });
        let ack = socket.emit_with_ack("message.send", message).await;
        assert_eq!(ack["code"].as_str(), code);
    }
    socket.emit_with_ack("no such event", json!({})).await;
    jane.get("/no/such/path")
        .await
        .expect_refusal(404, "not_found");

    let reply = metrics(&heyyo).await;
    assert_eq!(reply.status, 200);
    let media = reply.header("content-type");
    assert!(media.starts_with("application/openmetrics-text"), "{media}");
    let shown = reply.text();
    assert!(shown.ends_with("# EOF\n"), "{shown}");
    for (line, wanted) in [
        ("heyyo_messages_stored_total", 2.0),
        // Both to the one socket.
        ("heyyo_deliveries_total", 2.0),
        ("heyyo_sockets", 1.0),
        ("heyyo_users_online", 1.0),
        ("heyyo_slow_sockets_closed_total", 0.0),
        ("heyyo_log_queue", 0.0),
        ("heyyo_plugins_loaded", 1.0),
        (
            r#"heyyo_socket_events_total{event="message.send",outcome="ok"}"#,
            1.0,
        ),
        (
            r#"heyyo_socket_events_total{event="message.send",outcome="rejected"}"#,
            1.0,
        ),
        (
            r#"heyyo_socket_events_total{event="unknown",outcome="invalid"}"#,
            1.0,
        ),
        (
            r#"heyyo_requests_total{method="POST",route="/api/channels/{channel}/messages",status="201"}"#,
            1.0,
        ),
        (
            r#"heyyo_requests_total{method="other",route="none",status="404"}"#,
            1.0,
        ),
        (
            r#"heyyo_request_seconds_count{route="/api/channels/{channel}/messages"}"#,
            1.0,
        ),
    ] {
        assert_eq!(value(&shown, line), wanted, "{line}");
    }
    let app = tenant.id.to_string();
    let calls = |outcome| {
        format!(r#"heyyo_hook_calls_total{{app="{app}",plugin="word-filter",outcome="{outcome}"}}"#)
    };
    assert_eq!(value(&shown, &calls("allow")), 2.0);
    assert_eq!(value(&shown, &calls("reject")), 1.0);
    let commits = value(&shown, "heyyo_commit_messages_count");
    assert!((1.0..=2.0).contains(&commits), "{commits} commits");
}

/// A dashboard over a count that has another name by now shows nothing, and an alert over it never rings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_the_dashboard_and_the_alerts_look_at_is_counted() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    tenant.plugin("word-filter", json!({})).await;
    channel.send("one").await;
    let socket = jane.socket().await;
    let message = json!({ "channelId": channel.id, "text": "two" });
    socket.emit_with_ack("message.send", message).await;
    let auth = json!({ "token": jane.token, "since": { channel.id.as_str(): 0 } });
    let back = Socket::connect(&heyyo.http(), BOTH[0], Some(&auth)).await;
    back.unwrap().next_event("recovery").await;

    let shown = metrics(&heyyo).await.text();
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let counted: HashSet<&str> = shown
        .lines()
        .map(|line| line.split(|letter| !is_part(letter)).next().unwrap())
        .collect();
    for file in ["grafana.json", "alerts.yml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("ship")
            .join(file);
        let text = fs::read_to_string(path).unwrap();
        let words = text.split(|letter| !is_part(letter));
        let watched: HashSet<_> = words.filter(|word| word.starts_with("heyyo_")).collect();
        assert!(watched.len() > 10, "{file}: {watched:?}");
        let unknown: Vec<_> = watched.difference(&counted).collect();
        assert!(unknown.is_empty(), "{file} looks at {unknown:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_tell_nothing_of_anybody() {
    let heyyo = Heyyo::start().await;
    let tenant = heyyo.tenant("Acme").await;
    let jane = tenant.user("jane-of-acme").await;
    let channel = jane.create_channel("secret-project").await;
    let sent = channel.send("nobody may read this").await;
    let path = channel.message_path(&sent, "/reactions");
    jane.post(&path, &json!({ "type": "heart-of-gold" }))
        .await
        .expect(200);
    let shown = metrics(&heyyo).await.text();
    // They were there to be seen.
    assert_eq!(value(&shown, "heyyo_messages_stored_total"), 1.0);
    for private in [
        "jane-of-acme",
        "secret-project",
        "nobody may read this",
        "heart-of-gold",
        "Acme",
        text(&sent, "id"),
        text(&sent, "user_id"),
        &channel.id,
        &tenant.api_key,
        &jane.token,
    ] {
        assert!(!shown.contains(private), "{private} in\n{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_tells_what_it_took() {
    let heyyo = Heyyo::start().await;
    let jane = heyyo.tenant("Acme").await.user("jane").await;
    let channel = jane.create_channel("general").await;
    let sent = channel.post_message(&jane, json!({ "text": "hi" })).await;
    sent.expect(201);
    let times: Vec<_> = sent.header("server-timing").split(", ").collect();
    let [hooks, store] = times[..] else {
        panic!("{times:?}")
    };
    let milliseconds = |time: &str, name: &str| -> f64 {
        let value = time
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(";dur="));
        value.expect(name).parse().expect("a number")
    };
    assert!(milliseconds(hooks, "hooks") >= 0.0);
    assert!(milliseconds(store, "store") > 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_names_the_request_and_tells_no_secret_nor_what_was_said() {
    let everything = [("RUST_LOG", "trace"), ("HEYYO_LOG__FORMAT", "json")];
    let server = ServerProcess::start("request-ids", None, &everything).await;
    let tenant = Tenant::create(server.http(), ADMIN_KEY, "Acme").await;
    let jane = tenant.user("jane").await;
    let channel = jane.create_channel("general").await;
    let socket = jane.socket().await;
    let said = "for your ears only";
    channel.send(said).await;
    let message = json!({ "channelId": channel.id, "text": said });
    let ack = socket.emit_with_ack("message.send", message).await;
    assert!(ack["message"].is_object(), "{ack}");
    let named = server.http().get("/no/such/path");
    let refused = named.header("x-request-id", "asked-by-jane").await;
    refused.expect_refusal(404, "not_found");
    assert_eq!(refused.header("x-request-id"), "asked-by-jane");

    let log = server.log();
    let line = log.lines().find(|line| line.contains("asked-by-jane"));
    let line = line.unwrap_or_else(|| panic!("no line names the request in {log}"));
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(line["span"]["id"], "asked-by-jane", "{line}");
    for secret in [
        said,
        &tenant.api_secret,
        &jane.token,
        ADMIN_KEY,
        "a master key for tests",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
