//! When alarms count, what happens to those that fired before, and time-outs: by hand.
//!
//! As in the other time lines: four instances, provisioning 2 min, a switch 30 s, phases aligned, polls at
//! once.

use crate::support::{arm, results, scenario, small};
use rollout_sim::alarm::spec::AlarmState;
use rollout_sim::experiment::summary::moments::time_to_roll_back_s;
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};
use rollout_sim::simulation::record::EventKind;
use rollout_sim::time::SimTime;

#[expect(clippy::unnecessary_wraps, reason = "compared with what may not have happened")]
fn at(seconds: f64) -> Option<SimTime> {
    Some(SimTime::from_secs_f64(seconds))
}

fn alarm(fleet: &str, metric: &str, threshold: &str) -> String {
    format!(
        "[[alarms]]\nname = \"a\"\nmetric = \"{metric}\"\nstatistic = \"Average\"\nfleet = \"{fleet}\"\n\
         threshold = {threshold}\ncomparison = \"GreaterThanThreshold\"\n\
         period = \"60s\"\nevaluation_periods = 1\n\
         treat_missing_data = \"notBreaching\"\n"
    )
}

const CANARY: &str = "canary = { size = \"1 instance\", bake = \"8m\", final_bake = \"6m\" }";
const CRASH: &str = "[[regressions]]\nname = \"bad\"\ncrash = true\n";

fn toml(controller: &str, rest: &str, strategy: &str) -> String {
    small("", &format!("{rest}[[strategies]]\nname = \"s\"\n{strategy}\n"))
        .replace("runs = 20", "runs = 1")
        .replace("[controller]", &format!("[controller]\n{controller}"))
}

fn run(toml: &str, regression: &str) -> Outcome {
    arm(&results(toml), "s", regression)[0].clone()
}

/// An alarm on blue that has been in ALARM for ever: its model is slower than a millisecond.
fn old_alarm() -> String {
    alarm("blue", "ModelLatency", "\"1ms\"")
}

#[test]
fn an_alarm_from_before_rolls_back_at_the_first_switch() {
    let run = run(&toml("", &old_alarm(), CANARY), "healthy");
    assert!(run.alarm_at < at(0.0));
    assert_eq!(run.rolled_back_at, at(120.0 + 30.0));
    assert_eq!((run.end, run.verdict), (End::RolledBack, Verdict::FalseRollback));
    assert_eq!(run.first_traffic_at, None);
}

#[test]
fn an_alarm_from_before_stops_or_is_ignored_where_the_rules_say_so() {
    for (controller, strategy) in [("pre_alarm = \"stop\"", ""), ("", "\npre_alarm = \"stop\"")] {
        let stopped =
            run(&toml(controller, &old_alarm(), &format!("{CANARY}{strategy}")), "healthy");
        assert_eq!((stopped.end, stopped.verdict), (End::Stopped, Verdict::FalseRollback));
        assert!(stopped.green_instance_hours.abs() < 1e-12, "nothing was launched");
        assert_eq!(stopped.to_horizon.counts.green, 0);
    }
    let ignore = "pre_alarm = \"ignore_all_alarms\"";
    let ignored = run(&toml(ignore, &format!("{CRASH}{}", old_alarm()), CANARY), "bad");
    assert_eq!((ignored.end, ignored.verdict), (End::Promoted, Verdict::Missed));
    // A strategy's own word counts more than the controller's.
    let own = format!("{CANARY}\npre_alarm = \"rollback\"");
    assert_eq!(run(&toml(ignore, &old_alarm(), &own), "healthy").end, End::RolledBack);
}

/// All alarms are ignored, not only the one that is in ALARM; and only if one is.
#[test]
fn one_alarm_from_before_silences_all() {
    let green = alarm("green", "Invocation5XXErrors", "0.5").replace("\"a\"", "\"b\"");
    let ignore = "pre_alarm = \"ignore_all_alarms\"";
    let both = run(&toml(ignore, &format!("{CRASH}{}{green}", old_alarm()), CANARY), "bad");
    assert_eq!(both.end, End::Promoted);
    let alone = run(&toml(ignore, &format!("{CRASH}{green}"), CANARY), "bad");
    assert_eq!((alone.end, alone.alarm_at), (End::RolledBack, at(180.0)));
}

#[test]
fn watched_from_the_start_an_alarm_ends_the_rollout_before_it_has_moved() {
    let toml = toml("alarms_watched_from = \"start\"", &old_alarm(), CANARY);
    let run = run(&toml, "healthy");
    assert_eq!((run.end, run.rolled_back_at), (End::RolledBack, at(0.0)));
    assert!(run.green_instance_hours.abs() < 1e-12, "cancelled as it was launched");
}

