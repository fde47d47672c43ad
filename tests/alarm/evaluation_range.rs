//! How far an alarm looks back: published histories, and what follows from the period if nobody says.
//!
//! The series are this project's own, with the times of the histories that they stand for.

use assert_cmd::Command;
use rollout_sim::alarm::spec::{AlarmSpec, MissingDataRule};
use rollout_sim::scenario::{Loaded, Scenario};
use rollout_sim::simulation::replication::{ArmId, record};
use serde_json::Value;
use std::path::Path;

/// Periods \[s\] and the datapoints beyond N of each: five minutes' worth, at least two.
const EXTRA: [(u32, u32); 10] = [
    (10, 5),
    (30, 5),
    (60, 5),
    (120, 3),
    (180, 2),
    (240, 2),
    (300, 2),
    (600, 2),
    (900, 2),
    (86_400, 2),
];

fn alarm(name: &str, settings: &str) -> String {
    format!(
        "[[alarms]]\nname = \"{name}\"\nmetric = \"Own\"\ncomparison = \"GreaterThanOrEqualToThreshold\"\n\
         {settings}\n"
    )
}

/// Changes of state as (time, alarm, state) of values at times of 2026-03-02.
#[track_caller]
fn states(alarms: &str, values: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let row = |(time, value): &(&str, &str)| format!("2026-03-02 {time},{value}\n");
    let data = "timestamp,value\n".to_owned() + &values.iter().map(row).collect::<String>();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.toml"), alarms).expect("a file");
    std::fs::write(folder.path().join("d.csv"), data).expect("a file");
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(folder.path()).args(["alarm", "a.toml", "--data", "d.csv", "--json"]);
    let played = sim.assert().success();
    let entries: Vec<Value> = serde_json::from_slice(&played.get_output().stdout).expect("JSON");
    let text = |entry: &Value, key: &str| entry[key].as_str().expect("text").to_owned();
    let change = |entry: &Value| {
        (text(entry, "time")[11..19].to_owned(), text(entry, "alarm"), text(entry, "to"))
    };
    entries.iter().map(change).collect()
}

fn to_alarm(states: &[(String, String, String)], name: &str) -> Vec<String> {
    let own = states.iter().filter(|(_, alarm, to)| alarm == name && to == "ALARM");
    own.map(|(time, ..)| time.clone()).collect()
}

/// Nobody sends anything for minutes, one slow response among them: 4 of 4 minutes, missing data stay
/// missing. Published: ALARM ten minutes after the last good response, when that is the tenth minute back
/// and no longer among the nine that are looked at. A longer period never alarmed.
#[test]
fn four_of_four_minutes_look_at_nine() {
    let minutes = alarm(
        "minutes",
        "statistic = \"Average\"\nthreshold = 0.2\nperiod = \"60s\"\nevaluation_periods = 4",
    );
    let five = alarm(
        "five minutes",
        "statistic = \"Average\"\nthreshold = 0.5\nperiod = \"300s\"\nevaluation_periods = 1",
    );
    let values = [("07:15:10", "0.001"), ("07:17:20", "0.493"), ("07:39:10", "0.003")];
    let found = states(&(minutes + &five), &values);
    assert_eq!(to_alarm(&found, "minutes"), ["07:25:00"]);
    assert!(to_alarm(&found, "five minutes").is_empty(), "{found:?}");
}

/// One failure an hour after a good run: 1 of 1 minute, missing data not breaching. OK again once the minute
/// of the failure is the seventh back.
#[test]
fn one_of_one_minute_looks_at_six() {
    let settings = "statistic = \"Sum\"\nthreshold = 1\nperiod = \"60s\"\nevaluation_periods = 1\n\
                    treat_missing_data = \"notBreaching\"";
    let found = states(&alarm("errors", settings), &[("01:00:20", "0"), ("02:00:20", "1")]);
    let last: Vec<&str> = found.iter().map(|(time, ..)| time.as_str()).collect();
    assert_eq!(last, ["01:01:00", "02:01:00", "02:07:00"]);
    assert_eq!(found[2].2, "OK");
}

