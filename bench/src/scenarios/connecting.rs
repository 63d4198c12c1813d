//! Sockets that come: how fast all at once, and what memory each takes once it idles.

use crate::{
    ledger::Findings,
    outcome::{Figure, Measured, Outcome},
    scenarios::{
        Settings, connect_all, first,
        messages::{self, Pace, Plan},
        settle,
    },
    swarm::Swarm,
    world::World,
};
use anyhow::Result;
use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// Users who connect, talk and leave before the storm, so that no server is measured cold.
const WARM_UP: usize = 200;
/// How long idle sockets may take to answer.
const ANSWER_AT_MOST: Duration = Duration::from_secs(10);
/// Sockets of each user of the storm that idle.
const IDLE_SOCKETS: usize = 2;

/// All users of the storm connect; then a message in every channel of theirs must reach each member,
/// which proves that they were ready when they were told so.
pub fn storm(world: &World, settings: &Settings) -> Result<Outcome> {
    let mut swarm = Swarm::new(world.address)?;
    connect_all(&mut swarm, world.storm.iter().take(WARM_UP))?;
    settle(&mut swarm)?;
    drop(swarm);

    let mut swarm = Swarm::new(world.address)?;
    // The server may still be telling friends that those before went offline.
    wait(&mut swarm, Duration::from_millis(500))?;
    let before = settings.watched.cpu()?;
    let time = connect_all(&mut swarm, &world.storm)?;
    let measured = Measured {
        time,
        operations: world.storm.len() as u64,
        deliveries: 0,
        cpu: settings.watched.cpu()?.since(before),
    };
    settle(&mut swarm)?;
    let channels = world
        .storm_channels
        .iter()
        .map(|(channel, members)| (channel.as_str(), members.clone()));
    let senders = world
        .storm_channels
        .iter()
        .enumerate()
        .map(|(channel, (_, members))| (members[0], channel));
    let plan = Plan {
        sockets: &world.storm,
        channels: channels.collect(),
        senders: senders.collect(),
        in_flight: 1,
        pace: Pace::Answered,
        http_connections: None,
        rate: 0.0,
    };
    let findings = messages::try_each_channel(&plan, &mut swarm)?;
    let figure = Figure::rate(measured.operations_per_second(), "ready sockets");
    Ok(measured.into_outcome(figure, findings))
}

/// Memory before and after sockets connect, once it has settled, divided by the sockets.
pub fn idle(world: &World, settings: &Settings) -> Result<Outcome> {
    let mut swarm = Swarm::new(world.address)?;
    // These pay for what a server makes once.
    connect_all(&mut swarm, world.senders.iter().chain(&world.readers))?;
    settle(&mut swarm)?;
    let before = settings
        .watched
        .settled_memory(|time| wait(&mut swarm, time))?;

    let cpu = settings.watched.cpu()?;
    let began = Instant::now();
    for _ in 0..IDLE_SOCKETS {
        connect_all(&mut swarm, &world.storm)?;
    }
    settle(&mut swarm)?;
    let sockets = IDLE_SOCKETS * world.storm.len();
    let measured = Measured {
        time: began.elapsed(),
        operations: sockets as u64,
        deliveries: 0,
        cpu: settings.watched.cpu()?.since(cpu),
    };
    let after = settings
        .watched
        .settled_memory(|time| wait(&mut swarm, time))?;
    let closed = count_closed(
        &mut swarm,
        world.senders.len() + world.readers.len() + sockets,
    )?;
    let figure = Figure {
        value: after.saturating_sub(before) as f64 / sockets as f64,
        unit: "KiB/socket".to_owned(),
        less_is_better: true,
    };
    let findings = Findings {
        lost: closed,
        ..Findings::default()
    };
    Ok(measured.into_outcome(figure, findings))
}

/// How many sockets no longer answer: each is asked something that nobody may refuse silently.
fn count_closed(swarm: &mut Swarm, sockets: usize) -> Result<u64> {
    use crate::swarm::Heard;
    for place in first(sockets) {
        swarm.send_packet(place, br#"420["typing.stop",{}]"#);
    }
    let mut alive = 0;
    swarm.listen(Instant::now() + ANSWER_AT_MOST, &mut |_, _, heard| {
        alive += usize::from(matches!(heard, Heard::Ack(..)));
        match alive == sockets {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    Ok((sockets - alive) as u64)
}

fn wait(swarm: &mut Swarm, time: Duration) -> Result<()> {
    swarm.listen(Instant::now() + time, &mut |_, _, _| {
        ControlFlow::Continue(())
    })
}
