//! Monitors: when their verdicts come, what they rest on, and what that means for a bake.

use crate::support::{arm, results, scenario};
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};
use rollout_sim::simulation::record::EventKind;
use rollout_sim::simulation::replication::{ArmId, replicate};

/// The hours strike at t = 0; green takes its first traffic `provision` after it.
fn toml(provision: &str, rest: &str) -> String {
    format!(
        r#"
name = "monitored"
limits = "off"
[experiment]
baseline = "none"
runs = 40
seed = 5
horizon = "6h"
warm_up = "2h"
phase = "aligned"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 1.0 }} }}
[endpoint]
instances = 10
capacity = "unlimited"
provision = "{provision}"
switch = "0s"
price_per_hour = 1.0
[controller]
poll_interval = "0s"
[blue]
latency = {{ constant = "10ms" }}
{rest}"#
    )
}

const EXACT_JOBS: &str =
    "start_delay = [\"5m\", \"5m\"]\njob_duration = [\"10m\", \"10m\"]\nmin_samples = 1\n";
const ALARM: &str = "[[alarms]]\nname = \"accuracy\"\nmonitor = \"accuracy\"\n\
                     statistic = \"Average\"\nthreshold = 0.9\n\
                     comparison = \"LessThanThreshold\"\nperiod = \"1h\"\n\
                     evaluation_periods = 1\n";
const PERFECT: &str = "[quality]\naccuracy = 1.0\n";
const USELESS: &str = "[[regressions]]\nname = \"useless\"\nquality = { accuracy_loss = 1.0 }\n";
const CANARY: &str = "[[strategies]]\nname = \"canary\"\n\
                      canary = { size = \"10%\", bake = \"30m\", final_bake = \"30m\" }\n";
const LONG: &str = "[[strategies]]\nname = \"long\"\n\
                    canary = { size = \"10%\", bake = \"60m\", final_bake = \"60m\" }\n";

fn monitor(fleet: &str, rest: &str) -> String {
    format!("[[monitors]]\nname = \"accuracy\"\nmodel_quality = {{}}\nfleet = \"{fleet}\"\n{rest}")
}

fn minutes(at: Option<rollout_sim::time::SimTime>) -> f64 {
    at.expect("an instant").as_secs_f64() / 60.0
}

/// What the monitor's jobs reported in replication 0 of the first arm: [minute, samples].
fn reports(scenario: &Scenario) -> Vec<[f64; 2]> {
    let arms = [ArmId { strategy: 0, regression: 0 }];
    let replication = replicate(scenario, 0, &arms, true, &|| true).expect("no trace is read");
    let records = replication.expect("nobody stopped it").records;
    let events = records[0].events.iter().filter(|event| event.kind == EventKind::MonitorReported);
    let samples = |reason: &str| -> f64 {
        let words: Vec<&str> = reason.split(' ').collect();
        let place = words.iter().position(|word| *word == "samples").filter(|place| *place > 0);
        let counted = words.iter().rposition(|word| *word == "samples").or(place);
        words[counted.expect("a count") - 1].parse().expect("a number")
    };
    events.map(|event| [event.at.as_secs_f64() / 60.0, samples(&event.reason)]).collect()
}

/// Green is bad from minute 20. The window 0:00 to 1:00 is looked at by the job that starts at 1:05 and is
/// done at 1:15; an alarm is evaluated at each full minute, after the verdict of the same instant.
#[test]
fn the_time_line_of_a_verdict_by_hand() {
    let monitor = monitor("green", EXACT_JOBS);
    let results = results(&toml("20m", &format!("{PERFECT}{USELESS}{monitor}{ALARM}{LONG}")));
    for run in arm(&results, "long", "useless") {
        assert_eq!(run.verdict, Verdict::Caught);
        assert!((minutes(run.alarm_at) - 75.0).abs() < 1e-9, "{:?}", run.alarm_at);
    }
    let healthy = arm(&results, "long", "healthy");
    assert!(healthy.iter().all(|run| run.end == End::Promoted));
}

