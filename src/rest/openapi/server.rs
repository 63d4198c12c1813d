//! The node's own pages, described.

use super::operation::Operation;
use crate::{
    metrics,
    rest::health::{Health, Ready},
};
use http::Method;
use serde_json::{Map, Value};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            Method::GET,
            "/health",
            "showHealth",
            "Whether the server is there",
        )
        .answers::<Health>(200, "It is."),
        Operation::new(
            Method::GET,
            "/ready",
            "showReadiness",
            "Whether the server can serve",
        )
        .about("For who sends it traffic.")
        .answers::<Ready>(200, "It can.")
        .answers::<Ready>(503, "It ends, or its database is away."),
        Operation::new(
            Method::GET,
            "/metrics",
            "showMetrics",
            "What the server counts",
        )
        .answers_in(metrics::MEDIA_TYPE, "In the format of Prometheus."),
        Operation::new(
            Method::GET,
            "/openapi.json",
            "showOpenapi",
            "These calls, in OpenAPI",
        )
        .answers::<Map<String, Value>>(200, "An OpenAPI 3.1 document."),
        Operation::new(
            Method::GET,
            "/asyncapi.json",
            "showAsyncapi",
            "The live events, in AsyncAPI",
        )
        .answers::<Map<String, Value>>(200, "An AsyncAPI 3.0 document."),
        Operation::new(Method::GET, "/docs", "showDocs", "Both, as a page").answers_in(
            "text/html",
            "A page that reads the two and needs nothing else.",
        ),
    ]
}
