//! The product's side of the table of peers: workloads W and Q through its own path, in the lines that the
//! peers print. Each arm's run without a deployment is part of its time; the peers have none.
#![expect(clippy::print_stdout, reason = "it is a program that prints a table's rows")]

#[path = "../workload/mod.rs"]
mod workload;

use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::outcome::{Outcome, Times};
use std::time::Instant;

/// Repetitions unless the command line says otherwise.
const REPETITIONS: u64 = 5;

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let repetitions = asked.unwrap_or(REPETITIONS);
    let w = workload::scenario("w.toml", &["endpoint.queue=shared"]);
    line("rollout-sim", "W", best(&w, 1, repetitions), of_w);
    line("rollout-sim, 16 arms", "W", best(&w, 16, repetitions), of_w);
    let q = workload::scenario("q.toml", &[]);
    line("rollout-sim", "Q", best(&q, 1, repetitions), of_q);
}

/// Requests a second of the fastest of so many replications, and an outcome of it.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 requests")]
fn best(scenario: &Scenario, arms: usize, repetitions: u64) -> Option<(f64, Outcome)> {
    let timed = (0..repetitions).map(|repetition| {
        let start = Instant::now();
        let mut outcomes = workload::product(scenario, &workload::arms(arms), repetition);
        let spent_s = start.elapsed().as_secs_f64();
        (workload::requests(&outcomes) as f64 / spent_s, outcomes.remove(0))
    });
    timed.max_by(|a, b| a.0.total_cmp(&b.0))
}

fn line(
    name: &str,
    workload: &str,
    best: Option<(f64, Outcome)>,
    checks: fn(&Outcome) -> Option<String>,
) {
    let Some((rate, outcome)) = best else { return };
    println!("{name}\t{workload}\t{rate:.0}\t{}", checks(&outcome).unwrap_or_default());
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 requests")]
fn of_w(outcome: &Outcome) -> Option<String> {
    let fleet = |name: &str, times: &Times, failed: u64| {
        let mean_ms = times.response_mean_s? * 1e3;
        let errors = failed as f64 / times.served as f64 * 100.0;
        Some(format!("{name} {mean_ms:.2} ms, errors {errors:.3}%"))
    };
    let damage = &outcome.to_horizon;
    let blue =
        fleet("blue", &outcome.blue_times, damage.counts.failed - damage.counts.green_failed)?;
    Some(format!("{blue}; {}", fleet("green", &outcome.green_times, damage.counts.green_failed)?))
}

fn of_q(outcome: &Outcome) -> Option<String> {
    Some(format!("mean wait {:.2}", outcome.green_times.wait_mean_s? * 1e3))
}
