//! What a scenario may not say of quality and monitors: one edit, one problem, at its place.

use rollout_sim::scenario::{Loaded, Scenario, ScenarioErrors};
use std::path::Path;

const SCENARIO: &str = r#"
name = "checked"
[experiment]
horizon = "6h"
[traffic]
arrivals = { poisson = { rate_per_s = 1.0 } }
[endpoint]
concurrency = 1
instances = 10
[blue]
latency = { constant = "10ms" }
[quality]
accuracy = 0.9
positive_share = 0.3
segments = [{ name = "young", share = "20%" }, { name = "old", share = "30%", accuracy = 0.8 }]
labels = { delay = { exponential = { mean = "30m" } }, coverage = 0.6 }
[[regressions]]
name = "worse"
quality = { accuracy_loss = 0.05, segment_loss = { segment = "young", loss = 0.2 } }
[[incidents]]
name = "the world drifts"
rate_per_day = 0.1
lasts = "3h"
effect = { drift = { shift_sd = 0.5 } }
[[monitors]]
name = "hourly"
model_quality = { metric = "recall" }
fleet = "green"
[[monitors]]
name = "bias"
bias = { segment = "old" }
schedule = "2h"
start_offset = "6h"
end_offset = "4h"
start_delay = ["0s", "20m"]
[[alarms]]
name = "recall"
monitor = "hourly"
statistic = "Average"
threshold = 0.8
comparison = "LessThanThreshold"
period = "1h"
evaluation_periods = 1
[[strategies]]
name = "canary"
canary = { size = "10%", bake = "10m" }
"#;

fn edited(from: &str, to: &str) -> Result<Loaded, ScenarioErrors> {
    assert!(SCENARIO.contains(from), "the scenario has no {from}");
    Scenario::parse(&SCENARIO.replacen(from, to, 1), "test.toml", Path::new(""))
}

fn check(edits: &[(&str, &str, &str)]) {
    for (from, to, expected) in edits {
        let Err(errors) = edited(from, to) else { panic!("no problem with {to}") };
        assert_eq!(errors.problems.len(), 1, "{to}:\n{errors}");
        let problem = &errors.problems[0];
        assert!(problem.message.contains(expected), "{to}:\n{errors}");
        assert!(problem.help.is_some() && problem.span.is_some(), "{errors}");
    }
}

/// 0.2·0.1·0.9·2 + 0.3·0.8·0.2·2 + 0.5·0.18 of the answers, if errors are independent within a segment.
#[test]
fn disagreement_lies_between_its_bounds_and_independence_is_the_default() {
    let loaded = edited("checked", "checked").unwrap_or_else(|errors| panic!("{errors}"));
    assert!(loaded.resolved.contains("disagreement = 0.22"), "{}", loaded.resolved);
    let spec = |disagreement: &str| {
        let edit = format!("accuracy = 0.9\ndisagreement = {disagreement}\npositive");
        edited("accuracy = 0.9\npositive", &edit)
    };
    for fine in ["0.0", "0.1", "0.26"] {
        assert!(spec(fine).is_ok(), "{fine}");
    }
    for beyond in ["0.2601", "1.0"] {
        let errors = spec(beyond).expect_err("too much");
        assert_eq!(errors.problems.len(), 1, "{errors}");
        let problem = &errors.problems[0];
        assert!(problem.message.contains("0.000000 to 0.260000"), "{errors}");
        assert!(problem.span.is_some(), "{errors}");
        assert!(problem.help.as_ref().is_some_and(|help| help.contains("0.222000")), "{errors}");
    }
    let better = "accuracy = 0.9\ngreen_accuracy = 0.95\ndisagreement = 0.01\npositive";
    let errors = edited("accuracy = 0.9\npositive", better).expect_err("too little");
    assert!(errors.problems[0].message.contains("on 0.035000 to"), "{errors}");
}

#[test]
fn the_scenario_is_fine_and_its_resolved_form_means_the_same() {
    let loaded = edited("checked", "checked").unwrap_or_else(|errors| panic!("{errors}"));
    let again = Scenario::parse(&loaded.resolved, "resolved.toml", Path::new(""));
    assert_eq!(again.unwrap_or_else(|errors| panic!("{errors}")), loaded);
    let quality = loaded.scenario.quality.expect("a quality");
    let groups = quality.groups.iter();
    let figures: Vec<_> =
        groups.map(|group| (group.name.as_str(), group.blue_accuracy, group.share)).collect();
    assert_eq!(figures, [("young", 0.9, 0.2), ("old", 0.8, 0.3), ("", 0.9, 0.5)]);
}

