//! What an alarm sees: blended fleets (4), shares of instances (6), few requests (8), missing datapoints
//! (9), regressions out of sight (11).

use super::{
    Severity, assert_clean, assert_frequency, caught, findings, fired, outcomes, stated, the,
    unjudged, with,
};

const ALL_AT_ONCE: &str = "all_at_once = { final_bake = \"10m\" }";

/// A trial of one instance of four: 25 % of the traffic, then back.
const TRIAL: (&str, &str) = (ALL_AT_ONCE, "steps = [{ share = \"1 instance\", bake = \"10m\" }]");

#[test]
fn the_old_fleet_dilutes_what_the_new_one_does() {
    let trap = with(&[
        TRIAL,
        ("fleet = \"green\"", "fleet = \"both\""),
        ("crash = true", "errors = { errors_5xx = 0.1 }"),
        ("evaluation_periods = 1", "evaluation_periods = 3"),
    ]);
    let finding = the(4, &trap);
    assert_eq!((finding.severity, finding.place.as_str()), (Severity::Error, "alarms[0].fleet"));
    assert!(
        finding.arithmetic.contains("0.25 * 0.1 + 0.75 * 0.001 = 0.02575"),
        "{}",
        finding.arithmetic
    );
    assert_eq!(caught(&trap), (0, 20));
    let repaired = trap.replace("fleet = \"both\"", "fleet = \"green\"");
    assert_clean(&repaired);
    assert_eq!(caught(&repaired), (20, 20));
}

/// 5 % of 30 % is above 1 %, but two windows of ten minutes need 1000 s to say so.
#[test]
fn windows_that_began_before_the_switch_dilute_as_well() {
    let trap = with(&[
        (ALL_AT_ONCE, "steps = [{ share = \"30%\", bake = \"15m\" }]"),
        ("instances = 4", "instances = 10"),
        ("fleet = \"green\"", "fleet = \"both\""),
        ("errors_5xx = 0.001", "errors_5xx = 0.0"),
        ("crash = true", "errors = { errors_5xx = 0.5 }"),
        ("threshold = 0.05", "threshold = 0.1"),
        ("period = \"60s\"", "period = \"600s\""),
        ("evaluation_periods = 1", "evaluation_periods = 2"),
        ("warm_up = \"5m\"", "warm_up = \"20m\""),
    ]);
    let finding = the(4, &trap);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.arithmetic.contains("only after 1000 s > 900 s"), "{}", finding.arithmetic);
    assert_eq!(caught(&trap), (0, 20));
    let repaired = trap.replace("bake = \"15m\"", "bake = \"18m\"");
    // That both fleets are watched together is still noted.
    assert_eq!(findings(&repaired).len(), 1);
    assert_eq!(the(17, &repaired).severity, Severity::Note);
    assert_eq!(caught(&repaired), (20, 20));
}

/// 10 % of four instances is one, which takes a quarter: some 1500 of 6000 requests in ten minutes.
/// The mean of 20 runs has a standard error of 8.7; ± 40 is 4.6 of them, α = 4·10⁻⁶.
#[test]
fn a_share_is_made_of_instances() {
    let trap = with(&[(ALL_AT_ONCE, "steps = [{ share = \"10%\", bake = \"10m\" }]")]);
    let finding = the(6, &trap);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.arithmetic.contains("1 / (1 + 3) = 25 %"), "{}", finding.arithmetic);
    let mean = |toml: &str| {
        let runs = outcomes(toml, "healthy");
        let green: u64 = runs.iter().map(|outcome| outcome.to_horizon.counts.green).sum();
        f64::from(u32::try_from(green).expect("not so many")) / 20.0
    };
    let taken = mean(&trap);
    assert!((taken - 1500.0).abs() < 40.0, "{taken}");
    let repaired = trap.replace("instances = 4", "instances = 10");
    assert_clean(&repaired);
    let taken = mean(&repaired);
    assert!((taken - 600.0).abs() < 26.0, "{taken}");
}

#[test]
fn the_first_step_of_every_form_by_instances_is_judged() {
    for (form, place) in [
        ("ramp = { steps = [\"10%\", \"100%\"], bake = \"10m\" }", "strategies[0].ramp.steps[0]"),
        ("ecs_rolling = { batch = \"10%\", bake = \"10m\" }", "strategies[0].ecs_rolling.batch"),
    ] {
        let finding = the(6, &with(&[(ALL_AT_ONCE, form)]));
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::Warning, place));
    }
}

