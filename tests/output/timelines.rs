//! The time line of every strategy, by hand.
//!
//! In all of them: update requested at 0, provisioning 2 min, a switch 30 s, phases aligned, every fault
//! so gross that the first datapoint breaches. Four instances.

use crate::support::{arm, results, small};
use rollout_sim::experiment::summary::moments::time_to_detect_s;
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};
use rollout_sim::time::SimTime;

/// An alarm on green that one bad datapoint sets off.
const ONE_OF_ONE: &str = r#"
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
"#;

#[expect(clippy::unnecessary_wraps, reason = "compared with what may not have happened")]
fn at(seconds: f64) -> Option<SimTime> {
    Some(SimTime::from_secs_f64(seconds))
}

/// The one run of a strategy against a regression that is described by `regression`.
fn only_run(strategy: &str, regression: &str, endpoint: &str) -> Outcome {
    let rest = format!("[[regressions]]\nname = \"bad\"\n{regression}\n{ONE_OF_ONE}{strategy}");
    let toml = small(endpoint, &rest).replace("runs = 20", "runs = 1");
    let results = results(&toml);
    arm(&results, "s", "bad")[0].clone()
}

fn strategy(plan: &str) -> String {
    format!("[[strategies]]\nname = \"s\"\n{plan}\n")
}

const NONE: &str = "errors = { errors_5xx = 0.006 }";
const CRASH: &str = "crash = true";

#[test]
fn all_at_once_takes_provision_switch_and_bake() {
    let run = only_run(&strategy("all_at_once = { final_bake = \"10m\" }"), NONE, "");
    assert_eq!(run.first_traffic_at, at(150.0));
    assert_eq!(run.full_traffic_at, at(150.0));
    assert_eq!(run.bake_ended_at, at(750.0));
    assert_eq!(run.end, End::Promoted);
    // Blue goes 30 s of clean-up after the bake; green is paid from the request of the update on.
    assert!((run.both_fleets_s - 780.0).abs() < 1e-9);
    assert!((run.blue_instance_hours - 4.0 * 780.0 / 3600.0).abs() < 1e-9);
    assert!((run.green_instance_hours - 4.0 * 2400.0 / 3600.0).abs() < 1e-9);
}

#[test]
fn a_canary_switches_twice_and_bakes_twice() {
    let plan = strategy("canary = { size = \"1 instance\", bake = \"8m\", final_bake = \"6m\" }");
    let run = only_run(&plan, NONE, "");
    assert_eq!(run.first_traffic_at, at(150.0));
    assert_eq!(run.full_traffic_at, at(150.0 + 480.0 + 30.0));
    assert_eq!(run.bake_ended_at, at(660.0 + 360.0));
}

#[test]
fn linear_goes_in_equal_steps() {
    let plan = strategy("linear = { step = \"25%\", bake = \"3m\", final_bake = \"5m\" }");
    let run = only_run(&plan, NONE, "");
    assert_eq!(run.first_traffic_at, at(150.0));
    assert_eq!(run.full_traffic_at, at(150.0 + 3.0 * (180.0 + 30.0)));
    assert_eq!(run.bake_ended_at, at(780.0 + 300.0));
}

#[test]
fn a_shadow_begins_without_a_switch_and_is_promoted_with_one() {
    let plan = "shadow = { sample = \"100%\", lasts = \"10m\", then = \"all_at_once\", \
                final_bake = \"5m\" }";
    let run = only_run(&strategy(plan), NONE, "");
    assert_eq!(run.first_traffic_at, at(120.0));
    assert_eq!(run.full_traffic_at, at(120.0 + 600.0 + 30.0));
    assert_eq!(run.bake_ended_at, at(750.0 + 300.0));
}

