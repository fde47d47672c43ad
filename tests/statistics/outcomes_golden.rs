//! The numbers of tiny scenarios, as they were; between them they use what can be written in a scenario.
//!
//! A change of a number here changes users' numbers for the same file and seed. If that is meant, say so:
//!
//! 1. write a line that begins with *Value-breaking:* in `CHANGELOG.md`;
//! 2. accept the new numbers with `INSTA_UPDATE=always cargo test --test statistics outcomes_golden`
//!    and look at the difference that `git diff` shows;
//! 3. raise the version.
//!
//! Floats are rounded to 9 significant digits, so that another system's `exp` or `ln`, which may differ in
//! the last of 16, changes nothing.

use crate::support::{GREEN_5XX, STRATEGIES, results, small};
use insta::assert_snapshot;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::render;

/// `runs.csv` turned on its side: a line for each column that is not empty, a value for each run.
fn runs(toml: &str) -> String {
    let results = results(toml);
    let (summary, comparison) = (Summary::of(&results), Comparison::of(&results));
    let files =
        render(&results, &summary, &comparison, Vec::new()).expect("every file can be made");
    let runs = files.iter().find(|file| file.name == "runs.csv").expect("a table of runs");
    let mut reader = csv::Reader::from_reader(runs.bytes.as_slice());
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("a table");
    let lines = header.iter().enumerate().map(|(column, name)| {
        let values: Vec<String> = rows.iter().map(|row| rounded(&row[column])).collect();
        format!("{name}: {}\n", values.join(" | "))
    });
    lines.collect()
}

/// A number with 9 significant digits; anything else as it is.
fn rounded(cell: &str) -> String {
    let digits = cell.trim_start_matches(['-', '0', '.']).chars().filter(char::is_ascii_digit);
    match cell.parse::<f64>() {
        Ok(number) if digits.count() > 9 => format!("{number:.8e}"),
        _ => cell.to_owned(),
    }
}

#[test]
fn numbers_are_rounded_to_nine_digits() {
    let cells = ["0.1234567891234", "12", "", "canary", "-1.5", "1234.56789012345"];
    let texts = ["1.23456789e-1", "12", "", "canary", "-1.5", "1.23456789e3"];
    assert_eq!(cells.map(rounded), texts);
}

#[test]
fn errors_under_queues() {
    let rest = format!(
        "overdispersion = {{ correlation = 0.01, interval = \"60s\" }}\n[green]\n\
         cold_start = {{ factor = 3.0, lasts = \"90s\" }}\n\
         [[regressions]]\nname = \"bad\"\nerrors = {{ errors_5xx = 0.04 }}\n\
         [[incidents]]\nname = \"outage\"\nrate_per_day = 40.0\nlasts = \"3m\"\n\
         spread = \"exponential\"\neffect = {{ errors_5xx = 0.2, traffic_factor = 1.5 }}\n\
         {GREEN_5XX}{STRATEGIES}"
    );
    let toml = small("routing = \"least-outstanding\"\ntimeout = \"2s\"", &rest)
        .replace("phase = \"aligned\"", "phase = \"random\"")
        .replace("runs = 20", "runs = 3");
    assert_snapshot!(runs(&toml));
}

#[test]
fn latency_under_bursts_and_a_shadow() {
    let rest = r#"
[[regressions]]
name = "slow"
latency = { factor = 1.8 }
tail = { share = 0.02, factor = 10.0 }
onset = { after_first_traffic = "4m" }
[[alarms]]
name = "p90"
metric = "ModelLatency"
statistic = "p90"
fleet = "shadow"
threshold = "150ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
[[strategies]]
name = "shadow"
shadow = { sample = "40%", lasts = "12m", final_bake = "5m" }
[[strategies]]
name = "steps"
steps = [{ share = "7%", bake = "3m" }, { share = "100%", bake = "6m" }]
"#;
    let toml = small("capacity = \"unlimited\"\nshift_by = \"percent\"", rest)
        .replace("runs = 20", "runs = 3")
        .replace("poisson = { rate_per_s = 20.0 }", "gamma = { rate_per_s = 8.0, cv = 2.0 }")
        .replace("users = 500", "users = 500\nsticky_users = true")
        .replace(
            "lognormal = { median = \"50ms\", p99 = \"120ms\" }",
            "gamma = { mean = \"60ms\", cv = 0.7 }",
        );
    assert_snapshot!(runs(&toml));
}

