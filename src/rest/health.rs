//! Whether the server is there.

use crate::{
    error::Result,
    rest::{call::Call, reply::Reply},
};
use serde::Serialize;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    /// In seconds.
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
