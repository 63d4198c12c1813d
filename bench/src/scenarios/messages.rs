//! Messages sent and delivered: by sockets or by POST, into many channels or one.
//!
//! In the closed loop a sender sends again when its message was answered or, where the fan-out is
//! measured, when everybody has it. What becomes of each message is in [`traffic`].

pub mod overload;

mod traffic;

use crate::{
    ledger::Findings,
    outcome::{Figure, Latency, Outcome},
    scenarios::{
        Settings, connect_all,
        load::{self, Load},
        settle,
    },
    swarm::{Place, Swarm},
};
use anyhow::Result;
use std::net::SocketAddr;
use traffic::Traffic;

/// When a sender of a closed loop sends again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// When its message was answered.
    Answered,
    /// When its message was answered and every member has it.
    Delivered,
}

/// Who sends what to whom.
pub struct Plan<'w> {
    /// The tokens of the sockets that are open, in the order of their places.
    pub sockets: &'w [String],
    /// Channels with the sockets of their members.
    pub channels: Vec<(&'w str, Vec<Place>)>,
    /// Sockets that send, each with the channel it sends to.
    pub senders: Vec<(Place, usize)>,
    /// Messages that a sender has under way in a closed loop.
    pub in_flight: usize,
    /// When it sends again.
    pub pace: Pace,
    /// Over how many HTTP connections the senders send; over their sockets when `None`.
    pub http_connections: Option<usize>,
    /// Messages a second in the open loop.
    pub rate: f64,
}

/// Measures a plan: throughput first, then latency.
pub fn run(plan: &Plan, address: SocketAddr, settings: &Settings) -> Result<Outcome> {
    let mut swarm = Swarm::new(address)?;
    connect_all(&mut swarm, plan.sockets)?;
    let mut traffic = Traffic::new(plan, &mut swarm)?;
    settle(&mut swarm)?;

    let measured = load::measure_throughput(&mut traffic, &mut swarm, settings)?;
    let (operations, deliveries) = (
        measured.operations_per_second(),
        measured.deliveries_per_second(),
    );
    let figure = match plan.pace {
        Pace::Answered => Figure::rate(operations, "messages"),
        Pace::Delivered => Figure::rate(deliveries, "deliveries"),
    };
    let rate = settings.rate.unwrap_or(plan.rate);
    if settings.latency_seconds > 0.0 {
        load::measure_latency(&mut traffic, &mut swarm, rate, settings.latency_seconds)?;
    }
    let mut outcome = measured.into_outcome(figure, traffic.findings());
    outcome.answer_latency = Latency::of(rate, &traffic.answer_latency);
    outcome.delivery_latency = Latency::of(rate, &traffic.delivery_latency);
    Ok(outcome)
}

/// Sends one message to each channel and tells whether every member heard it.
pub fn try_each_channel(plan: &Plan, swarm: &mut Swarm) -> Result<Findings> {
    let mut traffic = Traffic::new(plan, swarm)?;
    traffic.begin_all(swarm);
    load::drain(&mut traffic, swarm)?;
    Ok(traffic.findings())
}