/// An alarm on blue sees a canary's first stage. In the second blue has no requests, and there is
/// nothing that would have to be judged.
#[test]
fn an_alarm_on_blue_is_judged_where_blue_has_requests() {
    let old = with(&[
        (ALL_AT_ONCE, "canary = { size = \"1 instance\", bake = \"5m\", final_bake = \"5m\" }"),
        ("metric = \"Invocation5XXErrors\"", "metric = \"ModelLatency\""),
        ("threshold = 0.05", "threshold = \"55ms\""),
        ("fleet = \"green\"", "fleet = \"blue\""),
    ]);
    assert!(unjudged(&old).iter().all(|(number, ..)| *number != 13), "{:?}", unjudged(&old));
    assert!(the(13, &old).arithmetic.contains("in stage 1;"), "{}", the(13, &old).arithmetic);
    let (fired, runs) = fired(&old, "healthy");
    assert!(fired > runs / 4, "{fired} of {runs}");
}

/// One datapoint of 7.5 requests on average, aligned with the bake.
#[test]
fn the_chances_of_a_sparse_datapoint_are_exact() {
    let sparse = |errors: &str| {
        with(&[
            (ALL_AT_ONCE, "steps = [{ share = \"1 instance\", bake = \"1m\" }]"),
            ("rate_per_s = 10.0", "rate_per_s = 0.5"),
            ("errors_5xx = 0.001", errors),
            ("runs = 20", "runs = 700"),
            ("horizon = \"30m\"", "horizon = \"3m\""),
            ("warm_up = \"5m\"", "warm_up = \"0s\""),
        ])
    };
    let trap = sparse("errors_5xx = 0.03");
    let finding = the(8, &trap);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("holds 7.5 requests"), "{}", finding.message);
    let breach = stated(&finding.arithmetic, "a healthy datapoint breaches) = ");
    // One failure of at most twenty is above 5 %: nearly 1 − e^−0.225.
    assert!((breach - (1.0 - (-0.225_f64).exp())).abs() < 0.001, "{breach}");
    assert_frequency(fired(&trap, "healthy"), breach);
    // Everything fails; only a period without requests hides it.
    let empty = sparse("errors_5xx = 0.0").replace("rate_per_s = 0.5", "rate_per_s = 0.1");
    let missing = stated(&the(8, &empty).arithmetic, "P(no datapoint) = e^-1.5 = ");
    let (caught, runs) = caught(&empty);
    assert_frequency((runs - caught, runs), missing);
    let busy = sparse("errors_5xx = 0.001").replace("rate_per_s = 0.5", "rate_per_s = 30.0");
    let busy = busy.replace("runs = 700", "runs = 20");
    assert_clean(&busy);
    assert_eq!(fired(&busy, "healthy"), (0, 20));
}

/// p99 of 150 values is its second largest: the probability counts those above the threshold.
#[test]
fn a_percentile_of_few_values_is_one_of_the_largest() {
    let trap = with(&[
        (ALL_AT_ONCE, "steps = [{ share = \"1 instance\", bake = \"1m\" }]"),
        ("metric = \"Invocation5XXErrors\"", "metric = \"ModelLatency\""),
        ("statistic = \"Average\"", "statistic = \"p99\""),
        ("threshold = 0.05", "threshold = \"130ms\""),
        ("crash = true", "latency = { factor = 3.0 }"),
        ("runs = 20", "runs = 500"),
        ("horizon = \"30m\"", "horizon = \"3m\""),
        ("warm_up = \"5m\"", "warm_up = \"0s\""),
    ]);
    let finding = the(8, &trap);
    assert!(finding.message.contains("holds 150 requests"), "{}", finding.message);
    assert!(finding.message.contains("fewer than 1000"), "{}", finding.message);
    let breach = stated(&finding.arithmetic, "a healthy datapoint breaches) = ");
    assert!((0.1..0.5).contains(&breach), "{breach}");
    assert_frequency(fired(&trap, "healthy"), breach);
}

#[test]
fn breaching_fires_before_the_first_request() {
    let trap = with(&[("\"notBreaching\"", "\"breaching\"")]);
    assert_eq!(the(9, &trap).severity, Severity::Error);
    let outcomes = outcomes(&trap, "healthy");
    assert!(outcomes.iter().all(|outcome| outcome.alarm.is_some()));
    assert!(outcomes.iter().all(|outcome| outcome.first_traffic_at.is_none()));
}

