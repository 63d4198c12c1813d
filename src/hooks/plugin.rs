//! One plugin of one tenant, loaded: its settings, its code, its idle instances.
//!
//! Instances are kept for the next call and never cross from one tenant, version or configuration to
//! another: a change makes a new [`Plugin`], and the old one's instances end with it.

use crate::{
    hooks::{
        engine::Code, event::Hook, instance::Instance, lanes::Pace, queue::Queue, record::Record,
    },
    ids::AppId,
    metrics::OfPlugin,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    sync::{Arc, Mutex, atomic::AtomicUsize},
    time::Duration,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Calls of one plugin that run at once. Each keeps an instance.
const AT_ONCE: usize = 2;
/// Calls of one app that run at once, however many plugins it has: those of all apps share the threads.
pub(super) const AT_ONCE_OF_APP: usize = 8;
/// Calls that may wait for their turn.
pub const WAITING: usize = 64;
/// Calls of one instance, and how long it may be kept.
const CALLS: u32 = 1_000;
const KEPT: Duration = Duration::from_secs(60);

/// What becomes of an event when a plugin cannot decide about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// It is refused.
    #[default]
    Reject,
    /// It goes through.
    Pass,
    /// A message is kept aside for the tenant's backend; a reaction is refused.
    Hold,
}

/// Whether an instance is used again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// For the next calls: fast, and what it keeps in memory it keeps.
    #[default]
    Reused,
    /// Never: each call begins from nothing.
    Fresh,
}

/// What a tenant set for one version of a plugin.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The tenant.
    pub app: AppId,
    /// The plugin.
    pub plugin: Uuid,
    /// Its name, unique in the app.
    pub name: String,
    /// The version of its code.
    pub version: i32,
    /// What the plugin reads with `config`.
    pub config: Map<String, Value>,
    /// When it cannot decide.
    pub on_error: OnError,
    /// Whether instances are used again.
    pub isolation: Isolation,
    /// How long a before-hook may take; `None`: as the operator set it.
    pub before: Option<Duration>,
    /// How long an after-hook may take; `None`: as the operator set it.
    pub after: Option<Duration>,
    /// The hooks it takes part in.
    pub hooks: Vec<Hook>,
    /// The types of channels it is asked about; empty: all.
    pub channel_types: Vec<String>,
}

/// A configured value as the plugin reads it: a string as it is, all else as JSON text.
pub fn config_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A plugin that can be called.
pub struct Plugin {
    /// What its tenant set.
    pub settings: Arc<Settings>,
    /// What is known from watching it.
    pub record: Arc<Record>,
    pub(super) code: Arc<Code>,
    pub(super) turns: Semaphore,
    /// Those of the whole app.
    pub(super) app_turns: Arc<Semaphore>,
    pub(super) counts: OfPlugin,
    pub(super) waiting: AtomicUsize,
    pub(super) queue: Queue,
    pub(super) pace: Arc<Pace>,
    idle: Mutex<Vec<Instance>>,
}

impl Plugin {
    pub(super) fn new(
        settings: Settings,
        code: Arc<Code>,
        record: Arc<Record>,
        (app_turns, counts): (Arc<Semaphore>, OfPlugin),
    ) -> Self {
        Self {
            settings: Arc::new(settings),
            record,
            code,
            turns: Semaphore::new(AT_ONCE),
            app_turns,
            counts,
            waiting: AtomicUsize::new(0),
            queue: Queue::default(),
            pace: Arc::default(),
            idle: Mutex::default(),
        }
    }

    /// Whether it takes part in a hook.
    pub fn takes(&self, hook: Hook) -> bool {
        self.settings.hooks.contains(&hook)
    }

    /// An instance that waits for work.
    pub(super) fn take_idle(&self) -> Option<Instance> {
        self.idle.lock().unwrap().pop()
    }

    /// Keeps an instance whose call went well, unless it has served its time.
    pub(super) fn keep(&self, instance: Instance) {
        let is_done = instance.calls >= CALLS || instance.born.elapsed() >= KEPT;
        if self.settings.isolation == Isolation::Reused && !is_done {
            self.idle.lock().unwrap().push(instance);
        }
    }

    /// Ends instances that have waited long enough.
    pub(super) fn sweep(&self) {
        let mut idle = self.idle.lock().unwrap();
        let ended: Vec<_> = idle
            .extract_if(.., |instance| instance.born.elapsed() >= KEPT)
            .collect();
        drop(idle);
        drop(ended);
    }

    /// Ends all idle instances: their places are wanted elsewhere.
    pub(super) fn give_up_idle(&self) {
        let ended = std::mem::take(&mut *self.idle.lock().unwrap());
        drop(ended);
    }
}
