//! What the alarms of a deployment can and cannot do, each shown by a small scenario whose times
//! are worked by hand.
//!
//! The first traffic comes at 180 s, on the minute, and phases are aligned: minutes after the
//! traffic switch are then exact. Facts:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html>,
//! <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html>.

use crate::support::{arm, results, small};
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};
use rollout_sim::time::SimTime;

const CRASH: &str = "[[regressions]]\nname = \"bad\"\ncrash = true\n";
const FIRST_TRAFFIC_S: f64 = 180.0;
const SWITCH_S: f64 = 60.0;

#[expect(clippy::unnecessary_wraps, reason = "compared with what may not have happened")]
fn at(seconds: f64) -> Option<SimTime> {
    Some(SimTime::from_secs_f64(seconds))
}

/// An alarm on the average of failures, called as its periods.
fn alarm(fleet: &str, period: &str, threshold: &str) -> String {
    let (seconds, periods) = period.split_once('x').expect("such as 60x3");
    format!(
        "[[alarms]]\nname = \"{period}\"\nmetric = \"Invocation5XXErrors\"\n\
         statistic = \"Average\"\nfleet = \"{fleet}\"\nthreshold = {threshold}\n\
         comparison = \"GreaterThanThreshold\"\nperiod = \"{seconds}s\"\n\
         evaluation_periods = {periods}\ntreat_missing_data = \"notBreaching\"\n"
    )
}

fn strategy(name: &str, plan: &str) -> String {
    format!("[[strategies]]\nname = \"{name}\"\n{plan}\n")
}

/// One run on the minute of whatever is to be shown, with half an hour of history.
fn toml(rest: &str) -> String {
    small("", rest)
        .replace("runs = 20", "runs = 1")
        .replace("warm_up = \"5m\"", "warm_up = \"30m\"")
        .replace("switch = \"30s\"", "switch = \"60s\"")
}

fn run(toml: &str, strategy: &str, regression: &str) -> Outcome {
    arm(&results(toml), strategy, regression)[0].clone()
}

const CANARY: &str = "canary = { size = \"1 instance\", bake = \"12m\", final_bake = \"2m\" }";

/// (N − 1) periods and one minute, because windows slide by the minute: a datapoint of five minutes
/// breaches a minute after the switch already, on a series that has nothing but the new model.
#[test]
fn the_earliest_alarm_after_the_switch() {
    let table = [("60x1", 1.0), ("60x2", 2.0), ("60x3", 3.0), ("300x1", 1.0)];
    for (periods, minutes) in table.into_iter().chain([("300x2", 6.0), ("600x2", 11.0)]) {
        let text =
            toml(&format!("{CRASH}{}{}", alarm("green", periods, "0.5"), strategy("s", CANARY)));
        let run = run(&text, "s", "bad");
        assert_eq!(run.first_traffic_at.map(SimTime::as_secs_f64), Some(FIRST_TRAFFIC_S));
        assert_eq!(run.alarm_at, at(FIRST_TRAFFIC_S + 60.0 * minutes), "{periods}");
    }
}

/// `EndpointName` and `VariantName` see both fleets: share·new + (1 − share)·old, over windows that
/// begin before the switch. With 5 % errors on 30 % of the traffic a window is at 1.5 % times its
/// part after the switch, so the older of two windows of 600 s is above 1 % when 400 s of it are:
/// 600 + 400 s, that is 17 whole minutes after the switch. (Of 600 000 requests at that minute 6300
/// ± 79 fail, at the one before 5400 ± 73, against 6000: a wrong minute has a chance of 10⁻⁴.) On
/// 10 % it is at 0.5 % for ever.
#[test]
fn an_alarm_over_both_fleets_is_diluted_and_misses_the_bake() {
    let fault = "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.05 }\n";
    let plans = [
        ("three tenths", "steps = [{ share = \"3 instances\", bake = \"20m\" }]", "600x2"),
        ("a tenth", "steps = [{ share = \"1 instance\", bake = \"20m\" }]", "300x2"),
        ("as the guide", "canary = { size = \"3 instances\", bake = \"10m\" }", "600x2"),
    ];
    let plans = plans
        .map(|(name, plan, alarm)| strategy(name, &format!("{plan}\nalarms = [\"{alarm}\"]")))
        .concat();
    let alarms = alarm("both", "600x2", "\"1%\"") + &alarm("both", "300x2", "\"1%\"");
    let text = toml(&format!("{fault}{alarms}{plans}"))
        .replace("rate_per_s = 20.0", "rate_per_s = 1000.0")
        .replace("instances = 4", "instances = 10")
        .replace("concurrency = 2", "concurrency = 50")
        .replace("errors_5xx = 0.005", "errors_5xx = 0.0")
        .replace("horizon = \"40m\"", "horizon = \"26m\"");
    let results = results(&text);
    let of = |strategy| arm(&results, strategy, "bad")[0];
    let seen = of("three tenths");
    assert_eq!(seen.alarm_at, at(FIRST_TRAFFIC_S + 17.0 * 60.0));
    assert_eq!((seen.end, seen.verdict), (End::RolledBack, Verdict::Caught));
    let never = of("a tenth");
    assert_eq!((never.end, never.verdict), (End::Stopped, Verdict::Missed), "a trial to its end");
    let late = of("as the guide");
    assert_eq!((late.end, late.verdict), (End::Promoted, Verdict::Missed));
}