/// Two of two periods of five minutes without data between: four periods are looked at, so failures 13
/// minutes apart are two in a row, and a single one is none.
#[test]
fn two_of_two_looks_at_four() {
    let both = "statistic = \"Sum\"\nthreshold = 1\nperiod = \"300s\"\nevaluation_periods = 2\n\
                treat_missing_data = \"notBreaching\"";
    let alarms = alarm("both", both) + &alarm("any", &format!("{both}\ndatapoints_to_alarm = 1"));
    let values = [("09:02:10", "0"), ("10:02:10", "1"), ("12:02:10", "1"), ("12:15:10", "1")];
    let found = states(&alarms, &values);
    assert_eq!(to_alarm(&found, "both"), ["12:16:00"]);
    assert_eq!(to_alarm(&found, "any"), ["10:03:00", "12:03:00"]);
}

/// A metric with gaps: only `missing` goes to and fro, and all three see five failures among nine minutes.
#[test]
fn gaps_alone_make_an_alarm_flap_only_where_they_stay_missing() {
    let treats = ["missing", "notBreaching", "ignore"];
    let settings =
        "statistic = \"Average\"\nthreshold = 0.2\nperiod = \"60s\"\nevaluation_periods = 5";
    let alarms: String = treats
        .map(|treat| alarm(treat, &format!("{settings}\ntreat_missing_data = \"{treat}\"")))
        .concat();
    let quiet = ["03:00:30", "03:05:30", "03:17:30", "03:26:30", "03:46:30", "03:48:30"];
    let quiet = states(&alarms, &quiet.map(|time| (time, "0.03")));
    for treat in ["notBreaching", "ignore"] {
        let own: Vec<_> = quiet.iter().filter(|(_, alarm, _)| alarm == treat).collect();
        assert_eq!(own.len(), 1, "{treat} goes to OK and stays: {own:?}");
    }
    let missing: Vec<&str> = quiet
        .iter()
        .filter(|(_, alarm, _)| alarm == "missing")
        .map(|(_, _, to)| to.as_str())
        .collect();
    let again = ["OK", "INSUFFICIENT_DATA"];
    assert_eq!(missing, [again, again, again, again].concat()[..missing.len()]);
    assert!(missing.len() >= 6, "{missing:?}");
    let slow = ["04:01:30", "04:02:30", "04:04:30", "04:05:30", "04:07:30"];
    let values: Vec<(&str, &str)> =
        [("04:00:30", "0.03")].into_iter().chain(slow.map(|time| (time, "0.9"))).collect();
    let found = states(&alarms, &values);
    for treat in treats {
        assert_eq!(to_alarm(&found, treat), ["04:08:00"], "{treat}");
    }
}

const SPARSE: &str = r#"
name = "sparse"
[experiment]
runs = 2
horizon = "2h"
warm_up = "1h"
phase = "aligned"
starts_at = "2026-03-02T06:40:00Z"
baseline = "none"
events = "all"
[traffic.arrivals.trace]
path = "every-five-minutes.csv"
time_column = "time"
rows = "requests"
[endpoint]
instances = 1
capacity = "unlimited"
provision = "1h"
[metrics]
delay = "5m"
[blue]
latency = { constant = "10ms" }
[[alarms]]
name = "minute"
metric = "ModelLatency"
statistic = "Average"
fleet = "both"
threshold = "60ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
[[strategies]]
name = "wait"
all_at_once = { final_bake = "10m" }
"#;

/// When, in minutes, and to what the alarm of a recorded run changes.
fn changes_of(text: &str, folder: &Path) -> Vec<(f64, String)> {
    let scenario = crate::support::parse(text, folder);
    let arm = ArmId { strategy: 0, regression: 0 };
    let records = record(&scenario, 0, &[arm]).expect("the traffic can be read");
    let of_alarm = records[0].events.iter().filter_map(|event| {
        let change = event.alarm?;
        Some((event.at.as_secs_f64() / 60.0, change.to.to_string()))
    });
    of_alarm.collect()
}

