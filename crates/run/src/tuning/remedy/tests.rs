//! What is tried, in which order and on how many runs.

#![expect(clippy::float_cmp, reason = "what is compared is made by the same operations")]

use super::*;
use crate::experiment::runner::Unwatched;
use crate::random::arrival::{ArrivalSpec, TimeUnit, TraceRows, TraceSpec};
use crate::scenario::Scenario;
use crate::scenario::tune::{Objective, PlanVariant, Uncertainty};
use crate::tuning::results::Setting;
use crate::tuning::search::search;
use crate::tuning::toy::{self, CONFIDENCE};
use std::cell::RefCell;
use std::path::Path;

/// A canary of 2 of 20 instances.
const CANARY: &str = r#"
name = "canary"
[experiment]
horizon = "60m"
[traffic]
arrivals = { poisson = { rate_per_s = 20.0 } }
[endpoint]
concurrency = 1
instances = 20
[blue]
latency = { constant = "50ms" }
[[regressions]]
name = "faulty"
crash = true
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.5
comparison = "GreaterThanOrEqualToThreshold"
period = "60s"
evaluation_periods = 2
[[strategies]]
name = "canary"
canary = { size = "10%", bake = "6m", final_bake = "5m" }
"#;

fn canary(text: &str) -> Expansion {
    let loaded = Scenario::parse(text, "canary.toml", Path::new("."));
    let scenario = loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false))).scenario;
    let shapes = vec![toy::shape(0, &scenario.alarms[0], &[Ratio::new(1, 2)])];
    let plans = vec![PlanVariant { strategy: 0, changes: Vec::new() }];
    Expansion { scenario, plans, shapes, uncertainty: Uncertainty::none() }
}

fn changes_of(expansion: &Expansion) -> Vec<Change> {
    let setting = Setting { shape: 0, threshold: Ratio::new(1, 2), equivalent: (0.0, 0.0) };
    changes(expansion, &Policy { plan: 0, settings: vec![setting] })
}

fn words(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.words.as_str()).collect()
}

#[test]
fn changes_come_in_the_order_of_what_they_promise() {
    assert_eq!(
        words(&changes_of(&canary(CANARY))),
        [
            "bakes 2 times as long",
            "a first step twice as large",
            "2 times the traffic (a busier hour, or more endpoints together)",
            "'5xx' on the 90th percentile of ModelLatency of the green fleet instead (no alarm watches \
             Invocation5XXErrors then)",
            "'5xx' on the median of ModelLatency of the green fleet instead (no alarm watches \
             Invocation5XXErrors then)",
            "'5xx' on the share of 4xx of the green fleet instead (no alarm watches \
             Invocation5XXErrors then)",
            "bakes 4 times as long",
            "4 times the traffic (a busier hour, or more endpoints together)",
        ]
    );
}

fn minutes(expansion: &Expansion) -> Vec<f64> {
    let stages = &expansion.scenario.strategies[0].stages;
    stages.iter().map(|stage| stage.bake.as_secs_f64() / 60.0).collect()
}

#[test]
fn bakes_before_full_traffic_are_longer_and_so_is_the_horizon() {
    let changes = changes_of(&canary(CANARY));
    assert_eq!(minutes(&changes[0].expansion), [12.0, 5.0]);
    assert_eq!(minutes(&changes[6].expansion), [24.0, 5.0]);
    let horizon =
        |change: &Change| change.expansion.scenario.experiment.horizon.as_secs_f64() / 60.0;
    assert_eq!([horizon(&changes[0]), horizon(&changes[6])], [66.0, 78.0]);
    assert!((changes[0].cost - 1.1).abs() < 1e-12 && (changes[6].cost - 1.3).abs() < 1e-12);
    // All at once has but its last bake.
    let all_at_once = toy::expansion(1, 1);
    let changes = changes_of(&all_at_once);
    assert_eq!(minutes(&changes[0].expansion), [20.0]);
    assert!(!words(&changes).contains(&"a first step twice as large"));
}

#[test]
fn the_first_step_is_twice_as_large_where_it_stays_the_smaller_part() {
    let first = |text: &str| {
        let changes = changes_of(&canary(text));
        let larger = changes.iter().find(|change| change.words.starts_with("a first step"));
        larger.map(|change| {
            let stages = &change.expansion.scenario.strategies[0].stages;
            assert_eq!(stages[1], canary(text).scenario.strategies[0].stages[1]);
            (stages[0].green_active, stages[0].blue_active, stages[0].share)
        })
    };
    assert_eq!(first(CANARY), Some((4, 16, 0.2)));
    assert_eq!(first(&CANARY.replace("10%", "25%")), Some((10, 10, 0.5)));
    assert_eq!(first(&CANARY.replace("10%", "30%")), None);
    let by_percent = CANARY.replace("instances = 20", "instances = 20\nshift_by = \"percent\"");
    assert_eq!(first(&by_percent), Some((20, 20, 0.2)));
    let linear = CANARY.replace("canary = {", "linear = {").replace("size", "step");
    let linear = linear.replace("60m", "90m");
    assert_eq!(first(&linear), None, "the second step is as large");
}

