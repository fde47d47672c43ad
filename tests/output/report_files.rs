//! What is in the files, and which files are touched.

use crate::support::{results, small};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::summary::Summary;
use rollout_sim::report::write::{OutputFolder, WriteError};
use rollout_sim::report::{OutputFile, render};
use rollout_sim::time::SimTime;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn files(results: &Results) -> Vec<OutputFile> {
    let (summary, comparison) = (Summary::of(results), Comparison::of(results));
    render(results, &summary, &comparison, vec![file("scenario.toml", "name = 1")]).expect("files")
}

fn file(name: &str, text: &str) -> OutputFile {
    OutputFile { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

/// The rows of a table by the names of its columns.
fn table(files: &[OutputFile], name: &str) -> Vec<BTreeMap<String, String>> {
    let file = files.iter().find(|file| file.name == name).expect("a file of this name");
    let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
    reader.deserialize().map(|row| row.expect("as many cells as columns")).collect()
}

#[test]
fn runs_hold_every_outcome() {
    let results = crate::synthetic::results(4, 3, 50);
    let rows = table(&files(&results), "runs.csv");
    assert_eq!(rows.len(), results.outcomes.len());
    for (row, run) in rows.iter().zip(&results.outcomes) {
        let number = |column: &str| row[column].parse::<f64>().ok();
        assert_eq!(row["strategy"], results.scenario.strategies[run.strategy].name);
        assert_eq!(row["replication"], run.replication.to_string());
        assert_eq!(number("alarm_at_s"), run.alarm_at.map(SimTime::as_secs_f64));
        assert_eq!(row["alarm"].is_empty(), run.alarm.is_none());
        assert_eq!(row["attributable_to_horizon"], run.to_horizon.counts.attributable.to_string());
        assert_eq!(row["excess_to_bake_end"], run.to_bake_end.counts.excess().to_string());
        let own = run.to_horizon.own.expect("nobody tries again");
        assert_eq!(row["excess_own_to_horizon"], own.excess.to_string());
        assert_eq!(
            row["excess_displaced_to_horizon"],
            (run.to_horizon.counts.excess() - own.excess).to_string()
        );
        assert_eq!(
            row["harmed_excess_to_horizon"],
            run.to_horizon.counts.harmed_excess().to_string()
        );
        let given_up_at = run.given_up.map(|given_up| given_up.at);
        assert_eq!(number("given_up_at_s"), given_up_at.map(SimTime::as_secs_f64));
        assert_eq!(
            number("healthy_given_up_at_s"),
            run.healthy_given_up_at.map(SimTime::as_secs_f64)
        );
        assert_eq!(number("extra_cost_usd"), run.extra_cost);
        assert_eq!(number("users_failed_to_horizon"), None);
        assert_eq!(number("all_wait_q99_s"), run.all_times.wait_quantiles_s.map(|q| q[2]));
        if row["verdict"] == "caught" {
            let exposed = run.first_faulty_exposure_at.expect("a caught run was exposed");
            let alarm = run.alarm_at.expect("a caught run had an alarm");
            assert_eq!(number("time_to_detect_s"), Some(alarm.since(exposed).as_secs_f64()));
        } else {
            assert_eq!(row["time_to_detect_s"], "");
        }
    }
}

#[test]
fn variants_hold_every_variant_of_every_run() {
    let test = "[kpi]\nconversion = \"20%\"\nrevenue = { mean_value = 20.0 }\n\
                [[variants]]\nname = \"c\"\nkpi = { conversion_factor = 1.5 }\n\
                [[strategies]]\nname = \"a/b\"\nab_test = { lasts = \"20m\" }\n";
    let results = results(&small("", test).replace("runs = 20", "runs = 3"));
    let rows = table(&files(&results), "variants.csv");
    let of_runs = results.outcomes.iter();
    let all: Vec<_> =
        of_runs.flat_map(|run| run.variants.iter().map(move |one| (run, one))).collect();
    assert_eq!((rows.len(), all.len()), (9, 9));
    for (row, (run, variant)) in rows.iter().zip(all) {
        let number = |column: &str| row[column].parse::<f64>().ok();
        assert_eq!(row["replication"], run.replication.to_string());
        let counts = ["requests", "failed", "conversions"].map(|column| row[column].clone());
        let expected = [variant.requests, variant.failed, variant.conversions];
        assert_eq!(counts, expected.map(|count| count.to_string()));
        assert_eq!(
            [number("share"), number("revenue")],
            [variant.share, variant.revenue].map(Some)
        );
        let [effect, low, high] = ["effect", "effect_low", "effect_high"].map(number);
        assert_eq!((effect, low.zip(high)), (variant.effect, variant.interval));
        assert_eq!(number("p_value").zip(number("p_adjusted")), variant.p_values);
        assert_eq!(effect.is_none(), row["variant"] == "blue");
        assert!(low <= effect && effect <= high, "{row:?}");
        assert!(number("p_value") <= number("p_adjusted"), "{row:?}");
        assert_eq!(number("response_mean_s"), variant.response_mean_s);
        assert_eq!(number("instance_hours"), variant.instance_hours);
    }
}

/// Half of the runs never detect a fault: above the median there is no upper end, and the lower end is an
/// interval all the same.
#[test]
fn an_interval_that_is_open_at_one_end_says_how_it_was_made() {
    let rows = table(&files(&crate::synthetic::results(4, 3, 50)), "summary.csv");
    let is_bounded =
        |row: &BTreeMap<String, String>| [&row["low"], &row["high"]].map(|end| !end.is_empty());
    assert!(rows.iter().any(|row| is_bounded(row) == [true, false]));
    for row in &rows {
        let [low, high] = is_bounded(row);
        assert_eq!(!row["interval"].is_empty(), low || high, "{row:?}");
    }
}

#[test]
fn names_with_commas_and_quotes_come_back() {
    let rows = table(&files(&crate::synthetic::results(12, 2, 3)), "summary.csv");
    assert!(rows.iter().any(|row| row["strategy"] == "two <steps> & \"quotes\""));
    assert!(rows.iter().any(|row| row["strategy"].starts_with("canary 1 instance, then")));
}

#[test]
fn equal_results_are_equal_bytes_and_other_results_are_not() {
    let of = |runs| files(&crate::synthetic::results(3, 3, runs));
    assert_eq!(of(20), of(20));
    assert_ne!(of(20), of(21));
}

#[test]
fn the_manifest_lists_every_other_file() {
    let mut results = crate::synthetic::results(2, 2, 10);
    results.runs_asked = 15;
    let files = files(&results);
    let manifest = files.last().expect("files");
    assert_eq!(manifest.name, "manifest.json");
    let json: serde_json::Value = serde_json::from_slice(&manifest.bytes).expect("JSON");
    assert_eq!(json["partial"], true);
    assert_eq!(json["format"], 2);
    assert_eq!((&json["runs_asked"], &json["runs_done"]), (&15.into(), &10.into()));
    let listed: Vec<&str> = json["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|name| name.as_str().expect("a name"))
        .collect();
    let written: Vec<&str> =
        files[..files.len() - 1].iter().map(|file| file.name.as_str()).collect();
    assert_eq!(listed, written);
    assert!(listed.contains(&"scenario.toml"));
}

#[test]
fn time_lines_and_events_are_there() {
    let results = crate::synthetic::results(2, 2, 5);
    let files = files(&results);
    let rows = table(&files, "timeline.csv");
    let intervals: usize = results.records.iter().map(|record| record.intervals.len()).sum();
    assert_eq!(rows.len(), intervals);
    assert!(rows.iter().any(|row| row["alarm 5xx-rate"] == "ALARM"));
    let shown_as = |name: &str| -> BTreeSet<String> {
        table(&files, name).into_iter().map(|row| row["shown_as"].clone()).collect()
    };
    assert_eq!(shown_as("timeline.csv"), BTreeSet::from(["typical".to_owned()]));
    let events = table(&files, "events.csv");
    assert!(events.iter().any(|row| row["reason"] == "5xx-rate: 2 of 3, \"ALARM\""));
}

/// Where a caught run is not typical, one is recorded beside it, and each row says which it is of.
#[test]
fn a_caught_run_is_told_from_the_typical_one() {
    let results = crate::synthetic::results(4, 3, 301);
    let files = files(&results);
    let shown = results.shown.iter().find(|shown| shown.caught.is_some()).expect("one that misses");
    let strategy = &results.scenario.strategies[shown.strategy].name;
    let regression = &results.scenario.regressions[shown.regression].name;
    for name in ["timeline.csv", "events.csv"] {
        let rows = table(&files, name);
        let of_it = rows
            .iter()
            .filter(|row| row["strategy"] == *strategy && row["regression"] == *regression);
        let each: BTreeSet<(String, String)> =
            of_it.map(|row| (row["shown_as"].clone(), row["replication"].clone())).collect();
        let caught = shown.caught.expect("a caught one");
        let both = [("typical", shown.typical), ("caught", caught)];
        let both =
            both.map(|(shown_as, replication)| (shown_as.to_owned(), replication.to_string()));
        assert_eq!(each, both.into(), "{name}");
    }
}

/// A manifest of ours that lists these files.
fn manifest(names: &[&str]) -> OutputFile {
    let rendered = files(&crate::synthetic::results(1, 2, 2)).pop().expect("a manifest");
    let mut json: serde_json::Value = serde_json::from_slice(&rendered.bytes).expect("JSON");
    json["files"] = names.into();
    file("manifest.json", &json.to_string())
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn write(folder: &Path, files: &[OutputFile]) -> Result<(), WriteError> {
    OutputFolder::prepare(folder)?.write(files)
}

#[test]
fn a_result_replaces_the_earlier_one_as_a_whole() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("a/b");
    let first =
        [file("old.csv", "1"), file("plots/x.svg", "2"), manifest(&["old.csv", "plots/x.svg"])];
    write(&folder, &first).expect("written");
    fs::write(folder.join("notes.txt"), "mine").expect("written");
    let second = [file("new.csv", "3"), manifest(&["new.csv"])];
    write(&folder, &second).expect("written");
    assert_eq!(entries(&folder), ["manifest.json", "new.csv", "notes.txt"]);
    assert_eq!(fs::read_to_string(folder.join("new.csv")).expect("a file"), "3");
}

#[test]
fn somebody_elses_folder_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("thesis.tex"), "mine").expect("written");
    assert!(matches!(OutputFolder::prepare(home.path()), Err(WriteError::Foreign(_))));
    fs::write(home.path().join("manifest.json"), r#"{"name": "web app"}"#).expect("written");
    assert!(matches!(OutputFolder::prepare(home.path()), Err(WriteError::Foreign(_))));
    assert_eq!(entries(home.path()), ["manifest.json", "thesis.tex"]);
}

#[test]
fn a_file_in_the_way_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let place = home.path().join("out");
    fs::write(&place, "mine").expect("written");
    assert!(matches!(OutputFolder::prepare(&place), Err(WriteError::NotAFolder(_))));
    let below = OutputFolder::prepare(&place.join("deeper")).expect_err("a file is no folder");
    assert!(below.to_string().contains("deeper"), "{below}");
}

#[test]
fn a_file_of_the_users_is_never_replaced() {
    let home = tempfile::tempdir().expect("a folder");
    write(home.path(), &[file("a.csv", "1"), manifest(&["a.csv"])]).expect("written");
    fs::write(home.path().join("b.csv"), "mine").expect("written");
    let both = [file("a.csv", "2"), file("b.csv", "2"), manifest(&["a.csv", "b.csv"])];
    assert!(matches!(write(home.path(), &both), Err(WriteError::ForeignFile(_))));
    for (name, text) in [("a.csv", "1"), ("b.csv", "mine")] {
        assert_eq!(fs::read_to_string(home.path().join(name)).expect("a file"), text);
    }
}

#[test]
fn after_a_failure_the_earlier_result_is_as_it_was() {
    let home = tempfile::tempdir().expect("a folder");
    write(home.path(), &[file("a.csv", "1"), manifest(&["a.csv"])]).expect("written");
    let impossible = file(&"x".repeat(300), "2");
    let error = write(home.path(), &[file("a.csv", "2"), impossible, manifest(&["a.csv"])])
        .expect_err("no file system has such names");
    assert!(error.to_string().contains("earlier results are as they were"), "{error}");
    assert_eq!(entries(home.path()), ["a.csv", "manifest.json"]);
    assert_eq!(fs::read_to_string(home.path().join("a.csv")).expect("a file"), "1");
}

/// The failure comes while files are being moved: `plots` is a file of the user's where a folder
/// shall be.
#[test]
fn a_failure_half_way_is_undone() {
    let home = tempfile::tempdir().expect("a folder");
    let first = [file("a.csv", "1"), file("b.csv", "1"), manifest(&["a.csv", "b.csv"])];
    write(home.path(), &first).expect("written");
    fs::write(home.path().join("plots"), "mine").expect("written");
    let names = ["a.csv", "plots/x.svg"];
    let second = [file("a.csv", "2"), file("plots/x.svg", "2"), manifest(&names)];
    let error = write(home.path(), &second).expect_err("a file is no folder");
    assert!(matches!(error, WriteError::Io { .. }), "{error}");
    assert_eq!(entries(home.path()), ["a.csv", "b.csv", "manifest.json", "plots"]);
    for old in first {
        let now = fs::read(home.path().join(&old.name)).expect("a file");
        assert_eq!(now, old.bytes, "{} is not as it was", old.name);
    }
}

#[test]
fn a_folder_of_the_users_with_one_of_our_names_stays() {
    let home = tempfile::tempdir().expect("a folder");
    let result = [file("a.csv", "1"), manifest(&["a.csv"])];
    write(home.path(), &result).expect("written");
    fs::remove_file(home.path().join("a.csv")).expect("removed");
    fs::create_dir(home.path().join("a.csv")).expect("made");
    assert!(matches!(write(home.path(), &result), Err(WriteError::ForeignFile(_))));
    write(home.path(), &[manifest(&[])]).expect("written");
    assert_eq!(entries(home.path()), ["a.csv", "manifest.json"]);
}

#[test]
fn a_manifest_cannot_lead_out_of_its_folder() {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("victim"), "mine").expect("written");
    let folder = home.path().join("out");
    write(&folder, &[manifest(&["../victim", ""])]).expect("written");
    write(&folder, &[manifest(&[])]).expect("written");
    assert_eq!(entries(home.path()), ["out", "victim"]);
}
