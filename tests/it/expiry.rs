//! Tokens end, and what they opened ends with them.

use crate::support::{Heyyo, Socket, eventually, people::claims, wire::BOTH};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_opens_nothing_and_its_sockets_are_cut() {
    let heyyo = Heyyo::start_with(|config| config.live.auth.token_seconds = 1).await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    let claims = claims(&alice.token);
    let lifetime = claims["exp"]
        .as_i64()
        .zip(claims["iat"].as_i64())
        .map(|(end, start)| end - start);
    assert_eq!(lifetime, Some(1));
    alice.get("/api/channels").await.expect(200);
    let sockets = [
        alice.socket_over(BOTH[0]).await,
        alice.socket_over(BOTH[1]).await,
    ];
    for socket in &sockets {
        socket.ended().await;
    }
    let refusal = eventually("an expired token is refused", async || {
        let reply = alice.get("/api/channels").await;
        (reply.status != 200).then_some(reply)
    })
    .await;
    refusal.expect_refusal(403, "forbidden");
    for transport in BOTH {
        let auth = json!({ "token": alice.token });
        let refusal = Socket::connect(&heyyo.http(), transport, Some(&auth))
            .await
            .err();
        assert_eq!(refusal.as_deref(), Some("Invalid token"));
    }
}
