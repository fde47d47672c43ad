//! Each lint shown right by simulation: a small scenario that has the finding and behaves as it says, and
//! a repaired twin that is clean and behaves.
//!
//! Counts out of 20 or 40 runs that must be all or none follow from probabilities beyond 1 − 10⁻⁶ unless
//! a test states its own level.

mod known;
mod load;
mod program;
mod reach;
mod routing;
mod sight;
mod span;

use crate::support::{arm, results, root};
use rollout_sim::lint::{Finding, Severity, check};
use rollout_sim::scenario::{Loaded, Scenario};
use rollout_sim::simulation::outcome::{Outcome, Verdict};

/// An endpoint of four instances without queues; the caller adds the rest. Ten requests a second, one
/// regression, one strategy called `s`, everything aligned at the minute. Green is up after a minute and
/// switches at once.
const BASE: &str = r#"
name = "lint"
[experiment]
runs = 20
seed = 11
horizon = "30m"
warm_up = "5m"
phase = "aligned"
[traffic]
arrivals = { poisson = { rate_per_s = 10.0 } }
[endpoint]
instances = 4
capacity = "unlimited"
provision = "1m"
switch = "0s"
price_per_hour = 1.0
[controller]
poll_interval = "0s"
[metrics]
delay = "0s"
[blue]
latency = { lognormal = { median = "50ms", p99 = "120ms" } }
errors_5xx = 0.001
[green]
[[regressions]]
name = "bad"
crash = true
[[alarms]]
name = "a"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.05
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
treat_missing_data = "notBreaching"
[[strategies]]
name = "s"
all_at_once = { final_bake = "10m" }
"#;

/// The base with some of its lines replaced; each must be there.
fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(BASE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old} is not in the scenario");
        text.replace(old, new)
    })
}

fn load(toml: &str) -> Loaded {
    Scenario::parse(toml, "lint.toml", &root())
        .unwrap_or_else(|errors| panic!("{}\n{toml}", errors.render(false)))
}

/// What is found, what cannot be judged apart.
fn findings(toml: &str) -> Vec<Finding> {
    let all = check(&load(toml)).expect("no trace is read");
    all.into_iter().filter(|finding| finding.severity != Severity::Unjudged).collect()
}

/// What cannot be judged: the lint's number, what, and why.
fn unjudged(toml: &str) -> Vec<(u8, String, String)> {
    let all = check(&load(toml)).expect("no trace is read");
    let unjudged = all.into_iter().filter(|finding| finding.severity == Severity::Unjudged);
    unjudged.map(|finding| (finding.number, finding.message, finding.arithmetic)).collect()
}

/// The one finding of this lint.
fn the(number: u8, toml: &str) -> Finding {
    let all = findings(toml);
    let found: Vec<&Finding> = all.iter().filter(|finding| finding.number == number).collect();
    let [only] = found.as_slice() else { panic!("not one finding {number}: {all:#?}") };
    (*only).clone()
}

/// Asserts that nothing at all is found.
fn assert_clean(toml: &str) {
    let findings = findings(toml);
    assert!(findings.is_empty(), "{findings:#?}");
}

/// The outcomes of the strategy against a regression.
fn outcomes(toml: &str, regression: &str) -> Vec<Outcome> {
    arm(&results(toml), "s", regression).into_iter().cloned().collect()
}

/// How many runs an alarm ended, and how many there were.
fn fired(toml: &str, regression: &str) -> (usize, usize) {
    let outcomes = outcomes(toml, regression);
    (outcomes.iter().filter(|outcome| outcome.alarm.is_some()).count(), outcomes.len())
}

/// How many runs of a bad release were caught, and how many there were.
fn caught(toml: &str) -> (usize, usize) {
    let outcomes = outcomes(toml, "bad");
    let caught = outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Caught).count();
    (caught, outcomes.len())
}

/// The number before " %" that follows `words` in the text, as a fraction.
fn stated(text: &str, words: &str) -> f64 {
    let after = text.split(words).nth(1).unwrap_or_else(|| panic!("no {words} in {text}"));
    let number = after.split(" %").next().expect("a number");
    number.trim().parse::<f64>().unwrap_or_else(|_| panic!("{number} is no number: {text}")) / 100.0
}

/// Asserts that a frequency of so many runs agrees with a probability: 4.5 standard errors, α = 7·10⁻⁶;
/// an error of 6 standard errors is caught in nine of ten cases.
fn assert_frequency((count, runs): (usize, usize), probability: f64) {
    let runs = f64::from(u32::try_from(runs).expect("not so many"));
    let frequency = f64::from(u32::try_from(count).expect("not so many")) / runs;
    let allowed = 4.5 * (probability * (1.0 - probability) / runs).sqrt() + 0.5 / runs;
    assert!(
        (frequency - probability).abs() <= allowed,
        "{count} of {runs} runs, but the lint says {probability} (± {allowed})"
    );
}
