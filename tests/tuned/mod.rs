//! Made-up results of a tuning, of the shape of real ones: two strategies in several variants, an alarm in
//! several shapes, thresholds from too nervous to too deaf, traffic that is not known exactly. The figures
//! follow from binomial minutes; the best policy is confirmed.

#![allow(dead_code, reason = "each test binary uses its own part")]

use rollout_sim::alarm::spec::AlarmSpec;
use rollout_sim::scenario::Scenario;
use rollout_sim::scenario::tune::{
    Expansion, LossPrices, Objective, PlanVariant, Shape, TuneSpec, Uncertainty,
};
use rollout_sim::stats::Interval;
use rollout_sim::stats::limit::{most_kept, most_likely_kept};
use rollout_sim::telemetry::ratio::Ratio;
use rollout_sim::tuning::results::{
    Detection, Evaluated, Fifth, Mean, Performance, Policy, Setting, Share, TuneResults,
};
use rollout_sim::tuning::standing::Standing;
use std::path::Path;

/// Everything but strategies and alarms.
pub(crate) const GROUND: &str = r#"
name = "fraud-model-v2"
[experiment]
runs = 1000
seed = 42
horizon = "90m"
warm_up = "15m"
baseline = "none"
[traffic]
arrivals = { poisson = { rate_per_s = 120.0 } }
users = 40000
[endpoint]
concurrency = 1
instances = 20
[blue]
latency = { constant = "35ms" }
errors_5xx = 0.001
[[regressions]]
name = "5xx at 3 %"
errors = { errors_5xx = 0.03 }
[[regressions]]
name = "5xx at 1.2 %"
errors = { errors_5xx = 0.012 }
[[regressions]]
name = "5xx at 0.5 %"
errors = { errors_5xx = 0.005 }
"#;

/// The alarm as written.
pub(crate) const ALARM: &str = r#"
[[alarms]]
name = "5xx-rate"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.01
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
"#;

/// Name, form, what is changed; share and length of the first step [min].
type Variant = (&'static str, &'static str, &'static [(&'static str, &'static str)], f64, f64);

/// Strategies, and what is changed of them.
const PLANS: [Variant; 5] = [
    (
        "canary 10 %",
        r#"canary = { size = "10%", bake = "10m", final_bake = "10m" }"#,
        &[],
        0.1,
        10.0,
    ),
    (
        "canary 10 % (canary.size = 5%)",
        r#"canary = { size = "5%", bake = "10m", final_bake = "10m" }"#,
        &[("canary.size", "5%")],
        0.05,
        10.0,
    ),
    (
        "canary 10 % (canary.bake = 4m)",
        r#"canary = { size = "10%", bake = "4m", final_bake = "10m" }"#,
        &[("canary.bake", "4m")],
        0.1,
        4.0,
    ),
    (
        "linear 25 %",
        r#"linear = { step = "25%", bake = "5m", final_bake = "10m" }"#,
        &[],
        0.25,
        15.0,
    ),
    (
        "linear 25 % (linear.bake = 10m)",
        r#"linear = { step = "25%", bake = "10m", final_bake = "10m" }"#,
        &[("linear.bake", "10m")],
        0.25,
        30.0,
    ),
];

/// Indices of the strategies as written.
const WRITTEN: [usize; 5] = [0, 0, 0, 1, 1];
const M_OF_N: [(u32, u32); 6] = [(1, 1), (2, 2), (2, 3), (3, 3), (3, 5), (4, 5)];
const RATES: [f64; 4] = [0.001, 0.03, 0.012, 0.005];
const HALF: u64 = 500;

/// How many of each there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) plans: usize,
    pub(crate) shapes: usize,
    pub(crate) thresholds: i32,
    pub(crate) max_false_rollback: f64,
}

pub(crate) const USUAL: Extent =
    Extent { plans: 5, shapes: 6, thresholds: 40, max_false_rollback: 0.03 };

/// A scenario of these alarms and strategies on the usual ground.
pub(crate) fn scenario(alarms: &str, strategies: &str) -> Scenario {
    let text = format!("{GROUND}{alarms}{strategies}");
    Scenario::parse(&text, "tuned.toml", Path::new(".")).expect("a good scenario").scenario
}