/// The same value, looked for by an alarm whose period does not reach back to the end of the window.
#[test]
fn an_alarm_of_a_minute_never_sees_a_value_stamped_a_quarter_of_an_hour_ago() {
    let monitor = monitor("green", EXACT_JOBS);
    let alarm = ALARM.replace("\"1h\"", "\"60s\"");
    let blind = results(&toml("20m", &format!("{PERFECT}{USELESS}{monitor}{alarm}{LONG}")));
    assert!(blind.outcomes.iter().all(|run| run.alarm_at.is_none()));
    let monitor = format!("{monitor}stamp = \"job_end\"\n");
    let seeing = results(&toml("20m", &format!("{PERFECT}{USELESS}{monitor}{alarm}{LONG}")));
    let runs = arm(&seeing, "long", "useless");
    // The value of minute 75 is in the period that ends at minute 76.
    assert!(runs.iter().all(|run| (minutes(run.alarm_at) - 76.0).abs() < 1e-9));
}

/// A bad hour that begins with the hour: 60 minutes of serving, 0 to 20 to the start of the job, 6 to 14
/// of work, and the next full minute. The mean of 40 is 60 + 10 + 10 + 0.5 ± z·√((20² + 8² + 1)/12/40) =
/// 80.5 ± 4.4 at α = 10⁻⁵ (z = 4.42); an error of 6 minutes is caught 9 times in 10.
#[test]
fn a_verdict_on_a_bad_hour_is_too_late_for_a_bake_of_an_hour_and_in_time_for_two() {
    let rest = format!("{PERFECT}{USELESS}{}{ALARM}{CANARY}{LONG}", monitor("green", ""));
    let results = results(&toml("60m", &rest));
    for run in arm(&results, "canary", "useless") {
        assert_eq!((run.verdict, run.alarm_at), (Verdict::Missed, None), "60 < 66 minutes");
    }
    let delays: Vec<f64> =
        arm(&results, "long", "useless").iter().map(|run| minutes(run.alarm_at) - 60.0).collect();
    assert!(delays.iter().all(|delay| (66.0..=95.0).contains(delay)), "{delays:?}");
    let mean = delays.iter().sum::<f64>() / 40.0;
    assert!((mean - 80.5).abs() < 4.4, "{mean}");
}

/// Labels come after an exponential time of mean 30 min, for 60 % of the requests. Of an hour whose job
/// starts when it ends, a share 0.6·(1 − (1 − e⁻²)/2) = 0.3406 has arrived. Of five hours of 3600 requests
/// 6131 ± 346 (z = 4.42 of a Poisson count, α = 10⁻⁵); an error of 7 % is caught 9 times in 10.
#[test]
fn labels_arrive_by_their_delay_and_coverage() {
    let labels = "labels = { delay = { exponential = { mean = \"30m\" } }, coverage = \"60%\" }\n";
    let jobs = "start_delay = [\"0s\", \"0s\"]\njob_duration = [\"10m\", \"10m\"]\n";
    let rest = format!("{PERFECT}{labels}{}{LONG}", monitor("both", jobs));
    let reports = reports(&scenario(&toml("20m", &rest)));
    let of_whole_hours: Vec<f64> = reports[1..6].iter().map(|report| report[1]).collect();
    let found: f64 = of_whole_hours.iter().sum();
    let expected = 5.0 * 3600.0 * 0.6 * (1.0 - (1.0 - (-2.0_f64).exp()) / 2.0);
    assert!((found - expected).abs() < 4.42 * expected.sqrt(), "{found}, {expected}");
    let at: Vec<f64> = reports.iter().map(|report| report[0]).collect();
    assert_eq!(at, [-50.0, 10.0, 70.0, 130.0, 190.0, 250.0, 310.0]);
}

/// With `end_offset` the same hour is looked at two hours later, when nearly all labels are there: of each
/// a share 1 − e⁻⁴·q instead of 1 − q, q = ((1 − e⁻²)/2)·((1 − e^(−2/3))·3/2) = 0.3155 for a job that starts
/// uniformly within 20 minutes. Five hours of 3600 requests; the bounds are 8 standard deviations of the
/// counts and 3.6 of the five start delays (α = 3·10⁻⁴); 0.14 less is caught 9 times in 10.
#[test]
fn a_window_that_lies_back_sees_more_labels() {
    let labels = "labels = { delay = { exponential = { mean = \"30m\" } } }\n";
    let share = |rest: &str| -> f64 {
        let rest = format!("{PERFECT}{labels}{}{LONG}", monitor("both", rest));
        let counts = reports(&scenario(&toml("20m", &rest))).into_iter().map(|report| report[1]);
        counts.take(5).sum::<f64>() / (5.0 * 3600.0)
    };
    let (late, soon) = (share("end_offset = \"2h\"\n"), share(""));
    assert!((late - 0.9942).abs() < 0.06 && (soon - 0.6845).abs() < 0.1, "{late}, {soon}");
}

