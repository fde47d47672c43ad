//! What SageMaker's API refuses is refused, with the field's own name; `limits = "off"` lifts it.

use rollout_sim::scenario::{Loaded, Scenario, ScenarioErrors};
use std::fmt::Write as _;
use std::path::Path;

/// A scenario of one strategy for `instances` instances; `top` and `endpoint` take further keys.
struct Case<'a> {
    top: &'a str,
    instances: u32,
    endpoint: &'a str,
    alarms: usize,
    strategy: &'a str,
}

const CASE: Case<'static> = Case { top: "", instances: 10, endpoint: "", alarms: 1, strategy: "" };

impl Case<'_> {
    fn load(&self) -> Result<Loaded, ScenarioErrors> {
        let Self { top, instances, endpoint, alarms, strategy } = self;
        let mut toml = format!(
            r#"
name = "limits"
{top}
[experiment]
horizon = "200h"
runs = 1
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 1.0 }} }}
[endpoint]
instances = {instances}
{endpoint}
[blue]
latency = {{ constant = "20ms" }}
"#
        );
        for index in 0..*alarms {
            write!(
                toml,
                r#"
[[alarms]]
name = "alarm {index}"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.01
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
"#
            )
            .expect("writing to a string");
        }
        write!(toml, "[[strategies]]\nname = \"it\"\n{strategy}\n").expect("writing to a string");
        Scenario::parse(&toml, "test.toml", Path::new(""))
    }

    /// The case is refused with one problem, which says all of that, and is fine without limits.
    fn refused(&self, said: &[&str]) {
        let strategy = self.strategy;
        let Err(errors) = self.load() else { panic!("no problem with {strategy}") };
        let [problem] = errors.problems.as_slice() else { panic!("{strategy}:\n{errors}") };
        for said in said {
            assert!(problem.message.contains(said), "{strategy}: no {said} in\n{errors}");
        }
        assert!(problem.span.is_some(), "no place:\n{errors}");
        let help = problem.help.as_deref().expect("a remedy");
        if help.contains("cannot be split") {
            return;
        }
        assert!(help.contains("limits = \"off\"") || help.contains("shift_by"), "{help}");
        if let Err(errors) = (Case { top: "limits = \"off\"", ..*self }).load() {
            panic!("a what-if:\n{errors}");
        }
    }

    fn accepted(&self) {
        if let Err(errors) = self.load() {
            panic!("{}:\n{errors}", self.strategy);
        }
    }
}

#[test]
fn waits_are_at_most_an_hour() {
    for form in ["canary = { size = \"10%\"", "linear = { step = \"10%\""] {
        for (bake, final_bake, refused) in [
            ("0s", "0s", None),
            ("1h", "1h", None),
            ("3601s", "0s", Some("TrafficRoutingConfiguration.WaitIntervalInSeconds")),
            ("0s", "1h1s", Some("BlueGreenUpdatePolicy.TerminationWaitInSeconds")),
        ] {
            let strategy = format!("{form}, bake = \"{bake}\", final_bake = \"{final_bake}\" }}");
            let case = Case { strategy: &strategy, ..CASE };
            match refused {
                Some(field) => case.refused(&[field, "at most 1h", "1h 1s"]),
                None => case.accepted(),
            }
        }
    }
    Case { strategy: "all_at_once = { final_bake = \"1h\" }", ..CASE }.accepted();
    Case { strategy: "all_at_once = { final_bake = \"2h\" }", ..CASE }
        .refused(&["BlueGreenUpdatePolicy.TerminationWaitInSeconds", "`final_bake` is 2h"]);
}

#[test]
fn what_is_no_update_of_sagemakers_is_not_bound() {
    for strategy in [
        "steps = [{ share = \"60%\", bake = \"2h\" }, { share = \"100%\", bake = \"3h\" }]",
        "shadow = { lasts = \"48h\", then = \"all_at_once\", final_bake = \"2h\" }",
        "ramp = { steps = [\"10%\", \"80%\", \"100%\"], bake = \"2h\" }",
        "time_based_canary = { percentage = 60, interval = \"2h\" }",
    ] {
        Case { strategy, ..CASE }.accepted();
    }
    let steps = "steps = [{ share = \"100%\", bake = \"2h\" }]";
    Case { strategy: steps, alarms: 11, ..CASE }.accepted();
}

