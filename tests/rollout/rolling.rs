//! The time line of rolling rollouts, by hand, forward and back from every stage.
//!
//! In all of them: four instances in batches of one, phases aligned, polls at once, and a green that fails
//! every request from a given moment on, of which the first full or nearly full minute sets the alarm off.

use crate::support::{arm, results, small};
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};
use rollout_sim::time::SimTime;

#[expect(clippy::unnecessary_wraps, reason = "compared with what may not have happened")]
fn at(seconds: f64) -> Option<SimTime> {
    Some(SimTime::from_secs_f64(seconds))
}

const ALARM: &str = r#"
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

/// Times other than those of a small scenario: provisioning 110 s, a switch 70 s, a clean-up 80 s. With a
/// bake of 180 s a batch takes 440 s, and each part of the second batch holds the end of a minute.
fn uneven(toml: &str) -> String {
    toml.replace("provision = \"2m\"", "provision = \"110s\"")
        .replace("switch = \"30s\"", "switch = \"70s\"")
        .replace("clean_up = \"30s\"", "clean_up = \"80s\"")
}

fn toml(endpoint: &str, regression: &str, rollback_batch: &str, more: &str) -> String {
    let rest = format!(
        "[[regressions]]\nname = \"bad\"\n{regression}\n{ALARM}[[strategies]]\nname = \"s\"\n\
         rolling = {{ batch = \"1 instance\", bake = \"3m\", \
         rollback_batch = \"{rollback_batch}\" }}\n{more}\n"
    );
    small(endpoint, &rest).replace("runs = 20", "runs = 1")
}

fn only_run(toml: &str) -> Outcome {
    arm(&results(toml), "s", "bad")[0].clone()
}

const NONE: &str = "errors = { errors_5xx = 0.006 }";

fn close(hours: f64, instance_seconds: f64) {
    assert!((hours - instance_seconds / 3600.0).abs() < 1e-9, "{} s", hours * 3600.0);
}

/// Each batch: 120 s of provisioning, 30 s of a switch, 180 s of watching, 30 s of cleaning up.
#[test]
fn four_batches_one_after_the_other() {
    let run = only_run(&toml("", NONE, "100%", ""));
    assert_eq!(run.first_traffic_at, at(150.0));
    assert_eq!(run.full_traffic_at, at(3.0 * 360.0 + 150.0));
    assert_eq!(run.bake_ended_at, at(3.0 * 360.0 + 330.0));
    assert_eq!((run.end, run.verdict), (End::Promoted, Verdict::Missed));
    // Green is launched at 0, 360, 720 and 1080 s; blue goes at 360, 720, 1080 and 1440 s.
    close(run.green_instance_hours, 2400.0 + 2040.0 + 1680.0 + 1320.0);
    close(run.blue_instance_hours, 360.0 + 720.0 + 1080.0 + 1440.0);
    // One instance too many for the four times 360 s, at 1 $ an hour.
    close(run.extra_cost.expect("a known price"), 4.0 * 360.0);
    assert_eq!(run.peak_instances, 5);
    assert!((run.both_fleets_s - 1440.0).abs() < 1e-9);
}

#[test]
fn back_at_once_launches_what_is_missing_and_flips() {
    // The second batch takes traffic at 510 s, and the minute that ends at 540 s gives it away.
    let run = only_run(&toml("", "crash = true\nonset = { at_share = 0.5 }", "100%", ""));
    assert_eq!(run.first_faulty_exposure_at, at(510.0));
    assert_eq!(run.alarm_at, at(540.0));
    assert_eq!(run.rolled_back_at, at(540.0 + 120.0 + 30.0));
    assert_eq!((run.end, run.verdict), (End::RolledBack, Verdict::Caught));
    // Two green instances, of 0 and 360 s, until 720 s; blue is one short from 360 to 540 s.
    close(run.green_instance_hours, 720.0 + 360.0);
    close(run.blue_instance_hours, 4.0 * 2400.0 - 180.0);
    assert_eq!(run.peak_instances, 6);
}

#[test]
fn back_in_batches_returns_what_is_alive_first() {
    let run = only_run(&toml("", "crash = true\nonset = { at_share = 0.5 }", "1 instance", ""));
    assert_eq!(run.alarm_at, at(540.0));
    // Switch back one (570), clean it up (600), launch one (720), switch (750), clean up (780).
    assert_eq!(run.rolled_back_at, at(750.0));
    close(run.green_instance_hours, 360.0 + 2.0 * 240.0 + 180.0);
    close(run.blue_instance_hours, 4.0 * 2400.0 - 240.0);
    assert_eq!(run.peak_instances, 5);
}