#[test]
fn too_few_samples_say_nothing() {
    let monitor = monitor("green", &EXACT_JOBS.replace("= 1\n", "= 100000\n"));
    let results = results(&toml("20m", &format!("{PERFECT}{USELESS}{monitor}{ALARM}{LONG}")));
    assert!(results.outcomes.iter().all(|run| run.alarm_at.is_none()));
}

/// Blue and green do not share a segment's fate: only a monitor of bias that sees green tells them apart.
#[test]
fn bias_and_drift_are_found_by_the_monitors_that_look_for_them() {
    let rest = r#"[quality]
accuracy = 0.9
segments = [{ name = "young", share = "20%" }]
[[regressions]]
name = "bias"
quality = { segment_loss = { segment = "young", loss = 0.3 } }
[[regressions]]
name = "drift"
quality = { drift = { shift_sd = 1.0 } }
[[monitors]]
name = "bias"
bias = { segment = "young" }
fleet = "green"
[[monitors]]
name = "drift"
data_quality = {}
fleet = "green"
"#;
    let alarm = |name: &str, threshold: &str| {
        format!(
            "[[alarms]]\nname = \"{name}\"\nmonitor = \"{name}\"\nstatistic = \"Average\"\n\
             threshold = {threshold}\ncomparison = \"GreaterThanThreshold\"\nperiod = \"1h\"\n\
             evaluation_periods = 1\n"
        )
    };
    let strategy = "[[strategies]]\nname = \"all\"\nall_at_once = { final_bake = \"3h\" }\n";
    let alarms = alarm("bias", "0.15") + &alarm("drift", "0.1");
    let results = results(&toml("20m", &format!("{rest}{alarms}{strategy}")));
    // In a whole hour the difference of accuracies has a standard deviation of 0.018 in the segment, and the
    // robust distance of equal laws is 0 with a probability of 0.997: 0.15 and 0.1 are far from chance.
    let by = |regression: &str, alarm: Option<usize>| {
        let runs = arm(&results, "all", regression);
        runs.iter().filter(|run: &&&Outcome| run.alarm == alarm).count()
    };
    assert_eq!([by("healthy", None), by("bias", Some(0)), by("drift", Some(1))], [40; 3]);
}

/// A drift of the world shows in green's inputs too: a rollback without cause in the release.
#[test]
fn a_drift_that_hits_both_models_rolls_back_a_good_release() {
    let rest = "[quality]\naccuracy = 0.9\n\
                [[incidents]]\nname = \"drift\"\nat = [\"0s\"]\nlasts = \"24h\"\n\
                effect = { drift = { shift_sd = 1.0, accuracy_loss = 0.1 } }\n";
    let monitor = monitor("both", EXACT_JOBS);
    let results = results(&toml("20m", &format!("{rest}{monitor}{ALARM}{LONG}")));
    assert!(results.outcomes.iter().all(|run| run.verdict == Verdict::FalseRollback));
}

/// A monitor of the shadow sees what nobody else does, and nobody gets a wrong answer.
#[test]
fn a_long_shadow_is_stopped_before_anybody_is_hurt() {
    let strategy = "[[strategies]]\nname = \"shadow\"\n\
                    shadow = { sample = \"100%\", lasts = \"3h\", then = \"all_at_once\" }\n";
    let monitor = monitor("shadow", "");
    let rest = format!("{PERFECT}{USELESS}{monitor}{ALARM}{strategy}");
    let results = results(&toml("20m", &rest));
    for run in arm(&results, "shadow", "useless") {
        assert_eq!((run.end, run.verdict), (End::Stopped, Verdict::Caught));
        assert_eq!(run.to_horizon.wrong.map(|wrong| wrong.attributable), Some(0));
    }
}

/// What one monitor does leaves another's jobs alone, as every purpose has its own luck.
#[test]
fn a_second_monitor_does_not_move_the_first() {
    let one = format!("{PERFECT}{USELESS}{}{ALARM}{LONG}", monitor("green", ""));
    let other = "[[monitors]]\nname = \"drift\"\ndata_quality = { baseline_samples = 100 }\n";
    let two = one.clone() + other;
    let alarms = |toml: &str| -> Vec<_> {
        let scenario = scenario(toml);
        let results = run(&scenario, &Unwatched).expect("no trace is read");
        results.outcomes.iter().map(|run| run.alarm_at).collect()
    };
    assert_eq!(alarms(&toml("20m", &one)), alarms(&toml("20m", &two)));
}
