//! Traces, for a collector that takes OTLP over HTTP: what became of a request or an event, and how long
//! plugins and the log took.
//!
//! Its spans have a target of their own, so that no line of the log is traced and no text of anybody's;
//! without a collector nothing listens to them and they cost next to nothing. They are sent many at once
//! by a thread of its own; while the collector cannot be reached they are dropped.

use crate::config::boot;
use anyhow::Context;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use opentelemetry::{KeyValue, propagation::TextMapPropagator, trace::TracerProvider};
use opentelemetry_http::{HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock},
    time::{Duration, Instant},
};
use tracing::{Span, field::Empty, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, Registry, filter::Targets};

/// The target of all spans that are traced.
const TARGET: &str = "traces";
/// The longest that a collector may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is said that the collector cannot be reached.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// What is sent to the collector; ended before the process is.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends what was not sent yet. Blocks for some seconds at most.
    pub fn end(self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!("the last traces were not sent: {error}");
        }
    }
}

/// What listens to spans.
pub type Listener = Box<dyn Layer<Lines> + Send + Sync>;
/// What lies below it.
type Lines = tracing_subscriber::layer::Layered<Box<dyn Layer<Registry> + Send + Sync>, Registry>;

/// Begins to trace, if there is a collector.
pub(super) fn start(settings: &boot::Traces) -> anyhow::Result<Option<(Traces, Listener)>> {
    if settings.endpoint.is_empty() {
        return Ok(None);
    }
    let headers = settings
        .headers
        .iter()
        .filter_map(|header| header.split_once(':'));
    let headers: HashMap<_, _> = headers
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::default())
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(&settings.endpoint)
        .with_headers(headers)
        .with_timeout(PATIENCE)
        .build()
        .context("traces")?;
    let share = Sampler::TraceIdRatioBased(f64::from(settings.percent) / 100.0);
    let resource = Resource::builder()
        .with_service_name("heyyo")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(share)))
        .with_resource(resource.build())
        .build();
    let listener = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("heyyo"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(TARGET, LevelFilter::TRACE))
        .boxed();
    Ok(Some((Traces(provider), listener)))
}

/// The way to the collector.
#[derive(Debug, Default)]
struct Collector {
    agent: OnceLock<ureq::Agent>,
    complained: Mutex<Option<Instant>>,
}

impl Collector {
    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let agent = self.agent.get_or_init(|| {
            let config = ureq::Agent::config_builder()
                .timeout_global(Some(PATIENCE))
                .http_status_as_error(false);
            config.build().into()
        });
        let (head, body) = request.into_parts();
        let response = agent.run(Request::from_parts(head, &body[..]))?;
        let (head, mut body) = response.into_parts();
        Ok(Response::from_parts(head, body.read_to_vec()?.into()))
    }

    /// Not each time: it may be away for long, and whoever reads the log knows by then.
    fn complain(&self, what: &dyn std::fmt::Display) {
        let mut complained = self.complained.lock().unwrap();
        if complained.is_none_or(|at| at.elapsed() > SAID_EVERY) {
            *complained = Some(Instant::now());
            tracing::warn!("traces cannot be sent to traces.endpoint: {what}");
        }
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    /// On the exporter's own thread, which may wait.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.send(request);
        match &sent {
            Ok(response) if response.status().is_success() => {}
            Ok(response) => self.complain(&response.status()),
            Err(error) => self.complain(error),
        }
        Ok(sent?)
    }
}

/// A request to REST: its method and route as the table of routes has them, for both may be anything.
/// Its headers say of which trace it is part, if they are `trusted`.
pub fn request((method, route): (&str, &str), trusted: Option<&HeaderMap>) -> Span {
    let span = tracing::debug_span!(
        target: TARGET,
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    if let Some(headers) = trusted
        && !span.is_disabled()
    {
        let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
        let _ = span.set_parent(parent);
    }
    span
}

/// What a request was answered.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// An event of a socket.
pub fn event(name: &'static str) -> Span {
    tracing::debug_span!(target: TARGET, "event", otel.name = name, otel.kind = "server")
}

/// A part of a request or an event: what the app's plugins took, or the log.
pub fn part(name: &'static str) -> Span {
    tracing::debug_span!(target: TARGET, "part", otel.name = name)
}
