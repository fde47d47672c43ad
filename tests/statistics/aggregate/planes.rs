//! Agreement with the request plane, scenario by scenario.

use super::compare::{Ledger, both};
use crate::support::{parse, scenario};

/// α of all comparisons of one scenario together.
const ALPHA: f64 = 1e-4;

/// Requests that find unlimited capacity, so that none waits, and count as they arrive.
fn world(runs: u32, arrivals: &str, rest: &str) -> String {
    format!(
        r#"
name = "agreement"
[experiment]
runs = {runs}
seed = 77
horizon = "24m"
warm_up = "4m"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = {arrivals}
users = 500
[endpoint]
instances = 4
capacity = "unlimited"
provision = "1m"
switch = "25s"
rollback_switch = "10s"
clean_up = "30s"
price_per_hour = 1.0
[metrics]
count_at = "arrival"
slow_over = "110ms"
{rest}
"#
    )
}

const MODEL: &str = r#"
[blue]
latency = { lognormal = { median = "50ms", p99 = "120ms" } }
errors_4xx = 0.01
errors_5xx = 0.005
"#;

const ALARMS: &str = r#"
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.015
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
[[alarms]]
name = "p90"
metric = "ModelLatency"
statistic = "p90"
fleet = "green"
threshold = "100ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
[[alarms]]
name = "mean"
metric = "ModelLatency"
statistic = "Average"
fleet = "both"
threshold = "58ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 4
datapoints_to_alarm = 4
treat_missing_data = "notBreaching"
"#;

const STRATEGIES: &str = r#"
[[strategies]]
name = "canary"
canary = { size = "1 instance", bake = "6m", final_bake = "5m" }
[[strategies]]
name = "linear"
linear = { step = "25%", bake = "3m", final_bake = "3m" }
"#;

const POISSON: &str = "{ poisson = { rate_per_s = 9.0 } }";

#[test]
fn errors_and_latencies_of_a_canary_and_a_linear_rollout() {
    let rest = format!(
        r#"{MODEL}
[green]
cold_start = {{ factor = 3.0, lasts = "100s" }}
[[regressions]]
name = "errors"
errors = {{ errors_5xx = 0.02, errors_4xx = 0.004 }}
[[regressions]]
name = "ramp"
errors = {{ errors_5xx = 0.05 }}
latency = {{ factor = 1.3 }}
ramp = "4m"
[[regressions]]
name = "tail"
tail = {{ share = 0.1, factor = 3.0 }}
latency = {{ shift = "3ms" }}
onset = {{ after_first_traffic = "100s" }}
{ALARMS}{STRATEGIES}"#
    );
    let mut ledger = Ledger::default();
    ledger.outcomes(&both(&scenario(&world(1200, POISSON, &rest))));
    ledger.settle(ALPHA);
}

#[test]
fn incidents_and_clumps_under_traffic_that_swings() {
    let rest = format!(
        r#"
[blue]
latency = {{ mixture = [
    {{ weight = 0.8, distribution = {{ exponential = {{ mean = "30ms" }} }} }},
    {{ weight = 0.2, distribution = {{ gamma = {{ mean = "80ms", cv = 0.4 }} }} }},
] }}
failed_latency = {{ lognormal = {{ mean = "15ms", cv = 0.3 }} }}
errors_4xx = 0.01
errors_5xx = 0.02
overdispersion = {{ correlation = 0.02, interval = "45s", correlation_time = "2m", common = 0.5 }}
[[regressions]]
name = "errors"
errors = {{ errors_5xx = 0.2 }}
duration = "5m"
[[incidents]]
name = "outage"
rate_per_day = 60.0
lasts = "2m"
spread = "exponential"
effect = {{ errors_5xx = 0.05, latency = {{ factor = 1.5 }}, traffic_factor = 1.4 }}
{ALARMS}{STRATEGIES}"#
    );
    let swing =
        r#"{ diurnal = { mean_per_s = 8.0, swing = 0.6, period = "20m", peak_at = "5m" } }"#;
    let mut ledger = Ledger::default();
    ledger.outcomes(&both(&scenario(&world(1000, swing, &rest))));
    ledger.settle(ALPHA);
}

