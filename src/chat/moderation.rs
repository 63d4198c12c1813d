//! What plugins' decisions mean: for a message before it is stored, for a reaction, and afterwards.
//!
//! The plugins of an app are asked in their order; each sees what the ones before it changed; the first
//! rejection ends it. What a plugin adds stands under `metadata.plugins.<name>`, and a text that it
//! changes is held to the same rules as a client's. A plugin that cannot decide is never taken for
//! one that agrees, unless its tenant said so (`on_error = "pass"`).

use crate::{
    chat::{
        channels,
        drafts::Checked,
        held, history,
        members::Member,
        messages,
        plugins::{self, Chain, Link, Version},
        text,
    },
    error::{Error, Result},
    hooks::{
        event::{self, Amendment, Call, Event, Hook, Rejection, Verdict},
        fault::Fault,
        plugin::OnError,
        record::Level,
    },
    ids::{ChannelId, MessageId, UserId},
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

/// Those who are told of an event once it happened.
pub struct Afterwards {
    chain: Arc<Chain>,
    channel_type: Option<String>,
    event: Arc<Event>,
    call: Call,
}

/// Asks an app's plugins about a message. An error is their refusal, or says that it is held.
pub async fn judge(node: &Node, member: &Member, mut draft: Checked) -> Result<Agreed> {
    let chain = plugins::chain(node, member.app()).await?;
    let has_before = chain.takes(Hook::BeforeMessage);
    let has_after = chain.takes(Hook::AfterMessage);
    if !has_before && !has_after {
        return Ok(Agreed {
            draft,
            afterwards: None,
        });
    }
    let channel_type = channel_type(node, member, &chain).await?;
    let call = Call::now(name_of(member, &draft));
    let mut held: Option<(String, Rejection)> = None;
    if has_before {
        let mut event = Arc::new(Event::BeforeMessage(seen(member, &draft)));
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
                Ok(Verdict::Amend(changes)) => match amend(node, &mut draft, name, changes) {
                    Ok(()) => event = Arc::new(Event::BeforeMessage(seen(member, &draft))),
                    Err(error) => {
                        let fault = format!("changed the message to what it may not be: {error}");
                        log(version, &fault);
                        failed(version, &mut held)?;
                    }
                },
                Ok(Verdict::Reject(why)) => return Err(rejected(name, why)),
                Ok(Verdict::Hold(why)) => {
                    held.get_or_insert((name.clone(), why));
                }
                Err(_) => failed(version, &mut held)?,
            }
        }
    }
    if let Some((plugin, why)) = held {
        return Err(held::keep(node, member, draft, plugin, why).await?);
    }
    let afterwards = has_after.then(|| Afterwards {
        event: Arc::new(Event::AfterMessage(seen(member, &draft))),
        chain,
        channel_type,
        call,
    });
    Ok(Agreed { draft, afterwards })
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
        sender: sender(member),
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
            Err(_) if version.settings.on_error != OnError::Pass => {
                return Err(could_not(version));
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
        let verdict = match live.map(|version| &version.plugin) {
            None => None,
            Some(Ok(plugin)) => Some(hooks.ask(plugin, event, self.call).await),
            Some(Err(fault)) => Some(Err(fault.clone())),
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

impl Afterwards {
    /// Tells the plugins that it happened. Nobody waits for what they make of it.
    pub fn tell(self, node: &Node, member: &Member) {
        for link in &self.chain.links {
            let takes =
                |version: &&Version| version.takes(self.event.hook(), self.channel_type.as_deref());
            if let Some(Version {
                settings,
                plugin: Ok(plugin),
            }) = link.live.as_ref().filter(takes)
            {
                let (node_of, member, event) = (node.clone(), member.clone(), self.event.clone());
                let name = settings.name.clone();
                let runtime = tokio::runtime::Handle::current();
                let then = Box::new(move |verdict: Result<Verdict, Fault>| {
                    let (Ok(Verdict::Amend(added)), Event::AfterMessage(message)) =
                        (verdict, &*event)
                    else {
                        return;
                    };
                    let message = message.id;
                    runtime.spawn(async move {
                        let added = additions(added);
                        let done = messages::annotate(&node_of, &member, message, &name, added);
                        if let Err(error) = done.await {
                            error.log("after-message");
                        }
                    });
                });
                node.hooks.tell(plugin, &self.event, self.call, false, then);
            }
            if let Some(Version {
                plugin: Ok(shadow), ..
            }) = link.shadow.as_ref().filter(takes)
            {
                // Its additions are compared with none: those of the live version are not known yet.
                let (record, event) = (shadow.record.clone(), self.event.clone());
                let then = Box::new(move |verdict: Result<Verdict, Fault>| {
                    record.compare(&event, &Ok(Verdict::Nothing), &verdict);
                });
                node.hooks.tell(shadow, &self.event, self.call, true, then);
            }
        }
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

fn sender(member: &Member) -> event::Sender {
    let profile = &member.caller().profile;
    event::Sender {
        id: member.user(),
        external_id: profile.external_id.clone(),
        name: profile.display_name.clone(),
    }
}

fn seen(member: &Member, draft: &Checked) -> event::Message {
    event::Message {
        id: draft.id,
        channel: member.channel(),
        sender: sender(member),
        text: draft.text.clone().unwrap_or_default(),
        parent: draft.parent_id,
        attachments: draft.attachments.clone(),
        metadata: draft.metadata.clone(),
    }
}

/// Changes a draft as a plugin wants, or not at all.
fn amend(node: &Node, draft: &mut Checked, plugin: &str, mut changes: Amendment) -> Result<()> {
    if let Some(said) = changes.text.take() {
        let most = node.live().limits.text_characters;
        let said = text::optional("text", Some(&said), most)?;
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
fn failed(version: &Version, held: &mut Option<(String, Rejection)>) -> Result<()> {
    match version.settings.on_error {
        OnError::Pass => Ok(()),
        OnError::Reject => Err(could_not(version)),
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

fn could_not(version: &Version) -> Error {
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

fn log(version: &Version, text: &str) {
    if let Ok(plugin) = &version.plugin {
        plugin
            .record
            .write(version.settings.version, Level::Error, text);
    }
}

/// Those of a channel's newest messages that a plugin may see, newest first.
pub(super) async fn recent(
    node_database: &sqlx::PgPool,
    (app, channel): (crate::ids::AppId, ChannelId),
    limit: u8,
) -> Result<Vec<event::Message>> {
    let messages = history::newest(node_database, (app, channel), i64::from(limit)).await?;
    Ok(messages
        .into_iter()
        .map(|message| event::Message {
            id: message.id,
            channel: message.channel_id,
            sender: sender_of(message.user_id, &message.user),
            text: message.text.unwrap_or_default(),
            parent: message.parent_id,
            attachments: message.attachments,
            metadata: message.metadata,
        })
        .collect())
}

fn sender_of(id: UserId, profile: &crate::auth::Profile) -> event::Sender {
    event::Sender {
        id,
        external_id: profile.external_id.clone(),
        name: profile.display_name.clone(),
    }
}
