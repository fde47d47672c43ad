//! What people reported of real endpoints, as inputs of our own, with the value that arithmetic gives.
//!
//! Frequencies are accepted within 4.5 standard errors, α = 7·10⁻⁶ each; the comments say the smallest error
//! that is caught in nine of ten cases (six standard errors).

use crate::support::{arm, parse, results};
use assert_cmd::Command;
use predicates::str::contains;
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::lint::check;
use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::outcome::Verdict;
use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Asserts that the runs of the healthy release that were rolled back are such a share.
fn assert_rolled_back(results: &Results, strategy: &str, share: f64) {
    let runs = arm(results, strategy, "healthy");
    let back = runs.iter().filter(|run| run.verdict == Verdict::FalseRollback).count();
    let [back, all] = [back, runs.len()].map(|n| f64::from(u32::try_from(n).expect("not so many")));
    let allowed = 4.5 * (share * (1.0 - share) / all).sqrt() + 0.5 / all;
    assert!((back / all - share).abs() <= allowed, "{back} of {all}: {share} ± {allowed}");
}

/// A canary of a tenth under an alarm on all errors above 5 %: half of the new model's requests must fail
/// before it is seen, exactly (0.05 − 0.9·0.001)/0.1 = 49.1 %.
#[test]
fn a_blended_alarm_sees_a_small_canary_when_half_of_it_fails() {
    let blended = |failing: f64| {
        format!(
            r#"
name = "blended"
[experiment]
runs = 10
horizon = "12m"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 50.0 }} }}
[endpoint]
instances = 1
capacity = "unlimited"
[blue]
latency = {{ constant = "40ms" }}
errors_5xx = 0.001
[[regressions]]
name = "bad"
errors = {{ errors_5xx = {failing:?} }}
[[alarms]]
name = "all errors"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "both"
threshold = 0.05
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
treat_missing_data = "notBreaching"
[[strategies]]
name = "canary"
code_deploy = "Canary10Percent5Minutes"
provision = "0s"
switch = "0s"
"#
        )
    };
    let diluted = |failing: f64| {
        let loaded = Scenario::parse(&blended(failing), "t.toml", Path::new("")).expect("good");
        let found = check(&loaded).expect("no trace is read");
        found.into_iter().filter(|finding| finding.number == 4).count()
    };
    assert_eq!([0.2, 0.4909, 0.4911, 0.6].map(diluted), [1, 1, 0, 0]);
    let caught = |failing: f64| {
        let results = results(&blended(failing));
        let runs = arm(&results, "canary", "bad");
        runs.iter().filter(|run| run.verdict == Verdict::Caught).count()
    };
    assert_eq!([caught(0.2), caught(0.7)], [0, 10]);
}

/// The running version fails now and then; the fix waits for an alarm of a minute that sees it too. With
/// three minutes in range the newest of them that has requests decides: Poisson with λ = 1.2 requests and
/// 0.24 errors a minute it holds an error with (1 − e^−0.24)·(1 + e^−1.2 + e^−2.4) = 29.7 %. 12 points off
/// are caught.
#[test]
fn an_alarm_on_the_old_version_blocks_the_fix() {
    let results = results(
        r#"
name = "blocked"
[experiment]
runs = 500
horizon = "10m"
warm_up = "30m"
baseline = "none"
[traffic]
arrivals = { poisson = { rate_per_s = 0.02 } }
[endpoint]
instances = 1
capacity = "unlimited"
[metrics]
delay = "0s"
[blue]
latency = { constant = "40ms" }
errors_5xx = 0.2
[green]
errors_5xx = 0.0
[[alarms]]
name = "old and new"
metric = "Invocation5XXErrors"
statistic = "Sum"
fleet = "both"
threshold = 1
comparison = "GreaterThanOrEqualToThreshold"
period = "60s"
evaluation_periods = 1
evaluation_range_extra = 2
[[alarms]]
name = "new"
metric = "Invocation5XXErrors"
statistic = "Sum"
fleet = "green"
threshold = 1
comparison = "GreaterThanOrEqualToThreshold"
period = "60s"
evaluation_periods = 1
evaluation_range_extra = 2
[[strategies]]
name = "all alarms"
code_deploy = "LambdaAllAtOnce"
provision = "0s"
switch = "0s"
alarms = ["old and new"]
[[strategies]]
name = "new version's alarm"
code_deploy = "Canary10Percent5Minutes"
provision = "0s"
switch = "0s"
alarms = ["new"]
"#,
    );
    let (error, empty) = (1.0 - (-0.24_f64).exp(), (-1.2_f64).exp());
    assert_rolled_back(&results, "all alarms", error * (1.0 + empty + empty * empty));
    assert_rolled_back(&results, "new version's alarm", 0.0);
}