/// An outage that sets an alarm on blue off at any one minute: it counts from the start of the first
/// switch to the end of the last bake, whatever is under way, and takes a switch to go back. That covers
/// every stage.
#[test]
fn an_alarm_at_any_minute_of_any_rollout() {
    for plan in [
        "all_at_once = { final_bake = \"8m\" }",
        "canary = { size = \"1 instance\", bake = \"4m\", final_bake = \"3m\" }",
        "linear = { step = \"25%\", bake = \"100s\", final_bake = \"3m\" }",
        "steps = [{ share = \"1 instance\", bake = \"2m\" }, { share = \"100%\", bake = \"4m\" }]",
    ] {
        for minute in 1..=16 {
            let fires = 60.0 * f64::from(minute);
            let outage = format!(
                "[[incidents]]\nname = \"outage\"\nat = [\"{}s\"]\nlasts = \"60s\"\n\
                 effect = {{ errors_5xx = 1.0 }}\n",
                fires - 60.0
            );
            let text =
                toml("", &format!("{outage}{}", alarm("both", "Invocation5XXErrors", "0.5")), plan);
            let text = text.replace("rate_per_s = 20.0", "rate_per_s = 2.0");
            let bakes_end = scenario(&text).strategies[0].time_needed();
            let run = run(&text, "healthy");
            if (120.0..=bakes_end.as_secs_f64()).contains(&fires) {
                assert_eq!(run.alarm_at, at(fires), "{plan}");
                assert_eq!(run.rolled_back_at, at(fires + 30.0), "{plan}, ALARM at {fires} s");
                assert_eq!((run.end, run.verdict), (End::RolledBack, Verdict::FalseRollback));
            } else {
                assert_eq!(
                    (run.end, run.alarm_at),
                    (End::Promoted, None),
                    "{plan}, ALARM at {fires} s"
                );
            }
        }
    }
}

/// At one instant the evaluation comes first and the controller's look after it.
#[test]
fn a_look_at_the_very_instant_of_an_alarm_sees_it() {
    let text =
        toml("", &format!("{CRASH}{}", alarm("green", "Invocation5XXErrors", "0.5")), CANARY);
    let run = run(&text.replace("poll_interval = \"0s\"", "poll_interval = \"60s\""), "bad");
    // Green takes traffic from 150 s on; its first minute is published, and looked at, at 180 s.
    assert_eq!(run.alarm_at, at(180.0));
    assert_eq!(run.given_up.map(|given_up| given_up.at), at(180.0));
    assert_eq!(run.rolled_back_at, at(210.0));
}

/// An alarm that breaches all the time, made at t = 0, may say so when its warm-up is over and no sooner.
#[test]
fn a_warm_up_ends_with_the_evaluation_at_its_end() {
    let warming = "created_after = \"0s\"\nwarm_up = \"10m\"\nonly_after_warm_up = true\n";
    let text = toml("", &format!("{}{warming}", old_alarm()), CANARY);
    assert_eq!(run(&text, "healthy").alarm_at, at(600.0));
}

#[test]
fn with_bakes_alone_watched_an_alarm_in_a_switch_waits_for_the_bake() {
    // The second switch of the canary is under way from 630 to 660 s; an interval of 10 s shows a crash
    // within it.
    let crash = "[[regressions]]\nname = \"bad\"\ncrash = true\nonset = { at = \"630s\" }\n";
    let alarm = alarm("green", "Invocation5XXErrors", "0.5").replace("\"60s\"", "\"10s\"");
    let short = |controller: &str| {
        let text = toml(controller, &format!("{crash}{alarm}"), CANARY);
        run(&text.replace("[metrics]", "[metrics]\ninterval = \"10s\""), "bad")
    };
    let throughout = short("");
    assert_eq!((throughout.alarm_at, throughout.rolled_back_at), (at(640.0), at(670.0)));
    assert_eq!(throughout.full_traffic_at, None);
    let bakes = short("watch = \"bakes\"");
    assert_eq!((bakes.alarm_at, bakes.rolled_back_at), (at(640.0), at(660.0 + 30.0)));
    assert_eq!(bakes.full_traffic_at, at(660.0));
}

#[test]
fn without_alarms_bakes_are_plain_waits() {
    let bad = run(&toml("", CRASH, CANARY), "bad");
    assert_eq!((bad.end, bad.verdict), (End::Promoted, Verdict::Missed));
    assert_eq!(bad.bake_ended_at, at(150.0 + 480.0 + 30.0 + 360.0));
}

