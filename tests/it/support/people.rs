//! The people of a test: tenants, their users and the channels they talk in.
//!
//! Each is made through the documented calls alone and holds what a real client would hold. A method
//! that ends in a value expects success; one that returns a [`Call`] leaves the answer to the test.

use super::{
    http::{Call, Http},
    server::Heyyo,
    shape,
    socket::Socket,
    wire::Transport,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

impl Heyyo {
    /// A client without credentials.
    pub fn http(&self) -> Http {
        Http::new(self.url())
    }

    /// Begins a call as the operator.
    pub fn operator(&self, method: &str, path: &str) -> Call {
        let call = self.http().call(method, path);
        call.header("x-admin-key", self.admin_key())
    }

    /// A new app.
    pub async fn tenant(&self, name: &str) -> Tenant {
        Tenant::create(&self.http(), self.admin_key(), name).await
    }
}

/// An app and its credentials, as a tenant's backend holds them.
#[derive(Clone)]
pub struct Tenant {
    http: Http,
    /// The app's id.
    pub id: String,
    /// The public half of its credentials.
    pub api_key: String,
    /// The secret half.
    pub api_secret: String,
}

impl Tenant {
    /// A new app of the server that this client talks to.
    pub async fn create(http: &Http, admin_key: &str, name: &str) -> Self {
        let call = http.post("/api/apps", &json!({ "name": name }));
        let app = call.header("x-admin-key", admin_key).await.expect(201);
        Self {
            id: shape::text(&app, "id").to_owned(),
            api_key: shape::text(&app, "api_key").to_owned(),
            api_secret: shape::text(&app, "api_secret").to_owned(),
            http: http.clone(),
        }
    }

    /// Begins a call as the tenant's backend.
    pub fn call(&self, method: &str, path: &str) -> Call {
        self.http
            .call(method, path)
            .header("x-api-key", &self.api_key)
            .header("x-api-secret", &self.api_secret)
    }

    /// Begins a call as the tenant's backend in the name of a user.
    pub fn call_as(&self, user: &str, method: &str, path: &str) -> Call {
        self.call(method, path).header("x-acting-user", user)
    }

    /// The path of the app, or of something below it, as an operator names it.
    pub fn path(&self, below: &str) -> String {
        format!("/api/apps/{}{below}", self.id)
    }

    /// The same tenant, at another node.
    pub fn at(&self, heyyo: &Heyyo) -> Self {
        Self {
            http: heyyo.http(),
            ..self.clone()
        }
    }

    /// The same tenant with another secret.
    pub fn with_secret(&self, secret: &str) -> Self {
        Self {
            api_secret: secret.to_owned(),
            ..self.clone()
        }
    }

    /// A user who says nothing of themselves.
    pub async fn user(&self, external_id: &str) -> User {
        self.sign_in(external_id, json!({})).await
    }

    /// A user with a profile: an object with `display_name` or `avatar_url` or both.
    pub async fn sign_in(&self, external_id: &str, profile: Value) -> User {
        let answer = self.ask_for_token(external_id, profile).await.expect(200);
        User::holding(&self.http, external_id, shape::text(&answer, "token"))
    }

    /// The call for a user's token.
    pub fn ask_for_token(&self, external_id: &str, profile: Value) -> Call {
        let mut body = profile;
        body["api_key"] = json!(self.api_key);
        body["api_secret"] = json!(self.api_secret);
        body["user_id"] = json!(external_id);
        self.http.post("/api/auth/token", &body)
    }
}

/// A person with a token.
#[derive(Clone)]
pub struct User {
    http: Http,
    /// The id in Heyyo.
    pub id: String,
    /// The id at the tenant.
    pub external_id: String,
    /// The token.
    pub token: String,
}

impl User {
    fn holding(http: &Http, external_id: &str, token: &str) -> Self {
        Self {
            http: http.clone(),
            id: shape::text(&claims(token), "sub").to_owned(),
            external_id: external_id.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The same user, at another node.
    pub fn at(&self, heyyo: &Heyyo) -> Self {
        self.with(&heyyo.http())
    }

    /// The same user, with another client.
    pub fn with(&self, http: &Http) -> Self {
        Self {
            http: http.clone(),
            ..self.clone()
        }
    }

    /// The refusal that a socket of this user meets.
    pub async fn refused_socket(&self) -> Option<String> {
        let auth = json!({ "token": self.token });
        let socket = Socket::connect(&self.http, Transport::WebSocket, Some(&auth));
        socket.await.err()
    }

    /// Begins a call as this user.
    pub fn call(&self, method: &str, path: &str) -> Call {
        self.http.call(method, path).token(&self.token)
    }

    /// Begins a GET as this user.
    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// Begins a POST as this user.
    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call("POST", path).json(body)
    }

    /// Begins a DELETE as this user.
    pub fn delete(&self, path: &str) -> Call {
        self.call("DELETE", path)
    }

    /// A channel that this user owns.
    pub async fn create_channel(&self, name: &str) -> Channel {
        self.create_channel_with(json!({ "name": name })).await
    }

    /// A channel that this user owns, made from a whole body.
    pub async fn create_channel_with(&self, body: Value) -> Channel {
        let about = self.post("/api/channels", &body).await.expect(201);
        Channel {
            id: shape::text(&about, "id").to_owned(),
            owner: self.clone(),
        }
    }

    /// A live socket over WebSocket.
    pub async fn socket(&self) -> Socket {
        self.socket_over(Transport::WebSocket).await
    }

    /// A live socket over either transport.
    pub async fn socket_over(&self, transport: Transport) -> Socket {
        let auth = json!({ "token": self.token });
        let socket = Socket::connect(&self.http, transport, Some(&auth)).await;
        socket.unwrap_or_else(|refusal| panic!("{} was refused: {refusal}", self.external_id))
    }
}

/// What a token says. Tests read the user's id from it, as a client may.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JSON Web Token");
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).expect("Base64");
    serde_json::from_slice(&json).expect("claims in JSON")
}