/// Three requests a minute, one in a hundred of which fails: any failure among fewer than 20 requests is
/// above 5 %. Half of the traffic for 20 minutes and then all of it for 20 meet
/// 0.01·0.05·(0.5 + 1)·1200 = 0.9 of them, so 1 − e^−0.9 = 59.3 % of the releases go. A smallest number of
/// requests keeps them. 15 points off are caught.
#[test]
fn a_smallest_number_of_requests_keeps_a_quiet_canary() {
    let alarm = |name: &str, expression: &str| {
        format!(
            r#"
[[alarms]]
name = "{name}"
metrics = [
    {{ id = "e", metric = "Invocation5XXErrors", statistic = "Sum", fleet = "green" }},
    {{ id = "r", metric = "Invocations", statistic = "Sum", fleet = "green" }},
]
expression = "{expression}"
threshold = 5
comparison = "GreaterThanThreshold"
period = "5m"
evaluation_periods = 1
treat_missing_data = "notBreaching"
[[strategies]]
name = "{name}"
steps = [{{ share = "50%", bake = "20m" }}, {{ share = "100%", bake = "20m" }}]
alarms = ["{name}"]
"#
        )
    };
    let text = r#"
name = "guard"
[experiment]
runs = 400
horizon = "45m"
baseline = "none"
[traffic]
arrivals = { poisson = { rate_per_s = 0.05 } }
[endpoint]
instances = 4
capacity = "unlimited"
provision = "0s"
switch = "0s"
shift_by = "percent"
[blue]
latency = { constant = "40ms" }
errors_5xx = 0.01
"#
    .to_owned()
        + &alarm("none", "e / r * 100")
        + &alarm("guard", "IF(r >= 20, e / r * 100, 0)");
    let results = results(&text);
    assert_rolled_back(&results, "none", 1.0 - (-0.9_f64).exp());
    let kept = arm(&results, "guard", "healthy");
    let back = kept.iter().filter(|run| run.verdict == Verdict::FalseRollback).count();
    assert!(back < 40, "{back} of 400: two failures among 20 to 39 requests are rare");
}

/// P(one of 30 means leaves m ± k·s of 60 others), all normal: with the baseline's mean and deviation known
/// it is 1 − (Φ(b) − Φ(a))³⁰, averaged over m ~ N(0, 1/60) and 59·s² ~ χ²(59).
fn leaves_band(k: f64) -> f64 {
    let normal = Normal::standard();
    let spread = ChiSquared::new(59.0).expect("degrees of freedom");
    let (mut all, mut leaves) = (0.0, 0.0);
    for i in -60..=60 {
        let z = 0.1 * f64::from(i);
        let mean = z / 60.0_f64.sqrt();
        for j in 1..=160 {
            let x = 15.0 + 0.75 * f64::from(j);
            let deviation = (x / 59.0).sqrt();
            let weight = normal.pdf(z) * spread.pdf(x);
            let within = normal.cdf(mean + k * deviation) - normal.cdf(mean - k * deviation);
            all += weight;
            leaves += weight * (1.0 - within.powi(30));
        }
    }
    leaves / all
}

