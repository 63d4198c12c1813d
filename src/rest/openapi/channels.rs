//! Channels and their members, described.

use super::operation::Operation;
use crate::{
    chat::{
        channels::{Channel, Detailed, Wanted},
        members::Listed,
    },
    rest::{channels, reply::Message},
};
use http::Method;
use serde_json::json;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(Method::POST, "/api/channels", "createChannel", "Create a channel")
            .about("The caller owns it. Live sockets of the caller and of the first members hear it at once.")
            .takes::<Wanted>(json!({ "name": "general", "members": ["john"] }))
            .answers::<Channel>(201, "The channel.")
            .refuses(404, "`not_found`: one of the members is no user of the app."),
        Operation::new(Method::GET, "/api/channels", "listChannels", "List the caller's channels")
            .answers::<Vec<Channel>>(200, "Newest activity first, 1,000 at most."),
        Operation::new(
            Method::GET,
            "/api/channels/discover",
            "discoverChannels",
            "List the channels that can be joined",
        )
        .answers::<Vec<Channel>>(
            200,
            "The app's channels that are neither `private` nor `direct`, newest first, 1,000 at most.",
        ),
        Operation::new(
            Method::GET,
            "/api/channels/{channel}",
            "showChannel",
            "Show a channel and its members",
        )
        .answers::<Detailed>(200, "The channel, with its first thousand members in the order they came.")
        .refuses(404, "`not_found`: there is no such channel, or the caller is not in it."),
        Operation::new(
            Method::POST,
            "/api/channels/{channel}/join",
            "joinChannel",
            "Join a channel",
        )
        .about("Joining again changes nothing.")
        .answers::<Message>(200, "The caller is a member.")
        .refuses(404, "`not_found`: there is no such channel, or it cannot be joined."),
        Operation::new(
            Method::GET,
            "/api/channels/{channel}/members",
            "listMembers",
            "List the members of a channel",
        )
        .query("limit", json!({ "type": "integer", "minimum": 1 }), "How many at most: 50 when absent, and never more than 100.")
        .query("after", json!({ "type": "string", "format": "uuid" }), "Only what stands after this user.")
        .answers::<Vec<Listed>>(200, "A page, in the order of their ids.")
        .refuses(403, FORBIDDEN),
        Operation::new(
            Method::POST,
            "/api/channels/{channel}/members",
            "addMember",
            "Add a member",
        )
        .takes::<channels::Wanted>(json!({ "user_id": "john" }))
        .answers::<Message>(200, "The user is a member.")
        .refuses(403, FORBIDDEN)
        .refuses(404, "`not_found`: no such user."),
        Operation::new(
            Method::DELETE,
            "/api/channels/{channel}/members/{user}",
            "removeMember",
            "Remove a member",
        )
        .about("For the owner of the channel and the tenant's backend; anyone may remove themself. It acts at once, on live sockets too.")
        .answers::<Message>(200, "The user is no member any more.")
        .refuses(403, "`forbidden`: the token allows nothing, or the caller is not the channel's owner.")
        .refuses(404, "`not_found`: no such member."),
        Operation::new(
            Method::POST,
            "/api/channels/{channel}/leave",
            "leaveChannel",
            "Leave a channel",
        )
        .about("If its owner leaves, the member who has been there longest owns it.")
        .answers::<Message>(200, "The caller is no member any more.")
        .refuses(403, FORBIDDEN),
    ]
}

/// What a call in a channel refuses.
pub(super) const FORBIDDEN: &str =
    "`forbidden`: the token allows nothing, or the caller is not in the channel.";
