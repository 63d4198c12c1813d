//! Acting on what other nodes tell: the same as if it had happened here, for the seats that are here.

use super::neighbours::Neighbours;
use crate::{
    chat::{annotations, plugins, presence, revocations, users},
    hub::{
        Address,
        frame::{Change, Frame, NodeId},
        memberships::{Entry, News},
    },
    node::Node,
};

/// Acts on frames, each from a node. First on what later ones may need: who is where, and what is no
/// longer so; then on messages, with one read for all; then on news of them.
pub(super) async fn apply(neighbours: &mut Neighbours, frames: Vec<(NodeId, Frame)>) {
    let node = neighbours.node.clone();
    let mut rest = Vec::new();
    for (from, frame) in frames {
        match frame {
            Frame::Changed(change) => forget(&node, change).await,
            Frame::Joined {
                app,
                user,
                channel,
                head,
            } => {
                let news = News {
                    head,
                    bars: 0,
                    returned_at: None,
                };
                let entry = node.hub.let_in_as_of((app, channel), user, news);
                if entry != Entry::Absent {
                    // What was stored since may have been told of before the seats were in. Who left
                    // and came back, in whichever order, is looked for in the database.
                    let returned = neighbours.entered.entry((app, user)).or_default();
                    returned.insert(channel, head);
                }
            }
            Frame::Left {
                app,
                user,
                channel,
                last_word,
            } => {
                let memberships = &node.chat.memberships;
                memberships.count_removal();
                if (node.hub).let_out((app, channel), user, last_word.as_ref()) {
                    // They may have come back before that was heard.
                    let returned = neighbours.entered.entry((app, user)).or_default();
                    returned.remove(&channel);
                }
                memberships.forget((app, channel, user)).await;
            }
            Frame::Closed { app, user } => node.hub.close_here((app, user)),
            Frame::Grown { app, channel, seq } => want(neighbours, (app, channel), seq),
            frame => {
                if let Frame::Told {
                    app,
                    channel,
                    after,
                    ..
                }
                | Frame::Updated {
                    app,
                    channel,
                    after,
                    ..
                } = frame
                {
                    want(neighbours, (app, channel), after);
                }
                rest.push((from, frame));
            }
        }
    }
    if let Err(error) = neighbours.catch_up().await {
        // It is tried again soon.
        error.log("nodes");
    }
    let mut updated = vec![];
    for (from, frame) in rest {
        match frame {
            Frame::Updated {
                app,
                channel,
                message,
                ..
            } if node.hub.published(channel).is_some() => updated.push((app, message)),
            Frame::Told { channel, event, .. } => node.hub.tell(&[channel], &event),
            Frame::Seen {
                app,
                user,
                is_online,
                channels,
                event,
            } => {
                let tell = || presence::tell_here(&node, &channels, &event);
                let known = &node.chat.presence;
                known.seen(from, (app, user), is_online, tell);
            }
            Frame::Hello { users } => neighbours.is_here(from, users, None),
            Frame::Present { to, users } => neighbours.is_here(from, users, Some(to)),
            Frame::Bye => neighbours.is_gone(from),
            // The others were acted on above, or say nothing but that nothing is missing.
            _ => {}
        }
    }
    if !updated.is_empty() {
        tokio::spawn(async move { annotations::tell(&node, updated).await });
    }
}

fn want(neighbours: &mut Neighbours, (app, channel): Address, seq: i64) {
    let published = neighbours.node.hub.published(channel);
    if published.is_some_and(|published| published < seq) {
        let up_to = neighbours.wanted.entry((app, channel)).or_default();
        *up_to = seq.max(*up_to);
    }
}

async fn forget(node: &Node, change: Change) {
    match change {
        Change::Messages(channel) => node.chat.pages.messages_changed(channel),
        Change::Plugin(app, plugin) => plugins::begin_anew(node, app, plugin).await,
        Change::Profile(app, user) => users::profile_changed(node, app, user),
        Change::Access(app, whom) => revocations::heard(node, app, whom),
    }
}
