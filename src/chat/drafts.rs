//! A message before it is one: what a client wants to send, checked.

use crate::{
    chat::text,
    config::live::Limits,
    error::{Error, Result},
    ids::MessageId,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};
use sha2::{Digest, Sha256};

/// A client's own name for a message, in characters.
const CLIENT_ID_CHARACTERS: usize = 128;

/// What a client sends. The REST body and the socket payload differ only in the case of two names.
#[derive(Deserialize, JsonSchema)]
pub struct Draft {
    /// What is said.
    #[schemars(regex(pattern = text::NO_NUL))]
    pub text: Option<String>,
    /// Anything that rides along, a list.
    #[schemars(with = "Option<Vec<Map<String, Value>>>")]
    pub attachments: Option<Value>,
    /// The client's own facts, an object.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub metadata: Option<Value>,
    /// The message this one answers.
    #[serde(alias = "parentId")]
    pub parent_id: Option<MessageId>,
    /// The client's own name for this message: sent again, it is the same message.
    #[serde(alias = "clientId")]
    #[schemars(length(min = 1, max = 128), regex(pattern = text::NOT_BLANK))]
    pub client_id: Option<String>,
}

/// How the name of a released message begins that its client gave none.
const RELEASED: &str = "held:";

/// A draft that keeps to the rules.
#[derive(Clone)]
pub struct Checked {
    /// The message it will be.
    pub id: MessageId,
    /// What is said, if anything.
    pub text: Option<String>,
    /// A JSON list.
    pub attachments: Box<RawValue>,
    /// A JSON object.
    pub metadata: Box<RawValue>,
    /// The message this one answers.
    pub parent_id: Option<MessageId>,
    /// The client's own name for this message, with the digest of what it named.
    pub client: Option<ClientName>,
}

/// A client's own name for a message.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientName {
    /// The name.
    pub id: String,
    /// SHA-256 of what was sent under it.
    pub digest: [u8; 32],
}

impl Draft {
    /// Checks every rule; says which is broken.
    pub fn check(self, limits: &Limits) -> Result<Checked> {
        let text = text::optional("text", self.text.as_deref(), limits.text_characters)?
            .filter(|text| !text.trim().is_empty());
        let attachments = attachments(self.attachments, limits)?;
        if text.is_none() && attachments.get() == "[]" {
            return Err(Error::invalid("A message needs text or attachments"));
        }
        let is_reserved = |metadata: &Value| metadata.get(text::PLUGINS).is_some();
        if self.metadata.as_ref().is_some_and(is_reserved) {
            return Err(Error::invalid(
                "metadata.plugins is what plugins add; a client may not",
            ));
        }
        let metadata = text::metadata(self.metadata, limits)?;
        let mut checked = Checked {
            id: MessageId::new(),
            text,
            attachments,
            metadata,
            parent_id: self.parent_id,
            client: None,
        };
        checked.client = match self.client_id {
            None => None,
            Some(id) => Some(ClientName {
                id: text::required("client_id", &id, CLIENT_ID_CHARACTERS)?,
                digest: checked.digest(),
            }),
        };
        Ok(checked)
    }
}

impl ClientName {
    /// The name of a message that was held, when its client gave none: it keeps one that is released
    /// twice from being sent twice.
    pub fn released(id: MessageId) -> String {
        format!("{RELEASED}{id}")
    }

    /// A message's name as clients see it: theirs, or none.
    pub fn shown(id: MessageId, name: Option<String>) -> Option<String> {
        let is_ours = |name: &String| {
            let rest = name.strip_prefix(RELEASED);
            rest.is_some_and(|rest| rest == id.to_string())
        };
        name.filter(|name| !is_ours(name))
    }
}

impl Checked {
    fn digest(&self) -> [u8; 32] {
        let parts = (
            &self.text,
            &self.attachments,
            &self.metadata,
            &self.parent_id,
        );
        let bytes = serde_json::to_vec(&parts).expect("text and JSON become JSON");
        Sha256::digest(bytes).into()
    }
}

fn attachments(value: Option<Value>, limits: &Limits) -> Result<Box<RawValue>> {
    let list = match value {
        None | Some(Value::Null) => vec![],
        Some(Value::Array(list)) => list,
        Some(_) => return Err(Error::invalid("attachments must be a list")),
    };
    if list.len() > limits.attachments {
        return Err(Error::invalid(format!(
            "attachments: {} at most",
            limits.attachments
        )));
    }
    for attachment in &list {
        if !attachment.is_object() {
            return Err(Error::invalid("attachments must be objects"));
        }
        text::json(
            "attachment",
            attachment,
            limits.attachment_bytes,
            limits.metadata_depth,
        )?;
    }
    serde_json::value::to_raw_value(&list).map_err(|error| Error::Internal(error.into()))
}
