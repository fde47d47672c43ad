//! A case as a scenario file: that the tool can say all of it is part of the test.

use crate::case::Case;
use serde_json::Value;
use std::fmt::Write;

/// A rollout case. Its time begins at the first shift; ours at the request of the update, which is
/// `green_provision_lead_seconds` earlier.
pub fn rollout(case: &Case, runs: u64) -> String {
    let lead = case.number("instances.green_provision_lead_seconds");
    let bake_end = case.number("end_of_last_bake_window_seconds");
    let rollback = case.number("rollback_latency_seconds");
    let horizon = lead
        + case.optional("instances.billing_horizon_seconds").unwrap_or(bake_end + rollback + 60.0);
    let period = case.number("metric_period_seconds");
    let interval = if period % 60.0 == 0.0 { 60.0 } else { period };
    let mut toml = head(case, runs, horizon);
    let rate = case.number("traffic_requests_per_second");
    let instances = |fleet: &str| case.optional(&format!("instances.{fleet}_instances"));
    let blue = instances("blue").unwrap_or(10.0);
    let green = instances("green").unwrap_or(10.0);
    let wait = case.number("instances.termination_wait_seconds");
    let delay = case.number("metric_delay_seconds");
    writeln!(
        toml,
        r#"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = {rate:?} }} }}
[endpoint]
instances = {blue}
price_per_hour = 1.0
capacity = "unlimited"
timeout = "none"
provision = "{lead}s"
switch = "0s"
rollback_switch = "{rollback}s"
termination_wait = "{wait}s"
clean_up = "0s"
shift_by = "percent"
[endpoint.green]
instances = {green}
[metrics]
interval = "{interval}s"
delay = "{delay}s"
count_at = "arrival"
[controller]
poll_interval = "0s"
[blue]
latency = {}
errors_5xx = {:?}
[green]
latency = {}
[[regressions]]
name = "case"
errors = {{ errors_5xx = {:?} }}"#,
        latency(case, "blue_latency"),
        case.number("blue_failure_probability"),
        latency(case, "green_latency"),
        case.number("green_failure_probability"),
    )
    .expect("writing to a string");
    for (index, alarm) in list(&case.parameters["alarms"]).enumerate() {
        push_alarm(&mut toml, index, alarm, period);
    }
    push_steps(&mut toml, case, bake_end);
    toml
}

fn push_steps(toml: &mut String, case: &Case, bake_end: f64) {
    toml.push_str("[[strategies]]\nname = \"case\"\nsteps = [\n");
    let steps: Vec<&Value> = list(&case.parameters["green_traffic_schedule"]).collect();
    let from = |step: &Value| step["from_second"].as_f64().expect("a time");
    for (index, step) in steps.iter().enumerate() {
        let until = steps.get(index + 1).map_or(bake_end, |next| from(next));
        let share = step["green_percent"].as_f64().expect("a share");
        let bake = until - from(step);
        writeln!(toml, "  {{ share = \"{share}%\", bake = \"{}\" }},", duration(bake))
            .expect("writing to a string");
    }
    toml.push_str("]\n");
}

