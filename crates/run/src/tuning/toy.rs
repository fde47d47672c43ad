//! Judged runs without a simulation, of which everything is known in closed form.
//!
//! An alarm is looked at `LOOKS` times, a minute apart; its datapoint at each look is uniform on 0 to 1, plus
//! a shift d if the release is faulty: the releases of a replication share their luck. So a threshold t rolls
//! a good release back with probability 1 − t^K. For t from d to 1 it misses a faulty one with probability
//! q^K, where q = t − d. Where it first goes off at a look of the faulty release, the good one has been quiet
//! before, and is quiet there, too, with probability d/(1 − q): so often the fault is caught, and else rolled
//! back by chance.

use crate::alarm::spec::AlarmSpec;
use crate::scenario::Scenario;
use crate::scenario::tune::{
    Expansion, LossPrices, Objective, PlanVariant, Shape, TuneSpec, Uncertainty,
};
use crate::simulation::outcome::{End, GivenUp, GivenUpBy};
use crate::telemetry::ratio::Ratio;
use crate::time::SimTime;
use crate::tuning::curve::{Curve, Step};
use crate::tuning::judged::{Ending, Harm, JudgedReplication, JudgedRun, Unnoticed};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::Path;

/// K.
pub(super) const LOOKS: u32 = 5;
pub(super) const CONFIDENCE: f64 = 0.95;
/// A faulty release fails so many requests a minute, as long as it serves.
pub(super) const FAILS_PER_MINUTE: f64 = 100.0;
/// Besides, it answers so many slowly and so many wrongly a minute, some of them both.
const SLOW_PER_MINUTE: f64 = 30.0;
const WRONG_PER_MINUTE: f64 = 10.0;
const HARMED_PER_MINUTE: f64 = 120.0;
/// A release that is never given up has been out for so long when its rollout ends, a minute after the last
/// look.
pub(super) const MINUTES_TO_END: f64 = 6.0;
/// And is noticed so much later.
pub(super) const NOTICED_AFTER_S: f64 = 120.0;

/// Present thresholds of two alarms, each watched for a share of the requests that fails.
const SCENARIO: &str = r#"
name = "toy"
[experiment]
runs = 20
horizon = "60m"
[traffic]
arrivals = { poisson = { rate_per_s = 20.0 } }
[endpoint]
concurrency = 1
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
        noticed_after_s: NOTICED_AFTER_S,
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

/// What so many minutes of a faulty release do.
pub(super) fn harm(minutes: f64) -> Harm {
    Harm {
        failed: FAILS_PER_MINUTE * minutes,
        slow: SLOW_PER_MINUTE * minutes,
        wrong: WRONG_PER_MINUTE * minutes,
        any: HARMED_PER_MINUTE * minutes,
    }
}

/// The end after a look, or without any: faulty releases do harm until then.
pub(super) fn ending(look: u32, healthy: bool) -> Ending {
    let at = minutes(look + 1);
    Ending {
        end: if look < LOOKS { End::RolledBack } else { End::Promoted },
        given_up: (look < LOOKS).then_some(GivenUp { at, by: GivenUpBy::Alarm }),
        first_faulty_exposure: (!healthy).then_some(SimTime::ZERO),
        full_traffic: (look >= 2).then(|| minutes(2)),
        harm: if healthy { Harm::default() } else { harm(f64::from(look + 1)) },
        users_touched: Some(1.5 * f64::from(look)),
        extra_cost_usd: Some(0.25 * f64::from(look)),
    }
}

/// What a release that is never given up goes on to do.
pub(super) fn unnoticed(healthy: bool) -> Unnoticed {
    let of = |minutes: f64| if healthy { Harm::default() } else { harm(minutes) };
    Unnoticed {
        ended: SimTime::from_secs_f64(60.0 * MINUTES_TO_END),
        to_end: of(MINUTES_TO_END),
        per_s: of(1.0 / 60.0),
    }
}

/// A run of these curves, one for each shape.
pub(super) fn run(curves: Vec<Curve>, healthy: bool) -> JudgedRun {
    JudgedRun {
        curves: curves.into_iter().map(Some).collect(),
        fixed: None,
        lets_none_count: false,
        endings: (0..=LOOKS).map(|look| ending(look, healthy)).collect(),
        unnoticed: unnoticed(healthy),
    }
}

/// Replications of one plan, given what the shapes' alarms see: of each replication, of each release (the
/// good one first), of each shape the datapoints, look by look. All are of even number, so that they choose;
/// the same again, of odd number, report.
pub(super) fn seen<'d>(
    replications: impl IntoIterator<Item = Vec<Vec<&'d [f64]>>>,
) -> Vec<JudgedReplication> {
    let curves = |shapes: &Vec<&[f64]>| -> Vec<Curve> {
        shapes.iter().map(|datapoints| records(datapoints.iter().copied())).collect()
    };
    let runs = |releases: Vec<Vec<&[f64]>>| -> Vec<JudgedRun> {
        let numbered = releases.iter().enumerate();
        numbered.map(|(release, shapes)| run(curves(shapes), release == 0)).collect()
    };
    let twice = replications.into_iter().map(runs).flat_map(|runs| [runs.clone(), runs]);
    let numbered = (0..).zip(twice);
    numbered.map(|(replication, runs)| judged(replication, runs)).collect()
}

/// A replication in which nothing is uncertain.
pub(super) fn judged(replication: u64, runs: Vec<JudgedRun>) -> JudgedReplication {
    JudgedReplication { replication, places: Vec::new(), runs }
}

/// Replications of the toy: a shift for each release, the first of them good; alarms are independent of each
/// other, releases share their luck.
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
        let of = |(release, shift): (usize, &f64)| {
            let curves = noise.iter().map(|noise| records(noise.iter().map(|value| value + shift)));
            run(curves.collect(), release == 0)
        };
        judged(replication, shifts.iter().enumerate().map(of).collect())
    };
    (0..count).map(replication).collect()
}
