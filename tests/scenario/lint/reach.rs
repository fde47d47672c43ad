//! Thresholds: out of reach (1), in the wrong unit (2), under the cold start (10), under the healthy
//! level (13).

use super::{Severity, assert_clean, assert_frequency, caught, fired, stated, the, with};

const LATENCY: [(&str, &str); 2] = [
    ("metric = \"Invocation5XXErrors\"", "metric = \"ModelLatency\""),
    ("crash = true", "latency = { factor = 3.0 }"),
];

#[test]
fn an_average_never_exceeds_one() {
    let trap = with(&[("threshold = 0.05", "threshold = 1")]);
    let finding = the(1, &trap);
    assert_eq!(
        (finding.severity, finding.place.as_str()),
        (Severity::Error, "alarms[0].threshold")
    );
    assert!(finding.remedy.contains("0.01"), "{}", finding.remedy);
    assert_eq!(caught(&trap), (0, 20), "everything fails, and the alarm stays OK");
    let repaired = with(&[("threshold = 0.05", "threshold = \"1%\"")]);
    assert_clean(&repaired);
    assert_eq!(caught(&repaired), (20, 20));
}

#[test]
fn at_least_one_needs_every_single_failure() {
    let all = with(&[
        ("threshold = 0.05", "threshold = 1"),
        ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold"),
    ]);
    assert_eq!(the(1, &all).severity, Severity::Warning);
    assert_eq!(caught(&all), (20, 20), "a crash is 100 % errors");
    let nearly = all.replace("crash = true", "errors = { errors_5xx = 0.9 }");
    assert_eq!(the(1, &nearly).severity, Severity::Warning);
    assert_eq!(caught(&nearly), (0, 20), "0.9^600 of all minutes");
}

#[test]
fn milliseconds_read_as_microseconds_roll_everything_back() {
    let latency =
        |threshold: &str| with(&[LATENCY[0], LATENCY[1], ("threshold = 0.05", threshold)]);
    let trap = latency("threshold = 100");
    let finding = the(2, &trap);
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.arithmetic.contains("is 0.1 ms"), "{}", finding.arithmetic);
    assert!(finding.arithmetic.contains("100000 µs"), "{}", finding.arithmetic);
    assert_eq!(fired(&trap, "healthy"), (20, 20));
    for repaired in ["threshold = 150000", "threshold = \"150ms\""] {
        let repaired = latency(repaired);
        assert_clean(&repaired);
        assert_eq!(fired(&repaired, "healthy"), (0, 20));
        assert_eq!(caught(&repaired), (20, 20), "170 ms on average");
    }
}

#[test]
fn a_cold_start_sets_a_hasty_latency_alarm_off() {
    let cold = |datapoints: &str| {
        with(&[
            LATENCY[0],
            LATENCY[1],
            ("threshold = 0.05", "threshold = \"100ms\""),
            ("[green]", "[green]\ncold_start = { factor = 6.0, lasts = \"90s\" }"),
            ("evaluation_periods = 1", datapoints),
        ])
    };
    let trap = cold("evaluation_periods = 1");
    assert_eq!(the(10, &trap).severity, Severity::Error);
    assert_eq!(fired(&trap, "healthy"), (20, 20));
    let repaired = cold("evaluation_periods = 3");
    assert_clean(&repaired);
    assert_eq!(fired(&repaired, "healthy"), (0, 20));
    assert_eq!(caught(&repaired), (20, 20));
}

#[test]
fn a_measured_cold_start_is_held_against_a_scenario_without_one() {
    let tight = with(&[LATENCY[0], LATENCY[1], ("threshold = 0.05", "threshold = \"100ms\"")]);
    assert_eq!(the(10, &tight).severity, Severity::Note);
    assert_eq!(fired(&tight, "healthy"), (0, 20), "without a cold start it is fine");
    let cold = tight.replace("[green]", "[green]\ncold_start = { factor = 5.0, lasts = \"90s\" }");
    assert_eq!(fired(&cold, "healthy"), (20, 20), "2.7 times as slow in the first minute");
}

#[test]
fn a_healthy_rate_over_the_threshold_always_fires() {
    let trap = with(&[("errors_5xx = 0.001", "errors_5xx = 0.08")]);
    let finding = the(13, &trap);
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.arithmetic.contains("0.08 > 0.05"), "{}", finding.arithmetic);
    assert_eq!(fired(&trap, "healthy"), (20, 20));
}

/// Exactly: five datapoints, aligned with the bake, each of 600 requests.
#[test]
fn the_chance_of_a_false_rollback_is_exact() {
    let base = [
        ("errors_5xx = 0.001", "errors_5xx = 0.035"),
        ("runs = 20", "runs = 200"),
        ("horizon = \"30m\"", "horizon = \"7m\""),
        ("warm_up = \"5m\"", "warm_up = \"0s\""),
        ("final_bake = \"10m\"", "final_bake = \"5m\""),
    ];
    let trap = with(&base);
    let finding = the(13, &trap);
    assert_eq!(finding.severity, Severity::Warning);
    let probability = stated(&finding.message, "rolls back ");
    assert!((0.05..0.5).contains(&probability), "{}", finding.message);
    assert_frequency(fired(&trap, "healthy"), probability);
    let repaired = trap.replace("threshold = 0.05", "threshold = 0.1");
    assert_clean(&repaired);
    assert_eq!(fired(&repaired, "healthy"), (0, 200));
    assert_eq!(caught(&repaired), (200, 200));
}

/// The same of an average of latencies, whose law is a compound Poisson sum.
#[test]
fn the_chance_of_a_slow_average_is_right() {
    let trap = with(&[
        LATENCY[0],
        ("threshold = 0.05", "threshold = \"54.6ms\""),
        ("runs = 20", "runs = 200"),
        ("horizon = \"30m\"", "horizon = \"7m\""),
        ("warm_up = \"5m\"", "warm_up = \"0s\""),
        ("final_bake = \"10m\"", "final_bake = \"1m\""),
        ("crash = true", "latency = { factor = 3.0 }"),
    ]);
    let finding = the(13, &trap);
    let probability = stated(&finding.message, "rolls back ");
    assert!((0.05..0.5).contains(&probability), "{}", finding.message);
    assert_frequency(fired(&trap, "healthy"), probability);
}
