//! How fast the simulation is: nanoseconds per request of one arm through the product's own path, and runs
//! per second of a ready-made scenario.
//!
//! Workload W: Poisson arrivals, 100 requests/s for an hour; two fleets of 4 instances, 90/10; lognormal
//! service of mean 20 ms and cv 0.5; 0.1 % and 2 % failures; per minute counts, errors, mean and an exact
//! p99 against a threshold. Machines are noisy: compare figures of one sitting only.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::{Overrides, Scenario};
use rollout_sim::simulation::replication::{ArmId, replicate};
use std::path::Path;

/// Workload W with requests queueing as `endpoint` says.
fn workload_w(endpoint: &str) -> Scenario {
    let toml = format!(
        r#"
name = "w"
[experiment]
horizon = "1h"
warm_up = "0s"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 100.0 }} }}
[endpoint]
instances = 4
provision = "0s"
switch = "0s"
shift_by = "percent"
{endpoint}
[blue]
latency = {{ lognormal = {{ mean = "20ms", cv = 0.5 }} }}
errors_5xx = 0.001
[green]
errors_5xx = 0.02
[[alarms]]
name = "p99"
metric = "ModelLatency"
statistic = "p99"
fleet = "both"
threshold = "200ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
[[alarms]]
name = "errors"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.5
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
[[strategies]]
name = "tenth"
steps = [{{ share = "10%", bake = "1h" }}]
"#
    );
    let loaded = Scenario::parse(&toml, "w.toml", Path::new("."));
    loaded.unwrap_or_else(|errors| panic!("{errors}")).scenario
}

/// One arm, or many that share the requests of a replication.
fn request_plane(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("request plane");
    for (name, endpoint, arms) in [
        ("queues of their own, random, 1 arm", "", 1),
        ("queues of their own, random, 16 arms", "", 16),
        ("one shared queue, 1 arm", "queue = \"shared\"", 1),
        ("one shared queue, 16 arms", "queue = \"shared\"", 16),
        ("least outstanding, 1 arm", "routing = \"least-outstanding\"", 1),
        ("least outstanding, 16 arms", "routing = \"least-outstanding\"", 16),
    ] {
        let scenario = workload_w(endpoint);
        let arms = vec![ArmId { strategy: 0, regression: 0 }; arms];
        let run = |replication| {
            replicate(&scenario, replication, &arms, false, &|| true)
                .expect("no trace is read")
                .expect("nobody interrupts")
        };
        // An element is a request of an arm; making the requests and the run without a deployment are
        // part of its cost.
        let requests: u64 = run(0).outcomes.iter().map(|outcome| outcome.to_horizon.requests).sum();
        group.throughput(Throughput::Elements(requests));
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
