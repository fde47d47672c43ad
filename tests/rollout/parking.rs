//! An arm whose traffic is all back on blue is the run without a deployment once its queues are, and not
//! before.

use crate::support::{arm, parse};
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::simulation::outcome::End;
use rollout_sim::time::SimTime;
use std::fs;

const TOML: &str = r#"
name = "parking"
[experiment]
runs = 1
horizon = "40m"
warm_up = "0s"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = { trace = { path = "t.csv", time_column = "time", time_unit = "seconds" } }
[endpoint]
instances = 1
concurrency = 1
timeout = "none"
provision = "0s"
switch = "0s"
clean_up = "0s"
[controller]
poll_interval = "0s"
[metrics]
slow_over = "100050ms"
[blue]
latency = { constant = "1s" }
[[regressions]]
name = "crash"
crash = true
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.5
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
[[strategies]]
name = "s"
all_at_once = { final_bake = "10m" }
"#;

/// A request every 0.9 s, number i at 0.9·i s, before one place that needs 1 s: without a deployment number
/// i waits 0.1·i s. Green takes all from 0 s on and fails it, until the first minute is published at 60 s:
/// numbers 0 to 66. Blue is idle by then and number 67 is the first in a queue that begins anew, so number
/// i waits 0.1·(i − 67) s, for good. A response is slow from 1 + 0.1·991 s on, above 100.05 s. Of the 2667
/// requests before 2400 s those from 991 on are slow without the deployment, and with it those from 1058
/// on.
#[test]
fn who_is_back_on_blue_with_other_queues_is_served_to_the_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lines: Vec<String> =
        (0..=2700).map(|tenths| format!("{}.{}", tenths * 9 / 10, tenths * 9 % 10)).collect();
    fs::write(folder.path().join("t.csv"), format!("time\n{}\n", lines.join("\n")))
        .expect("written");
    let results = run(&parse(TOML, folder.path()), &Unwatched).expect("the traffic can be read");
    let run = arm(&results, "s", "crash")[0];
    assert_eq!(run.end, End::RolledBack);
    assert_eq!(run.rolled_back_at.map(SimTime::as_secs_f64), Some(60.0));
    let damage = run.to_horizon;
    assert_eq!((damage.counts.requests, damage.counts.failed, damage.counts.green), (2667, 67, 67));
    assert_eq!(
        (damage.counts.slow, damage.counts.slow_excess(), damage.counts.slow_attributable),
        (1609, -67, 0)
    );
    let wait_s = run.blue_times.wait_mean_s.expect("requests");
    // The mean of 0.1·j s over j from 0 to 2599.
    assert!((wait_s - 129.95).abs() < 1e-6, "{wait_s}");
}

/// Four requests a second. All is back on blue at 60 s, where the queues are as without a
/// deployment; times are taken from 20 minutes on: of the 4800 requests until 40 minutes, and of
/// none before.
#[test]
fn who_is_back_before_times_are_taken_has_the_times_from_then_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lines: Vec<String> =
        (0..=10_000).map(|quarter| format!("{}.{:02}", quarter / 4, 25 * (quarter % 4))).collect();
    fs::write(folder.path().join("t.csv"), format!("time\n{}\n", lines.join("\n")))
        .expect("written");
    let toml = TOML
        .replace("phase = \"aligned\"", "phase = \"aligned\"\nmeasure_from = \"20m\"")
        .replace("constant = \"1s\"", "constant = \"100ms\"");
    let results = run(&parse(&toml, folder.path()), &Unwatched).expect("the traffic can be read");
    let run = arm(&results, "s", "crash")[0];
    assert_eq!(run.rolled_back_at.map(SimTime::as_secs_f64), Some(60.0));
    assert_eq!((run.blue_times.served, run.green_times.served), (4800, 0));
}
