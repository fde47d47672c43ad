//! What instances, alarms and metrics cost, by region and where a scenario says otherwise.

use crate::support::{GREEN_5XX, arm, results, small};
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::lint::{Finding, Severity, check};
use rollout_sim::report::render;
use rollout_sim::report::terminal::{self, Terminal};
use rollout_sim::scenario::Scenario;
use rollout_sim::simulation::outcome::Outcome;
use std::collections::BTreeMap;
use std::path::Path;

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

/// The note about a price, if there is one.
fn note(endpoint: &str) -> Option<Finding> {
    let loaded =
        Scenario::parse(&toml(endpoint), "t.toml", Path::new("")).expect("a good scenario");
    let found = check(&loaded).expect("no trace is read");
    found.into_iter().find(|finding| finding.number == 20)
}

#[test]
fn an_unknown_price_says_what_is_known() {
    let misspelt = "instance_type = \"ml.m5.xlrage\"";
    assert_eq!(prices(misspelt), Ok([None, None]));
    let finding = note(misspelt).expect("a note");
    assert_eq!(
        (finding.severity, finding.place.as_str()),
        (Severity::Note, "endpoint.instance_type")
    );
    assert!(finding.message.contains("ml.m5.xlrage"), "{}", finding.message);
    assert!(finding.arithmetic.contains("ml.m5.xlarge"), "{}", finding.arithmetic);
    let there = "region = \"eu-west-1\"\ninstance_type = \"ml.c5.large\"";
    assert_eq!(note(there).expect("a note").arithmetic, "in us-east-1 it is 0.102");
    let green = "green = { instance_type = \"ml.z9.large\" }";
    assert_eq!(prices(green), Ok([Some(0.23), None]));
    assert_eq!(note(green).expect("a note").place, "endpoint.green.instance_type");
    assert_eq!(note("instance_type = \"ml.z9.large\"\nprice_per_hour = 2.5"), None);
    let (message, _) = prices("region = \"eu-west-2\"").expect_err("an unknown region");
    assert!(message.contains("unknown choice `eu-west-2`"), "{message}");
}

/// Costs alone hang on prices: without, everything else is as it is with any price.
#[test]
fn without_a_price_costs_are_open_and_nothing_else() {
    let unknown = results(&toml("instance_type = \"ml.z9.large\""));
    let known = results(&toml("instance_type = \"ml.z9.large\"\nprice_per_hour = 2.0"));
    for (without, with) in unknown.outcomes.iter().zip(&known.outcomes) {
        assert_eq!((without.cost, without.extra_cost), (None, None));
        let priced = Outcome { cost: with.cost, extra_cost: with.extra_cost, ..without.clone() };
        assert_eq!(priced, *with);
    }
    let (summary, comparison) = (Summary::of(&unknown), Comparison::of(&unknown));
    assert!(comparison.rows().iter().all(|row| row.metric != "extra_cost_usd"));
    let files = render(&unknown, &summary, &comparison, Vec::new()).expect("files");
    assert!(files.iter().all(|file| !file.name.contains("cost")), "a figure of costs");
    let runs = files.iter().find(|file| file.name == "runs.csv").expect("runs");
    let mut rows = csv::Reader::from_reader(runs.bytes.as_slice());
    for row in rows.deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        assert_eq!((row["cost_usd"].as_str(), row["extra_cost_usd"].as_str()), ("", ""));
    }
    let terminal = Terminal { width: None, styled: false };
    let shown = terminal::render(&unknown, &summary, &comparison, terminal);
    assert!(shown.contains("Costs are left out: the price of an instance is not known"), "{shown}");
    assert!(!shown.contains("extra") && !shown.contains('$'), "{shown}");
}

#[test]
fn an_objective_in_money_needs_the_prices() {
    let tuned = |endpoint: &str, minimise: &str| {
        let table = format!(
            "[tune]\nminimise = \"{minimise}\"\n[tune.loss]\nfailed_request_usd = 0.01\n\
             [[regressions]]\nname = \"bad\"\nerrors = {{ errors_5xx = 0.2 }}\n"
        );
        Scenario::parse(&(toml(endpoint) + &table), "t.toml", Path::new(""))
    };
    let unknown = "instance_type = \"ml.z9.large\"";
    let errors = tuned(unknown, "expected_loss").expect_err("no price");
    let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
    assert_eq!(problem.path, "tune.minimise");
    assert!(problem.message.contains("the price of an instance is not known"), "{errors}");
    assert!(tuned(unknown, "harm").is_ok(), "harm has its own prices");
    let given = "instance_type = \"ml.z9.large\"\nprice_per_hour = 2.0";
    assert!(tuned(given, "expected_loss").is_ok());
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
    assert!(message.contains("from 0 to 100 000"), "{message}");
}
