//! Random scenarios from fixed seeds: none may panic, and every run must keep what holds of all runs.
//!
//! A failure names the seed and prints the scenario; `generate::scenario(seed)` makes it again.

#![expect(clippy::print_stdout, reason = "a test says what it has seen")]

mod generate;
mod invariants;

use crate::support::scenario;
use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::{OutputFile, render};
use rollout_sim::simulation::outcome::{End, Verdict};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Runs `check` of a seed's scenario; whatever fails, the seed and the scenario are printed.
fn of_seed(seed: u64, check: impl FnOnce(&str)) {
    let toml = generate::scenario(seed);
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&toml))) {
        println!("seed {seed}:\n{toml}");
        resume_unwind(panic);
    }
}

fn results(toml: &str, threads: usize) -> Results {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| run(&scenario(toml), &Unwatched)).expect("the traffic can be read")
}

fn files(results: &Results) -> Vec<OutputFile> {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    render(results, &summary, &comparison, Vec::new()).expect("every file can be made")
}

fn swarm(seeds: std::ops::Range<u64>) {
    let (mut ends, mut verdicts) = ([0; 7], [0; 6]);
    let (mut waited, mut rejected, mut timed_out, mut touched) = (0, 0, 0, 0);
    for seed in seeds {
        of_seed(seed, |toml| {
            let results = run(&scenario(toml), &Unwatched).expect("the traffic can be read");
            for outcome in &results.outcomes {
                invariants::hold_of_a_run(&results.scenario, outcome);
                ends[outcome.end as usize] += 1;
                verdicts[outcome.verdict as usize] += 1;
                waited += usize::from(outcome.all_times.wait_mean_s.is_some_and(|wait| wait > 0.0));
                rejected += usize::from(outcome.to_horizon.counts.rejected > 0);
                timed_out += usize::from(outcome.to_horizon.counts.timed_out > 0);
                touched += usize::from(outcome.to_horizon.users_touched.is_some_and(|n| n > 0.0));
            }
            results.records.iter().for_each(|record| {
                invariants::hold_of_a_record(&results.scenario, record);
            });
            if seed % 4 == 0 {
                invariants::hold_of_files(&files(&results));
            }
        });
    }
    println!(
        "ends {ends:?}, verdicts {verdicts:?} (in the order of their types); waited {waited}, \
         rejected {rejected}, timed out {timed_out}, users touched {touched}"
    );
    // The swarm reaches every corner that the invariants speak of.
    for end in [End::Promoted, End::RolledBack, End::Stopped, End::UpdateFailed, End::TimedOut] {
        assert!(ends[end as usize] > 20, "{end:?} hardly happens");
    }
    assert!(ends[End::RollbackFailed as usize] > 3, "no rollback fails");
    for verdict in Verdict::ALL {
        assert!(verdicts[verdict as usize] > 20, "{verdict:?} hardly happens");
    }
    assert!([waited, rejected, timed_out, touched].iter().all(|&count| count > 20));
}

#[test]
fn a_first_swarm() {
    swarm(0..120);
}

#[test]
fn a_second_swarm() {
    swarm(1000..1120);
}

#[test]
fn one_thread_and_three_give_the_same_bytes() {
    for seed in (0..120).step_by(10) {
        of_seed(seed, |toml| {
            let (one, three) = (files(&results(toml, 1)), files(&results(toml, 3)));
            assert_eq!(one.len(), three.len());
            for (one, three) in one.iter().zip(&three) {
                assert!(one == three, "{} differs", one.name);
            }
        });
    }
}

#[test]
fn the_resolved_scenario_gives_the_same_results() {
    for seed in (5..120).step_by(10) {
        of_seed(seed, |toml| {
            let loaded = rollout_sim::scenario::Scenario::parse(toml, "s", &crate::support::root());
            let resolved = loaded.expect("a scenario").resolved;
            assert_eq!(results(toml, 2).outcomes, results(&resolved, 2).outcomes);
        });
    }
}

#[test]
fn every_scenario_unfolds_or_says_why_not() {
    let (mut unfolded, mut with_a_table) = (0, 0);
    for seed in 0..600 {
        of_seed(seed, |toml| {
            let loaded = rollout_sim::scenario::Scenario::parse(toml, "s", &crate::support::root());
            let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
            let Ok(expanded) = loaded.expand() else { return };
            unfolded += 1;
            with_a_table += usize::from(toml.contains("[tune]"));
            invariants::hold_of_an_expansion(&loaded.scenario, &expanded.expansion);
            let resolved = rollout_sim::scenario::Scenario::parse(
                &loaded.resolved,
                "r",
                &crate::support::root(),
            );
            let resolved = resolved.expect("the resolved scenario").expand().expect("an expansion");
            assert_eq!(resolved.expansion, expanded.expansion);
        });
    }
    assert!(unfolded > 300 && with_a_table > 200, "{unfolded} unfold, {with_a_table} with [tune]");
}
