//! CodeDeploy's deployments by name and custom: when each shift comes, what it moves, what is refused.

use crate::support::{GREEN_5XX, arm, results, small};
use rollout_sim::scenario::{Scenario, ScenarioErrors};
use rollout_sim::simulation::outcome::{End, Outcome};
use rollout_sim::time::SimTime;
use std::path::Path;

/// A small scenario with one strategy; its endpoint has 4 instances, provisioned for 2 minutes, and
/// switches take 30 s.
fn toml(strategy: &str, rest: &str) -> String {
    small("", &format!("{rest}\n[[strategies]]\nname = \"it\"\n{strategy}\n"))
        .replace("horizon = \"40m\"", "horizon = \"2h\"")
        .replace("runs = 20", "runs = 3")
        .replace("rate_per_s = 20.0", "rate_per_s = 2.0")
}

#[expect(clippy::unnecessary_wraps, reason = "compared with what may not have happened")]
fn at(seconds: i64) -> Option<SimTime> {
    Some(SimTime::ZERO + rollout_sim::time::SimDuration::from_secs(seconds))
}

fn problem(strategy: &str) -> (String, String) {
    let parsed: Result<_, ScenarioErrors> =
        Scenario::parse(&toml(strategy, ""), "test.toml", Path::new(""));
    let Err(errors) = parsed else { panic!("no problem with {strategy}") };
    let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
    assert!(problem.span.is_some(), "no place:\n{errors}");
    (problem.message.clone(), problem.help.clone().expect("a remedy"))
}

fn run_of(results: &rollout_sim::experiment::Results) -> Outcome {
    (*arm(results, "it", "healthy")[0]).clone()
}

#[test]
fn shifts_come_an_interval_apart_whatever_a_switch_takes() {
    for (strategy, minutes) in [
        ("code_deploy = \"CodeDeployDefault.LambdaCanary10Percent5Minutes\"", 5),
        ("code_deploy = \"Canary10Percent30Minutes\"", 30),
        ("code_deploy = \"CodeDeployDefault.LambdaLinear10PercentEvery1Minute\"", 9),
        ("code_deploy = \"Linear10PercentEvery10Minutes\"", 90),
        ("code_deploy = \"CodeDeployDefault.ECSLinear10PercentEvery3Minutes\"", 27),
        ("code_deploy = \"ECSAllAtOnce\"", 0),
        ("time_based_canary = { percentage = 25, interval = \"7m\" }", 7),
        // 30, 60, 90 and 100 %.
        ("time_based_linear = { percentage = 30, interval = \"2m\" }", 6),
    ] {
        let results = results(&toml(strategy, ""));
        let run = run_of(&results);
        // 120 s of provisioning, then the first switch of 30 s.
        assert_eq!(run.first_traffic_at, at(150), "{strategy}");
        assert_eq!(run.full_traffic_at, at(150 + 60 * minutes), "{strategy}");
        // Nothing is watched after the last shift.
        assert_eq!(run.bake_ended_at, run.full_traffic_at, "{strategy}");
        assert_eq!(run.end, End::Promoted, "{strategy}");
    }
}

#[test]
fn a_lambda_function_has_no_fleet_to_wait_for() {
    let strategy = "code_deploy = \"LambdaCanary10Percent10Minutes\"\nprovision = \"0s\"\n\
                    switch = \"0s\"";
    let results = results(&toml(strategy, ""));
    let run = run_of(&results);
    assert_eq!((run.first_traffic_at, run.full_traffic_at), (at(0), at(600)));
}

#[test]
fn traffic_moves_by_percent_although_the_endpoint_shifts_by_instances() {
    let results = results(&toml("code_deploy = \"Canary10Percent5Minutes\"", ""));
    let shares: Vec<f64> =
        results.scenario.strategies[0].stages.iter().map(|stage| stage.share).collect();
    // By instances it would be 1 of 4.
    assert_eq!(shares, [0.1, 1.0]);
}

#[test]
fn an_alarm_brings_all_traffic_back_at_once() {
    let bad =
        format!("[[regressions]]\nname = \"bad\"\nerrors = {{ errors_5xx = 0.5 }}\n{GREEN_5XX}");
    let strategy =
        "code_deploy = \"Canary10Percent30Minutes\"\nprovision = \"0s\"\nswitch = \"0s\"";
    let toml = toml(strategy, &bad).replace("rate_per_s = 2.0", "rate_per_s = 20.0");
    let results = results(&toml);
    for run in arm(&results, "it", "bad") {
        let alarm = run.alarm_at.expect("half of the requests fail");
        assert_eq!(run.rolled_back_at, Some(alarm), "neither poll nor switch takes time here");
        assert_eq!(run.full_traffic_at, None);
    }
}

#[test]
fn unknown_names_get_the_nearest() {
    let (message, help) =
        problem("code_deploy = \"CodeDeployDefault.LambdaCanary10Percent5Minute\"");
    assert!(message.contains("no predefined configuration"), "{message}");
    assert_eq!(help, "did you mean `CodeDeployDefault.LambdaCanary10Percent5Minutes`?");
    let (_, help) = problem("code_deploy = \"CodeDeployDefault.ECSLinear10PercentEvery1Minute\"");
    assert_eq!(help, "did you mean `CodeDeployDefault.ECSLinear10PercentEvery1Minutes`?");
    let (_, help) = problem("code_deploy = \"HalfAtATime\"");
    assert!(help.starts_with("choose from `CodeDeployDefault.Lambda"), "{help}");
}

