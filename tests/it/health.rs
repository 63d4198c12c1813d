//! `GET /health`: alive, which version, since when. Needs no credentials and tells no more.

use crate::support::{
    Heyyo,
    shape::{Kind, expect_fields},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_open_to_everyone() {
    let heyyo = Heyyo::start().await;
    let health = heyyo.http().get("/health").await.expect(200);
    expect_fields(
        &health,
        &[
            ("status", Kind::Is("ok")),
            ("version", Kind::Text),
            ("uptime", Kind::Number),
        ],
    );
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uptime_is_in_seconds_with_a_fraction_and_grows() {
    let heyyo = Heyyo::start().await;
    let first = heyyo.http().get("/health").await.expect(200);
    let second = heyyo.http().get("/health").await.expect(200);
    let seconds = |health: &serde_json::Value| health["uptime"].as_f64().expect("a number");
    assert!(first["uptime"].is_f64(), "a float, as documented: {first}");
    assert!(seconds(&second) > seconds(&first));
    assert!(seconds(&second) < 60.0, "a server just started: {second}");
}
