//! `sim check` as a program: places, JSON, exit codes, and the ready-made scenarios.

use super::{findings, load, root, with};
use assert_cmd::Command;
use predicates::str::{contains, is_empty};
use rollout_sim::lint::{LINTS, Severity, check};
use rollout_sim::scenario::Scenario;
use serde_json::Value;
use std::fs;

/// Scenarios that show a trap, and the lints that say so with an error.
const TRAPS: [(&str, &[u8]); 5] = [
    ("guide-canary-trap.toml", &[1, 3]),
    ("hotfix-blocked-by-old-alarm.toml", &[13]),
    ("low-traffic-canary.toml", &[9]),
    ("rolling-gpu-quota.toml", &[15]),
    ("sagemaker-notebook-canary.toml", &[4, 4, 4]),
];

fn sim(text: &str, args: &[&str]) -> assert_cmd::assert::Assert {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("s.toml"), text).expect("a file");
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(folder.path()).args(["check", "s.toml"]).args(args).env_remove("NO_COLOR");
    sim.assert()
}

fn json(text: &str, code: i32) -> Vec<Value> {
    let assert = sim(text, &["--format", "json"]).code(code).stderr(is_empty());
    let value: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    value.as_array().expect("an array").clone()
}

#[test]
fn lints_are_numbered_and_named_once() {
    let numbers: Vec<u8> = LINTS.iter().map(|lint| lint.number).collect();
    assert_eq!(numbers, (1..=24).collect::<Vec<u8>>());
    let mut names: Vec<&str> = LINTS.iter().map(|lint| lint.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 24);
    let is_kebab = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    assert!(names.iter().all(is_kebab), "{names:?}");
}

#[test]
fn the_page_of_lints_describes_each() {
    let page = fs::read_to_string(root().join("docs/lints.md")).expect("the page");
    for lint in LINTS {
        let heading = format!("## {}. `{}`", lint.number, lint.name);
        assert!(page.contains(&heading), "{heading} is not in docs/lints.md");
    }
}

#[test]
fn errors_are_shown_at_their_place_and_make_the_exit_code_one() {
    let trap = with(&[("threshold = 0.05", "threshold = 1")]);
    sim(&trap, &[])
        .code(1)
        .stderr(is_empty())
        .stdout(contains("cannot work"))
        .stdout(contains("error[1: threshold-out-of-reach]"))
        .stdout(contains("s.toml:33:13"))
        .stdout(contains("note: Average of values 0 and 1 is from 0 to 1"))
        .stdout(contains("help: for 1 % write threshold = 0.01"))
        .stdout(contains("found 2 errors"));
}

#[test]
fn a_clean_scenario_has_no_findings_and_exit_code_zero() {
    sim(&with(&[]), &[])
        .code(0)
        .stdout(contains("can be simulated"))
        .stdout(contains("no findings"));
    assert_eq!(json(&with(&[]), 0), Vec::<Value>::new());
    let warned = with(&[("\"notBreaching\"", "\"missing\"")]);
    sim(&warned, &[]).code(0).stdout(contains("found 1 warning"));
}

#[test]
fn json_has_every_field_of_every_finding() {
    let trap = with(&[("threshold = 0.05", "threshold = 1")]);
    let shown = json(&trap, 1);
    let found = findings(&trap);
    assert_eq!(shown.len(), found.len());
    let line = trap.lines().position(|line| line.starts_with("threshold")).expect("a line") + 1;
    let first = &shown[0];
    assert_eq!(first["number"], 1);
    assert_eq!(first["name"], "threshold-out-of-reach");
    assert_eq!(first["severity"], "error");
    assert_eq!(first["place"], "alarms[0].threshold");
    assert_eq!(first["line"], line);
    assert_eq!(first["alarm"], "a");
    for text in ["message", "why", "arithmetic", "remedy"] {
        assert!(first[text].as_str().is_some_and(|text| !text.is_empty()), "{text}");
    }
}

#[test]
fn a_malformed_file_is_told_as_json_too_with_exit_code_two() {
    let bad = with(&[("period = \"60s\"", "period = \"30s\"")]);
    let shown = json(&bad, 2);
    assert_eq!(shown[0]["name"], "malformed");
    assert_eq!(shown[0]["place"], "alarms[0].period", "a period below the publishing interval");
    assert_eq!(json("not toml at all", 2)[0]["severity"], "error");
}

#[test]
fn ready_made_scenarios_have_no_errors_but_the_traps_that_they_show() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("scenarios")).expect("the scenarios") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let loaded = Scenario::load(&path).unwrap_or_else(|e| panic!("{}", e.render(false)));
        let found = check(&loaded).expect("traces are there");
        let errors: Vec<u8> =
            found.iter().filter(|f| f.severity == Severity::Error).map(|f| f.number).collect();
        let known =
            TRAPS.iter().find(|(trap, _)| *trap == name).map_or(&[][..], |(_, lints)| lints);
        assert_eq!(errors, known, "{name}: {found:#?}");
        seen += 1;
    }
    assert!(seen >= 7);
}

#[test]
fn every_finding_points_at_a_line() {
    for change in [("threshold = 0.05", "threshold = 1"), ("\"notBreaching\"", "\"missing\"")] {
        let toml = with(&[change]);
        let source = load(&toml).source;
        for finding in findings(&toml) {
            assert!(source.line_of(&finding.place).is_some(), "{finding:?}");
        }
    }
}
