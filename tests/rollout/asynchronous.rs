//! Asynchronous endpoints, through scenario files: queueing formulas, and time lines by hand.

use crate::statistical::assert_mean_within;
use crate::support::{arm, parse, results};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::simulation::outcome::{BacklogFigures, End, Outcome};
use rollout_sim::stats::queueing::MMc;
use rollout_sim::telemetry::backlog::BACKLOG_METRICS;
use rollout_sim::time::SimTime;
use std::fs;

/// Requests at these times \[s\], the first at 0, without warm-up; the rest is in `rest`.
fn replayed(times_s: &[f64], endpoint: &str, rest: &str) -> Results {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A trace must reach the horizon.
    let lines: Vec<String> = times_s.iter().chain(&[4000.0]).map(ToString::to_string).collect();
    fs::write(folder.path().join("t.csv"), format!("time\n{}\n", lines.join("\n")))
        .expect("written");
    let toml = format!(
        r#"
name = "replayed"
[experiment]
baseline = "none"
runs = 1
horizon = "1h"
warm_up = "0s"
phase = "aligned"
[traffic]
arrivals = {{ trace = {{ path = "t.csv", time_column = "time", time_unit = "seconds" }} }}
[endpoint]
concurrency = 1
mode = "asynchronous"
price_per_hour = 1.0
switch = "0s"
instances = 1
{endpoint}
[controller]
poll_interval = "0s"
{rest}
"#
    );
    run(&parse(&toml, folder.path()), &Unwatched).expect("the traffic can be read")
}

const LATE: &str = "[[strategies]]\nname = \"s\"\nall_at_once = {}\n";

fn backlog(outcome: &Outcome) -> BacklogFigures {
    outcome.backlog.expect("an asynchronous endpoint")
}

/// The values of a metric of the queue, interval by interval.
fn gauge(results: &Results, name: &str, intervals: usize) -> Vec<Option<f64>> {
    let index = BACKLOG_METRICS.iter().position(|own| *own == name).expect("a metric");
    results.records[0].intervals.iter().take(intervals).map(|row| row.sampled[index]).collect()
}

/// One place, 100 s a request; five requests come at 0, 10, 30, 130 and 170 s. They begin at 0, 100, 200, 300
/// and 400 s and are answered 100 s later. At the end of each minute:
///
/// | minute | in process (since) | wait | size | oldest came at |
/// |---|---|---|---|---|
/// | 60 | 1st | 2nd, 3rd | 3 | 0 |
/// | 120 | 2nd | 3rd | 2 | 10 |
/// | 180 | 2nd | 3rd, 4th, 5th | 4 | 10 |
/// | 240 | 3rd | 4th, 5th | 3 | 30 |
/// | 300 | 3rd ends | 4th (begins then), 5th | 2 | 130 |
/// | 360 | 4th | 5th | 2 | 130 |
/// | 420 | 5th | | 1 | 170 |
/// | 480, 540 | 5th, none | | 1, 0 | 170, none |
#[test]
fn backlog_and_age_by_hand() {
    let blue = "[blue]\nlatency = { constant = \"100s\" }\n";
    // Green takes over at 3000 s, long after.
    let rest = format!("{blue}{LATE}");
    let times_s = [0.0, 10.0, 30.0, 130.0, 170.0];
    let results = replayed(&times_s, "provision = \"50m\"", &rest);
    let some = |values: &[f64]| values.iter().map(|&value| Some(value)).collect::<Vec<_>>();
    let sizes = [3.0, 2.0, 4.0, 3.0, 2.0, 2.0, 1.0, 1.0, 0.0];
    assert_eq!(gauge(&results, "ApproximateBacklogSize", 9), some(&sizes));
    assert_eq!(gauge(&results, "ApproximateBacklogSizePerInstance", 9), some(&sizes));
    let ages = [60.0, 110.0, 170.0, 210.0, 170.0, 230.0, 250.0, 310.0, 0.0];
    assert_eq!(gauge(&results, "ApproximateAgeOfOldestRequest", 9), some(&ages));
    assert_eq!(gauge(&results, "HasBacklogWithoutCapacity", 9), some(&[0.0; 9]));
    // Taken at 0, 100, 200, 300 (in the next minute) and 400 s, after 0, 90, 170, 170 and 230 s.
    let waits_ms = [Some(0.0), Some(90_000.0), None, Some(170_000.0), None];
    assert_eq!(gauge(&results, "TimeInBacklog", 5), waits_ms);
    let later = gauge(&results, "TimeInBacklog", 8);
    assert_eq!(later[5..], [Some(170_000.0), Some(230_000.0), None]);

    let outcome = &results.outcomes[0];
    // The fifth comes while the second is in process and two wait; the queue is empty from 400 s on.
    let expected = BacklogFigures { peak: 4, drain_s: Some(230.0), unanswered: 0 };
    assert_eq!(backlog(outcome), expected);
    let wait_s = outcome.all_times.wait_mean_s.expect("requests");
    assert!((wait_s - (90.0 + 170.0 + 170.0 + 230.0) / 5.0).abs() < 1e-9, "{wait_s}");
    let latency_s: Vec<Option<f64>> =
        results.records[0].intervals.iter().map(|row| row.blue.latency_mean_s).collect();
    assert_eq!(latency_s[1], Some(100.0), "ModelLatency leaves the queue out");
}

