//! More than the server can do: what it can is measured first, then it is asked for just that, then for
//! three times as much.
//!
//! Sends come at fixed times, whatever has become of the earlier ones: people do not wait for each other.
//! What counts is what is answered while anybody still waits for it; the rest must be refused, and told
//! when to come back. Over HTTP a connection carries one at a time; who finds none free while they would
//! wait does not send at all. Being asked costs the server too, and the generator takes its share of the
//! cores: a ratio of 100 % would be more than anybody could promise.

use super::{Plan, Traffic};
use crate::{
    ledger::Findings,
    outcome::{Figure, Latency, Measured, Outcome, Overload},
    scenarios::{Settings, connect_all, load, settle},
    swarm::Swarm,
};
use anyhow::Result;
use std::net::SocketAddr;

/// How many times what it can do.
const TIMES: f64 = 3.0;

/// Measures a plan: the figure is what is done in time under three times the load, in per cent of what can
/// be done.
pub fn run(plan: &Plan, address: SocketAddr, settings: &Settings) -> Result<Outcome> {
    let mut swarm = Swarm::new(address)?;
    connect_all(&mut swarm, plan.sockets)?;
    let mut traffic = Traffic::new(plan, &mut swarm)?;
    settle(&mut swarm)?;

    let closed = load::measure_throughput(&mut traffic, &mut swarm, settings)?;
    let can = closed.operations_per_second();
    let (_, once) = load::measure_rate(&mut traffic, &mut swarm, can, settings)?;
    let at_capacity = once.operations_per_second();
    // The better of the two is what it can do.
    let capacity = can.max(at_capacity);

    traffic.give_up_in_time();
    traffic.answer_latency.reset();
    traffic.delivery_latency.reset();
    let rate = TIMES * capacity;
    let (counts, thrice) = load::measure_rate(&mut traffic, &mut swarm, rate, settings)?;
    let seconds = thrice.time.as_secs_f64();
    let a_second = |count: u64| count as f64 / seconds;
    // CPU seconds for 1,000 are milliseconds for one.
    let cpu = |measured: &Measured| measured.cost().server + measured.cost().database;
    let overload = Overload {
        capacity,
        at_capacity,
        offered: a_second(counts.begun),
        good: a_second(counts.good),
        shed: a_second(counts.shed),
        late: a_second(counts.answered - counts.good),
        unsent: a_second(counts.unsent),
        cpu_at_capacity: cpu(&once),
        cpu: cpu(&thrice),
    };
    let figure = Figure {
        value: 100.0 * overload.good / capacity,
        unit: "% of capacity".to_owned(),
        less_is_better: false,
    };
    // To be told to come back is no fault here.
    let findings = traffic.findings();
    let findings = Findings {
        refused: findings.refused - traffic.shed(),
        ..findings
    };
    let mut outcome = thrice.into_outcome(figure, findings);
    outcome.answer_latency = Latency::of(rate, &traffic.answer_latency);
    outcome.delivery_latency = Latency::of(rate, &traffic.delivery_latency);
    outcome.overload = Some(overload);
    Ok(outcome)
}
