//! What plugins' decisions mean: for a message before it is stored, for a reaction, and afterwards.
//!
//! The plugins of an app are asked in their order; each sees what the ones before it changed; the first
//! rejection ends it. What a plugin adds stands under `metadata.plugins.<name>`, and a text that it
//! changes is held to the same rules as a client's. A plugin that cannot decide is never taken for
//! one that agrees, unless its tenant said so (`on_error = "pass"`).

mod afterwards;
pub(super) mod seen;

pub use afterwards::Afterwards;

use crate::{
    chat::{
        apps, channels,
        drafts::Checked,
        held, history,
        members::Member,
        plugins::{self, Chain, Link, Version},
        text,
    },
    config::live::Limits,
    error::{Error, Result},
    hooks::{
        event::{self, Amendment, Call, Event, Hook, Rejection, Verdict},
        fault::Fault,
        plugin::OnError,
        record::Level,
    },
    ids::MessageId,
    node::Node,
};
use serde_json::{Map, Value, value::to_raw_value};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// A checked draft that the app's plugins agreed to, and who is to be told once it is stored.
pub struct Agreed {
    /// What is stored.
    pub draft: Checked,
    /// Who is told.
    pub afterwards: Option<Afterwards>,
}

/// Asks an app's plugins about a message. An error is their refusal, or says that it is held.
///
/// A send that is tried again is shown to them again, and they may think otherwise by now: one that is
/// stored already goes to the log whatever they say, which answers it under its client's name for it.
pub async fn judge(node: &Node, member: &Member, draft: Checked) -> Result<Agreed> {
    let chain = plugins::chain(node, member.app()).await?;
    if !chain.takes(Hook::BeforeMessage) && !chain.takes(Hook::AfterMessage) {
        return Ok(Agreed {
            draft,
            afterwards: None,
        });
    }
    let mut amended = draft.clone();
    let stored = match decide(node, member, &chain, &mut amended).await {
        Ok(Decision::Agreed(afterwards)) => {
            return Ok(Agreed {
                draft: amended,
                afterwards,
            });
        }
        Ok(Decision::Held(plugin, why)) => match history::has(node, member, &draft).await? {
            true => draft,
            false => return Err(held::keep(node, member, amended, plugin, why).await?),
        },
        Err(refusal @ Error::Rejected { .. }) => match history::has(node, member, &draft).await? {
            true => draft,
            false => return Err(refusal),
        },
        Err(error) => return Err(error),
    };
    Ok(Agreed {
        draft: stored,
        afterwards: None,
    })
}

/// What plugins that did not reject a message decided.
enum Decision {
    Agreed(Option<Afterwards>),
    /// By which plugin, and why.
    Held(String, Rejection),
}

async fn decide(
    node: &Node,
    member: &Member,
    chain: &Arc<Chain>,
    draft: &mut Checked,
) -> Result<Decision> {
    let channel_type = channel_type(node, member, chain).await?;
    let call = Call::now(name_of(member, draft));
    let sizes = apps::sizes(node, member.app()).await?;
    let mut held: Option<(String, Rejection)> = None;
    if chain.takes(Hook::BeforeMessage) {
        let mut event = Arc::new(Event::BeforeMessage(seen::draft(member, draft)));
        for link in &chain.links {
            let asked = Asked {
                node,
                link,
                channel_type: channel_type.as_deref(),
                call,
            };
            let Some((version, verdict)) = asked.ask(&event).await else {
                continue;
            };
            let name = &version.settings.name;
            match verdict {
                Ok(Verdict::Allow | Verdict::Nothing) => {}
                Ok(Verdict::Amend(changes)) => match amend(&sizes, draft, name, changes) {
                    Ok(()) => event = Arc::new(Event::BeforeMessage(seen::draft(member, draft))),
                    Err(error) => {
                        let fault = format!("changed the message to what it may not be: {error}");
                        log_fault(version, &fault);
                        failed(
                            version,
                            &Fault::Breach("not what a message may be"),
                            &mut held,
                        )?;
                    }
                },
                Ok(Verdict::Reject(why)) => return Err(rejected(name, why)),
                Ok(Verdict::Hold(why)) => {
                    held.get_or_insert((name.clone(), why));
                }
                Err(fault) => failed(version, &fault, &mut held)?,
            }
        }
    }
    if let Some((plugin, why)) = held {
        return Ok(Decision::Held(plugin, why));
    }
    let has_after = chain.takes(Hook::AfterMessage);
    Ok(Decision::Agreed(has_after.then(|| Afterwards {
        event: Arc::new(Event::AfterMessage(seen::draft(member, draft))),
        chain: chain.clone(),
        channel_type,
        call,
    })))
}

