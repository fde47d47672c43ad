use super::*;
use crate::alarm::spec::{AlarmSpec, FleetDimension, Query};
use crate::scenario::{Loaded, Scenario};
use crate::telemetry::bin::{Bin, Probe, Status};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::series::Totals;
use statrs::distribution::{Discrete, Poisson as Reference};
use std::path::Path;

/// A model whose requests fail with 30 % and are slow (150 ms instead of 50 ms) with 20 %.
const MODEL: &str = r#"
name = "law"
[experiment]
horizon = "1h"
[traffic]
arrivals = { poisson = { rate_per_s = 1.0 } }
[endpoint]
instances = 2
capacity = "unlimited"
[blue]
errors_5xx = 0.3
[[blue.latency.mixture]]
weight = 0.8
distribution = { constant = "50ms" }
[[blue.latency.mixture]]
weight = 0.2
distribution = { constant = "150ms" }
[[strategies]]
name = "all"
all_at_once = {}
"#;

fn loaded() -> Loaded {
    Scenario::parse(MODEL, "law.toml", Path::new("."))
        .unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

const COMPARISONS: [Comparison; 4] = [
    Comparison::GreaterThanThreshold,
    Comparison::GreaterThanOrEqualToThreshold,
    Comparison::LessThanThreshold,
    Comparison::LessThanOrEqualToThreshold,
];

/// P(breach) by adding up every pair of numbers, each decided by the evaluator itself.
fn by_enumeration(spec: &AlarmSpec, query: &Query, ones: f64, zeros: f64) -> f64 {
    let criterion = spec.criterion(query).expect("a metric of requests");
    let is_latency = query.is_latency() || criterion.cut_ns().is_some();
    let (ones, zeros) =
        (Reference::new(ones).expect("a mean"), Reference::new(zeros).expect("a mean"));
    let mut total = 0.0;
    for o in 0..40_u64 {
        for z in 0..40_u64 {
            let mut bin = Bin::EMPTY;
            let mut probe = Probe::EMPTY;
            for request in 0..o + z {
                let is_one = request < o;
                let latency_ns = if is_one { 150_000_000 } else { 50_000_000 };
                let status = if is_one && !is_latency { Status::ServerError } else { Status::Ok };
                bin.record(status, Some(latency_ns));
                if let Some(cut_ns) = criterion.cut_ns() {
                    probe.record(latency_ns, cut_ns);
                }
            }
            if criterion.breaches(&Totals { bin, probe, ..Totals::default() }) == Some(true) {
                total += ones.pmf(o) * zeros.pmf(z);
            }
        }
    }
    total
}

/// Holds the law of a period of five requests against the enumeration.
fn check(metric: Metric, statistic: Statistic, thresholds: &[Ratio], ones: f64) {
    let mut loaded = loaded();
    let query = Query::requests(metric, statistic, FleetDimension::Green);
    for comparison in COMPARISONS {
        for &threshold in thresholds {
            let spec = AlarmSpec { comparison, threshold, ..AlarmSpec::on(query) };
            loaded.scenario.alarms = vec![spec.clone()];
            let scenario = &loaded.scenario;
            let steady = Steady::new(&scenario.green, None, scenario.endpoint.timeout);
            let law = Law { parts: vec![(5.0, &steady)], waits: false, fails_by_waiting: false };
            let watch = Watch::new(scenario, 0).expect("one that can be judged");
            let chance = law.chance(&watch).expect("a known model");
            let exact = by_enumeration(&spec, &query, 5.0 * ones, 5.0 * (1.0 - ones));
            let what = format!("{statistic} of {} {comparison:?} {threshold}", metric.name());
            assert!((chance.breach - exact).abs() < 1e-9, "{what}: {chance:?}, exactly {exact}");
            assert!((chance.missing - (-5.0_f64).exp()).abs() < 1e-12, "{what}");
        }
    }
}

#[test]
fn errors_are_decided_as_the_evaluator_decides_them() {
    let thresholds = [
        Ratio::whole(0),
        Ratio::new(1, 100),
        Ratio::new(1, 3),
        Ratio::new(3, 10),
        Ratio::new(1, 2),
        Ratio::whole(1),
        Ratio::new(5, 2),
        Ratio::whole(4),
    ];
    for statistic in [
        Statistic::Average,
        Statistic::Sum,
        Statistic::Minimum,
        Statistic::Maximum,
        Statistic::SampleCount,
    ] {
        check(Metric::Invocation5xxErrors, statistic, &thresholds, 0.3);
    }
}

#[test]
fn latencies_are_decided_as_the_evaluator_decides_them() {
    let thresholds = [Ratio::whole(100_000_000), Ratio::whole(50_000_000)];
    for p in [(1, 2), (9, 10), (99, 100), (1, 10), (1, 1), (0, 1)] {
        let statistic = Statistic::Percentile(Ratio::new(p.0, p.1));
        check(Metric::ModelLatency, statistic, &thresholds[..1], 0.2);
    }
    for statistic in [Statistic::Minimum, Statistic::Maximum] {
        check(Metric::ModelLatency, statistic, &thresholds[..1], 0.2);
    }
    check(Metric::ModelLatency, Statistic::SampleCount, &[Ratio::whole(5)], 0.2);
}

#[test]
fn a_blend_is_the_sum_of_its_streams() {
    // 300 requests at 10 % and 700 at 1 %: 37 expected failures of 1000.
    let mut loaded = loaded();
    loaded.scenario.alarms =
        vec![AlarmSpec { threshold: Ratio::new(37, 1000), ..AlarmSpec::example() }];
    let scenario = &loaded.scenario;
    let healthy = Steady::new(&scenario.green, None, scenario.endpoint.timeout);
    let (mut bad, mut good) = (healthy.clone(), healthy);
    (bad.p5, good.p5) = (0.1, 0.01);
    let parts = vec![(300.0, &bad), (700.0, &good)];
    let law = Law { parts, waits: false, fails_by_waiting: false };
    let watch = Watch::new(scenario, 0).expect("one that can be judged");
    let level = law.level(&watch).expect("known");
    assert!((level.value - 0.037).abs() < 1e-12);
    let breach = law.chance(&watch).expect("known").breach;
    // About half, a little less for the datapoints right at the threshold.
    assert!((0.40..0.5).contains(&breach), "{breach}");
}

#[test]
fn what_is_not_known_gives_no_probability() {
    let mut loaded = loaded();
    loaded.scenario.alarms = vec![AlarmSpec::example()];
    let scenario = &loaded.scenario;
    let watch = Watch::new(scenario, 0).expect("one that can be judged");
    let mut steady = Steady::new(&scenario.green, None, scenario.endpoint.timeout);
    steady.errors_independent = false;
    let law = Law { parts: vec![(5.0, &steady)], waits: false, fails_by_waiting: false };
    assert_eq!(law.chance(&watch), Err(Why::Clumps));
    assert!(law.level(&watch).is_ok(), "clumps leave the mean alone");
    steady.errors_known = false;
    let law = Law { parts: vec![(5.0, &steady)], waits: false, fails_by_waiting: false };
    assert_eq!(law.level(&watch), Err(Why::LoadOrTime));
}
