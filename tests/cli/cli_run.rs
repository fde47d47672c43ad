//! `sim run`: what it writes, what it refuses, and how it ends.

use crate::support::{GREEN_5XX, STRATEGIES, root, small};
use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use rollout_sim::report::manifest::Manifest;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const BAD: &str = "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.1 }\n";

/// A folder with a small scenario, `s.toml`: three strategies, two releases, three replications.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = small("", &format!("{BAD}{GREEN_5XX}{STRATEGIES}")).replace("runs = 20", "runs = 3");
    fs::write(folder.path().join("s.toml"), text).expect("a scenario");
    folder
}

fn sim(at: &TempDir, args: &[&str]) -> Assert {
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(at.path()).args(args).env_remove("CLICOLOR_FORCE").assert()
}

/// Every file below `path`, by its place and bytes.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(path).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            let inner = files(&entry.path());
            found.extend(inner.into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
    found
}

fn manifest(path: &Path) -> Manifest {
    let bytes = fs::read(path.join("manifest.json")).expect("a manifest");
    serde_json::from_slice(&bytes).expect("a manifest")
}

/// How many runs `runs.csv` holds.
fn runs(path: &Path) -> usize {
    csv::Reader::from_path(path.join("runs.csv")).expect("runs.csv").records().count()
}

#[test]
fn run_writes_the_files_of_the_readme_and_nothing_else() {
    let folder = folder();
    sim(&folder, &["run", "s.toml"])
        .success()
        .stderr(is_empty())
        .stdout(contains("3 replications each, seed 9").and(contains("output/small")))
        .stdout(contains("\u{1b}").not());
    let readme = fs::read_to_string(root().join("README.md")).expect("the front page");
    let (_, table) = readme.split_once("## What it writes").expect("a section");
    let table = table.split("\n## ").next().expect("a part").split("Exit codes").next();
    let rows = table.expect("a table").lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').nth(1).expect("a cell"));
    let named: BTreeSet<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert_eq!(named.len(), 9, "{named:?}");
    let written = files(&folder.path().join("output/small"));
    for name in written.keys() {
        let is_plot = Path::new(name)
            .extension()
            .is_some_and(|ending| ending == "svg" || (cfg!(feature = "png") && ending == "png"));
        let name = if is_plot { "plots/*.svg" } else { name };
        assert!(named.contains(name), "{name} is not in the README");
    }
    for name in &named {
        let is_there = *name == "plots/*.svg" || written.contains_key(*name);
        assert!(is_there, "{name} was not written");
    }
    for figure in ["outcomes", "time_to_detect", "blast_radius", "cost_blast_radius"] {
        assert!(written.contains_key(&format!("plots/{figure}.svg")), "{figure}");
    }
    let listed: BTreeSet<String> =
        manifest(&folder.path().join("output/small")).files.into_iter().collect();
    let others: BTreeSet<String> =
        written.into_keys().filter(|name| name != "manifest.json").collect();
    assert_eq!(listed, others);
    let beside: Vec<String> = files(folder.path()).into_keys().collect();
    let strange = beside.iter().filter(|name| !name.starts_with("output/small/"));
    assert_eq!(strange.collect::<Vec<_>>(), ["s.toml"]);
}

#[test]
fn options_go_before_the_file_and_quiet_is_silent() {
    let folder = folder();
    let options = ["--runs", "2", "--seed", "77", "--threads", "1", "--strategy", "canary"];
    let line = [&["run", "s.toml", "-q", "--out", "a/b"], options.as_slice()].concat();
    sim(&folder, &line).success().stdout(is_empty()).stderr(is_empty());
    let out = folder.path().join("a/b");
    let of = manifest(&out);
    assert_eq!((of.seed, of.runs_asked, of.runs_done, of.strategies), (77, 2, 2, 1));
    assert!(!of.partial);
    assert_eq!(runs(&out), 2 * 2);
    assert!(!folder.path().join("output").exists());
    let resolved = fs::read_to_string(out.join("scenario.resolved.toml")).expect("a scenario");
    assert!(resolved.contains("seed = 77") && !resolved.contains("\"linear\""), "{resolved}");
}

