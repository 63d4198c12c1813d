//! Where the program's own words go: to stderr, in the form and from the level that the operator chose.
//!
//! There is one subscriber in a process, so what changes its level is kept here, beside it. A process
//! that never started one (a test) has nothing to change.

use crate::config::boot::Format;
use std::{
    io::{IsTerminal, stderr},
    sync::OnceLock,
};
use tracing_subscriber::EnvFilter;

type SetFilter = Box<dyn Fn(EnvFilter) + Send + Sync>;

static SET_FILTER: OnceLock<SetFilter> = OnceLock::new();

/// Begins to log. Fails on a level that is none, or when it was called before.
pub fn start(format: Format, level: &str) -> anyhow::Result<()> {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(level)?)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    let (started, set): (_, SetFilter) = match format {
        Format::Text => {
            let subscriber = subscriber.with_filter_reloading();
            let handle = subscriber.reload_handle();
            (
                subscriber.try_init(),
                Box::new(move |filter| drop(handle.reload(filter))),
            )
        }
        Format::Json => {
            let subscriber = subscriber.json().with_filter_reloading();
            let handle = subscriber.reload_handle();
            (
                subscriber.try_init(),
                Box::new(move |filter| drop(handle.reload(filter))),
            )
        }
    };
    started.map_err(|error| anyhow::anyhow!(error))?;
    let _ = SET_FILTER.set(set);
    Ok(())
}

/// From now on, this is logged. Fails on a level that is none.
pub fn set_level(level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level)?;
    if let Some(set) = SET_FILTER.get() {
        set(filter);
    }
    Ok(())
}
