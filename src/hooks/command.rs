//! The second way to be a plugin: a program that reads one event from stdin and prints its verdict.
//!
//! For every language that can only make a WASI program. Each call is a life of its own, so it suits
//! what starts quickly. The event:
//! `{"abi":"heyyo:hooks/0.1","hook":"before-message","call":{"event","at","deadline"},"config":{…},"message":{…}}`,
//! a reaction under `reaction`; the verdict: `"allow"`, `{"amend":{…}}`, `{"reject":{"code","reason"}}`,
//! `{"hold":{…}}`, for after-hooks `"nothing"`. Nothing at all is a fault, and so is an exit code but 0.

use crate::hooks::{
    contract,
    event::{Call, Event, Message, Reaction, Verdict},
    fault::Fault,
    plugin::Settings,
    sandbox,
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;
use wasmtime_wasi::{
    WasiCtx,
    p2::pipe::{MemoryInputPipe, MemoryOutputPipe},
};

/// Bytes that may be printed.
const STDOUT_BYTES: usize = 64 << 10;
const STDERR_BYTES: usize = 8 << 10;

/// The two ends of a program's output.
pub struct Output {
    stdout: MemoryOutputPipe,
    stderr: MemoryOutputPipe,
}

#[derive(Serialize)]
struct Input<'a> {
    abi: &'static str,
    hook: &'static str,
    call: InputCall,
    config: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reaction: Option<&'a Reaction>,
}

#[derive(Serialize)]
struct InputCall {
    event: uuid::Uuid,
    at: u64,
    deadline: u64,
}

/// A WASI with the event on stdin.
pub fn wasi(
    settings: &Settings,
    event: &Event,
    call: Call,
    deadline: Duration,
) -> (WasiCtx, Output) {
    let (message, reaction) = match event {
        Event::BeforeMessage(message) | Event::AfterMessage(message) => (Some(message), None),
        Event::BeforeReaction(reaction) | Event::AfterReaction(reaction) => (None, Some(reaction)),
    };
    let input = Input {
        abi: "heyyo:hooks/0.1",
        hook: event.hook().name(),
        call: InputCall {
            event: call.event,
            at: call.at,
            deadline: deadline.as_millis() as u64,
        },
        config: &settings.config,
        message,
        reaction,
    };
    let input = serde_json::to_vec(&input).expect("an event becomes JSON");
    let output = Output {
        stdout: MemoryOutputPipe::new(STDOUT_BYTES),
        stderr: MemoryOutputPipe::new(STDERR_BYTES),
    };
    let wasi = sandbox::nothing()
        .stdin(MemoryInputPipe::new(input))
        .stdout(output.stdout.clone())
        .stderr(output.stderr.clone())
        .build();
    (wasi, output)
}

impl Output {
    /// What the program printed for people.
    pub fn said(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.stderr.contents())
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// What it decided.
    pub fn verdict(&self, event: &Event) -> Result<Verdict, Fault> {
        let printed = self.stdout.contents();
        let verdict = serde_json::from_slice(&printed)
            .map_err(|error| Fault::Unreadable(contract::plain(&error.to_string(), 256)))?;
        let is_before = event.hook().is_before();
        match (verdict, event) {
            (Verdict::Amend(changes), Event::BeforeMessage(_)) => {
                contract::bounded(changes).map(Verdict::Amend)
            }
            (Verdict::Amend(added), Event::AfterMessage(_)) => {
                contract::bounded(added).and_then(contract::checked_addition)
            }
            (Verdict::Reject(why), _) if is_before => {
                Ok(Verdict::Reject(contract::bounded_rejection(why)))
            }
            (Verdict::Hold(why), Event::BeforeMessage(_)) => {
                Ok(Verdict::Hold(contract::bounded_rejection(why)))
            }
            (Verdict::Allow, _) if is_before => Ok(Verdict::Allow),
            (Verdict::Nothing | Verdict::Allow, _) if !is_before => Ok(Verdict::Nothing),
            _ => Err(Fault::Breach("a verdict that this hook does not have")),
        }
    }
}
