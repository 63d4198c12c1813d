//! The Socket.IO door described in AsyncAPI 3.0, from the code itself: what clients send and how each is
//! answered, what they hear, and the shapes of all of it, which are those of the types.
//!
//! Each event of [`EVENTS`] has exactly one row, or the document cannot be made.

use super::{
    Credentials,
    call::{Refused, Success},
    channels, messages, presence, reactions,
    routes::EVENTS,
};
use crate::chat::{
    annotations::Updated,
    drafts::Draft,
    members::{Joined, Left},
    messages::{Deleted, Message},
    presence::{Changed, Typist},
    reactions::Added,
    recovery::Recovery,
};
use bytes::Bytes;
use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, transform::RecursiveTransform,
};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The document, as it is served.
pub fn document() -> Bytes {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| described().to_string().into());
    DOCUMENT.clone()
}

type Shape = fn(&mut SchemaGenerator) -> Schema;

/// An event that clients send: its name, what it does, its payload, its ack.
struct Sent(&'static str, &'static str, Shape, Shape);

/// An event that clients hear: its name, what it tells and whom, its payload.
struct Heard(&'static str, &'static str, Shape);

fn sent() -> Vec<Sent> {
    vec![
        Sent(
            "message.send",
            "Sends a message. Acked once it is on disk; all members hear `message.new`, the sender's own sockets too. With a `clientId` it can be tried again: it is stored once.",
            send_payload,
            shape::<messages::Sent>,
        ),
        Sent(
            "typing.start",
            "The caller begins to type: the channel's other sockets hear it.",
            shape::<presence::Wanted>,
            shape::<Success>,
        ),
        Sent(
            "typing.stop",
            "The caller types no more.",
            shape::<presence::Wanted>,
            shape::<Success>,
        ),
        Sent(
            "channel.join",
            "Joins a channel, as `POST /api/channels/{channel}/join` does.",
            shape::<channels::Wanted>,
            shape::<Success>,
        ),
        Sent(
            "reaction.add",
            "Reacts to a message. The same again changes nothing.",
            shape::<reactions::Wanted>,
            shape::<Success>,
        ),
    ]
}

fn heard() -> Vec<Heard> {
    vec![
        Heard(
            "message.new",
            "A message, in the channel's order; to all its members.",
            shape::<Message>,
        ),
        Heard(
            "message.updated",
            "What plugins added to a message after it was stored; to its channel.",
            shape::<Updated>,
        ),
        Heard(
            "message.deleted",
            "A message is gone; to its channel.",
            shape::<Deleted>,
        ),
        Heard(
            "reaction.new",
            "Someone reacted to a message; to its channel.",
            shape::<Added>,
        ),
        Heard(
            "member.joined",
            "Someone came into a channel; to the channel.",
            shape::<Joined>,
        ),
        Heard(
            "member.left",
            "Someone left a channel or was removed; to the channel and to them.",
            shape::<Left>,
        ),
        Heard(
            "typing.start",
            "Someone begins to type; to the channel's other sockets.",
            shape::<Typist>,
        ),
        Heard(
            "typing.stop",
            "Someone types no more; to the channel's other sockets.",
            shape::<Typist>,
        ),
        Heard(
            "presence.changed",
            "Someone came or went, with their first socket or their last; to those who share a channel.",
            shape::<Changed>,
        ),
        Heard(
            "recovery",
            "Ends the catching up with one channel that a client asked for with `since`; live events follow.",
            shape::<Recovery>,
        ),
    ]
}

fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A draft and where it goes. The two names that REST has in snake_case are in camelCase here.
fn send_payload(generator: &mut SchemaGenerator) -> Schema {
    let mut draft = generator.subschema_for::<Draft>().to_value();
    let wanted = generator.subschema_for::<messages::Wanted>().to_value();
    let properties = draft["properties"].as_object_mut().expect("an object");
    for (snake, camel) in [("parent_id", "parentId"), ("client_id", "clientId")] {
        let schema = properties.remove(snake).expect("a draft has it");
        properties.insert(camel.to_owned(), schema);
    }
    properties.extend(wanted["properties"].as_object().expect("an object").clone());
    draft["required"] = wanted["required"].clone();
    draft["description"] = "A message to be sent.".into();
    draft.try_into().expect("an object is a schema")
}

/// The generators of what is read and of what is written. Nothing is by reference: each event is whole.
fn generators() -> [SchemaGenerator; 2] {
    let plain = RecursiveTransform(|schema: &mut Schema| {
        schema.remove("default");
    });
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(plain);
    let written = settings.clone().for_serialize().into_generator();
    [settings.for_deserialize().into_generator(), written]
}

fn described() -> Value {
    let [mut read, mut written] = generators();
    let (sent, heard) = (sent(), heard());
    let names: Vec<_> = sent.iter().map(|row| row.0).collect();
    assert_eq!(names, EVENTS, "each event has its row");

    let (mut messages, mut operations) = (Map::new(), Map::new());
    for Sent(name, words, payload, ack) in sent {
        let (message, answer) = (format!("send.{name}"), format!("ack.{name}"));
        messages.insert(
            message.clone(),
            json!({ "name": name, "summary": words, "payload": whole(payload, &mut read) }),
        );
        let either = [
            whole(ack, &mut written),
            whole(shape::<Refused>, &mut written),
        ];
        messages.insert(
            answer.clone(),
            json!({
                "name": "ack",
                "summary": "What it did, or why it did not; for a client that asks for an ack.",
                "payload": { "anyOf": either },
            }),
        );
        operations.insert(message.clone(), json!({
            "action": "receive",
            "channel": { "$ref": "#/channels/socket" },
            "summary": words,
            "messages": [reference(&message)],
            "reply": { "channel": { "$ref": "#/channels/socket" }, "messages": [reference(&answer)] },
        }));
    }
    for Heard(name, words, payload) in heard {
        let message = format!("hear.{name}");
        messages.insert(
            message.clone(),
            json!({ "name": name, "summary": words, "payload": whole(payload, &mut written) }),
        );
        operations.insert(
            message.clone(),
            json!({
                "action": "send",
                "channel": { "$ref": "#/channels/socket" },
                "summary": words,
                "messages": [reference(&message)],
            }),
        );
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Heyyo, live",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
        },
        "defaultContentType": "application/json",
        "channels": { "socket": {
            "address": "/socket.io/",
            "title": "The socket",
            "description": "One Socket.IO connection, by WebSocket or by long-polling.",
            "messages": messages,
        } },
        "operations": operations,
        "components": { "schemas": { "Credentials": whole(shape::<Credentials>, &mut read) } },
    })
}

fn whole(shape: Shape, generator: &mut SchemaGenerator) -> Value {
    let mut schema = shape(generator);
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema.to_value()
}

fn reference(message: &str) -> Value {
    json!({ "$ref": format!("#/channels/socket/messages/{message}") })
}

const INTRODUCTION: &str = "\
Any stock Socket.IO 4 client, on the namespace `/`. It connects with `auth: {token}`; without a token it is told \
`Authentication required`, with one that is not valid `Invalid token`. It hears every channel that its user is in.

A client that comes back says in `auth.since` how far it had come, and is given what it missed, once and in order, \
then the event `recovery`. An event names itself `noun.verb`; each that a client sends is acked if it asks.";
