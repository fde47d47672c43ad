//! The same file and seed give the same results, whatever runs beside them.

mod support;

use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::{OutputFile, render};
use rollout_sim::simulation::replication::{ArmId, replicate};
use support::{GREEN_5XX, STRATEGIES, results, scenario, small};

fn toml() -> String {
    let rest = format!(
        r#"overdispersion = {{ correlation = 0.01, interval = "60s" }}
[green]
cold_start = {{ factor = 3.0, lasts = "90s" }}
[[regressions]]
name = "errors"
errors = {{ errors_5xx = 0.04 }}
[[regressions]]
name = "tail"
tail = {{ share = 0.1, factor = 8.0 }}
[[incidents]]
name = "outage"
rate_per_day = 20.0
lasts = "3m"
spread = "exponential"
effect = {{ errors_5xx = 0.2, traffic_factor = 1.5 }}
{GREEN_5XX}{STRATEGIES}"#
    );
    small("routing = \"least-outstanding\"\ntimeout = \"2s\"", &rest)
        .replace("phase = \"aligned\"", "phase = \"random\"")
}

fn on_threads(threads: usize) -> Results {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| run(&scenario(&toml()), &Unwatched).expect("no trace is read"))
}

fn files(results: &Results) -> Vec<OutputFile> {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    render(results, &summary, &comparison, Vec::new()).expect("every file can be made")
}

#[test]
fn one_thread_or_many_give_the_same_bytes() {
    let (one, many) = (on_threads(1), on_threads(5));
    let (one, many) = (files(&one), files(&many));
    assert!(one.len() >= 5);
    for (one, many) in one.iter().zip(&many) {
        assert_eq!(one.name, many.name);
        assert!(one.bytes == many.bytes, "{} differs", one.name);
    }
}

#[test]
fn a_run_is_the_same_alone_or_in_company_and_recorded_or_not() {
    let scenario = scenario(&toml());
    let together = results(&toml());
    for outcome in together.outcomes.iter().filter(|outcome| outcome.replication % 7 == 3) {
        let arm = ArmId { strategy: outcome.strategy, regression: outcome.regression };
        for recorded in [false, true] {
            let alone = replicate(&scenario, outcome.replication, &[arm], recorded, &|| true)
                .expect("no trace is read")
                .expect("nobody interrupts");
            assert_eq!(&alone.outcomes[0], outcome);
        }
    }
}

#[test]
fn another_strategy_or_regression_changes_nothing_for_the_others() {
    let all = results(&toml());
    let fewer = toml()
        .replace("[[strategies]]\nname = \"all\"\nall_at_once = { final_bake = \"10m\" }\n", "");
    let fewer = results(&fewer);
    assert_eq!(fewer.scenario.strategies.len() + 1, all.scenario.strategies.len());
    let rest = all.outcomes.iter().filter(|outcome| outcome.strategy > 0);
    for (with, without) in rest.zip(&fewer.outcomes) {
        assert_eq!(with.to_horizon, without.to_horizon);
        assert_eq!(with.alarm_at, without.alarm_at);
    }
}

#[test]
fn another_seed_is_other_luck() {
    let other = toml().replace("seed = 9", "seed = 10");
    let (one, other) = (results(&toml()), results(&other));
    let differ =
        one.outcomes.iter().zip(&other.outcomes).filter(|(a, b)| a.to_horizon != b.to_horizon);
    assert_eq!(differ.count(), one.outcomes.len());
}
