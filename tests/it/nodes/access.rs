//! Whoever may not come in any more is out at every node: at once where it was told, and within five
//! seconds where it was not.

use crate::support::{Heyyo, Socket, Tenant, User, eventually, people::claims, shape::text};
use serde_json::{Value, json};
use sqlx::postgres::PgListener;
use std::time::{Duration, Instant};

/// R10: refused everywhere by then. Looked at again by whoever missed it after two seconds.
const AT_LAST: Duration = Duration::from_secs(5);

/// Alice and Bob of one app at the second node; their backend and the operator are at the first.
struct Pair {
    acme: Tenant,
    alice: User,
    bob: User,
    second: Heyyo,
    first: Heyyo,
}

async fn pair() -> Pair {
    let first = Heyyo::start().await;
    let second = first.beside().await;
    let acme = first.tenant("acme").await;
    Pair {
        alice: acme.user("alice").await.at(&second),
        bob: acme.user("bob").await.at(&second),
        acme,
        second,
        first,
    }
}

/// A way to take access away, and how to give it back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Suspension,
    AppRevocation,
    Deactivation,
    UserRevocation,
    TokenRevocation,
    UserDeletion,
    AppDeletion,
}

impl End {
    const ALL: [Self; 7] = [
        Self::TokenRevocation,
        Self::UserRevocation,
        Self::Deactivation,
        Self::UserDeletion,
        Self::Suspension,
        Self::AppRevocation,
        Self::AppDeletion,
    ];

    async fn happen(self, pair: &Pair, user: &User) {
        let (acme, name) = (&pair.acme, &user.external_id);
        let of_user = |below: &str| format!("/api/users/{name}{below}");
        let operator = |method: &str, below: &str| pair.first.operator(method, &acme.path(below));
        let jti = text(&claims(&user.token), "jti").to_owned();
        let call = match self {
            Self::Suspension => operator("PATCH", "").json(&json!({ "suspended": true })),
            Self::AppRevocation => operator("POST", "/revoke"),
            Self::AppDeletion => operator("DELETE", ""),
            Self::Deactivation => acme.call("POST", &of_user("/deactivate")),
            Self::UserRevocation => acme.call("POST", &of_user("/revoke")),
            Self::UserDeletion => acme.call("DELETE", &of_user("")),
            Self::TokenRevocation => acme
                .call("POST", "/api/tokens/revoke")
                .json(&json!({ "jti": jti })),
        };
        call.await.expect(200);
    }

    async fn be_undone(self, pair: &Pair) {
        if self == Self::Suspension {
            let call = pair.first.operator("PATCH", &pair.acme.path(""));
            let call = call.json(&json!({ "suspended": false }));
            call.await.expect(200);
        }
    }

    fn is_everybodys(self) -> bool {
        [Self::Suspension, Self::AppRevocation, Self::AppDeletion].contains(&self)
    }
}

async fn is_refused(user: &User) {
    eventually("the token is refused", async || {
        let reply = user.get("/api/channels").await;
        (reply.status == 403).then_some(())
    })
    .await;
    assert!(user.refused_socket().await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_shut_out_at_one_node_is_out_at_the_other() {
    let pair = pair().await;
    let mut took = Duration::ZERO;
    for (number, end) in End::ALL.into_iter().enumerate() {
        let user = pair.acme.user(&format!("user-{number}")).await;
        let user = user.at(&pair.second);
        let other = pair.acme.user("bob").await.at(&pair.second);
        let (socket, others) = (user.socket().await, other.socket().await);
        // Known there, so that there is something to forget.
        for user in [&user, &other] {
            user.get("/api/channels").await.expect(200);
        }
        let began = Instant::now();
        end.happen(&pair, &user).await;
        socket.dismissed().await;
        took += began.elapsed();
        is_refused(&user).await;
        assert!(began.elapsed() < AT_LAST, "{end:?}: {:?}", began.elapsed());
        if end.is_everybodys() {
            others.dismissed().await;
            is_refused(&other).await;
        } else {
            other.get("/api/channels").await.expect(200);
            assert!(others.is_live(), "{end:?} sent away somebody else");
        }
        end.be_undone(&pair).await;
    }
    // Told, and not found out, which would take a second each.
    assert!(took < Duration::from_millis(3_500), "{took:?}");
}

/// Everything that one node tells the other is lost, by the database's own doing.
async fn deafen(heyyo: &Heyyo) {
    let deaf = "CREATE SCHEMA deaf;
        CREATE FUNCTION deaf.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT';
        DO $$ BEGIN EXECUTE format(
            'ALTER DATABASE %I SET search_path = deaf, pg_catalog, public', current_database()
        ); END $$;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();";
    let mut connection = heyyo.database().acquire().await.unwrap();
    sqlx::raw_sql(deaf).execute(&mut *connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_told_nothing_finds_out_within_five_seconds() {
    let pair = pair().await;
    deafen(&pair.first).await;
    let mut listener = PgListener::connect(pair.first.database_url())
        .await
        .unwrap();
    listener.listen("heyyo").await.unwrap();
    eventually("both nodes are well again", async || {
        let (here, there) = (
            pair.acme.call("GET", "/api/users").exchange().await,
            pair.alice.get("/api/channels").exchange().await,
        );
        let is_well = |reply: Result<crate::support::Reply, String>| {
            reply.is_ok_and(|reply| reply.status == 200)
        };
        (is_well(here) && is_well(there)).then_some(())
    })
    .await;
    for end in [End::TokenRevocation, End::Deactivation, End::Suspension] {
        let user = pair.acme.user(&format!("{end:?}")).await.at(&pair.second);
        let socket = user.socket().await;
        let others = (!end.is_everybodys()).then_some(pair.bob.socket().await);
        user.get("/api/channels").await.expect(200);
        let began = Instant::now();
        end.happen(&pair, &user).await;
        socket.dismissed().await;
        is_refused(&user).await;
        assert!(began.elapsed() < AT_LAST, "{end:?}: {:?}", began.elapsed());
        assert!(others.is_none_or(|socket: Socket| socket.is_live()));
    }
    // Nothing was told: this is not the other way in disguise.
    let heard = tokio::time::timeout(Duration::ZERO, listener.recv()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_deleted_at_one_node_is_refused_at_the_other() {
    let pair = pair().await;
    let there = pair.acme.at(&pair.second);
    there.call("GET", "/api/users").await.expect(200);
    let secrets = there.call("GET", "/api/secrets").await.expect(200);
    let made: Value = pair.acme.call("POST", "/api/secrets").await.expect(201);
    let new = there.with_secret(text(&made, "api_secret"));
    new.call("GET", "/api/users").await.expect(200);
    let path = format!("/api/secrets/{}", text(&secrets[0], "id"));
    pair.acme.call("DELETE", &path).await.expect(200);
    let old = there.call("GET", "/api/users").await;
    old.expect_words(401, "unauthenticated", "Invalid credentials");
    new.call("GET", "/api/users").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allowed_origins_hold_at_the_other_node() {
    let pair = pair().await;
    let call = || {
        let call = pair.alice.get("/api/channels");
        call.header("origin", "https://evil.example")
    };
    call().await.expect(200);
    let patch = json!({ "allowed_origins": ["https://chat.example"] });
    let change = pair.first.operator("PATCH", &pair.acme.path(""));
    change.json(&patch).await.expect(200);
    eventually("the page to be refused", async || {
        (call().await.status == 403).then_some(())
    })
    .await;
    pair.alice.get("/api/channels").await.expect(200);
}
