//! `sim sweep`: what it writes, what it refuses, and that it goes on where it stopped.

use crate::support::{GREEN_5XX, STRATEGIES, small};
use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use rollout_sim::report::manifest::Manifest;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const BAD: &str = "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.1 }\n";

/// A folder with a small scenario, `s.toml`: three strategies, two releases, little traffic.
fn folder(runs: u64) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = small("", &format!("{BAD}{GREEN_5XX}{STRATEGIES}"))
        .replace("runs = 20", &format!("runs = {runs}"))
        .replace("rate_per_s = 20.0", "rate_per_s = 2.0");
    fs::write(folder.path().join("s.toml"), text).expect("a scenario");
    folder
}

fn sim(at: &TempDir, args: &[&str]) -> Assert {
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(at.path()).args(args).env_remove("CLICOLOR_FORCE").assert()
}

/// Every file below `path`, by its place and bytes; what a killed write left is not one.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(path).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(".sim-") {
            continue;
        }
        if entry.path().is_dir() {
            let inner = files(&entry.path());
            found.extend(inner.into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
    found
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

fn manifest(path: &Path) -> Manifest {
    let bytes = fs::read(path.join("manifest.json")).expect("a manifest");
    serde_json::from_slice(&bytes).expect("a manifest")
}

#[test]
fn a_sweep_writes_a_row_for_each_cell_and_figure_and_lines_over_one_key() {
    let folder = folder(3);
    sim(&folder, &["sweep", "s.toml", "--set", "rate_per_s=1..4 log 3", "--threads", "2"])
        .success()
        .stdout(contains("3 cells: traffic.arrivals.poisson.rate_per_s = 1 … 4 (3 values)"))
        .stdout(contains("By net harm, least first, in "))
        .stdout(contains("\u{1b}").not());
    let out = folder.path().join("output/small-sweep");
    let rows = rows(&out.join("sweep.csv"));
    let key = "traffic.arrivals.poisson.rate_per_s";
    for value in ["1", "2", "4"] {
        let cell: Vec<_> = rows.iter().filter(|row| row[key] == value).collect();
        assert_eq!(cell.len() * 3, rows.len(), "each cell has the same rows");
        let requests = |row: &&&BTreeMap<String, String>| {
            row["metric"] == "requests_to_horizon" && row["statistic"] == "mean"
        };
        for row in cell.iter().filter(requests) {
            // Poisson: 40 minutes at this rate, three times; α = 1e-6 (4.9 σ of the mean).
            let mean = value.parse::<f64>().expect("a rate") * 2400.0;
            let estimate: f64 = row["estimate"].parse().expect("a number");
            assert!((estimate - mean).abs() < 4.9 * (mean / 3.0).sqrt(), "{estimate} for {mean}");
        }
    }
    let manifest = manifest(&out);
    assert_eq!(manifest.sweep.expect("a sweep").cells, 3);
    assert_eq!((manifest.simulated_runs, manifest.partial), (3 * 18, false));
    let plots = manifest.files.iter().filter(|name| name.starts_with("plots/"));
    assert!(plots.count() >= 4, "{:?}", manifest.files);
    for name in &manifest.files {
        assert!(out.join(name).is_file(), "{name}");
    }
}

#[test]
fn a_sweep_of_one_cell_has_the_figures_of_a_run() {
    let folder = folder(4);
    let set = ["--set", "endpoint.switch=45s", "-q", "--out"];
    sim(&folder, &[&["run", "s.toml"], &set[..], &["run"]].concat()).success().stderr(is_empty());
    sim(&folder, &[&["sweep", "s.toml"], &set[..], &["sweep"]].concat()).success();
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a table");
    let mut expected = String::new();
    for (index, row) in text("run/summary.csv").lines().enumerate() {
        expected.push_str(if index == 0 { "endpoint.switch," } else { "45s," });
        expected.push_str(row);
        expected.push('\n');
    }
    assert_eq!(text("sweep/sweep.csv"), expected);
}

/// Instances that cost twice as much are billed twice as much, and change nothing else: the cells see the
/// same traffic and the same luck.
#[test]
fn cells_share_their_random_numbers() {
    let folder = folder(4);
    let set = "endpoint.price_per_hour=1,2";
    sim(&folder, &["sweep", "s.toml", "-q", "--set", set]).success();
    let rows = rows(&folder.path().join("output/small-sweep/sweep.csv"));
    let (one, two) = rows.split_at(rows.len() / 2);
    let mut doubled = 0;
    for (one, two) in one.iter().zip(two) {
        for column in ["estimate", "low", "high"] {
            let number = |row: &BTreeMap<String, String>| row[column].parse::<f64>().ok();
            let (Some(one_value), Some(two_value)) = (number(one), number(two)) else {
                assert_eq!(one[column], two[column]);
                continue;
            };
            let factor = if one["unit"] == "USD" { 2.0 } else { 1.0 };
            doubled += usize::from(factor > 1.0);
            let scale = one_value.abs().max(1e-9);
            assert!((two_value - factor * one_value).abs() <= 1e-9 * scale, "{one:?} {two:?}");
        }
    }
    assert!(doubled > 50, "{doubled}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = folder(5);
    let all: Vec<_> = ["1", "2"]
        .iter()
        .map(|threads| {
            let set = ["--set", "endpoint.switch=30s,2m", "--set", "5xx.threshold=0.02,0.05"];
            let more = ["-q", "--threads", threads, "--out", threads];
            sim(&folder, &[&["sweep", "s.toml"], &set[..], &more[..]].concat()).success();
            files(&folder.path().join(threads))
        })
        .collect();
    assert!(all[0].keys().any(|name| name.starts_with("cells/")));
    assert_eq!(all[0].keys().collect::<Vec<_>>(), all[1].keys().collect::<Vec<_>>());
    assert!(all[0] == all[1], "the bytes differ");
}

#[test]
fn what_is_finished_is_not_run_again() {
    let folder = folder(3);
    let out = folder.path().join("output/small-sweep");
    sim(&folder, &["sweep", "s.toml", "-q", "--set", "endpoint.switch=30s,60s"]).success();
    let before = files(&out.join("cells"));
    // The same scenario in other words, another cell, and a cell that was cut short.
    let first = before.keys().next().expect("a cell");
    let cut = out.join("cells").join(first);
    fs::write(&cut, &before[first][..100]).expect("a file");
    sim(&folder, &["sweep", "s.toml", "--set", "endpoint.switch=30s,1m,2m"])
        .success()
        .stderr(contains("1 of 3 cells are finished from before"));
    let after = files(&out.join("cells"));
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|(name, bytes)| after[name] == *bytes), "the cut one is whole again");
    let other = ["sweep", "s.toml", "--runs", "2", "--set", "endpoint.switch=30s"];
    sim(&folder, &other).success().stderr(contains("finished").not());
}

/// What a cell's results depend on is in its key: the seed and the bytes of a trace as well.
#[test]
fn a_cell_of_another_seed_or_another_trace_is_not_finished() {
    let folder = folder(2);
    let trace = |first: u32| {
        let rows = format!("time,count\n0,{first}\n3600,60\n");
        fs::write(folder.path().join("t.csv"), rows).expect("a trace");
    };
    trace(60);
    let text = fs::read_to_string(folder.path().join("s.toml")).expect("the scenario");
    let replayed = text.replace(
        "poisson = { rate_per_s = 2.0 }",
        "trace = { path = \"t.csv\", time_column = \"time\", time_unit = \"seconds\", repeat = true, \
         rows = { counts = { column = \"count\", interval = \"1h\" } } }",
    );
    assert_ne!(text, replayed);
    fs::write(folder.path().join("s.toml"), replayed).expect("a scenario");
    let run = |more: &[&str]| {
        let args = ["sweep", "s.toml", "--set", "endpoint.switch=30s"];
        let ended = sim(&folder, &[&args, more].concat()).success();
        String::from_utf8(ended.get_output().stderr.clone()).expect("text")
    };
    let is_finished = |said: &str| said.contains("finished from before");
    assert!(!is_finished(&run(&[])));
    assert!(is_finished(&run(&[])), "the same again");
    assert!(!is_finished(&run(&["--seed", "77"])), "another seed");
    run(&[]);
    trace(61);
    assert!(!is_finished(&run(&[])), "another trace");
}

#[test]
fn three_keys_have_a_table_and_no_figures() {
    let folder = folder(1);
    let sets = ["endpoint.switch=30s,1m", "5xx.threshold=0.02", "endpoint.provision=1m"];
    let set: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    sim(&folder, &[&["sweep", "s.toml"], &set[..]].concat())
        .success()
        .stderr(contains("no figures: they show one key or two"));
    let files = manifest(&folder.path().join("output/small-sweep")).files;
    assert_eq!(files, ["sweep.csv", "scenario.resolved.toml"]);
}

/// Every mistake is bad input, named and answered before anything is written.
#[test]
fn bad_input_is_told_before_anything_runs() {
    let folder = folder(1);
    for (sets, words) in [
        (
            &["endpoint.swich=1m"][..],
            &["no key `endpoint.swich`", "did you mean `endpoint.switch`?"][..],
        ),
        (&["errors_5xx=0.1,0.2"], &["may be any of", "`blue.errors_5xx`", "regressions.bad"]),
        (&["endpoint.switch="], &["empty value"]),
        (&["endpoint.switch=30s,,1m"], &["empty value"]),
        (&["endpoint.switch"], &["has no `=`"]),
        (&["rate_per_s=1..10"], &["`linear` or `log`"]),
        (&["rate_per_s=1,2,1"], &["given twice"]),
        (&["endpoint.switch=30s", "switch=1m"], &["`endpoint.switch` is swept twice"]),
        (
            &["traffic.arrivals={ poisson = { rate_per_s = 1 } }", "rate_per_s=1,2"],
            &["within each other"],
        ),
        (
            &["rate_per_s=1..100 linear 100", "endpoint.instances=1..11 linear 11"],
            &["100 × 11 = 1100 cells"],
        ),
        // The alarm needs two datapoints; both other keys are at fault in their own cells.
        (
            &["5xx.evaluation_periods=1,3", "endpoint.switch=1,30s"],
            &["2 datapoints to alarm", "a time needs a unit", "3 of 4 cells cannot be simulated"],
        ),
        (&["experiment.runs=1,2"], &["swept and --runs given"]),
        (&["strategies.nobody.canary.size=10%"], &["no key"]),
        (&["a..b=1"], &["empty part"]),
        (&["endpoint.wrong=1", "endpoint.worse=2"], &["`endpoint.wrong`", "`endpoint.worse`"]),
    ] {
        let mut args = vec!["sweep", "s.toml", "--runs", "1"];
        args.extend(sets.iter().flat_map(|set| ["--set", set]));
        let mut assert = sim(&folder, &args).code(2).stdout(is_empty());
        for word in words {
            assert = assert.stderr(contains(*word));
        }
    }
    sim(&folder, &["sweep", "s.toml"]).code(2).stderr(contains("--set"));
    sim(&folder, &["sweep", "s.toml", "--undocumented", "--set", "a=1"]).code(2);
    sim(&folder, &["sweep", "absent.toml", "--undocumented"]).code(2);
    assert!(!folder.path().join("output").exists(), "nothing was written");
}

#[test]
fn what_nobody_documents_is_changed_one_at_a_time() {
    let folder = folder(2);
    sim(&folder, &["sweep", "s.toml", "--undocumented"])
        .success()
        .stdout(contains("changed one at a time"))
        .stdout(contains("What two of them do together was not tried"))
        .stdout(contains("conclusions hold throughout"))
        .stdout(contains("Without any effect on any figure"));
    let out = folder.path().join("output/small-undocumented");
    let undocumented = rows(&out.join("undocumented.csv"));
    let values = |setting: &str| {
        let of = undocumented.iter().filter(|row| row["setting"] == setting);
        let mut values: Vec<&str> = of.map(|row| row["value"].as_str()).collect();
        values.dedup();
        values
    };
    assert_eq!(values(""), [""], "the scenario as it is comes first");
    assert_eq!(values("controller.poll_interval"), ["10s", "30s", "1m"], "0s is the scenario's");
    assert_eq!(values("endpoint.percent_to_instances"), ["ceil", "floor"]);
    assert_eq!(values("alarms.*.premature_alarm"), [""; 0], "no alarm treats missing as missing");
    // The page on sweeps describes every column and value of conclusions.csv.
    let page = fs::read_to_string(crate::support::root().join("docs/sweep.md")).expect("a page");
    let mut table = csv::Reader::from_path(out.join("conclusions.csv")).expect("a table");
    for word in table.headers().expect("a header").iter().chain(["holds", "unclear", "reversed"]) {
        assert!(page.contains(&format!("`{word}`")), "docs/sweep.md does not describe {word}");
    }
    let cells = manifest(&out).sweep.expect("a sweep").cells;
    let conclusions = rows(&out.join("conclusions.csv"));
    assert_eq!(conclusions.len() % cells, 0, "each conclusion in each cell");
    for row in conclusions.iter().filter(|row| row["setting"].is_empty()) {
        assert_eq!(row["standing"], "holds", "it was concluded from there");
    }
}