/// A metric of one value in five minutes that is seen five minutes late, under 1 of 1 minute: published are
/// INSUFFICIENT_DATA at 06:52 and OK at 06:56, on the datapoint of 06:50, the sixth back. With two
/// datapoints more than N it would never see one.
#[test]
fn a_minute_sees_a_value_that_is_five_minutes_late() {
    let folder = tempfile::tempdir().expect("a folder");
    let times: Vec<String> = (0..36).map(|step| (20 + 300 * step).to_string()).collect();
    let csv = format!("time\n{}\n", times.join("\n"));
    std::fs::write(folder.path().join("every-five-minutes.csv"), csv).expect("a file");
    let changes = |extra: &str| {
        let periods = format!("evaluation_periods = 1\n{extra}");
        changes_of(&SPARSE.replace("evaluation_periods = 1", &periods), folder.path())
    };
    let found = changes("");
    // t = 0 is 06:40.
    for expected in [(12.0, "INSUFFICIENT_DATA"), (16.0, "OK")] {
        let is_it = |(minute, state): &(f64, String)| {
            (minute - expected.0).abs() < 1e-9 && state == expected.1
        };
        assert!(found.iter().any(is_it), "{expected:?} of {found:?}");
    }
    assert!(changes("evaluation_range_extra = 2").is_empty());
}

/// A value each quarter of an hour under 1 of 1 period of five minutes, missing data breaching: three periods
/// are looked at, so only a value that is late leaves a gap, for as long as it is late. Reported: an alarm
/// around every run of a job each quarter of an hour.
#[test]
fn a_value_each_quarter_of_an_hour_alarms_only_if_it_is_late() {
    let folder = tempfile::tempdir().expect("a folder");
    let times: Vec<String> = (0..13).map(|step| (40 + 900 * step).to_string()).collect();
    let csv = format!("time\n{}\n", times.join("\n"));
    std::fs::write(folder.path().join("every-five-minutes.csv"), csv).expect("a file");
    let alarms = |delay: &str| -> Vec<(f64, String)> {
        let text = SPARSE
            .replace("delay = \"5m\"", &format!("delay = \"{delay}\""))
            .replace("\"60s\"", "\"300s\"\ntreat_missing_data = \"breaching\"");
        changes_of(&text, folder.path()).into_iter().filter(|(minute, _)| *minute > 0.0).collect()
    };
    assert!(alarms("0s").iter().all(|(_, state)| state != "ALARM"), "{:?}", alarms("0s"));
    for (delay, minutes) in [("1m", 1.0), ("2m", 2.0)] {
        let found = alarms(delay);
        let pairs = found.chunks_exact(2);
        assert!(pairs.len() >= 6, "{found:?}");
        for pair in pairs {
            assert_eq!([&pair[0].1, &pair[1].1], ["ALARM", "OK"], "{found:?}");
            assert!((pair[1].0 - pair[0].0 - minutes).abs() < 1e-9, "{delay}: {found:?}");
        }
    }
}

