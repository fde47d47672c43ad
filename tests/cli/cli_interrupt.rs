//! Ctrl-C during `sim run` and `sim tune`: exit code 130, and either a whole folder that says it is partial
//! or nothing.

#![cfg(target_os = "linux")]

use crate::support::{GREEN_5XX, STRATEGIES, small};
use rollout_sim::report::manifest::{Manifest, TuneManifest};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

/// A folder with a scenario that takes far longer than anybody waits.
fn folder(runs: u64, rate_per_s: u64) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = small("", &format!("{GREEN_5XX}{STRATEGIES}"))
        .replace("runs = 20", &format!("runs = {runs}"))
        .replace("rate_per_s = 20.0", &format!("rate_per_s = {rate_per_s}"));
    fs::write(folder.path().join("s.toml"), text).expect("a scenario");
    folder
}

/// Starts `sim run`.
fn start(folder: &TempDir) -> Child {
    start_command(folder, "run")
}

/// Starts a command and waits until it handles SIGINT, whose bit in the mask of handled signals is 2.
fn start_command(folder: &TempDir, command: &str) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args([command, "s.toml", "-q", "--out", "o", "--threads", "2"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sim");
    let status = format!("/proc/{}/status", child.id());
    for _ in 0..6000 {
        assert!(child.try_wait().expect("its state").is_none(), "it ended by itself");
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mask = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        if mask & 2 != 0 {
            return child;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("it never handles SIGINT");
}

fn interrupt(child: Child) -> Output {
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("the command kill").success());
    child.wait_with_output().expect("sim ends")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn interrupted_before_anything_is_done_it_writes_nothing() {
    // About 2·10⁸ requests a replication and arm: minutes.
    let folder = folder(1_000_000, 90_000);
    let output = interrupt(start(&folder));
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(said(&output).contains("interrupted before a replication was finished"));
    assert!(output.stdout.is_empty());
    assert_eq!(names(&folder.path().join("o")), Vec::<String>::new(), "nothing is left behind");
}

#[test]
fn interrupted_half_way_it_writes_a_whole_folder_marked_partial() {
    let folder = folder(10_000_000, 1);
    // A slow machine is given more time, so that something is finished.
    for wait_s in [1, 4, 16, 64] {
        let child = start(&folder);
        sleep(Duration::from_secs(wait_s));
        let output = interrupt(child);
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        let out = folder.path().join("o");
        if names(&out).is_empty() {
            continue;
        }
        assert!(said(&output).contains("marked partial"), "{}", said(&output));
        let bytes = fs::read(out.join("manifest.json")).expect("a manifest");
        let manifest: Manifest = serde_json::from_slice(&bytes).expect("a manifest");
        assert!(manifest.partial && manifest.runs_asked == 10_000_000);
        assert!(manifest.runs_done > 0 && manifest.runs_done < manifest.runs_asked);
        for file in &manifest.files {
            assert!(out.join(file).is_file(), "{file} is missing");
        }
        let mut runs = csv::Reader::from_path(out.join("runs.csv")).expect("runs.csv");
        let rows = u64::try_from(runs.records().count()).expect("a count");
        assert_eq!(rows, manifest.runs_done * 3, "three arms, each with the same replications");
        return;
    }
    panic!("no replication was finished in a minute");
}

#[test]
fn a_tuning_interrupted_half_way_says_what_the_finished_runs_tell() {
    let folder = folder(50_000, 1);
    let path = folder.path().join("s.toml");
    let text = fs::read_to_string(&path).expect("a scenario");
    let fault = "[[regressions]]\nname = \"fails\"\nerrors = { errors_5xx = 0.2 }\n";
    fs::write(&path, format!("{text}{fault}")).expect("a scenario");
    for wait_s in [1, 4, 16, 64] {
        let child = start_command(&folder, "tune");
        sleep(Duration::from_secs(wait_s));
        let output = interrupt(child);
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        let out = folder.path().join("o");
        if names(&out).is_empty() {
            continue;
        }
        assert!(said(&output).contains("marked partial"), "{}", said(&output));
        let bytes = fs::read(out.join("manifest.json")).expect("a manifest");
        let manifest: TuneManifest = serde_json::from_slice(&bytes).expect("a manifest");
        assert!(manifest.partial && manifest.runs_asked == 50_000);
        assert!(manifest.runs_done > 0 && manifest.runs_done < manifest.runs_asked);
        for file in &manifest.files {
            assert!(out.join(file).is_file(), "{file} is missing");
        }
        return;
    }
    panic!("no replication was finished in a minute");
}
