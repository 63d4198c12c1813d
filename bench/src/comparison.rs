//! Many runs of two servers, side by side: medians, ratios, and the aims beside them.
//!
//! An aim is what the project wants to reach, not a check: a run that misses one has not failed.

use crate::outcome::Outcome;
use anyhow::{Context, Result};
use std::{fmt::Write, path::Path};

/// The server that is measured and the one it is measured against.
const OURS: &str = "heyyo";
const THEIRS: &str = "reference";

/// How many times the reference's figure each scenario should reach.
const AIMS: [(&str, &str); 8] = [
    ("send", ">= 5"),
    ("hot-log", ">= 20"),
    ("rest-send", ">= 5"),
    ("history", ">= 5"),
    ("list", ">= 6"),
    ("fan-out-100", ">= 4"),
    ("fan-out-1000", ">= 6"),
    ("connect", ">= 4.5"),
];
/// KiB that an idle socket should take at most.
const MEMORY_AIM: &str = "<= 8 KiB";

const HEAD: &str = "\
| scenario | unit | heyyo | reference | times | aim | CPU heyyo | CPU reference | times | p99 heyyo | p99 reference | faults heyyo | faults reference | others |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---|---:|
";

/// The outcomes that a file holds, one JSON line each.
pub fn load(file: &Path) -> Result<Vec<Outcome>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).context("not an outcome"))
        .collect()
}

/// A table of all scenarios, in the order they were run first, as Markdown. CPU is that of the
/// server and of its database for one operation, in milliseconds; `others` are the cores that
/// something else kept busy meanwhile.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut scenarios: Vec<&str> = vec![];
    for outcome in outcomes {
        if !scenarios.contains(&outcome.scenario.as_str()) {
            scenarios.push(&outcome.scenario);
        }
    }
    let mut table = String::from(HEAD);
    for scenario in scenarios {
        let of = |server: &str| -> Vec<&Outcome> {
            let is_wanted =
                |outcome: &&Outcome| outcome.scenario == scenario && outcome.server == server;
            outcomes.iter().filter(is_wanted).collect()
        };
        row(&mut table, scenario, &of(OURS), &of(THEIRS));
    }
    table
}

fn row(table: &mut String, scenario: &str, ours: &[&Outcome], theirs: &[&Outcome]) {
    let Some(any) = ours.first().or(theirs.first()) else {
        return;
    };
    let figure = |of: &[&Outcome]| median(of, |outcome| outcome.figure.value);
    let (our_figure, their_figure) = (figure(ours), figure(theirs));
    let times = match any.figure.less_is_better {
        true => their_figure.zip(our_figure),
        false => our_figure.zip(their_figure),
    };
    let aim = match any.figure.less_is_better {
        true => MEMORY_AIM,
        false => AIMS
            .iter()
            .find(|(name, _)| *name == scenario)
            .map_or("", |(_, aim)| aim),
    };
    // Seconds for 1,000 are milliseconds for one.
    let server = |of: &[&Outcome]| median(of, |outcome| outcome.cost.server);
    let database = |of: &[&Outcome]| median(of, |outcome| outcome.cost.database);
    let both = |of: &[&Outcome]| median(of, |outcome| outcome.cost.server + outcome.cost.database);
    let cost = |of: &[&Outcome]| match (server(of), database(of)) {
        (Some(server), Some(database)) => format!("{server:.3} + {database:.3}"),
        _ => "-".to_owned(),
    };
    let slowest = |of: &[&Outcome]| {
        let latencies: Vec<_> = of
            .iter()
            .filter_map(|outcome| Some(outcome.answer_latency?.p99))
            .collect();
        number(median_of(latencies), 1)
    };
    let others: Vec<_> = ours.iter().chain(theirs).copied().collect();
    let _ = writeln!(
        table,
        "| {scenario} | {} | {} | {} | {} | {aim} | {} | {} | {} | {} | {} | {} | {} | {} |",
        any.figure.unit,
        number(our_figure, 0),
        number(their_figure, 0),
        number(times.map(|(more, less)| more / less), 1),
        cost(ours),
        cost(theirs),
        number(
            both(theirs).zip(both(ours)).map(|(more, less)| more / less),
            1
        ),
        slowest(ours),
        slowest(theirs),
        faults(ours),
        faults(theirs),
        number(median(&others, |outcome| outcome.cost.other_cores), 2),
    );
}

fn faults(outcomes: &[&Outcome]) -> String {
    let findings = outcomes.iter().fold(
        Default::default(),
        |sum: crate::ledger::Findings, outcome| sum.and(outcome.findings),
    );
    let kinds = [
        (findings.lost, "lost"),
        (findings.doubled, "doubled"),
        (findings.reordered, "reordered"),
        (findings.refused, "refused"),
        (findings.unanswered, "unanswered"),
    ];
    let words = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"));
    match findings.is_clean() {
        true => "none".to_owned(),
        false => words.collect::<Vec<_>>().join(", "),
    }
}

fn median(outcomes: &[&Outcome], of: impl Fn(&Outcome) -> f64) -> Option<f64> {
    median_of(outcomes.iter().map(|outcome| of(outcome)).collect())
}

fn median_of(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => Some(values[middle]),
        _ => Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0),
    }
}

/// A number with so many places, more when it is small; a dash when there is none.
fn number(value: Option<f64>, places: usize) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.abs() < 100.0 && places == 0 => format!("{value:.1}"),
        Some(value) => format!("{value:.places$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_or_between_the_two_in_the_middle() {
        assert_eq!(median_of(vec![]), None);
        assert_eq!(median_of(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median_of(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