/// A channel and its owner.
#[derive(Clone)]
pub struct Channel {
    /// The channel's id.
    pub id: String,
    /// Who created it.
    pub owner: User,
}

impl Channel {
    /// The same channel, as its owner sees it from another node.
    pub fn at(&self, heyyo: &Heyyo) -> Self {
        Self {
            id: self.id.clone(),
            owner: self.owner.at(heyyo),
        }
    }

    /// The path of the channel, or of something below it such as `/messages`.
    pub fn path(&self, below: &str) -> String {
        format!("/api/channels/{}{below}", self.id)
    }

    /// The path of a message, or of something below it.
    pub fn message_path(&self, message: &Value, below: &str) -> String {
        self.path(&format!("/messages/{}{below}", shape::text(message, "id")))
    }

    /// Lets a user join.
    pub async fn join(&self, user: &User) {
        user.call("POST", &self.path("/join")).await.expect(200);
    }

    /// A message by the owner.
    pub async fn send(&self, text: &str) -> Value {
        self.send_as(&self.owner, text).await
    }

    /// A message by a member.
    pub async fn send_as(&self, user: &User, text: &str) -> Value {
        self.post_message(user, json!({ "text": text }))
            .await
            .expect(201)
    }

    /// The call that sends a message.
    pub fn post_message(&self, user: &User, body: Value) -> Call {
        user.post(&self.path("/messages"), &body)
    }

    /// The history as the owner reads it, with a query such as `?limit=2`.
    pub async fn history(&self, query: &str) -> Value {
        self.owner
            .get(&self.path(&format!("/messages{query}")))
            .await
            .expect(200)
    }

    /// The channel with its members, as the owner reads it.
    pub async fn details(&self) -> Value {
        self.owner.get(&self.path("")).await.expect(200)
    }

    /// One member, as the owner reads it.
    pub async fn member(&self, user: &User) -> Value {
        let details = self.details().await;
        let mut members = shape::items(&details["members"]).iter();
        members
            .find(|member| member["id"] == user.id)
            .expect("the user is a member")
            .clone()
    }
}