/// Asks an app's plugins about a reaction.
pub async fn judge_reaction(
    node: &Node,
    member: &Member,
    message: MessageId,
    kind: &str,
) -> Result<Option<Afterwards>> {
    let chain = plugins::chain(node, member.app()).await?;
    let has_after = chain.takes(Hook::AfterReaction);
    if !chain.takes(Hook::BeforeReaction) && !has_after {
        return Ok(None);
    }
    let channel_type = channel_type(node, member, &chain).await?;
    let reaction = event::Reaction {
        message,
        channel: member.channel(),
        sender: seen::sender(member),
        kind: kind.to_owned(),
    };
    let call = Call::now(Uuid::now_v7());
    let event = Arc::new(Event::BeforeReaction(reaction.clone()));
    for link in &chain.links {
        let asked = Asked {
            node,
            link,
            channel_type: channel_type.as_deref(),
            call,
        };
        let Some((version, verdict)) = asked.ask(&event).await else {
            continue;
        };
        match verdict {
            Ok(Verdict::Reject(why)) => return Err(rejected(&version.settings.name, why)),
            // There is nothing to keep a reaction aside in.
            Err(fault) if version.settings.on_error != OnError::Pass => {
                return Err(could_not(version, &fault));
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(has_after.then(|| Afterwards {
        event: Arc::new(Event::AfterReaction(reaction)),
        chain,
        channel_type,
        call,
    }))
}

/// One plugin of a chain and the event it is asked about.
struct Asked<'a> {
    node: &'a Node,
    link: &'a Link,
    channel_type: Option<&'a str>,
    call: Call,
}

impl<'a> Asked<'a> {
    /// What its live version decides, and lets its shadow decide too. `None` if it has no part in this.
    async fn ask(&self, event: &Arc<Event>) -> Option<(&'a Version, Result<Verdict, Fault>)> {
        let takes = |version: &&Version| version.takes(event.hook(), self.channel_type);
        let hooks = &self.node.hooks;
        let live = self.link.live.as_ref().filter(takes);
        let verdict = match live.map(|version| (&version.settings, &version.plugin)) {
            None => None,
            Some((_, Ok(plugin))) => Some(hooks.ask(plugin, event, self.call).await),
            // It cannot be loaded, and is missed all the same.
            Some((settings, Err(fault))) => {
                let counts = self.node.metrics.of_plugin(settings.app, &settings.name);
                counts.count(fault.code());
                Some(Err(fault.clone()))
            }
        };
        if let Some(Ok(shadow)) = self
            .link
            .shadow
            .as_ref()
            .filter(takes)
            .map(|version| &version.plugin)
        {
            // Where nothing is live yet, everything is allowed.
            let decided = verdict.clone().unwrap_or(Ok(Verdict::Allow));
            let (record, event_of) = (shadow.record.clone(), event.clone());
            let then = Box::new(move |verdict: Result<Verdict, Fault>| {
                record.compare(&event_of, &decided, &verdict);
            });
            hooks.tell(shadow, event, self.call, true, then);
        }
        live.zip(verdict)
    }
}

async fn channel_type(node: &Node, member: &Member, chain: &Chain) -> Result<Option<String>> {
    match chain.asks_type {
        true => channels::type_of(node, member).await.map(Some),
        false => Ok(None),
    }
}

/// Names a send: a client that tries again under its own name gives the same one.
fn name_of(member: &Member, draft: &Checked) -> Uuid {
    let Some(client) = &draft.client else {
        return draft.id.0;
    };
    let mut name = Sha256::new();
    for part in [member.app().0, member.channel().0, member.user().0] {
        name.update(part);
    }
    name.update(&client.id);
    let digest: [u8; 32] = name.finalize().into();
    let half = digest[..16].try_into().expect("half of 32 bytes");
    uuid::Builder::from_custom_bytes(half).into_uuid()
}

/// Changes a draft as a plugin wants, or not at all.
fn amend(sizes: &Limits, draft: &mut Checked, plugin: &str, mut changes: Amendment) -> Result<()> {
    if let Some(said) = changes.text.take() {
        let said = text::optional("text", Some(&said), sizes.text_characters)?;
        let said = said.filter(|text| !text.trim().is_empty());
        if said.is_none() && draft.attachments.get() == "[]" {
            return Err(Error::invalid("A message needs text or attachments"));
        }
        draft.text = said;
    }
    let added = additions(changes);
    if added.is_empty() {
        return Ok(());
    }
    let internal = |error: serde_json::Error| Error::Internal(error.into());
    let mut metadata: Map<String, Value> =
        serde_json::from_str(draft.metadata.get()).map_err(internal)?;
    let by_plugin = metadata
        .entry(text::PLUGINS)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(by_plugin) = by_plugin {
        by_plugin.insert(plugin.to_owned(), Value::Object(added));
    }
    draft.metadata = to_raw_value(&metadata).map_err(internal)?;
    Ok(())
}

/// What a plugin adds, as it stands under its name.
fn additions(changes: Amendment) -> Map<String, Value> {
    let mut added = changes.metadata;
    if !changes.flags.is_empty() {
        let flags = serde_json::to_value(changes.flags).expect("flags become JSON");
        added.insert("flags".to_owned(), flags);
    }
    added
}

/// A plugin could not decide about a message: what its tenant chose.
fn failed(version: &Version, fault: &Fault, held: &mut Option<(String, Rejection)>) -> Result<()> {
    match version.settings.on_error {
        OnError::Pass => Ok(()),
        OnError::Reject => Err(could_not(version, fault)),
        OnError::Hold => {
            let why = Rejection {
                code: "plugin_failed".to_owned(),
                reason: format!("{} could not check this message", version.settings.name),
            };
            held.get_or_insert((version.settings.name.clone(), why));
            Ok(())
        }
    }
}

/// The refusal. Where the plugin is not to blame, a client is told to come back.
fn could_not(version: &Version, fault: &Fault) -> Error {
    if *fault == Fault::Absent {
        return Error::unavailable();
    }
    let name = &version.settings.name;
    let why = Rejection {
        code: "plugin_failed".to_owned(),
        reason: format!("{name} could not check this; try again later"),
    };
    rejected(name, why)
}

fn rejected(plugin: &str, why: Rejection) -> Error {
    Error::Rejected {
        plugin: plugin.to_owned(),
        code: why.code,
        reason: why.reason,
    }
}

fn log_fault(version: &Version, text: &str) {
    if let Ok(plugin) = &version.plugin {
        plugin
            .record
            .write(version.settings.version, Level::Error, text);
    }
}
