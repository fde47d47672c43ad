//! A distribution is the same however a case gives it.

use super::Kind;
use super::case::parse;
use serde_json::{Value, json};
use statrs::distribution::{ContinuousCDF, Exp, Gamma, LogNormal};

/// What of a quantile may be off: numbers are written to the nanosecond.
const ALLOWED: f64 = 1e-6;

/// The scenario of a queue with such parameters besides.
fn assert_quantiles(extra: &Value, quantile_ms: impl Fn(f64) -> f64) {
    let mut parameters = json!({ "arrivals_per_second": 1.0, "servers": 1 });
    for (key, value) in extra.as_object().expect("parameters") {
        parameters[key] = value.clone();
    }
    let cases = json!({ "cases": [{ "id": "law", "kind": "queueing", "parameters": parameters }] });
    let cases = parse(&cases.to_string()).expect("cases");
    let scenario = Kind::Queueing.scenario(&cases[0]).expect("a law that can be said");
    for p in [0.01, 0.5, 0.9, 0.99] {
        let (found, expected) = (scenario.green.latency.quantile_ns(p) / 1e6, quantile_ms(p));
        let off = (found / expected - 1.0).abs();
        assert!(off < ALLOWED, "{extra}, {p}: {found} instead of {expected}");
    }
}

#[test]
fn gammas() {
    let gamma = Gamma::new(4.0, 1.0 / 25.0).expect("a gamma");
    for extra in [
        json!({ "service": "gamma", "service_shape": 4, "service_scale_ms": 25 }),
        json!({ "service": "gamma, of four phases", "mean_service_seconds": 0.1, "service_cv": 0.5 }),
        json!({ "service": "gamma", "mean_service_ms": 100, "service_scv": 0.25, "service_shape": 4 }),
        json!({ "service": { "distribution": "gamma", "shape": 4, "mean_ms": 100, "sd_ms": 50 } }),
        json!({
            "service": "gamma", "service_shape": 4,
            "green_mean_service_seconds": 0.1, "blue_mean_service_seconds": 0.2,
        }),
    ] {
        assert_quantiles(&extra, |p| gamma.inverse_cdf(p));
    }
}

#[test]
fn lognormals() {
    let of = |sigma: f64| LogNormal::new(100_f64.ln(), sigma).expect("a lognormal");
    let mean = 100.0 * (0.5_f64 * 0.5 / 2.0).exp();
    let cv = (0.5_f64 * 0.5).exp_m1().sqrt();
    for numbers in [
        json!({ "distribution": "lognormal", "median_ms": 100, "sigma_of_log": 0.5 }),
        json!({ "distribution": "lognormal", "mean_ms": mean, "sigma_of_log": 0.5 }),
        json!({ "distribution": "lognormal", "mean_ms": mean, "cv": cv, "median_ms": 100 }),
    ] {
        assert_quantiles(&json!({ "service": numbers }), |p| of(0.5).inverse_cdf(p));
    }
}

#[test]
fn constants_and_exponentials() {
    let constant = json!({ "service": "constant", "mean_service_seconds": 0.1, "service_cv": 0 });
    assert_quantiles(&constant, |_| 100.0);
    let exponential = Exp::new(1.0 / 100.0).expect("an exponential");
    for extra in [
        json!({ "mean_service_seconds": 0.1 }),
        json!({ "service": "exponential", "service_rate_per_second": 10 }),
    ] {
        assert_quantiles(&extra, |p| exponential.inverse_cdf(p));
    }
}
