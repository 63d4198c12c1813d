//! The room that runs plugins, without a server around it: what a plugin asks for is answered from
//! memory here.

use heyyo::{
    config::{Config, Current, Flags},
    hooks::{
        Hooks, Run,
        event::{Call, Event, Hook, Message, Verdict},
        facts::{Answer, Channel, Fate, Operation, Question, Scope},
        fault::Fault,
        plugin::{Isolation, OnError, Plugin, Settings},
    },
    ids::AppId,
};
use serde_json::{Map, Value, json, value::RawValue};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// What a call may take here. Far from the 50 ms of a server: a busy machine must not look like an attack.
pub const DEADLINE: Duration = Duration::from_millis(400);

/// The room, and the operator's bounds for it.
#[derive(Clone)]
pub struct Host(pub Hooks, pub Current);

/// Where compiled guests stay from one run to the next: the attacker is compiled once.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}

impl Host {
    pub fn new() -> Self {
        Self::within(|_| {})
    }

    /// With the bounds of a server but for fewer places, each of which reserves address space, and this
    /// change.
    pub fn within(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::load(&Flags::default()).expect("the defaults");
        config.boot.plugins.instances = 16;
        config.boot.plugins.threads = 2;
        config.boot.plugins.compiler = env!("CARGO_BIN_EXE_heyyo").into();
        change(&mut config);
        let Config { boot, live } = config;
        let current = Current::new(live);
        let (hooks, questions) = Hooks::new(&boot.plugins, &current, folder(), Arc::default());
        thread::spawn(move || answer(questions));
        Self(hooks, current)
    }

    /// A plugin of a new tenant.
    pub async fn plugin(&self, wasm: &[u8], change: impl FnOnce(&mut Settings)) -> Arc<Plugin> {
        self.load(wasm, change)
            .await
            .unwrap_or_else(|fault| panic!("it {fault}"))
    }

    /// The same, if it can be loaded.
    pub async fn load(
        &self,
        wasm: &[u8],
        change: impl FnOnce(&mut Settings),
    ) -> Result<Arc<Plugin>, Fault> {
        let mut settings = Settings {
            app: AppId::new(),
            plugin: Uuid::now_v7(),
            name: "attacker".to_owned(),
            version: 1,
            config: Map::new(),
            on_error: OnError::Reject,
            isolation: Isolation::Reused,
            before: Some(DEADLINE),
            after: Some(DEADLINE),
            hooks: Hook::ALL.to_vec(),
            channel_types: vec![],
        };
        change(&mut settings);
        let upload = Hooks::fingerprint(wasm);
        let wasm = wasm.to_vec();
        self.0.load(settings, upload, async { Ok(wasm) }).await
    }

    /// Asks a plugin about a message.
    pub async fn ask(&self, plugin: &Arc<Plugin>, text: &str) -> Result<Verdict, Fault> {
        self.0
            .ask(plugin, &Arc::new(before(text)), Call::now(Uuid::now_v7()))
            .await
    }

    /// What the attacker found out about a message.
    pub async fn note(&self, plugin: &Arc<Plugin>, text: &str) -> String {
        let verdict = self.ask(plugin, text).await;
        note_in(&verdict).unwrap_or_else(|| panic!("{text}: no note in {verdict:?}"))
    }

    /// Asks as a trial.
    pub async fn try_out(&self, plugin: &Arc<Plugin>, text: &str) -> Run {
        let call = Call::now(Uuid::now_v7());
        self.0.try_out(plugin, before(text), call).await
    }
}

/// A message that is not stored yet.
pub fn before(text: &str) -> Event {
    Event::BeforeMessage(message(text))
}

/// A message of nobody in particular.
pub fn message(text: &str) -> Message {
    serde_json::from_value(json!({ "text": text })).expect("a message")
}

/// The attacker's note, as text.
pub fn note_in(verdict: &Result<Verdict, Fault>) -> Option<String> {
    match verdict {
        Ok(Verdict::Amend(amendment)) => {
            let note = amendment.metadata.get("note")?;
            Some(match note {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        }
        _ => None,
    }
}

/// Answers from memory, for as long as the room is there.
#[tokio::main(flavor = "current_thread")]
async fn answer(mut questions: mpsc::Receiver<Question>) {
    let mut values: HashMap<(Scope, String), Vec<u8>> = HashMap::new();
    while let Some(question) = questions.recv().await {
        match question {
            Question::State {
                scope,
                operation,
                answer,
            } => {
                let _ = answer.send(Ok(operate(&mut values, scope, operation)));
            }
            Question::Channel {
                channel, answer, ..
            } => {
                let _ = answer.send(Some(Channel {
                    id: channel,
                    name: "a channel".to_owned(),
                    kind: "messaging".to_owned(),
                    members: 2,
                    metadata: RawValue::from_string("{}".to_owned()).expect("an object"),
                }));
            }
            Question::Recent { limit, answer, .. } => {
                let _ = answer.send((0..limit).map(|_| message("earlier")).collect());
            }
            Question::Fate { answer, .. } => drop(answer.send(Some(Fate::Stands))),
        }
    }
}

fn operate(
    values: &mut HashMap<(Scope, String), Vec<u8>>,
    scope: Scope,
    operation: Operation,
) -> Answer {
    let place = (scope, operation.key().to_owned());
    match operation {
        Operation::Get { .. } => Answer::Value(values.get(&place).cloned()),
        Operation::Set { value, .. } => {
            values.insert(place, value);
            Answer::Done
        }
        Operation::Delete { .. } => {
            values.remove(&place);
            Answer::Done
        }
        Operation::Add { delta, .. } => {
            let digits = values
                .get(&place)
                .map(|value| String::from_utf8_lossy(value));
            let before: i64 = digits.and_then(|digits| digits.parse().ok()).unwrap_or(0);
            let sum = before + delta;
            values.insert(place, sum.to_string().into_bytes());
            Answer::Sum(sum)
        }
    }
}

/// What the compiler made of an upload.
pub fn compiled(wasm: &[u8]) -> Vec<u8> {
    let name: String = Hooks::fingerprint(wasm)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut files = std::fs::read_dir(folder()).expect("the folder").flatten();
    let file = files.find(|file| file.file_name().to_string_lossy().starts_with(&name));
    std::fs::read(file.expect("compiled a moment ago").path()).expect("a file")
}
