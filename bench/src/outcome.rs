//! What a run found: one JSON line for machines, a few lines for people.

use crate::{ledger::Findings, usage::Cpu};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// One run of one scenario.
#[derive(Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// Whose server it was.
    pub server: String,
    /// The figure that servers are compared by.
    pub figure: Figure,
    /// How long was measured, in seconds.
    pub seconds: f64,
    /// Operations that were answered in that time.
    pub operations: u64,
    /// The same each second.
    pub operations_per_second: f64,
    /// Messages or typing events that reached a socket, each second.
    pub deliveries_per_second: f64,
    /// What 1,000 operations cost.
    pub cost: Cost,
    /// From the intended time of an operation to its answer, at a fixed rate.
    pub answer_latency: Option<Latency>,
    /// From the intended time of a message to each of its deliveries, at a fixed rate.
    pub delivery_latency: Option<Latency>,
    /// What became of more than the server can do.
    #[serde(default)]
    pub overload: Option<Overload>,
    /// Whether all deliveries came, once and in order.
    pub findings: Findings,
}

/// What a server does when it is asked for more than it can do; all a second.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Overload {
    /// What it can do: answered in the closed loop.
    pub capacity: f64,
    /// Answered in time when it is asked for just that.
    pub at_capacity: f64,
    /// What it was asked for then.
    pub offered: f64,
    /// Of that, what was answered in time,
    pub good: f64,
    /// what it refused, saying when to come back,
    pub shed: f64,
    /// what was answered too late,
    pub late: f64,
    /// and what was given up on before there was a connection free to send it.
    pub unsent: f64,
    /// CPU milliseconds of server and database for each that was answered in time, asked for what it can do,
    pub cpu_at_capacity: f64,
    /// and asked for three times that: its refusals are paid with it.
    pub cpu: f64,
}

/// What servers are compared by.
#[derive(Clone, Serialize, Deserialize)]
pub struct Figure {
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: String,
    /// Whether less is better.
    pub less_is_better: bool,
}

/// CPU seconds for 1,000 operations, of each process.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub struct Cost {
    /// The server.
    pub server: f64,
    /// PostgreSQL.
    pub database: f64,
    /// This generator.
    pub generator: f64,
    /// Cores that were busy with something else meanwhile; not for 1,000 operations.
    pub other_cores: f64,
    /// Cores that the generator took. Near 1, it and not the server was measured.
    pub generator_cores: f64,
}

/// Latencies at a fixed rate, in milliseconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Latency {
    /// Operations each second.
    pub rate: f64,
    /// How many were measured.
    pub samples: u64,
    /// Half were faster.
    pub p50: f64,
    /// Nine in ten were faster.
    pub p90: f64,
    /// 99 in 100 were faster.
    pub p99: f64,
    /// 999 in 1,000 were faster.
    pub p999: f64,
    /// The slowest.
    pub max: f64,
}

/// What was counted while a run was measured.
pub struct Measured {
    /// How long.
    pub time: Duration,
    /// Operations answered.
    pub operations: u64,
    /// Deliveries that came.
    pub deliveries: u64,
    /// CPU used.
    pub cpu: Cpu,
}

impl Measured {
    /// Operations each second.
    pub fn operations_per_second(&self) -> f64 {
        self.operations as f64 / self.time.as_secs_f64()
    }

    /// Deliveries each second.
    pub fn deliveries_per_second(&self) -> f64 {
        self.deliveries as f64 / self.time.as_secs_f64()
    }

    /// CPU seconds for 1,000 operations.
    pub fn cost(&self) -> Cost {
        let thousands = (self.operations as f64 / 1_000.0).max(f64::MIN_POSITIVE);
        let seconds = self.time.as_secs_f64();
        Cost {
            server: self.cpu.server / thousands,
            database: self.cpu.database / thousands,
            generator: self.cpu.generator / thousands,
            other_cores: self.cpu.others() / seconds,
            generator_cores: self.cpu.generator / seconds,
        }
    }

    /// The outcome of a run, named later, compared by `figure`.
    pub fn into_outcome(self, figure: Figure, findings: Findings) -> Outcome {
        Outcome {
            scenario: String::new(),
            server: String::new(),
            figure,
            seconds: self.time.as_secs_f64(),
            operations: self.operations,
            operations_per_second: self.operations_per_second(),
            deliveries_per_second: self.deliveries_per_second(),
            cost: self.cost(),
            answer_latency: None,
            delivery_latency: None,
            overload: None,
            findings,
        }
    }
}

impl Figure {
    /// So many a second.
    pub fn rate(value: f64, unit: &str) -> Self {
        Self {
            value,
            unit: format!("{unit}/s"),
            less_is_better: false,
        }
    }
}

/// Latencies in microseconds up to a minute, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are in order")
}

impl Latency {
    /// The latencies of a histogram of microseconds; `None` when it is empty.
    pub fn of(rate: f64, histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1_000.0;
        (!histogram.is_empty()).then(|| Self {
            rate,
            samples: histogram.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: histogram.max() as f64 / 1_000.0,
        })
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "p50 {:.2}  p90 {:.2}  p99 {:.2}  p99.9 {:.2}  max {:.1} ms at {:.0}/s",
            self.p50, self.p90, self.p99, self.p999, self.max, self.rate
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            figure, findings, ..
        } = self;
        writeln!(
            formatter,
            "{:<13} {:<10} {:>11.1} {}",
            self.scenario, self.server, figure.value, figure.unit
        )?;
        writeln!(
            formatter,
            "    CPU-s per 1,000 operations: server {:.4}, database {:.4}, generator {:.4}; generator {:.2} cores, others {:.2}",
            self.cost.server,
            self.cost.database,
            self.cost.generator,
            self.cost.generator_cores,
            self.cost.other_cores
        )?;
        if let Some(latency) = &self.answer_latency {
            writeln!(formatter, "    answered   {latency}")?;
        }
        if let Some(latency) = &self.delivery_latency {
            writeln!(formatter, "    delivered  {latency}")?;
        }
        if let Some(overload) = &self.overload {
            writeln!(
                formatter,
                "    can do {:.0}/s; asked for that {:.0} in time, {:.3} ms CPU each",
                overload.capacity, overload.at_capacity, overload.cpu_at_capacity
            )?;
            writeln!(
                formatter,
                "    asked for {:.0}: {:.0} in time, {:.3} ms CPU each; {:.0} refused with a time to come back, {:.0} late, {:.0} never sent",
                overload.offered,
                overload.good,
                overload.cpu,
                overload.shed,
                overload.late,
                overload.unsent
            )?;
        }
        write!(
            formatter,
            "    {}: {} acked, {} delivered, {} lost, {} doubled, {} reordered, {} dropped, {} refused, {} unanswered",
            if findings.is_clean() {
                "clean"
            } else {
                "NOT CLEAN"
            },
            findings.acked,
            findings.delivered,
            findings.lost,
            findings.doubled,
            findings.reordered,
            findings.dropped,
            findings.refused,
            findings.unanswered
        )
    }
}