/// Results in which the first strategy of a scenario is best as it is, nothing of it being set.
pub(crate) fn as_written(scenario: Scenario) -> TuneResults {
    let extent = Extent { plans: 1, shapes: 1, thresholds: 1, max_false_rollback: 1.0 };
    let mut results = results(extent);
    let mut best = results.candidates[0].clone();
    best.policy = Policy { plan: 0, settings: Vec::new() };
    best.reported.regressions.clear();
    best.chosen_on.regressions.clear();
    let plans = (0..scenario.strategies.len())
        .map(|strategy| PlanVariant { strategy, changes: Vec::new() })
        .collect();
    let uncertainty = Uncertainty::none();
    results.expansion = Expansion { scenario, plans, shapes: Vec::new(), uncertainty };
    results.present = vec![best.clone()];
    results.ranking = vec![best.clone()];
    results.candidates = vec![best.clone()];
    results.front = vec![best.clone()];
    results.best = Some(best);
    results.standing = Some(Standing::Confirmed);
    results.nearest = None;
    results
}

/// Results of a search over so much.
pub(crate) fn results(extent: Extent) -> TuneResults {
    let plans = &PLANS[..extent.plans];
    let strategies: String = plans
        .iter()
        .map(|(name, form, ..)| format!("[[strategies]]\nname = \"{name}\"\n{form}\n"))
        .collect::<Vec<_>>()
        .concat();
    let expansion = Expansion {
        scenario: scenario(ALARM, &strategies),
        plans: plans
            .iter()
            .zip(WRITTEN)
            .map(|((_, _, changes, ..), strategy)| PlanVariant {
                strategy,
                changes: owned(changes),
            })
            .collect(),
        shapes: Vec::new(),
        uncertainty: Uncertainty::of_traffic(0.25),
    };
    let written = expansion.scenario.alarms[0].clone();
    // The shape as written stands third, or alone.
    let wanted = if extent.shapes == 1 { &M_OF_N[2..3] } else { &M_OF_N[..extent.shapes] };
    let shapes: Vec<Shape> = wanted.iter().map(|&m_of_n| shape(&written, m_of_n)).collect();
    let mut results = TuneResults {
        chance: None,
        spec: TuneSpec {
            max_false_rollback: extent.max_false_rollback,
            max_missed: 0.5,
            minimise: Objective::Harm,
            priors: vec![0.9, 0.03, 0.04, 0.03],
            prices: LossPrices::default(),
            precision: None,
            noticed_after_s: 14_400.0,
        },
        expansion: Expansion { shapes, ..expansion },
        present: Vec::new(),
        best: None,
        idle: Vec::new(),
        alternatives: Vec::new(),
        too_near: None,
        standing: None,
        price: None,
        left_out: Vec::new(),
        remedies: Vec::new(),
        nearest: None,
        ranking: Vec::new(),
        front: Vec::new(),
        candidates: Vec::new(),
        policies_compared: 12_345,
        lost_by_choosing: None,
        runs_asked: 2 * HALF,
        runs: 2 * HALF,
        warnings: Vec::new(),
    };
    fill(&mut results, extent);
    results
}

