//! What the documentation of CloudWatch leaves open: each reading is a setting, and the default is
//! the likeliest; and the number of samples that percentiles need.

use std::path::Path;

use crate::published::{rows, slots, state};
use rollout_sim::alarm::evaluate::{Rule, evaluate};
use rollout_sim::alarm::spec::{
    AlarmState, IgnoreRule, PrematureAlarm, TreatMissingData, Unresolved,
};
use rollout_sim::telemetry::metric::Statistic;
use rollout_sim::telemetry::ratio::Ratio;

const TABLES: &str = include_str!("../data/cloudwatch_tables.csv");
const READINGS: &str = include_str!("../data/cloudwatch_readings.csv");

fn treatment(word: &str) -> TreatMissingData {
    match word {
        "missing" => TreatMissingData::Missing,
        "ignore" => TreatMissingData::Ignore,
        _ => panic!("no treatment: {word}"),
    }
}

fn set(rule: &mut Rule, setting: &str) {
    match setting {
        "default" => {}
        "unresolved=retain" => rule.unresolved = Unresolved::Retain,
        "unresolved=ok" => rule.unresolved = Unresolved::Ok,
        "premature=literal" => rule.premature_alarm = PrematureAlarm::Literal,
        "premature=fewer_than_m" => rule.premature_alarm = PrematureAlarm::FewerThanM,
        "premature=exact_age" => rule.premature_alarm = PrematureAlarm::ExactAge,
        "premature=within_periods" => rule.premature_alarm = PrematureAlarm::WithinPeriods,
        "premature=never" => rule.premature_alarm = PrematureAlarm::Never,
        "ignore=without_good_datapoint" => rule.ignore_rule = IgnoreRule::WithoutGoodDatapoint,
        _ => panic!("no setting: {setting}"),
    }
}

#[test]
fn every_reading_is_a_setting() {
    let mut patterns = Vec::new();
    for row in rows(READINGS) {
        let count = |key: &str| row[key].parse::<u32>().expect("a number");
        let mut rule = Rule::new(count("m"), count("n"), treatment(&row["treat"]));
        row["setting"].split(' ').for_each(|setting| set(&mut rule, setting));
        let got = evaluate(&rule, &slots(&row["points"]), AlarmState::Ok);
        assert_eq!(got, state(&row["state"]), "{} {}", row["id"], row["setting"]);
        patterns.push(row["id"].clone());
    }
    patterns.dedup();
    assert_eq!(patterns.len(), 7);
}

/// Which readings contradict the tables of the documentation, and in which cells.
#[test]
fn only_some_readings_agree_with_every_cell_of_the_tables() {
    let contradicted = |setting: &str| -> Vec<String> {
        let mut cells = Vec::new();
        for row in rows(TABLES) {
            for treat in ["missing", "ignore"] {
                let count = |key: &str| row[key].parse::<u32>().expect("a number");
                let mut rule = Rule::new(count("m"), count("n"), treatment(treat));
                set(&mut rule, setting);
                let is_as_printed = |previous| {
                    let retains = row[treat] == "retain";
                    let expected = if retains { previous } else { state(&row[treat]) };
                    evaluate(&rule, &slots(&row["points"]), previous) == expected
                };
                let states = [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData];
                if !states.into_iter().all(is_as_printed) {
                    cells.push(format!("{}/{} {treat}", row["table"], row["row"]));
                }
            }
        }
        cells
    };
    for agreeing in [
        "default",
        "premature=fewer_than_m",
        "premature=exact_age",
        "premature=within_periods",
        "ignore=without_good_datapoint",
    ] {
        assert_eq!(contradicted(agreeing), Vec::<String>::new(), "{agreeing}");
    }
    assert_eq!(contradicted("premature=literal"), ["2/3 missing"]);
    assert_eq!(contradicted("premature=never"), ["1/5 missing", "2/5 missing"]);
}

#[test]
fn the_larger_collection_of_open_patterns_where_present() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/cloudwatch.json");
    let Ok(json) = std::fs::read_to_string(&path) else {
        eprintln!("absent, nothing checked: {}", path.display());
        return;
    };
    let all: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let readings = rows(READINGS);
    let known = all["ambiguous"].as_array().expect("a list");
    assert_eq!(known.len(), 7);
    for case in known {
        let id = case["id"].as_str().expect("an id");
        // Every state that a source supports can be had; RETAIN is that of the previous state.
        for candidate in case["candidates"].as_object().expect("candidates").keys() {
            let state = if candidate == "RETAIN" { "OK" } else { candidate };
            let row = readings.iter().find(|row| row["id"] == id && row["state"] == state);
            let row = row.unwrap_or_else(|| panic!("{id}: no setting gives {candidate}"));
            assert_eq!(slots(&row["points"]), slots(case["datapoints"].as_str().expect("points")));
        }
    }
    for case in all["low_sample_percentile"].as_array().expect("a list") {
        let name = format!("p{}", case["percentile"]);
        let least = name.parse::<Statistic>().expect("a percentile").least_samples();
        let expected = case["min_samples"].as_i64().expect("a number");
        assert_eq!(least, Some(Ratio::whole(expected.into())), "{}", case["id"]);
    }
}

/// 10/(1 − p) from p50 on, 10/p below. Source: "Percentile-based alarms and low data samples" in
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html>,
/// which gives 1000 samples for p99 as its example.
#[test]
fn percentiles_need_so_many_samples() {
    for (name, least) in [
        ("p99", 1000),
        ("p99.9", 10_000),
        ("p95", 200),
        ("p90", 100),
        ("p50", 20),
        ("p10", 100),
        ("p25", 40),
    ] {
        let statistic = name.parse::<Statistic>().expect("a percentile");
        assert_eq!(statistic.least_samples(), Some(Ratio::whole(least)), "{name}");
    }
}
