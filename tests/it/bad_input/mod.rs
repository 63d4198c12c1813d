//! Input that is no good, at every door: a clear refusal, never a 5xx, never silence.
//!
//! The HTTP client itself fails on a 5xx or a missing answer; here the refusal's kind is what counts,
//! and that the server stays well and nothing has changed. What is good is proved good first.

mod bodies;
mod fields;
mod packets;
mod protocol;
mod requests;

use crate::support::{Call, Channel, Heyyo, Reply, Tenant, User};
use serde_json::{Value, json};

/// The calls that take a body, and what each needs.
struct Stage {
    heyyo: Heyyo,
    acme: Tenant,
    alice: User,
    channel: Channel,
    message: Value,
}

async fn stage() -> Stage {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let alice = acme.user("alice").await;
    let channel = alice.create_channel("general").await;
    Stage {
        message: channel.send("hello").await,
        heyyo,
        acme,
        alice,
        channel,
    }
}

impl Stage {
    /// Every call with a body: with credentials, without the body, and a body that is good.
    fn calls(&self) -> Vec<(&'static str, Call, Value)> {
        let token = json!({
            "api_key": self.acme.api_key,
            "api_secret": self.acme.api_secret,
            "user_id": "alice",
        });
        let http = self.heyyo.http();
        vec![
            (
                "app",
                http.call("POST", "/api/apps")
                    .header("x-admin-key", self.heyyo.admin_key()),
                json!({ "name": "app" }),
            ),
            ("token", http.call("POST", "/api/auth/token"), token),
            (
                "channel",
                self.alice.call("POST", "/api/channels"),
                json!({ "name": "channel" }),
            ),
            (
                "member",
                self.alice.call("POST", &self.channel.path("/members")),
                json!({ "user_id": self.alice.id }),
            ),
            (
                "message",
                self.alice.call("POST", &self.channel.path("/messages")),
                json!({ "text": "good" }),
            ),
            (
                "reaction",
                self.alice.call(
                    "POST",
                    &self.channel.message_path(&self.message, "/reactions"),
                ),
                json!({ "type": ":heart:" }),
            ),
            (
                "settings",
                self.heyyo.operator("PATCH", &self.acme.path("")),
                json!({ "name": "app" }),
            ),
            (
                "user",
                self.acme.call("PUT", "/api/users/bob"),
                json!({ "display_name": "Bob" }),
            ),
            (
                "revocation",
                self.acme.call("POST", "/api/tokens/revoke"),
                json!({ "jti": self.alice.id }),
            ),
            (
                "message by a backend",
                self.acme
                    .call_as("alice", "POST", &self.channel.path("/messages")),
                json!({ "text": "good" }),
            ),
            (
                "member by a backend",
                self.acme.call("POST", &self.channel.path("/members")),
                json!({ "user_id": self.alice.id }),
            ),
        ]
    }

    fn call(&self, wanted: &str) -> (Call, Value) {
        let mut calls = self.calls().into_iter();
        let (_, call, body) = calls
            .find(|(name, ..)| *name == wanted)
            .expect("a call of this name");
        (call, body)
    }

    async fn expect_refused(&self, call: Call, status: u16, code: &str, why: &str) -> Reply {
        let name = call.name();
        let reply = call.await;
        assert_eq!(
            reply.status,
            status,
            "{name} with {why} was answered {}",
            reply.text()
        );
        assert_eq!(
            reply.json()["code"],
            code,
            "{name} with {why} was answered {}",
            reply.text()
        );
        self.heyyo.http().get("/health").await.expect(200);
        reply
    }
}
