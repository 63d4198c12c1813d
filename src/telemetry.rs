//! Where the program's own words go: to stderr, in the form and from the level that the operator chose;
//! and where its [`traces`] go.
//!
//! There is one subscriber in a process, so what changes its level is kept here, beside it. A process
//! that never started one (a test) has nothing to change.

pub mod traces;

use crate::config::boot::{Boot, Format};
use anyhow::anyhow;
use std::{
    io::{IsTerminal, stderr},
    sync::OnceLock,
};
use traces::Traces;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Begins to log, and to trace. Fails on a level that is none, or when it was called before.
pub fn start(boot: &Boot, level: &str) -> anyhow::Result<Option<Traces>> {
    let (filter, handle) = reload::Layer::new(EnvFilter::try_new(level)?);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    let lines = match boot.log.format {
        Format::Text => lines.with_filter(filter).boxed(),
        Format::Json => lines.json().with_filter(filter).boxed(),
    };
    let (traces, spans) = traces::start(&boot.traces)?.unzip();
    let subscriber = tracing_subscriber::registry().with(lines).with(spans);
    subscriber.try_init().map_err(|error| anyhow!(error))?;
    let _ = FILTER.set(handle);
    Ok(traces)
}

/// From now on, this is logged. Fails on a level that is none.
pub fn set_level(level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level)?;
    if let Some(handle) = FILTER.get() {
        handle.reload(filter)?;
    }
    Ok(())
}
