//! Exact figures of whole rollouts and queues, held against the tool: every case is written as a
//! scenario file, simulated, and compared figure by figure.
//!
//! The cases of `data/exact_cases.json` were computed by Poisson and binomial sums, by Markov chains over
//! the alarm's window or a test's sum, and by Erlang C, independently of this simulator. If a larger
//! collection of such cases lies beside the project (`../shared/conformance/`), it is run as well.

#![expect(clippy::print_stdout, reason = "a test says what it has compared")]

mod case;
mod exact;
mod figures;
mod scenario;
mod sequential;

use case::{Case, load};
use figures::check;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::Scenario;
use std::path::{Path, PathBuf};

/// Replications of a rollout case. At 4.5 standard errors a wrong probability of 50 % is caught from
/// 5 percentage points on, a wrong rare one (1 %) from 1 point on.
const ROLLOUT_RUNS: u64 = 2_000;

/// Replications of a queueing case, each of 100,000 customers.
const QUEUEING_RUNS: u64 = 12;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn exact_cases() -> PathBuf {
    root().join("tests/data/exact_cases.json")
}

/// Runs the cases of a file, but for those whose ids are among the `done`.
fn run_cases(path: &Path, done: &[Case]) {
    let cases = load(path);
    let known = cases
        .iter()
        .filter(|case| case.is_rollout() || case.is_queueing() || case.is_sequential())
        .filter(|case| done.iter().all(|done| done.id != case.id));
    let mut failures = Vec::new();
    let mut figures = 0;
    for case in known {
        let (runs, toml) = if case.is_rollout() {
            (ROLLOUT_RUNS, scenario::rollout(case, ROLLOUT_RUNS))
        } else if case.is_sequential() {
            (ROLLOUT_RUNS, sequential::scenario(case, ROLLOUT_RUNS))
        } else {
            (QUEUEING_RUNS, scenario::queueing(case, QUEUEING_RUNS))
        };
        let scenario = parse(case, &toml);
        let results = run(&scenario, &Unwatched).expect("no trace is read");
        assert_eq!(results.outcomes.len() as u64, runs * 2, "{}: two arms", case.id);
        let (checked, wrong) = if case.is_sequential() {
            sequential::check(case, &results)
        } else {
            check(case, &results)
        };
        assert!(checked > 0, "{}: nothing was compared", case.id);
        figures += checked;
        failures.extend(wrong);
    }
    println!("{}: {figures} figures compared", path.display());
    assert!(failures.is_empty(), "{} of {figures}:\n{}", failures.len(), failures.join("\n"));
}

fn parse(case: &Case, toml: &str) -> Scenario {
    Scenario::parse(toml, "case.toml", &root())
        .unwrap_or_else(|errors| panic!("{}:\n{}\n{toml}", case.id, errors.render(false)))
        .scenario
}

#[test]
fn every_exact_case_is_met() {
    run_cases(&exact_cases(), &[]);
}

#[test]
fn every_case_of_a_larger_collection_is_met_if_there_is_one() {
    let path = root().join("../shared/conformance/oracle_public.json");
    if path.exists() {
        run_cases(&path, &load(&exact_cases()));
    } else {
        println!("{} is absent: nothing to do", path.display());
    }
}
