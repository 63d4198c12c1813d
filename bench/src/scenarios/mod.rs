//! Every scenario by its name, and what all of them need: connected sockets, a quiet start.

pub mod connecting;
pub mod load;
pub mod messages;
pub mod reads;
pub mod typing;

use crate::{
    outcome::Outcome,
    swarm::{Heard, Place, Swarm},
    usage::Watched,
    world::World,
};
use anyhow::{Result, ensure};
use clap::ValueEnum;
use messages::{Pace, Plan};
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// Handshakes at once. Node lets 511 connections wait to be accepted unless told otherwise; a server
/// whose queue is shorter than this shows it here, as the second that the kernel waits to try again.
const HANDSHAKES: usize = 256;
/// How long sockets may take to be ready, and a server to fall silent.
const PATIENCE: Duration = Duration::from_secs(60);
const SILENCE: Duration = Duration::from_millis(200);

/// What can be measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// 64 sockets send with ack, one message in flight each, in 64 channels of two
    Send,
    /// 64 sockets send with ack into one channel; each hears all
    Hot,
    /// 4 sockets send into one channel, 16 in flight each: the log more than the fan-out
    HotLog,
    /// One channel with 100 members, 32 messages on their way at a time
    #[value(name = "fan-out-100")]
    FanOut100,
    /// One channel with the whole crowd, 1,000 unless seeded otherwise
    #[value(name = "fan-out-1000")]
    FanOut1000,
    /// 64 keep-alive connections POST messages; the members listen
    RestSend,
    /// 1,000 sockets send into channels of four, three times as much as the server can store
    Overload,
    /// The same by POST, over 8,000 connections, into channels of two
    OverloadRest,
    /// A page of the newest 50 messages with senders and reactions
    History,
    /// A page of 50 messages from the middle of a channel
    HistoryOlder,
    /// The 50 channels of a user, with their counts
    List,
    /// All users of the storm connect at once, until each hears its channels
    Connect,
    /// The server's memory for each idle socket
    Idle,
    /// A channel of 50 in which 16 type
    Typing,
}

/// How a scenario is run.
#[derive(Clone, Copy, clap::Args)]
pub struct Settings {
    /// Seconds before the measuring begins
    #[arg(long, default_value_t = 1.0)]
    pub warm_up: f64,
    /// Seconds of throughput: the next operation begins when one has ended
    #[arg(long, default_value_t = 5.0)]
    pub seconds: f64,
    /// Seconds of latency: operations begin at fixed times; 0 for none
    #[arg(long, default_value_t = 5.0)]
    pub latency_seconds: f64,
    /// Operations a second while latency is measured [default: the scenario's own]
    #[arg(long)]
    pub rate: Option<f64>,
    /// The processes whose cost is told
    #[command(flatten)]
    pub watched: Watched,
}

impl Scenario {
    /// Runs it. Fails when the server cannot be measured at all.
    pub fn run(self, world: &World, settings: &Settings) -> Result<Outcome> {
        let mut outcome = match self {
            Self::Send => messages::run(&pairs(world, None), world.address, settings),
            Self::RestSend => messages::run(&pairs(world, Some(64)), world.address, settings),
            Self::Hot => {
                let plan = gathering(&world.senders, &world.hot, (64, 1), Pace::Answered, 800.0);
                messages::run(&plan, world.address, settings)
            }
            Self::HotLog => {
                let plan = gathering(
                    &world.senders,
                    &world.quartet,
                    (4, 16),
                    Pace::Answered,
                    1_000.0,
                );
                messages::run(&plan, world.address, settings)
            }
            Self::FanOut100 => {
                let channel = world.gathering(100)?;
                let plan = gathering(&world.crowd, channel, (32, 1), Pace::Delivered, 300.0);
                messages::run(&plan, world.address, settings)
            }
            Self::FanOut1000 => {
                let channel = world.gathering(world.crowd.len())?;
                let plan = gathering(&world.crowd, channel, (32, 1), Pace::Delivered, 20.0);
                messages::run(&plan, world.address, settings)
            }
            Self::Overload => messages::overload::run(&storm(world), world.address, settings),
            Self::OverloadRest => {
                let plan = pairs(world, Some(8_000));
                messages::overload::run(&plan, world.address, settings)
            }
            Self::History => reads::history(world, settings),
            Self::HistoryOlder => reads::older_history(world, settings),
            Self::List => reads::list(world, settings),
            Self::Connect => connecting::storm(world, settings),
            Self::Idle => connecting::idle(world, settings),
            Self::Typing => typing::run(world, settings),
        }?;
        let name = self.to_possible_value().expect("no scenario is hidden");
        outcome.scenario = name.get_name().to_owned();
        Ok(outcome)
    }
}

