//! The documented behaviour of CloudWatch alarms, case by case.
//!
//! The facts are in `tests/data/`. A larger collection of cases, if it lies beside the project, is
//! run too; without it that test says so and checks nothing.

use std::path::Path;

use crate::published::{rows, slots, state};
use rollout_sim::alarm::clock::{Clock, Timetable};
use rollout_sim::alarm::evaluate::{Rule, evaluate};
use rollout_sim::alarm::spec::{AlarmSpec, AlarmState, Query, TreatMissingData, Unresolved};
use rollout_sim::telemetry::metric::Statistic;
use rollout_sim::time::{SimDuration, SimTime};
use serde_json::Value;

const STATES: [AlarmState; 3] = [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData];
const TREATMENTS: [&str; 4] = ["missing", "ignore", "breaching", "notBreaching"];

fn treatment(word: &str) -> TreatMissingData {
    match word {
        "missing" => TreatMissingData::Missing,
        "ignore" => TreatMissingData::Ignore,
        "breaching" => TreatMissingData::Breaching,
        "notBreaching" => TreatMissingData::NotBreaching,
        _ => panic!("no treatment: {word}"),
    }
}

/// The rule of the examples, which all retrieve two periods more than N.
fn rule(n: u32, m: u32, treat: &str) -> Rule {
    Rule::new(m, n, treatment(treat))
}

fn number(text: &str) -> u32 {
    text.parse().expect("a number")
}

#[test]
fn the_forty_cells_of_the_missing_data_tables() {
    let mut cells = 0;
    for row in rows(include_str!("../data/cloudwatch_tables.csv")) {
        let points = slots(&row["points"]);
        for (treat, column) in
            TREATMENTS.into_iter().zip(["missing", "ignore", "breaching", "not_breaching"])
        {
            let id = format!("table {} row {}, {treat}", row["table"], row["row"]);
            let rule = rule(number(&row["n"]), number(&row["m"]), treat);
            assert_eq!(rule.deciding(&points).missing, number(&row["fill"]), "{id}: fill");
            for previous in STATES {
                let expected = if row[column] == "retain" { previous } else { state(&row[column]) };
                let got = evaluate(&rule, &points, previous);
                assert_eq!(got, expected, "{id}, from {previous:?}");
            }
            cells += 1;
        }
    }
    assert_eq!(cells, 40);
}

#[test]
fn the_examples_in_the_text_and_the_figure() {
    let mut current = AlarmState::default();
    let mut lines = 0;
    for row in rows(include_str!("../data/cloudwatch_examples.csv")) {
        let (id, points) = (&row["id"], &row["points"]);
        if !row["from"].is_empty() {
            current = state(&row["from"]);
        }
        let rule = rule(number(&row["n"]), number(&row["m"]), &row["treat"]);
        current = evaluate(&rule, &slots(points), current);
        if row["state"] == "not ALARM" {
            assert_ne!(current, AlarmState::Alarm, "{id} {points}");
        } else {
            assert_eq!(current, state(&row["state"]), "{id} {points}");
        }
        lines += 1;
    }
    assert_eq!(lines, 17);
}

#[test]
fn the_open_patterns_take_the_state_of_the_setting() {
    for points in ["----X", "---X-"] {
        for previous in STATES {
            for (unresolved, expected) in [
                (Unresolved::InsufficientData, AlarmState::InsufficientData),
                (Unresolved::Retain, previous),
                (Unresolved::Ok, AlarmState::Ok),
            ] {
                let rule = Rule { unresolved, ..rule(3, 3, "missing") };
                assert_eq!(evaluate(&rule, &slots(points), previous), expected, "{points}");
            }
        }
    }
}

/// Seconds since midnight of `hh:mm` or `hh:mm:ss`.
fn seconds(time: &str) -> i64 {
    let parts = time.split(':').map(|part| part.parse::<i64>().expect("a number"));
    parts.zip([3600, 60, 1]).map(|(part, unit)| part * unit).sum()
}

fn instant(time: &str) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds(time))
}

