//! Simulates a scenario and prints, for each strategy and fault, what is caught and how many are harmed.
//!
//! ```sh
//! cargo run --release --example run_scenario -- scenarios/fraud-canary.toml 100
//! ```

#![expect(clippy::print_stdout, reason = "what an example shows")]

use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::experiment::summary::Summary;
use rollout_sim::scenario::Scenario;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "scenarios/fraud-canary.toml".to_owned());
    let mut scenario = Scenario::load(Path::new(&file))?.scenario;
    if let Some(runs) = arguments.next() {
        scenario.experiment.runs = runs.parse()?;
    }
    // On all processors; the same results on any number of them.
    let results = run(&scenario, &Unwatched)?;
    let summary = Summary::of(&results);
    for (regression, release) in scenario.regressions.iter().enumerate() {
        println!("{}", release.name);
        for (strategy, plan) in scenario.strategies.iter().enumerate() {
            let arm = (strategy, regression);
            let shown = |metric: &str, statistic: &str| {
                let row = summary.find(arm, metric, statistic)?;
                Some(format!("{:.3} [{:.3}, {:.3}]", row.estimate?, row.low?, row.high?))
            };
            let verdict = if release.healthy { "false_rollback" } else { "caught" };
            let [share, harm] = [(verdict, "share"), ("harmed_excess_to_horizon", "mean")].map(
                |(metric, statistic)| {
                    shown(metric, statistic).unwrap_or_else(|| "unknown".to_owned())
                },
            );
            println!("  {:24} {verdict} {share}, net harm {harm}", plan.name);
        }
    }
    Ok(())
}
