//! The ready-made scenarios of quotas and of alarms from before show what their comments say.
//!
//! The assertions hold for every replication that is run, not on average.

use crate::support::{arm, root};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::{Overrides, Scenario};
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};

fn results_of(name: &str) -> Results {
    let overrides = Overrides { runs: Some(4), ..Overrides::default() };
    let loaded = Scenario::load_with(&root().join(format!("scenarios/{name}.toml")), &overrides);
    let loaded = loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    run(&loaded.scenario, &Unwatched).expect("the traffic can be read")
}

#[track_caller]
fn all(results: &Results, strategy: &str, regression: &str, expected: (End, Verdict)) {
    let runs = arm(results, strategy, regression);
    assert!(runs.iter().all(|run| (run.end, run.verdict) == expected), "{runs:?}");
}

#[test]
fn of_a_quota_of_ten_only_batches_get_through_and_only_in_batches_they_get_back() {
    let results = results_of("rolling-gpu-quota");
    let [first, later] = ["5xx at 20 %", "breaks at half load"];
    let [at_once, in_batches] = ["rolling, back at once", "rolling, back in batches"];
    for release in ["healthy", first, later] {
        all(&results, "canary, blue/green", release, (End::UpdateFailed, Verdict::Undecided));
    }
    for strategy in [at_once, in_batches] {
        all(&results, strategy, "healthy", (End::Promoted, Verdict::Passed));
        all(&results, strategy, first, (End::RolledBack, Verdict::Caught));
    }
    all(&results, at_once, later, (End::RollbackFailed, Verdict::Caught));
    all(&results, in_batches, later, (End::RolledBack, Verdict::Caught));
    let harmed = |strategy| -> Vec<u64> {
        let runs = arm(&results, strategy, later);
        runs.iter().map(|run| run.to_horizon.counts.attributable).collect()
    };
    let worse = harmed(at_once).into_iter().zip(harmed(in_batches)).all(|(a, b)| a > b);
    assert!(worse, "the mix goes on hurting");
    assert!(results.outcomes.iter().all(|run| run.peak_instances <= 10));
}

#[test]
fn an_old_alarm_blocks_the_fix_unless_it_is_ignored_or_looks_at_the_new_fleet() {
    let results = results_of("hotfix-blocked-by-old-alarm");
    // Either is blocked at the same look, so nothing is found out about the bad one.
    let releases = [("healthy", Verdict::FalseRollback), ("a bad fix", Verdict::ByChance)];
    for (release, verdict) in releases {
        let blocked = |end| (end, verdict);
        all(&results, "SageMaker, both fleets", release, blocked(End::RolledBack));
        all(&results, "as CodeDeploy", release, blocked(End::Stopped));
    }
    all(&results, "as ECS", "healthy", (End::Promoted, Verdict::Passed));
    all(&results, "as ECS", "a bad fix", (End::Promoted, Verdict::Missed));
    all(&results, "SageMaker, new fleet", "healthy", (End::Promoted, Verdict::Passed));
    all(&results, "SageMaker, new fleet", "a bad fix", (End::RolledBack, Verdict::Caught));
    let reached = |run: &&Outcome| run.to_horizon.counts.green > 0;
    assert!(!arm(&results, "as CodeDeploy", "healthy").iter().any(reached), "nothing was shifted");
}