fn push_alarm(toml: &mut String, index: usize, alarm: &Value, period: f64) {
    let text = |key: &str| alarm[key].as_str().unwrap_or_default();
    let threshold = &alarm["threshold"];
    let (metric, statistic, threshold) = match text("statistic") {
        "error_rate" => ("Invocation5XXErrors", "Average".into(), threshold.to_string()),
        "error_count" => ("Invocation5XXErrors", "Sum".into(), threshold.to_string()),
        "mean_latency" => ("ModelLatency", "Average".into(), format!("\"{threshold}ms\"")),
        "quantile_latency" => {
            let percentile = alarm["percentile"].as_f64().expect("a percentile");
            ("ModelLatency", format!("p{percentile}"), format!("\"{threshold}ms\""))
        }
        other => panic!("no scenario has the statistic {other}"),
    };
    let fleet = match text("watches") {
        "green fleet only" => "green",
        watches if watches.contains("blue") && watches.contains("only") => "blue",
        _ => "both",
    };
    let rule = text("missing_data_semantics");
    let n = &alarm["evaluation_datapoints_N"];
    let range = alarm["evaluation_range_E"].as_i64().or(alarm["evaluation_range"].as_i64());
    let extra = range.map_or(2, |range| range - n.as_i64().expect("N"));
    let method =
        if text("percentile_method").starts_with("linear") { "linear" } else { "nearest-rank" };
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
missing_data_rule = "{rule}"
evaluation_range_extra = {extra}
evaluation = "aligned"
history = "non_breaching""#,
        text("comparison"),
        duration(period),
        alarm["datapoints_to_alarm_M"],
        text("treat_missing_data"),
    )
    .expect("writing to a string");
}

/// A queueing case: all traffic (or the given share) goes to green at t = 0 and stays; green's queue is
/// measured once it has settled.
pub fn queueing(case: &Case, runs: u64) -> String {
    let rate = case.number("arrivals_per_second");
    let settled = 20_000.0 / rate;
    let horizon = 120_000.0 / rate;
    let servers =
        |fleet: &str| case.optional(&format!("{fleet}_servers")).or(case.optional("servers"));
    let service = |fleet: &str| {
        let key = format!("{fleet}_mean_service_seconds");
        case.optional(&key).or(case.optional("mean_service_seconds")).expect("a service time")
    };
    let share = case.optional("green_percent").unwrap_or(100.0);
    let cv = match case.parameters["service"].as_str() {
        Some("exponential") | None => "exponential",
        other => panic!("no scenario has the service {other:?}"),
    };
    let mut toml = head(case, runs, horizon);
    writeln!(
        toml,
        r#"measure_from = "{}"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = {rate:?} }} }}
[endpoint]
instances = {}
price_per_hour = 1.0
queue = "shared"
timeout = "none"
provision = "0s"
switch = "0s"
clean_up = "0s"
shift_by = "percent"
[endpoint.green]
instances = {}
[blue]
latency = {{ {cv} = {{ mean = "{}" }} }}
[green]
latency = {{ {cv} = {{ mean = "{}" }} }}
[[regressions]]
name = "none"
healthy = true
[[strategies]]
name = "case"
steps = [{{ share = "{share}%", bake = "{}" }}]"#,
        duration(settled),
        servers("blue").expect("servers"),
        servers("green").expect("servers"),
        duration(service("blue")),
        duration(service("green")),
        duration(horizon),
    )
    .expect("writing to a string");
    toml
}

fn head(case: &Case, runs: u64, horizon: f64) -> String {
    format!(
        r#"name = "{}"
[experiment]
runs = {runs}
seed = 20260302
horizon = "{}"
warm_up = "0s"
phase = "aligned"
baseline = "none"
"#,
        case.id,
        duration(horizon)
    )
}

fn latency(case: &Case, key: &str) -> String {
    let latency = &case.parameters[key];
    match latency["distribution"].as_str() {
        None => r#"{ constant = "10ms" }"#.into(),
        Some("lognormal") => {
            let median = latency["median_ms"].as_f64().expect("a median");
            let sigma = &latency["sigma_of_log"];
            let median = duration(median / 1e3);
            format!(r#"{{ lognormal = {{ median = "{median}", sigma = {sigma} }} }}"#)
        }
        Some("exponential") => {
            let mean = latency["mean_ms"].as_f64().expect("a mean");
            format!(r#"{{ exponential = {{ mean = "{}" }} }}"#, duration(mean / 1e3))
        }
        Some(other) => panic!("no scenario has the distribution {other}"),
    }
}

fn list(values: &Value) -> impl Iterator<Item = &Value> {
    values.as_array().into_iter().flatten()
}

fn duration(seconds: f64) -> String {
    format!("{}us", (seconds * 1e6).round())
}