#[test]
fn the_resolved_scenario_and_any_number_of_threads_give_the_same_bytes() {
    let folder = folder();
    sim(&folder, &["run", "s.toml", "-q", "--out", "one", "--threads", "1"]).success();
    sim(&folder, &["run", "s.toml", "-q", "--out", "three", "--threads", "3"]).success();
    let resolved = "one/scenario.resolved.toml";
    sim(&folder, &["run", resolved, "-q", "--out", "again"]).success();
    let one = files(&folder.path().join("one"));
    assert!(one == files(&folder.path().join("three")));
    assert!(one == files(&folder.path().join("again")));
    sim(&folder, &["run", "s.toml", "-q", "--out", "other", "--seed", "8"]).success();
    assert!(one["runs.csv"] != files(&folder.path().join("other"))["runs.csv"]);
}

#[test]
fn wrong_options_are_bad_input_and_write_nothing() {
    let folder = folder();
    sim(&folder, &["run", "s.toml", "--strategy", "canry"])
        .code(2)
        .stdout(is_empty())
        .stderr(contains("no strategy `canry`").and(contains("canary")));
    sim(&folder, &["run", "s.toml", "--runs", "0"]).code(2).stderr(contains("runs"));
    sim(&folder, &["run", "absent.toml"]).code(2).stderr(contains("absent.toml does not exist"));
    assert_eq!(files(folder.path()).into_keys().collect::<Vec<_>>(), ["s.toml"]);
    assert!(!folder.path().join("output").exists());
}

#[test]
fn a_result_replaces_the_earlier_one_as_a_whole() {
    let folder = folder();
    let out = folder.path().join("o");
    sim(&folder, &["run", "s.toml", "-q", "--out", "o"]).success();
    let text = fs::read_to_string(folder.path().join("s.toml")).expect("the scenario");
    fs::write(folder.path().join("s.toml"), text.replace(BAD, "")).expect("a scenario");
    assert!(out.join("plots/blast_radius.svg").exists());
    fs::write(out.join("notes.txt"), "mine").expect("a file");
    sim(&folder, &["run", "s.toml", "-q", "--out", "o"]).success();
    let now = files(&out);
    assert!(!now.contains_key("plots/blast_radius.svg"), "nothing is faulty any more");
    assert_eq!(now["notes.txt"], b"mine", "what is not ours stays");
    assert_eq!(now.len(), manifest(&out).files.len() + 2);
}

#[test]
fn folders_that_are_not_ours_are_refused_before_the_run() {
    let folder = folder();
    fs::create_dir(folder.path().join("theirs")).expect("a folder");
    fs::write(folder.path().join("theirs/runs.csv"), "precious").expect("a file");
    fs::write(folder.path().join("file"), "precious").expect("a file");
    let before = files(folder.path());
    let refusals = [
        ("theirs", "holds files but no manifest.json of this program"),
        ("file", "is not a folder"),
        ("file/below", "could not create"),
        ("/proc/sim", "could not create"),
        (".", "holds files but no manifest.json of this program"),
    ];
    for (out, why) in refusals {
        sim(&folder, &["run", "s.toml", "--out", out])
            .code(2)
            .stdout(is_empty())
            .stderr(contains(why));
        assert!(files(folder.path()) == before, "{out} was touched");
    }
}

#[test]
fn a_file_that_is_not_ours_is_never_replaced() {
    let folder = folder();
    let text = fs::read_to_string(folder.path().join("s.toml")).expect("the scenario");
    fs::write(folder.path().join("good.toml"), text.replace(BAD, "")).expect("a scenario");
    sim(&folder, &["run", "good.toml", "-q", "--out", "o"]).success();
    fs::write(folder.path().join("o/plots/blast_radius.svg"), "mine").expect("a file");
    let before = files(&folder.path().join("o"));
    sim(&folder, &["run", "s.toml", "-q", "--out", "o"])
        .code(1)
        .stderr(contains("blast_radius.svg was not written by this program"));
    assert!(files(&folder.path().join("o")) == before);
}

