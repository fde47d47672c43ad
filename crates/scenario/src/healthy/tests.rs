use super::*;
use crate::Scenario as Parsed;
use std::path::Path;

fn scenario(rate_per_s: f64, endpoint: &str, latency: &str) -> Scenario {
    let text = format!(
        "name = \"s\"\n[experiment]\nhorizon = \"30m\"\nwarm_up = \"10m\"\n[traffic]\n\
         arrivals = {{ poisson = {{ rate_per_s = {rate_per_s:?} }} }}\n[endpoint]\n{endpoint}\n[blue]\n\
         latency = {{ {latency} }}\nerrors_5xx = 0.01\n[[alarms]]\nname = \"a\"\n\
         metric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\nfleet = \"both\"\nthreshold = 0.5\n\
         comparison = \"GreaterThanThreshold\"\nperiod = \"5m\"\nevaluation_periods = 1\n\
         [[strategies]]\nname = \"s\"\nall_at_once = {{ final_bake = \"10m\" }}\n"
    );
    Parsed::parse(&text, "s.toml", Path::new(".")).expect("a good scenario").scenario
}

fn healthy(scenario: &Scenario) -> Healthy {
    Healthy::of(scenario).expect("no trace")
}

/// M/M/1: the response is exponential of mean 1/(μ − λ), and λ/μ of the requests wait. Of 400,000 requests
/// at ρ = 0.6 the mean number of independent ones is above 20,000: 3 % are more than four standard errors of
/// the p99 (1.0 %/√… of a quantile), and would show an error of 5 %.
#[test]
fn one_server_is_as_in_the_books() {
    let scenario =
        scenario(12.0, "instances = 1\nconcurrency = 1", "exponential = { mean = \"50ms\" }");
    let healthy = healthy(&scenario);
    let [mean, peak] = healthy.utilisation.expect("places");
    assert!((mean - 0.6).abs() < 1e-9 && (peak - 0.6).abs() < 1e-9);
    let shown = healthy.shown.expect("requests");
    let response_s = 1.0 / (20.0 - 12.0);
    for (shown_s, level) in shown.latency_s.into_iter().zip(LEVELS) {
        let exact_s = -response_s * (1.0 - level).ln();
        assert!((shown_s / exact_s - 1.0).abs() < 0.03, "{level}: {shown_s} {exact_s}");
    }
    assert!((shown.waited - 0.6).abs() < 0.02, "{}", shown.waited);
    assert!(
        (shown.failed_per_minute - 12.0 * 60.0 * 0.01).abs() < 0.3,
        "{}",
        shown.failed_per_minute
    );
    assert!(healthy.is_slowed());
}

#[test]
fn without_concurrency_nothing_waits() {
    let scenario = scenario(400.0, "instances = 2", "exponential = { mean = \"50ms\" }");
    let healthy = healthy(&scenario);
    assert_eq!((healthy.utilisation, healthy.overload), (None, None));
    // Little's law: 400/s · 0.05 s / 2 instances.
    assert!((healthy.in_service[0] - 10.0).abs() < 1e-9);
    let shown = healthy.shown.expect("requests");
    assert!(shown.waited <= 0.0 && !healthy.is_slowed());
    let exact_s = 0.05 * 100.0_f64.ln();
    assert!((shown.latency_s[2] / exact_s - 1.0).abs() < 0.02);
    assert_eq!(healthy.strain(&scenario), Strain::Fine);
}

#[test]
fn strain_goes_by_the_busiest_minute() {
    let of = |rate| {
        let scenario = scenario(rate, "instances = 1\nconcurrency = 1", "constant = \"100ms\"");
        healthy(&scenario).strain(&scenario)
    };
    assert_eq!(of(7.9), Strain::Fine);
    assert_eq!(of(8.1), Strain::Tight);
    assert!(matches!(of(10.0), Strain::Overloaded(_)));
}

#[test]
fn nobody_waits_for_an_asynchronous_answer() {
    let endpoint = "mode = \"asynchronous\"\ninstances = 2\nconcurrency = 1";
    let scenario = scenario(1.0, endpoint, "constant = \"1500ms\"");
    let healthy = healthy(&scenario);
    let shown = healthy.shown.expect("requests");
    assert!(shown.latency_s.iter().all(|shown_s| (shown_s - 1.5).abs() < 1e-9), "{shown:?}");
    assert!(shown.waited > 0.3, "{shown:?}");
    assert!(healthy.shown.is_some_and(|shown| shown.failed_per_minute < 1.0));
}

#[test]
fn too_many_requests_are_not_simulated() {
    let scenario = scenario(1e5, "instances = 100", "constant = \"10ms\"");
    assert_eq!(healthy(&scenario).shown, None);
}