#[test]
fn age_may_mean_those_that_wait_only() {
    let endpoint = "provision = \"50m\"\noldest_request = \"waiting\"";
    let rest = format!("[blue]\nlatency = {{ constant = \"100s\" }}\n{LATE}");
    let results = replayed(&[0.0, 10.0, 30.0], endpoint, &rest);
    let ages = [Some(50.0), Some(90.0), Some(150.0), Some(0.0)];
    assert_eq!(gauge(&results, "ApproximateAgeOfOldestRequest", 4), ages);
}

/// Blue's one place is busy with the first request from 0 to 500 s. Green is up at 60 s and blue is
/// switched off at once, but finishes; green takes what waited.
#[test]
fn what_is_switched_off_finishes_and_takes_nothing_new() {
    let rest = format!("[blue]\nlatency = {{ constant = \"500s\" }}\n{LATE}");
    let results = replayed(&[0.0, 10.0, 600.0], "provision = \"1m\"", &rest);
    let outcome = &results.outcomes[0];
    assert_eq!(
        outcome.full_traffic_at.expect("a switch").as_secs_f64().to_bits(),
        60_f64.to_bits()
    );
    assert_eq!((outcome.blue_times.served, outcome.green_times.served), (1, 2));
    assert_eq!(outcome.to_horizon.counts.green, 2);
    // On green from 60 to 560 s; the third at once.
    let wait_s = outcome.green_times.wait_mean_s.expect("requests");
    assert!((wait_s - 50.0 / 2.0).abs() < 1e-9, "{wait_s}");
    let sizes = gauge(&results, "ApproximateBacklogSize", 10);
    assert_eq!(sizes[..8], [Some(2.0); 8]);
    assert_eq!(
        sizes[8..],
        [Some(1.0), Some(0.0)],
        "at 540 s the second is in process, at 600 none"
    );
}

/// One place, 100 s a request, at most 70 s of them; the place stays busy to the end. What comes at 20 s
/// expires at 80 s; what comes at 50 s begins at 100 s.
#[test]
fn long_processing_times_out_and_old_requests_expire() {
    let endpoint = "provision = \"50m\"\nprocessing_timeout = \"70s\"\nrequest_ttl = \"1m\"";
    let rest = format!("[blue]\nlatency = {{ constant = \"100s\" }}\n{LATE}");
    let results = replayed(&[0.0, 20.0, 50.0], endpoint, &rest);
    let outcome = &results.outcomes[0];
    let damage = outcome.to_horizon;
    assert_eq!((damage.counts.requests, damage.counts.failed, damage.counts.timed_out), (3, 3, 3));
    assert_eq!((damage.counts.attributable, damage.counts.excess()), (0, 0));
    assert_eq!(outcome.blue_times.served, 2, "an instance never saw the one that expired");
    let response_s = outcome.blue_times.response_mean_s.expect("requests");
    assert!((response_s - (70.0 + 50.0 + 70.0) / 2.0).abs() < 1e-9, "{response_s}");
    let sizes = gauge(&results, "ApproximateBacklogSize", 3);
    assert_eq!(sizes, [Some(3.0), Some(1.0), Some(0.0)]);
    let errors: Vec<u64> =
        results.records[0].intervals.iter().take(3).map(|row| row.blue.failed_5xx).collect();
    assert_eq!(errors, [0, 1, 1], "answered at 70 and 170 s");
}

/// One place, 100 s a request. At 100 s the place becomes free and what came at 40 s has waited for its whole
/// minute: it has expired. What comes a second later begins then, with a second left.
#[test]
fn a_request_expires_at_the_very_instant_at_which_a_place_becomes_free() {
    let endpoint = "provision = \"50m\"\nrequest_ttl = \"1m\"";
    let rest = format!("[blue]\nlatency = {{ constant = \"100s\" }}\n{LATE}");
    for (at_s, [timed_out, served]) in [(40.0, [1, 1]), (41.0, [0, 2])] {
        let results = replayed(&[0.0, at_s], endpoint, &rest);
        let outcome = &results.outcomes[0];
        let found = [outcome.to_horizon.counts.timed_out, outcome.blue_times.served];
        assert_eq!(found, [timed_out, served], "at {at_s} s");
    }
}