#[test]
fn sizes_of_canaries_and_linear_steps() {
    let canary = |size: &str| format!("canary = {{ size = \"{size}\", bake = \"1m\" }}");
    let linear = |step: &str| format!("linear = {{ step = \"{step}\", bake = \"1m\" }}");
    for (strategy, refused) in [
        (canary("50%"), None),
        (canary("5 instances"), None),
        (canary("1%"), None),
        (canary("51%"), Some(["at most 50 %", "TrafficRoutingConfiguration.CanarySize"])),
        (canary("6 instances"), Some(["6 of 10", "TrafficRoutingConfiguration.CanarySize"])),
        (canary("0.9%"), Some(["at least 1 %", "TrafficRoutingConfiguration.CanarySize"])),
        (linear("10%"), None),
        (linear("50%"), None),
        (linear("9%"), Some(["at least 10 %", "TrafficRoutingConfiguration.LinearStepSize"])),
        (linear("55%"), Some(["at most 50 %", "TrafficRoutingConfiguration.LinearStepSize"])),
    ] {
        let case = Case { strategy: &strategy, ..CASE };
        match refused {
            Some(said) => case.refused(&said),
            None => case.accepted(),
        }
    }
}

#[test]
fn one_instance_cannot_be_split_with_or_without_limits() {
    let strategy = "canary = { size = \"10%\", bake = \"1m\" }";
    let case = Case { strategy, instances: 1, ..CASE };
    case.refused(&["1 of 1"]);
    let errors = Case { top: "limits = \"off\"", ..case }.load().expect_err("still impossible");
    assert!(errors.problems[0].message.contains("the whole green fleet"), "{errors}");
    Case { strategy, instances: 1, endpoint: "shift_by = \"percent\"", ..CASE }.accepted();
}

#[test]
fn a_canary_of_unequal_fleets_may_not_take_more_than_half_either() {
    let strategy = "canary = { size = \"50%\", bake = \"1m\" }";
    // 5 of 10 green and 1 of 2 blue instances: 83 % of the traffic.
    let endpoint = "green = { instances = 10 }";
    Case { strategy, instances: 2, endpoint, ..CASE }
        .refused(&["83 %", "TrafficRoutingConfiguration.CanarySize"]);
}

#[test]
fn how_percentages_become_instances_decides_what_is_allowed() {
    let shares = |percent: u32, rounding: &str| {
        let strategy = format!("canary = {{ size = \"{percent}%\", bake = \"1m\" }}");
        let endpoint = format!("percent_to_instances = \"{rounding}\"");
        let case = Case { strategy: &strategy, instances: 3, endpoint: &endpoint, ..CASE };
        case.load().map(|loaded| loaded.scenario.strategies[0].stages[0].green_active)
    };
    // The official notebook: 33 % of 3 is 1 instance, by any rounding.
    for rounding in ["round", "ceil", "floor"] {
        assert_eq!(shares(33, rounding).ok(), Some(1), "{rounding}");
    }
    // 34 % is 1.02 instances: the ceiling breaks the cap that 34 % itself keeps.
    assert_eq!(shares(34, "round").ok(), Some(1));
    let errors = shares(34, "ceil").expect_err("67 %");
    assert!(errors.problems[0].message.contains("2 of 3"), "{errors}");
    // 50 % is 1.5.
    assert!(shares(50, "ceil").is_err() && shares(50, "round").is_err());
    assert_eq!(shares(50, "floor").ok(), Some(1));
}

#[test]
fn an_update_has_at_most_ten_alarms() {
    for strategy in [
        "all_at_once = {}",
        "canary = { size = \"10%\", bake = \"1m\" }",
        "linear = { step = \"10%\", bake = \"1m\" }",
    ] {
        Case { strategy, alarms: 10, ..CASE }.accepted();
        Case { strategy, alarms: 11, ..CASE }.refused(&[
            "AutoRollbackConfiguration.Alarms",
            "at most 10",
            "11 alarms",
        ]);
        let named = format!("{strategy}\nalarms = [\"alarm 3\"]");
        Case { strategy: &named, alarms: 11, ..CASE }.accepted();
    }
    let group = |most: &str, alarms: usize| {
        let strategy = format!("code_deploy = \"AllAtOnce\"\n{most}");
        Case { strategy: &strategy, alarms, ..CASE }.load()
    };
    assert!(group("", 50).is_ok());
    Case { strategy: "code_deploy = \"AllAtOnce\"", alarms: 51, ..CASE }
        .refused(&["alarmConfiguration.alarms", "at most 50"]);
    let ten = "[controller]\ncode_deploy_alarms = 10";
    assert!(group(ten, 10).is_ok() && group(ten, 11).is_err());
    assert!(group("[controller]\ncode_deploy_alarms = 0", 1).is_err());
}

