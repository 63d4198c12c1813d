//! The settings of the edge: which pages may call, and how long a connection is waited for.

use crate::support::{
    Heyyo, eventually, in_time,
    wire::{Transport, Wire},
};
use futures_util::SinkExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message;

const OURS: &str = "https://chat.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_from_elsewhere_reads_no_answer_and_opens_no_socket() {
    let heyyo = Heyyo::start_with(|config| {
        config.live.server.allowed_origins = vec![OURS.to_owned()];
    })
    .await;
    for (origin, is_allowed) in [
        (OURS, true),
        ("https://evil.example", false),
        ("https://chat.example.evil.example", false),
        ("http://chat.example", false),
        ("null", false),
    ] {
        let health = heyyo.http().get("/health").header("origin", origin).await;
        let allowed = health.header("access-control-allow-origin");
        assert_eq!(allowed, if is_allowed { origin } else { "" });
        for transport in ["polling", "websocket"] {
            let path = format!("/socket.io/?EIO=4&transport={transport}");
            let mut call = heyyo.http().get(&path).header("origin", origin);
            if transport == "websocket" {
                for (name, value) in [
                    ("connection", "upgrade"),
                    ("upgrade", "websocket"),
                    ("sec-websocket-version", "13"),
                    ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
                ] {
                    call = call.header(name, value);
                }
            }
            let status = in_time("an answer", call.exchange())
                .await
                .expect("an answer")
                .status;
            let opened = [200, 101].contains(&status);
            assert_eq!(opened, is_allowed, "{origin} over {transport}: {status}");
            assert!(opened || status == 403, "{status}");
        }
    }
    // Who is no browser says nothing of an origin.
    let path = "/socket.io/?EIO=4&transport=polling";
    assert_eq!(heyyo.http().get(path).await.status, 200);
}

/// What the server says on a connection before it ends it.
async fn said_until_the_end(heyyo: &Heyyo, words: &str) -> String {
    let address = heyyo.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(words.as_bytes()).await.expect("words");
    let mut said = String::new();
    in_time("the end", stream.read_to_string(&mut said))
        .await
        .expect("an end");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_too_slowly_is_not_waited_for() {
    let heyyo = Heyyo::start_with(|config| {
        config.live.server.idle_seconds = 1;
        config.live.server.body_seconds = 1;
    })
    .await;
    assert_eq!(said_until_the_end(&heyyo, "GET /hea").await, "");
    let head = "POST /api/auth/token HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    let said = said_until_the_end(&heyyo, &format!("{head}content-length: 9\r\n\r\n{{")).await;
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    assert!(said.contains("The body took too long to arrive"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_no_answer_is_not_waited_for() {
    let heyyo = Heyyo::start_with(|config| config.live.server.stalled_seconds = 1).await;
    let address = heyyo.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // Asks on and on, until the server is there no more.
    let asking = async {
        let question = b"GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n".repeat(1_000);
        while stream.write_all(&question).await.is_ok() {}
    };
    in_time("the end of the connection", asking).await;
    heyyo.http().get("/health").await.expect(200);
}

/// Each packet is answered, and no answer is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_that_reads_nothing_is_not_waited_for() {
    let heyyo = Heyyo::start_with(|config| config.live.server.stalled_seconds = 1).await;
    let address = heyyo.url().replacen("http", "ws", 1);
    let url = format!("{address}/socket.io/?EIO=4&transport=websocket");
    let (mut stream, _) = tokio_tungstenite::connect_async(&url)
        .await
        .expect("a WebSocket");
    let packet = format!("40/{},", "a".repeat(20_000));
    let asking = async { while stream.send(Message::text(&packet)).await.is_ok() {} };
    in_time("the end of the connection", asking).await;
    heyyo.http().get("/health").await.expect(200);
}

/// The end of a connection that the server closed at once, or a connection.
async fn connect(heyyo: &Heyyo) -> Option<TcpStream> {
    let address = heyyo.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let question = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
    let _ = stream.write_all(question).await;
    let mut said = [0; 12];
    let answered = in_time("an answer or the end", stream.read_exact(&mut said)).await;
    answered.is_ok().then_some(stream)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_too_many_is_closed_and_there_is_room_again_when_another_ends() {
    for of_address in [true, false] {
        let heyyo = Heyyo::start_with(|config| {
            let server = &mut config.live.server;
            match of_address {
                true => server.address_connections = 3,
                false => server.connections = 3,
            }
        })
        .await;
        let mut open = vec![];
        for _ in 0..3 {
            open.push(connect(&heyyo).await.expect("there is room"));
        }
        assert!(connect(&heyyo).await.is_none());
        assert!(connect(&heyyo).await.is_none());
        open.pop();
        eventually("there is room again", async || connect(&heyyo).await).await;
    }
}

/// A proxy has the connections of all who come through it, and they count for themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_has_as_many_connections_as_it_needs() {
    let heyyo = Heyyo::start_with(|config| {
        config.live.server.address_connections = 2;
        config.live.server.trusted_proxies = vec!["127.0.0.1".to_owned()].into();
    })
    .await;
    let mut open = vec![];
    for _ in 0..8 {
        open.push(connect(&heyyo).await.expect("there is room"));
    }
}

/// A WebSocket is a connection from its first byte to its last, whatever it began as.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_counts_for_as_long_as_it_is_open() {
    let heyyo = Heyyo::start_with(|config| config.live.server.address_connections = 2).await;
    let first = Wire::open(&heyyo.http(), Transport::WebSocket).await;
    let second = Wire::open(&heyyo.http(), Transport::WebSocket).await;
    assert!(connect(&heyyo).await.is_none());
    drop((first, second));
    eventually("there is room again", async || connect(&heyyo).await).await;
}
