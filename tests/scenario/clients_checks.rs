//! What may be written about clients and asynchronous endpoints, and what each mistake is told.

use rollout_sim::endpoint::spec::Mode;
use rollout_sim::scenario::{Scenario, ScenarioErrors};
use rollout_sim::telemetry::backlog::BACKLOG_METRICS;
use std::path::Path;

fn read(endpoint: &str, rest: &str) -> Result<Scenario, ScenarioErrors> {
    let toml = format!(
        r#"
name = "checks"
[experiment]
horizon = "1h"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 1.0 }} }}
users = 10
[endpoint]
instances = 4
{endpoint}
[blue]
latency = {{ constant = "20ms" }}
[[strategies]]
name = "s"
canary = {{ size = "25%", bake = "5m" }}
{rest}
"#
    );
    Scenario::parse(&toml, "test.toml", Path::new("")).map(|loaded| loaded.scenario)
}

/// The edit raises this problem alone, with a remedy.
fn refuse(endpoint: &str, rest: &str, expected: &str) {
    let Err(errors) = read(endpoint, rest) else { panic!("no problem with {endpoint} {rest}") };
    assert_eq!(errors.problems.len(), 1, "{endpoint} {rest}:\n{errors}");
    let problem = &errors.problems[0];
    assert!(problem.message.contains(expected), "{errors}");
    assert!(problem.help.is_some() && problem.span.is_some(), "{errors}");
}

const ASYNC: &str = "mode = \"asynchronous\"\nconcurrency = 1";

#[test]
fn clients_have_defaults() {
    let clients = read("", "[clients]").expect("a scenario").clients.expect("clients");
    assert_eq!((clients.attempts, clients.retry_5xx, clients.retry_timeout), (3, true, true));
    assert_eq!(clients.backoff.initial.as_nanos(), 100_000_000);
    assert_eq!(clients.backoff.max.as_nanos(), 5_000_000_000);
    assert_eq!((clients.timeout, clients.budget), (None, None));
    let budget = read("", "[clients]\nbudget = {}").expect("a scenario").clients;
    let budget = budget.expect("clients").budget.expect("a budget");
    assert_eq!((budget.deposit, budget.burst), (100_000, 10));
    assert!(read("", "").expect("a scenario").clients.is_none());
}

#[test]
fn clients_out_of_range() {
    for (written, expected) in [
        ("attempts = 0", "`attempts` must be from 1 to 100"),
        ("attempts = 101", "`attempts` must be from 1 to 100"),
        ("timeout = \"0s\"", "longer than zero"),
        ("retry_on = [\"4xx\"]", "unknown"),
        ("jitter = \"some\"", "unknown"),
        ("backoff = { factor = 0.5 }", "`factor` must be from 1 to 100"),
        ("backoff = { factor = nan }", "`factor` must be from 1 to 100"),
        ("backoff = { initial = \"6s\" }", "longer than `max`"),
        ("budget = { ratio = 1.5 }", "between 0 and 1"),
        ("budget = { burst = 0 }", "`burst` must be from 1"),
        ("attempt = 3", "unknown"),
    ] {
        refuse("", &format!("[clients]\n{written}"), expected);
    }
}

#[test]
fn an_asynchronous_endpoint_has_defaults_and_publishes_its_backlog() {
    let scenario = read(ASYNC, "").expect("a scenario");
    let Mode::Asynchronous(spec) = scenario.endpoint.mode else { panic!("not asynchronous") };
    assert_eq!(spec.processing_timeout.as_secs_f64().to_bits(), 900_f64.to_bits());
    assert_eq!(spec.request_ttl.as_secs_f64().to_bits(), 21_600_f64.to_bits());
    let names: Vec<&str> = scenario.sampled.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, BACKLOG_METRICS);
    assert!(read("", "").expect("a scenario").sampled.is_empty());
}

#[test]
fn what_an_asynchronous_endpoint_cannot_have() {
    let with = |line: &str| format!("{ASYNC}\n{line}");
    for (line, expected) in [
        ("queue = \"shared\"", "`queue` means nothing"),
        ("queue_limit = 3", "`queue_limit` means nothing"),
        ("capacity = \"unlimited\"", "`capacity` means nothing"),
        ("routing = \"least-outstanding\"", "`routing` means nothing"),
        ("shift_by = \"percent\"", "`shift_by` means nothing"),
        ("processing_timeout = \"61m\"", "must be from 1s to 1h"),
        ("request_ttl = \"59s\"", "must be from 1m to 6h"),
    ] {
        refuse(&with(line), "", expected);
    }
    refuse(ASYNC, "[clients]", "do not wait for an answer");
    let shadow = "[[strategies]]\nname = \"t\"\nshadow = { sample = \"50%\", lasts = \"5m\" }";
    refuse(ASYNC, shadow, "cannot mirror");
    refuse(ASYNC, &alarm("Invocations", "fleet = \"green\""), "does not publish");
}

#[test]
fn what_only_an_asynchronous_endpoint_has() {
    for line in
        ["processing_timeout = \"5m\"", "request_ttl = \"5m\"", "oldest_request = \"waiting\""]
    {
        refuse(line, "", "is of asynchronous endpoints");
    }
    refuse("", &alarm("ApproximateBacklogSize", ""), "no metric");
    assert!(read(ASYNC, &alarm("ApproximateBacklogSize", "")).is_ok());
    refuse(ASYNC, &alarm("ApproximateBacklogSize", "fleet = \"green\""), "not divided by fleet");
}

fn alarm(metric: &str, fleet: &str) -> String {
    format!(
        "[[alarms]]\nname = \"a\"\nmetric = \"{metric}\"\n{fleet}\nstatistic = \"Average\"\n\
         threshold = 5\ncomparison = \"GreaterThanThreshold\"\nperiod = \"60s\"\n\
         evaluation_periods = 1\n"
    )
}
