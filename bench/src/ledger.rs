//! Whether every delivery came: once, to each member, in the order of the log.
//!
//! The log of a channel is what was acked: every ack names a `seq`. A member must have been given
//! each of them exactly once and in rising order. What is delivered under a `seq` that nobody was
//! acked counts as doubled: the message was stored twice.

use crate::swarm::Place;
use serde::{Deserialize, Serialize};

/// What was found. All but the first two should be 0; only typing may be dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Messages the server said were stored.
    pub acked: u64,
    /// Deliveries of such messages.
    pub delivered: u64,
    /// Deliveries that never came.
    pub lost: u64,
    /// Deliveries that came twice, and messages that were stored twice.
    pub doubled: u64,
    /// Deliveries that came after one with a higher `seq`.
    pub reordered: u64,
    /// Deliveries of typing that never came: the contract lets a busy server drop them.
    pub dropped: u64,
    /// Operations the server refused.
    pub refused: u64,
    /// Operations that were never answered.
    pub unanswered: u64,
}

impl Findings {
    /// Whether nothing was lost, doubled, reordered, refused or forgotten.
    pub fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.reordered + self.refused + self.unanswered == 0
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            acked: self.acked + other.acked,
            delivered: self.delivered + other.delivered,
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            reordered: self.reordered + other.reordered,
            dropped: self.dropped + other.dropped,
            refused: self.refused + other.refused,
            unanswered: self.unanswered + other.unanswered,
        }
    }
}

/// What came of the messages of a run, channel by channel.
pub struct Ledger {
    channels: Vec<Channel>,
    /// Where a socket's deliveries of a channel are kept: few channels each, so a list is fastest.
    kept: Vec<Vec<(usize, usize)>>,
    strays: u64,
}

#[derive(Default)]
struct Channel {
    acked: Seqs,
    acked_twice: u64,
    deliveries: Vec<Delivered>,
}

#[derive(Default)]
struct Delivered {
    seqs: Seqs,
    count: u64,
    doubled: u64,
    reordered: u64,
}

impl Ledger {
    /// Nothing yet. `members` has, for each channel, the sockets that must be given its messages.
    pub fn new<'a>(members: impl IntoIterator<Item = &'a [Place]>) -> Self {
        let mut ledger = Self {
            channels: vec![],
            kept: vec![],
            strays: 0,
        };
        for sockets in members {
            let channel = ledger.channels.len();
            ledger.channels.push(Channel::default());
            for socket in sockets {
                if ledger.kept.len() <= *socket {
                    ledger.kept.resize(*socket + 1, vec![]);
                }
                let deliveries = &mut ledger.channels[channel].deliveries;
                ledger.kept[*socket].push((channel, deliveries.len()));
                deliveries.push(Delivered::default());
            }
        }
        ledger
    }

    /// The server says that a message is stored.
    pub fn ack(&mut self, channel: usize, seq: u64) {
        let channel = &mut self.channels[channel];
        channel.acked_twice += u64::from(channel.acked.insert(seq) == Arrival::Again);
    }

    /// A socket was given a message.
    pub fn deliver(&mut self, socket: Place, channel: usize, seq: u64) {
        let kept = self.kept.get(socket).and_then(|kept| {
            let of_channel = kept.iter().find(|(its_channel, _)| *its_channel == channel);
            of_channel.map(|(_, place)| *place)
        });
        let Some(place) = kept else {
            self.strays += 1;
            return;
        };
        let delivered = &mut self.channels[channel].deliveries[place];
        delivered.count += 1;
        match delivered.seqs.insert(seq) {
            Arrival::InOrder => {}
            Arrival::Late => delivered.reordered += 1,
            Arrival::Again => delivered.doubled += 1,
        }
    }

    /// What was found, once everything has come that will come. `unexplained` sends were refused or
    /// not answered: each may have been stored all the same.
    pub fn findings(&self, unexplained: u64) -> Findings {
        let mut findings = Findings {
            doubled: self.strays,
            ..Findings::default()
        };
        for channel in &self.channels {
            findings.acked += channel.acked.count;
            findings.doubled += channel.acked_twice;
            for delivered in &channel.deliveries {
                let missing = channel.acked.count_missing_in(&delivered.seqs);
                let unknown = delivered.seqs.count_missing_in(&channel.acked);
                findings.delivered += delivered.count;
                findings.lost += missing;
                findings.doubled += delivered.doubled + unknown.saturating_sub(unexplained);
                findings.reordered += delivered.reordered;
            }
        }
        findings
    }
}

