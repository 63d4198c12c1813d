//! One instance of a plugin and one call into it.
//!
//! A call that fails in any way ends its instance: what a trap or a deadline left behind is never
//! used again. So does one whose future is dropped, which wasmtime leaves in no usable state.

use crate::hooks::{
    contract::{
        self,
        v0_1::exports::heyyo::hooks::{
            after_message, after_reaction, before_message, before_reaction,
        },
        v0_1::heyyo::hooks::types::{Change, Entry},
    },
    engine::Exports,
    event::{Call, Event, Hook, Verdict},
    fault::Fault,
    plugin::Settings,
    sandbox::{self, Sandbox},
};
use std::time::{Duration, Instant};
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::{Store, component};

/// An instance, and the hooks of it that were called so far.
pub struct Instance {
    /// The host's side.
    pub store: Store<Sandbox>,
    /// How often it was called.
    pub calls: u32,
    /// When it was made.
    pub born: Instant,
    instance: component::Instance,
    before_message: Option<before_message::Guest>,
    after_message: Option<after_message::Guest>,
    before_reaction: Option<before_reaction::Guest>,
    after_reaction: Option<after_reaction::Guest>,
    /// Its place in memory; given back with it.
    _place: OwnedSemaphorePermit,
}

/// One thing that is wrong with a configuration.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Problem {
    /// The key; empty if it is about the whole.
    pub key: String,
    /// What is wrong.
    pub message: String,
}

impl Instance {
    /// One that was made in this store.
    pub fn of(
        store: Store<Sandbox>,
        instance: component::Instance,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            instance,
            calls: 0,
            born: Instant::now(),
            before_message: None,
            after_message: None,
            before_reaction: None,
            after_reaction: None,
            _place: place,
            store,
        }
    }

    /// Gets ready for a call.
    pub fn arm(&mut self, event: &Event, deadline: Duration, is_kept: bool) {
        Sandbox::arm(&mut self.store, deadline, is_kept);
        self.store.data_mut().channel = Some(event.channel());
        self.calls += 1;
    }

    /// Loads all hooks: finds out at upload whether their shapes are the contract's.
    pub fn load_all(&mut self, exports: &Exports) -> wasmtime::Result<()> {
        let (store, instance) = (&mut self.store, &self.instance);
        if let Some(indices) = &exports.before_message {
            self.before_message = Some(indices.load(&mut *store, instance)?);
        }
        if let Some(indices) = &exports.after_message {
            self.after_message = Some(indices.load(&mut *store, instance)?);
        }
        if let Some(indices) = &exports.before_reaction {
            self.before_reaction = Some(indices.load(&mut *store, instance)?);
        }
        if let Some(indices) = &exports.after_reaction {
            self.after_reaction = Some(indices.load(&mut *store, instance)?);
        }
        if let Some(indices) = &exports.lifecycle {
            indices.load(&mut *store, instance)?;
        }
        Ok(())
    }

    /// Calls the event's hook. The outer error is a trap, the inner one the plugin's own.
    pub async fn call(
        &mut self,
        exports: &Exports,
        event: &Event,
        call: Call,
        deadline: Duration,
    ) -> wasmtime::Result<Result<Verdict, Fault>> {
        if !self.has_loaded(event.hook()) {
            self.load_all(exports)?;
        }
        let call = contract::call(call, deadline);
        let store = &mut self.store;
        let absent = || wasmtime::format_err!("does not export {}", event.hook());
        Ok(match event {
            Event::BeforeMessage(message) => {
                let guest = self.before_message.as_ref().ok_or_else(absent)?;
                let message = contract::message(message);
                match guest
                    .call_handle(store, &call, Change::Created, &message)
                    .await?
                {
                    Ok(verdict) => contract::verdict(verdict),
                    Err(fault) => Err(Fault::Said(contract::plain(&fault.message, 1_024))),
                }
            }
            Event::AfterMessage(message) => {
                let guest = self.after_message.as_ref().ok_or_else(absent)?;
                let message = contract::message(message);
                match guest
                    .call_handle(store, &call, Change::Created, &message)
                    .await?
                {
                    Ok(added) => contract::addition(added),
                    Err(fault) => Err(Fault::Said(contract::plain(&fault.message, 1_024))),
                }
            }
            Event::BeforeReaction(reaction) => {
                let guest = self.before_reaction.as_ref().ok_or_else(absent)?;
                let reaction = contract::reaction(reaction);
                match guest.call_handle(store, &call, &reaction).await? {
                    Ok(verdict) => Ok(contract::reaction_verdict(verdict)),
                    Err(fault) => Err(Fault::Said(contract::plain(&fault.message, 1_024))),
                }
            }
            Event::AfterReaction(reaction) => {
                let guest = self.after_reaction.as_ref().ok_or_else(absent)?;
                let reaction = contract::reaction(reaction);
                match guest
                    .call_handle(store, &call, Change::Created, &reaction)
                    .await?
                {
                    Ok(()) => Ok(Verdict::Nothing),
                    Err(fault) => Err(Fault::Said(contract::plain(&fault.message, 1_024))),
                }
            }
        })
    }

    fn has_loaded(&self, hook: Hook) -> bool {
        match hook {
            Hook::BeforeMessage => self.before_message.is_some(),
            Hook::AfterMessage => self.after_message.is_some(),
            Hook::BeforeReaction => self.before_reaction.is_some(),
            Hook::AfterReaction => self.after_reaction.is_some(),
        }
    }

    /// Asks what is wrong with the configuration; a plugin that cannot tell finds nothing.
    pub async fn check_config(
        &mut self,
        exports: &Exports,
        settings: &Settings,
    ) -> wasmtime::Result<Vec<Problem>> {
        let Some(indices) = &exports.lifecycle else {
            return Ok(vec![]);
        };
        let guest = indices.load(&mut self.store, &self.instance)?;
        let entries: Vec<_> = settings
            .config
            .iter()
            .map(|(key, value)| Entry {
                key: key.clone(),
                // An entry's value is JSON text, unlike what `config.get` gives.
                value: value.to_string(),
            })
            .collect();
        let problems = guest.call_check_config(&mut self.store, &entries).await?;
        let problems = problems.err().unwrap_or_default().into_iter().take(32);
        Ok(problems
            .map(|problem| Problem {
                key: contract::plain(&problem.key, 256),
                message: contract::plain(&problem.message, 512),
            })
            .collect())
    }
}

/// Why a call trapped, in words: what ran out, if something did.
pub fn trapped(error: &wasmtime::Error, sandbox: &Sandbox, deadline: Duration) -> Fault {
    if sandbox.ran_out_of_time() {
        return Fault::Deadline(deadline);
    }
    if let Some(most) = sandbox.denied_memory() {
        return Fault::Memory(most);
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return Fault::Crash(format!("it ended itself with exit code {}", exit.0));
    }
    let cause = match error.downcast_ref::<wasmtime::Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    Fault::Crash(contract::plain(&cause, 256))
}

/// A WASI for a component that exports hooks.
pub fn wasi() -> wasmtime_wasi::WasiCtx {
    sandbox::nothing().build()
}
