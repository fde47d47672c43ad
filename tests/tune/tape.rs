//! Alarms played on a tape do what they do in the closed loop, run by run: the same alarm goes into ALARM at
//! the same instant, the rollout ends the same way, and the damage is the same to the last request.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rayon::prelude::*;
use rollout_sim::alarm::critical::CriticalMonitor;
use rollout_sim::alarm::setting::{History, TreatMissingData};
use rollout_sim::alarm::spec::{AlarmSpec, AlarmState, Origin, Subject};
use rollout_sim::scenario::tune::Shape;
use rollout_sim::scenario::{Fidelity, Overrides, Scenario, Setting};
use rollout_sim::simulation::outcome::{Outcome, Verdict};
use rollout_sim::simulation::replication::{ArmId, replicate};
use rollout_sim::simulation::tape::{Acted, Consequence, Keeping, Tape, record};
use rollout_sim::telemetry::metric::{Metric, Statistic};
use rollout_sim::telemetry::ratio::Ratio;
use rollout_sim::time::{SimDuration, SimTime};
use rollout_sim::tuning::judge::curve;
use std::path::Path;

fn shipped(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    Scenario::load(&path).expect("a shipped scenario").scenario
}

/// The arms whose strategy has alarms.
fn arms(scenario: &Scenario) -> Vec<ArmId> {
    let watched = (0..scenario.strategies.len())
        .filter(|&strategy| !scenario.strategies[strategy].alarms.is_empty());
    watched
        .flat_map(|strategy| {
            (0..scenario.regressions.len()).map(move |regression| ArmId { strategy, regression })
        })
        .collect()
}

fn tapes(scenario: &Scenario, replication: u64, keeping: Keeping<'_>) -> Vec<Tape> {
    let tapes = record(scenario, replication, &arms(scenario), keeping, &|| true);
    tapes.expect("readable traces").expect("nobody interrupts")
}

fn closed_loop(scenario: &Scenario, replication: u64) -> Vec<Outcome> {
    let done = replicate(scenario, replication, &arms(scenario), false, &|| true);
    done.expect("readable traces").expect("nobody interrupts").outcomes
}

/// What the tapes say of the alarm acted on, and of what comes of it, is what the closed loop did. Each
/// verdict is by the tape of the healthy release under the same strategy.
fn assert_all_same(scenario: &Scenario, played: &[(&Tape, Option<Acted>)], closed: &[Outcome]) {
    let mut healthy = None;
    for (&(tape, acted), closed) in played.iter().zip(closed) {
        let then = acted.map_or(&tape.never, |acted| &tape.looks[acted.look].then);
        if closed.regression == 0 {
            healthy = then.given_up.map(|given_up| given_up.at);
        }
        assert_same(scenario, (then, healthy), acted, closed);
    }
}

fn assert_same(
    scenario: &Scenario,
    (then, healthy): (&Consequence, Option<SimTime>),
    acted: Option<Acted>,
    closed: &Outcome,
) {
    let plan = &scenario.strategies[closed.strategy];
    let release = &scenario.regressions[closed.regression];
    let what =
        format!("{} against {}, replication {}", plan.name, release.name, closed.replication);
    assert_eq!(acted.map(|acted| acted.alarm), closed.alarm, "alarm of {what}");
    assert_eq!(acted.map(|acted| acted.since), closed.alarm_at, "ALARM of {what}");
    assert_eq!(healthy, closed.healthy_given_up_at, "the healthy release beside {what}");
    let verdict = Verdict::of(&then.facts(), release.healthy, healthy);
    assert_eq!(verdict, closed.verdict, "verdict of {what}");
    assert_eq!(*then, Consequence::of(closed), "consequence of {what}");
}

