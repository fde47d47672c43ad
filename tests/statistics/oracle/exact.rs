//! The exact calculation held against the cases, to nine digits and without a simulation.

use super::case::Case;
use super::verdict::{Flaw, Tally, Verdict, close, number};
use super::{Kind, assert_met, other_cases, own_cases};
use rollout_sim::rare::exact::rollback;
use serde_json::{Value, json};

/// Probabilities of rollbacks that the calculation gives in the project's own cases, at least.
const ROLLBACKS_MIN: usize = 13;

/// Chances of single datapoints, likewise.
const DATAPOINTS_MIN: usize = 48;

/// Digits to which the cases are given.
const ALLOWED: f64 = 2e-9;

/// P(rollback) by the exact calculation, if it takes the case.
fn exactly(case: &Case) -> Result<f64, Flaw> {
    let refused = |why: Vec<String>| Flaw::LeftOut(why.join("; "));
    let scenario = Kind::Rollout.scenario(case).map_err(refused)?;
    let [alarm] = scenario.alarms.as_slice() else {
        return Err(Flaw::LeftOut(format!("{} alarms", scenario.alarms.len())));
    };
    let (plan, release) = (&scenario.strategies[0], &scenario.regressions[1]);
    let found = rollback(&scenario, plan, release, alarm);
    found.map(|found| found.value).map_err(|why| Flaw::LeftOut(why.to_string()))
}

fn check(case: &Case, expected: f64) -> Verdict {
    close(exactly(case)?, expected, ALLOWED)
}

/// P(rollback) of each case that has one alarm.
fn rollbacks(cases: &[Case]) -> Tally {
    let mut tally = Tally::default();
    for case in cases.iter().filter(|case| case.kind == "rollout") {
        let is_probability = |name: &str| name == "p_detect" || name == "p_false_rollback";
        let expected = case.expected.iter().find(|(name, _)| is_probability(name));
        let Some((name, expected)) = expected else { continue };
        let verdict = number(expected, "value").and_then(|expected| check(case, expected));
        tally.note(&format!("{} {name}", case.id), verdict);
    }
    tally
}

/// The chance that a datapoint breaches is that of a rollback by it alone; if what is missing breaches, it
/// is that of either.
fn datapoints(cases: &[Case]) -> Tally {
    let mut tally = Tally::default();
    for case in cases.iter().filter(|case| case.kind == "rollout") {
        for row in &case.datapoints {
            let name = format!("{} datapoint at {} s", case.id, row["from_second"]);
            tally.note(&format!("{name}: p_breach"), datapoint(case, row, "notBreaching"));
            tally.note(&format!("{name}: p_missing"), datapoint(case, row, "breaching"));
        }
    }
    tally
}

fn datapoint(case: &Case, row: &Value, treat_missing: &str) -> Verdict {
    let missing = if treat_missing == "breaching" { number(row, "p_missing")? } else { 0.0 };
    let alone = alone(case, number(row, "from_second")?, treat_missing)?;
    check(&alone, number(row, "p_breach")? + missing)
}

/// The case cut down to the datapoint that begins at `from`.
fn alone(case: &Case, from: f64, treat_missing: &str) -> Result<Case, Flaw> {
    let period = number(&case.parameters, "metric_period_seconds")?;
    let delay = case.parameters["metric_delay_seconds"].as_f64().unwrap_or(0.0);
    let schedule = case.parameters["green_traffic_schedule"].as_array().into_iter().flatten();
    let schedule: Vec<&Value> = schedule.collect();
    let start = |step: &Value| step["from_second"].as_f64().unwrap_or(0.0);
    let first = schedule.iter().rposition(|step| start(step) <= from).unwrap_or(0);
    let steps = schedule[first.min(schedule.len())..].iter();
    let steps: Vec<Value> = steps
        .filter(|step| start(step) < from + period)
        .map(|step| {
            let at = (start(step) - from).max(0.0);
            json!({ "from_second": at, "green_percent": step["green_percent"] })
        })
        .collect();
    let mut parameters = case.parameters.clone();
    let alarms = parameters.get_mut("alarms").and_then(Value::as_array_mut);
    let Some([Value::Object(alarm)]) = alarms.map(Vec::as_mut_slice) else {
        return Err(Flaw::LeftOut("not one alarm".into()));
    };
    let new = [
        ("datapoints_to_alarm_M", json!(1)),
        ("evaluation_datapoints_N", json!(1)),
        ("evaluation_range_E", Value::Null),
        ("evaluation_range", Value::Null),
        ("treat_missing_data", json!(treat_missing)),
        ("missing_data_semantics", json!("window")),
    ];
    alarm.extend(new.map(|(key, value)| (key.to_owned(), value)));
    parameters["green_traffic_schedule"] = json!(steps);
    parameters["end_of_last_bake_window_seconds"] = json!(1.5 * period + delay);
    let expected = Vec::new();
    let (id, kind) = (case.id.clone(), case.kind.clone());
    Ok(Case { id, kind, parameters, expected, datapoints: Vec::new() })
}

fn tell(what: &str, tally: &Tally) {
    println!("{} {what} computed", tally.compared);
    for left_out in &tally.left_out {
        println!("left out: {left_out}");
    }
}

#[test]
fn the_exact_calculation_meets_the_cases() {
    let own = own_cases();
    let (rollbacks_found, datapoints_found) = (rollbacks(&own), datapoints(&own));
    for tally in [&rollbacks_found, &datapoints_found] {
        assert_met(tally);
    }
    let (found, least) = (rollbacks_found.compared, ROLLBACKS_MIN);
    assert!(found >= least, "only {found} rollbacks: {:?}", rollbacks_found.left_out);
    let (found, least) = (datapoints_found.compared, DATAPOINTS_MIN);
    assert!(found >= least, "only {found} datapoints: {:?}", datapoints_found.left_out);
}

#[test]
fn the_exact_calculation_meets_another_collection() {
    let cases = other_cases();
    for (what, tally) in [("rollbacks", rollbacks(&cases)), ("datapoints", datapoints(&cases))] {
        tell(what, &tally);
        assert_met(&tally);
    }
}
