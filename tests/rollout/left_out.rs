//! `--regression` and `--strategy` leave out and change no figure of what stays.

use crate::support::{GREEN_5XX, STRATEGIES, small};
use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use std::collections::BTreeSet;
use std::fs;
use tempfile::TempDir;

const REGRESSIONS: &str = r#"
[[regressions]]
name = "slow tail"
tail = { share = "5%", factor = 5 }
prior = 0.1
[[regressions]]
name = "errors"
errors = { errors_5xx = 0.05 }
prior = 0.2
[[regressions]]
name = "crawls"
latency = { factor = 12 }
prior = 0.3
[[regressions]]
name = "bad requests"
errors = { errors_4xx = 0.1 }
prior = 0.1
"#;

fn sim(at: &TempDir, args: &[&str]) -> Assert {
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(at.path()).args(args).env_remove("CLICOLOR_FORCE").assert()
}

/// A folder with a small scenario, `s.toml`, simulated in this way.
fn folder(fidelity: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = small("", &format!("{REGRESSIONS}{GREEN_5XX}{STRATEGIES}"))
        .replace("runs = 20", &format!("runs = 4\nfidelity = \"{fidelity}\""));
    fs::write(folder.path().join("s.toml"), text).expect("a scenario");
    folder
}

/// The lines of a table, without those of other regressions and strategies.
fn lines(folder: &TempDir, file: &str, left_out: &[&str]) -> Vec<String> {
    let text = fs::read_to_string(folder.path().join(file)).expect("a table");
    let stays = |line: &&str| !left_out.iter().any(|name| line.contains(name));
    text.lines().filter(stays).map(str::to_owned).collect()
}

/// What stays has the same bytes as beside the others, also from the resolved file. With the slowest release
/// requests wait, so that `auto` simulates them all, and without it would not.
#[test]
fn what_stays_has_the_same_bytes() {
    for fidelity in ["requests", "aggregate", "auto"] {
        let folder = folder(fidelity);
        sim(&folder, &["run", "s.toml", "-q", "--out", "all"]).success();
        let filter = ["--regression", "errors", "--strategy", "canary", "--strategy", "all"];
        sim(&folder, &[&["run", "s.toml", "-q", "--out", "some"], &filter[..]].concat()).success();
        let resolved = "some/scenario.resolved.toml";
        sim(&folder, &["run", resolved, "-q", "--out", "again"]).success();
        let left_out = [",slow tail,", ",crawls,", ",bad requests,", "linear,"];
        for table in ["runs.csv", "summary.csv", "timeline.csv", "events.csv"] {
            let of = |out: &str| lines(&folder, &format!("{out}/{table}"), &left_out);
            let some = of("some");
            assert!(some.len() > 4 * 4 && some.iter().any(|line| line.contains(",errors,")));
            assert!(of("all") == some, "{fidelity}: {table} differs");
            let whole = |out: &str| lines(&folder, &format!("{out}/{table}"), &[]);
            assert_eq!(whole("some").len(), some.len(), "nothing else is there");
            assert!(whole("again") == some, "{fidelity}: the resolved {table} differs");
        }
    }
}

/// Why `auto` came to this is told of a part as of the whole, with where it comes from.
#[test]
fn a_part_says_why_requests_are_simulated() {
    let folder = folder("auto");
    let reason = |out: &str, filter: &[&str]| {
        let args = [&["run", "s.toml", "--out", out], filter].concat();
        sim(&folder, &args).success().stdout(contains("every request is simulated:"));
        let manifest = fs::read(folder.path().join(out).join("manifest.json")).expect("a manifest");
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        manifest["fidelity"]["reason"].as_str().expect("a reason").to_owned()
    };
    let whole = reason("whole", &[]);
    let part = reason("part", &["--regression", "errors"]);
    assert!(
        part.starts_with(&whole) && part.ends_with("so that what stays keeps its figures"),
        "{part}"
    );
}

#[test]
fn the_healthy_release_always_stays() {
    let folder = folder("requests");
    sim(&folder, &["run", "s.toml", "-q", "--regression", "healthy", "--out", "o"]).success();
    let rows = lines(&folder, "o/runs.csv", &[]);
    let regressions: BTreeSet<&str> =
        rows.iter().skip(1).filter_map(|row| row.split(',').nth(1)).collect();
    assert_eq!(regressions, BTreeSet::from(["healthy"]));
    let two = ["--regression", "crawls", "--regression", "slow tail", "--out", "two"];
    sim(&folder, &[&["run", "s.toml", "-q"], &two[..]].concat()).success();
    let rows = lines(&folder, "two/runs.csv", &[]);
    let regressions: BTreeSet<&str> =
        rows.iter().skip(1).filter_map(|row| row.split(',').nth(1)).collect();
    assert_eq!(regressions, BTreeSet::from(["healthy", "crawls", "slow tail"]));
}

#[test]
fn every_command_that_reads_a_scenario_takes_it() {
    let folder = folder("requests");
    sim(&folder, &["check", "s.toml", "--regression", "errors"])
        .stdout(contains("3 strategies × 2 regressions (healthy among them)"));
    let set = ["--set", "endpoint.switch=30s,60s", "--regression", "errors", "--out", "swept"];
    sim(&folder, &[&["sweep", "s.toml", "--runs", "1"], &set[..]].concat())
        .success()
        .stdout(contains("errors").and(contains("crawls").not()));
    for command in ["run", "check", "tune", "sweep"] {
        let mut line = vec![command, "s.toml", "--regression", "eror"];
        line.extend(if command == "sweep" { vec!["--undocumented"] } else { vec![] });
        sim(&folder, &line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains("no regression `eror`").and(contains("did you mean `errors`?")));
    }
}

/// A finding of a release that stays points at its place in the file, also behind one that is left out.
#[test]
fn findings_point_at_the_right_regression() {
    let folder = folder("requests");
    let json = |args: &[&str]| -> Vec<(String, String)> {
        // Far from what chance does, and nobody waits, so that the lint can tell.
        let set = ["--set", "alarms.5xx.threshold=0.1", "--set", "rate_per_s=10"];
        let line = [&["check", "s.toml", "--format", "json"], &set[..], args].concat();
        let found = sim(&folder, &line).get_output().stdout.clone();
        let found: serde_json::Value = serde_json::from_slice(&found).expect("JSON");
        let text = |finding: &serde_json::Value, key: &str| finding[key].to_string();
        let all = found.as_array().expect("a list").iter();
        let blind = all.filter(|finding| finding["name"] == "unseen-regression");
        blind.map(|finding| (text(finding, "place"), text(finding, "line"))).collect()
    };
    let alone = json(&["--regression", "bad requests"]);
    assert!(!alone.is_empty(), "an alarm of server errors does not see it");
    assert!(alone.iter().all(|found| json(&[]).contains(found)), "{alone:?}");
}
