//! The people and channels that every scenario finds on a server: made over its REST API, so that
//! both servers hold equal data whatever their tables look like.
//!
//! Tokens and channel ids are kept in a file between runs; the data stays in the database.

use crate::{calls::call_all, http};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{net::SocketAddr, path::Path};

/// Users who send, each in a channel with the next one, all in the hot channel.
const SENDERS: usize = 64;
/// Users in the channel that measures the log rather than the fan-out.
const QUARTET: usize = 4;
/// Members that may be named when a channel is made; the others are added.
const FIRST_MEMBERS: usize = 99;
/// Channels of each user of the storm, and members of each of them.
const STORM_CHANNELS: usize = 5;
const STORM_MEMBERS: usize = 4;
/// Strides that spread the users of the storm over their channels; each has no factor in common
/// with a round number of users.
const STORM_STRIDES: [usize; STORM_CHANNELS] = [1, 3, 7, 9, 11];
/// Users who read, the channels each of them is in, how many of those have messages, and how many.
const READERS: usize = 20;
const LISTED_CHANNELS: usize = 50;
const HISTORY_CHANNELS: usize = 20;
const HISTORY_MESSAGES: usize = 120;
/// How many react to a message: its place modulo five tells which. 2.4 on average.
const REACTIONS: [usize; 5] = [0, 1, 2, 3, 6];
const KINDS: [&str; 3] = ["like", "heart", "eyes"];

/// How large a world is.
#[derive(Clone, Copy, clap::Args)]
pub struct Size {
    /// Users in the largest channel
    #[arg(long, default_value_t = 1_000)]
    pub crowd: usize,
    /// Users who connect all at once
    #[arg(long, default_value_t = 1_000)]
    pub storm: usize,
}

/// A channel and how many of a list of users, from the first on, belong to it.
#[derive(Serialize, Deserialize)]
pub struct Gathering {
    /// The channel.
    pub channel: String,
    /// How many.
    pub members: usize,
}

/// What a server was given.
#[derive(Serialize, Deserialize)]
pub struct World {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The app's public key.
    pub api_key: String,
    /// The app's secret.
    pub api_secret: String,
    /// Tokens of those who send.
    pub senders: Vec<String>,
    /// One channel for each sender, with the sender after it.
    pub pairs: Vec<String>,
    /// The channel of all senders.
    pub hot: Gathering,
    /// A channel of four senders.
    pub quartet: Gathering,
    /// Tokens of the crowd.
    pub crowd: Vec<String>,
    /// Channels of 50, 100 and all of the crowd.
    pub gatherings: Vec<Gathering>,
    /// Tokens of those who connect all at once.
    pub storm: Vec<String>,
    /// Their channels, each with the places of its members in `storm`.
    pub storm_channels: Vec<(String, Vec<usize>)>,
    /// Tokens of those who read.
    pub readers: Vec<String>,
    /// How many channels each reader is in.
    pub listed: usize,
    /// Those of them with messages and reactions.
    pub history: Vec<String>,
}

