//! Any key of a scenario can be set by name, and setting a value is as good as writing it into the file.

use crate::support::{GREEN_5XX, STRATEGIES, root, small};
use assert_cmd::Command;
use predicates::str::contains;
use rollout_sim::scenario::{Overrides, Scenario, Setting};
use std::fs;
use toml::{Table, Value};

fn set(key: &str, value: &str) -> Overrides {
    let setting = Setting { key: key.to_owned(), value: value.to_owned() };
    Overrides { set: vec![setting], ..Overrides::default() }
}

/// Every value of a table with its path, elements by index.
fn leaves(table: &Table, at: &str, found: &mut Vec<(String, Value)>) {
    for (key, value) in table {
        let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        visit(value, path, found);
    }
}

fn visit(value: &Value, path: String, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Table(table) => leaves(table, &path, found),
        Value::Array(list) if list.iter().any(Value::is_table) => {
            for (index, element) in list.iter().enumerate() {
                visit(element, format!("{path}[{index}]"), found);
            }
        }
        _ => found.push((path, value.clone())),
    }
}

/// Whatever a ready-made scenario holds can be set to what it is, and nothing changes.
#[test]
fn every_key_can_be_set_to_its_own_value() {
    for (name, least) in [("low-traffic-canary", 60), ("retry-storm", 60)] {
        let path = root().join(format!("scenarios/{name}.toml"));
        let loaded = Scenario::load(&path).expect("a good scenario");
        let mut all = Vec::new();
        leaves(&loaded.resolved.parse().expect("TOML"), "", &mut all);
        let written: Table = loaded.source.text.parse().expect("TOML");
        let strategies = written["strategies"].as_array().expect("a list").len();
        let mut tried = 0;
        for (key, value) in all {
            // The baseline is added by the program, so it has no place in the file.
            if key.starts_with(&format!("strategies[{strategies}]")) {
                let error = Scenario::load_with(&path, &set(&key, &value.to_string()));
                assert!(error.expect_err("no place").to_string().contains("has no place"), "{key}");
                continue;
            }
            let again = Scenario::load_with(&path, &set(&key, &value.to_string()));
            let again = again.unwrap_or_else(|errors| panic!("{key} = {value}: {errors}"));
            assert!(again.scenario == loaded.scenario, "{name}: {key} = {value}");
            tried += 1;
        }
        assert!(tried > least, "{name}: {tried}");
    }
}

#[test]
fn setting_a_key_is_as_good_as_writing_it() {
    let text = small("", &format!("{GREEN_5XX}{STRATEGIES}"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.toml");
    fs::write(&path, &text).expect("a scenario");
    for (key, value, old, new) in [
        ("endpoint.switch", "45s", "switch = \"30s\"", "switch = \"45s\""),
        ("rate_per_s", "7", "rate_per_s = 20.0", "rate_per_s = 7.0"),
        ("alarms.5xx.threshold", "3%", "threshold = 0.02", "threshold = \"3%\""),
        ("canary.size", "2 instances", "size = \"1 instance\"", "size = \"2 instances\""),
        ("endpoint.queue_limit", "9", "concurrency = 2", "concurrency = 2\nqueue_limit = 9"),
        ("blue.errors_5xx", "0.01", "errors_5xx = 0.005", "errors_5xx = 0.01"),
    ] {
        let edited = text.replacen(old, new, 1);
        assert_ne!(edited, text, "{old}");
        let expected = Scenario::parse(&edited, "s.toml", folder.path()).expect("a good scenario");
        let found = Scenario::load_with(&path, &set(key, value)).expect("a good scenario");
        assert_eq!(found.resolved, expected.resolved, "{key} = {value}");
    }
    // What follows from a value follows from the new one.
    let found = Scenario::load_with(&path, &set("endpoint.switch", "45s")).expect("a scenario");
    assert!(found.resolved.contains("rollback_switch = \"45s\""), "{}", found.resolved);
}

#[test]
fn run_and_check_take_settings_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = small("", &format!("{GREEN_5XX}{STRATEGIES}")).replace("runs = 20", "runs = 1");
    fs::write(folder.path().join("s.toml"), text).expect("a scenario");
    let sim = |args: &[&str]| {
        let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
        sim.current_dir(folder.path()).args(args).assert()
    };
    let check = ["check", "s.toml", "--set", "endpoint.provision=3m", "--set"];
    sim(&[&check[..], &["experiment.runs=7"]].concat())
        .stdout(contains("3 strategies × 1 regressions (healthy among them) × 7 replications"))
        .stdout(contains("green is provisioned until 3m"));
    sim(&["run", "s.toml", "-q", "--set", "limits=off", "--set", "linear.step=50%"]).success();
    let resolved = folder.path().join("output/small/scenario.resolved.toml");
    let resolved = fs::read_to_string(resolved).expect("the resolved scenario");
    assert!(resolved.contains("limits = \"off\"") && resolved.contains("step = \"50%\""));
    for (setting, word) in [
        ("endpoint.switch=", "no value"),
        ("endpoint.swich=1m", "did you mean `endpoint.switch`"),
        ("endpoint.switch=1", "a time needs a unit"),
    ] {
        for command in ["run", "check"] {
            sim(&[command, "s.toml", "--set", setting]).code(2).stderr(contains(word));
        }
    }
    let twice = ["run", "s.toml", "--set", "switch=1m", "--set", "endpoint.switch=2m"];
    sim(&twice).code(2).stderr(contains("`endpoint.switch` is set twice"));
}
