//! Shared by the integration tests: scenarios from text, and runs of them.

#![allow(dead_code, reason = "each test binary uses its own part")]

use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::outcome::Outcome;
use std::path::{Path, PathBuf};

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A scenario from its text.
pub fn scenario(toml: &str) -> Scenario {
    parse(toml, &root())
}

/// A scenario from its text, with traces looked for in `folder`.
pub fn parse(toml: &str, folder: &Path) -> Scenario {
    Scenario::parse(toml, "test.toml", folder)
        .unwrap_or_else(|errors| panic!("{}\n{toml}", errors.render(false)))
        .scenario
}

/// All runs of a scenario.
pub fn results(toml: &str) -> Results {
    run(&scenario(toml), &Unwatched).expect("the traffic can be read")
}

/// The outcomes of one arm, in order of replication.
pub fn arm<'r>(results: &'r Results, strategy: &str, regression: &str) -> Vec<&'r Outcome> {
    let scenario = &results.scenario;
    let strategy = scenario.strategies.iter().position(|plan| plan.name == strategy);
    let regression = scenario.regressions.iter().position(|release| release.name == regression);
    let (strategy, regression) = (strategy.expect("a strategy"), regression.expect("a regression"));
    let chosen = results
        .outcomes
        .iter()
        .filter(|outcome| outcome.strategy == strategy && outcome.regression == regression);
    chosen.collect()
}

/// A small scenario: everything that the tests do not vary, and room for what they do.
pub fn small(endpoint: &str, rest: &str) -> String {
    format!(
        r#"
name = "small"
[experiment]
runs = 20
seed = 9
horizon = "40m"
warm_up = "5m"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 20.0 }} }}
users = 500
[endpoint]
instances = 4
concurrency = 2
provision = "2m"
switch = "30s"
clean_up = "30s"
price_per_hour = 1.0
{endpoint}
[controller]
poll_interval = "0s"
[metrics]
slow_over = "150ms"
[blue]
latency = {{ lognormal = {{ median = "50ms", p99 = "120ms" }} }}
errors_4xx = 0.01
errors_5xx = 0.005
{rest}
"#
    )
}

/// A 5xx alarm on green that a small scenario can use.
pub const GREEN_5XX: &str = r#"
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.02
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
"#;

/// Three strategies that a small scenario can use.
pub const STRATEGIES: &str = r#"
[[strategies]]
name = "all"
all_at_once = { final_bake = "10m" }
[[strategies]]
name = "canary"
canary = { size = "1 instance", bake = "8m", final_bake = "8m" }
[[strategies]]
name = "linear"
linear = { step = "25%", bake = "5m", final_bake = "5m" }
"#;