/// When the alarm fires within each part of the second batch, and when all is back on blue.
#[test]
fn a_rollback_from_every_part_of_a_batch() {
    for (part, alarm, at_once, one_by_one) in [
        // Created 440 to 550 s: the batch is cancelled, and one instance is launched.
        ("creating", 480.0, 480.0 + 110.0 + 70.0, 480.0 + 110.0 + 70.0),
        // Switched 550 to 620 s: cancelled, too; in batches the switch back and a clean-up come first.
        ("switching", 600.0, 600.0 + 180.0, 600.0 + 70.0 + 80.0 + 180.0),
        // Watched 620 to 800 s: the old batch is alive, but an older one is not.
        ("baking", 660.0, 660.0 + 180.0, 660.0 + 70.0 + 80.0 + 180.0),
        // Cleaned up 800 to 880 s: that is finished first; then two instances are missing.
        ("cleaning up", 840.0, 880.0 + 180.0, 880.0 + 180.0 + 80.0 + 180.0),
    ] {
        for (rollback_batch, expected) in [("100%", at_once), ("1 instance", one_by_one)] {
            let regression = format!("crash = true\nonset = {{ at = \"{}s\" }}", alarm - 50.0);
            let run = only_run(&uneven(&toml("", &regression, rollback_batch, "")));
            assert_eq!(run.alarm_at, at(alarm), "{part}, {rollback_batch}");
            assert_eq!(run.rolled_back_at, at(expected), "{part}, {rollback_batch}");
            assert_eq!(run.end, End::RolledBack);
        }
    }
}

#[test]
fn a_rollback_from_the_first_batch() {
    // Watched 180 to 360 s: nothing of blue is gone, so one switch is enough whatever the rollback batch.
    // Cleaned up 360 to 440 s: that is finished first, and then one instance is missing.
    for (alarm, expected) in [(240.0, 310.0), (420.0, 440.0 + 180.0)] {
        for rollback_batch in ["100%", "1 instance"] {
            let regression = format!("crash = true\nonset = {{ at = \"{}s\" }}", alarm - 50.0);
            let run = only_run(&uneven(&toml("", &regression, rollback_batch, "")));
            assert_eq!((run.alarm_at, run.rolled_back_at), (at(alarm), at(expected)));
        }
    }
}

#[test]
fn an_alarm_in_the_last_bake_counts_and_later_ones_do_not() {
    let run =
        |onset: &str| only_run(&toml("", &format!("crash = true\nonset = {onset}"), "100%", ""));
    let last = run("{ at_share = 1.0 }");
    // Full traffic at 1230 s; the alarm at 1260 s; three instances are launched again.
    assert_eq!((last.alarm_at, last.rolled_back_at), (at(1260.0), at(1260.0 + 150.0)));
    assert_eq!(last.peak_instances, 4 + 4);
    let late = run("{ at = \"1411s\" }");
    assert_eq!((late.end, late.verdict), (End::Promoted, Verdict::Missed));
    assert_eq!(late.alarm_at, None);
}

#[test]
fn a_rollback_that_fails_leaves_both_fleets_in_service() {
    let fault = "crash = true\nonset = { at_share = 0.5 }";
    let run = only_run(&toml("", fault, "100%", "rollback_fails = 1.0"));
    assert_eq!((run.end, run.verdict), (End::RollbackFailed, Verdict::Caught));
    assert_eq!((run.alarm_at, run.rolled_back_at), (at(540.0), None));
    // The instance that does not come up is paid from 540 to 660 s; the mix stays to the horizon.
    close(run.blue_instance_hours, 360.0 * 4.0 + 180.0 * 3.0 + 120.0 * 4.0 + 1740.0 * 3.0);
    close(run.green_instance_hours, 360.0 + 2.0 * 2040.0);
    let (then, finally) = (run.to_bake_end, run.to_horizon);
    // Half of 20 requests a second for the 1740 s after 660 s: 17400, give or take six times √17400 ≈ 132.
    let mixed = finally.counts.green - then.counts.green;
    assert!((16_600..18_200).contains(&mixed), "{mixed} requests on green afterwards");
}