/// The old model's failures count for an alarm over both fleets, and no baseline is taken: what
/// ends the update is what it was to mend. The new fleet's own series lets it through.
#[test]
fn an_alarm_that_is_in_alarm_already_ends_the_update_unless_it_looks_at_the_new_fleet() {
    for (fleet, expected) in [
        ("both", (End::RolledBack, Verdict::FalseRollback)),
        ("green", (End::Promoted, Verdict::Passed)),
    ] {
        let fix = format!(
            "[green]\nerrors_5xx = 0.0\n{}{}",
            alarm(fleet, "60x1", "0.2"),
            strategy("s", CANARY)
        );
        let text = toml(&fix).replace("errors_5xx = 0.005", "errors_5xx = 0.5");
        let run = run(&text, "s", "healthy");
        assert_eq!((run.end, run.verdict), expected, "{fleet}");
        if fleet == "both" {
            assert!(run.alarm_at < at(0.0), "before the update was requested");
            assert_eq!(run.rolled_back_at, at(FIRST_TRAFFIC_S), "as the first switch ends");
            assert_eq!(run.to_horizon.counts.green, 0);
        }
    }
}

/// Without alarms a bake is a wait: a release that fails every request takes as long as a good one.
#[test]
fn without_alarms_a_bake_only_takes_time() {
    let plans = [
        ("all", "all_at_once = { final_bake = \"10m\" }", 1.0, 600.0),
        ("canary", CANARY, 2.0, 840.0),
        ("linear", "linear = { step = \"25%\", bake = \"2m\", final_bake = \"3m\" }", 4.0, 540.0),
    ];
    let text = plans.map(|(name, plan, ..)| strategy(name, plan)).concat();
    let results = results(&toml(&format!("{CRASH}{text}")));
    for (name, _, switches, bakes_s) in plans {
        for release in ["healthy", "bad"] {
            let run = arm(&results, name, release)[0];
            assert_eq!(run.end, End::Promoted, "{name}");
            assert_eq!(run.bake_ended_at, at(120.0 + switches * SWITCH_S + bakes_s), "{name}");
        }
    }
}

/// Before its first traffic the new fleet has no datapoints. An alarm that takes them as missing
/// has no data, which is not ALARM, and the update goes on; taken as breaching they are an ALARM,
/// which ends it before it has begun.
#[test]
fn insufficient_data_does_not_roll_back() {
    for (missing, expected) in [
        ("missing", (End::Promoted, Verdict::Passed)),
        ("breaching", (End::RolledBack, Verdict::FalseRollback)),
    ] {
        let alarm = alarm("green", "60x3", "0.5").replace("notBreaching", missing);
        let text = toml(&format!("{alarm}{}", strategy("s", CANARY)));
        let from_start = "[controller]\nalarms_watched_from = \"start\"";
        let run = run(&text.replace("[controller]", from_start), "s", "healthy");
        assert_eq!((run.end, run.verdict), expected, "{missing}");
    }
}

/// The old fleet is still there, so going back costs the time to detect and one switch, from any
/// stage.
#[test]
fn back_to_blue_takes_one_switch_from_any_stage() {
    let linear = "linear = { step = \"25%\", bake = \"3m\", final_bake = \"3m\" }";
    let plans = [
        ("all", "all_at_once = { final_bake = \"10m\" }", 1.0),
        ("canary", CANARY, 0.25),
        ("canary", CANARY, 1.0),
        ("linear", linear, 0.25),
        ("linear", linear, 0.5),
        ("linear", linear, 1.0),
    ];
    for (name, plan, share) in plans {
        let onset = format!("{CRASH}onset = {{ at_share = {share} }}\n");
        let text = format!("{onset}{}{}", alarm("green", "60x1", "0.5"), strategy(name, plan));
        let run = run(&toml(&text), name, "bad");
        let stages = if name == "linear" { 240.0 } else { 12.0 * 60.0 + SWITCH_S };
        let steps = if name == "linear" { (share - 0.25) * 4.0 } else { f64::from(share > 0.25) };
        let shows_at = FIRST_TRAFFIC_S + if name == "all" { 0.0 } else { steps * stages };
        assert_eq!(run.alarm_at, at(shows_at + 60.0), "{name} at {share}");
        assert_eq!(run.rolled_back_at, at(shows_at + 60.0 + SWITCH_S), "{name} at {share}");
        assert_eq!((run.end, run.verdict), (End::RolledBack, Verdict::Caught));
    }
}

/// `UpdateEndpoint` without a `DeploymentConfig` is all at once, and `TerminationWaitInSeconds` is 0 by
/// default: the update is over as the traffic arrives, and an alarm of one minute, which would see
/// everything fail, comes too late.
#[test]
fn the_defaults_of_an_update_leave_no_alarm_time_to_act() {
    let text = format!(
        "{CRASH}{}{}{}",
        alarm("green", "60x1", "0.5"),
        strategy("default", "all_at_once = {}"),
        strategy("a minute", "all_at_once = { final_bake = \"60s\" }")
    );
    let results = results(&toml(&text));
    let default = arm(&results, "default", "bad")[0];
    assert_eq!((default.end, default.verdict), (End::Promoted, Verdict::Missed));
    assert_eq!(default.full_traffic_at, at(FIRST_TRAFFIC_S));
    assert_eq!(default.bake_ended_at, default.full_traffic_at);
    assert_eq!(
        default.to_horizon.counts.attributable_green,
        default.to_horizon.counts.attributable
    );
    assert!(default.to_horizon.counts.attributable > 40_000, "20 a second for 37 minutes");
    let watched = arm(&results, "a minute", "bad")[0];
    assert_eq!((watched.end, watched.verdict), (End::RolledBack, Verdict::Caught));
}