/// The first datapoint with green's traffic is the minute from 120 s, complete at 180 s.
#[test]
fn a_crash_is_seen_at_the_end_of_the_first_minute_and_rolled_back() {
    for plan in [
        "all_at_once = { final_bake = \"10m\" }",
        "canary = { size = \"1 instance\", bake = \"8m\", final_bake = \"6m\" }",
        "linear = { step = \"25%\", bake = \"3m\", final_bake = \"5m\" }",
    ] {
        let run = only_run(&strategy(plan), CRASH, "");
        assert_eq!(run.first_faulty_exposure_at, at(150.0), "{plan}");
        assert_eq!(run.alarm_at, at(180.0), "{plan}");
        assert_eq!(run.rolled_back_at, at(210.0), "{plan}");
        assert_eq!((run.end, run.verdict), (End::RolledBack, Verdict::Caught), "{plan}");
        // Green is gone 30 s of clean-up later.
        assert!((run.green_instance_hours - 4.0 * 240.0 / 3600.0).abs() < 1e-9, "{plan}");
        assert_eq!(
            run.to_bake_end.counts.green, run.to_horizon.counts.green,
            "nothing on green afterwards"
        );
    }
}

#[test]
fn a_fault_in_any_stage_is_rolled_back_there() {
    // The bakes of the linear rollout begin at 150, 360, 570 (75 %) and 780 s (100 %).
    let plan = strategy("linear = { step = \"25%\", bake = \"3m\", final_bake = \"5m\" }");
    for (share, begins, alarm) in [(0.5, 360.0, 420.0), (0.75, 570.0, 600.0), (1.0, 780.0, 840.0)] {
        let regression = format!("crash = true\nonset = {{ at_share = {share} }}");
        let run = only_run(&plan, &regression, "");
        assert_eq!(run.first_faulty_exposure_at, at(begins), "share {share}");
        assert_eq!(run.alarm_at, at(alarm), "share {share}");
        assert_eq!(run.rolled_back_at, at(alarm + 30.0), "share {share}");
    }
}

#[test]
fn a_fault_during_a_switch_cancels_the_switch() {
    // The second switch of the canary is under way from 630 to 660 s; the datapoint of the minute from
    // 570 s is not there (the minutes are 540–600 and 600–660): the fault at 595 s shows at 660 s, the
    // instant of the switch, and prevents it.
    let plan = strategy("canary = { size = \"1 instance\", bake = \"8m\", final_bake = \"6m\" }");
    let run = only_run(&plan, "crash = true\nonset = { at = \"605s\" }", "");
    assert_eq!(run.alarm_at, at(660.0));
    assert_eq!(run.full_traffic_at, None, "an ALARM at the instant of a step prevents the step");
    assert_eq!(run.rolled_back_at, at(690.0));
}

#[test]
fn the_evaluation_at_the_very_end_of_the_last_bake_counts() {
    let plan = strategy("all_at_once = { final_bake = \"630s\" }");
    // The bake ends at 780 s, which is the end of a minute.
    let seen = only_run(&plan, "crash = true\nonset = { at = \"725s\" }", "");
    assert_eq!((seen.alarm_at, seen.end), (at(780.0), End::RolledBack));
    let late = only_run(&plan, "crash = true\nonset = { at = \"781s\" }", "");
    assert_eq!((late.end, late.verdict), (End::Promoted, Verdict::Missed));
    assert!(late.to_horizon.counts.faulty_green > 0, "nobody watches any more");
    assert_eq!(late.to_bake_end.counts.faulty_green, 0);
}

#[test]
fn an_alarm_before_the_fault_is_chance() {
    let rest = |onset: &str| format!("crash = true\nonset = {{ at = \"{onset}\" }}");
    let plan = strategy("all_at_once = { final_bake = \"10m\" }");
    let endpoint = "";
    let sensitive = ONE_OF_ONE.replace("threshold = 0.5", "threshold = 0.0");
    let toml = small(
        endpoint,
        &format!("[[regressions]]\nname = \"bad\"\n{}\n{sensitive}{plan}", rest("30m")),
    )
    .replace("runs = 20", "runs = 1");
    let results = results(&toml);
    let run = arm(&results, "s", "bad")[0];
    assert_eq!((run.end, run.verdict), (End::RolledBack, Verdict::ByChance));
    assert_eq!(run.first_faulty_exposure_at, None);
    let healthy = arm(&results, "s", "healthy")[0];
    assert_eq!((healthy.verdict, healthy.given_up), (Verdict::FalseRollback, run.given_up));
}

