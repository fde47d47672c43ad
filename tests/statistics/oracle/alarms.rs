//! The alarms of a rollout case.

use super::parameters::Parameters;
use super::scenario::duration;
use std::fmt::Write;

const COMPARISONS: [&str; 4] = [
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
];

const TREATMENTS: [&str; 4] = ["missing", "ignore", "breaching", "notBreaching"];

/// Adds an alarm; what of it cannot be said is named.
pub fn push(toml: &mut String, index: usize, alarm: &Parameters, period_s: f64) {
    let (metric, statistic) = statistic(alarm);
    let threshold = threshold(alarm, metric);
    let fleet = fleet(alarm);
    let method = alarm.word(
        "percentile_method",
        "nearest-rank",
        &[("nearest", "nearest-rank"), ("linear", "linear")],
    );
    let n = alarm.needed("evaluation_datapoints_N");
    let range = alarm.number("evaluation_range_E").or(alarm.number("evaluation_range"));
    let extra = range.map_or(2.0, |range| range - n);
    writeln!(
        toml,
        r#"[[alarms]]
name = "alarm {index}"
metric = "{metric}"
statistic = "{statistic}"
percentile_method = "{method}"
fleet = "{fleet}"
threshold = {threshold}
comparison = "{}"
period = "{}"
evaluation_periods = {n}
datapoints_to_alarm = {}
treat_missing_data = "{}"
missing_data_rule = "{}"
evaluation_range_extra = {extra}
evaluation = "aligned"
history = "non_breaching""#,
        one_of(alarm, "comparison", &COMPARISONS),
        duration(period_s),
        alarm.needed("datapoints_to_alarm_M"),
        one_of(alarm, "treat_missing_data", &TREATMENTS),
        alarm.word(
            "missing_data_semantics",
            "window",
            &[("window", "window"), ("cloudwatch", "cloudwatch")]
        ),
    )
    .expect("writing to a string");
}

/// Whose requests an alarm watches; "blue and green" are both.
fn fleet(alarm: &Parameters) -> &'static str {
    let names =
        |fleet| alarm.text("watches").is_some_and(|text| text.to_lowercase().contains(fleet));
    if names("blue") && names("green") {
        return "both";
    }
    let together = ["both", "whole", "all", "blended"].map(|word| (word, "both"));
    let fleets = [&together[..], &[("green", "green"), ("blue", "blue")]].concat();
    alarm.word("watches", "green", &fleets)
}

/// One of the service's own words.
fn one_of<'a>(alarm: &Parameters<'a>, key: &str, words: &[&str]) -> &'a str {
    let Some(word) = alarm.text(key) else {
        alarm.missing(key);
        return "";
    };
    if !words.contains(&word) {
        alarm.leave_out(key);
    }
    word
}

fn statistic(alarm: &Parameters) -> (&'static str, String) {
    let (metric, statistic) = match alarm.text("statistic").unwrap_or_default() {
        "error_rate" => ("Invocation5XXErrors", "Average"),
        "error_count" => ("Invocation5XXErrors", "Sum"),
        "request_count" => ("Invocations", "Sum"),
        "mean_latency" => ("ModelLatency", "Average"),
        "max_latency" => ("ModelLatency", "Maximum"),
        "min_latency" => ("ModelLatency", "Minimum"),
        "quantile_latency" => {
            return ("ModelLatency", format!("p{}", alarm.needed("percentile")));
        }
        "" => {
            alarm.missing("statistic");
            ("", "")
        }
        _ => {
            alarm.leave_out("statistic");
            ("", "")
        }
    };
    (metric, statistic.to_owned())
}

/// The decimal that is written, in the unit that is written.
fn threshold(alarm: &Parameters, metric: &str) -> String {
    let Some(threshold) = alarm.find("threshold").filter(|value| value.is_number()) else {
        alarm.leave_out("threshold");
        return String::new();
    };
    let latency = metric == "ModelLatency";
    match alarm.text("threshold_unit") {
        None if latency => format!("\"{threshold}ms\""),
        Some(unit @ ("ms" | "s")) if latency => format!("\"{threshold}{unit}\""),
        Some("percent" | "%") if metric == "Invocation5XXErrors" => format!("\"{threshold}%\""),
        None | Some("requests" | "errors" | "fraction" | "count" | "1") if !latency => {
            threshold.to_string()
        }
        _ => {
            alarm.leave_out("threshold_unit");
            String::new()
        }
    }
}
