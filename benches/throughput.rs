//! How fast the simulation is: nanoseconds per request of one arm through the product's own path, and runs
//! per second of a ready-made scenario.
//!
//! Workload W is `benches/workload/w.toml`. Machines are noisy: compare figures of one sitting only.

#[path = "workload/mod.rs"]
mod workload;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::{Overrides, Scenario};
use std::path::Path;

/// One arm, or many that share the requests of a replication.
fn request_plane(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request plane");
    for (name, settings, arms) in [
        ("queues of their own, random, 1 arm", &[][..], 1),
        ("queues of their own, random, 16 arms", &[], 16),
        ("one shared queue, 1 arm", &["endpoint.queue=shared"], 1),
        ("one shared queue, 16 arms", &["endpoint.queue=shared"], 16),
        ("least outstanding, 1 arm", &["endpoint.routing=least-outstanding"], 1),
        ("least outstanding, 16 arms", &["endpoint.routing=least-outstanding"], 16),
    ] {
        let scenario = workload::scenario("w.toml", settings);
        let arms = workload::arms(arms);
        let run = |replication| workload::product(&scenario, &arms, replication);
        // An element is a request of an arm; making the requests and the run without a deployment are
        // part of its cost.
        group.throughput(Throughput::Elements(workload::requests(&run(0))));
        group.sample_size(10);
        let mut replication = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                replication += 1;
                run(replication)
            });
        });
    }
    group.finish();
}

/// All arms of `fraud-canary.toml`; an element is a run.
fn fraud_canary(criterion: &mut Criterion) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/fraud-canary.toml");
    let overrides = Overrides { runs: Some(4), ..Overrides::default() };
    let loaded = Scenario::load_with(Path::new(path), &overrides);
    let scenario = loaded.unwrap_or_else(|errors| panic!("{errors}")).scenario;
    let runs = 4 * scenario.strategies.len() * scenario.regressions.len();
    let mut group = criterion.benchmark_group("fraud-canary.toml");
    group.throughput(Throughput::Elements(runs as u64));
    group.sample_size(10);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        group.bench_function(format!("{threads} thread(s)"), |bencher| {
            bencher.iter(|| pool.install(|| run(&scenario, &Unwatched).expect("no trace is read")));
        });
    }
    group.finish();
}

criterion_group!(benches, request_plane, fraud_canary);
criterion_main!(benches);
