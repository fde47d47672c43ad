//! Whether every replication will have a scenario, and one with the same alarms and strategies.

use super::draw::Draws;
use super::read::Range;
use super::replica::Replica;
use crate::error::Misfit;
use crate::random::stream::Streams;
use crate::spec::Scenario;
use crate::validate::variant::Fault;

/// The draws of so many replications are tried before anything is simulated.
const TRIED: u64 = 200;

/// Tries every end alone; if each will do, all of them together, and draws in between.
///
/// # Errors
/// Every end at which the scenario is none, or else the first combination.
pub(super) fn check(replica: &Replica, scenario: &Scenario) -> Result<(), Vec<Misfit>> {
    let mut misfits = Vec::new();
    for range in &replica.ranges {
        for (index, end) in range.written.iter().enumerate() {
            let value = (range.place.clone(), end.clone());
            if let Err((message, help)) = replica.with(scenario, &[value]) {
                let message = format!("with `{}` = {end}: {message}", range.place);
                let path = format!("{}[{index}]", range.path);
                misfits.push((path, (message, narrower(&help))));
            }
        }
    }
    if !misfits.is_empty() {
        return Err(misfits);
    }
    let count = replica.ranges.len();
    let corners = (0..1_u32 << count)
        .map(|corner| (0..count).map(|bit| f64::from((corner >> bit) & 1)).collect::<Vec<f64>>());
    let experiment = &scenario.experiment;
    let draws = (0..experiment.runs.min(TRIED))
        .map(|replication| replica.places(Draws::new(&Streams::new(experiment.seed, replication))));
    for places in corners.chain(draws) {
        if let Err(fault) = replica.at(scenario, &places) {
            return Err(vec![together(&replica.ranges, &places, fault)]);
        }
    }
    Ok(())
}

/// What is wrong with values of all keys.
fn together(ranges: &[Range], places: &[f64], (message, help): Fault) -> Misfit {
    let path = match ranges {
        [range] => range.path.clone(),
        _ => "tune.uncertain".to_owned(),
    };
    let value =
        |(range, place): (&Range, &f64)| format!("`{}` = {}", range.place, range.ends.at(*place));
    let values: Vec<String> = ranges.iter().zip(places).map(value).collect();
    (path, (format!("with {}: {message}", values.join(" and ")), narrower(&help)))
}

/// What the rule advises is about the value that it names, which need not be the one with the range.
fn narrower(help: &str) -> String {
    format!("narrow the range, or else: {help}")
}
