use super::*;
use crate::Scenario as Parsed;
use crate::endpoint::spec::{Capacity, QueueLayout};
use crate::random::arrival::ArrivalSpec;
use crate::spec::Scenario;
use std::path::Path;

fn scenario() -> Scenario {
    let text = "name = \"s\"\n[experiment]\nhorizon = \"60m\"\nwarm_up = \"10m\"\n[traffic]\n\
                arrivals = { poisson = { rate_per_s = 10.0 } }\n[endpoint]\ninstances = 1\nconcurrency = 1\n\
                [blue]\nlatency = { exponential = { mean = \"100ms\" } }\n[[strategies]]\nname = \"s\"\n\
                all_at_once = { final_bake = \"10m\" }\n";
    Parsed::parse(text, "s.toml", Path::new(".")).expect("a good scenario").scenario
}

fn matched(scenario: &Scenario, latency: Distribution) -> Result<Quantiles, NoService> {
    let model = ModelSpec { latency, ..scenario.blue.clone() };
    let alone = Alone::new(scenario, &scenario.endpoint.blue, &model);
    let replications = alone.replications().expect("no trace").expect("few requests");
    service_times(&alone, replications)
}

/// M/M/1: what is observed is exponential of mean 1/(μ − λ), so with λ = 10/s and a mean of 100 ms service is
/// exponential with μ = 20/s. The table's quantiles are 6 % off at most: p50, p90 and p99 agree within 1 % of
/// what is observed, of which half is waiting.
#[test]
fn exponential_latencies_of_one_server_have_exponential_service() {
    let mean = SimDuration::from_secs_f64(0.1);
    let table = matched(&scenario(), Distribution::exponential(mean).expect("a mean"));
    for (p, service) in table.expect("service times") {
        if [0.5, 0.9, 0.99].contains(&p) {
            let exact_s = -0.05 * (1.0_f64 - p).ln();
            let ratio = service.as_secs_f64() / exact_s;
            assert!(
                (ratio - 1.0).abs() < 0.06,
                "p = {p}: {service} is {ratio} of what it should be"
            );
        }
    }
}

#[test]
fn with_room_for_all_what_is_seen_is_the_service() {
    let mut scenario = scenario();
    scenario.endpoint.blue.concurrency = 100;
    let median = SimDuration::from_secs_f64(0.06);
    let observed = Distribution::lognormal(median, 0.6).expect("a distribution");
    for (p, service) in matched(&scenario, observed.clone()).expect("service times") {
        let exact_s = observed.quantile_ns(p.min(SLOWEST)) / 1e9;
        assert!((service.as_secs_f64() - exact_s).abs() <= 0.01 * exact_s, "p = {p}: {service}");
    }
}

/// Requests that come at random and one at a time to a place wait differently long.
#[test]
fn latencies_that_are_all_alike_have_no_service() {
    let constant = Distribution::constant(SimDuration::from_secs_f64(0.09));
    let refused = matched(&scenario(), constant);
    assert!(matches!(refused, Err(NoService::TooFar(Some(_)))), "{refused:?}");
}

#[test]
fn a_longer_service_than_fits_is_found_shorter() {
    // 150 ms of one place at 10 a second would be more than it can do.
    let scenario = Scenario { arrivals: ArrivalSpec::Poisson { rate_per_s: 10.0 }, ..scenario() };
    assert_eq!(
        scenario.endpoint.capacity,
        Capacity::Queued { queue: QueueLayout::Instance, limit: None }
    );
    let mean = SimDuration::from_secs_f64(0.15);
    let table = matched(&scenario, Distribution::exponential(mean).expect("a mean"));
    // 1/μ = 1/(10 + 1/0.15).
    let median = table.expect("service times").into_iter().find(|(p, _)| (p - 0.5).abs() < 1e-12);
    let ratio = median.expect("a median").1.as_secs_f64() / (2.0_f64.ln() / (10.0 + 1.0 / 0.15));
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
}