#[test]
fn there_is_more_traffic_unless_it_is_recorded_request_by_request() {
    let expansion = canary(CANARY);
    let changes = changes_of(&expansion);
    for (index, times) in [(2, 2.0), (7, 4.0)] {
        assert_eq!(changes[index].cost, times);
        let arrivals = &changes[index].expansion.scenario.arrivals;
        assert_eq!(*arrivals, expansion.scenario.arrivals.scaled(times));
    }
    let mut recorded = expansion;
    recorded.scenario.arrivals = ArrivalSpec::Trace(TraceSpec {
        path: "requests.csv".into(),
        time_column: "time".to_owned(),
        time_unit: TimeUnit::Seconds,
        rows: TraceRows::Requests,
        scale: 1.0,
        random_offset: false,
        repeat: true,
    });
    let changes = changes_of(&recorded);
    assert_eq!(changes.len(), 6);
    assert!(words(&changes).iter().all(|words| !words.contains("traffic")));
}

#[test]
fn another_metric_keeps_the_shape_and_any_threshold_may_be_chosen() {
    let changes = changes_of(&canary(CANARY));
    let Shape { spec, changes: said, thresholds, .. } = &changes[3].expansion.shapes[0];
    let [query] = spec.subject.queries() else { panic!("one metric") };
    assert_eq!(query.origin, Origin::Requests(Metric::ModelLatency, FleetDimension::Green));
    assert_eq!(query.statistic.to_string(), "p90");
    assert_eq!(spec.comparison, Comparison::GreaterThanThreshold);
    assert_eq!((spec.evaluation_periods, thresholds.len(), said.len()), (2, 0, 1));
    // What it watches already is not tried again.
    let on_latency = CANARY
        .replace("Invocation5XXErrors", "ModelLatency")
        .replace("\"Average\"", "\"p50\"")
        .replace("threshold = 0.5", "threshold = \"500ms\"");
    let changes = changes_of(&canary(&on_latency));
    let watched: Vec<&str> =
        words(&changes).into_iter().filter(|words| words.contains("instead")).collect();
    assert_eq!(watched.len(), 3);
    assert!(watched[0].contains("the share of 5xx") && watched[1].contains("90th"), "{watched:?}");
}

/// What was tried on how many runs, if the search made so many.
fn tried(runs: u64, progress: &dyn Progress) -> Vec<(String, u64)> {
    let expansion = canary(CANARY);
    let spec = toy::spec((0.1, 0.1), Objective::Harm, &[0.9, 0.1]);
    let spec = TuneSpec { precision: Some(0.01), ..spec };
    let empty = search(&spec, &expansion, &[], CONFIDENCE);
    let setting = Setting { shape: 0, threshold: Ratio::new(1, 2), equivalent: (0.0, 0.0) };
    let policy = Policy { plan: 0, settings: vec![setting] };
    let judged = toy::replications(1, 2, 1, &[0.0, 0.5]);
    let judge = crate::tuning::performance::Judge::new(&spec, &expansion, &judged, CONFIDENCE);
    let nearest = Some(judge.evaluate(&policy));
    let results = TuneResults { nearest, runs, ..empty.clone() };
    let asked = RefCell::new(Vec::new());
    let tune_alone = |spec: &TuneSpec, _: &Expansion, runs: u64| {
        assert_eq!(spec.precision, None, "no more runs than there is time for");
        asked.borrow_mut().push(runs);
        Ok(empty.clone())
    };
    let remedies = remedies(&spec, &results, progress, &tune_alone).expect("no trace");
    remedies.into_iter().map(|remedy| remedy.change).zip(asked.into_inner()).collect()
}

#[test]
fn all_together_take_no_more_runs_than_the_search() {
    // Costs are 1.1, 1, 2, 1, 1, 1, 1.3 and 4: 12.4 together.
    let all = tried(1_000, &Unwatched);
    assert_eq!((all.len(), all[0].1), (8, 80));
    // 600/12.4 is below 60, 600/8.4 is not.
    let without_the_last = tried(600, &Unwatched);
    assert_eq!((without_the_last.len(), without_the_last[0].1), (7, 71));
    // 67/1.1 is 60.9, 65/1.1 is 59.1.
    assert_eq!(tried(67, &Unwatched), [("bakes 2 times as long".to_owned(), 60)]);
    assert!(tried(65, &Unwatched).is_empty());
    assert!(tried(10_000, &Unwatched).iter().all(|(_, runs)| *runs == 806));
}

struct Stopped;

impl Progress for Stopped {
    fn advance(&self, _runs: u64) {}
    fn go_on(&self) -> bool {
        false
    }
}

#[test]
fn told_to_stop_it_tries_nothing() {
    assert!(tried(1_000, &Stopped).is_empty());
}
