//! Who may come in, and who may not any more: what operators and backends do to apps, secrets, users and
//! tokens, and that it acts at once, on sockets too.
//!
//! Each refusal has its control: somebody else of the same app, or of another, who is let in as before.

mod acting;
mod audit;
mod deletion;
mod origins;
mod revocation;
mod secrets;
mod settings;
mod sizes;
mod users;

use crate::support::{Reply, User, wire::BOTH};

/// What a user meets who may not come in any more, at both doors.
async fn expect_out(user: &User, words: &str) {
    let reply = user.get("/api/channels").await;
    reply.expect_words(403, "forbidden", words);
    assert_eq!(user.refused_socket().await.as_deref(), Some(words));
}

/// Somebody who is let in, at both doors.
async fn expect_in(user: &User) {
    user.get("/api/channels").await.expect(200);
    for transport in BOTH {
        user.socket_over(transport).await.leave().await;
    }
}

/// That a call did what it was asked to, in these words.
fn expect_done(reply: &Reply, words: &str) {
    assert_eq!(reply.expect(200)["message"], words);
}
