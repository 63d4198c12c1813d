//! The two ways of putting a load on a server, the same for every kind of operation.
//!
//! Throughput is a closed loop: the next operation begins when one has ended. Latency is an open
//! loop: operations begin at fixed times whatever has become of the earlier ones, and each is timed
//! from when it was meant to begin. A server that stalls is charged for everything that it kept
//! waiting, not only for the one operation it stalled in (no coordinated omission).

use crate::{
    outcome::Measured,
    scenarios::{SILENCE, Settings},
    swarm::{Heard, Place, Swarm},
};
use anyhow::{Result, ensure};
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// How long answers and deliveries are waited for at the end.
const DRAIN: Duration = Duration::from_secs(10);
/// How often to look what is due, where there is more to do than that.
const OFTEN: Duration = Duration::from_micros(500);
/// Operations under way at which an open loop gives up: the server is far behind.
const HOPELESS: u64 = 100_000;

/// What a load does about the end of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It begins the next one.
    ClosedLoop,
    /// It takes the time; the next one begins when it is due.
    OpenLoop,
    /// Nothing: no operation begins any more.
    Ending,
}

/// What has been counted so far.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    /// Operations that were begun.
    pub begun: u64,
    /// Operations that were answered, well or not.
    pub ended: u64,
    /// Operations that were answered well.
    pub answered: u64,
    /// Operations that were answered well and in time.
    pub good: u64,
    /// Operations that the server was too busy for, and said so.
    pub shed: u64,
    /// Operations that were never sent.
    pub unsent: u64,
    /// Deliveries that came.
    pub delivered: u64,
}

/// One kind of operations.
pub trait Load {
    /// Says what is done when an operation ends.
    fn enter(&mut self, stage: Stage);
    /// Begins as many operations as the closed loop keeps under way.
    fn begin_all(&mut self, swarm: &mut Swarm);
    /// Begins one operation that was meant to begin at `intended`.
    fn begin_one(&mut self, swarm: &mut Swarm, intended: Instant);
    /// Takes in what a connection heard. Breaks off when a connection is lost.
    fn hear(&mut self, swarm: &mut Swarm, place: Place, heard: Heard) -> ControlFlow<()>;
    /// What has been counted so far.
    fn counts(&self) -> Counts;
    /// Whether every operation has ended and everything was delivered.
    fn is_drained(&self) -> bool;
}

/// Measures the closed loop after its warm-up.
pub fn measure_throughput(
    load: &mut impl Load,
    swarm: &mut Swarm,
    settings: &Settings,
) -> Result<Measured> {
    load.enter(Stage::ClosedLoop);
    load.begin_all(swarm);
    listen(load, swarm, settings.warm_up)?;
    let (counts, cpu) = (load.counts(), settings.watched.cpu()?);
    let began = Instant::now();
    listen(load, swarm, settings.seconds)?;
    let measured = Measured {
        time: began.elapsed(),
        operations: load.counts().answered - counts.answered,
        deliveries: load.counts().delivered - counts.delivered,
        cpu: settings.watched.cpu()?.since(cpu),
    };
    drain(load, swarm)?;
    Ok(measured)
}

/// Puts on the open loop; the load keeps the latencies.
pub fn measure_latency(
    load: &mut impl Load,
    swarm: &mut Swarm,
    rate: f64,
    seconds: f64,
) -> Result<()> {
    load.enter(Stage::OpenLoop);
    let interval = Duration::from_secs_f64(1.0 / rate);
    let began = Instant::now();
    let mut due = 0;
    let mut is_lost = false;
    swarm.set_timer(Some(interval))?;
    let end = began + Duration::from_secs_f64(seconds);
    swarm.listen(end, &mut |swarm, place, heard| {
        if !matches!(heard, Heard::Tick) {
            let flow = load.hear(swarm, place, heard);
            is_lost |= flow.is_break();
            return flow;
        }
        while began + interval * due <= Instant::now() {
            load.begin_one(swarm, began + interval * due);
            due += 1;
        }
        let counts = load.counts();
        match counts.begun - counts.ended > HOPELESS {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    swarm.set_timer(None)?;
    ensure!(!is_lost, "the server closed a connection");
    drain(load, swarm)
}

/// Puts on the open loop at a rate that the server need not be able to keep up with: what it did a second,
/// after the warm-up, and what it cost.
pub fn measure_rate(
    load: &mut impl Load,
    swarm: &mut Swarm,
    rate: f64,
    settings: &Settings,
) -> Result<(Counts, Measured)> {
    load.enter(Stage::OpenLoop);
    let mut began = Instant::now();
    let mut due = 0;
    swarm.set_timer(Some(OFTEN))?;
    let mut run =
        |load: &mut _, seconds| begin_at(load, swarm, (&mut began, &mut due, rate), seconds);
    run(load, settings.warm_up)?;
    let (before, cpu) = (load.counts(), settings.watched.cpu()?);
    let start = Instant::now();
    run(load, settings.seconds)?;
    let time = start.elapsed();
    let after = load.counts();
    let cpu = settings.watched.cpu()?.since(cpu);
    swarm.set_timer(None)?;
    drain(load, swarm)?;
    let counts = Counts {
        begun: after.begun - before.begun,
        ended: after.ended - before.ended,
        answered: after.answered - before.answered,
        good: after.good - before.good,
        shed: after.shed - before.shed,
        unsent: after.unsent - before.unsent,
        delivered: after.delivered - before.delivered,
    };
    let measured = Measured {
        time,
        operations: counts.good,
        deliveries: counts.delivered,
        cpu,
    };
    Ok((counts, measured))
}

/// Begins operations when they are due, for a while.
fn begin_at<L: Load>(
    load: &mut L,
    swarm: &mut Swarm,
    (began, due, rate): (&mut Instant, &mut u32, f64),
    seconds: f64,
) -> Result<()> {
    let interval = Duration::from_secs_f64(1.0 / rate);
    let mut is_lost = false;
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    swarm.listen(end, &mut |swarm, place, heard| {
        if !matches!(heard, Heard::Tick) {
            let flow = load.hear(swarm, place, heard);
            is_lost |= flow.is_break();
            return flow;
        }
        while *began + interval * *due <= Instant::now() {
            load.begin_one(swarm, *began + interval * *due);
            *due += 1;
        }
        ControlFlow::Continue(())
    })?;
    ensure!(!is_lost, "the server closed a connection");
    Ok(())
}

/// Waits for what is still on its way, then a moment for what comes too much.
pub fn drain(load: &mut impl Load, swarm: &mut Swarm) -> Result<()> {
    load.enter(Stage::Ending);
    let mut is_lost = false;
    if !load.is_drained() {
        swarm.listen(Instant::now() + DRAIN, &mut |swarm, place, heard| {
            let flow = load.hear(swarm, place, heard);
            is_lost |= flow.is_break();
            match load.is_drained() {
                true => ControlFlow::Break(()),
                false => flow,
            }
        })?;
    }
    ensure!(!is_lost, "the server closed a connection");
    listen(load, swarm, SILENCE.as_secs_f64())
}

fn listen(load: &mut impl Load, swarm: &mut Swarm, seconds: f64) -> Result<()> {
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let mut is_lost = false;
    swarm.listen(until, &mut |swarm, place, heard| {
        let flow = load.hear(swarm, place, heard);
        is_lost |= flow.is_break();
        flow
    })?;
    ensure!(!is_lost, "the server closed a connection");
    Ok(())
}