#[derive(PartialEq, Eq, Debug)]
enum Arrival {
    InOrder,
    Late,
    Again,
}

/// How far below the first `seq` that came a later one may lie.
const SLACK: u64 = 8_192;

/// A set of `seq`s, a bit each.
#[derive(Default)]
struct Seqs {
    /// The `seq` of the first bit, a multiple of 64.
    base: u64,
    bits: Vec<u64>,
    highest: u64,
    count: u64,
}

impl Seqs {
    fn insert(&mut self, seq: u64) -> Arrival {
        if self.bits.is_empty() {
            self.base = seq.saturating_sub(SLACK) / 64 * 64;
        }
        // Further below than any server could be late: as wrong as a second time.
        let Some(distance) = seq.checked_sub(self.base) else {
            return Arrival::Again;
        };
        let word = (distance / 64) as usize;
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        let bit = 1 << (distance % 64);
        if self.bits[word] & bit != 0 {
            return Arrival::Again;
        }
        self.bits[word] |= bit;
        self.count += 1;
        match seq > self.highest {
            true => {
                self.highest = seq;
                Arrival::InOrder
            }
            false => Arrival::Late,
        }
    }

    /// How many of these are not among `others`.
    fn count_missing_in(&self, others: &Seqs) -> u64 {
        let first = self.base / 64;
        let missing = self.bits.iter().enumerate().map(|(word, bits)| {
            let place = (first + word as u64).checked_sub(others.base / 64);
            let theirs = place.and_then(|place| others.bits.get(place as usize));
            u64::from((bits & !theirs.copied().unwrap_or(0)).count_ones())
        });
        missing.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A channel of sockets 0 and 1 in which 10,001 to 10,005 were acked and 0 was given them all.
    fn ledger() -> Ledger {
        let mut ledger = Ledger::new([&[0, 1][..]]);
        for seq in 10_001..=10_005 {
            ledger.ack(0, seq);
            ledger.deliver(0, 0, seq);
        }
        ledger
    }

    fn found(deliveries: &[u64]) -> Findings {
        let mut ledger = ledger();
        deliveries.iter().for_each(|seq| ledger.deliver(1, 0, *seq));
        ledger.findings(0)
    }

    #[test]
    fn all_once_and_in_order_is_clean() {
        let findings = found(&[10_001, 10_002, 10_003, 10_004, 10_005]);
        assert!(findings.is_clean());
        assert_eq!((findings.acked, findings.delivered), (5, 10));
    }

    #[test]
    fn what_is_wrong_is_counted_by_its_kind() {
        assert_eq!(found(&[10_001, 10_002, 10_004, 10_005]).lost, 1);
        assert_eq!(found(&[10_002, 10_003, 10_004, 10_005]).lost, 1);
        assert_eq!(found(&[]).lost, 5);
        let swapped = found(&[10_002, 10_001, 10_003, 10_004, 10_005]);
        assert_eq!(
            (swapped.lost, swapped.doubled, swapped.reordered),
            (0, 0, 1)
        );
        let again = found(&[10_001, 10_002, 10_002, 10_003, 10_004, 10_005]);
        assert_eq!((again.doubled, again.reordered), (1, 0));
        let stored_twice = found(&[10_001, 10_002, 10_003, 10_004, 10_005, 10_006]);
        assert_eq!(stored_twice.doubled, 1);
    }

    #[test]
    fn an_unanswered_send_may_have_been_stored() {
        let mut ledger = ledger();
        (10_001..=10_006).for_each(|seq| ledger.deliver(1, 0, seq));
        assert_eq!(ledger.findings(0).doubled, 1);
        assert_eq!(ledger.findings(1).doubled, 0);
    }

    #[test]
    fn a_delivery_to_a_stranger_is_no_good() {
        let mut ledger = ledger();
        (10_001..=10_005).for_each(|seq| ledger.deliver(1, 0, seq));
        ledger.deliver(7, 0, 10_001);
        assert_eq!(ledger.findings(0).doubled, 1);
    }
}
