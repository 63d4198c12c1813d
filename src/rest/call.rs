//! What a handler is given: who calls, and the parts of the request by name.

use crate::{
    auth::{Actor, Caller, Tenant, admin::Operator, token},
    chat::{
        access,
        apps::secrets,
        members::{self, Insider, Member},
        text, users,
    },
    error::{Error, Result},
    ids::{AppId, ChannelId, MessageId},
    limits::Address,
    node::Node,
    rest::{Description, routes::Access},
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
    /// The tenant; present on every route that asks for one, unless it calls as one of its users.
    pub tenant: Option<Tenant>,
    /// The operator; present on every route that asks for one.
    pub operator: Option<Operator>,
    /// What stands for `{…}` in the route's path, in order.
    pub ids: Vec<String>,
    /// Method, path, headers.
    pub head: request::Parts,
    /// The body, within its limit.
    pub body: Bytes,
}

/// What a page has when nobody says how much, and at most.
const PAGE: i64 = 50;
const LONGEST_PAGE: i64 = 100;

/// Names the user in whose name a tenant's backend calls. A header, for it goes with every method, and
/// `user_id` in a body names the one to whom something is done; percent-encoded, as ids in paths are.
const ACTING_USER: &str = "x-acting-user";

/// Whom a request's credentials let call a route: a user, or a tenant, or nobody where nobody is asked for.
pub async fn authenticate(
    node: &Node,
    access: Access,
    headers: &HeaderMap,
) -> Result<(Option<Caller>, Option<Tenant>)> {
    let is_backend =
        headers.contains_key("x-api-secret") && !headers.contains_key(header::AUTHORIZATION);
    match access {
        Access::Probe | Access::Anyone | Access::Admin => Ok((None, None)),
        Access::Tenant | Access::Uploader => {
            Ok((None, Some(authenticate_tenant(node, headers).await?)))
        }
        Access::User | Access::UserOrTenant if is_backend => {
            let tenant = authenticate_tenant(node, headers).await?;
            match headers.get(ACTING_USER) {
                Some(word) => {
                    let word = decoded(word.to_str().unwrap_or("%ff"))
                        .ok_or(Error::invalid("X-Acting-User is not percent-encoded UTF-8"))?;
                    Ok((Some(users::acting(node, &tenant, &word).await?), None))
                }
                None if access == Access::UserOrTenant => Ok((None, Some(tenant))),
                None => Err(Error::invalid(
                    "X-Acting-User is required: the user in whose name the backend calls",
                )),
            }
        }
        Access::User | Access::UserOrTenant => {
            Ok((Some(authenticate_user(node, headers).await?), None))
        }
    }
}

/// The user whose token the request carries.
async fn authenticate_user(node: &Node, headers: &HeaderMap) -> Result<Caller> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .map(str::trim)
        .filter(|token| !token.is_empty())
        .ok_or(Error::Unauthenticated("Authentication required"))?;
    let verified = token::verify(&node.keys, token).ok_or(Error::Forbidden("Invalid token"))?;
    access::admit(node, &verified, origin(headers)).await
}

/// The tenant whose api key and secret the request carries; one of them alone grants nothing.
async fn authenticate_tenant(node: &Node, headers: &HeaderMap) -> Result<Tenant> {
    let given = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(api_key), Some(api_secret)) = (given("x-api-key"), given("x-api-secret")) else {
        return Err(Error::Unauthenticated(
            "X-API-Key and X-API-Secret are required",
        ));
    };
    secrets::authenticate(node, api_key, api_secret, origin(headers)).await
}

/// The origin of the page that a request is from, if it is from one. One that is no text is nobody's.
fn origin(headers: &HeaderMap) -> Option<&str> {
    let origin = headers.get(header::ORIGIN)?;
    Some(origin.to_str().unwrap_or_default())
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

impl Call {
    /// The tenant that calls.
    pub fn tenant(&self) -> Result<&Tenant> {
        self.tenant.as_ref().ok_or(Error::Unauthenticated(
            "X-API-Key and X-API-Secret are required",
        ))
    }

    /// The operator or the tenant that calls, as the audit names them.
    pub fn actor(&self) -> Result<Actor> {
        let name = match &self.operator {
            Some(operator) => operator.0.clone(),
            None => format!("app:{}", self.tenant()?.secret),
        };
        let address = self.head.extensions.get::<Address>();
        let Address(address) = *address.expect("the doors know the address");
        Ok(Actor { name, address })
    }

    /// The origin of the page that calls, if one does.
    pub fn origin(&self) -> Option<&str> {
        origin(&self.head.headers)
    }

    /// The app in the path: its first id.
    pub fn app(&self) -> Result<AppId> {
        self.id(0, "app").map(AppId)
    }

    /// The secret in the path: its last id.
    pub fn secret(&self) -> Result<Uuid> {
        self.id(self.ids.len().saturating_sub(1), "secret")
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

    /// Whoever calls, as one who may look into the channel in the path.
    pub async fn insider(&self) -> Result<Insider> {
        match &self.tenant {
            Some(tenant) => members::oversee(&self.node, tenant, self.channel()?).await,
            None => Ok(self.member().await?.insider()),
        }
    }

    /// The channel in the path: its first id.
    pub fn channel(&self) -> Result<ChannelId> {
        self.id(0, "channel").map(ChannelId)
    }

    /// The message in the path: its second id.
    pub fn message(&self) -> Result<MessageId> {
        self.id(1, "message").map(MessageId)
    }

    /// The user in the path, the last id: a user's own or their tenant's, percent-encoded.
    pub fn user(&self) -> Result<Cow<'_, str>> {
        let text = self.ids.last().map_or("", String::as_str);
        decoded(text).ok_or(Error::invalid("The user id in the path is not UTF-8"))
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

    /// The same where a body may be left out.
    pub fn json_or_nothing<T: DeserializeOwned + Default>(&self) -> Result<T> {
        match self.body.is_empty() {
            true => Ok(T::default()),
            false => self.json(),
        }
    }

    /// A whole number in the query string, if it is there.
    pub fn whole_number(&self, name: &str, least: i64) -> Result<Option<i64>> {
        let Some(text) = self.query(name) else {
            return Ok(None);
        };
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // Digits that are too many for the type are still a number, a very large one.
        let number = is_number
            .then(|| text.parse().unwrap_or(i64::MAX))
            .filter(|number| *number >= least);
        match number {
            Some(number) => Ok(Some(number)),
            None => Err(Error::invalid(format!(
                "{name} must be a whole number, {least} or more"
            ))),
        }
    }

    /// How many a page is to have: 50 unless the query string says otherwise, and 100 at most.
    pub fn limit(&self) -> Result<i64> {
        let wanted = self.whole_number("limit", 1)?;
        Ok(wanted.unwrap_or(PAGE).min(LONGEST_PAGE))
    }

    /// An id in the query string, if it is there: where a page begins.
    pub fn cursor(&self, name: &str) -> Result<Option<Uuid>> {
        let cursor = self.query(name).map(|text| text.parse());
        cursor
            .transpose()
            .map_err(|_| Error::invalid(format!("{name} must be the id of what stands there")))
    }

    /// A parameter of the query string; the first, if it is given several times.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        let query = self.head.uri.query().unwrap_or("");
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}
