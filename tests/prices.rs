//! What instances, alarms and metrics cost, by region and where a scenario says otherwise.

mod support;

use rollout_sim::scenario::Scenario;
use std::path::Path;
use support::{GREEN_5XX, arm, results, small};

const PLAIN: &str = "[[strategies]]\nname = \"plain\"\nall_at_once = {}\nalarms = []\n";
const GUARDED: &str = "[[strategies]]\nname = \"guarded\"\nall_at_once = { final_bake = \"5m\" }\n";

fn toml(endpoint: &str) -> String {
    small(endpoint, &format!("{GREEN_5XX}{PLAIN}{GUARDED}"))
        .replace("price_per_hour = 1.0\n", "")
        .replace("runs = 20", "runs = 2")
        .replace("rate_per_s = 20.0", "rate_per_s = 2.0")
}

fn prices(endpoint: &str) -> Result<[Option<f64>; 2], (String, String)> {
    let parsed = Scenario::parse(&toml(endpoint), "t.toml", Path::new(""));
    match parsed {
        Ok(loaded) => {
            let endpoint = &loaded.scenario.endpoint;
            Ok([endpoint.blue.price_per_hour, endpoint.green.price_per_hour])
        }
        Err(errors) => {
            let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
            Err((problem.message.clone(), problem.help.clone().expect("a remedy")))
        }
    }
}

#[test]
fn an_instance_costs_what_its_region_asks() {
    for (endpoint, expected) in [
        ("", [0.23, 0.23]),
        ("region = \"eu-west-1\"", [0.257, 0.257]),
        ("instance_type = \"ml.g5.12xlarge\"", [7.09, 7.09]),
        ("instance_type = \"ml.g5.12xlarge\"\nregion = \"eu-west-1\"", [7.91, 7.91]),
        ("instance_type = \"ml.g6.xlarge\"", [1.1267, 1.1267]),
        ("green = { instance_type = \"ml.m5.4xlarge\" }", [0.23, 0.922]),
        // Whoever knows better says so.
        ("region = \"eu-west-1\"\nprice_per_hour = 2.5", [2.5, 2.5]),
        ("region = \"eu-west-1\"\ninstance_type = \"ml.x\"\nprice_per_hour = 2.5", [2.5, 2.5]),
    ] {
        assert_eq!(prices(endpoint), Ok(expected.map(Some)), "{endpoint}");
    }
}

#[test]
fn an_unknown_price_says_what_is_known() {
    let (message, help) = prices("instance_type = \"ml.m5.xlrage\"").expect_err("misspelt");
    assert!(message.contains("ml.m5.xlrage"), "{message}");
    assert!(help.contains("ml.m5.xlarge"), "{help}");
    let there = "region = \"eu-west-1\"\ninstance_type = \"ml.c5.large\"";
    let (message, help) = prices(there).expect_err("known elsewhere only");
    assert!(message.ends_with("in eu-west-1"), "{message}");
    assert!(help.contains("in us-east-1 it is 0.102"), "{help}");
    let (message, _) = prices("region = \"eu-west-2\"").expect_err("an unknown region");
    assert!(message.contains("unknown choice `eu-west-2`"), "{message}");
}

/// Extra cost above that of the same scenario without `monitoring`.
fn monitoring(endpoint: &str, strategy: &str) -> f64 {
    let cost = |endpoint: &str| {
        arm(&results(&toml(endpoint)), strategy, "healthy")[0].extra_cost.expect("a known price")
    };
    cost(endpoint) - cost("")
}

#[test]
fn alarms_and_metrics_cost_if_asked_and_only_who_has_alarms() {
    // One alarm for 40 of the 730 · 60 minutes of a month.
    let month = 40.0 / (730.0 * 60.0);
    let close = |value: f64, expected: f64| (value - expected).abs() < 1e-12;
    assert!(close(monitoring("monitoring = {}", "guarded"), 0.10 * month));
    assert!(close(monitoring("monitoring = {}", "plain"), 0.0));
    let metrics = "monitoring = { alarm_price_per_month = 2.0, custom_metrics = 3 }";
    assert!(close(monitoring(metrics, "guarded"), (2.0 + 3.0 * 0.30) * month));
    assert!(close(monitoring(metrics, "plain"), 0.0));
}

#[test]
fn a_price_is_no_less_than_nothing() {
    let (message, _) =
        prices("monitoring = { alarm_price_per_month = -1.0 }").expect_err("a negative price");
    assert!(message.contains("from 0 to 100000"), "{message}");
}
