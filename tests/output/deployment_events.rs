//! What a recorded run tells of its deployment: the worked example of a canary on three instances, and a
//! rollback.

use crate::support::results;
use rollout_sim::simulation::record::{Event, EventKind, RunRecord};

/// The official canary notebook's configuration: 3 instances, a canary of 1, baked for 300 s and 120 s; with
/// 240 s to provision and 60 s each to switch and to clean up.
fn notebook(regression: &str) -> Vec<RunRecord> {
    with_strategy(CANARY, regression)
}

const CANARY: &str = "canary = { size = \"1 instance\", bake = \"300s\", final_bake = \"120s\" }";

/// The same endpoint with another strategy.
fn with_strategy(strategy: &str, regression: &str) -> Vec<RunRecord> {
    let toml = format!(
        r#"
name = "notebook"
[experiment]
runs = 1
horizon = "20m"
phase = "aligned"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 5.0 }} }}
[endpoint]
concurrency = 1
instances = 3
provision = "240s"
switch = "60s"
clean_up = "60s"
[controller]
poll_interval = "0s"
[blue]
latency = {{ constant = "10ms" }}
{regression}
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.5
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
treat_missing_data = "notBreaching"
[[strategies]]
name = "s"
{strategy}
"#
    );
    results(&toml).records
}

/// `at stage blue-alive/active green-alive/active share: status message`, or the event's kind.
fn line(event: &Event) -> String {
    let standing = event.standing;
    let what = event.progress.map_or_else(
        || format!("({:?})", event.kind),
        |progress| format!("{}: {progress}", progress.status()),
    );
    format!(
        "{:>3} {} b{}/{} g{}/{} {:.2} {what}",
        event.at.as_secs_f64(),
        standing.stage.map_or("-".to_owned(), |stage| stage.to_string()),
        standing.blue.alive,
        standing.blue.active,
        standing.green.alive,
        standing.green.active,
        standing.share,
    )
}

fn story(record: &RunRecord) -> String {
    let told = |event: &&Event| event.kind != EventKind::FaultChanged && event.at.as_nanos() >= 0;
    record.events.iter().filter(told).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_worked_example() {
    insta::assert_snapshot!(story(&notebook("")[0]), @r"
      0 - b3/3 g0/0 0.00 (UpdateRequested)
      0 1 b3/3 g3/0 0.00 Creating: Launching 3 instance(s).
    240 1 b3/3 g3/0 0.00 (FleetReady)
    240 1 b3/3 g3/0 0.00 ActivatingTraffic: Activating traffic on canary capacity of 1 instance(s).
    300 1 b3/2 g3/1 0.33 Baking: Baking for 300 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s).
    600 2 b3/2 g3/1 0.33 (BakeEnded)
    600 2 b3/2 g3/1 0.33 ActivatingTraffic: Activating traffic on full capacity of 3 instance(s).
    660 2 b3/0 g3/3 1.00 Baking: Baking for 120 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 3 instance(s).
    780 - b3/0 g3/3 1.00 (BakeEnded)
    780 - b3/0 g3/3 1.00 (Promoted)
    780 - b3/0 g3/3 1.00 Deleting: Terminating 3 instance(s).
    840 - b0/0 g3/3 1.00 (FleetTerminated)
    ");
}

#[test]
fn a_rollback_in_the_canary_bake() {
    let crash = "[[regressions]]\nname = \"bad\"\ncrash = true\n";
    insta::assert_snapshot!(story(&notebook(crash)[1]), @r"
      0 - b3/3 g0/0 0.00 (UpdateRequested)
      0 1 b3/3 g3/0 0.00 Creating: Launching 3 instance(s).
    240 1 b3/3 g3/0 0.00 (FleetReady)
    240 1 b3/3 g3/0 0.00 ActivatingTraffic: Activating traffic on canary capacity of 1 instance(s).
    300 1 b3/2 g3/1 0.33 Baking: Baking for 300 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s).
    360 1 b3/2 g3/1 0.33 (AlarmChanged)
    360 - b3/2 g3/1 0.33 (RollbackStarted)
    360 - b3/2 g3/1 0.33 ActivatingTraffic: Activating traffic on full capacity of 3 instance(s).
    420 - b3/3 g3/0 0.00 (RolledBack)
    420 - b3/3 g3/0 0.00 Deleting: Terminating 3 instance(s).
    480 - b3/3 g0/0 0.00 (FleetTerminated)
    780 - b3/3 g0/0 0.00 (AlarmChanged)
    ");
}

/// Only a blue/green update has a termination wait: the bake of a rolling update's last batch, too,
/// is its wait interval.
#[test]
fn the_last_batch_of_a_rolling_update_bakes_for_its_wait_interval() {
    let rolling = "rolling = { batch = \"1 instance\", bake = \"60s\" }";
    let bakes = |strategy: &str| -> Vec<String> {
        let events = &with_strategy(strategy, "")[0].events;
        let bakes = events.iter().filter(|event| event.kind == EventKind::BakeStarted);
        bakes.map(|event| event.progress.expect("a status").to_string()).collect()
    };
    let [rolled, canary] = [rolling, CANARY].map(bakes);
    assert_eq!(rolled.len(), 3);
    let of_waits = |text: &&String| text.contains("(WaitIntervalInSeconds)");
    assert_eq!(rolled.iter().filter(of_waits).count(), 3, "{rolled:?}");
    assert!(rolled[2].contains("full capacity of 3 instance(s)"), "{rolled:?}");
    assert_eq!(canary.iter().filter(of_waits).count(), 1, "{canary:?}");
    assert!(canary[1].contains("(TerminationWaitInSeconds)"), "{canary:?}");
}