/// An update waits for an alarm of one minute on all errors, missing data stay missing: it is in ALARM if the
/// newest minute with requests, of six, has an error. Requests come as Poisson's, λ a minute, and a fifth of
/// them fails: (1 − e^(−λ/5))·(1 − e^(−6λ))/(1 − e^(−λ)). Of 1500 runs the share is within four standard
/// deviations (α = 6·10⁻⁵); at λ = 0.3 three minutes would be off by 5.3.
#[test]
fn a_fix_is_blocked_as_long_as_the_alarm_remembers() {
    for lambda in [0.3_f64, 1.2] {
        let text = format!(
            r#"
name = "blocked"
[experiment]
runs = 1500
horizon = "15m"
warm_up = "30m"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = {} }} }}
[endpoint]
instances = 1
capacity = "unlimited"
[blue]
latency = {{ constant = "40ms" }}
errors_5xx = 0.2
[green]
errors_5xx = 0.0
[[alarms]]
name = "errors"
metric = "Invocation5XXErrors"
statistic = "Sum"
fleet = "both"
threshold = 1
comparison = "GreaterThanOrEqualToThreshold"
period = "60s"
evaluation_periods = 1
[[strategies]]
name = "fix"
code_deploy = "LambdaAllAtOnce"
provision = "0s"
switch = "0s"
"#,
            lambda / 60.0
        );
        let results = crate::support::results(&text);
        let blocked = results.outcomes.iter().filter(|run| run.first_traffic_at.is_none()).count();
        let one_of = |minutes: f64| 1.0 - (-lambda * minutes).exp();
        let expected = one_of(0.2) * one_of(6.0) / one_of(1.0);
        let found = f64::from(u32::try_from(blocked).expect("few")) / 1500.0;
        let spread = (expected * (1.0 - expected) / 1500.0).sqrt();
        assert!((found - expected).abs() < 4.0 * spread, "{lambda}: {found}, not {expected}");
    }
}

fn load(text: &str) -> Loaded {
    Scenario::parse(text, "range.toml", Path::new("."))
        .unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

fn of_period(seconds: u32, more: &str) -> String {
    let text = crate::support::small(
        "",
        &format!(
            "[[alarms]]\nname = \"a\"\nmetric = \"Invocation5XXErrors\"\n\
             statistic = \"Sum\"\nfleet = \"green\"\nthreshold = 5\ncomparison = \"GreaterThanThreshold\"\n\
             period = \"{seconds}s\"\nevaluation_periods = 1\n{more}\n[[strategies]]\nname = \"s\"\n\
             all_at_once = {{ final_bake = \"10m\" }}"
        ),
    );
    text.replace("[metrics]", "[metrics]\ninterval = \"10s\"")
}

fn extra_of(alarm: &AlarmSpec) -> MissingDataRule {
    alarm.missing_data_rule
}

#[test]
fn it_follows_from_the_period_unless_it_is_given() {
    for (period, range_extra) in EXTRA {
        let loaded = load(&of_period(period, ""));
        let expected = MissingDataRule::CloudWatch { range_extra };
        assert_eq!(extra_of(&loaded.scenario.alarms[0]), expected, "{period} s");
        let written = format!("evaluation_range_extra = {range_extra}");
        assert!(loaded.resolved.contains(&written), "{}", loaded.resolved);
        let again = load(&loaded.resolved);
        assert_eq!((again.resolved, again.scenario), (loaded.resolved, loaded.scenario));
    }
    let given = load(&of_period(60, "evaluation_range_extra = 0"));
    let none = MissingDataRule::CloudWatch { range_extra: 0 };
    assert_eq!(extra_of(&given.scenario.alarms[0]), none);
}

/// Every shape that is tuned looks back as its own period wants; what the file says holds for all.
#[test]
fn it_follows_a_period_that_is_tuned() {
    let tune = "[[regressions]]\nname = \"bad\"\ncrash = true\n\
                [[tune.alarms]]\nalarm = \"a\"\nperiod = [\"120s\", \"300s\"]\n";
    let of_shapes = |more: &str| -> Vec<MissingDataRule> {
        let expanded = load(&format!("{}\n{tune}", of_period(60, more))).expand();
        let expanded = expanded.unwrap_or_else(|errors| panic!("{errors}"));
        expanded.expansion.shapes.iter().map(|shape| extra_of(&shape.spec)).collect()
    };
    let expected = [5, 3, 2].map(|range_extra| MissingDataRule::CloudWatch { range_extra });
    assert_eq!(of_shapes(""), expected);
    let four = MissingDataRule::CloudWatch { range_extra: 4 };
    assert_eq!(of_shapes("evaluation_range_extra = 4"), [four; 3]);
}
