//! What is known of a plugin from watching it: how often and how long it ran, how it failed, what it
//! logged, what its shadow would have decided. In memory, bounded, of this node alone.

use crate::{
    hooks::{
        breaker::{Breaker, State},
        event::{Event, Verdict},
        fault::Fault,
        sandbox::CallLog,
    },
    ids::MessageId,
    time,
};
use chrono::{DateTime, Utc};
use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::Serialize;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
    time::{Duration, Instant},
};

/// Lines kept of a plugin's log.
const LINES: usize = 200;
/// Bytes kept of one line.
const LINE_BYTES: usize = 1_024;
/// Events kept on which a shadow and its live version differ.
const DIFFERENCES: usize = 50;
/// The longest time that is told apart, in microseconds.
const LONGEST: u64 = 10_000_000;

/// How much a line of a log matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// A line of a plugin's log; those of `error` that begin with the plugin's own failures are the host's.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "LogEntry")]
pub struct Line {
    /// When.
    #[serde(serialize_with = "time::timestamp")]
    pub at: DateTime<Utc>,
    /// Which version wrote it.
    pub version: i32,
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: String,
}

/// All that is known of one plugin.
pub struct Record(Mutex<Known>);

struct Known {
    calls: u64,
    faults: BTreeMap<&'static str, u64>,
    dropped: u64,
    /// In microseconds.
    times: Histogram<u64>,
    lines: VecDeque<Line>,
    breaker: Breaker,
    shadow: Shadow,
}

/// What a tenant is told of the calls.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PluginStats")]
pub struct Summary {
    /// Calls, failed ones too.
    pub calls: u64,
    /// Failed calls by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Events of after-hooks that found the queue full, or whose message could not be looked up.
    pub dropped: u64,
    /// Half of the calls took no longer, in microseconds, queueing included.
    pub p50_us: u64,
    /// Ninety-nine of a hundred took no longer.
    pub p99_us: u64,
    /// Whether the plugin is asked.
    pub breaker: State,
    /// How long it is not, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_seconds: Option<u64>,
}

/// How a shadow compares with the live version.
#[derive(Clone, Default, Debug, Serialize, JsonSchema)]
pub struct Shadow {
    /// Events on which both decided the same.
    pub agreed: u64,
    /// Events on which they did not.
    pub differed: u64,
    /// Events on which the shadow failed.
    pub failed: u64,
    /// The newest events on which they differed, those about deleted messages left out.
    pub differences: VecDeque<Difference>,
}

/// One event on which a shadow and the live version differ.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Difference {
    /// When.
    #[serde(serialize_with = "time::timestamp")]
    pub at: DateTime<Utc>,
    /// The hook.
    pub hook: &'static str,
    /// The message, or the one that is reacted to. One that was rejected was never stored.
    #[serde(rename = "messageId")]
    pub message: MessageId,
    /// The message's text or the reaction's kind.
    pub said: String,
    /// What the live version decided, or how it failed.
    pub live: Opinion,
    /// What the shadow would have decided, or how it failed.
    pub shadow: Opinion,
}

/// A verdict, or why there is none.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Opinion {
    /// It decided.
    Verdict(Verdict),
    /// It failed.
    Fault {
        /// How.
        fault: String,
    },
}

impl From<&Result<Verdict, Fault>> for Opinion {
    fn from(result: &Result<Verdict, Fault>) -> Self {
        match result {
            Ok(verdict) => Opinion::Verdict(verdict.clone()),
            Err(fault) => Opinion::Fault {
                fault: fault.to_string(),
            },
        }
    }
}

impl Difference {
    /// Whether its message was stored, if the live version alone had to say.
    pub fn let_pass(&self) -> bool {
        use Verdict::{Allow, Amend, Nothing};
        matches!(self.live, Opinion::Verdict(Allow | Amend(_) | Nothing))
    }
}

impl Default for Record {
    fn default() -> Self {
        let times = Histogram::new_with_bounds(1, LONGEST, 2).expect("valid bounds");
        Self(Mutex::new(Known {
            calls: 0,
            faults: BTreeMap::new(),
            dropped: 0,
            times,
            lines: VecDeque::new(),
            breaker: Breaker::default(),
            shadow: Shadow::default(),
        }))
    }
}

