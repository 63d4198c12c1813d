//! Pages read over keep-alive connections: history with reactions, the channel list.
//!
//! Every answer is checked: as many entries as there must be, in order, with all their reactions.

use crate::{
    fields, http,
    ledger::Findings,
    outcome::{self, Figure, Latency, Outcome},
    scenarios::{
        Settings,
        load::{self, Counts, Load, Stage},
    },
    swarm::{Heard, Place, Swarm},
    world::{self, World},
};
use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use memchr::memmem;
use serde_json::Value;
use std::{collections::VecDeque, net::SocketAddr, ops::ControlFlow, time::Instant};

const CONNECTIONS: usize = 32;
/// Entries on a page.
const PAGE: usize = 50;
/// Messages newer than the page from the middle.
const NEWER: usize = 30;
/// Pages a second while latency is measured.
const RATE: f64 = 500.0;

/// The newest page of every history channel, for every reader in turn.
pub fn history(world: &World, settings: &Settings) -> Result<Outcome> {
    let requests = pages(world, |_| Ok(String::new()))?;
    let reactions = world::reactions_of_newest(PAGE);
    let is_right = move |body: &[u8]| is_page(body, reactions);
    measure(world.address, settings, &requests, "pages", &is_right)
}

/// The page before the newest [`NEWER`] messages of every history channel.
pub fn older_history(world: &World, settings: &Settings) -> Result<Outcome> {
    let requests = pages(world, |channel| {
        let path = format!("/api/channels/{channel}/messages?limit={NEWER}");
        let newest = http::get(&path, &world.readers[0]);
        let page = crate::calls::call_all(world.address, &[newest])?.remove(0);
        let first = page.get(0).and_then(|message| message.get("created_at"));
        let time = first
            .and_then(Value::as_str)
            .context("a page without messages")?;
        Ok(format!("?before={time}"))
    })?;
    let reactions = world::reactions_of_newest(PAGE + NEWER) - world::reactions_of_newest(NEWER);
    let is_right = move |body: &[u8]| is_page(body, reactions);
    measure(world.address, settings, &requests, "pages", &is_right)
}

/// The channel list of every reader in turn.
pub fn list(world: &World, settings: &Settings) -> Result<Outcome> {
    let requests: Vec<_> = world
        .readers
        .iter()
        .map(|reader| http::get("/api/channels", reader))
        .collect();
    let expected = world.listed;
    let is_right = |body: &[u8]| {
        count(body, br#""member_count":""#) == expected
            && count(body, br#""message_count":""#) == expected
    };
    measure(world.address, settings, &requests, "lists", &is_right)
}

fn pages(world: &World, query: impl Fn(&str) -> Result<String>) -> Result<Vec<Vec<u8>>> {
    let mut requests = vec![];
    for channel in &world.history {
        let path = format!("/api/channels/{channel}/messages{}", query(channel)?);
        requests.extend(world.readers.iter().map(|reader| http::get(&path, reader)));
    }
    Ok(requests)
}

fn count(body: &[u8], of: &[u8]) -> usize {
    memmem::find_iter(body, of).count()
}

/// Whether a body is a full page without holes, with so many reactions.
fn is_page(body: &[u8], reactions: usize) -> bool {
    const NAME: &[u8] = br#""seq":"#;
    let mut entries = 0;
    let mut last = None;
    for place in memmem::find_iter(body, NAME) {
        let seq = fields::digits(&body[place + NAME.len()..]);
        if last.is_some() && seq != last.map(|last: u64| last + 1) {
            return false;
        }
        last = seq;
        entries += 1;
    }
    entries == PAGE && last.is_some() && count(body, br#""count":"#) == reactions
}

struct Reading<'r> {
    requests: &'r [Vec<u8>],
    is_right: &'r dyn Fn(&[u8]) -> bool,
    free: Vec<Place>,
    asked: Vec<Instant>,
    waiting: VecDeque<Instant>,
    /// Requests that were made.
    begun: usize,
    answered: u64,
    wrong: u64,
    stage: Stage,
    latency: Histogram<u64>,
}

/// Measures requests, each of whose answers must be right.
pub fn measure(
    address: SocketAddr,
    settings: &Settings,
    requests: &[Vec<u8>],
    unit: &str,
    is_right: &dyn Fn(&[u8]) -> bool,
) -> Result<Outcome> {
    let mut swarm = Swarm::new(address)?;
    let free = (0..CONNECTIONS)
        .map(|_| swarm.open_http())
        .collect::<Result<Vec<_>>>()?;
    let mut reading = Reading {
        requests,
        is_right,
        asked: vec![Instant::now(); free.len()],
        free,
        waiting: VecDeque::new(),
        begun: 0,
        answered: 0,
        wrong: 0,
        stage: Stage::Ending,
        latency: outcome::histogram(),
    };
    let measured = load::measure_throughput(&mut reading, &mut swarm, settings)?;
    let rate = settings.rate.unwrap_or(RATE);
    if settings.latency_seconds > 0.0 {
        load::measure_latency(&mut reading, &mut swarm, rate, settings.latency_seconds)?;
    }
    let findings = Findings {
        refused: reading.wrong,
        unanswered: reading.begun as u64 - reading.answered,
        ..Findings::default()
    };
    let figure = Figure::rate(measured.operations_per_second(), unit);
    let mut outcome = measured.into_outcome(figure, findings);
    outcome.answer_latency = Latency::of(rate, &reading.latency);
    Ok(outcome)
}

impl Reading<'_> {
    fn ask_waiting(&mut self, swarm: &mut Swarm) {
        while let (Some(place), Some(intended)) = (self.free.last(), self.waiting.front()) {
            // A step that shares no factor with the number of requests: neighbours in time are not
            // neighbours in the table.
            let request = &self.requests[self.begun * 7_919 % self.requests.len()];
            swarm.send_bytes(*place, request);
            self.asked[*place] = *intended;
            self.begun += 1;
            self.free.pop();
            self.waiting.pop_front();
        }
    }
}

impl Load for Reading<'_> {
    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
    }

    fn begin_all(&mut self, swarm: &mut Swarm) {
        self.waiting.extend([Instant::now(); CONNECTIONS]);
        self.ask_waiting(swarm);
    }

    fn begin_one(&mut self, swarm: &mut Swarm, intended: Instant) {
        self.waiting.push_back(intended);
        self.ask_waiting(swarm);
    }

    fn hear(&mut self, swarm: &mut Swarm, place: Place, heard: Heard) -> ControlFlow<()> {
        let Heard::Response(response) = heard else {
            return ControlFlow::Break(());
        };
        self.answered += 1;
        self.wrong += u64::from(response.status != 200 || !(self.is_right)(response.body));
        self.free.push(place);
        match self.stage {
            Stage::ClosedLoop => self.waiting.push_back(Instant::now()),
            Stage::OpenLoop => {
                let micros = self.asked[place].elapsed().as_micros() as u64;
                self.latency.saturating_record(micros);
            }
            Stage::Ending => {}
        }
        self.ask_waiting(swarm);
        ControlFlow::Continue(())
    }

    fn counts(&self) -> Counts {
        Counts {
            begun: (self.begun + self.waiting.len()) as u64,
            ended: self.answered,
            answered: self.answered,
            ..Counts::default()
        }
    }

    fn is_drained(&self) -> bool {
        self.free.len() == self.asked.len() && self.waiting.is_empty()
    }
}
