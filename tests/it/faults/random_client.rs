//! A client that does anything at any time, and whose log is the server's history all the same.
//!
//! Its steps follow from a seed; what the server does meanwhile does not, so that no two runs are alike.
//! A failed run names the seed and the steps, which say where to look.

use super::{
    listener::Listener,
    load::{LAST, Load},
    place::Place,
    sender::Door::{Rest, Socket},
};
use crate::support::{
    Heyyo,
    wire::{
        BOTH,
        Transport::{Polling, WebSocket},
    },
};
use futures_util::future::join_all;

const SEEDS: [u64; 3] = [1, 20_260_131, 4_294_967_291];
const STEPS: usize = 40;

/// What the client may do next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Connects anew; a connection that it has is cut.
    Connect,
    /// Connects and is gone before it has read anything.
    ConnectAndCut,
    /// Hears this many packets.
    Hear(u64),
    /// Moves a polling session to a WebSocket.
    Upgrade,
    /// Reads nothing while this many messages are stored.
    Pause(u64),
    /// Cuts the connection.
    Cut,
    /// Says goodbye.
    Leave,
}

/// A stream of numbers that follow from a seed. (Steele, Lea and Flood, "Fast Splittable Pseudorandom
/// Number Generators", 2014.)
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn step(&mut self) -> Step {
        match self.below(10) {
            0 => Step::Connect,
            1 => Step::ConnectAndCut,
            2..=4 => Step::Hear(1 + self.below(60)),
            5 | 6 => Step::Upgrade,
            7 => Step::Pause(1 + self.below(12)),
            8 => Step::Cut,
            _ => Step::Leave,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_anything_hears_what_is_stored() {
    let heyyo = Heyyo::start().await;
    let doors = [Socket(WebSocket), Rest];
    let people = doors.len() + SEEDS.len();
    let places = Place::shared_by(people, &heyyo.http(), heyyo.admin_key()).await;
    let (senders, clients) = places.split_at(doors.len());
    let load = Load::start(senders, &doors, &[]).await;
    let clients = SEEDS.iter().zip(clients);
    let wandering = clients.map(|(seed, place)| wander(*seed, place, &load));
    let mut listeners = join_all(wandering).await;
    let mut ended = load.end().await;
    for listener in &mut listeners {
        listener.hear_until(WebSocket, LAST).await;
    }
    ended.listeners = listeners;
    ended.expect_faultless(&places[0]).await;
}

/// Takes all the steps that follow from a seed.
async fn wander(seed: u64, place: &Place, load: &Load) -> Listener {
    let mut numbers = Numbers(seed);
    let steps: Vec<Step> = (0..STEPS).map(|_| numbers.step()).collect();
    let mut client = Listener::new(format!("seed {seed} ({steps:?})"), place, 0);
    let mut upgrades = 0;
    for step in steps {
        let transport = BOTH[numbers.below(2) as usize];
        match step {
            Step::Connect => client.connect(transport).await,
            Step::ConnectAndCut => {
                client.connect(transport).await;
                client.take_connection();
            }
            Step::Hear(count) => {
                for _ in 0..count {
                    if client.connection().is_none() {
                        client.connect(transport).await;
                    }
                    if let Err(gone) = client.hear().await {
                        gone.expect_to_pass();
                    }
                }
            }
            Step::Upgrade => {
                if client.connection().is_none() {
                    client.connect(Polling).await;
                }
                let connection = client.connection().expect("a connection");
                match connection.upgrade().await {
                    Ok(has_moved) => upgrades += usize::from(has_moved),
                    Err(gone) => {
                        gone.expect_to_pass();
                        client.take_connection();
                    }
                }
            }
            Step::Pause(count) => load.grows_by(count as usize).await,
            Step::Cut => drop(client.take_connection()),
            Step::Leave => {
                if let Some(connection) = client.take_connection() {
                    connection.leave().await;
                }
            }
        }
    }
    assert!(
        client.connections > 5 && client.recoveries.len() > 1 && upgrades > 0,
        "seed {seed} hardly did anything: {} connections, {} recoveries, {upgrades} upgrades",
        client.connections,
        client.recoveries.len()
    );
    client
}