/// Small scenarios of three runs, with another endpoint or traffic.
fn three_runs(endpoint: &str, rest: &str) -> String {
    small(endpoint, rest)
        .replace("runs = 20", "runs = 3")
        .replace("phase = \"aligned\"", "phase = \"random\"")
}

#[test]
fn callers_who_try_again_at_a_small_endpoint() {
    let endpoint = "routing = \"least-outstanding\"\nrouting_scope = \"endpoint\"\n\
                    queue_limit = 3\ntimeout = \"900ms\"\ntermination_wait = \"1m\"";
    let rest = r#"
[green]
failed_latency = { constant = "4ms" }
[clients]
attempts = 3
retry_on = ["5xx", "timeout"]
backoff = { initial = "200ms", factor = 2.0, max = "2s" }
jitter = "equal"
timeout = "700ms"
budget = { ratio = 0.3, burst = 20 }
[[regressions]]
name = "leaks and restarts"
[regressions.memory_leak]
latency_per_hour = 20.0
errors_5xx_per_hour = 1.0
restart = { after = "6m", takes = "40s" }
[[regressions]]
name = "now and then"
errors = { errors_5xx = 0.3, errors_4xx = 0.1 }
onset = { at_share = "50%" }
ramp = "2m"
duration = "9m"
intermittency = { on = "90s", off = "45s" }
[[incidents]]
name = "slow and refused"
rate_per_day = 60.0
lasts = "2m"
effect = { errors_4xx = 0.05, latency = { factor = 1.5, shift = "20ms" } }
[[alarms]]
name = "errors"
metric = "Invocation5XXErrors"
statistic = "Sum"
fleet = "green"
threshold = 3
comparison = "GreaterThanOrEqualToThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "ignore"
[[alarms]]
name = "refused"
metric = "Invocation4XXErrors"
statistic = "Average"
fleet = "both"
threshold = "4%"
comparison = "GreaterThanThreshold"
period = "30s"
evaluation_periods = 2
missing_data_rule = "window"
evaluation = "aligned"
[[composite_alarms]]
name = "either"
rule = "ALARM(errors) OR ALARM(refused)"
[[strategies]]
name = "rolling"
rolling = { batch = "25%", bake = "3m" }
alarms = ["either"]
[[strategies]]
name = "linear"
linear = { step = "25%", bake = "3m", final_bake = "4m" }
alarms = ["errors"]
timeout = "14m"
"#;
    let toml = three_runs(endpoint, rest)
        .replace(
            "slow_over = \"150ms\"",
            "slow_over = \"150ms\"\ninterval = \"10s\"\ndelay = \"20s\"\n\
                  delay_of = { Invocation4XXErrors = \"1m\" }\n\
                  late = { share = \"5%\", by = { exponential = { mean = \"1m\" } } }",
        )
        .replace(
            "poll_interval = \"0s\"",
            "poll_interval = \"30s\"\non_timeout = \"rollback\"\nrollback_fails = 0.3",
        );
    assert_snapshot!(runs(&toml));
}

#[test]
fn a_backlog_under_bursts() {
    let endpoint = "mode = \"asynchronous\"\nprocessing_timeout = \"40s\"\nrequest_ttl = \"5m\"";
    let rest = r#"
[[regressions]]
name = "slows when full"
capacity = { slowdown = { factor = 3.0, from = "50%" }, concurrency_lost = 1 }
[[alarms]]
name = "backlog"
metric = "ApproximateBacklogSizePerInstance"
statistic = "Maximum"
threshold = 16
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "missing"
[[strategies]]
name = "canary"
canary = { size = "1 instance", bake = "6m", final_bake = "5m" }
"#;
    let toml = three_runs(endpoint, rest)
        .replace(
            "poisson = { rate_per_s = 20.0 }",
            "mmpp = { rates_per_s = [0.5, 3.0], mean_sojourns = [\"4m\", \"1m\"] }",
        )
        .replace("median = \"50ms\", p99 = \"120ms\"", "median = \"3s\", p99 = \"20s\"")
        .replace("slow_over = \"150ms\"", "slow_over = \"30s\"");
    assert_snapshot!(runs(&toml));
}

