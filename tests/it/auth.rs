//! User tokens: what opens a door, and everything that does not.
//!
//! Forged tokens are made from a real one, which is proved to work first.

use crate::support::{
    Heyyo, User,
    people::claims,
    routes,
    shape::{Kind, expect_fields, text},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use heyyo::rest::routes::Access;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_makes_its_user_known() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let reply = acme
        .ask_for_token("user-123", json!({ "display_name": "Jane Doe" }))
        .await;
    expect_fields(&reply.expect(200), &[("token", Kind::Text)]);
    let jane = acme.user("user-123").await;
    let channel = jane.create_channel("general").await;
    let member = channel.member(&jane).await;
    assert_eq!(member["external_id"], "user-123");
    assert_eq!(member["display_name"], "Jane Doe");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_external_id_is_the_same_user_within_one_app_only() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let alice = acme.user("alice").await;
    assert_eq!(acme.user("alice").await.id, alice.id);
    assert_ne!(acme.user("Alice").await.id, alice.id);
    assert_ne!(globex.user("alice").await.id, alice.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_kept_and_an_absent_field_is_left_as_it_was() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    let profile =
        json!({ "display_name": "Jane Doe", "avatar_url": "https://example.com/jane.png" });
    let jane = acme.sign_in("jane", profile).await;
    let channel = jane.create_channel("general").await;
    let profile = async || {
        let member = channel.member(&jane).await;
        (member["display_name"].clone(), member["avatar_url"].clone())
    };
    assert_eq!(
        profile().await,
        (json!("Jane Doe"), json!("https://example.com/jane.png"))
    );

    acme.user("jane").await;
    assert_eq!(
        profile().await,
        (json!("Jane Doe"), json!("https://example.com/jane.png"))
    );

    acme.sign_in("jane", json!({ "display_name": "Jane Roe" }))
        .await;
    assert_eq!(
        profile().await,
        (json!("Jane Roe"), json!("https://example.com/jane.png"))
    );

    acme.sign_in(
        "jane",
        json!({ "avatar_url": "https://example.com/roe.png" }),
    )
    .await;
    assert_eq!(
        profile().await,
        (json!("Jane Roe"), json!("https://example.com/roe.png"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_without_a_profile_has_null_in_its_place() {
    let heyyo = Heyyo::start().await;
    let nobody = heyyo.tenant("acme").await.user("nobody").await;
    let member = nobody.create_channel("general").await.member(&nobody).await;
    expect_fields(
        &member,
        &[("display_name", Kind::Null), ("avatar_url", Kind::Null)],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_pair_is_refused_in_the_same_words() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    acme.ask_for_token("alice", json!({})).await.expect(200);
    let unknown_key = format!("cb_{}", "a".repeat(acme.api_key.len() - 3));
    let wrong_secret = format!("cbs_{}", "a".repeat(acme.api_secret.len() - 4));
    let pairs = [
        (acme.api_key.as_str(), globex.api_secret.as_str()),
        (&acme.api_key, &wrong_secret),
        (&acme.api_key, ""),
        (&acme.api_key, &acme.api_secret[..acme.api_secret.len() - 1]),
        (&acme.api_secret, &acme.api_key),
        (&unknown_key, &acme.api_secret),
        ("", ""),
    ];
    for (key, secret) in pairs {
        let body = json!({ "api_key": key, "api_secret": secret, "user_id": "alice" });
        let reply = heyyo.http().post("/api/auth/token", &body).await;
        reply.expect_words(401, "unauthenticated", "Invalid credentials");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_door_of_a_user_wants_a_token_and_a_good_one() {
    let heyyo = Heyyo::start().await;
    let alice = heyyo.tenant("acme").await.user("alice").await;
    alice.get("/api/channels").await.expect(200);
    let doors: Vec<_> = routes::all()
        .into_iter()
        .filter(|route| matches!(route.access, Access::User | Access::UserOrTenant))
        .collect();
    assert!(
        doors.len() >= 10,
        "the documentation names 10 calls for users"
    );
    for route in doors {
        let path = route.path_with(&[&alice.id]);
        let knock = || {
            heyyo
                .http()
                .call(route.method.as_str(), &path)
                .json(&json!({}))
        };
        knock().await.expect_refusal(401, "unauthenticated");
        knock()
            .token("")
            .await
            .expect_refusal(401, "unauthenticated");
        knock()
            .header("authorization", "Basic YWxpY2U6YWxpY2U=")
            .await
            .expect_refusal(401, "unauthenticated");
        knock()
            .token(&forged(&alice))
            .await
            .expect_refusal(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_forged_token_opens_a_door() {
    let heyyo = Heyyo::start().await;
    let (acme, globex) = (heyyo.tenant("acme").await, heyyo.tenant("globex").await);
    let (alice, bob) = (acme.user("alice").await, acme.user("bob").await);
    let stranger = globex.user("alice").await;
    for token in [&alice.token, &bob.token, &stranger.token] {
        heyyo
            .http()
            .get("/api/channels")
            .token(token)
            .await
            .expect(200);
    }
    let [header, payload, signature] = parts(&alice.token);
    let head = decoded(&header);
    let as_bob = encoded(&with(claims(&alice.token), "sub", json!(bob.id)));
    let for_ever = encoded(&with(claims(&alice.token), "exp", json!(9_999_999_999_u64)));
    let as_globex = encoded(&with(
        claims(&alice.token),
        "aud",
        claims(&stranger.token)["aud"].clone(),
    ));
    let no_algorithm = encoded(&with(head.clone(), "alg", json!("none")));
    let other_algorithm = encoded(&with(head.clone(), "alg", json!("HS512")));
    let [stranger_header, stranger_payload, stranger_signature] = parts(&stranger.token);
    let without = |name: &str| {
        let mut fewer = claims(&alice.token);
        fewer.as_object_mut().expect("claims").remove(name);
        encoded(&fewer)
    };

    let forgeries = [
        ("no token at all", "garbage".to_owned()),
        ("only dots", "..".to_owned()),
        ("four parts", format!("{}.x", alice.token)),
        ("no signature", format!("{header}.{payload}.")),
        (
            "a signature cut short",
            alice.token[..alice.token.len() - 4].to_owned(),
        ),
        (
            "another's signature",
            format!("{header}.{payload}.{}", parts(&bob.token)[2]),
        ),
        ("another user", format!("{header}.{as_bob}.{signature}")),
        ("a longer life", format!("{header}.{for_ever}.{signature}")),
        ("another app", format!("{header}.{as_globex}.{signature}")),
        (
            "another app's header",
            format!("{stranger_header}.{payload}.{signature}"),
        ),
        (
            "another app's header and signature",
            format!("{stranger_header}.{payload}.{stranger_signature}"),
        ),
        (
            "another app's payload",
            format!("{header}.{stranger_payload}.{signature}"),
        ),
        (
            "no algorithm, no signature",
            format!("{no_algorithm}.{as_bob}."),
        ),
        (
            "no algorithm",
            format!("{no_algorithm}.{payload}.{signature}"),
        ),
        (
            "another algorithm",
            format!("{other_algorithm}.{payload}.{signature}"),
        ),
        (
            "signed with the app's secret",
            signed(&header, &as_bob, acme.api_secret.as_bytes()),
        ),
        (
            "signed with the app's key",
            signed(&header, &as_bob, acme.api_key.as_bytes()),
        ),
        ("signed with nothing", signed(&header, &as_bob, b"")),
        (
            "without an end",
            format!("{header}.{}.{signature}", without("exp")),
        ),
        (
            "without an audience",
            format!("{header}.{}.{signature}", without("aud")),
        ),
        (
            "a payload that is not JSON",
            format!(
                "{header}.{}.{signature}",
                BASE64_URL_SAFE_NO_PAD.encode("no")
            ),
        ),
        ("a very long one", "a".repeat(8_000)),
    ];
    for (what, token) in forgeries {
        let reply = heyyo.http().get("/api/channels").token(&token).await;
        assert_eq!(reply.status, 403, "{what} was answered {}", reply.text());
        assert_eq!(reply.json()["code"], "forbidden", "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_without_its_secret_grants_nothing() {
    let heyyo = Heyyo::start().await;
    let acme = heyyo.tenant("acme").await;
    for path in ["/api/channels", "/api/channels/discover", "/api/apps"] {
        let reply = heyyo
            .http()
            .get(path)
            .header("x-api-key", &acme.api_key)
            .await;
        reply.expect_refusal(401, "unauthenticated");
    }
    let body = json!({ "api_key": acme.api_key, "user_id": "alice" });
    heyyo
        .http()
        .post("/api/auth/token", &body)
        .await
        .expect_refusal(400, "invalid");
}

/// A token of this user whose signature does not hold.
fn forged(user: &User) -> String {
    let [header, payload, _] = parts(&user.token);
    signed(&header, &payload, b"a guess")
}

fn parts(token: &str) -> [String; 3] {
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts.try_into().expect("three parts")
}

fn decoded(part: &str) -> Value {
    let json = BASE64_URL_SAFE_NO_PAD.decode(part).expect("Base64");
    serde_json::from_slice(&json).expect("JSON")
}

fn encoded(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

fn with(mut json: Value, name: &str, value: Value) -> Value {
    assert_ne!(json[name], value, "a forgery must differ");
    json[name] = value;
    json
}

fn signed(header: &str, payload: &str, key: &[u8]) -> String {
    let message = format!("{header}.{payload}");
    let mac = Hmac::<Sha256>::new_from_slice(key)
        .expect("any key")
        .chain_update(&message);
    format!(
        "{message}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

#[test]
fn the_forger_can_sign_what_the_server_would() {
    // RFC 7515, A.1: without this, a forger with a broken pen would prove nothing.
    let key = BASE64_URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .expect("Base64");
    let header = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9";
    let payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let token = signed(header, payload, &key);
    assert_eq!(
        parts(&token)[2],
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    assert_eq!(text(&decoded(header), "alg"), "HS256");
}
