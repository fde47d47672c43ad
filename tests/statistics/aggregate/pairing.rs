//! Common random numbers, and independence of threads and of company.

use super::compare::{moments, real};
use crate::support::{arm, results, scenario, small};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::simulation::replication::{ArmId, replicate};

fn toml(runs: u32) -> String {
    let rest = "[[regressions]]\nname = \"errors\"\nerrors = { errors_5xx = 0.03 }\n\
                [[regressions]]\nname = \"slow\"\nlatency = { factor = 1.4 }\n"
        .to_owned()
        + crate::support::GREEN_5XX
        + crate::support::STRATEGIES;
    let text = small("", &rest).replace("phase = \"aligned\"\n", "fidelity = \"aggregate\"\n");
    text.replace("runs = 20", &format!("runs = {runs}"))
}

#[test]
fn a_replication_is_the_same_traffic_for_every_strategy_and_release() {
    let results = results(&toml(60));
    let healthy = arm(&results, "all", "healthy");
    for strategy in ["all", "canary", "linear"] {
        for release in ["healthy", "errors", "slow"] {
            for (run, other) in arm(&results, strategy, release).iter().zip(&healthy) {
                let (own, others) = (run.to_horizon, other.to_horizon);
                assert_eq!(own.counts.requests, others.counts.requests);
                // What would have failed without the deployment.
                let without = |failed: u64, excess: i64| failed.cast_signed() - excess;
                assert_eq!(
                    without(own.counts.failed, own.counts.excess()),
                    without(others.counts.failed, others.counts.excess())
                );
                assert!(own.counts.attributable <= own.counts.failed);
            }
        }
    }
    let requests: Vec<u64> = healthy.iter().map(|run| run.to_horizon.counts.requests).collect();
    assert!(requests.windows(2).any(|pair| pair[0] != pair[1]), "replications differ");
}

/// The variance of a difference between two strategies against that of independent runs: pairing must at
/// least halve it.
#[test]
fn pairing_pays() {
    let results = results(&toml(400));
    let column = |strategy: &str,
                  release: &str,
                  value: fn(&rollout_sim::simulation::outcome::Outcome) -> f64| {
        arm(&results, strategy, release).into_iter().map(value).collect::<Vec<f64>>()
    };
    let gain = |a: &[f64], b: &[f64]| {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        (moments(a).1 + moments(b).1) / moments(&differences).1
    };
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let failed =
        |strategy, release| column(strategy, release, |run| run.to_horizon.counts.failed as f64);
    let mean = |strategy, release| {
        column(strategy, release, |run| run.all_times.response_mean_s.unwrap_or_default())
    };
    let gains = [
        gain(&failed("canary", "healthy"), &failed("linear", "healthy")),
        gain(&failed("all", "healthy"), &failed("all", "errors")),
        gain(&mean("canary", "healthy"), &mean("linear", "healthy")),
    ];
    println!("variance of independent over paired differences: {gains:.1?}");
    assert!(gains[0] > 2.0 && gains[2] > 2.0, "{gains:?}");
    assert!(gains[1] > 1.0, "{gains:?}");
    assert!(real(results.outcomes.len()) > 1000.0);
}

fn on_threads(threads: usize) -> Results {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| run(&scenario(&toml(24)), &Unwatched)).expect("no trace is read")
}

#[test]
fn threads_company_and_recording_change_nothing() {
    let (one, three) = (on_threads(1), on_threads(3));
    assert_eq!(one.outcomes, three.outcomes);
    assert_eq!(one.records, three.records);
    let scenario = scenario(&toml(24));
    for outcome in one.outcomes.iter().filter(|outcome| outcome.replication % 8 == 3) {
        let id = ArmId { strategy: outcome.strategy, regression: outcome.regression };
        for recorded in [false, true] {
            let alone = replicate(&scenario, outcome.replication, &[id], recorded, &|| true);
            let alone = alone.expect("no trace").expect("not stopped");
            assert_eq!(alone.outcomes, std::slice::from_ref(outcome), "recorded: {recorded}");
        }
    }
}
