//! Typing in a channel of fifty: events that nothing stores, acked and told to everybody else.

use crate::{
    ledger::Findings,
    outcome::{self, Figure, Latency, Outcome},
    scenarios::{
        Settings, connect_all,
        load::{self, Counts, Load, Stage},
        settle,
    },
    swarm::{Heard, Place, Swarm},
    world::World,
};
use anyhow::Result;
use hdrhistogram::Histogram;
use std::{ops::ControlFlow, time::Instant};

const MEMBERS: usize = 50;
const TYPISTS: usize = 16;
/// Events a second while latency is measured.
const RATE: f64 = 800.0;

struct Typing<'w> {
    channel: &'w str,
    /// When each event was meant to be sent, by its ack number.
    intended: Vec<Instant>,
    /// How many events each typist has sent: they start and stop in turn.
    sent: [usize; TYPISTS],
    answered: u64,
    refused: u64,
    delivered: u64,
    stage: Stage,
    latency: Histogram<u64>,
}

/// Measures throughput, then latency.
pub fn run(world: &World, settings: &Settings) -> Result<Outcome> {
    let gathering = world.gathering(MEMBERS)?;
    let mut swarm = Swarm::new(world.address)?;
    connect_all(&mut swarm, &world.crowd[..MEMBERS])?;
    settle(&mut swarm)?;
    let mut typing = Typing {
        channel: &gathering.channel,
        intended: vec![],
        sent: [0; TYPISTS],
        answered: 0,
        refused: 0,
        delivered: 0,
        stage: Stage::Ending,
        latency: outcome::histogram(),
    };
    let measured = load::measure_throughput(&mut typing, &mut swarm, settings)?;
    let rate = settings.rate.unwrap_or(RATE);
    if settings.latency_seconds > 0.0 {
        load::measure_latency(&mut typing, &mut swarm, rate, settings.latency_seconds)?;
    }
    let figure = Figure::rate(measured.deliveries_per_second(), "deliveries");
    let mut outcome = measured.into_outcome(figure, typing.findings());
    outcome.answer_latency = Latency::of(rate, &typing.latency);
    Ok(outcome)
}

impl Typing<'_> {
    fn expected(&self) -> u64 {
        self.answered * (MEMBERS as u64 - 1)
    }

    fn send(&mut self, swarm: &mut Swarm, typist: usize, intended: Instant) {
        let event = ["typing.start", "typing.stop"][self.sent[typist] % 2];
        let (number, channel) = (self.intended.len(), self.channel);
        swarm.send_packet(
            typist,
            format!(r#"42{number}["{event}",{{"channelId":"{channel}"}}]"#).as_bytes(),
        );
        self.sent[typist] += 1;
        self.intended.push(intended);
    }

    fn findings(&self) -> Findings {
        Findings {
            acked: self.answered,
            delivered: self.delivered,
            dropped: self.expected().saturating_sub(self.delivered),
            doubled: self.delivered.saturating_sub(self.expected()),
            refused: self.refused,
            unanswered: self.intended.len() as u64 - self.answered - self.refused,
            ..Findings::default()
        }
    }
}

impl Load for Typing<'_> {
    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
    }

    fn begin_all(&mut self, swarm: &mut Swarm) {
        for typist in 0..TYPISTS {
            self.send(swarm, typist, Instant::now());
        }
    }

    fn begin_one(&mut self, swarm: &mut Swarm, intended: Instant) {
        let typist = self.intended.len() % TYPISTS;
        self.send(swarm, typist, intended);
    }

    fn hear(&mut self, swarm: &mut Swarm, place: Place, heard: Heard) -> ControlFlow<()> {
        match heard {
            Heard::Event(event) if event.starts_with(br#"["typing."#) => self.delivered += 1,
            Heard::Ack(number, answer) => {
                match answer.starts_with(br#"[{"success""#) {
                    true => self.answered += 1,
                    false => self.refused += 1,
                }
                match self.stage {
                    Stage::ClosedLoop => self.send(swarm, place, Instant::now()),
                    Stage::OpenLoop => {
                        let micros = self.intended[number].elapsed().as_micros() as u64;
                        self.latency.saturating_record(micros);
                    }
                    Stage::Ending => {}
                }
            }
            Heard::Closed | Heard::Refused(_) => return ControlFlow::Break(()),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn counts(&self) -> Counts {
        Counts {
            begun: self.intended.len() as u64,
            ended: self.answered + self.refused,
            answered: self.answered,
            delivered: self.delivered,
            ..Counts::default()
        }
    }

    fn is_drained(&self) -> bool {
        let ended = self.answered + self.refused;
        ended == self.intended.len() as u64 && self.delivered >= self.expected()
    }
}
