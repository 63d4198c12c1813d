//! Traces, as a collector is sent them.

use crate::{
    config::stage::Stage,
    faults::server_process::folder_for,
    support::{eventually, shape::text},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as Any},
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message;
use serde_json::json;
use std::{
    fs,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Milliseconds after which the server sends what it has, and so many that it never does by itself.
const SOON: &str = "50";
const NEVER: &str = "3600000";

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The head and the body of each request.
type Taken = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Takes what a server sends, for as long as the test runs.
struct Collector {
    endpoint: String,
    taken: Taken,
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let taken = Taken::default();
        let takes = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, takes.clone()));
            }
        });
        Self {
            endpoint: format!("http://{address}/v1/traces"),
            taken,
        }
    }

    fn spans(&self) -> Vec<Span> {
        let taken = self.taken.lock().unwrap();
        let requests = taken
            .iter()
            .map(|(_, body)| ExportTraceServiceRequest::decode(&body[..]).expect("OTLP"));
        let resources = requests.flat_map(|request| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// The span of this name and that of its trace, once it comes.
    async fn span(&self, name: &str, fits: impl Fn(&Span) -> bool) -> Span {
        eventually(&format!("the span {name}"), async || {
            let mut spans = self.spans().into_iter();
            spans.find(|span| span.name == name && fits(span))
        })
        .await
    }
}

async fn take(stream: TcpStream, taken: Taken) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            (stream.read_line(&mut head).await.ok()? > 0).then_some(())?;
        }
        let head = head.to_lowercase();
        let (_, rest) = head.split_once("content-length: ")?;
        let length = rest.lines().next()?.parse().ok()?;
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        taken.lock().unwrap().push((head, body));
        let answer =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.ok()?;
    }
}

fn said<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Any> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    attribute.value.as_ref()?.value.as_ref()
}

async fn traced(name: &str, collector: &str, more: &str, each: &str) -> Stage {
    let file = format!(
        "[traces]\nendpoint = \"{collector}\"\nheaders = [\"authorization: Bearer of-the-collector\"]\npercent = 100\n{more}"
    );
    fs::write(folder_for(name).join("heyyo.toml"), file).expect("a file");
    Stage::start_with(name, &[("OTEL_BSP_SCHEDULE_DELAY", each)]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_is_told_what_a_send_took_and_not_what_it_said() {
    let collector = Collector::start().await;
    let proxy = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n";
    let stage = traced("traces", &collector.endpoint, proxy, SOON).await;
    let path = stage.channel.path("/messages");
    let body = json!({ "text": "what-nobody-may-know" });
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let call = stage.alice.post(&path, &body);
    call.header("traceparent", &parent).await.expect(201);
    let socket = stage.alice.socket().await;
    let payload = json!({ "channelId": stage.channel.id, "text": "what-nobody-may-know" });
    socket.emit_with_ack("message.send", payload).await;
    let wrong = stage.alice.get("/api/channels/not-an-id").await;
    wrong.expect_refusal(400, "invalid");

    let route = "POST /api/channels/{channel}/messages";
    let request = collector.span(route, |_| true).await;
    assert_eq!(request.kind(), SpanKind::Server);
    assert_eq!(hex(&request.trace_id), TRACE, "as the proxy said");
    let status = said(&request.attributes, "http.response.status_code");
    assert_eq!(status, Some(&Any::IntValue(201)));
    let event = collector.span("message.send", |_| true).await;
    for whole in [&request, &event] {
        for part in ["plugins", "log"] {
            let is_of = |span: &Span| span.parent_span_id == whole.span_id;
            let part = collector.span(part, is_of).await;
            assert_eq!(part.trace_id, whole.trace_id);
        }
    }
    // What is no method and no route of ours is named in our words.
    let strange = stage
        .server
        .http()
        .call("SECRETIVE", "/what-nobody-may-know");
    strange.await.expect_refusal(404, "not_found");
    collector.span("other none", |_| true).await;
    let refused = collector
        .span("GET /api/channels/{channel}", |_| true)
        .await;
    let is_error = refused
        .status
        .is_some_and(|status| status.code() == StatusCode::Error);
    assert!(!is_error, "a client's mistake is none of the server's");

    let taken = collector.taken.lock().unwrap();
    let secrets = [
        "SECRETIVE",
        &stage.alice.token,
        &stage.tenant.api_secret,
        "what-nobody-may-know",
    ];
    for (head, body) in taken.iter() {
        assert!(
            head.contains("authorization: bearer of-the-collector"),
            "{head}"
        );
        let body = String::from_utf8_lossy(body);
        assert!(body.contains("service.name") && body.contains("heyyo"));
        for secret in secrets {
            assert!(!body.contains(secret), "{secret} in a trace");
        }
    }
}

/// Who is no proxy of ours does not choose what is traced, nor into whose trace it goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clients_own_trace_is_none_of_ours() {
    let collector = Collector::start().await;
    let stage = traced("traces-of-strangers", &collector.endpoint, "", SOON).await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let call = stage.alice.get("/api/channels");
    call.header("traceparent", &parent).await.expect(200);
    let span = collector.span("GET /api/channels", |_| true).await;
    assert_ne!(hex(&span.trace_id), TRACE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_is_named_and_in_nobodys_way() {
    let stage = traced("traces-lost", "http://127.0.0.1:9/v1/traces", "", SOON).await;
    let line = stage.logged("traces cannot be sent").await;
    assert!(line.contains("traces.endpoint"), "{line}");
    let sent = stage.channel.send("still here").await;
    assert_eq!(text(&sent, "text"), "still here");
    assert!(!stage.server.log().contains("of-the-collector"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_sent_yet_is_sent_when_the_server_stops() {
    let collector = Collector::start().await;
    let stage = traced("traces-last", &collector.endpoint, "", NEVER).await;
    stage.channel.send("the last").await;
    assert!(collector.spans().is_empty());
    stage.server.stop().await;
    let names: Vec<_> = collector
        .spans()
        .into_iter()
        .map(|span| span.name)
        .collect();
    for name in ["POST /api/channels/{channel}/messages", "plugins", "log"] {
        assert!(names.iter().any(|one| one == name), "{name}: {names:?}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