/// Quiet minutes: with `missing` a breaching datapoint among gaps is ALARM although three of three are
/// asked for; with `notBreaching` the gaps count as good. The same runs, so the difference is exact.
#[test]
fn missing_lets_one_datapoint_among_gaps_fire() {
    let trap = with(&[
        TRIAL,
        ("rate_per_s = 10.0", "rate_per_s = 0.02"),
        ("errors_5xx = 0.001", "errors_5xx = 0.2"),
        ("evaluation_periods = 1", "evaluation_periods = 3"),
        ("runs = 20", "runs = 200"),
        ("\"notBreaching\"", "\"missing\""),
    ]);
    let finding = the(9, &trap);
    assert_eq!(finding.severity, Severity::Warning);
    let (by_gaps, runs) = fired(&trap, "healthy");
    let repaired = trap.replace("\"missing\"", "\"notBreaching\"");
    assert!(findings(&repaired).iter().all(|finding| finding.number != 9));
    let (by_datapoints, _) = fired(&repaired, "healthy");
    assert!(by_gaps > by_datapoints + 20, "{by_gaps} against {by_datapoints} of {runs}");
}

#[test]
fn errors_do_not_show_in_latencies() {
    let trap = with(&[
        ("metric = \"Invocation5XXErrors\"", "metric = \"ModelLatency\""),
        ("threshold = 0.05", "threshold = \"200ms\""),
    ]);
    let finding = the(11, &trap);
    assert_eq!((finding.severity, finding.place.as_str()), (Severity::Error, "regressions[0]"));
    assert_eq!(caught(&trap), (0, 20), "every request fails");
    let repaired = with(&[]);
    assert_clean(&repaired);
    assert_eq!(caught(&repaired), (20, 20));
}

#[test]
fn what_stays_within_the_threshold_is_not_seen() {
    let trap = with(&[("crash = true", "errors = { errors_5xx = 0.015 }")]);
    let finding = the(11, &trap);
    assert!(finding.arithmetic.contains("settles at 0.015, which is not > 0.05"), "{finding:?}");
    assert_eq!(caught(&trap), (0, 20));
}

#[test]
fn what_begins_after_the_last_bake_is_not_seen() {
    let trap = with(&[("crash = true", "crash = true\nonset = { after_first_traffic = \"12m\" }")]);
    assert!(the(11, &trap).message.contains("begins when no alarm"));
    assert_eq!(caught(&trap), (0, 20));
    let repaired = trap.replace("final_bake = \"10m\"", "final_bake = \"15m\"");
    assert_clean(&repaired);
    assert_eq!(caught(&repaired), (20, 20));
}

/// An alarm of another kind might see it: nothing is said.
#[test]
fn what_cannot_be_judged_is_passed_over() {
    let leak = with(&[
        ("crash = true", "memory_leak = { errors_5xx_per_hour = 0.2 }"),
        ("threshold = 0.05", "threshold = 0.5"),
    ]);
    assert!(findings(&leak).iter().all(|finding| ![11, 14].contains(&finding.number)));
    let bursty =
        with(&[("poisson = { rate_per_s = 10.0 }", "gamma = { rate_per_s = 0.1, cv = 3.0 }")]);
    let finding = the(8, &bursty);
    assert!(finding.arithmetic.contains("cannot be computed"), "{}", finding.arithmetic);
}

/// An alarm on errors that goes off by luck: a fault that only slows is caught as often as a good release is
/// rolled back, run for run, and so never seen.
#[test]
fn an_alarm_that_goes_off_by_luck_sees_nothing() {
    let trap = with(&[
        ("crash = true", "latency = { factor = 1.5 }"),
        ("threshold = 0.05", "threshold = 0.003"),
    ]);
    let finding = the(11, &trap);
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.arithmetic.contains("settles at 0.001 with it as without it"), "{finding:?}");
    let rolled_back = fired(&trap, "healthy");
    assert!(rolled_back.0 > 0, "it does go off");
    assert_eq!((caught(&trap).0, fired(&trap, "bad")), (0, rolled_back));
    // With a fault of its own kind it may be seen.
    let repaired = trap.replace("latency = { factor = 1.5 }", "errors = { errors_5xx = 0.1 }");
    assert!(findings(&repaired).iter().all(|finding| finding.number != 11));
}
