//! Telling an app's plugins what happened. Nobody waits for what they make of it; what a plugin adds to
//! a message afterwards is stored under its name and told to the channel.

use super::additions;
use crate::{
    chat::{
        annotations,
        members::Member,
        plugins::{Chain, Version},
    },
    hooks::{
        event::{Call, Event, Verdict},
        fault::Fault,
    },
    node::Node,
};
use std::sync::Arc;

/// Those who are told of an event once it happened.
pub struct Afterwards {
    pub(super) chain: Arc<Chain>,
    pub(super) channel_type: Option<String>,
    pub(super) event: Arc<Event>,
    pub(super) call: Call,
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
                let record = plugin.record.clone();
                let then = Box::new(move |verdict: Result<Verdict, Fault>| {
                    if let (Ok(Verdict::Amend(added)), Event::AfterMessage(message)) =
                        (verdict, &*event)
                    {
                        let _entered = runtime.enter();
                        let added = additions(added);
                        if !annotations::add(&node_of, &member, message.id, &name, added) {
                            record.dropped();
                        }
                    }
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