#[test]
fn a_shadow_test_and_its_pairs_counted_as_they_are_answered() {
    let rest = format!(
        r#"{MODEL}
[green]
latency = {{ gamma = {{ mean = "55ms", cv = 0.4 }} }}
errors_5xx = 0.01
[[regressions]]
name = "tail"
tail = {{ share = 0.1, factor = 3.0 }}
[[alarms]]
name = "shadow p90"
metric = "ModelLatency"
statistic = "p90"
fleet = "shadow"
threshold = "95ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
[[strategies]]
name = "shadow"
shadow = {{ sample = "60%", lasts = "8m", then = "all_at_once", final_bake = "5m", overhead = "4ms" }}
"#
    );
    let ramp = r#"{ ramp = { from_per_s = 4.0, to_per_s = 14.0, starts = "2m", lasts = "10m" } }"#;
    let text = world(1000, ramp, &rest).replace("count_at = \"arrival\"\n", "");
    let mut ledger = Ledger::default();
    ledger.outcomes(&both(&scenario(&text)));
    ledger.settle(ALPHA);
}

/// Every figure of published intervals: before, at, within and after a switch; with few requests, so that
/// values are drawn one by one, and with many.
#[test]
fn published_intervals() {
    let cold = "[green]\ncold_start = { factor = 3.0, lasts = \"100s\" }\n";
    let release = "[[regressions]]\nname = \"slow\"\nlatency = { factor = 1.4, shift = \"5ms\" }\n";
    let strategy = "[[strategies]]\nname = \"canary\"\nalarms = []\n\
                    canary = { size = \"1 instance\", bake = \"6m\", final_bake = \"5m\" }\n";
    let mut ledger = Ledger::default();
    for (runs, rate) in [(900, "0.5"), (900, "12.0")] {
        let arrivals = format!("{{ poisson = {{ rate_per_s = {rate} }} }}");
        let rest = format!("{MODEL}{cold}{release}{ALARMS}{strategy}");
        let mut scenario = scenario(&world(runs, &arrivals, &rest));
        scenario.experiment.events = rollout_sim::scenario::EventsOf::All;
        ledger.intervals(&both(&scenario), &[0, 5, 6, 9, 14]);
    }
    ledger.settle(ALPHA);
}

/// Counts a minute under a surge that begins and ends inside a minute, in a rollout that switches in others:
/// without the surge the numbers of all runs are the recording's.
#[test]
fn recorded_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = (0..28).map(|minute| format!("{},{}\n", 60 * minute, 400 + 90 * (minute % 4)));
    let csv = format!("t,n\n{}", rows.collect::<String>());
    std::fs::write(folder.path().join("counts.csv"), csv).expect("a trace");
    let trace = "{ trace = { path = \"counts.csv\", time_column = \"t\", \
                 rows = { counts = { column = \"n\", interval = \"1m\" } } } }";
    let surge = "[[incidents]]\nname = \"surge\"\nat = [\"8m20s\"]\nlasts = \"4m10s\"\n\
                 effect = { traffic_factor = 1.5 }\n";
    let rest = |more: &str| {
        format!(
            "{MODEL}[[regressions]]\nname = \"errors\"\nerrors = {{ errors_5xx = 0.02 }}\n\
             {more}{ALARMS}{STRATEGIES}"
        )
    };
    let mut ledger = Ledger::default();
    ledger.outcomes(&both(&parse(&world(600, trace, &rest(surge)), folder.path())));
    ledger.settle(ALPHA);
    for results in both(&parse(&world(5, trace, &rest("")), folder.path())) {
        let numbers = results.outcomes.iter().map(|run| run.to_horizon.counts.requests);
        assert!(numbers.clone().count() > 10);
        // From t = 0 on: minutes 4 to 27 of the recording.
        assert!(numbers.into_iter().all(|requests| requests == 24 * 400 + 90 * 6 * (1 + 2 + 3)));
    }
}
