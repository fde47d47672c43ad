//! How much faster policies are played than simulated, on `scenarios/fraud-canary.toml`.
//!
//! - `simulate` is one run in the closed loop, `record` the tape of it with all its forks;
//! - `play` plays one policy (all alarms of a strategy) on one tape, evaluation by evaluation;
//! - `curve` judges one alarm shape on one tape at every threshold;
//! - `policies` plays 10 000 policies on 1 000 runs, that is 10 million policy-runs, on all threads.
//!
//! Machines are noisy: compare figures of one sitting only.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::prelude::*;
use rollout_sim::alarm::spec::AlarmSpec;
use rollout_sim::scenario::Scenario;
use rollout_sim::scenario::tune::{Expansion, PlanVariant, Shape, Uncertainty};
use rollout_sim::simulation::replication::{ArmId, replicate};
use rollout_sim::simulation::tape::{Keeping, Tape, record};
use rollout_sim::tuning::judge::{curve, judge};
use rollout_sim::tuning::judged::{Against, JudgedReplication};
use std::hint::black_box;
use std::path::Path;

const CANARY: ArmId = ArmId { strategy: 2, regression: 1 };

fn fraud_canary() -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/fraud-canary.toml");
    Scenario::load(&path).expect("a ready-made scenario").scenario
}

/// The two alarms of the canary, each in four shapes.
fn shapes(scenario: &Scenario) -> Vec<Shape> {
    let heeded = &scenario.strategies[CANARY.strategy].alarms;
    let m_of_n = [(1, 1), (2, 3), (3, 5), (5, 5)];
    let shape = |alarm: usize, (m, n): (u32, u32)| Shape {
        alarm,
        spec: AlarmSpec {
            datapoints_to_alarm: m,
            evaluation_periods: n,
            ..scenario.alarms[alarm].clone()
        },
        changes: Vec::new(),
        thresholds: Vec::new(),
    };
    heeded.iter().flat_map(|&alarm| m_of_n.map(|m_of_n| shape(alarm, m_of_n))).collect()
}

fn tape(scenario: &Scenario, alarms: &[(usize, AlarmSpec)], replication: u64) -> Tape {
    let keeping = Keeping { alarms, all_latencies: false };
    let tapes = record(scenario, replication, &[CANARY], keeping, &|| true);
    tapes.expect("no trace").expect("nobody interrupts").remove(0)
}

fn one_run(criterion: &mut Criterion) {
    let scenario = fraud_canary();
    let shapes = shapes(&scenario);
    let alarms: Vec<_> = shapes.iter().map(|shape| (shape.alarm, shape.spec.clone())).collect();
    let recorded = tape(&scenario, &alarms, 0);
    let heeded = &scenario.strategies[CANARY.strategy].alarms;
    let mut group = criterion.benchmark_group("one run of fraud-canary");
    group.sample_size(10);
    group.bench_function("simulate", |bencher| {
        bencher.iter(|| replicate(&scenario, 0, &[CANARY], false, &|| true));
    });
    group.bench_function("record", |bencher| bencher.iter(|| tape(&scenario, &alarms, 0)));
    group.bench_function("play", |bencher| {
        bencher.iter(|| recorded.play(&scenario, black_box(&scenario.alarms), heeded));
    });
    for shape in [&shapes[1], &shapes[5]] {
        group.bench_function(format!("curve of {}", shape.spec.name), |bencher| {
            bencher.iter(|| curve(&scenario, &recorded, black_box(shape)));
        });
    }
    group.finish();
}

/// 10 000 policies: each combination of the shapes and of 25 thresholds of either alarm.
fn policies(scenario: &Scenario, shapes: &[Shape]) -> Vec<Vec<(usize, u32, f64)>> {
    let heeded = &scenario.strategies[CANARY.strategy].alarms;
    let of = |alarm: usize| -> Vec<(usize, u32, f64)> {
        let own = shapes.iter().enumerate().filter(move |(_, shape)| shape.alarm == alarm);
        own.flat_map(|(index, shape)| {
            let present = shape.spec.threshold.as_f64();
            let number = u32::try_from(alarm).expect("few alarms");
            (1..=25_u32).map(move |step| (index, number, present * f64::from(step) / 10.0))
        })
        .collect()
    };
    let (first, second) = (of(heeded[0]), of(heeded[1]));
    first.iter().flat_map(|&a| second.iter().map(move |&b| vec![a, b])).collect()
}

fn many_policies(criterion: &mut Criterion) {
    let mut scenario = fraud_canary();
    let shapes = shapes(&scenario);
    let policies = policies(&scenario, &shapes);
    scenario.strategies = vec![scenario.strategies[CANARY.strategy].clone()];
    scenario.regressions.truncate(2);
    let plans = vec![PlanVariant { strategy: 0, changes: Vec::new() }];
    let expansion = Expansion { scenario, plans, shapes, uncertainty: Uncertainty::none() };
    // 20 replications with a healthy and a faulty release, gone through 25 times.
    let judged: Vec<JudgedReplication> = (0..20)
        .map(|replication| judge(&expansion, replication, &|| true))
        .map(|judged| judged.expect("no trace").expect("nobody interrupts"))
        .collect();
    let runs: Vec<_> = judged.iter().flat_map(|judged| &judged.runs).cycle().take(1_000).collect();
    let mut group = criterion.benchmark_group("policies");
    group.sample_size(10);
    group.throughput(Throughput::Elements(policies.len() as u64 * runs.len() as u64));
    group.bench_function("10 000 policies on 1 000 runs", |bencher| {
        bencher.iter(|| {
            let against = Against { is_good: true, healthy_given_up_at: None };
            let rolled_back = |policy: &Vec<(usize, u32, f64)>| {
                runs.iter().filter(|run| run.play(policy, against).firing.is_some()).count()
            };
            policies.par_iter().map(rolled_back).sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, one_run, many_policies);
criterion_main!(benches);
