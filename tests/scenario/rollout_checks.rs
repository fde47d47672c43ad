//! What is refused of rolling strategies, quotas, time-outs and the settings of the controller.

use crate::support::{root, small};
use rollout_sim::scenario::Scenario;

const ROLLING: &str = "rolling = { batch = \"1 instance\", bake = \"3m\" }";

fn toml(endpoint: &str, controller: &str, strategy: &str) -> String {
    let rest = format!("[[strategies]]\nname = \"s\"\n{strategy}\n");
    small(endpoint, &rest).replace("[controller]", &format!("[controller]\n{controller}"))
}

#[track_caller]
fn refused(text: &str, problem: &str) {
    let errors = Scenario::parse(text, "t.toml", &root()).expect_err("a problem").render(false);
    assert!(errors.contains(problem), "{errors}");
    assert!(errors.contains("1 problem"), "{errors}");
}

fn rolling(batch: &str, back: &str) -> String {
    let strategy =
        format!("rolling = {{ batch = \"{batch}\", bake = \"1s\", rollback_batch = \"{back}\" }}");
    toml("", "", &strategy)
        .replace("instances = 4", "instances = 40")
        .replace("horizon = \"40m\"", "horizon = \"2h\"")
}

#[test]
fn batches_have_the_limits_of_the_api() {
    refused(&rolling("51%", "100%"), "RollingUpdatePolicy.MaximumBatchSize");
    refused(&rolling("21 instances", "100%"), "this one is 21 of 40");
    refused(&rolling("4.9%", "100%"), "a batch is at least 5 %, but this one is 4.9");
    refused(&rolling("1 instance", "100%"), "this one is 1 of 40");
    refused(&rolling("50%", "4%"), "RollingUpdatePolicy.RollbackMaximumBatchSize");
    refused(&rolling("50%", "41 instances"), "fewer than 41");
    for (batch, back) in [("50%", "100%"), ("5%", "5%"), ("2 instances", "40 instances")] {
        crate::support::scenario(&rolling(batch, back));
    }
}

#[test]
fn rounding_counts_against_the_limit() {
    // Half of three instances is two.
    let three = toml("", "", "rolling = { batch = \"50%\", bake = \"3m\" }");
    refused(&three.replace("instances = 4", "instances = 3"), "this one is 2 of 3");
}

#[test]
fn a_rollback_is_all_at_once_unless_something_else_is_said() {
    let text = toml("", "", ROLLING);
    let loaded = Scenario::parse(&text, "t.toml", &root()).expect("a scenario");
    let rolling = loaded.scenario.strategies[0].rolling.expect("a rolling strategy");
    assert_eq!(rolling.rollback_batch, 4);
    assert!(loaded.resolved.contains("rollback_batch = \"100%\""), "{}", loaded.resolved);
}

#[test]
fn a_rolling_strategy_replaces_one_for_one() {
    let text = toml("[endpoint.green]\ninstances = 5", "", ROLLING);
    refused(&text, "a rolling strategy replaces instance by instance, but there are 4 blue and 5");
}

#[test]
fn the_current_fleet_fits_in_the_quota() {
    refused(&toml("instance_quota = 3", "", ROLLING), "a quota of 3 instances is below the 4");
    crate::support::scenario(&toml("instance_quota = 4", "", ROLLING));
}

#[test]
fn only_a_rolling_rollback_can_fail() {
    let canary = "all_at_once = {}\nrollback_fails = 0.1";
    refused(&toml("", "", canary), "only the rollback of a `rolling` strategy");
    crate::support::scenario(&toml("", "rollback_fails = 0.1", "all_at_once = {}"));
}

#[test]
fn a_time_out_is_a_time() {
    refused(&toml("", "", "all_at_once = {}\ntimeout = \"0s\""), "must be longer than zero");
}

#[test]
fn alarms_cannot_count_from_the_start_and_in_bakes_only() {
    let settings = "watch = \"bakes\"\nalarms_watched_from = \"start\"";
    refused(&toml("", settings, ROLLING), "alarms cannot count from the start");
}

#[test]
fn the_horizon_holds_all_batches() {
    // 4 · (120 + 30 + 180) + 3 · 30 s.
    let text = toml("", "", ROLLING).replace("horizon = \"40m\"", "horizon = \"23m\"");
    refused(&text, "takes 23m 30s");
}