/// Each datapoint begins at one of the newest windows of an evaluation that slides by the minute.
fn assert_starts(id: &str, evaluated: &str, period_s: i64, starts: &[&str]) {
    let timetable = Timetable::new(&spec(period_s), Clock::default(), SimDuration::ZERO);
    let windows: Vec<SimTime> =
        (0..4).map(|age| timetable.window(instant(evaluated), age).0).collect();
    for start in starts {
        assert!(windows.contains(&instant(start)), "{id}: {start} is not among {windows:?}");
    }
}

fn spec(period_s: i64) -> AlarmSpec {
    let period = SimDuration::from_secs(period_s);
    AlarmSpec { period, ..AlarmSpec::on(Query::sampled(0, Statistic::Sum)) }
}

#[test]
fn windows_begin_where_published_histories_say() {
    let table = rows(include_str!("../data/cloudwatch_windows.csv"));
    assert_eq!(table.len(), 9);
    for row in table {
        let starts: Vec<&str> = row["starts"].split(' ').collect();
        assert_starts(&row["id"], &row["evaluated"], number(&row["period_s"]).into(), &starts);
    }
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("{key} of {case}"))
}

fn integer(case: &Value, key: &str) -> u32 {
    u32::try_from(case[key].as_u64().expect("a number")).expect("a small number")
}

fn cases<'a>(all: &'a Value, list: &str) -> &'a [Value] {
    let cases = all[list].as_array().expect("a list");
    assert!(!cases.is_empty(), "{list} is empty");
    cases
}

fn rule_of(case: &Value) -> Rule {
    let n = integer(case, "n");
    let m = if case["m"].is_null() { n } else { integer(case, "m") };
    rule(n, m, text(case, "treat_missing"))
}

fn check_single_evaluation(case: &Value) {
    let (id, rule, points) = (text(case, "id"), rule_of(case), slots(text(case, "datapoints")));
    assert_eq!(rule.evaluation_range(), integer(case, "evaluation_range"), "{id}: range");
    if case["must_fill"].is_u64() {
        assert_eq!(rule.deciding(&points).missing, integer(case, "must_fill"), "{id}: fill");
    }
    let previous =
        case["previous_state"].as_str().map_or(STATES.to_vec(), |word| vec![state(word)]);
    for previous in previous {
        let got = evaluate(&rule, &points, previous);
        for key in ["expected_state", "chosen"] {
            if let Some(word) = case[key].as_str() {
                assert_eq!(got, state(word), "{id}, from {previous:?}");
            }
        }
        if let Some(word) = case["expected_not"].as_str() {
            assert_ne!(got, state(word), "{id}, from {previous:?}");
        }
    }
}

#[test]
fn the_larger_collection_where_present() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/cloudwatch.json");
    let Ok(json) = std::fs::read_to_string(&path) else {
        eprintln!("absent, nothing checked: {}", path.display());
        return;
    };
    let all: Value = serde_json::from_str(&json).expect("JSON");
    for list in ["docs", "docs_prose", "ambiguous"] {
        cases(&all, list).iter().for_each(check_single_evaluation);
    }
    for case in cases(&all, "docs_sequences") {
        let (id, rule) = (text(case, "id"), rule_of(case));
        let mut current = state(text(case, "initial_state"));
        for step in case["steps"].as_array().expect("steps") {
            let points = text(step, "datapoints");
            current = evaluate(&rule, &slots(points), current);
            assert_eq!(current, state(text(step, "expected_state")), "{id}: {points}");
        }
    }
    for case in cases(&all, "window_alignment") {
        if case["known_misfit"] == true {
            continue;
        }
        let (_, evaluated) = text(case, "query").split_once('T').expect("a date and a time");
        let starts = case["datapoint_starts"].as_array().expect("starts");
        let starts: Vec<&str> = starts.iter().map(|start| start.as_str().expect("text")).collect();
        let evaluated = evaluated.trim_end_matches('Z');
        assert_starts(text(case, "id"), evaluated, integer(case, "period").into(), &starts);
    }
}