#[test]
fn the_alarms_of_every_shipped_scenario() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(folder).expect("the folder of scenarios");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let mut names: Vec<String> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    assert!(names.len() >= 15, "{names:?}");
    names.par_iter().for_each(|name| {
        let mut scenario = shipped(name);
        // A tape simulates every request, whatever the scenario says: here there are billions.
        if scenario.experiment.fidelity != Fidelity::Requests {
            return;
        }
        // Its length is that of a week of traffic; two strategies are enough here.
        if name == "ab-test-conversion.toml" {
            scenario.experiment.horizon = SimDuration::from_secs(3 * 3600);
        }
        let tapes = tapes(&scenario, 1, Keeping { alarms: &[], all_latencies: false });
        let closed = closed_loop(&scenario, 1);
        let played = |(tape, outcome): (&Tape, &Outcome)| {
            let heeded = &scenario.strategies[outcome.strategy].alarms;
            tape.play(&scenario, &scenario.alarms, heeded).acted
        };
        let played = tapes.iter().zip(&closed).map(|pair| (pair.0, played(pair)));
        assert_all_same(&scenario, &played.collect::<Vec<_>>(), &closed);
    });
}

/// A way of setting an alarm, from which only its threshold remains to be chosen.
#[derive(Clone, Debug)]
struct Change {
    m_of_n: (u32, u32),
    intervals: i64,
    treat: TreatMissingData,
    history: History,
    initial: AlarmState,
    statistic: usize,
    /// Of the present threshold.
    factor: f64,
}

fn change() -> impl Strategy<Value = Change> {
    let treat = prop_oneof![
        Just(TreatMissingData::Missing),
        Just(TreatMissingData::Ignore),
        Just(TreatMissingData::Breaching),
        Just(TreatMissingData::NotBreaching),
    ];
    let history =
        prop_oneof![Just(History::Simulated), Just(History::None), Just(History::NonBreaching)];
    let m_of_n = (1_u32..=5).prop_flat_map(|n| (1..=n, Just(n)));
    // From nearly always to never.
    let factor = (-3.0_f64..1.5).prop_map(f64::exp);
    let initial = prop_oneof![
        3 => Just(AlarmState::InsufficientData),
        1 => Just(AlarmState::Ok),
        1 => Just(AlarmState::Alarm),
    ];
    (m_of_n, 1_i64..=5, treat, (history, initial), 0_usize..4, factor).prop_map(
        |(m_of_n, intervals, treat, (history, initial), statistic, factor)| Change {
            m_of_n,
            intervals,
            treat,
            history,
            initial,
            statistic,
            factor,
        },
    )
}

/// The alarm so changed. Alarms on other things than requests keep what they watch.
fn changed(alarm: &AlarmSpec, change: &Change, interval: SimDuration) -> AlarmSpec {
    let mut alarm = alarm.clone();
    (alarm.datapoints_to_alarm, alarm.evaluation_periods) = change.m_of_n;
    alarm.treat_missing_data = change.treat;
    alarm.history = change.history;
    alarm.initial_state = change.initial;
    let threshold = alarm.threshold.as_f64() * change.factor;
    alarm.threshold = Ratio::nearest(threshold);
    if let Subject::Query(query) = &mut alarm.subject
        && let Origin::Requests(metric, _) = query.origin
    {
        alarm.period = interval.times(change.intervals);
        let percentile = |per_mille| Statistic::Percentile(Ratio::new(per_mille, 1000));
        if metric == Metric::ModelLatency {
            let statistics =
                [percentile(500), percentile(900), percentile(1000), Statistic::Average];
            query.statistic = statistics[change.statistic];
        }
    }
    alarm
}

/// Plays randomly made alarms three ways: in the closed loop, alarm by alarm on a tape that keeps all
/// latencies, and by the curves of a tape that keeps the highest only.
fn assert_random_alarms(name: &str, replication: u64, cases: u32) {
    assert_random_alarms_of(shipped(name), replication, cases);
}