/// Each sender in a channel of two, over sockets or over so many HTTP connections.
fn pairs(world: &World, http_connections: Option<usize>) -> Plan<'_> {
    let count = world.senders.len();
    let channels = world
        .pairs
        .iter()
        .enumerate()
        .map(|(place, channel)| (channel.as_str(), vec![place, (place + 1) % count]));
    Plan {
        sockets: &world.senders,
        channels: channels.collect(),
        senders: (0..count).map(|place| (place, place)).collect(),
        in_flight: 1,
        pace: Pace::Answered,
        http_connections,
        rate: 2_000.0,
    }
}

/// Every user of the storm in five channels of four, and sends to one after the other.
fn storm(world: &World) -> Plan<'_> {
    let channels = world.storm_channels.iter();
    let senders = world.storm_channels.iter().enumerate();
    let senders =
        senders.flat_map(|(channel, (_, of))| of.iter().map(move |place| (*place, channel)));
    Plan {
        sockets: &world.storm,
        channels: channels
            .map(|(channel, of)| (channel.as_str(), of.clone()))
            .collect(),
        senders: senders.collect(),
        in_flight: 1,
        pace: Pace::Answered,
        http_connections: None,
        rate: 1_000.0,
    }
}

/// One channel in which the first so many members send, with so many messages in flight each.
fn gathering<'w>(
    people: &'w [String],
    gathering: &'w crate::world::Gathering,
    (senders, in_flight): (usize, usize),
    pace: Pace,
    rate: f64,
) -> Plan<'w> {
    Plan {
        sockets: &people[..gathering.members],
        channels: vec![(gathering.channel.as_str(), (0..gathering.members).collect())],
        senders: (0..senders).map(|place| (place, 0)).collect(),
        in_flight,
        pace,
        http_connections: None,
        rate,
    }
}

/// Opens a socket for each token and waits until all are ready; tells how long it took.
pub fn connect_all<'t>(
    swarm: &mut Swarm,
    tokens: impl IntoIterator<Item = &'t String>,
) -> Result<Duration> {
    let mut tokens = tokens.into_iter();
    let began = Instant::now();
    let mut opened = 0;
    for token in tokens.by_ref().take(HANDSHAKES) {
        swarm.open_socket(token)?;
        opened += 1;
    }
    let mut ready = 0;
    let mut failure = None;
    swarm.listen(began + PATIENCE, &mut |swarm, _, heard| {
        match heard {
            Heard::Ready => ready += 1,
            Heard::Refused(words) => {
                failure = Some(String::from_utf8_lossy(words).into_owned());
            }
            Heard::Closed => failure = Some("a socket was closed while connecting".to_owned()),
            _ => return ControlFlow::Continue(()),
        }
        if let Some(token) = tokens.next().filter(|_| failure.is_none()) {
            match swarm.open_socket(token) {
                Ok(_) => opened += 1,
                Err(error) => failure = Some(format!("{error:#}")),
            }
        }
        match failure.is_some() || ready == opened {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    let took = began.elapsed();
    ensure!(failure.is_none(), "{}", failure.unwrap_or_default());
    ensure!(
        ready == opened,
        "only {ready} of {opened} sockets became ready within {} s",
        PATIENCE.as_secs()
    );
    Ok(took)
}

/// Waits until nothing has been heard for a moment: the news of who came online has gone round.
pub fn settle(swarm: &mut Swarm) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut is_silent = false;
    while !is_silent && Instant::now() < deadline {
        is_silent = true;
        swarm.listen(Instant::now() + SILENCE, &mut |_, _, _| {
            is_silent = false;
            ControlFlow::Continue(())
        })?;
    }
    ensure!(is_silent, "the server does not fall silent");
    Ok(())
}

/// The places of so many connections that were opened first.
pub fn first(count: usize) -> Vec<Place> {
    (0..count).collect()
}