/// Runs `sim` by a shell that first does `preparation`.
#[cfg(unix)]
fn by_shell(folder: &TempDir, preparation: &str, args: &str) -> std::process::Output {
    let line = format!("{preparation}; exec '{}' {args}", env!("CARGO_BIN_EXE_sim"));
    std::process::Command::new("sh")
        .args(["-c", &line])
        .current_dir(folder.path())
        .output()
        .expect("a shell")
}

/// A write that fails half way: files may not grow beyond a few blocks.
#[cfg(unix)]
#[test]
fn a_write_that_fails_leaves_the_earlier_result_as_it_was() {
    let folder = folder();
    let out = folder.path().join("o");
    sim(&folder, &["run", "s.toml", "-q", "--out", "o"]).success();
    let before = files(&out);
    let failed = by_shell(&folder, "trap '' XFSZ; ulimit -f 4", "run s.toml -q --seed 4 --out o");
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(said.contains("could not write o/") && said.contains("earlier results are as they"));
    assert!(files(&out) == before, "the earlier result has changed");
    let names: Vec<String> = fs::read_dir(&out)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!names.iter().any(|name| name.starts_with(".sim-")), "left behind: {names:?}");
}

/// A file system of 64 kB, where the system lets one be mounted without privileges.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_to_be_full() {
    let folder = folder();
    fs::create_dir(folder.path().join("disk")).expect("a folder");
    let script = format!(
        "mount -t tmpfs -o size=64k none disk || exit 77; '{}' run s.toml -q --out disk/o; \
         echo code $?; find disk/o",
        env!("CARGO_BIN_EXE_sim")
    );
    let output = std::process::Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script])
        .current_dir(folder.path())
        .output();
    let Ok(output) = output else { return println!("skipped: there is no unshare here") };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if !told.contains("code") {
        return println!("skipped: no file system may be mounted here: {said}");
    }
    assert_eq!(told, "code 1\ndisk/o\n", "nothing is left behind: {said}");
    assert!(said.contains("make room on the disk; earlier results are as they were"), "{said}");
}

#[test]
fn tables_that_nobody_reads_are_no_failure() {
    let folder = folder();
    for args in [
        &["run", "s.toml", "--out", "o"][..],
        &["check", "s.toml"],
        &["schema"],
        &["init", "--list"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_sim"))
            .args(args)
            .current_dir(folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("sim");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("sim ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{args:?}");
    }
    assert_eq!(runs(&folder.path().join("o")), 3 * 2 * 3, "the files are written all the same");
}

#[test]
fn a_precision_is_reached_or_said_to_be_out_of_reach() {
    let folder = folder();
    let wide = ["run", "s.toml", "--out", "w", "--runs", "2000", "--precision", "50 %"];
    sim(&folder, &wide)
        .success()
        .stdout(contains("Precise enough").and(contains("100 replications")));
    let of = manifest(&folder.path().join("w"));
    assert_eq!((of.runs_asked, of.runs_done, of.partial), (100, 100, false));
    let precision = of.precision.expect("a precision");
    assert!(precision.reached <= precision.asked && precision.runs_most == 2_000);
    let narrow = ["run", "s.toml", "--out", "n", "--precision", "0.001"];
    let said = "Not as precise as asked: the interval of";
    sim(&folder, &narrow).success().stdout(contains(said).and(contains("3 are allowed")));
    let of = manifest(&folder.path().join("n"));
    assert_eq!((of.runs_asked, of.runs_done, of.partial), (3, 3, false));
    assert!(of.precision.is_some_and(|precision| precision.reached > precision.asked));
    for wrong in ["0", "1", "2", "100%", "-1%", "narrow"] {
        let line = ["run", "s.toml", &format!("--precision={wrong}")];
        sim(&folder, &line).code(2).stderr(contains("give a share above 0 and below 1"));
    }
    sim(&folder, &["check", "s.toml", "--set", "experiment.precision=2%"])
        .success()
        .stdout(contains("at most 3 replications"));
}