#[test]
fn a_delay_and_a_poll_interval_make_it_later() {
    let plan = strategy("all_at_once = { final_bake = \"10m\" }");
    let rest = format!("[[regressions]]\nname = \"bad\"\ncrash = true\n{ONE_OF_ONE}{plan}");
    let toml = small("", &rest)
        .replace("runs = 20", "runs = 1")
        .replace("poll_interval = \"0s\"", "poll_interval = \"25s\"")
        .replace("[metrics]", "[metrics]\ndelay = \"20s\"");
    let results = results(&toml);
    let run = arm(&results, "s", "bad")[0];
    // The minute that ends at 180 s is visible from 200 s on, so to the evaluation at 240 s; the poll
    // after that is the one at 250 s.
    assert_eq!(run.alarm_at, at(240.0));
    assert_eq!(run.rolled_back_at, at(280.0));
}

#[test]
fn a_plain_update_pays_one_fleet() {
    let plan = strategy("all_at_once = { final_bake = \"0s\" }\nalarms = []");
    let run = only_run(&plan, NONE, "");
    assert_eq!(run.end, End::Promoted);
    assert!(run.both_fleets_s.abs() < 1e-9);
    assert!(run.extra_cost.is_some_and(|usd| usd.abs() < 1e-9));
}

/// Everything fails in the minute from 600 s, whatever is released, so the alarm is in ALARM at 660 s, at
/// which instant the fault begins. No evaluation of that instant has seen the fault: a look there is by
/// chance. By the poll at 840 s the healthy release's alarm is OK again; only the fault has kept the
/// other's, and that is caught, with a time to detect of 0. So it is if the fault begins ten seconds later.
#[test]
fn an_alarm_at_the_very_instant_of_the_first_faulty_exposure() {
    let runs = |poll_interval: &str, onset: &str| {
        let rest = format!(
            "[[incidents]]\nname = \"outage\"\nat = [\"10m\"]\nlasts = \"1m\"\n\
             effect = {{ errors_5xx = 1.0 }}\n\
             [[regressions]]\nname = \"bad\"\ncrash = true\nonset = {{ at = \"{onset}\" }}\n\
             {ONE_OF_ONE}{}",
            strategy("all_at_once = { final_bake = \"20m\" }")
        );
        let toml = small("", &rest)
            .replace("runs = 20", "runs = 1")
            .replace("poll_interval = \"0s\"", &format!("poll_interval = \"{poll_interval}\""));
        let results = results(&toml);
        ["healthy", "bad"].map(|release| arm(&results, "s", release)[0].clone())
    };
    let [good, bad] = runs("0s", "660s");
    assert_eq!((good.alarm_at, good.verdict), (at(660.0), Verdict::FalseRollback));
    assert_eq!((bad.alarm_at, bad.first_faulty_exposure_at), (at(660.0), at(660.0)));
    assert_eq!((bad.verdict, time_to_detect_s(&bad)), (Verdict::ByChance, None));
    for onset in [660.0, 670.0] {
        let [good, bad] = runs("7m", &format!("{onset}s"));
        assert_eq!((good.given_up, good.verdict), (None, Verdict::Passed));
        assert_eq!((bad.alarm_at, bad.first_faulty_exposure_at), (at(660.0), at(onset)));
        assert_eq!(bad.given_up.map(|given_up| given_up.at), at(840.0));
        assert_eq!((bad.verdict, time_to_detect_s(&bad)), (Verdict::Caught, Some(0.0)));
    }
}
