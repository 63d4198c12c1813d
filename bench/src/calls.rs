//! Many requests over a few keep-alive connections, answers in the order of the requests.
//!
//! For setting up; what is measured is in `scenarios/`.

use crate::swarm::{Heard, Place, Swarm};
use anyhow::{Result, ensure};
use serde_json::Value;
use std::{
    net::SocketAddr,
    ops::ControlFlow,
    time::{Duration, Instant},
};

const CONNECTIONS: usize = 32;
/// For all requests of one batch together.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long a server may take to start, and how often it is asked.
const START_AT_MOST: Duration = Duration::from_secs(30);
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Waits until a server answers `GET /health`.
pub fn wait_for(address: SocketAddr) -> Result<()> {
    let deadline = Instant::now() + START_AT_MOST;
    while Instant::now() < deadline {
        let mut swarm = Swarm::new(address)?;
        let place = swarm.open_http()?;
        swarm.send_bytes(place, &crate::http::get("/health", ""));
        let mut is_there = false;
        // A refused connection is heard of at once; the rest of the time is waited out.
        swarm.listen(Instant::now() + ASK_EVERY, &mut |_, _, heard| {
            is_there |= matches!(heard, Heard::Response(response) if response.status == 200);
            match is_there {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        if is_there {
            return Ok(());
        }
    }
    anyhow::bail!(
        "{address} does not answer within {} s",
        START_AT_MOST.as_secs()
    )
}

/// Sends every request and gives every answer's JSON. Fails at the first answer that is not 2xx.
pub fn call_all(address: SocketAddr, requests: &[Vec<u8>]) -> Result<Vec<Value>> {
    let mut swarm = Swarm::new(address)?;
    let mut answers = vec![Value::Null; requests.len()];
    let mut asked: Vec<usize> = vec![];
    for (number, request) in requests.iter().take(CONNECTIONS).enumerate() {
        let place = swarm.open_http()?;
        swarm.send_bytes(place, request);
        asked.push(number);
    }
    let mut failure = None;
    let mut answered = 0;
    let mut next = asked.len();
    let mut hear = |swarm: &mut Swarm, place: Place, heard: Heard| {
        let Heard::Response(response) = heard else {
            failure.get_or_insert("the server closed a connection".to_owned());
            return ControlFlow::Break(());
        };
        match serde_json::from_slice(response.body) {
            Ok(answer) if response.status < 300 => answers[asked[place]] = answer,
            _ => {
                let body = String::from_utf8_lossy(response.body);
                failure.get_or_insert(format!("{} {body}", response.status));
                return ControlFlow::Break(());
            }
        }
        answered += 1;
        if let Some(request) = requests.get(next) {
            swarm.send_bytes(place, request);
            asked[place] = next;
            next += 1;
        }
        match answered == requests.len() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    if !requests.is_empty() {
        swarm.listen(Instant::now() + PATIENCE, &mut hear)?;
    }
    if let Some(failure) = failure {
        anyhow::bail!("the server refused: {failure}");
    }
    ensure!(
        answered == requests.len(),
        "only {answered} of {} requests were answered within {} s",
        requests.len(),
        PATIENCE.as_secs()
    );
    Ok(answers)
}
