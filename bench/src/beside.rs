//! One server in several states, side by side: what each adds to the first.

use crate::outcome::{Latency, Outcome};
use std::fmt::Write;

/// A table of one scenario's outcomes by the name that each run was given for its server, in the order they
/// were run first, as Markdown: medians of all runs, and the difference to the first.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut names: Vec<(&str, &str)> = vec![];
    for outcome in outcomes {
        let name = (outcome.scenario.as_str(), outcome.server.as_str());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut table = String::from(
        "| scenario | server | a second | p50 ms | more | p99 ms | more | CPU server, ms each | more | faults |\n\
         |---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut first: Option<(&str, [f64; 3])> = None;
    for (scenario, server) in names {
        let of: Vec<_> = outcomes
            .iter()
            .filter(|outcome| outcome.scenario == scenario && outcome.server == server)
            .collect();
        let latency = |value: fn(&Latency) -> f64| {
            median(of.iter().filter_map(|outcome| outcome.answer_latency.as_ref().map(value)))
        };
        let figures = [
            latency(|latency| latency.p50),
            latency(|latency| latency.p99),
            median(of.iter().map(|outcome| outcome.cost.server)),
        ];
        if first.is_none_or(|(other, _)| other != scenario) {
            first = Some((scenario, figures));
        }
        let (_, base) = first.expect("set a moment ago");
        let rate = median(of.iter().map(|outcome| outcome.figure.value));
        let faults = of.iter().filter(|outcome| !outcome.findings.is_clean());
        let more: Vec<_> = figures.iter().zip(base).map(|(one, other)| one - other).collect();
        let _ = writeln!(
            table,
            "| {scenario} | {server} | {rate:.0} | {:.3} | {:+.3} | {:.3} | {:+.3} | {:.4} | {:+.4} | {} |",
            figures[0], more[0], figures[1], more[1], figures[2], more[2], faults.count()
        );
    }
    table
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
