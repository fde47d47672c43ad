//! Finds the alarm and the rollout that harm fewest within the limits of a scenario's `[tune]` table.
//!
//! ```sh
//! cargo run --release --example tune_alarm -- scenarios/tune-fraud-alarm.toml
//! ```

#![expect(clippy::print_stdout, reason = "what an example shows")]

use rollout_sim::experiment::runner::Unwatched;
use rollout_sim::scenario::Scenario;
use rollout_sim::tuning::run::tune;
use rollout_sim::tuning::standing::Standing;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1);
    let file = file.unwrap_or_else(|| "scenarios/tune-fraud-alarm.toml".to_owned());
    let loaded = Scenario::load(Path::new(&file))?;
    let expansion = loaded.expand()?.expansion;
    let results = tune(&loaded.tune, &expansion, &Unwatched)?;
    let Some(best) = &results.best else {
        println!("no policy keeps the limits");
        return Ok(());
    };
    // Only what runs confirm that have not chosen it is one to set.
    let is_confirmed = results.standing == Some(Standing::Confirmed);
    println!("{}", if is_confirmed { "recommended" } else { "the best so far, not confirmed" });
    println!("  strategy: {}", expansion.scenario.strategies[best.policy.plan].name);
    for setting in &best.policy.settings {
        let spec = &expansion.shapes[setting.shape].spec;
        let (m, n) = (spec.datapoints_to_alarm, spec.evaluation_periods);
        println!("  {}: {m} of {n} beyond {}", spec.name, setting.threshold.as_f64());
    }
    let rolled_back = &best.reported.false_rollback;
    println!("  false rollbacks: {} of {} good releases", rolled_back.count, rolled_back.of);
    for one in &best.reported.regressions {
        let name = &expansion.scenario.regressions[one.regression].name;
        println!("  {name}: caught in {} of {} runs", one.caught.count, one.caught.of);
    }
    Ok(())
}
