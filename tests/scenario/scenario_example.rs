//! The example scenario and the smallest one, through the whole path.

use rollout_sim::alarm::spec::{
    AlarmState, Evaluation, FleetDimension, History, MissingDataRule, Query, TreatMissingData,
    Unresolved,
};
use rollout_sim::endpoint::model::ColdStart;
use rollout_sim::endpoint::regression::{Effects, Onset};
use rollout_sim::endpoint::spec::{Capacity, FleetSpec, Routing, ShiftBy};
use rollout_sim::random::arrival::ArrivalSpec;
use rollout_sim::scenario::{CountAt, EventsOf, Loaded, Phase, Scenario, UsersSpec};
use rollout_sim::telemetry::metric::{Metric, PercentileMethod, Statistic};
use rollout_sim::telemetry::ratio::Ratio;
use rollout_sim::time::{SimDuration, SimTime};
use std::path::Path;

const SMALLEST: &str = r#"
name = "smallest"
experiment = { horizon = "30m", baseline = "none" }
traffic = { arrivals = { poisson = { rate_per_s = 10.0 } } }
endpoint = { instances = 3 }
blue = { latency = { constant = "20ms" } }

[[alarms]]
name = "errors"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "both"
threshold = 0.01
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 2

[[regressions]]
name = "crash"
crash = true

[[incidents]]
name = "outage"
rate_per_day = 1.0
lasts = "5m"
effect = { errors_5xx = 0.5 }

[[strategies]]
name = "all at once"
all_at_once = {}
"#;

fn parse(text: &str) -> Loaded {
    match Scenario::parse(text, "test.toml", Path::new("")) {
        Ok(loaded) => loaded,
        Err(errors) => panic!("{errors}"),
    }
}

