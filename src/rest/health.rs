//! Whether the server is there, whether it can serve, and what it counts.

use crate::{
    error::Result,
    metrics::MEDIA_TYPE,
    rest::{call::Call, reply::Reply},
};
use schemars::JsonSchema;
use serde::Serialize;

/// A server that is there.
#[derive(Serialize, JsonSchema)]
pub(super) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Of the server.
    version: &'static str,
    /// Since it started, in seconds.
    uptime: f64,
}

pub(super) async fn show(call: Call) -> Result<Reply> {
    let uptime = call.node.started.elapsed().as_secs_f64();
    Reply::ok(&Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        uptime,
    })
}

/// Whether it can serve.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ready {
    /// `ready` or `not ready`.
    status: &'static str,
    /// As in every refusal.
    #[serde(flatten)]
    refusal: Option<Refused>,
}

#[derive(Serialize, JsonSchema)]
struct Refused {
    error: &'static str,
    code: &'static str,
}

/// For who sends it traffic: not while it ends, and not without its database.
pub(super) async fn ready(call: Call) -> Result<Reply> {
    match call.node.is_unready().await {
        None => Reply::ok(&Ready {
            status: "ready",
            refusal: None,
        }),
        Some(error) => Reply::unavailable(&Ready {
            status: "not ready",
            refusal: Some(Refused {
                error,
                code: "unavailable",
            }),
        }),
    }
}

pub(super) async fn metrics(call: Call) -> Result<Reply> {
    let node = &call.node;
    let now = &node.metrics.now;
    let (sockets, users) = node.hub.seats.count();
    let idle = node.database.num_idle();
    for (gauge, value) in [
        (&now.sockets, sockets),
        (&now.users, users),
        (&now.log_queue, node.chat.log.queue()),
        (&now.connections_idle, idle),
        (
            &now.connections_used,
            (node.database.size() as usize).saturating_sub(idle),
        ),
        (&now.plugins, node.hooks.count()),
    ] {
        gauge.set(value as i64);
    }
    Ok(Reply::text(MEDIA_TYPE, node.metrics.show()))
}