fn assert_random_alarms_of(mut scenario: Scenario, replication: u64, cases: u32) {
    scenario.strategies.truncate(3);
    let seed = [u8::try_from(replication).expect("a small number"); 32];
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let written = scenario.alarms.clone();
    let interval = scenario.metrics.interval;
    let changes = proptest::collection::vec(change(), written.len());
    let test = |changes: Vec<Change>| {
        let mut scenario = scenario.clone();
        let pairs = written.iter().zip(&changes);
        scenario.alarms = pairs.map(|(alarm, change)| changed(alarm, change, interval)).collect();
        let asked: Vec<_> = scenario.alarms.iter().cloned().enumerate().collect();
        let whole = tapes(&scenario, replication, Keeping { alarms: &asked, all_latencies: true });
        let top = tapes(&scenario, replication, Keeping { alarms: &asked, all_latencies: false });
        let closed = closed_loop(&scenario, replication);
        let mut played = [Vec::new(), Vec::new()];
        for ((tape, top), outcome) in whole.iter().zip(&top).zip(&closed) {
            let heeded = &scenario.strategies[outcome.strategy].alarms;
            played[0].push((tape, tape.play(&scenario, &scenario.alarms, heeded).acted));
            played[1].push((top, by_curves(&scenario, [top, tape], heeded)));
        }
        for played in &played {
            assert_all_same(&scenario, played, &closed);
        }
        Ok(())
    };
    TestRunner::new_with_rng(config, rng).run(&changes, test).expect("the same");
}

/// What the controller acts on, read off the curves of the alarms; those of the second tape where the first
/// does not decide.
fn by_curves(scenario: &Scenario, tapes: [&Tape; 2], heeded: &[usize]) -> Option<Acted> {
    let metrics = &scenario.metrics;
    let mut ignored = false;
    let fires = |&alarm: &usize| {
        let spec = scenario.alarms[alarm].clone();
        let clock = tapes[0].clocks.of(alarm, &spec);
        let monitor = CriticalMonitor::new(&spec, clock, metrics.delay, metrics.interval);
        let key = monitor.expect("these alarms have a threshold").key_of(spec.threshold);
        let shape = Shape { alarm, spec, changes: Vec::new(), thresholds: Vec::new() };
        let of = |tape: &Tape| curve(scenario, tape, &shape);
        let curve = of(tapes[0]).or_else(|_| of(tapes[1])).expect("all latencies are known");
        ignored |= curve.lets_none_count(key);
        let step = curve.at(key)?;
        let look = usize::try_from(step.look).expect("a 64-bit machine");
        Some(Acted { look, alarm, since: step.since })
    };
    let first = heeded.iter().filter_map(fires);
    let first = first.min_by_key(|acted| (acted.look, acted.since, acted.alarm));
    first.filter(|_| !ignored)
}

#[test]
fn random_alarms_on_the_canary_of_the_readme() {
    assert_random_alarms("fraud-canary.toml", 3, 3);
}

#[test]
fn random_alarms_on_random_routing_and_linear_shifts() {
    assert_random_alarms("recommender-linear-capacity.toml", 5, 3);
}

#[test]
fn random_alarms_on_a_rolling_rollout() {
    assert_random_alarms("rolling-gpu-quota.toml", 7, 12);
}

#[test]
fn random_alarms_where_requests_are_few() {
    assert_random_alarms("low-traffic-canary.toml", 9, 24);
}

#[test]
fn random_alarms_where_callers_try_again() {
    assert_random_alarms("retry-storm.toml", 11, 4);
}

/// Answers take minutes and are added to the intervals of the arrivals.
#[test]
fn random_alarms_where_datapoints_grow() {
    let set = [
        ("metrics.count_at", "arrival"),
        ("endpoint.timeout", "none"),
        ("endpoint.capacity", "unlimited"),
        ("blue.latency", "{ lognormal = { median = \"40s\", p99 = \"6m\" } }"),
    ];
    let set = set.map(|(key, value)| Setting { key: key.to_owned(), value: value.to_owned() });
    let overrides = Overrides { set: set.to_vec(), ..Overrides::default() };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/low-traffic-canary.toml");
    let loaded = Scenario::load_with(&path, &overrides);
    let loaded = loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    assert_random_alarms_of(loaded.scenario, 15, 24);
}

#[test]
fn random_alarms_under_the_rules_of_other_services() {
    assert_random_alarms("hotfix-blocked-by-old-alarm.toml", 13, 24);
}