fn fill(results: &mut TuneResults, extent: Extent) {
    let present = results.expansion.shapes.iter().position(Shape::is_present);
    for (plan, (_, _, changes, ..)) in PLANS.iter().enumerate().take(extent.plans) {
        for shape in 0..results.expansion.shapes.len() {
            for step in 0..extent.thresholds {
                let threshold = Ratio::new(i128::from(5 + 5 * step), 10_000);
                let one = evaluated(results, plan, shape, threshold);
                results.candidates.push(one);
            }
        }
        if let Some(shape) = present.filter(|_| changes.is_empty()) {
            let one = evaluated(results, plan, shape, Ratio::new(1, 100));
            results.present.push(one);
        }
    }
    let goal = |one: &Evaluated| one.chosen_on.objective.expect("an objective").value;
    // With a margin, so that the other half confirms it.
    let limit = results.spec.max_false_rollback;
    let allowed = most_likely_kept(limit, HALF, 0.95).unwrap_or(0);
    let may_be_chosen =
        |one: &&Evaluated| one.feasible && one.chosen_on.false_rollback.count <= allowed;
    let mut feasible: Vec<Evaluated> =
        results.candidates.iter().filter(may_be_chosen).cloned().collect();
    feasible.sort_by(|a, b| goal(a).total_cmp(&goal(b)));
    for one in &feasible {
        let key = |of: &Evaluated| (of.policy.plan, of.policy.settings[0].shape);
        if !results.ranking.iter().any(|ranked| key(ranked) == key(one)) {
            results.ranking.push(one.clone());
        }
    }
    results.best = feasible.first().cloned();
    if let Some(best) = &results.best {
        let reported = best.reported.objective.expect("an objective").value;
        results.lost_by_choosing = Some(reported - goal(best));
        let most = most_kept(limit, HALF).expect("enough runs to confirm it");
        assert!(best.reported.false_rollback.count <= most, "what is best is confirmed");
        results.standing = Some(Standing::Confirmed);
    } else {
        let excess = |one: &Evaluated| one.chosen_on.false_rollback.count;
        let order = |a: &&Evaluated, b: &&Evaluated| {
            excess(a).cmp(&excess(b)).then(goal(a).total_cmp(&goal(b)))
        };
        results.nearest = results.candidates.iter().min_by(order).cloned();
    }
    results.front = front(&feasible);
}

fn front(feasible: &[Evaluated]) -> Vec<Evaluated> {
    let place = |one: &Evaluated| {
        let time = one.reported.full_traffic_s.expect("a time").value;
        (time, one.reported.objective.expect("an objective").value)
    };
    let mut front: Vec<Evaluated> = feasible
        .iter()
        .filter(|one| {
            let (time, failed) = place(one);
            !feasible.iter().any(|other| {
                let (t, f) = place(other);
                t <= time && f <= failed && (t < time || f < failed)
            })
        })
        .cloned()
        .collect();
    front.sort_by(|a, b| place(a).0.total_cmp(&place(b).0));
    front.dedup_by(|a, b| a.policy.plan == b.policy.plan);
    front
}

