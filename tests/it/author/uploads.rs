//! What `push` and its like send to a server, seen by a stand-in that answers as the API does.

use super::{Ended, Folder, bundled_wasm, plugin_with};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A server that gives each request the next answer and keeps what it was asked.
struct Stand {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stand {
    async fn open(answers: Vec<(u16, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            for (status, answer) in answers {
                let (stream, _) = listener.accept().await.expect("a client");
                let request = serve(stream, status, &answer).await;
                kept.lock().unwrap().push(request);
            }
        });
        Self { url, asked }
    }

    async fn plugin(&self, folder: &Folder, arguments: &[&str]) -> Ended {
        let access = [
            ("HEYYO_URL", &*self.url),
            ("HEYYO_API_KEY", "the-key"),
            ("HEYYO_API_SECRET", "the-secret"),
        ];
        plugin_with(&folder.0, arguments, &access).await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, status: u16, answer: &Value) -> String {
    let mut request = vec![];
    loop {
        let mut part = [0; 65_536];
        let length = stream.read(&mut part).await.expect("a request");
        request.extend(&part[..length]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let Some((head, _)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let body = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().expect("a length"));
        let is_whole = request
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .expect("a head")
            + 4
            + body
            <= request.len();
        if is_whole || length == 0 {
            break;
        }
    }
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).await.expect("a reader");
    stream.write_all(answer.as_bytes()).await.expect("a reader");
    String::from_utf8_lossy(&request).into_owned()
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write(
        "plugin.toml",
        "name = \"emoji-policy\"\nlanguage = \"rust\"\n[settings]\norder = 7\nconfig = { deny = [\"x\"] }\n",
    );
    folder.write("dist/emoji-policy.wasm", bundled_wasm("emoji-policy"));
    folder
}

#[tokio::test]
async fn a_first_push_makes_the_plugin_with_its_settings() {
    let missing = json!({ "error": "There is no such plugin.", "code": "not_found" });
    let stand = Stand::open(vec![(404, missing), (201, json!({ "version": 1 }))]).await;
    let said = stand
        .plugin(&folder(), &["push", "--set", "code=rude"])
        .await
        .well();
    assert!(said.contains("emoji-policy is live, version 1"), "{said}");
    let asked = stand.asked();
    assert!(
        asked[0].starts_with("GET /api/plugins/emoji-policy HTTP"),
        "{}",
        asked[0]
    );
    assert!(asked[1].starts_with("POST /api/plugins HTTP"));
    let settings = "name=\"settings\"\r\nContent-Type: application/json\r\n\r\n{";
    for words in [
        settings,
        "\"name\":\"emoji-policy\"",
        "\"order\":7",
        "\"deny\":[\"x\"]",
        "\"code\":\"rude\"",
        "name=\"wasm\"; filename=\"plugin.wasm\"\r\nContent-Type: application/wasm\r\n\r\n\0asm",
        "the-key",
        "the-secret",
    ] {
        assert!(asked[1].contains(words), "no {words:?} was sent");
    }
}

#[tokio::test]
async fn a_later_push_adds_a_version_and_leaves_the_settings() {
    let there = json!({ "name": "emoji-policy", "config": { "deny": ["y"] } });
    let stand = Stand::open(vec![(200, there), (201, json!({ "version": 2 }))]).await;
    let said = stand.plugin(&folder(), &["push", "--shadow"]).await.well();
    assert!(said.contains("shadow, version 2"), "{said}");
    let asked = stand.asked();
    assert!(asked[1].starts_with("POST /api/plugins/emoji-policy/versions HTTP"));
    assert!(asked[1].contains("{\"mode\":\"shadow\"}"));
    assert!(!asked[1].contains("\"order\""));
}

#[tokio::test]
async fn a_refusal_is_told_with_its_problems() {
    let missing = json!({ "error": "There is no such plugin.", "code": "not_found" });
    let refusal = json!({
        "error": "The configuration is wrong.",
        "code": "invalid",
        "problems": [{ "key": "deny", "message": "must be a list" }],
    });
    let stand = Stand::open(vec![(404, missing), (422, refusal)]).await;
    let ended = stand.plugin(&folder(), &["push"]).await;
    assert!(
        ended.stderr.contains("deny: must be a list"),
        "{}",
        ended.stderr
    );
    ended.refused("The configuration is wrong.");
}

#[tokio::test]
async fn logs_and_differences_are_readable() {
    let lines = json!({ "lines": [{ "at": "2026-01-31T12:00:00Z", "version": 3, "level": "warn", "text": "odd" }] });
    let stand = Stand::open(vec![(200, lines)]).await;
    let said = stand.plugin(&folder(), &["logs"]).await.well();
    assert!(said.contains("v3  warn   odd"), "{said}");

    let report = json!({ "version": 4, "agreed": 9, "differed": 1, "failed": 0, "differences": [
        { "at": "2026-01-31T12:00:00Z", "hook": "before-reaction", "said": "x", "live": "allow", "shadow": { "fault": "crashed" } },
    ] });
    let stand = Stand::open(vec![(200, report)]).await;
    let arguments = ["replay", "emoji-policy", "--with", "."];
    let said = stand.plugin(&folder(), &arguments).await.well();
    for words in [
        "shadow  fault \"crashed\"",
        "local   reject",
        "9 agreed, 1 differed",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
}