/// A band of two standard deviations around an hour of minutes rolls three of four healthy releases back in
/// half an hour, one of three standard deviations one in eight. 13 and 10 points off are caught.
#[test]
fn a_band_of_two_deviations_rolls_healthy_releases_back() {
    let of = |name: &str, width: f64| {
        format!(
            r#"
[[alarms]]
name = "{name}"
metric = "ModelLatency"
statistic = "Average"
fleet = "both"
band = {{ width = {width:?}, lasts = "60m" }}
comparison = "LessThanLowerOrGreaterThanUpperThreshold"
period = "60s"
evaluation_periods = 1
[[strategies]]
name = "{name}"
all_at_once = {{ final_bake = "30m" }}
alarms = ["{name}"]
"#
        )
    };
    let text = r#"
name = "band"
[experiment]
runs = 400
horizon = "35m"
warm_up = "65m"
fidelity = "aggregate"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = { poisson = { rate_per_s = 100.0 } }
[endpoint]
instances = 10
capacity = "unlimited"
provision = "0s"
switch = "0s"
[metrics]
delay = "0s"
[blue]
latency = { exponential = { mean = "50ms" } }
"#
    .to_owned()
        + &of("two", 2.0)
        + &of("three", 3.0);
    let results = results(&text);
    let [two, three] = [2.0, 3.0].map(leaves_band);
    // Simulated elsewhere, 20 000 times: 76.5 and 12.3 %.
    assert!((two - 0.765).abs() < 0.01 && (three - 0.123).abs() < 0.01, "{two} {three}");
    assert_rolled_back(&results, "two", two);
    assert_rolled_back(&results, "three", three);
}

/// A queue that is fed by hand, a request every `gap_s` up to `until_s` after the start of the warm-up.
fn fed(gap_s: u32, until_s: u32, text: &str) -> Results {
    let folder = tempfile::tempdir().expect("a folder");
    let mut csv = "time\n".to_owned();
    for at in (0..=until_s / gap_s).map(|number| number * gap_s) {
        let _ = writeln!(csv, "{at}");
    }
    fs::write(folder.path().join("t.csv"), csv).expect("a file");
    run(&parse(text, folder.path()), &Unwatched).expect("the traffic can be read")
}

const TRACE: &str =
    "[traffic.arrivals.trace]\npath = \"t.csv\"\ntime_column = \"time\"\nrows = \"requests\"\n";

/// One request an hour, an hour of service, one place: 24 in a day, none of which waits.
#[test]
fn a_server_that_is_busy_all_day_serves_everybody_without_waiting() {
    let text = format!(
        r#"
name = "dd1"
[experiment]
runs = 1
horizon = "24h"
warm_up = "1h"
phase = "aligned"
baseline = "none"
{TRACE}
[endpoint]
instances = 1
concurrency = 1
timeout = "none"
provision = "0s"
switch = "0s"
[blue]
latency = {{ constant = "1h" }}
[[strategies]]
name = "s"
all_at_once = {{}}
alarms = []
"#
    );
    let results = fed(3600, 25 * 3600, &text);
    let [run] = results.outcomes.as_slice() else { panic!("one run") };
    assert_eq!((run.to_horizon.counts.requests, run.to_horizon.counts.failed), (24, 0));
    assert_eq!((run.all_times.served, run.all_times.waited_share), (24, Some(0.0)));
    assert_eq!(run.all_times.response_mean_s, Some(3600.0));
}

/// A request every 5 s, 10 s of service, one place, so at the end of minute m after the start of the warm-up
/// 12·m have come and 6·m gone. The backlog goes on through t = 0, where the update is requested.
#[test]
fn a_backlog_goes_on_through_the_end_of_the_warm_up() {
    let text = format!(
        r#"
name = "backlog"
[experiment]
runs = 1
horizon = "10m"
warm_up = "5m"
phase = "aligned"
baseline = "none"
{TRACE}
[endpoint]
mode = "asynchronous"
instances = 1
concurrency = 1
provision = "9m"
switch = "0s"
[blue]
latency = {{ constant = "10s" }}
[[strategies]]
name = "s"
all_at_once = {{}}
alarms = []
"#
    );
    let results = fed(5, 1000, &text);
    let sizes: Vec<Option<f64>> =
        results.records[0].intervals.iter().take(14).map(|row| row.sampled[0]).collect();
    let expected: Vec<Option<f64>> = (1..=14).map(|minute| Some(6.0 * f64::from(minute))).collect();
    assert_eq!(sizes, expected);
}

