//! Fifty real clients in five channels, over mixed transports, writing through both doors at once.

use crate::support::{Heyyo, children};
use serde_json::json;

const CLIENTS: usize = 50;
const CHANNELS: usize = 5;
/// Of how many channels each client is a member.
const MEMBERSHIPS: usize = 3;
const MESSAGES_EACH: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_clients_hear_every_message_once_and_in_order() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let owner = acme.user("owner").await;
    let mut channels = Vec::new();
    for number in 0..CHANNELS {
        channels.push(owner.create_channel(&format!("channel {number}")).await);
    }
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let user = acme.user(&format!("user-{number}")).await;
        let own = (0..MEMBERSHIPS).map(|step| &channels[(number + step) % CHANNELS]);
        let mut ids = Vec::new();
        for channel in own {
            channel.join(&user).await;
            ids.push(&channel.id);
        }
        clients.push(json!({ "token": user.token, "channels": ids }));
    }
    let clients = json!(clients).to_string();
    let messages = MESSAGES_EACH.to_string();
    let environment = [
        ("BASE_URL", heyyo.url()),
        ("CLIENTS", clients.as_str()),
        ("MESSAGES", messages.as_str()),
    ];
    let lines = children::node("fifty_clients.mjs", &[], &environment).await;

    let sent = CLIENTS * MESSAGES_EACH;
    let heard_by_each = CLIENTS * MEMBERSHIPS / CHANNELS;
    let expected = format!(
        "{CLIENTS} clients, {sent} messages, {} deliveries",
        sent * heard_by_each
    );
    assert_eq!(lines, [expected]);
}