impl Record {
    /// Whether the plugin may be asked now.
    pub fn admits(&self) -> bool {
        self.0.lock().unwrap().breaker.admits(Instant::now())
    }

    /// A call ended. Says for how long the plugin is paused if it failed once too often.
    pub fn ended(
        &self,
        version: i32,
        result: &Result<Verdict, Fault>,
        took: Duration,
        log: CallLog,
    ) -> Option<Duration> {
        let mut known = self.0.lock().unwrap();
        known.calls += 1;
        known
            .times
            .saturating_record((took.as_micros() as u64).max(1));
        known.keep(version, log);
        match result {
            Ok(_) => {
                known.breaker.succeeded();
                None
            }
            Err(fault) => {
                *known.faults.entry(fault.code()).or_default() += 1;
                known.write(version, Level::Error, &fault.to_string());
                match fault.is_its_own() {
                    true => known.breaker.failed(Instant::now()),
                    false => {
                        known.breaker.undecided();
                        None
                    }
                }
            }
        }
    }

    /// An event of an after-hook was dropped.
    pub fn dropped(&self) {
        self.0.lock().unwrap().dropped += 1;
    }

    /// Adds a line of the host's.
    pub fn write(&self, version: i32, level: Level, text: &str) {
        self.0.lock().unwrap().write(version, level, text);
    }

    /// The newest lines, oldest first.
    pub fn lines(&self) -> Vec<Line> {
        self.0.lock().unwrap().lines.iter().cloned().collect()
    }

    /// A new version or configuration begins with a clean slate.
    pub fn forgive(&self) {
        self.0.lock().unwrap().breaker = Breaker::default();
    }

    /// What a tenant is told.
    pub fn summary(&self) -> Summary {
        let known = self.0.lock().unwrap();
        let (breaker, paused) = known.breaker.state(Instant::now());
        Summary {
            calls: known.calls,
            faults: known.faults.clone(),
            dropped: known.dropped,
            p50_us: known.times.value_at_quantile(0.5),
            p99_us: known.times.value_at_quantile(0.99),
            breaker,
            paused_seconds: paused.map(|paused| paused.as_secs() + 1),
        }
    }

    /// A shadow decided too.
    pub fn compare(
        &self,
        event: &Event,
        live: &Result<Verdict, Fault>,
        shadow: &Result<Verdict, Fault>,
    ) {
        let mut known = self.0.lock().unwrap();
        let report = &mut known.shadow;
        if shadow.is_err() {
            report.failed += 1;
        }
        match live == shadow {
            true => return report.agreed += 1,
            false => report.differed += 1,
        }
        if report.differences.len() == DIFFERENCES {
            report.differences.pop_front();
        }
        report.differences.push_back(Difference {
            at: Utc::now(),
            hook: event.hook().name(),
            message: event.message(),
            said: event.said().to_owned(),
            live: live.into(),
            shadow: shadow.into(),
        });
    }

    /// Forgets some of the events on which it differed.
    pub fn forget_differences(&self, about: impl Fn(&Difference) -> bool) {
        let differences = &mut self.0.lock().unwrap().shadow.differences;
        differences.retain(|difference| !about(difference));
    }

    /// How the shadow compares so far.
    pub fn shadow(&self) -> Shadow {
        self.0.lock().unwrap().shadow.clone()
    }

    /// Another shadow begins.
    pub fn forget_shadow(&self) {
        self.0.lock().unwrap().shadow = Shadow::default();
    }
}

impl Known {
    fn keep(&mut self, version: i32, log: CallLog) {
        for (level, text) in log.lines {
            self.write(version, level, &text);
        }
        if log.dropped > 0 {
            let text = format!("{} more lines of this call were dropped", log.dropped);
            self.write(version, Level::Warn, &text);
        }
    }

    fn write(&mut self, version: i32, level: Level, text: &str) {
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        let cut = text.floor_char_boundary(LINE_BYTES);
        self.lines.push_back(Line {
            at: Utc::now(),
            version,
            level,
            text: text[..cut].to_owned(),
        });
    }
}
