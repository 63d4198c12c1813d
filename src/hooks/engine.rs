//! The one engine of a node: how code is compiled, linked and given its place in memory.
//!
//! The server reserves places for instances at its first plugin (wasmtime's pooling allocator), so
//! that a new instance costs microseconds; whoever only compiles reserves nothing. Both settings
//! give the same code. The epoch advances in a thread of its own that ends with the engine.

use crate::{
    config::boot,
    hooks::{
        contract::v0_1::{exports::heyyo::hooks as exported, heyyo::hooks as imported},
        event::Hook,
        sandbox::{Sandbox, TICK},
    },
};
use anyhow::Context;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    thread,
};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
    component::{Component, HasSelf, InstancePre, Linker},
};
use wasmtime_wasi::p2::bindings::CommandPre;

/// Wasm stack of a call, and the stack it runs on.
const WASM_STACK: usize = 512 << 10;
const STACK: usize = 1 << 20;
/// The largest single memory, in bytes; `plugins.memory_bytes` bounds them together.
pub const LARGEST_MEMORY: usize = 128 << 20;
/// Memories, tables and core instances of one component. Python needs 13 core instances, QuickJS 3
/// memories; more than 80 instances nobody needs.
pub const CORE_INSTANCES: u32 = 80;
const MEMORIES: u32 = 4;
const TABLES: u32 = 8;
/// What is kept of a used place, so that the next instance finds it warm.
const KEPT_MEMORY: usize = 1 << 20;
const KEPT_STACK: usize = 64 << 10;

/// What both share: the features a plugin may use and how its code is made.
fn common() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .gc_support(false)
        .memory_init_cow(true)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(STACK)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false);
    config
}

/// The engine of a process that only compiles.
pub fn compiler() -> anyhow::Result<Engine> {
    Engine::new(&common()).map_err(Into::into)
}

/// The engine of a node.
pub fn server(bounds: &boot::Plugins) -> anyhow::Result<Engine> {
    let mut places = PoolingAllocationConfig::new();
    let instances = bounds.instances;
    places
        .total_component_instances(instances)
        // Whoever has a place has all that a component may take of it. Fewer, and some tenants' large
        // components would leave others an error from the allocator in place of an instance.
        .total_core_instances(instances * CORE_INSTANCES)
        .total_memories(instances * MEMORIES)
        .total_tables(instances * TABLES)
        .total_stacks(instances)
        .max_memory_size(LARGEST_MEMORY)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .table_elements(50_000)
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(KEPT_STACK)
        .async_stack_keep_resident(KEPT_STACK)
        // Where the kernel can tell which pages were touched (Linux 6.7), only those are reset.
        .pagemap_scan(Enabled::Auto);
    let mut config = common();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(places));
    let engine = Engine::new(&config)?;
    let weak = engine.weak();
    thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                // A thread of its own, of no runtime.
                #[allow(clippy::disallowed_methods)]
                thread::sleep(TICK);
            }
        })
        .context("a thread for the epoch")?;
    Ok(engine)
}

/// What a plugin's imports are linked to. The asynchronous WASI: the other one would hold a thread
/// through a guest's sleep.
pub fn linker(engine: &Engine) -> anyhow::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    imported::types::add_to_linker::<_, HasSelf<_>>(&mut linker, |sandbox| sandbox)?;
    imported::log::add_to_linker::<_, HasSelf<_>>(&mut linker, |sandbox| sandbox)?;
    imported::config::add_to_linker::<_, HasSelf<_>>(&mut linker, |sandbox| sandbox)?;
    imported::state::add_to_linker::<_, HasSelf<_>>(&mut linker, |sandbox| sandbox)?;
    imported::context::add_to_linker::<_, HasSelf<_>>(&mut linker, |sandbox| sandbox)?;
    Ok(linker)
}

/// Names what compiled code needs of an engine: code made by another is of no use.
pub fn fingerprint(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The code of one upload, ready to be instantiated. Shared by all who uploaded the same.
pub enum Code {
    /// A component that exports hooks.
    Component(Box<Exports>),
    /// A program that reads an event from stdin and prints its verdict.
    Command(CommandPre<Sandbox>),
}

/// Where a component's exports are.
pub struct Exports {
    /// The component, linked.
    pub pre: InstancePre<Sandbox>,
    pub(super) before_message: Option<exported::before_message::GuestIndices>,
    pub(super) after_message: Option<exported::after_message::GuestIndices>,
    pub(super) before_reaction: Option<exported::before_reaction::GuestIndices>,
    pub(super) after_reaction: Option<exported::after_reaction::GuestIndices>,
    pub(super) lifecycle: Option<exported::lifecycle::GuestIndices>,
}

impl Code {
    /// Reads what this node's own compiler wrote.
    pub fn read(engine: &Engine, file: &Path) -> wasmtime::Result<Component> {
        // SAFETY: the file is native code and is trusted as such. It lies in a folder that only this
        // server writes to, under the name of what it was compiled from; nobody can upload one.
        unsafe { Component::deserialize_file(engine, file) }
    }

    /// Links it with the host. Fails when it wants what the host has not, or not so.
    pub fn link(linker: &Linker<Sandbox>, component: &Component) -> wasmtime::Result<Self> {
        let pre = linker.instantiate_pre(component)?;
        let has = |interface: &str| {
            let name = format!("heyyo:hooks/{interface}@0.1.0");
            component.get_export_index(None, &name).is_some()
        };
        let exports = Exports {
            before_message: has("before-message")
                .then(|| exported::before_message::GuestIndices::new(&pre))
                .transpose()?,
            after_message: has("after-message")
                .then(|| exported::after_message::GuestIndices::new(&pre))
                .transpose()?,
            before_reaction: has("before-reaction")
                .then(|| exported::before_reaction::GuestIndices::new(&pre))
                .transpose()?,
            after_reaction: has("after-reaction")
                .then(|| exported::after_reaction::GuestIndices::new(&pre))
                .transpose()?,
            lifecycle: has("lifecycle")
                .then(|| exported::lifecycle::GuestIndices::new(&pre))
                .transpose()?,
            pre,
        };
        let has_hook = Hook::ALL.into_iter().any(|hook| exports.takes(hook));
        Ok(match has_hook {
            true => Code::Component(Box::new(exports)),
            false => Code::Command(CommandPre::new(exports.pre)?),
        })
    }
}

impl Exports {
    /// Whether it exports a hook.
    pub fn takes(&self, hook: Hook) -> bool {
        match hook {
            Hook::BeforeMessage => self.before_message.is_some(),
            Hook::AfterMessage => self.after_message.is_some(),
            Hook::BeforeReaction => self.before_reaction.is_some(),
            Hook::AfterReaction => self.after_reaction.is_some(),
        }
    }
}