#[test]
fn answers_conversions_and_a_test_of_three() {
    let rest = r#"
[quality]
accuracy = 0.92
positive_share = "30%"
segments = [{ name = "young", share = "10%", accuracy = 0.90 }]
labels = { delay = { lognormal = { median = "2m", p99 = "9m" } }, coverage = "80%" }
[kpi]
conversion = "20%"
revenue = { mean_value = 30.0, cv = 2.0 }
user_correlation = 0.05
[[variants]]
name = "third"
weight = 0.5
kpi = { conversion_factor = 1.1 }
[[regressions]]
name = "worse for the young"
quality = { accuracy_loss = 0.02, segment_loss = { segment = "young", loss = 0.3 } }
kpi = { conversion_factor = 0.8, revenue_factor = 0.9 }
ramp = "4m"
[[monitors]]
name = "accuracy"
model_quality = { metric = "accuracy" }
schedule = "1h"
[[alarms]]
name = "accuracy below 85 %"
monitor = "accuracy"
statistic = "Average"
threshold = 0.85
comparison = "LessThanThreshold"
period = "1h"
evaluation_periods = 1
[[alarms]]
name = "error rate, if there is traffic"
metrics = [
  { id = "errors", metric = "Invocation5XXErrors", statistic = "Sum", fleet = "green" },
  { id = "requests", metric = "Invocations", statistic = "Sum", fleet = "green" },
]
expression = "IF(requests > 100, errors / requests * 100, 0)"
threshold = 3
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 2
[[strategies]]
name = "test"
ab_test = { kpi = "revenue", weights = { blue = 2.0, green = 1.5 }, lasts = "20m" }
[[strategies]]
name = "canary"
canary = { size = "25%", bake = "6m", final_bake = "5m" }
[[strategies]]
name = "shadow"
shadow = { sample = "50%", lasts = "12m", overhead = "3ms", then = "stop" }
"#;
    assert_snapshot!(runs(&three_runs("capacity = \"unlimited\"", rest)));
}

#[test]
fn counts_and_sums_drawn_at_once() {
    let rest = r#"overdispersion = { correlation = 0.004, interval = "2m" }
failed_latency = { constant = "5ms" }
[green]
cold_start = { factor = 2.0, lasts = "2m" }
[[green.latency.mixture]]
weight = 0.9
distribution = { lognormal = { median = "45ms", p99 = "100ms" } }
[[green.latency.mixture]]
weight = 0.1
distribution = { shifted = { by = "80ms", distribution = { exponential = { mean = "30ms" } } } }
[[regressions]]
name = "a slow tail"
tail = { share = 0.05, factor = 4.0 }
errors = { errors_5xx = 0.02 }
[[incidents]]
name = "outage"
rate_per_day = 60.0
lasts = "3m"
effect = { errors_5xx = 0.05, traffic_factor = 1.4 }
[[alarms]]
name = "band"
metric = "ModelLatency"
statistic = "Average"
fleet = "green"
band = { width = 40.0, baseline = "blue", lasts = "5m" }
comparison = "GreaterThanUpperThreshold"
period = "60s"
evaluation_periods = 2
[[alarms]]
name = "errors by the clock"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = "4%"
comparison = "GreaterThanThreshold"
period = "5m"
evaluation_periods = 1
evaluation_window = "wall_clock"
utc_offset_min = 345
[[strategies]]
name = "canary"
canary = { size = "25%", bake = "10m", final_bake = "5m" }
[[strategies]]
name = "ramp"
ramp = { steps = ["25%", "50%", "100%"], bake = "4m", final_bake = "4m" }
"#;
    let toml =
        three_runs("", rest).replace("seed = 9", "seed = 9\nfidelity = \"aggregate\"").replace(
            "poisson = { rate_per_s = 20.0 }",
            "diurnal = { mean_per_s = 15.0, swing = 0.6, period = \"30m\", peak_at = \"10m\" }",
        );
    assert_snapshot!(runs(&toml));
}
