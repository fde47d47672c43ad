//! The scenarios of the benches, and the product's own path through them.

use rollout_sim::scenario::{Overrides, Scenario, Setting};
use rollout_sim::simulation::outcome::Outcome;
use rollout_sim::simulation::replication::{ArmId, replicate};
use std::path::Path;

/// The scenario of this name in `benches/workload/` with some of its keys set, each as `KEY=VALUE`.
pub fn scenario(name: &str, settings: &[&str]) -> Scenario {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/workload");
    let set = settings.iter().map(|text| Setting::parse(text).expect("a setting")).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let loaded = Scenario::load_with(&Path::new(folder).join(name), &overrides);
    loaded.unwrap_or_else(|errors| panic!("{errors}")).scenario
}

/// The outcomes of one replication of these arms: what `sim run` does for each, requests made, the run
/// without a deployment beside it, telemetry, alarms and outcomes.
pub fn product(scenario: &Scenario, arms: &[ArmId], replication: u64) -> Vec<Outcome> {
    let done = replicate(scenario, replication, arms, false, &|| true);
    done.expect("no trace is read").expect("nobody interrupts").outcomes
}

/// The first arm, so many times.
pub fn arms(count: usize) -> Vec<ArmId> {
    vec![ArmId { strategy: 0, regression: 0 }; count]
}

/// Requests of all arms.
pub fn requests(outcomes: &[Outcome]) -> u64 {
    outcomes.iter().map(|outcome| outcome.to_horizon.counts.requests).sum()
}
