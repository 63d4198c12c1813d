//! How fast the generator is when the server costs nothing.

use crate::{
    echo::{self, Audience},
    http,
    outcome::Outcome,
    scenarios::{
        Settings,
        messages::{self, Pace, Plan},
        reads,
    },
};
use anyhow::Result;

/// Measures the generator against the echo, which has the other core to itself.
pub fn measure(settings: &Settings) -> Result<Vec<Outcome>> {
    // Its latency is nobody's.
    let settings = &Settings {
        latency_seconds: 0.0,
        ..*settings
    };
    let people = |count: usize| vec![String::new(); count];
    let outcome = |name: &str, outcome: Outcome| Outcome {
        scenario: name.to_owned(),
        server: "echo".to_owned(),
        ..outcome
    };
    let senders = people(64);
    let alone = Plan {
        sockets: &senders,
        channels: (0..64).map(|place| ("echo", vec![place])).collect(),
        senders: (0..64).map(|place| (place, place)).collect(),
        in_flight: 1,
        pace: Pace::Answered,
        http_connections: None,
        rate: 0.0,
    };
    let mut outcomes = vec![outcome(
        "send",
        messages::run(&alone, echo::start(Audience::Sender)?, settings)?,
    )];
    for members in [100, 1_000] {
        let sockets = people(members);
        let crowd = Plan {
            sockets: &sockets,
            channels: vec![("echo", (0..members).collect())],
            senders: (0..32).map(|place| (place, 0)).collect(),
            in_flight: 1,
            pace: Pace::Delivered,
            http_connections: None,
            rate: 0.0,
        };
        let run = messages::run(&crowd, echo::start(Audience::Everyone)?, settings)?;
        outcomes.push(outcome(&format!("fan-out-{members}"), run));
    }
    let address = echo::start(Audience::Sender)?;
    let post = [http::post("/", "", r#"{"text":"hello"}"#)];
    let posts = reads::measure(address, settings, &post, "requests", &|_| true)?;
    outcomes.push(outcome("rest-send", posts));
    let pages = reads::measure(address, settings, &[http::get("/", "")], "pages", &|_| true)?;
    outcomes.push(outcome("history", pages));
    Ok(outcomes)
}