#[test]
fn accuracies_that_are_absent_are_as_blues() {
    let of = |from: &str, to: &str| -> Vec<f64> {
        let loaded = edited(from, to).unwrap_or_else(|errors| panic!("{errors}"));
        let quality = loaded.scenario.quality.expect("a quality");
        quality.groups.iter().map(|group| group.green_accuracy).collect()
    };
    assert_eq!(of("checked", "checked"), [0.9, 0.8, 0.9]);
    assert_eq!(of("positive_share", "green_accuracy = 0.95\npositive_share"), [0.95, 0.8, 0.95]);
    let own = "accuracy = 0.8, green_accuracy = 0.7 }";
    assert_eq!(of("accuracy = 0.8 }", own), [0.9, 0.7, 0.9]);
}

#[test]
fn quality() {
    check(&[
        ("accuracy = 0.9\n", "accuracy = 1.9\n", "between 0 and 1"),
        ("share = \"20%\"", "share = \"80%\"", "add up to more than 1"),
        ("share = \"20%\"", "share = \"0%\"", "above 0"),
        ("\"young\", share", "\"old\", share", "two of the quality.segments are called"),
        ("mean = \"30m\"", "mean = \"0s\"", "above zero"),
        ("coverage = 0.6", "coverage = 60", "between 0 and 1"),
        ("accuracy_loss = 0.05", "accuracy_lost = 0.05", "unknown key"),
    ]);
}

#[test]
fn losses() {
    let all = "quality = { accuracy_loss = 0.05, segment_loss = \
               { segment = \"young\", loss = 0.2 } }";
    check(&[
        (all, "quality = {}", "loses nothing"),
        (all, "quality = { decay_per_day = -1.0 }", "from 0 to 1000"),
        (all, "quality = { drift = { shift_sd = 1000.0 } }", "from -100 to 100"),
        (all, "quality = { accuracy_loss = 0.1, drift = {} }", "changes nothing"),
        ("segment = \"young\"", "segment = \"yuong\"", "there is no segment \"yuong\""),
        ("loss = 0.2 }", "loss = 0.0 }", "above 0"),
        ("effect = { drift = { shift_sd = 0.5 } }", "effect = { drift = {} }", "nothing"),
    ]);
}

#[test]
fn monitors() {
    let model = "model_quality = { metric = \"recall\" }";
    check(&[
        (model, "schedule = \"1h\"", "exactly one kind"),
        (model, "model_quality = {}\ndata_quality = {}", "exactly one kind"),
        (model, "model_quality = { metric = \"auc\" }", "unknown choice"),
        (model, "data_quality = { baseline_samples = 0 }", "from 1 to 1 000 000"),
        ("bias = { segment = \"old\" }", "bias = { segment = \"odl\" }", "there is no segment"),
        ("schedule = \"2h\"", "schedule = \"90m\"", "whole number of hours"),
        ("schedule = \"2h\"", "schedule = \"0s\"", "`schedule` must be from 1h to 24h, but is 0s"),
        ("start_offset = \"6h\"", "start_offset = \"5h\"", "not a multiple of the schedule"),
        ("start_offset = \"6h\"", "start_offset = \"4h\"", "the window begins"),
        ("[\"0s\", \"20m\"]", "[\"20m\", \"0s\"]", "backwards"),
        ("[\"0s\", \"20m\"]", "[\"0s\", \"110m\"]", "when the next is due"),
        ("fleet = \"green\"", "fleet = \"shadow\"", "watches mirrored requests"),
        ("fleet = \"green\"", "min_samples = 0", "`min_samples` must be at least 1"),
        ("name = \"bias\"", "name = \"hourly\"", "two of the monitors are called"),
        ("monitor = \"hourly\"", "monitor = \"huorly\"", "there is no monitor"),
    ]);
}

#[test]
fn without_quality_there_is_nothing_to_lose_and_nothing_to_watch() {
    let (before, rest) = SCENARIO.split_once("[quality]").expect("a quality");
    let (_, after) = rest.split_once("[[regressions]]").expect("a regression");
    let text = format!("{before}[[regressions]]{after}");
    let errors = Scenario::parse(&text, "test.toml", Path::new("")).expect_err("no quality");
    let paths: Vec<&str> = errors.problems.iter().map(|problem| problem.path.as_str()).collect();
    let expected =
        ["regressions[0].quality", "incidents[0].effect.drift", "monitors[0]", "monitors[1]"];
    assert_eq!(paths[..4], expected, "{errors}");
}
