//! What one instance may have: memory, tables, handles, time, log lines, and a WASI with nothing
//! behind it.
//!
//! Everything that is too loose by default in wasmtime is tightened here; each bound is one that an
//! attack in `tests/it/hooks/attacks` runs into.

use crate::{
    config::live,
    hooks::{
        facts::{Answer, Line, Operation, Refusal, Scope},
        plugin::Settings,
        record::Level,
    },
    ids::ChannelId,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use wasmtime::{Engine, ResourceLimiter, Store, UpdateDeadline, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// How often the epoch advances: how late a spinning guest is stopped, and how long it may keep its
/// thread from others.
pub const TICK: Duration = Duration::from_millis(5);
/// Bytes that may cross from the guest to the host in one call; the default is 128 MiB.
const CROSSING_BYTES: usize = 2 << 20;
/// Handles of one instance.
const HANDLES: usize = 256;
/// Elements of one table.
const TABLE_ELEMENTS: usize = 50_000;
/// Random bytes of one request.
const RANDOM_BYTES: u64 = 64 << 10;
/// Bytes that a call may log, and lines after that before it is ended.
const LOG_BYTES: usize = 16 << 10;
const LINES_DROPPED: usize = 1_000;
/// Keys and bytes that a call may write when nothing is kept: as much as a plugin's state may be.
const OVERLAY_KEYS: usize = 10_000;
const OVERLAY_BYTES: usize = 1 << 20;

/// The host's side of one instance.
pub struct Sandbox {
    wasi: WasiCtx,
    table: ResourceTable,
    /// What the tenant set.
    pub(super) settings: Arc<Settings>,
    /// Where questions go.
    pub(super) line: Line,
    /// The event's channel, while there is an event.
    pub(super) channel: Option<ChannelId>,
    /// What the call wrote to its log.
    pub(super) log: CallLog,
    /// The call's own writes to state when nothing may be kept: a dry run or a shadow.
    overlay: Option<Overlay>,
    memory: Memory,
    ticks: u32,
    ticks_allowed: u32,
}

/// Values that a call wrote and that end with it; `None` is a deleted one.
#[derive(Default)]
struct Overlay {
    values: HashMap<String, Option<Vec<u8>>>,
    bytes: usize,
}

impl Overlay {
    /// Writes within the bounds, or not at all.
    fn write(&mut self, key: String, value: Option<Vec<u8>>) -> Result<(), Refusal> {
        let weigh = |value: &Option<Vec<u8>>| key.len() + value.as_ref().map_or(0, Vec::len);
        let old = self.values.get(&key).map_or(0, weigh);
        let bytes = self.bytes - old + weigh(&value);
        let keys = self.values.len() + usize::from(old == 0);
        if bytes > OVERLAY_BYTES || keys > OVERLAY_KEYS {
            return Err(Refusal::OverQuota);
        }
        self.bytes = bytes;
        self.values.insert(key, value);
        Ok(())
    }
}

/// The lines of one call.
#[derive(Default)]
pub struct CallLog {
    /// In order.
    pub lines: Vec<(Level, String)>,
    /// Lines over the bound.
    pub dropped: usize,
    bytes: usize,
}

impl CallLog {
    /// Keeps a line, or counts it. False when there were far too many.
    pub fn write(&mut self, level: Level, text: &str) -> bool {
        // A short line costs too.
        let weight = text.len() + 32;
        if self.bytes + weight > LOG_BYTES {
            self.dropped += 1;
            return self.dropped <= LINES_DROPPED;
        }
        self.bytes += weight;
        self.lines.push((level, text.to_owned()));
        true
    }
}

struct Memory {
    used: usize,
    most: usize,
    was_denied: bool,
}

/// All memories of the instance share one bound: a component has several.
impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        if self.used + more > self.most {
            self.was_denied = true;
            return Ok(false);
        }
        self.used += more;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl Sandbox {
    /// A store for an instance of a plugin. `wasi` is one with nothing behind it, see [`nothing`].
    pub fn store(
        engine: &Engine,
        settings: &Arc<Settings>,
        line: &Line,
        bounds: live::Plugins,
        wasi: WasiCtx,
    ) -> Store<Self> {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        let sandbox = Self {
            wasi,
            table,
            settings: settings.clone(),
            line: line.clone(),
            channel: None,
            log: CallLog::default(),
            overlay: None,
            memory: Memory {
                used: 0,
                most: bounds.memory_bytes,
                was_denied: false,
            },
            ticks: 0,
            ticks_allowed: 0,
        };
        let mut store = Store::new(engine, sandbox);
        store.limiter(|sandbox| &mut sandbox.memory);
        store.set_hostcall_fuel(CROSSING_BYTES);
        // Each tick lets others run; too many end the call.
        store.epoch_deadline_callback(|mut store| {
            let sandbox = store.data_mut();
            sandbox.ticks += 1;
            match sandbox.ticks > sandbox.ticks_allowed {
                true => Ok(UpdateDeadline::Interrupt),
                false => Ok(UpdateDeadline::Yield(1)),
            }
        });
        store
    }

    /// Gets a store ready for its next call.
    pub fn arm(store: &mut Store<Self>, deadline: Duration, is_kept: bool) {
        store.set_epoch_deadline(1);
        let sandbox = store.data_mut();
        sandbox.ticks = 0;
        sandbox.ticks_allowed = deadline.as_millis().div_ceil(TICK.as_millis()) as u32;
        sandbox.log = CallLog::default();
        sandbox.memory.was_denied = false;
        sandbox.overlay = (!is_kept).then(Overlay::default);
    }

    /// Bytes of all its memories.
    pub fn memory(&self) -> usize {
        self.memory.used
    }

    /// Whether the last call asked for more memory than there is, and how much there is.
    pub fn denied_memory(&self) -> Option<usize> {
        self.memory.was_denied.then_some(self.memory.most)
    }

    /// Whether the last call used up its time.
    pub fn ran_out_of_time(&self) -> bool {
        self.ticks > self.ticks_allowed
    }

    /// Does an operation on the plugin's values; on a copy of them when nothing may be kept.
    pub(super) async fn state(&mut self, operation: Operation) -> Result<Answer, Refusal> {
        let scope = Scope {
            app: self.settings.app,
            plugin: self.settings.plugin,
        };
        let Some(overlay) = &mut self.overlay else {
            return self.line.state(scope, operation).await;
        };
        let key = operation.key().to_owned();
        let current = match overlay.values.get(&key) {
            Some(value) => value.clone(),
            None => {
                let get = Operation::Get { key: key.clone() };
                match self.line.state(scope, get).await? {
                    Answer::Value(value) => value,
                    Answer::Done | Answer::Sum(_) => None,
                }
            }
        };
        let (value, answer) = match operation {
            Operation::Get { .. } => return Ok(Answer::Value(current)),
            Operation::Set { value, .. } => (Some(value), Answer::Done),
            Operation::Delete { .. } => (None, Answer::Done),
            Operation::Add { delta, .. } => {
                let before = match current {
                    None => 0,
                    Some(digits) => std::str::from_utf8(&digits)
                        .ok()
                        .and_then(|digits| digits.parse::<i64>().ok())
                        .ok_or(Refusal::Invalid)?,
                };
                let sum = before.checked_add(delta).ok_or(Refusal::Invalid)?;
                (Some(sum.to_string().into_bytes()), Answer::Sum(sum))
            }
        };
        overlay.write(key, value)?;
        Ok(answer)
    }
}

/// A WASI without arguments, environment, files, network and input; what is printed is lost.
/// Its interfaces are there because the standard libraries of Rust and Python do not link without.
pub fn nothing() -> WasiCtxBuilder {
    let mut wasi = WasiCtxBuilder::new();
    wasi.allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(RANDOM_BYTES);
    wasi
}
