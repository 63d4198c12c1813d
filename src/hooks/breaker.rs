//! Stops asking a plugin that fails again and again, and asks again later.
//!
//! Five faults within a minute pause it for 30 seconds; then one call is let through as a trial. If
//! that fails too, the pause doubles, up to an hour; if it succeeds, all is forgiven. (The pattern:
//! Nygard, "Release It!", 2007.)

use schemars::JsonSchema;
use serde::Serialize;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

const FAULTS: usize = 5;
const WITHIN: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// The state of one plugin's breaker.
#[derive(Default)]
pub struct Breaker {
    faults: VecDeque<Instant>,
    pause: Option<Pause>,
}

struct Pause {
    until: Instant,
    length: Duration,
    is_trying: bool,
}

/// What a tenant is told of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Breaker")]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The plugin is asked.
    Closed,
    /// It is not asked; `on_error` decides.
    Open,
    /// The pause is over; the next call is a trial.
    Trying,
}

impl Breaker {
    /// Whether the plugin may be asked now.
    pub fn admits(&mut self, now: Instant) -> bool {
        match &mut self.pause {
            None => true,
            Some(pause) if now < pause.until || pause.is_trying => false,
            Some(pause) => {
                pause.is_trying = true;
                true
            }
        }
    }

    /// A call went well.
    pub fn succeeded(&mut self) {
        if self.pause.is_some() {
            *self = Self::default();
        }
    }

    /// A call failed; says for how long the plugin is paused if that was one too many.
    pub fn failed(&mut self, now: Instant) -> Option<Duration> {
        if let Some(pause) = &mut self.pause {
            if !pause.is_trying {
                // It was asked before the pause began.
                return None;
            }
            pause.length = (pause.length * 2).min(LONGEST_PAUSE);
            pause.until = now + pause.length;
            pause.is_trying = false;
            return Some(pause.length);
        }
        self.faults.push_back(now);
        while self.faults.len() > FAULTS {
            self.faults.pop_front();
        }
        let is_too_many =
            self.faults.len() == FAULTS && now.duration_since(self.faults[0]) <= WITHIN;
        is_too_many.then(|| {
            self.pause = Some(Pause {
                until: now + FIRST_PAUSE,
                length: FIRST_PAUSE,
                is_trying: false,
            });
            FIRST_PAUSE
        })
    }

    /// A trial that said nothing of the plugin: the next call is one.
    pub fn undecided(&mut self) {
        if let Some(pause) = &mut self.pause {
            pause.is_trying = false;
        }
    }

    /// Its state, and how long the pause still lasts.
    pub fn state(&self, now: Instant) -> (State, Option<Duration>) {
        match &self.pause {
            None => (State::Closed, None),
            Some(pause) if now < pause.until => (State::Open, Some(pause.until - now)),
            Some(_) => (State::Trying, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_faults_in_a_minute_open_it_and_each_failed_trial_doubles_the_pause() {
        let mut breaker = Breaker::default();
        let start = Instant::now();
        for second in 0..4 {
            assert_eq!(breaker.failed(start + Duration::from_secs(second)), None);
            assert!(breaker.admits(start));
        }
        let opened = start + Duration::from_secs(4);
        assert_eq!(breaker.failed(opened), Some(FIRST_PAUSE));
        assert!(!breaker.admits(opened + Duration::from_secs(29)));
        let trial = opened + Duration::from_secs(30);
        assert!(breaker.admits(trial));
        assert!(!breaker.admits(trial), "one trial at a time");
        assert_eq!(breaker.failed(trial), Some(FIRST_PAUSE * 2));
        let trial = trial + FIRST_PAUSE * 2;
        assert!(breaker.admits(trial));
        breaker.succeeded();
        assert_eq!(breaker.state(trial).0, State::Closed);
        assert_eq!(
            breaker.failed(trial),
            None,
            "what was before does not count any more"
        );
    }

    #[test]
    fn faults_far_apart_do_not_open_it() {
        let mut breaker = Breaker::default();
        let start = Instant::now();
        for minute in 0..20 {
            assert_eq!(
                breaker.failed(start + Duration::from_secs(16 * minute)),
                None
            );
        }
    }
}
