//! What a handler is given: who calls, and the parts of the request by name.

use crate::{
    auth::{Caller, Tenant, token},
    chat::{
        apps,
        members::{self, Member},
        text, users,
    },
    error::{Error, Result},
    ids::{ChannelId, MessageId},
    node::Node,
    rest::Description,
};
use bytes::Bytes;
use http::{HeaderMap, header, request};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use uuid::Uuid;

/// One request, admitted.
pub struct Call {
    /// The node.
    pub node: Node,
    /// The description of the other door.
    pub events: Description,
    /// The user; present on every route that asks for one.
    pub caller: Option<Caller>,
    /// The tenant; present on every route that asks for one.
    pub tenant: Option<Tenant>,
    /// What stands for `{…}` in the route's path, in order.
    pub ids: Vec<String>,
    /// Method, path, headers.
    pub head: request::Parts,
    /// The body, within its limit.
    pub body: Bytes,
}

/// The user whose token the request carries.
pub async fn authenticate(node: &Node, headers: &HeaderMap) -> Result<Caller> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .map(str::trim)
        .filter(|token| !token.is_empty())
        .ok_or(Error::Unauthenticated("Authentication required"))?;
    let verified = token::verify(&node.keys, token).ok_or(Error::Forbidden("Invalid token"))?;
    users::admit(node, &verified).await
}

/// The tenant whose api key and secret the request carries; one of them alone grants nothing.
pub async fn authenticate_tenant(node: &Node, headers: &HeaderMap) -> Result<Tenant> {
    let given = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(api_key), Some(api_secret)) = (given("x-api-key"), given("x-api-secret")) else {
        return Err(Error::Unauthenticated(
            "X-API-Key and X-API-Secret are required",
        ));
    };
    apps::authenticate(node, api_key, api_secret).await
}

impl Call {
    /// The tenant that calls.
    pub fn tenant(&self) -> Result<&Tenant> {
        self.tenant.as_ref().ok_or(Error::Unauthenticated(
            "X-API-Key and X-API-Secret are required",
        ))
    }

    /// The first word in the path, for what may be named by id or by name.
    pub fn word(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    /// The held message in the path: its first id.
    pub fn held(&self) -> Result<MessageId> {
        self.id(0, "message").map(MessageId)
    }

    /// The user who calls.
    pub fn caller(&self) -> Result<&Caller> {
        self.caller
            .as_ref()
            .ok_or(Error::Unauthenticated("Authentication required"))
    }

    /// The caller as a member of the channel in the path.
    pub async fn member(&self) -> Result<Member> {
        members::require(&self.node, self.caller()?, self.channel()?).await
    }

    /// The channel in the path: its first id.
    pub fn channel(&self) -> Result<ChannelId> {
        self.id(0, "channel").map(ChannelId)
    }

    /// The message in the path: its second id.
    pub fn message(&self) -> Result<MessageId> {
        self.id(1, "message").map(MessageId)
    }

    /// The user in the path, the second id: a user's own or their tenant's, percent-encoded.
    pub fn user(&self) -> Result<Cow<'_, str>> {
        let text = self.ids.get(1).map_or("", String::as_str);
        percent_decode_str(text)
            .decode_utf8()
            .map_err(|_| Error::invalid("The user id in the path is not UTF-8"))
    }

    fn id(&self, place: usize, of: &str) -> Result<Uuid> {
        let text = self.ids.get(place).map_or("", String::as_str);
        text.parse()
            .map_err(|_| Error::invalid(format!("The {of} id in the path is not a UUID")))
    }

    /// The body as `T`. Unknown keys are ignored.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if self.body.is_empty() {
            return Err(Error::invalid("A JSON body is required"));
        }
        text::from_json("body", &self.body)
    }

    /// A parameter of the query string; the first, if it is given several times.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        let query = self.head.uri.query().unwrap_or("");
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}
