//! One token, or all of a user's: refused from now on, and their sockets sent away.

use super::{expect_done, expect_in, expect_out};
use crate::support::{
    Heyyo, User,
    people::claims,
    shape::text,
    wait::in_time,
    wire::{Frame, Transport, Wire},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// A beginning that is not answered by then was passed over.
const PASSED_OVER: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_token_is_revoked_and_no_other() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    // Two devices of one user, and a third.
    let phone = acme.user("alice").await;
    let laptop = acme.user("alice").await;
    let tablet = acme.user("alice").await;
    let sockets = [
        phone.socket().await,
        laptop.socket().await,
        tablet.socket().await,
    ];
    let revoke = |body| acme.call("POST", "/api/tokens/revoke").json(&body);
    let revoked = revoke(json!({ "token": phone.token })).await;
    expect_done(&revoked, "Token revoked");
    sockets[0].dismissed().await;
    expect_out(&phone, "Invalid token").await;
    assert!(sockets[1].is_live() && sockets[2].is_live());
    expect_in(&laptop).await;

    let jti = text(&claims(&laptop.token), "jti").to_owned();
    for _ in 0..2 {
        expect_done(&revoke(json!({ "jti": jti })).await, "Token revoked");
    }
    sockets[1].dismissed().await;
    expect_out(&laptop, "Invalid token").await;
    assert!(sockets[2].is_live());
    expect_in(&tablet).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_none_of_the_tenants_is_not_revoked() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let bob = globex.user("bob").await;
    let socket = bob.socket().await;
    let revoke = |body| acme.call("POST", "/api/tokens/revoke").json(&body);
    let theirs = revoke(json!({ "token": bob.token })).await;
    let nobodys = revoke(json!({ "token": "garbage" })).await;
    theirs.expect_refusal(400, "invalid");
    assert_eq!(theirs.visible(), nobodys.visible());
    // By its id alone, a tenant refuses it among its own tokens only.
    let jti = text(&claims(&bob.token), "jti").to_owned();
    revoke(json!({ "jti": jti })).await.expect(200);
    assert!(socket.is_live());
    expect_in(&bob).await;
    for body in [
        json!({}),
        json!({ "jti": "x" }),
        json!({ "jti": 7 }),
        json!({ "token": 7 }),
        json!({ "token": null, "jti": null }),
        json!({ "token": bob.token, "jti": Uuid::now_v7() }),
    ] {
        revoke(body).await.expect_refusal(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_tokens_of_a_user_are_revoked_and_the_next_is_good() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let (hers, his) = (alice.socket().await, bob.socket().await);
    // Within one second, several times: no clock decides.
    for round in 0..3 {
        let old = acme.user("alice").await;
        expect_in(&old).await;
        let revoke = acme.call("POST", "/api/users/alice/revoke");
        expect_done(&revoke.await, "Tokens revoked");
        expect_out(&old, "Invalid token").await;
        expect_in(&acme.user("alice").await).await;
        if round == 0 {
            hers.dismissed().await;
        }
    }
    expect_out(&alice, "Invalid token").await;
    assert!(his.is_live());
    expect_in(&bob).await;
    let nobody = acme.call("POST", "/api/users/nobody/revoke").await;
    nobody.expect_words(404, "not_found", "User not found");
}

/// A session may have one socket after the other; what ends the first must not take the second's place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_follows_another_in_its_session_is_cut_as_any() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let (alice, mallory) = (acme.user("alice").await, acme.user("mallory").await);
    let channel = alice.create_channel("general").await;
    channel.join(&mallory).await;
    let connect = |user: &User| format!("40{}", json!({ "token": user.token }));
    let mut followers = vec![];
    for _ in 0..40 {
        let mut wire = Wire::open(&heyyo.http(), Transport::Polling).await;
        wire.send(connect(&alice));
        assert!(is_connected(wire.next().await), "alice is in");
        // In one body: two ends, and another user's beginning between what becomes of them. It is passed
        // over in silence while the first beginning is not quite over, and said again.
        wire.send("41");
        wire.send("41");
        let answered = in_time("an answer to a beginning", async {
            loop {
                wire.send(connect(&mallory));
                if let Ok(answer) = timeout(PASSED_OVER, wire.next()).await {
                    return answer;
                }
            }
        });
        if is_connected(answered.await) {
            followers.push(wire);
        }
    }
    assert!(!followers.is_empty(), "none came in after alice");
    let deactivated = acme.call("POST", "/api/users/mallory/deactivate").await;
    expect_done(&deactivated, "User deactivated");
    for wire in &mut followers {
        let message = json!(["message.send", { "channelId": channel.id, "text": "still here" }]);
        wire.send(format!("42{message}"));
        // The end, in words or of the connection.
        while wire
            .next()
            .await
            .is_some_and(|frame| frame != Frame::Text("41".to_owned()))
        {}
    }
    assert_eq!(channel.history("").await, json!([]));
}

fn is_connected(frame: Option<Frame>) -> bool {
    matches!(frame, Some(Frame::Text(text)) if text.starts_with("40{"))
}
