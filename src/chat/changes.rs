//! How often something changed: what is kept of the database is kept under this number.
//!
//! The number is taken before reading and raised after each commit, here and by what other nodes tell. So
//! what is read while it changes is kept under a number that nobody asks for again. Things share
//! counters; one too many only costs a read. Which share one is nobody's to choose: the hash is seeded.

use std::{
    hash::{BuildHasher, Hash},
    sync::atomic::{AtomicU64, Ordering},
};

const COUNTERS: usize = 4_096;

/// Counters of changes, by what is counted: an id, or several together.
pub struct Changes {
    counters: Vec<AtomicU64>,
    hasher: foldhash::fast::RandomState,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            counters: (0..COUNTERS).map(|_| AtomicU64::default()).collect(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }
}

impl Changes {
    fn counter(&self, of: impl Hash) -> &AtomicU64 {
        &self.counters[self.hasher.hash_one(of) as usize % COUNTERS]
    }

    /// How often it, or what shares its counter, changed.
    pub fn so_far(&self, of: impl Hash) -> u64 {
        self.counter(of).load(Ordering::Acquire)
    }

    /// It changed. Gives how often it had before.
    pub fn changed(&self, of: impl Hash) -> u64 {
        self.counter(of).fetch_add(1, Ordering::AcqRel)
    }

    /// Everything may have changed.
    pub fn all_changed(&self) {
        for counter in &self.counters {
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }
}
