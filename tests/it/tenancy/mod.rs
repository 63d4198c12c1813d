//! Tenants: what is another's is as absent as what is nowhere, byte for byte.
//!
//! Every call and every event that names something is tried by a user of another app. The answer must
//! equal the answer for something that does not exist, nothing may change, and nobody may hear of it.
//! Then the very same attempt by its owner must succeed, or the refusal proved nothing.

mod backends;
mod operators;
mod rows;
mod twins;

use crate::support::{
    Channel, Heyyo, Socket, Tenant, User, eventually,
    shape::{items, text, texts},
};
use rows::Names;
use serde_json::{Value, json};
use uuid::Uuid;

/// One tenant's user with a channel, a fellow member, and live sockets of both.
struct House {
    user: User,
    fellow: User,
    channel: Channel,
    sockets: [Socket; 2],
}

impl House {
    async fn of(tenant: &Tenant, who: &str) -> Self {
        let user = tenant.user(who).await;
        let fellow = tenant.user(&format!("{who}'s fellow")).await;
        let channel = user.create_channel(&format!("{who}'s channel")).await;
        channel.join(&fellow).await;
        // One after the other, and nobody's coming still on its way to anyone.
        let first = user.socket().await;
        eventually("the first socket counts", async || {
            (channel.member(&user).await["is_online"] == true).then_some(())
        })
        .await;
        let second = fellow.socket().await;
        first.next_event("presence.changed").await;
        let house = Self {
            sockets: [first, second],
            user,
            fellow,
            channel,
        };
        house.forget_the_past().await;
        house
    }

    /// What there is to name, with a message that nobody has touched yet.
    async fn names(&self) -> Names {
        // A row may have removed the fellow.
        self.channel.join(&self.fellow).await;
        let message = self.channel.send("hello").await;
        self.forget_the_past().await;
        Names {
            channel: self.channel.id.clone(),
            message: text(&message, "id").to_owned(),
            user: self.fellow.id.clone(),
            external_id: self.fellow.external_id.clone(),
        }
    }

    async fn forget_the_past(&self) {
        for socket in &self.sockets {
            socket.arrived_until_now(&self.channel).await;
        }
    }

    async fn has_heard_nothing(&self) {
        for socket in &self.sockets {
            socket.expect_nothing(&self.channel).await;
        }
    }

    /// All that members see, the markers of this test apart.
    async fn visible(&self) -> Value {
        let mut details = self.channel.details().await;
        for name in ["message_count", "updated_at", "last_seq"] {
            details.as_object_mut().expect("an object").remove(name);
        }
        let history = self.channel.history("?limit=100").await;
        let messages = items(&history)
            .iter()
            .filter(|message| !text(message, "text").starts_with("marker"));
        json!([details, messages.collect::<Vec<_>>()])
    }
}

fn nothing_anywhere() -> Names {
    Names {
        channel: Uuid::now_v7().to_string(),
        message: Uuid::now_v7().to_string(),
        user: Uuid::now_v7().to_string(),
        external_id: "nobody's fellow".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_tells_another_tenants_thing_from_nothing() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (victim, intruder) = (
        House::of(&acme, "alice").await,
        House::of(&globex, "mallory").await,
    );
    for (route, attempts) in rows::calls() {
        assert!(
            route.ids() == 0 || !attempts.is_empty(),
            "{} names things: try them",
            route.name()
        );
        for attempt in attempts {
            let (owned, own) = (victim.names().await, intruder.names().await);
            let before = victim.visible().await;

            let call = |named: &Names| attempt.call(&route, &intruder.user, &own, named);
            let told = call(&owned).await;
            let name = call(&owned).name();
            assert_eq!(
                told.visible(),
                call(&nothing_anywhere()).await.visible(),
                "{name} tells"
            );
            assert!(told.status >= 400, "{name} was allowed: {}", told.text());

            victim.has_heard_nothing().await;
            intruder.has_heard_nothing().await;
            assert_eq!(victim.visible().await, before, "{name} changed something");
            let by_owner = attempt.call(&route, &victim.user, &owned, &owned).await;
            assert!(
                by_owner.status < 300,
                "{name} fails for its owner too: {}",
                by_owner.text()
            );
            intruder.has_heard_nothing().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_tells_another_tenants_thing_from_nothing() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (victim, intruder) = (
        House::of(&acme, "alice").await,
        House::of(&globex, "mallory").await,
    );
    for (event, attempts) in rows::events() {
        assert!(!attempts.is_empty(), "{event} names things: try them");
        for attempt in attempts {
            let (owned, own) = (victim.names().await, intruder.names().await);
            let before = victim.visible().await;

            let socket = &intruder.sockets[0];
            let told = socket
                .emit_with_ack(event, attempt.payload(&own, &owned))
                .await;
            let of_nothing = socket
                .emit_with_ack(event, attempt.payload(&own, &nothing_anywhere()))
                .await;
            assert_eq!(told.to_string(), of_nothing.to_string(), "{event} tells");
            assert!(told["error"].is_string(), "{event} was allowed: {told}");

            victim.has_heard_nothing().await;
            intruder.has_heard_nothing().await;
            assert_eq!(victim.visible().await, before, "{event} changed something");
            let by_owner = victim.sockets[0]
                .emit_with_ack(event, attempt.payload(&owned, &owned))
                .await;
            assert!(
                by_owner.get("error").is_none(),
                "{event} fails for its owner too: {by_owner}"
            );
            intruder.has_heard_nothing().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_hold_the_callers_own_app_only() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    // The same external id and the same channel name on both sides.
    let (alice, namesake) = (acme.user("alice").await, globex.user("alice").await);
    let (hers, other) = (
        alice.create_channel("general").await,
        namesake.create_channel("general").await,
    );
    for path in ["/api/channels", "/api/channels/discover"] {
        assert_eq!(
            texts(&alice.get(path).await.expect(200), "id"),
            [hers.id.as_str()]
        );
        assert_eq!(
            texts(&namesake.get(path).await.expect(200), "id"),
            [other.id.as_str()]
        );
    }
    assert_eq!(hers.details().await["app_id"], acme.id);
    assert_eq!(other.details().await["app_id"], globex.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_id_is_no_bridge_between_tenants() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let mut ids = Vec::new();
    for tenant in [&acme, &globex] {
        let user = tenant.user("alice").await;
        let channel = user.create_channel("general").await;
        let body = json!({ "text": tenant.id, "client_id": "the same" });
        let message = channel.post_message(&user, body).await.expect(201);
        assert_eq!(message["text"], tenant.id);
        ids.push(message["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
}
