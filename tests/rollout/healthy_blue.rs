//! Latency as people know it: what waits and what does not, what is observed and what is service, overload.

use crate::support::{arm, results};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use rollout_sim::experiment::Results;
use rollout_sim::scenario::Scenario;
use rollout_sim::scenario::healthy::Healthy;
use std::path::Path;

/// An endpoint of one's own: what CloudWatch says of it is p50 60 ms and p99 240 ms.
fn own(endpoint: &str, blue: &str, rest: &str) -> String {
    format!(
        r#"
name = "own"
[experiment]
runs = 12
horizon = "40m"
warm_up = "10m"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 25.0 }} }}
[endpoint]
instances = 4
{endpoint}
provision = "1m"
switch = "0s"
[blue]
latency = {{ lognormal = {{ median = "60ms", p99 = "240ms" }} }}
{blue}
{rest}
[[alarms]]
name = "p99"
metric = "ModelLatency"
statistic = "p99"
fleet = "green"
threshold = "400ms"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
[[strategies]]
name = "at once"
all_at_once = {{ final_bake = "20m" }}
"#
    )
}

fn read(toml: &str) -> rollout_sim::scenario::Loaded {
    Scenario::parse(toml, "own.toml", Path::new("."))
        .unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

fn latency_ms(toml: &str) -> [f64; 3] {
    let healthy = Healthy::of(&read(toml).scenario).expect("no trace");
    healthy.shown.expect("requests").latency_s.map(|seconds| 1e3 * seconds)
}

/// The means of green's p50, p90 and p99 over the 12 runs of a release.
fn green_ms(results: &Results, release: &str) -> [f64; 3] {
    let arm = arm(results, "at once", release);
    let mean = |quantile: usize| {
        let of = arm.iter().filter_map(|run| run.green_times.response_quantiles_s);
        1e3 * of.map(|quantiles| quantiles[quantile]).sum::<f64>() / 12.0
    };
    [mean(0), mean(1), mean(2)]
}

/// Whether p50 and p99 are these within a share of them.
fn is_near([p50, _, p99]: [f64; 3], [median, tail]: [f64; 2], within: f64) -> bool {
    (p50 / median - 1.0).abs() < within && (p99 / tail - 1.0).abs() < within
}

#[test]
fn without_concurrency_latency_is_what_is_shown() {
    let shown = latency_ms(&own("", "", ""));
    assert!(is_near(shown, [60.0, 240.0], 0.01), "{shown:?}");
}

#[test]
fn service_times_wait_on_top() {
    let [p50, _, p99] = latency_ms(&own("concurrency = 1", "", ""));
    assert!(p50 > 66.0 && p99 > 290.0, "{p50} {p99}");
}

/// The resolved file holds service times, shows what was observed, and is read as the same scenario.
#[test]
fn what_is_observed_is_shown() {
    let toml = own("concurrency = 1", "latency_is = \"observed\"", "");
    let shown = latency_ms(&toml);
    assert!(is_near(shown, [60.0, 240.0], 0.01), "{shown:?}");
    let loaded = read(&toml);
    assert!(loaded.scenario.blue == loaded.scenario.green, "green is as blue");
    let again = read(&loaded.resolved);
    assert!(again.scenario == loaded.scenario);
    assert_eq!(again.resolved, loaded.resolved);
    let resolved: toml::Table = loaded.resolved.parse().expect("TOML");
    assert_eq!(resolved["blue"]["latency_is"].as_str(), Some("service"));
    assert!(
        resolved["blue"]["latency"]["empirical"].as_array().is_some_and(|table| table.len() == 76)
    );
}

/// Neither the seed nor the runs change what the service times are; in the runs healthy green shows what was
/// observed too. Of 12 runs of 30,000 requests each, the p99 is known to 1 %: 3 % are three standard errors,
/// and what waiting adds to service times given would be 20 %.
#[test]
fn runs_show_what_was_observed() {
    let toml = own("concurrency = 1", "latency_is = \"observed\"", "");
    let other = toml.replace("runs = 12", "runs = 3\nseed = 77");
    assert!(read(&toml).scenario.blue == read(&other).scenario.blue);
    let results = results(&toml);
    let shown = green_ms(&results, "healthy");
    assert!(is_near(shown, [60.0, 240.0], 0.03), "{shown:?}");
}

/// A green of its own is observed apart, at all the traffic of the endpoint.
#[test]
fn green_may_be_observed_too() {
    let green = "[green]\nlatency = { lognormal = { median = \"60ms\", p99 = \"240ms\" } }\n\
                 latency_is = \"observed\"";
    let loaded = read(&own("concurrency = 1", "", green));
    let [blue, green] = [&loaded.scenario.blue, &loaded.scenario.green]
        .map(|model| model.latency.quantile_ns(0.5) / 1e6);
    assert!((blue - 60.0).abs() < 1e-6 && green < 57.0, "{blue} {green}");
}

#[test]
fn what_cannot_be_observed_is_refused() {
    let constant = |toml: &str| {
        toml.replace("lognormal = { median = \"60ms\", p99 = \"240ms\" }", "constant = \"60ms\"")
    };
    let observed = "latency_is = \"observed\"";
    for (toml, expected) in [
        (constant(&own("concurrency = 1", observed, "")), "no service times of 4 instances"),
        (own("concurrency = 1", observed, "[clients]"), "callers try again"),
        (own("concurrency = 1", "", &format!("[green]\n{observed}")), "but there is none"),
    ] {
        let errors = Scenario::parse(&toml, "own.toml", Path::new(".")).expect_err(expected);
        assert_eq!(errors.problems.len(), 1, "{errors}");
        assert!(errors.problems[0].message.contains(expected), "{errors}");
        assert!(errors.problems[0].help.is_some() && errors.problems[0].span.is_some());
    }
    // Where nothing waits there is nothing to find.
    assert!(Scenario::parse(&constant(&own("", observed, "")), "own.toml", Path::new(".")).is_ok());
}

/// What is about waiting needs to know how many are served at once.
#[test]
fn queues_need_concurrency() {
    let capacity = "[[regressions]]\nname = \"r\"\ncapacity = { slowdown = { factor = 2.0 } }";
    for (toml, expected) in [
        (own("queue = \"shared\"", "", ""), "`queue` is about requests that wait"),
        (own("queue_limit = 3", "", ""), "`queue_limit` is about requests that wait"),
        (own("capacity = \"queued\"", "", ""), "`capacity` is about requests that wait"),
        (own("green = { concurrency = 2 }", "", ""), "`concurrency` is about requests that wait"),
        (own("mode = \"asynchronous\"", "", ""), "needs `concurrency`"),
        (own("", "", capacity), "less capacity shows only where requests wait"),
    ] {
        let errors = Scenario::parse(&toml, "own.toml", Path::new(".")).expect_err(expected);
        assert_eq!(errors.problems.len(), 1, "{errors}");
        assert!(errors.problems[0].message.contains(expected), "{errors}");
    }
}

/// Of a lognormal: p99 · 1.5, and the same median. 12 runs of 30,000 requests: 2 % are four standard errors
/// of the p99, and would show a factor that is 2 % off.
#[test]
fn a_longer_tail_has_the_same_median() {
    let tail = "[[regressions]]\nname = \"tail\"\nlatency = { p99_factor = 1.5 }";
    let results = results(&own("", "", tail).replace("400ms", "10s"));
    let shown = green_ms(&results, "tail");
    assert!(is_near(shown, [60.0, 360.0], 0.02), "{shown:?}");
}

#[test]
fn tails_that_are_none_are_refused() {
    let tail = |factor: &str| {
        format!("[[regressions]]\nname = \"tail\"\nlatency = {{ p99_factor = {factor} }}")
    };
    let constant = own("", "", &tail("1.5"))
        .replace("lognormal = { median = \"60ms\", p99 = \"240ms\" }", "constant = \"60ms\"");
    let incident = "[[incidents]]\nname = \"i\"\nat = [\"5m\"]\nlasts = \"5m\"\n\
                    effect = { latency = { p99_factor = 2.0 } }";
    for (toml, expected) in [
        (constant, "have none"),
        (own("", "", &tail("0.2")), "must be above 0.25"),
        (own("", "", &tail("1001.0")), "at most 1000"),
        (own("", "", incident), "is of regressions"),
    ] {
        let errors = Scenario::parse(&toml, "own.toml", Path::new(".")).expect_err(expected);
        assert!(errors.problems[0].message.contains(expected), "{errors}");
    }
}

/// One in ten more than two places can do: an error of `check`, and the first word of `run`.
#[test]
fn overload_is_said_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("over.toml");
    let text = own("concurrency = 1", "", "")
        .replace("instances = 4", "instances = 2")
        .replace("rate_per_s = 25.0", "rate_per_s = 2.0")
        .replace(
            "lognormal = { median = \"60ms\", p99 = \"240ms\" }",
            "exponential = { mean = \"1100ms\" }",
        );
    std::fs::write(&file, text).expect("a scenario");
    let sim = |command: &str| {
        let mut sim = Command::cargo_bin("sim").expect("the program");
        sim.current_dir(folder.path()).arg(command).arg(&file);
        sim
    };
    let checked = sim("check").assert().code(1);
    checked.stdout(contains("22: overloaded").and(contains("utilisation 110")));
    let ran = sim("run").args(["--runs", "2"]).assert().success();
    ran.stdout(contains("Overloaded: from 0s to 40m blue alone"));
}
