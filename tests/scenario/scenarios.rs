//! Every ready-made scenario loads, runs, and shows what its comment says.
//!
//! The assertions hold for every replication that is run, not on average, so a change of the random
//! numbers does not trip them.

#![expect(clippy::print_stdout, reason = "a test says what it skips")]

use crate::support::{arm, parse, root};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::{CountAt, Fidelity, Loaded, Overrides, Scenario};
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};
use rollout_sim::simulation::replication::{ArmId, replicate};
use rollout_sim::time::SimDuration;
use std::fs;

/// Every file of `scenarios/`, so that a new one must be tested too.
const ALL: [&str; 17] = [
    "ab-test-conversion",
    "async-backlog",
    "churn-shadow",
    "fraud-canary",
    "guide-canary-trap",
    "hotfix-blocked-by-old-alarm",
    "large-endpoint",
    "low-traffic-canary",
    "quality-drift-delayed-labels",
    "recommender-linear-capacity",
    "retry-storm",
    "rolling-gpu-quota",
    "sagemaker-notebook-canary",
    "sagemaker-notebook-canary-fixed",
    "trace-replay",
    "tune-fraud-alarm",
    "weather-endpoint",
];

fn load(name: &str, runs: u64) -> Loaded {
    let overrides = Overrides { runs: Some(runs), ..Overrides::default() };
    Scenario::load_with(&root().join(format!("scenarios/{name}.toml")), &overrides)
        .unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

fn results_of(name: &str, runs: u64) -> Results {
    run(&load(name, runs).scenario, &Unwatched).expect("the traffic can be read")
}

/// Green's share of the traffic when the alarm went off, by the scenario's stages and switch times.
fn share_at_alarm(results: &Results, outcome: &Outcome) -> f64 {
    let scenario = &results.scenario;
    let alarm_at = outcome.alarm_at.expect("an alarm");
    let mut begins = outcome.first_traffic_at.expect("traffic");
    let mut share = 0.0;
    for stage in &scenario.strategies[outcome.strategy].stages {
        if alarm_at < begins {
            break;
        }
        share = stage.share;
        begins = begins + stage.bake + scenario.endpoint.switch;
    }
    share
}

fn all_verdicts(results: &Results, strategy: &str, regression: &str, verdict: Verdict) {
    let runs = arm(results, strategy, regression);
    assert!(!runs.is_empty());
    for run in runs {
        assert_eq!(run.verdict, verdict, "{strategy} / {regression} / {}", run.replication);
    }
}

#[test]
fn every_file_loads_and_its_resolved_form_is_the_same_scenario() {
    let mut found: Vec<String> = fs::read_dir(root().join("scenarios"))
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect();
    found.sort();
    assert_eq!(found, ALL);
    for name in ALL {
        let loaded = load(name, 1);
        let again = Scenario::parse(&loaded.resolved, "resolved.toml", &root().join("elsewhere"))
            .unwrap_or_else(|errors| panic!("{name}: {}", errors.render(false)));
        assert_eq!(again.scenario, loaded.scenario, "{name}");
        assert_eq!(again.resolved, loaded.resolved, "{name}");
    }
}

#[test]
fn a_healthy_release_passes_in_every_scenario_without_incidents() {
    // In the others a healthy release is held up on purpose.
    let held_up = [
        "fraud-canary",
        "hotfix-blocked-by-old-alarm",
        "large-endpoint",
        "low-traffic-canary",
        "quality-drift-delayed-labels",
        "rolling-gpu-quota",
        "tune-fraud-alarm",
    ];
    for name in ALL.iter().filter(|name| !held_up.contains(*name)) {
        let results = results_of(name, 2);
        assert!(results.scenario.incidents.is_empty(), "{name}");
        for outcome in results.outcomes.iter().filter(|outcome| outcome.regression == 0) {
            assert_eq!(outcome.verdict, Verdict::Passed, "{name}");
            assert!(matches!(outcome.end, End::Promoted | End::Stopped), "{name}");
        }
    }
}

#[test]
fn weather_v2_1_and_v2_3_are_promoted_and_v2_2_is_rolled_back() {
    let results = results_of("weather-endpoint", 20);
    let canary = "canary of one instance";
    for good in ["v2-1", "v2-3"] {
        all_verdicts(&results, canary, good, Verdict::Passed);
        assert!(arm(&results, canary, good).iter().all(|run| run.end == End::Promoted));
    }
    all_verdicts(&results, canary, "v2-2", Verdict::Caught);
    for run in arm(&results, canary, "v2-2") {
        assert_eq!(run.end, End::RolledBack);
        assert_eq!(run.full_traffic_at, None, "caught on the canary's third");
        assert!(run.to_horizon.counts.attributable > 0);
    }
}

#[test]
fn weather_shadows_hurt_nobody_and_find_v2_2() {
    let results = results_of("weather-endpoint", 20);
    for candidate in ["v2-1", "v2-2", "v2-3"] {
        for run in arm(&results, "shadow of v1", candidate) {
            assert_eq!(run.end, End::Stopped);
            assert_eq!((run.to_horizon.counts.green, run.to_horizon.counts.attributable), (0, 0));
            assert_eq!(run.to_horizon.counts.slow_attributable, 0);
            assert!(run.to_horizon.counts.mirrored > 0, "it has seen traffic");
        }
    }
    all_verdicts(&results, "shadow of v1", "v2-2", Verdict::Caught);
}

/// A third of the requests fail, so the average over both fleets stays near 0.33, far below 1. At about 60
/// requests a minute, all of a minute falling on the canary has a probability of 3⁻⁶⁰.
#[test]
fn the_notebooks_alarm_never_acts_on_its_own_canary() {
    let results = results_of("sagemaker-notebook-canary", 100);
    let runs = arm(&results, "notebook canary", "incompatible model file");
    let mut rolled_back = 0;
    for run in &runs {
        let full = run.full_traffic_at.expect("the canary is always passed");
        assert!(run.alarm_at.is_none_or(|alarm| alarm > full));
        rolled_back += usize::from(run.end == End::RolledBack);
    }
    // The bake of two minutes at 100 % holds one whole published minute, which ends uniformly in its second
    // half; the alarm is evaluated uniformly up to a minute later, so within the bake with probability
    // one half. Of 100 runs 50 ± 22 at α = 10⁻⁵: a probability of 0.15 or 0.85 would be caught.
    println!("{rolled_back} of {} runs are rolled back after the switch to 100 %", runs.len());
    assert!((28..=72).contains(&rolled_back), "{rolled_back}");
    all_verdicts(&results, "no guardrail", "incompatible model file", Verdict::Missed);
}

#[test]
fn the_notebooks_alarm_put_right_acts_within_the_canary() {
    let results = results_of("sagemaker-notebook-canary-fixed", 100);
    for run in arm(&results, "notebook canary", "incompatible model file") {
        assert_eq!((run.end, run.verdict), (End::RolledBack, Verdict::Caught));
        assert_eq!(run.full_traffic_at, None, "all traffic never reaches the bad model");
        let damage = run.to_bake_end;
        // The canary's third of the requests since its first traffic, and those alone.
        assert_eq!(damage.counts.attributable, damage.counts.green);
    }
}

/// Green slows as it fills, so the canary's tenth shows nothing. Linear steps show it at a share above the
/// canary's and below everything; the canary only once everything is on green.
#[test]
fn a_capacity_regression_shows_at_high_share_only() {
    let results = results_of("recommender-linear-capacity", 10);
    for run in arm(&results, "linear 25 %", "slows when full") {
        assert_eq!(run.verdict, Verdict::Caught);
        let share = share_at_alarm(&results, run);
        assert!((0.5..1.0).contains(&share), "caught at a share of {share}");
        assert_eq!(run.full_traffic_at, None);
    }
    for fault in ["slows when full", "loses a worker"] {
        for run in arm(&results, "canary 10 %", fault) {
            assert_eq!(run.verdict, Verdict::Caught, "{fault}");
            assert!(share_at_alarm(&results, run) > 0.99, "the canary itself shows nothing");
        }
    }
    let damage = |strategy: &str| -> u64 {
        let runs = arm(&results, strategy, "slows when full");
        runs.iter().map(|run| run.to_horizon.counts.attributable).sum()
    };
    assert!(damage("linear 25 %") < damage("canary 10 %"), "linear never overloads the fleet");
}

#[test]
fn a_shadow_finds_what_shows_at_once_and_leaves_what_comes_late() {
    let results = results_of("churn-shadow", 4);
    for fault in ["5xx at 2 %", "twice as slow"] {
        all_verdicts(&results, "all at once", fault, Verdict::Caught);
        for shadow in ["shadow, then all", "shadow half, then all", "shadow only"] {
            for run in arm(&results, shadow, fault) {
                assert_eq!((run.end, run.verdict), (End::Stopped, Verdict::Caught), "{shadow}");
                assert_eq!(
                    (run.to_horizon.counts.green, run.to_horizon.counts.attributable),
                    (0, 0)
                );
            }
        }
        assert!(
            arm(&results, "all at once", fault).iter().all(|run| run.to_horizon.counts.green > 0)
        );
    }
    let late = "slow tail after 40 min";
    // It begins 40 min after the first traffic: after the bake of "all at once" (15 min) and of the shadow
    // alone (30 min), but within the bake of what follows a shadow (from 31 to 46 min).
    all_verdicts(&results, "all at once", late, Verdict::Missed);
    all_verdicts(&results, "shadow only", late, Verdict::Missed);
    all_verdicts(&results, "shadow, then all", late, Verdict::Caught);
}

#[test]
fn a_shadow_pays_for_a_second_fleet() {
    let results = results_of("churn-shadow", 1);
    let cost = |strategy| arm(&results, strategy, "healthy")[0].extra_cost.expect("a known price");
    assert!(cost("shadow, then all") > cost("all at once"));
    assert!(cost("shadow only") > 0.0);
}

#[test]
fn every_guardrail_of_the_fraud_scenario_finds_3_percent_and_the_plain_update_does_not() {
    let results = results_of("fraud-canary", 2);
    let fault = "5xx at 3 %";
    all_verdicts(&results, "plain update", fault, Verdict::Missed);
    for replication in 0..2 {
        let run = |strategy: &str| arm(&results, strategy, fault)[replication].to_horizon;
        let guarded = ["all at once", "canary 10 %", "linear 25 %", "shadow 30 min"].map(run);
        for damage in guarded {
            assert!(damage.counts.attributable < run("plain update").counts.attributable / 10);
        }
        assert!(
            guarded[1].counts.faulty_green < guarded[0].counts.faulty_green,
            "a tenth meets it, not all"
        );
        assert_eq!(guarded[3].counts.faulty_green, 0);
    }
}

#[test]
fn a_recorded_morning_gives_its_own_traffic_and_its_faults_are_found() {
    let results = results_of("trace-replay", 3);
    let path = root().join("scenarios/data/morning-requests-1min.csv");
    let text = fs::read_to_string(path).expect("the trace of the scenario");
    let counts = text.lines().skip(1).map(|row| {
        row.split(',').nth(1).and_then(|count| count.parse::<u64>().ok()).expect("a count")
    });
    // Requests are counted from t = 0, half an hour into the trace, to the horizon 110 min later.
    let expected: u64 = counts.skip(30).take(110).sum();
    assert!(results.outcomes.iter().all(|run| run.to_horizon.counts.requests == expected));
    for strategy in ["all at once", "canary of one", "linear by a third"] {
        for fault in ["5xx at 4 %", "half as fast again"] {
            all_verdicts(&results, strategy, fault, Verdict::Caught);
        }
    }
}

/// Hourly monitors are too slow for an hour's bake, and quick enough for what lasts longer. A canary could
/// notice only by a blended hour 2.8 standard deviations off: a chance of about 0.003 a run.
#[test]
fn monitors_are_too_slow_for_a_canary_of_an_hour() {
    let results = results_of("quality-drift-delayed-labels", 10);
    let detected = |strategy: &str, fault: &str| {
        let runs = arm(&results, strategy, fault);
        runs.iter().filter(|run| run.verdict == Verdict::Caught).count()
    };
    let faults = ["8 points worse", "worse for the young", "inputs drift"];
    for fault in faults {
        let found = ["canary 1 h", "linear 5.5 h", "half and half 6 h", "shadow 6 h"]
            .map(|strategy| detected(strategy, fault));
        println!("{fault}: detected in {found:?} of 10 runs");
        assert_eq!(found[0], 0, "{fault}");
        assert!(found[1] >= 8 && found[3] >= 8, "{fault}: {found:?}");
    }
    assert!(detected("linear 5.5 h", "slow decay") <= 1, "too slow for a rollout");
    for fault in faults {
        let caught = arm(&results, "shadow 6 h", fault).into_iter();
        for run in caught.filter(|run| run.verdict == Verdict::Caught) {
            assert_eq!(run.to_horizon.wrong.map(|wrong| wrong.attributable), Some(0));
        }
    }
    let errors = results.scenario.alarms.iter().position(|alarm| alarm.name == "5xx");
    assert!(results.outcomes.iter().all(|run| run.alarm.is_none() || run.alarm != errors));
}

/// What no alarm can see an A/B test does; the canary promotes it. What alarms see they stop first.
#[test]
fn an_ab_test_sees_what_sales_do_and_a_canary_does_not() {
    let results = results_of("ab-test-conversion", 3);
    all_verdicts(&results, "canary 10 %", "sells 10 % less", Verdict::Missed);
    for strategy in ["A/B fixed 2 h", "A/B always valid", "A/B by user"] {
        for (regression, promoted) in [("sells 10 % less", false), ("sells 10 % more", true)] {
            for run in arm(&results, strategy, regression) {
                let test = run.test.expect("the test began");
                assert_ne!(test.winner, Some(usize::from(!promoted)), "no false winner");
                assert!(promoted || run.end != End::Promoted, "{strategy} / {regression}");
            }
        }
        for run in arm(&results, strategy, "fails more") {
            assert_eq!(run.end, End::RolledBack, "the alarm was faster");
        }
    }
}

/// `trace-replay.toml` with another trace, which a larger checkout keeps beside this project.
fn replay(file: &str, trace: &str) -> Option<Results> {
    let folder = root().join("../shared/data");
    if !folder.join(file).is_file() {
        println!("skipped: {file} is not beside this project");
        return None;
    }
    let text = fs::read_to_string(root().join("scenarios/trace-replay.toml")).expect("a scenario");
    let (before, rest) = text.split_once("[traffic.arrivals.trace]").expect("a trace");
    let (_, after) = rest.split_once("[endpoint]").expect("an endpoint");
    let traffic = format!("[traffic.arrivals.trace]\npath = \"{file}\"\n{trace}\n");
    let text = format!("{before}{traffic}[endpoint]{after}").replace("runs = 200", "runs = 3");
    let scenario = parse(&text, &folder);
    Some(run(&scenario, &Unwatched).expect("the trace can be read"))
}

#[test]
fn a_published_trace_of_counts_runs() {
    let trace = "time_column = \"timestamp\"\ntime_unit = \"rfc3339\"\nscale = 50.0\n\
                 offset = \"random\"\nrepeat = true\n\
                 rows = { counts = { column = \"request_count\", interval = \"5m\" } }";
    let Some(results) = replay("nab_elb_request_count_5min.csv", trace) else { return };
    let requests: Vec<u64> = arm(&results, "all at once", "healthy")
        .iter()
        .map(|run| run.to_horizon.counts.requests)
        .collect();
    assert!(requests.windows(2).any(|pair| pair[0] != pair[1]), "other days: {requests:?}");
}

#[test]
fn a_published_trace_of_requests_runs() {
    let trace = "time_column = \"arrival_s\"\nrepeat = true";
    let Some(results) = replay("azure_llm_conv_2023_requests.csv", trace) else { return };
    let first = results.outcomes[0].to_horizon.counts.requests;
    assert!(first > 1000);
    // Recorded instants are the same in every run.
    assert!(results.outcomes.iter().all(|run| run.to_horizon.counts.requests == first));
}

/// Of the instances of a canary a quarter fail at once, are free at once, and take nearly half of the
/// requests. That one of four is slow leaves the queue as it is; that all are does not.
#[test]
fn a_queue_feeds_whoever_fails_fast_and_hides_a_slow_canary() {
    let results = results_of("async-backlog", 40);
    let met = |strategy: &str| -> u64 {
        let runs = arm(&results, strategy, "fails at once");
        assert!(runs.iter().all(|run| run.verdict == Verdict::Caught));
        runs.iter().map(|run| run.to_horizon.counts.faulty_green).sum()
    };
    let (canary, all) = (met("canary of one"), met("all at once"));
    assert!(canary * 3 > all, "a quarter of the instances meets {canary}, all of them {all}");
    for run in arm(&results, "canary of one", "twice as slow") {
        assert_eq!(run.end, End::RolledBack);
        assert!(run.alarm_at > run.full_traffic_at, "the canary itself shows nothing");
        assert_eq!(run.to_horizon.counts.attributable, 0, "late is not failed");
        assert!(run.backlog.is_some_and(|backlog| backlog.peak > 30));
    }
}

/// The storm goes on after the rollback, unless a budget ends it; the canary has none.
#[test]
fn a_storm_of_retries_outlives_its_cause_unless_there_is_a_budget() {
    let stormy = results_of("retry-storm", 2);
    let text = fs::read_to_string(root().join("scenarios/retry-storm.toml")).expect("a scenario");
    assert!(text.contains("# budget = "), "a line to be enabled");
    let text = text.replace("# budget = ", "budget = ").replace("runs = 20", "runs = 2");
    let tame = run(&parse(&text, &root()), &Unwatched).expect("no trace is read");
    for replication in 0..2 {
        let of =
            |results: &Results, strategy| arm(results, strategy, "fails half")[replication].clone();
        let storm = of(&stormy, "all at once");
        assert_eq!(storm.verdict, Verdict::Caught);
        let (during, whole) = (storm.to_bake_end, storm.to_horizon);
        let after = whole.counts.requests - during.counts.requests;
        assert!(
            whole.counts.failed - during.counts.failed > after / 10 * 9,
            "blue serves hardly anybody"
        );
        let retries = whole.attempts.expect("callers try again").retries;
        assert!(retries > 2 * whole.counts.requests);
        let budgeted = of(&tame, "all at once");
        assert!(
            budgeted.to_horizon.counts.failed - budgeted.to_bake_end.counts.failed < after / 100
        );
        let canary = of(&stormy, "canary of one").to_horizon;
        assert!(canary.counts.attributable < canary.counts.faulty_green / 100, "saved by blue");
    }
}

/// A recorded run serves every request itself; any other takes what it can from the run without a
/// deployment. They must come to the same, in every detail of the outcome.
#[test]
fn taking_counts_from_the_run_without_a_deployment_changes_nothing() {
    let mut spared = 0;
    for name in ALL.into_iter().filter(|name| *name != "large-endpoint") {
        let mut scenario = load(name, 1).scenario;
        scenario.experiment.fidelity = Fidelity::Requests;
        let [whole, brief] = requests_whole_and_in_brief(&scenario, name);
        spared += usize::from(brief < whole * 3 / 4);
    }
    assert!(spared >= 6, "only {spared} scenarios had anything to spare");
}

/// The same where what is answered late makes datapoints grow.
#[test]
fn taking_counts_changes_nothing_where_datapoints_grow() {
    let mut scenario = load("fraud-canary", 1).scenario;
    scenario.experiment.fidelity = Fidelity::Requests;
    scenario.metrics.count_at = CountAt::Arrival;
    scenario.metrics.interval = SimDuration::from_secs(10);
    // Some of green's answers come an interval later, and some never.
    scenario.regressions.truncate(2);
    scenario.regressions[1].effects.latency_shift = SimDuration::from_secs(8);
    let [whole, brief] = requests_whole_and_in_brief(&scenario, "fraud-canary");
    assert!(brief < whole, "nothing was spared");
}

/// Holds brief runs against recorded ones; how many requests each of the two has served.
fn requests_whole_and_in_brief(scenario: &Scenario, name: &str) -> [u64; 2] {
    let arms: Vec<ArmId> = (0..scenario.strategies.len())
        .flat_map(|strategy| {
            let releases = 0..scenario.regressions.len();
            releases.map(move |regression| ArmId { strategy, regression })
        })
        .collect();
    let [whole, brief] = [true, false].map(|recorded| {
        let done = replicate(scenario, 0, &arms, recorded, &|| true);
        done.expect("the traffic can be read").expect("nobody interrupts")
    });
    assert_eq!(whole.outcomes, brief.outcomes, "{name}");
    [whole.requests, brief.requests]
}