#[test]
fn an_alarms_name_has_up_to_255_characters() {
    let named = |length: usize| {
        let strategy = "all_at_once = {}\nalarms = []\n[[alarms]]\n\
            metric = \"Invocations\"\nstatistic = \"Sum\"\nfleet = \"green\"\nthreshold = 1\n\
            comparison = \"LessThanThreshold\"\nperiod = \"60s\"\nevaluation_periods = 1\n";
        let strategy = format!("{strategy}name = \"{}\"", "a".repeat(length));
        Case { strategy: &strategy, alarms: 0, ..CASE }.load()
    };
    assert!(named(255).is_ok());
    let errors = named(256).expect_err("too long");
    assert!(errors.problems[0].message.contains("longer than 255 characters"), "{errors}");
}

#[test]
fn without_limits_a_step_may_be_tiny_but_not_absurd() {
    let with = |step: &str| {
        let strategy = format!("linear = {{ step = \"{step}\", bake = \"1s\" }}");
        let (top, endpoint) = ("limits = \"off\"", "shift_by = \"percent\"\nswitch = \"0s\"");
        Case { top, endpoint, strategy: &strategy, ..CASE }.load()
    };
    let stages = with("0.1%").expect("a what-if").scenario.strategies[0].stages.len();
    assert_eq!(stages, 1000);
    let errors = with("0.0999%").expect_err("too many");
    assert!(errors.problems[0].message.contains("1002 steps"), "{errors}");
}

#[test]
fn a_time_out_is_ten_minutes_to_eight_hours_and_above_the_waits() {
    let canary = "canary = { size = \"10%\", bake = \"10m\", final_bake = \"10m\" }";
    let rolling = "rolling = { batch = \"50%\", bake = \"10m\" }";
    let field = "MaximumExecutionTimeoutInSeconds";
    for (form, policy) in [(canary, "BlueGreenUpdatePolicy"), (rolling, "RollingUpdatePolicy")] {
        for (timeout, said) in [
            ("599s", Some(["at least 10m", field])),
            ("28801s", Some(["at most 8h", field])),
            ("20m", Some(["the sum of the waits, which is 20m", policy])),
            ("20m 1s", None),
            ("8h", None),
        ] {
            let strategy = format!("{form}\ntimeout = \"{timeout}\"");
            let case = Case { strategy: &strategy, ..CASE };
            match said {
                Some(said) => case.refused(&said),
                None => case.accepted(),
            }
        }
    }
    // No time-out at all is the default, and what is not SageMaker's update is not bound.
    Case { strategy: "steps = [{ share = \"100%\", bake = \"20m\" }]\ntimeout = \"5m\"", ..CASE }
        .accepted();
}

#[test]
fn batches_of_a_rolling_update() {
    let rolling = |batch: &str, back: &str, bake: &str| {
        let rollback = format!("rollback_batch = \"{back}\"");
        format!("rolling = {{ batch = \"{batch}\", bake = \"{bake}\", {rollback} }}")
    };
    for (strategy, said) in [
        (rolling("50%", "100%", "1h"), None),
        (rolling("5%", "5%", "0s"), None),
        (rolling("51%", "100%", "0s"), Some(["51 %", "RollingUpdatePolicy.MaximumBatchSize"])),
        (rolling("4%", "100%", "0s"), Some(["4 %", "RollingUpdatePolicy.MaximumBatchSize"])),
        (
            rolling("50%", "4%", "0s"),
            Some(["at least 5 %", "RollingUpdatePolicy.RollbackMaximumBatchSize"]),
        ),
        (
            rolling("50%", "100%", "61m"),
            Some(["at most 1h", "RollingUpdatePolicy.WaitIntervalInSeconds"]),
        ),
    ] {
        let case = Case { strategy: &strategy, ..CASE };
        match said {
            Some(said) => case.refused(&said),
            None => case.accepted(),
        }
    }
}