#[test]
fn nothing_fails_where_nothing_is_launched_again() {
    let fault = "crash = true";
    let run = only_run(&toml("", fault, "100%", "rollback_fails = 1.0"));
    assert_eq!((run.end, run.rolled_back_at), (End::RolledBack, at(180.0 + 30.0)));
    let canary = toml("", "crash = true\nonset = { at_share = 1.0 }", "100%", "").replace(
        "rolling = { batch = \"1 instance\", bake = \"3m\", rollback_batch = \"100%\" }",
        "canary = { size = \"1 instance\", bake = \"3m\", final_bake = \"3m\" }",
    );
    let always = canary.replace("[controller]", "[controller]\nrollback_fails = 1.0");
    assert_eq!(only_run(&always).end, End::RolledBack);
}

#[test]
fn a_failing_rollback_is_the_same_luck_for_every_strategy() {
    let mut text =
        toml("", "crash = true\nonset = { at_share = 0.5 }", "100%", "rollback_fails = 0.5");
    text.push_str(
        "[[strategies]]\nname = \"t\"\nrolling = { batch = \"2 instances\", bake = \"5m\", \
         rollback_batch = \"1 instance\" }\nrollback_fails = 0.5\n",
    );
    // The second batch of "t" is its last.
    let results = results(
        &text.replace("runs = 1\n", "runs = 40\n").replace("at_share = 0.5", "at_share = 0.51"),
    );
    let failed = |name| -> Vec<bool> {
        arm(&results, name, "bad").iter().map(|run| run.end == End::RollbackFailed).collect()
    };
    assert_eq!(failed("s"), failed("t"));
    // 40 fair coins: 8 to 32 with probability above 0.9998.
    let failures = failed("s").iter().filter(|&&failed| failed).count();
    assert!((8..=32).contains(&failures), "{failures} of 40");
}

#[test]
fn a_quota_stops_blue_green_and_lets_a_batch_pass() {
    let quota = "instance_quota = 5";
    let run = only_run(&toml(quota, NONE, "100%", ""));
    assert_eq!((run.end, run.peak_instances), (End::Promoted, 5));
    let canary = toml(quota, NONE, "100%", "").replace(
        "rolling = { batch = \"1 instance\", bake = \"3m\", rollback_batch = \"100%\" }",
        "canary = { size = \"1 instance\", bake = \"3m\" }",
    );
    let blocked = only_run(&canary);
    assert_eq!((blocked.end, blocked.verdict), (End::UpdateFailed, Verdict::Undecided));
    assert_eq!((blocked.first_traffic_at, blocked.to_horizon.counts.green), (None, 0));
    close(blocked.extra_cost.expect("a known price"), 0.0);
    // Eight instances are enough for two whole fleets.
    let enough = only_run(&canary.replace("instance_quota = 5", "instance_quota = 8"));
    assert_eq!((enough.end, enough.peak_instances), (End::Promoted, 8));
}

#[test]
fn a_quota_that_a_batch_fits_in_may_be_too_small_for_the_way_back_at_once() {
    let fault = "crash = true\nonset = { at_share = 0.5 }";
    // At 540 s there are three blue and two green instances; the missing one would be the sixth.
    let at_once = only_run(&toml("instance_quota = 5", fault, "100%", ""));
    assert_eq!((at_once.end, at_once.peak_instances), (End::RollbackFailed, 5));
    let in_batches = only_run(&toml("instance_quota = 5", fault, "1 instance", ""));
    assert_eq!((in_batches.end, in_batches.rolled_back_at), (End::RolledBack, at(750.0)));
    assert_eq!(in_batches.peak_instances, 5);
}

/// Blue instances that come back are cold; those of a blue/green rollback never went.
#[test]
fn instances_that_are_launched_again_start_cold() {
    let slow = |text: &str| only_run(text).to_horizon.counts.slow;
    let cold = |text: &str| {
        text.replace("[blue]\n", "[blue]\ncold_start = { factor = 10.0, lasts = \"5m\" }\n")
            .replace(
                "[[regressions]]",
                "[green]\ncold_start = { factor = 1.0, lasts = \"1s\" }\n[[regressions]]",
            )
    };
    let rolling = toml("", "crash = true\nonset = { at_share = 0.5 }", "100%", "");
    assert!(
        slow(&cold(&rolling)) > slow(&rolling) + 200,
        "a quarter of the traffic is slow for minutes"
    );
    let canary = rolling.replace(
        "rolling = { batch = \"1 instance\", bake = \"3m\", rollback_batch = \"100%\" }",
        "canary = { size = \"2 instances\", bake = \"9m\" }",
    );
    assert_eq!(slow(&cold(&canary)), slow(&canary));
}
