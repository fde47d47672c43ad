//! Judged runs without a simulation, of which everything is known in closed form.
//!
//! An alarm is looked at `LOOKS` times, a minute apart; its datapoint at each look is uniform on 0 to 1, plus
//! a shift if the release is faulty. So a threshold t rolls a good release back with probability 1 − t^K,
//! and misses a regression of shift d with probability (t − d)^K for t from d to 1.

use crate::alarm::spec::AlarmSpec;
use crate::scenario::Scenario;
use crate::scenario::tune::{
    Expansion, LossPrices, Objective, PlanVariant, Shape, TuneSpec, Uncertainty,
};
use crate::simulation::outcome::{End, Verdict};
use crate::telemetry::ratio::Ratio;
use crate::time::{SimDuration, SimTime};
use crate::tuning::curve::{Curve, Step};
use crate::tuning::judged::{Ending, JudgedReplication, JudgedRun};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::Path;

/// K.
pub(super) const LOOKS: u32 = 5;
pub(super) const CONFIDENCE: f64 = 0.95;
pub(super) const HORIZON: SimDuration = SimDuration::from_secs(3600);
/// A faulty release fails so many requests a minute.
pub(super) const FAILS_PER_MINUTE: u64 = 100;

/// Present thresholds of two alarms, each watched for a share of the requests that fails.
const SCENARIO: &str = r#"
name = "toy"
[experiment]
runs = 20
horizon = "60m"
[traffic]
arrivals = { poisson = { rate_per_s = 20.0 } }
[endpoint]
instances = 4
price_per_hour = 1.0
[blue]
latency = { constant = "50ms" }
[[regressions]]
name = "faulty"
crash = true
[[alarms]]
name = "first"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.5
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
[[strategies]]
name = "all"
all_at_once = { final_bake = "10m" }
"#;

/// A plan that reads so many alarms, and releases: a good one and one for each prior given.
pub(super) fn expansion(alarms: usize, faulty: usize) -> Expansion {
    let loaded = Scenario::parse(SCENARIO, "toy.toml", Path::new("."));
    let mut scenario = loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false))).scenario;
    let regression = scenario.regressions[1].clone();
    scenario.regressions.truncate(1);
    scenario.regressions.extend(std::iter::repeat_n(regression, faulty));
    let alarm = scenario.alarms[0].clone();
    scenario.alarms = vec![alarm; alarms];
    scenario.strategies.truncate(1);
    scenario.strategies[0].alarms = (0..alarms).collect();
    let shapes = (0..alarms).map(|index| shape(index, &scenario.alarms[index], &[])).collect();
    let plans = vec![PlanVariant { strategy: 0, changes: Vec::new() }];
    Expansion { scenario, plans, shapes, uncertainty: Uncertainty::none() }
}

pub(super) fn shape(alarm: usize, spec: &AlarmSpec, thresholds: &[Ratio]) -> Shape {
    let thresholds = thresholds.to_vec();
    Shape { alarm, spec: spec.clone(), changes: Vec::new(), thresholds }
}

pub(super) fn spec(limits: (f64, f64), minimise: Objective, priors: &[f64]) -> TuneSpec {
    TuneSpec {
        max_false_rollback: limits.0,
        max_missed: limits.1,
        minimise,
        priors: priors.to_vec(),
        prices: LossPrices {
            failed_request_usd: 0.5,
            false_rollback_usd: 300.0,
            missed_usd: 7.0,
            ..LossPrices::default()
        },
        precision: None,
        noticed_after_s: 14_400.0,
    }
}

/// The curve of an alarm above a threshold, from its datapoints: its records.
pub(super) fn records(datapoints: impl IntoIterator<Item = f64>) -> Curve {
    let mut curve = Curve::default();
    for (look, below) in (0_u32..).zip(datapoints) {
        if curve.steps.last().is_none_or(|last| below > last.below) {
            curve.steps.push(Step { below, look, since: minutes(look + 1) });
        }
    }
    curve
}

pub(super) fn minutes(minutes: u32) -> SimTime {
    SimTime::from_secs_f64(60.0 * f64::from(minutes))
}

/// The end after a look, or without any: faulty releases fail requests until then.
pub(super) fn ending(look: u32, healthy: bool) -> Ending {
    let fails = if healthy { 0 } else { FAILS_PER_MINUTE * u64::from(look + 1) };
    Ending {
        end: if look < LOOKS { End::RolledBack } else { End::Promoted },
        verdict_without_alarm: if healthy { Verdict::Passed } else { Verdict::Missed },
        first_faulty_exposure: (!healthy).then_some(SimTime::ZERO),
        full_traffic: (look >= 2).then(|| minutes(2)),
        failed_requests: fails,
        faulty_green_requests: 10 * fails,
        users_touched: 1.5 * f64::from(look),
        extra_cost_usd: 0.25 * f64::from(look),
    }
}

/// Replications of the toy: a shift for each release, the good one 0; alarms are independent of each other,
/// releases share their luck.
pub(super) fn replications(
    seed: u64,
    count: u64,
    alarms: usize,
    shifts: &[f64],
) -> Vec<JudgedReplication> {
    let replication = |replication: u64| {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed * 1_000_003 + replication);
        let noise: Vec<Vec<f64>> =
            (0..alarms).map(|_| (0..LOOKS).map(|_| rng.random_range(0.0..1.0)).collect()).collect();
        let run = |&shift: &f64| JudgedRun {
            curves: noise
                .iter()
                .map(|noise| Some(records(noise.iter().map(|value| value + shift))))
                .collect(),
            fixed: None,
            lets_none_count: false,
            endings: (0..=LOOKS).map(|look| ending(look, shift <= 0.0)).collect(),
        };
        JudgedReplication { replication, runs: shifts.iter().map(run).collect() }
    };
    (0..count).map(replication).collect()
}
