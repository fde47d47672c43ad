//! Wald's sequential test as an A/B test of failures: the healthy arm fails with p0, a regression with
//! each other probability of which a figure is given.

use super::case::Case;
use super::parameters::{Parameters, Unsaid};
use super::scenario::{duration, head, replications};
use super::verdict::{Flaw, Verdict, number, quantile, quantile_of, within};
use rollout_sim::experiment::Results;
use rollout_sim::simulation::outcome::TestOutcome;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Trials a second: the requests, less the hundredth that blue takes.
const REQUESTS_PER_S: f64 = 20.0;

/// Chance that a test is still open at the end of its time, at most.
const OPEN_MAX: f64 = 1e-7;

/// No test is given more trials.
const TRIALS_MAX: u32 = 100_000;

/// The scenario file; what it cannot say is named.
pub fn scenario(case: &Case, unsaid: &Unsaid) -> String {
    let parameters = Parameters::of(&case.parameters, String::new(), unsaid);
    let [p0, p1, alpha, beta] = ["p0", "p1", "alpha", "beta"].map(|key| parameters.needed(key));
    parameters.word("observations", "", &[("iid failures", "")]);
    // Wald's are the only bounds that a scenario has.
    let bounds = [
        ("upper_log_boundary", ((1.0 - beta) / alpha).ln()),
        ("lower_log_boundary", (beta / (1.0 - alpha)).ln()),
    ];
    for (key, wald) in bounds {
        if parameters.number(key).is_some_and(|bound| (bound - wald).abs() > 1e-9) {
            parameters.leave_out(key);
        }
    }
    if is(p0, p1) {
        parameters.leave_out("p1");
    }
    parameters.close();
    if !unsaid.is_empty() {
        return String::new();
    }
    let probabilities = probabilities(case);
    let trials = probabilities
        .iter()
        .map(|&p| trials_needed(p, [p0, p1], bounds.map(|(_, bound)| bound)))
        .fold(1.0, f64::max);
    // A fifth more for the requests that blue takes and for the chance of arrivals.
    let lasts_s = (1.2 * trials + 100.0) / REQUESTS_PER_S;
    let lasts = duration(lasts_s.ceil());
    let runs = replications(lasts_s * REQUESTS_PER_S);
    let mut toml = head(&case.id, runs, lasts_s.ceil() + 10.0);
    write!(
        toml,
        r#"[traffic]
arrivals = {{ poisson = {{ rate_per_s = {REQUESTS_PER_S:?} }} }}
[endpoint]
instances = 1
capacity = "unlimited"
provision = "0s"
switch = "0s"
[blue]
latency = {{ constant = "10ms" }}
errors_5xx = {p0:?}
[[strategies]]
name = "wald"
[strategies.ab_test]
share = "99%"
lasts = "{lasts}"
look_every = "{lasts}"
kpi = "failure"
test = {{ sprt = {{ p0 = {p0:?}, p1 = {p1:?}, alpha = {alpha:?}, beta = {beta:?} }} }}
"#
    )
    .expect("writing to a string");
    for p in probabilities.into_iter().filter(|p| !is(*p, p0)) {
        write!(toml, "[[regressions]]\nname = \"{p}\"\nerrors = {{ errors_5xx = {p:?} }}\n")
            .expect("writing to a string");
    }
    toml
}

fn is(p: f64, q: f64) -> bool {
    (p - q).abs() < 1e-12
}

/// The figure that a name asks for, and the probability of failure that it is of.
fn parts(name: &str) -> Option<(&str, f64)> {
    let (figure, p) = name.split_once("_when_p=")?;
    Some((figure, p.parse().ok().filter(|p| (0.0..1.0).contains(p))?))
}

/// The probabilities of which figures are given, in order.
fn probabilities(case: &Case) -> Vec<f64> {
    let mut found: Vec<f64> =
        case.expected.iter().filter_map(|(name, _)| Some(parts(name)?.1)).collect();
    found.sort_by(f64::total_cmp);
    found.dedup_by(|p, q| is(*p, *q));
    found
}

/// Trials after which a test is decided but for a chance of `OPEN_MAX`: the law of the failures in an open
/// test is followed trial by trial, which a case's figures owe nothing to.
fn trials_needed(p: f64, [p0, p1]: [f64; 2], [upper, lower]: [f64; 2]) -> f64 {
    let (failure, success) = ((p1 / p0).ln(), ((1.0 - p1) / (1.0 - p0)).ln());
    let mut open = BTreeMap::from([(0, 1.0)]);
    for trials in 1..TRIALS_MAX {
        let mut next = BTreeMap::new();
        for (&failures, &chance) in &open {
            for (failures, chance) in [(failures, (1.0 - p) * chance), (failures + 1, p * chance)] {
                let sum = f64::from(failures) * failure + f64::from(trials - failures) * success;
                if lower < sum && sum < upper {
                    *next.entry(failures).or_insert(0.0) += chance;
                }
            }
        }
        open = next;
        if open.values().sum::<f64>() < OPEN_MAX {
            return f64::from(trials);
        }
    }
    f64::from(TRIALS_MAX)
}

/// Compares a figure with the runs of the arm that it is of.
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
pub fn check(name: &str, expected: &Value, case: &Case, results: &Results) -> Verdict {
    let (figure, p) = parts(name).ok_or_else(|| Flaw::LeftOut("no such figure".into()))?;
    let p0 = number(&case.parameters, "p0")?;
    let others: Vec<f64> = probabilities(case).into_iter().filter(|&p| !is(p, p0)).collect();
    let regression = others.iter().position(|&other| is(other, p)).map_or(0, |index| index + 1);
    let runs = results.outcomes.iter().filter(|run| run.regression == regression);
    let tests: Option<Vec<&TestOutcome>> = runs.map(|run| run.test.as_ref()).collect();
    let tests = tests.ok_or_else(|| Flaw::Wrong("a test did not begin".into()))?;
    if tests.iter().any(|test| test.winner.is_none()) {
        return Err(Flaw::Wrong("a test was not decided in time".into()));
    }
    let trials: Option<Vec<f64>> =
        tests.iter().map(|test| test.sprt_trials.map(|trials| trials as f64)).collect();
    let trials = trials.ok_or_else(|| Flaw::Wrong("a test counted no trials".into()))?;
    let n = tests.len() as f64;
    let value = number(expected, "value")?;
    match (figure, quantile_of(figure)) {
        ("p_accept_h1" | "p_accept_h0", _) => {
            let winner = usize::from(figure == "p_accept_h0");
            let count = tests.iter().filter(|test| test.winner == Some(winner)).count();
            let sd = number(expected, "sd_per_run").unwrap_or((value * (1.0 - value)).sqrt());
            within(count as f64 / n, value, sd / n.sqrt())
        }
        ("mean_observations", _) => {
            let sd = number(expected, "sd_per_run")?;
            within(trials.iter().sum::<f64>() / n, value, sd / n.sqrt())
        }
        (_, Some(q)) if figure.starts_with("observations_q") => quantile(&trials, q, value),
        _ => Err(Flaw::LeftOut("no such figure".into())),
    }
}