fn alarm(alarms: &str, csv: &str) -> assert_cmd::assert::Assert {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.toml"), alarms).expect("a file");
    fs::write(folder.path().join("d.csv"), csv).expect("a file");
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(folder.path()).args(["alarm", "a.toml", "--data", "d.csv"]);
    sim.env_remove("CLICOLOR_FORCE").assert()
}

/// A p99 that ignores few values asks for 10/(1 − 0.99) = 1000 of them in one period; they do not add up.
/// Two slow requests a second are 960 after 8 minutes and 1080 after 9; one every 8 seconds 112 in a period.
#[test]
fn values_of_a_percentile_count_period_by_period() {
    let slo = "[[alarms]]\nname = \"p99\"\nmetric = \"Latency\"\nstatistic = \"p99\"\nthreshold = 600\n\
               comparison = \"GreaterThanThreshold\"\nperiod = \"900s\"\nevaluation_periods = 1\n\
               evaluation_range_extra = 2\ntreat_missing_data = \"notBreaching\"\n\
               evaluate_low_sample_count_percentile = \"ignore\"\n";
    let slow = |gap_ms: u32, count: u32| {
        let mut csv = "timestamp,value\n".to_owned();
        for at_ms in (0..count).map(|number| number * gap_ms) {
            let (minutes, seconds) = (at_ms / 60_000, at_ms / 1000 % 60);
            let (hour, minute) = (8 + minutes / 60, minutes % 60);
            let _ = writeln!(csv, "2025-03-04T{hour:02}:{minute:02}:{seconds:02}Z,3000");
        }
        csv
    };
    let busy = alarm(slo, &slow(500, 1200)).success();
    let busy = busy.stdout(contains("2025-03-04 08:09:00   p99"));
    busy.stdout(contains("ALARM   Threshold Crossed: 1 datapoint [3000.0"));
    let quiet = alarm(slo, &slow(8000, 1400)).success().get_output().stdout.clone();
    let quiet = String::from_utf8(quiet).expect("UTF-8");
    assert!(quiet.contains("p99 ends in OK"), "{quiet}");
    assert!(!quiet.contains("ALARM"), "{quiet}");
}

/// A misspelt metric is told from one that was quiet.
#[test]
fn a_recording_of_another_metric_is_refused() {
    let alarms = "[[alarms]]\nname = \"failed\"\nmetric = \"RunsFailedCount\"\nstatistic = \"Sum\"\n\
                  threshold = 1\ncomparison = \"GreaterThanOrEqualToThreshold\"\nperiod = \"300s\"\n\
                  evaluation_periods = 1\n";
    alarm(alarms, "timestamp,metric,value\n2025-03-04T00:00:00Z,RunsFailed,1\n")
        .code(2)
        .stderr(contains("RunsFailedCount"))
        .stderr(contains("the recording has RunsFailed"));
}

/// Requests that come every eight minutes: who judges that nothing was seen, once there was time to see
/// something, rolls back by chance e^−λ only, here λ = 3000 requests in ten minutes: never.
#[test]
fn a_judge_of_silence_that_is_made_later_lets_a_busy_release_through() {
    let text = r#"
name = "silence"
[experiment]
runs = 20
horizon = "25m"
baseline = "none"
[traffic]
arrivals = { poisson = { rate_per_s = 50.0 } }
[endpoint]
instances = 4
capacity = "unlimited"
provision = "1m"
switch = "0s"
shift_by = "percent"
[blue]
latency = { constant = "20ms" }
[[alarms]]
name = "nothing seen"
metric = "Invocations"
statistic = "Sum"
fleet = "green"
threshold = 1
comparison = "LessThanThreshold"
period = "10m"
evaluation_periods = 1
treat_missing_data = "breaching"
created_after = "11m"
[[strategies]]
name = "s"
steps = [{ share = "10%", bake = "12m" }, { share = "100%", bake = "10m" }]
"#;
    assert_rolled_back(&results(text), "s", 0.0);
    let loaded = Scenario::parse(text, "t.toml", Path::new("")).expect("a good scenario");
    let found = check(&loaded).expect("no trace is read");
    assert!(found.iter().all(|finding| finding.number != 9), "{found:#?}");
    let before = text.replace("created_after = \"11m\"\n", "");
    assert_rolled_back(&results(&before), "s", 1.0);
}