fn secs(seconds: i64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

#[test]
fn every_default_of_the_experiment_and_the_endpoint() {
    let scenario = parse(SMALLEST).scenario;
    assert_eq!(scenario.description, "");
    let experiment = &scenario.experiment;
    assert_eq!((experiment.runs, experiment.seed), (1000, 42));
    assert_eq!(experiment.warm_up, secs(900));
    assert_eq!(experiment.confidence.to_bits(), 0.95_f64.to_bits());
    assert_eq!(experiment.measure_from, SimTime::ZERO);
    assert_eq!((experiment.phase, experiment.events), (Phase::Random, EventsOf::Median));
    assert_eq!(scenario.users, None);
    let endpoint = &scenario.endpoint;
    let fleet = FleetSpec { instances: 3, concurrency: 1, price_per_hour: Some(0.23) };
    assert_eq!((&endpoint.blue, &endpoint.green), (&fleet, &fleet));
    assert_eq!((endpoint.capacity, endpoint.routing), (Capacity::Unlimited, Routing::Random));
    assert_eq!(endpoint.timeout, Some(secs(60)));
    assert_eq!((endpoint.provision, endpoint.switch), (secs(240), secs(60)));
    assert_eq!((endpoint.rollback_switch, endpoint.clean_up), (secs(60), secs(60)));
    assert_eq!(endpoint.termination_wait, SimDuration::ZERO);
    assert_eq!(endpoint.shift_by, ShiftBy::Instances);
}

#[test]
fn every_default_of_models_metrics_and_controller() {
    let scenario = parse(SMALLEST).scenario;
    let blue = &scenario.blue;
    assert_eq!(blue.errors_4xx.to_bits(), 0);
    assert_eq!(blue.errors_5xx.to_bits(), 0);
    assert_eq!((&blue.failed_latency, &blue.overdispersion), (&None, &None));
    assert_eq!(&scenario.green, blue);
    let metrics = &scenario.metrics;
    assert_eq!((metrics.interval, metrics.delay), (secs(60), SimDuration::ZERO));
    assert_eq!((metrics.count_at, metrics.slow_over), (CountAt::Completion, None));
    assert_eq!(scenario.controller.poll_interval, secs(10));
}

#[test]
fn every_default_of_regressions_and_incidents() {
    let scenario = parse(SMALLEST).scenario;
    let [healthy, crash] = scenario.regressions.as_slice() else { panic!("two arms") };
    assert_eq!((healthy.name.as_str(), healthy.healthy), ("healthy", true));
    assert_eq!(healthy.effects, Effects::default());
    assert_eq!((crash.healthy, crash.prior), (false, None));
    assert_eq!(crash.effects, Effects { crash: true, ..Effects::default() });
    assert_eq!(crash.onset, Onset::AfterFirstTraffic(SimDuration::ZERO));
    assert_eq!((crash.ramp, crash.duration), (SimDuration::ZERO, None));
    assert_eq!(crash.intermittency, None);
    let [outage] = scenario.incidents.as_slice() else { panic!("one incident") };
    assert!(outage.at.is_empty());
    assert_eq!(outage.latency_factor.to_bits(), 1_f64.to_bits());
    assert_eq!(outage.traffic_factor.to_bits(), 1_f64.to_bits());
    assert_eq!(outage.errors_4xx.to_bits(), 0);
}

#[test]
fn every_default_of_alarms_and_strategies() {
    let scenario = parse(SMALLEST).scenario;
    let [alarm] = scenario.alarms.as_slice() else { panic!("one alarm") };
    assert_eq!((alarm.evaluation_periods, alarm.datapoints_to_alarm), (2, 2));
    assert_eq!(alarm.treat_missing_data, TreatMissingData::Missing);
    assert_eq!(alarm.missing_data_rule, MissingDataRule::CloudWatch { range_extra: 5 });
    assert_eq!(alarm.evaluation, Evaluation::Sliding);
    let [query] = alarm.subject.queries() else { panic!("one metric") };
    assert_eq!(query.percentile_method, PercentileMethod::NearestRank);
    assert_eq!(alarm.initial_state, AlarmState::InsufficientData);
    assert_eq!(
        (alarm.history, alarm.unresolved),
        (History::Simulated, Unresolved::InsufficientData)
    );
    let [strategy] = scenario.strategies.as_slice() else { panic!("one strategy") };
    assert_eq!(strategy.alarms, [0]);
    assert_eq!(strategy.stages.len(), 1);
    assert!(strategy.stages[0].bake.is_zero());
}

#[test]
fn the_example_reads_as_it_is_written() {
    let loaded = Scenario::load(Path::new("tests/data/example.toml"));
    let scenario = loaded.unwrap_or_else(|errors| panic!("{errors}")).scenario;
    assert_eq!(scenario.name, "fraud-model-v2");
    assert_eq!(scenario.arrivals, ArrivalSpec::Poisson { rate_per_s: 120.0 });
    assert_eq!(scenario.users, Some(UsersSpec { count: 40_000, sticky: false }));
    assert_eq!(scenario.green.cold_start, Some(ColdStart { factor: 4.0, lasts: secs(90) }));
    assert_eq!(scenario.endpoint.routing, Routing::LeastOutstanding);
    let errors = &scenario.alarms[0];
    let green = FleetDimension::Green;
    let query = Query::requests(Metric::Invocation5xxErrors, Statistic::Average, green);
    assert_eq!(errors.subject, query.into());
    assert_eq!(errors.threshold, Ratio::new(1, 100));
    let latency = &scenario.alarms[1];
    let p99 = Statistic::Percentile(Ratio::new(99, 100));
    assert_eq!(latency.subject, Query::requests(Metric::ModelLatency, p99, green).into());
    assert_eq!(latency.threshold, Ratio::whole(160_000_000));
    let shapes: Vec<Vec<(u32, u32)>> = scenario
        .strategies
        .iter()
        .map(|plan| plan.stages.iter().map(|s| (s.green_active, s.blue_active)).collect())
        .collect();
    assert_eq!(shapes[0], [(10, 0)]);
    assert_eq!(shapes[1], [(1, 9), (10, 0)]);
    assert_eq!(shapes[2], [(3, 7), (6, 4), (9, 1), (10, 0)]);
    assert_eq!(shapes[3], [(10, 10), (10, 0)]);
}

#[test]
fn the_resolved_scenario_is_the_same_scenario() {
    let example = std::fs::read_to_string("tests/data/example.toml").expect("the example");
    for text in [SMALLEST, &example, EVERYTHING] {
        let once = parse(text);
        let again = parse(&once.resolved);
        assert_eq!(again, once, "resolved twice:\n{}", once.resolved);
    }
}

#[test]
fn thresholds_are_the_decimals_that_are_written() {
    for (metric, statistic, written, exact) in [
        ("ModelLatency", "Average", "100000", Ratio::whole(100_000_000)),
        ("ModelLatency", "Average", "0.1", Ratio::whole(100)),
        ("ModelLatency", "p99.9", "\"1.5s\"", Ratio::whole(1_500_000_000)),
        ("ModelLatency", "Sum", "2.5", Ratio::whole(2500)),
        ("ModelLatency", "SampleCount", "20", Ratio::whole(20)),
        ("Invocation4XXErrors", "Average", "\"1.51%\"", Ratio::new(151, 10_000)),
        ("Invocation4XXErrors", "Average", "0.0151", Ratio::new(151, 10_000)),
        ("InvocationModelErrors", "Sum", "5", Ratio::whole(5)),
        ("Invocations", "SampleCount", "100", Ratio::whole(100)),
    ] {
        let text = SMALLEST
            .replace("Invocation5XXErrors", metric)
            .replace("\"Average\"", &format!("\"{statistic}\""))
            .replace("threshold = 0.01", &format!("threshold = {written}"));
        assert_eq!(parse(&text).scenario.alarms[0].threshold, exact, "{metric} {written}");
    }
}

#[test]
fn priors_leave_the_rest_to_the_healthy_release() {
    let text = SMALLEST.replace("crash = true", "crash = true\nprior = \"20%\"");
    let scenario = parse(&text).scenario;
    let priors: Vec<_> = scenario.regressions.iter().map(|arm| arm.prior).collect();
    assert_eq!(priors, [Some(0.8), Some(0.2)]);
}

#[test]
fn green_is_as_blue_but_for_what_it_says() {
    let text = SMALLEST.replace(
        "blue = { latency",
        "green = { latency = { constant = \"1s\" } }\n\
         blue = { errors_4xx = 0.1, failed_latency = { constant = \"2s\" }, latency",
    );
    let scenario = parse(&text).scenario;
    assert_eq!(scenario.green.errors_4xx.to_bits(), 0.1_f64.to_bits());
    assert!(scenario.blue.failed_latency.is_some());
    // A latency of its own says how long green's failures take too.
    assert_eq!(scenario.green.failed_latency, None);
    let prices = SMALLEST.replace(
        "instances = 3 }",
        "instances = 3, price_per_hour = 2.5, \
         green = { instances = 2, instance_type = \"ml.m5.large\" } }",
    );
    let endpoint = parse(&prices).scenario.endpoint;
    assert_eq!(
        endpoint.blue,
        FleetSpec { instances: 3, concurrency: 1, price_per_hour: Some(2.5) }
    );
    assert_eq!(
        endpoint.green,
        FleetSpec { instances: 2, concurrency: 1, price_per_hour: Some(0.115) }
    );
}

/// Every table and form that fits into one scenario.
const EVERYTHING: &str = r#"
name = "everything"
description = "all of it"
[experiment]
runs = 10
seed = 9223372036854775807
horizon = "3h"
warm_up = "0s"
confidence = "90%"
measure_from = "5m"
phase = "aligned"
events = "all"
[traffic]
arrivals = { mmpp = { rates_per_s = [10, 50.5], mean_sojourns = ["10m", "90s"] } }
users = 1000
sticky_users = true
[endpoint]
instances = 8
price_per_hour = 1
concurrency = 4
queue = "shared"
queue_limit = 100
timeout = "none"
provision = "250ms"
switch = "1.5m"
rollback_switch = "30s"
termination_wait = "1h"
clean_up = "0s"
shift_by = "percent"
green = { instances = 4, instance_type = "my own", price_per_hour = 2.5, concurrency = 8 }
[metrics]
interval = "30s"
delay = "12s"
count_at = "arrival"
slow_over = "200ms"
[controller]
poll_interval = "0s"
[blue]
latency = { mixture = [
    { weight = 0.75, distribution = { gamma = { mean = "20ms", cv = 0.5 } } },
    { weight = 0.25, distribution = { shifted = { by = "5ms", distribution = {
        weibull = { shape = 1.5, scale = "30ms" } } } } },
] }
failed_latency = { exponential = { mean = "1s" } }
errors_4xx = "1.5%"
errors_5xx = 0.001
overdispersion = { correlation = 0.01, interval = "2m", correlation_time = "5m", common = 0.5 }
[green]
latency = { empirical = [
    { p = 0, latency = "1ms" },
    { p = "50%", latency = "20ms" },
    { p = 1, latency = "1s" },
] }
failed_latency = { pareto = { minimum = "1ms", shape = 2.5 } }
errors_4xx = 0
errors_5xx = "0.1%"
overdispersion = { correlation = 0.02 }
cold_start = { factor = 3, lasts = "90s" }
[[regressions]]
name = "all effects"
prior = 0.1
errors = { errors_4xx = 0.1, errors_5xx = 0.2 }
latency = { factor = 1.5, shift = "3ms" }
tail = { share = "1%", factor = 20 }
capacity = { slowdown = { factor = 2, from = 0.5 }, concurrency_lost = 7 }
onset = { at_share = "50%" }
ramp = "5m"
duration = "20m"
intermittency = { on = "1m", off = "30s" }
[regressions.memory_leak]
latency_per_hour = 0.5
errors_5xx_per_hour = 0.01
restart = { after = "1h", takes = "2m" }
[[regressions]]
name = "a good one, slower"
prior = 0.2
healthy = true
latency = { shift = "1ms" }
onset = { at = "20m" }
[[incidents]]
name = "downstream"
rate_per_day = 2.5
at = ["30m", "1h"]
lasts = "5m"
spread = "exponential"
effect = { errors_4xx = 0.1, errors_5xx = 0.2, latency = { factor = 2 }, traffic_factor = 3 }
[[alarms]]
name = "a"
metric = "ModelLatency"
statistic = "p99.9"
fleet = "shadow"
threshold = 250.5
comparison = "GreaterThanOrEqualToThreshold"
period = "30s"
evaluation_periods = 5
datapoints_to_alarm = 3
treat_missing_data = "ignore"
missing_data_rule = "window"
evaluation_range_extra = 4
evaluation = "aligned"
percentile_method = "linear"
history = "non_breaching"
unresolved = "retain"
[[alarms]]
name = "b"
metric = "Invocations"
statistic = "SampleCount"
fleet = "blue"
threshold = 12
comparison = "LessThanThreshold"
period = "1h"
evaluation_periods = 168
[[strategies]]
name = "steps"
steps = [{ share = "0.5%", bake = "1m" }, { share = "1 instance" }, { share = "100%", bake = "5m" }]
alarms = ["b"]
[[strategies]]
name = "canary"
canary = { size = "12.5%", bake = "10m" }
alarms = []
[[strategies]]
name = "linear"
linear = { step = "2 instances", bake = "10m", final_bake = "1m" }
[[strategies]]
name = "shadow"
shadow = { sample = 0.25, lasts = "30m", then = "stop" }
"#;