/// Two places of blue and two of green, alike: M/M/4 at ρ = 0.8. α = 10⁻⁴ each.
#[test]
fn two_fleets_that_are_alike_wait_by_erlang_c() {
    let results = results(
        r#"
name = "mm4"
[experiment]
baseline = "none"
runs = 24
seed = 77
horizon = "125m"
warm_up = "0s"
measure_from = "10m"
events = "all"
[traffic]
arrivals = { poisson = { rate_per_s = 4.0 } }
[endpoint]
concurrency = 1
mode = "asynchronous"
instances = 4
price_per_hour = 1.0
provision = "0s"
switch = "0s"
[blue]
latency = { exponential = { mean = "800ms" } }
[[strategies]]
name = "s"
steps = [{ share = "50%", bake = "125m" }]
"#,
    );
    let exact = MMc::new(4.0, 0.8, 4).expect("a stable queue");
    let of = |figure: fn(&Outcome) -> Option<f64>| -> Vec<f64> {
        results.outcomes.iter().map(|outcome| figure(outcome).expect("requests")).collect()
    };
    // Errors of 3 % and 10 % are caught nine times in ten; of half a percent and 7 % below.
    assert_mean_within(&of(|o| o.all_times.waited_share), exact.p_wait(), 1e-4);
    assert_mean_within(&of(|o| o.all_times.wait_mean_s), exact.wait_mean_s(), 1e-4);
    // Both fleets take alike: half of the requests each.
    let green = of(|o| Some(float(o.green_times.served) / float(o.all_times.served)));
    assert_mean_within(&green, 0.5, 1e-4);
    // Little: λ times the response wait or are in process, here read minute by minute.
    let sizes: Vec<f64> = results
        .records
        .iter()
        .map(|record| {
            let settled: Vec<f64> =
                record.intervals.iter().skip(10).filter_map(|row| row.sampled[0]).collect();
            settled.iter().sum::<f64>() / float(settled.len() as u64)
        })
        .collect();
    assert_mean_within(&sizes, 4.0 * exact.response_mean_s(), 1e-4);
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn float(count: u64) -> f64 {
    count as f64
}

const WATCHED: &str = r#"
[[alarms]]
name = "backlog"
metric = "ApproximateBacklogSize"
statistic = "Maximum"
threshold = 20
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
[[strategies]]
name = "s"
all_at_once = { final_bake = "30m" }
"#;

/// A request every 5 s, one place. Blue takes 4 s a request. Green takes 20 s from 60 s on, so the backlog
/// grows by 15 of 100 s: at the end of the minute from 180 s on it is above 20 for the first time.
#[test]
fn an_alarm_on_the_backlog_rolls_a_slow_green_back() {
    let times_s: Vec<f64> = (0..720).map(|number| 5.0 * f64::from(number)).collect();
    let rest = format!(
        "[metrics]\nslow_over = \"30s\"\n[blue]\nlatency = {{ constant = \"4s\" }}\n\
         [[regressions]]\nname = \"slow\"\nlatency = {{ factor = 5.0 }}\n{WATCHED}"
    );
    let results = replayed(&times_s, "provision = \"1m\"", &rest);
    let slow = arm(&results, "s", "slow")[0];
    assert_eq!(slow.end, End::RolledBack);
    assert_eq!(slow.alarm_at.map(SimTime::as_secs_f64), Some(240.0));
    // 36 came in 180 s, of which green, which takes one in 20 s, has answered 8 and has the ninth.
    assert_eq!(backlog(slow).peak, 28);
    // Blue gains one request in 20 s: it needs nine minutes.
    let drain_s = backlog(slow).drain_s.expect("it drains");
    assert!((500.0..600.0).contains(&drain_s), "{drain_s}");
    assert_eq!(slow.to_horizon.counts.green, 9);
    assert_eq!(slow.to_bake_end.counts.green, 9);
    assert!(slow.to_horizon.counts.slow_attributable > 60, "late answers");
    assert!(
        slow.to_bake_end.counts.slow_attributable > 20,
        "of those that came before the rollback"
    );
    assert!(slow.to_bake_end.counts.slow_attributable < slow.to_horizon.counts.slow_attributable);
    assert_eq!(slow.to_horizon.counts.failed, 0);
    let healthy = arm(&results, "s", "healthy")[0];
    assert_eq!((healthy.end, backlog(healthy).peak), (End::Promoted, 1));
    assert_eq!(healthy.to_horizon.counts.slow, 0);
}

#[test]
fn a_green_as_good_as_blue_fails_nobody() {
    let toml = |rest: &str| {
        format!(
            r#"
name = "alike"
[experiment]
baseline = "none"
runs = 10
seed = 4
horizon = "40m"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 2.0 }} }}
users = 100
[endpoint]
concurrency = 1
mode = "asynchronous"
instances = 4
price_per_hour = 1.0
provision = "2m"
[blue]
latency = {{ lognormal = {{ median = "1500ms", p99 = "8s" }} }}
errors_5xx = 0.03
[[strategies]]
name = "s"
linear = {{ step = "25%", bake = "5m", final_bake = "5m" }}
{rest}
"#
        )
    };
    let results = results(&toml(""));
    for outcome in &results.outcomes {
        let damage = outcome.to_horizon;
        assert!(damage.counts.failed > 0 && damage.counts.green > 0);
        assert_eq!(
            (damage.counts.attributable, damage.counts.excess(), damage.counts.faulty_green),
            (0, 0, 0)
        );
        assert!(backlog(outcome).peak > 4, "there was a queue");
        let answered = outcome.all_times.served + backlog(outcome).unanswered;
        assert_eq!(answered, damage.counts.requests);
    }
}
