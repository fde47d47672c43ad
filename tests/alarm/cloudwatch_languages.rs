//! The expressions and rules of the larger collection of documented cases, if it lies beside the
//! project; without it this says so and checks nothing. The documentation's own examples are among
//! the unit tests.

use std::path::Path;

use rollout_sim::alarm::composite::Rule;
use rollout_sim::alarm::math::{Column, Expression, Names, Retrieved, Value};
use rollout_sim::alarm::spec::AlarmState;
use rollout_sim::telemetry::ratio::Ratio;
use rollout_sim::time::SimDuration;
use serde_json::Value as Json;

fn collection() -> Option<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/cloudwatch.json");
    let json = std::fs::read_to_string(&path).ok()?;
    Some(serde_json::from_str(&json).expect("JSON"))
}

fn text<'a>(case: &'a Json, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("{key} of {case}"))
}

fn column(points: &Json) -> Column {
    let number = |point: &Json| -> Option<Value> {
        let float = point.as_f64()?;
        Some(Value::from(Ratio::from_decimal(float).expect("a decimal")))
    };
    points.as_array().expect("a list").iter().map(number).collect()
}

#[test]
fn metric_math() {
    let Some(all) = collection() else {
        eprintln!("the collection is absent, nothing checked");
        return;
    };
    let cases = all["metric_math"].as_array().expect("a list");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let inputs = case["inputs"].as_object().expect("inputs");
        let ids: Vec<&str> = inputs.keys().map(String::as_str).collect();
        let columns: Vec<Column> = inputs.values().map(column).collect();
        let find = |id: &str| {
            columns[ids.iter().position(|known| *known == id).expect("an input")].as_slice()
        };
        let names = Names { metrics: &ids, expressions: &[] };
        let expression = Expression::parse(text(case, "expr"), names).expect("a good expression");
        let retrieved = Retrieved { periods: columns[0].len(), period: SimDuration::from_secs(60) };
        let got = expression.evaluate(&find, retrieved);
        assert_eq!(got, column(&case["expected"]), "{}", text(case, "id"));
    }
}

#[test]
fn composite_rules() {
    let Some(all) = collection() else {
        eprintln!("the collection is absent, nothing checked");
        return;
    };
    let cases = all["composite_rules"].as_array().expect("a list");
    assert_eq!(cases.len(), 15);
    for case in cases {
        let state_of = |alarm: &str| match case["states"][alarm].as_str() {
            Some("OK") => AlarmState::Ok,
            Some("ALARM") => AlarmState::Alarm,
            Some("INSUFFICIENT_DATA") => AlarmState::InsufficientData,
            other => panic!("no state of {alarm}: {other:?}"),
        };
        let rule = Rule::parse(text(case, "rule")).expect("a good rule");
        let expected = case["expected"].as_bool().expect("true or false");
        assert_eq!(rule.holds(&state_of), expected, "{}", text(case, "id"));
    }
}