#[test]
fn custom_shifts_have_limits_of_their_own() {
    for (strategy, said, remedy) in [
        ("time_based_canary = { percentage = 0, interval = \"5m\" }", "from 1 to 100", "number"),
        ("time_based_canary = { percentage = 100, interval = \"5m\" }", "at most 99 %", "off"),
        ("time_based_linear = { percentage = 101, interval = \"5m\" }", "from 1 to 100", "number"),
        ("time_based_linear = { percentage = 10, interval = \"59s\" }", "at least 1m", "off"),
        ("time_based_canary = { percentage = 10, interval = \"2881m\" }", "at most 2days", "off"),
        // 99 intervals of half an hour.
        ("time_based_linear = { percentage = 1, interval = \"30m\" }", "2days 1h 30m", "off"),
        // Nine of two days each: the interval is within the limit, all together are not.
        (
            "time_based_linear = { percentage = 10, interval = \"2880m\" }",
            "these take 18days",
            "off",
        ),
        ("time_based_linear = { percentage = 10 }", "needs the key `interval`", "bake"),
    ] {
        let (message, help) = problem(strategy);
        assert!(message.contains(said), "{strategy}: {message}");
        assert!(remedy == "bake" || help.contains(remedy), "{strategy}: {help}");
    }
}

/// 2880 minutes from the first shift to the last, and a switch that takes the whole interval.
#[test]
fn shifts_may_take_as_long_as_code_deploy_has_and_switches_as_long_as_an_interval() {
    for strategy in [
        "time_based_canary = { percentage = 10, interval = \"2880m\" }",
        "time_based_linear = { percentage = 50, interval = \"2880m\" }",
        "time_based_linear = { percentage = 25, interval = \"960m\" }",
        "time_based_linear = { percentage = 50, interval = \"1m\" }\nswitch = \"60s\"",
    ] {
        let text = toml(strategy, "").replace("horizon = \"2h\"", "horizon = \"60h\"");
        let parsed = Scenario::parse(&text, "test.toml", Path::new(""));
        assert!(parsed.is_ok(), "{strategy}: {:?}", parsed.err());
    }
}

#[test]
fn a_switch_longer_than_the_interval_has_no_room() {
    let (message, help) =
        problem("time_based_linear = { percentage = 50, interval = \"1m\" }\nswitch = \"61s\"");
    assert!(message.contains("every 1m, but a switch takes 1m 1s"), "{message}");
    assert!(help.contains("switch = \"0s\""), "{help}");
}

#[test]
fn old_tasks_of_a_service_are_kept_for_two_days_at_most() {
    let with = |preset: &str| {
        let text = toml(&format!("code_deploy = \"{preset}\""), "")
            .replace("clean_up = \"30s\"", "clean_up = \"30s\"\ntermination_wait = \"49h\"");
        Scenario::parse(&text, "test.toml", Path::new(""))
    };
    let errors = with("ECSCanary10Percent5Minutes").expect_err("more than 2880 minutes");
    assert!(errors.problems[0].message.contains("terminationWaitTimeInMinutes"), "{errors}");
    assert!(with("LambdaCanary10Percent5Minutes").is_ok(), "a function keeps nothing");
}

/// An alarm on blue that has been in ALARM for ever: its model is slower than a millisecond.
const OLD_ALARM: &str = r#"
[[alarms]]
name = "old"
metric = "ModelLatency"
statistic = "Average"
fleet = "blue"
threshold = "1ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
"#;

#[test]
fn code_deploy_stops_and_ecs_goes_on_if_an_alarm_is_in_alarm_at_the_start() {
    for (strategy, end) in [
        ("code_deploy = \"Canary10Percent5Minutes\"", End::Stopped),
        ("code_deploy = \"LambdaAllAtOnce\"", End::Stopped),
        ("time_based_linear = { percentage = 50, interval = \"5m\" }", End::Stopped),
        ("ecs_rolling = { batch = \"50%\" }", End::Promoted),
        // SageMaker does not say what it does; a rollback is assumed.
        ("canary = { size = \"25%\", bake = \"5m\" }", End::RolledBack),
        // A strategy may have it otherwise.
        ("code_deploy = \"AllAtOnce\"\npre_alarm = \"ignore_all_alarms\"", End::Promoted),
        ("ecs_rolling = {}\npre_alarm = \"rollback\"", End::RolledBack),
    ] {
        let results = results(&toml(strategy, OLD_ALARM));
        assert_eq!(run_of(&results).end, end, "{strategy}");
    }
}

#[test]
fn ecs_watches_as_long_as_its_alarms_look_back() {
    let second = OLD_ALARM.replace("\"old\"", "\"older\"").replace("\"60s\"", "\"120s\"");
    let bakes = |strategy: &str| -> Vec<String> {
        let text = toml(strategy, &format!("{OLD_ALARM}{second}"));
        let stages = crate::support::scenario(&text).strategies[0].stages.clone();
        stages.iter().map(|stage| stage.bake.to_string()).collect()
    };
    // 3 periods of 2 minutes are longer than 3 of one; nothing is awaited between batches.
    assert_eq!(bakes("ecs_rolling = { batch = \"50%\" }"), ["0s", "6m"]);
    assert_eq!(bakes("ecs_rolling = {}\nalarms = [\"old\"]"), ["3m"]);
    assert_eq!(bakes("ecs_rolling = {}\nalarms = []"), ["0s"]);
    assert_eq!(bakes("ecs_rolling = { bake = \"10m\" }"), ["10m"]);
}

#[test]
fn ecs_replaces_task_by_task_and_has_no_limit_of_sagemakers() {
    let (message, _) = problem("ecs_rolling = { batch = \"5 instances\" }");
    assert!(message.contains("fewer than 5"), "{message}");
    let run = run_of(&results(&toml("ecs_rolling = { batch = \"3 instances\" }", "")));
    // Two batches, each provisioned for 120 s and switched for 30 s, cleaned up for 30 s between.
    assert_eq!(run.full_traffic_at, at(120 + 30 + 30 + 120 + 30));
}