#[test]
fn an_alarm_that_nobody_feeds_stays_without_data_and_rolls_nothing_back() {
    let alarm = alarm("green", "Invocation5XXErrors", "0.5").replace("notBreaching", "missing");
    let text = toml("", &format!("{CRASH}{alarm}"), CANARY)
        .replace("rate_per_s = 20.0", "rate_per_s = 0.000001");
    let results = results(&text);
    assert_eq!(arm(&results, "s", "bad")[0].end, End::Promoted);
    let states = results.records.iter().flat_map(|record| &record.intervals);
    let mut states = states.flat_map(|interval| &interval.alarms);
    assert!(states.all(|&state| state == AlarmState::InsufficientData));
}

#[test]
fn an_alarm_after_the_end_changes_nothing() {
    let crash = "[[regressions]]\nname = \"bad\"\ncrash = true\nonset = { at = \"30m\" }\n";
    let alarm = alarm("green", "Invocation5XXErrors", "0.5");
    let results = results(&toml("", &format!("{crash}{alarm}"), CANARY));
    let run = arm(&results, "s", "bad")[0];
    assert_eq!((run.end, run.alarm_at, run.rolled_back_at), (End::Promoted, None, None));
    let record = results.records.iter().find(|record| record.regression == 1).expect("a record");
    let mut after = record.events.iter().skip_while(|event| event.kind != EventKind::Promoted);
    let after: Vec<EventKind> = after.by_ref().map(|event| event.kind).collect();
    let expected = [
        EventKind::Promoted,
        EventKind::CleanUpStarted,
        EventKind::FleetTerminated,
        EventKind::FaultChanged,
        EventKind::AlarmChanged,
    ];
    assert_eq!(after, expected);
}

/// Time-outs that SageMaker would refuse, being below 10 minutes, are fine here.
fn timed(timeout: &str, controller: &str, rest: &str, regression: &str) -> Outcome {
    let toml = toml(controller, rest, &format!("{CANARY}\ntimeout = \"{timeout}\""));
    run(&format!("limits = \"off\"\n{toml}"), regression)
}

#[test]
fn a_time_out_brings_everything_back() {
    let baking = timed("400s", "", "", "healthy");
    assert_eq!((baking.end, baking.verdict), (End::TimedOut, Verdict::Undecided));
    assert_eq!((baking.rolled_back_at, baking.bake_ended_at), (at(430.0), None));
    // Green from 0 to the end of its clean-up at 460 s.
    assert!((baking.green_instance_hours - 4.0 * 460.0 / 3600.0).abs() < 1e-9);
    // During the second switch, which is cancelled.
    let switching = timed("640s", "", "", "healthy");
    assert_eq!((switching.rolled_back_at, switching.full_traffic_at), (at(670.0), None));
    // Before anything has moved, there is nothing to switch.
    let creating = timed("60s", "", "", "healthy");
    assert_eq!((creating.end, creating.rolled_back_at), (End::TimedOut, at(60.0)));
    assert!((creating.green_instance_hours - 4.0 * 60.0 / 3600.0).abs() < 1e-9);
}

#[test]
fn a_time_out_is_exceeded_only_by_what_comes_after_it() {
    // The last bake ends at 1020 s.
    assert_eq!(timed("1020s", "", "", "healthy").end, End::Promoted);
    assert_eq!(timed("1019s", "", "", "healthy").end, End::TimedOut);
}

#[test]
fn a_regression_that_a_time_out_ended_was_missed_if_it_had_shown() {
    let unseen = timed("400s", "", CRASH, "bad");
    assert_eq!((unseen.end, unseen.verdict), (End::TimedOut, Verdict::Missed));
    assert_eq!(timed("60s", "", CRASH, "bad").verdict, Verdict::Undecided, "it never showed");
    let alarmed = format!("{CRASH}{}", alarm("green", "Invocation5XXErrors", "0.5"));
    let seen = timed("400s", "", &alarmed, "bad");
    assert_eq!((seen.end, seen.verdict), (End::RolledBack, Verdict::Caught), "the alarm was first");
}

#[test]
fn a_time_out_may_leave_everything_as_it_is() {
    let stays = timed("400s", "on_timeout = \"stay\"", "", "healthy");
    assert_eq!((stays.end, stays.rolled_back_at), (End::TimedOut, None));
    assert!(
        stays.to_horizon.counts.green > stays.to_bake_end.counts.green,
        "a quarter goes on to green"
    );
    assert!((stays.both_fleets_s - 2400.0).abs() < 1e-9);
}

/// An ALARM from long before takes no longer to act on than the update has lasted.
#[test]
fn the_time_to_roll_back_begins_with_the_update() {
    let run = run(&toml("", &old_alarm(), CANARY), "healthy");
    assert!(run.alarm_at < at(-60.0));
    assert_eq!(time_to_roll_back_s(&run), Some(150.0));
}