fn owned(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    changes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn shape(written: &AlarmSpec, (m, n): (u32, u32)) -> Shape {
    let is_written = (m, n) == (written.datapoints_to_alarm, written.evaluation_periods);
    let (m_text, n_text) = (m.to_string(), n.to_string());
    let changes = [("datapoints_to_alarm", m_text.as_str()), ("evaluation_periods", &n_text)];
    Shape {
        alarm: 0,
        spec: AlarmSpec { datapoints_to_alarm: m, evaluation_periods: n, ..written.clone() },
        changes: if is_written { Vec::new() } else { owned(&changes) },
        thresholds: Vec::new(),
    }
}

fn evaluated(results: &TuneResults, plan: usize, shape: usize, threshold: Ratio) -> Evaluated {
    let t = threshold.as_f64();
    let step = 0.00025;
    let setting = Setting { shape, threshold, equivalent: (t - step, t + step * 0.8) };
    let chosen_on = performance(results, plan, shape, t);
    let reported = performance(results, plan, shape, t + 0.00012);
    let spec = &results.spec;
    let within = |share: &Share, most: f64| real(share.count) <= most * real(share.of);
    let feasible = within(&chosen_on.false_rollback, spec.max_false_rollback)
        && chosen_on.regressions.iter().all(|one| within(&one.missed, spec.max_missed));
    let policy = Policy { plan, settings: vec![setting] };
    Evaluated { policy, chosen_on, reported, feasible, has_margin: feasible }
}

fn performance(results: &TuneResults, plan: usize, shape: usize, threshold: f64) -> Performance {
    let (_, _, _, first_step, bake_min) = PLANS[plan];
    let spec = &results.expansion.shapes[shape].spec;
    let (m, n) = (spec.datapoints_to_alarm, spec.evaluation_periods);
    let minutes = bake_min + 10.0;
    // A minute of the first step has 7200·share requests.
    let window = |rate: f64| {
        let sd = (rate * (1.0 - rate) / (7_200.0 * first_step)).sqrt();
        let breach = 1.0 / (1.0 + ((threshold - rate) / sd * 1.7).min(60.0).exp());
        at_least(m, n, breach)
    };
    let false_share = 1.0 - (1.0 - window(RATES[0]) * 0.5).powf(minutes);
    let regressions: Vec<Detection> = (1..RATES.len())
        .map(|regression| {
            let hit = window(RATES[regression]).max(1e-12);
            let found = 1.0 - (1.0 - hit * 0.7).powf(minutes);
            let median = 60.0 * (f64::from(n) + 0.6 + 0.7 / hit.max(0.03));
            let mean_s = 60.0 * minutes.min(f64::from(n) + 1.0 / hit);
            let faulty_s = found * mean_s + (1.0 - found) * 5_000.0;
            let during = if found > 0.5 { first_step } else { 0.6 };
            let failed = 120.0 * faulty_s * during * (RATES[regression] - RATES[0]);
            let by_chance = count(false_share);
            let caught = count(found).min(HALF - by_chance);
            Detection {
                regression,
                caught: of(caught),
                missed: share(HALF - caught - by_chance, HALF - by_chance),
                by_chance: of(by_chance),
                earlier: caught,
                later: count(false_share * 0.1),
                time_to_detect_s: (caught > 0).then_some([median * 0.8, median, median * 1.4]),
                noticed_s: Some(mean(faulty_s)),
                harm: Some(mean(1.2 * failed)),
                failed_requests: Some(mean(failed)),
                users_touched: Some(mean((faulty_s * 9.0).min(40_000.0))),
                extra_cost_usd: Some(mean(1.4)),
            }
        })
        .collect();
    let weights = [0.3, 0.4, 0.3];
    let harm: f64 = regressions
        .iter()
        .zip(weights)
        .map(|(one, weight)| weight * one.harm.expect("a mean").value)
        .sum();
    // Where traffic is low, alarms are more nervous.
    let fifth = |nervous: f64| Fifth {
        false_rollback: share(count(false_share * nervous / 5.0), HALF / 5),
        missed: share(count(nervous / 100.0), HALF / 5),
    };
    Performance {
        replications: HALF,
        false_rollback: of(count(false_share)),
        fifths: vec![fifth(1.0), fifth(0.2)],
        full_traffic: of(HALF - count(false_share)),
        full_traffic_s: Some(mean(300.0 + 60.0 * bake_min + 60.0)),
        healthy_extra_cost_usd: Some(mean(0.02 * minutes + 0.4)),
        regressions,
        objective: Some(mean(harm)),
        harm: Some(mean(harm)),
        expected_loss_usd: None,
    }
}

/// Of n minutes, each breaching with this probability, at least m breach.
fn at_least(m: u32, n: u32, p: f64) -> f64 {
    (m..=n)
        .map(|k| {
            let ways: f64 = (0..k).map(|i| f64::from(n - i) / f64::from(k - i)).product();
            ways * p.powf(f64::from(k)) * (1.0 - p).powf(f64::from(n - k))
        })
        .sum()
}

fn mean(value: f64) -> Mean {
    let interval = Some(Interval { low: value * 0.96, high: value * 1.04 });
    Mean { value, interval }
}

/// A share of the half.
fn of(count: u64) -> Share {
    share(count, HALF)
}

/// A share of so many runs, with about Wilson's interval.
fn share(count: u64, of: u64) -> Share {
    if of == 0 {
        return Share { count, of, interval: None };
    }
    let (k, n) = (real(count), real(of));
    let (p, z) = (k / n, 1.96);
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let interval = Some(Interval { low: (middle - half).max(0.0), high: (middle + half).min(1.0) });
    Share { count, of, interval }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a few hundred"
)]
fn count(share: f64) -> u64 {
    (share * real(HALF)).round() as u64
}

fn real(count: u64) -> f64 {
    f64::from(u32::try_from(count).expect("a small count"))
}