impl World {
    /// The world that a file keeps.
    pub fn load(file: &Path) -> Result<Self> {
        let text = std::fs::read(file)
            .with_context(|| format!("cannot read {}; seed first", file.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Keeps the world in a file.
    pub fn save(&self, file: &Path) -> Result<()> {
        std::fs::write(file, serde_json::to_vec(self)?)
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// The gathering with this many members.
    pub fn gathering(&self, members: usize) -> Result<&Gathering> {
        self.gatherings
            .iter()
            .find(|gathering| gathering.members == members)
            .with_context(|| format!("this world has no channel with {members} members"))
    }
}

struct Maker {
    address: SocketAddr,
    api_key: String,
    api_secret: String,
}

/// Fills a server. Takes seconds: a few thousand users, channels, messages and reactions.
pub fn seed(address: SocketAddr, admin_key: &str, size: Size) -> Result<World> {
    ensure!(
        size.crowd >= 100 && size.storm.is_multiple_of(STORM_MEMBERS),
        "--crowd must be 100 or more, --storm a multiple of {STORM_MEMBERS}"
    );
    let admin = format!("X-Admin-Key: {admin_key}\r\n");
    let wanted = http::post("/api/apps", &admin, &json!({"name": "bench"}).to_string());
    let app = call_all(address, &[wanted])?.remove(0);
    let maker = Maker {
        address,
        api_key: text(&app, "api_key")?,
        api_secret: text(&app, "api_secret")?,
    };

    let senders = maker.users("sender", SENDERS)?;
    let crowd = maker.users("crowd", size.crowd)?;
    let storm = maker.users("storm", size.storm)?;
    let readers = maker.users("reader", READERS)?;

    let pairs: Vec<_> = (0..SENDERS)
        .map(|place| ("pair", vec![place, (place + 1) % SENDERS]))
        .collect();
    let pairs = maker.channels("sender", &senders, &pairs)?;
    let hot = maker.gathering("sender", &senders, SENDERS)?;
    let quartet = maker.gathering("sender", &senders, QUARTET)?;
    let gatherings = [50, 100, size.crowd]
        .iter()
        .map(|members| maker.gathering("crowd", &crowd, *members))
        .collect::<Result<_>>()?;
    let places = storm_places(size.storm);
    let named: Vec<_> = places.iter().map(|of| ("friends", of.clone())).collect();
    let storm_channels = maker.channels("storm", &storm, &named)?;
    let everyone: Vec<usize> = (0..READERS).collect();
    let named = vec![("history", everyone); LISTED_CHANNELS];
    let listed = maker.channels("reader", &readers, &named)?;
    let history = listed[..HISTORY_CHANNELS].to_vec();
    maker.talk(&readers, &history)?;

    Ok(World {
        address,
        api_key: maker.api_key,
        api_secret: maker.api_secret,
        senders,
        pairs,
        hot,
        quartet,
        crowd,
        gatherings,
        storm,
        storm_channels: storm_channels.into_iter().zip(places).collect(),
        readers,
        listed: listed.len(),
        history,
    })
}

/// Who is in which channel of the storm: groups of four, five times over, each time mixed otherwise.
fn storm_places(users: usize) -> Vec<Vec<usize>> {
    let mut channels = vec![vec![]; STORM_CHANNELS * users / STORM_MEMBERS];
    for (round, stride) in STORM_STRIDES.into_iter().enumerate() {
        for user in 0..users {
            let group = user * stride % users / STORM_MEMBERS;
            channels[round * users / STORM_MEMBERS + group].push(user);
        }
    }
    channels
}

impl Maker {
    fn users(&self, name: &str, count: usize) -> Result<Vec<String>> {
        let requests: Vec<_> = (0..count)
            .map(|place| {
                let body = json!({
                    "api_key": self.api_key, "api_secret": self.api_secret,
                    "user_id": format!("{name}-{place}"), "display_name": format!("{name} {place}"),
                });
                http::post("/api/auth/token", "", &body.to_string())
            })
            .collect();
        let answers = call_all(self.address, &requests)?;
        answers.iter().map(|answer| text(answer, "token")).collect()
    }

    /// Channels, each with a name and the places of its members in `tokens`; the first owns it.
    fn channels(
        &self,
        people: &str,
        tokens: &[String],
        wanted: &[(&str, Vec<usize>)],
    ) -> Result<Vec<String>> {
        let requests: Vec<_> = wanted
            .iter()
            .map(|(name, members)| {
                let others: Vec<_> = members[1..]
                    .iter()
                    .map(|place| format!("{people}-{place}"))
                    .collect();
                let body = json!({"name": name, "members": others});
                let owner = http::bearer(&tokens[members[0]]);
                http::post("/api/channels", &owner, &body.to_string())
            })
            .collect();
        let answers = call_all(self.address, &requests)?;
        answers.iter().map(|answer| text(answer, "id")).collect()
    }

    /// One channel of the first `members` people.
    fn gathering(&self, people: &str, tokens: &[String], members: usize) -> Result<Gathering> {
        let first: Vec<usize> = (0..members.min(FIRST_MEMBERS)).collect();
        let channel = self
            .channels(people, tokens, &[("gathering", first)])?
            .remove(0);
        let owner = http::bearer(&tokens[0]);
        let requests: Vec<_> = (FIRST_MEMBERS..members)
            .map(|place| {
                let path = format!("/api/channels/{channel}/members");
                let body = json!({"user_id": format!("{people}-{place}")});
                http::post(&path, &owner, &body.to_string())
            })
            .collect();
        call_all(self.address, &requests)?;
        Ok(Gathering { channel, members })
    }

    /// Messages in every history channel, and reactions to them.
    fn talk(&self, readers: &[String], channels: &[String]) -> Result<()> {
        let mut messages = vec![];
        for place in 0..HISTORY_MESSAGES {
            let text = format!(
                "Message {place}: could somebody look at the build of last night? It fails on my machine, too."
            );
            let body = json!({"text": text}).to_string();
            let author = http::bearer(&readers[place % READERS]);
            let round: Vec<_> = channels
                .iter()
                .map(|channel| {
                    http::post(&format!("/api/channels/{channel}/messages"), &author, &body)
                })
                .collect();
            // One round after the other, so that every channel has its messages in this order.
            messages.extend(call_all(self.address, &round)?);
        }
        let mut requests = vec![];
        for (place, message) in messages.iter().enumerate() {
            let (id, channel) = (text(message, "id")?, text(message, "channel_id")?);
            let count = REACTIONS[place / channels.len() % REACTIONS.len()];
            for reader in 0..count {
                let path = format!("/api/channels/{channel}/messages/{id}/reactions");
                let body = json!({"type": KINDS[reader % KINDS.len()]});
                let who = http::bearer(&readers[(place + reader) % READERS]);
                requests.push(http::post(&path, &who, &body.to_string()));
            }
        }
        call_all(self.address, &requests)?;
        Ok(())
    }
}

/// How many reactions a full page of the newest `messages` of a history channel has.
pub fn reactions_of_newest(messages: usize) -> usize {
    (HISTORY_MESSAGES - messages..HISTORY_MESSAGES)
        .map(|place| REACTIONS[place % REACTIONS.len()])
        .sum()
}

fn text(answer: &Value, name: &str) -> Result<String> {
    let text = answer.get(name).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("no \"{name}\" in {answer}"))?
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_of_the_storm_has_five_channels_of_four() {
        let channels = storm_places(1_000);
        assert!(
            channels
                .iter()
                .all(|members| members.len() == STORM_MEMBERS)
        );
        for user in 0..1_000 {
            let of_user = channels.iter().filter(|members| members.contains(&user));
            assert_eq!(of_user.count(), STORM_CHANNELS);
        }
    }
}
