//! A sweep that is killed or interrupted goes on where it stopped, and ends with the same bytes.

#![cfg(target_os = "linux")]

use crate::support::{GREEN_5XX, STRATEGIES, small};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const CELLS: usize = 12;

/// A folder with a scenario that takes a while in each cell.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = small("", &format!("{GREEN_5XX}{STRATEGIES}"))
        .replace("runs = 20", "runs = 4")
        .replace("rate_per_s = 20.0", "rate_per_s = 5.0");
    fs::write(folder.path().join("s.toml"), text).expect("a scenario");
    folder
}

fn command(folder: &TempDir, out: &str) -> Command {
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    let range = format!("5xx.threshold=0.01..0.12 linear {CELLS}");
    sim.args(["sweep", "s.toml", "--threads", "2", "--out", out, "--set", &range])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    sim
}

/// The finished cells of a sweep, and when each was written.
fn cells(out: &Path) -> BTreeMap<String, SystemTime> {
    let Ok(entries) = fs::read_dir(out.join("cells")) else { return BTreeMap::new() };
    let entry = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let written = entry.metadata().expect("its times").modified().expect("a time");
        (entry.file_name().to_string_lossy().into_owned(), written)
    };
    entries.map(entry).collect()
}

/// Starts a sweep and waits until it has finished a cell.
fn start(folder: &TempDir, out: &str) -> Child {
    let mut child = command(folder, out).spawn().expect("sim");
    for _ in 0..60_000 {
        if !cells(&folder.path().join(out)).is_empty() {
            return child;
        }
        assert!(child.try_wait().expect("its state").is_none(), "it ended by itself");
        sleep(Duration::from_millis(2));
    }
    panic!("no cell was finished in two minutes");
}

/// Every file below `path` but what a killed write left.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(path).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with(".sim-") {
            let inner = files(&entry.path());
            found.extend(inner.into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else if entry.path().is_file() {
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
    found
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Goes on in `out`, and asserts that only the rest is run and that the result is that of `whole`.
fn goes_on(folder: &TempDir, out: &str, whole: &Output) {
    let path = folder.path().join(out);
    let before = cells(&path);
    assert!(!before.is_empty() && before.len() < CELLS, "{} cells are finished", before.len());
    let output = command(folder, out).output().expect("sim");
    assert!(output.status.success(), "{}", said(&output));
    let expected = format!("{} of {CELLS} cells are finished from before", before.len());
    assert!(said(&output).contains(&expected), "{}", said(&output));
    let after = cells(&path);
    assert_eq!(after.len(), CELLS);
    assert!(before.iter().all(|(name, written)| after[name] == *written), "a cell was run again");
    assert!(files(&path) == files(&folder.path().join("whole")), "the bytes differ");
    let page = |output: &Output| String::from_utf8_lossy(&output.stdout).replace(out, "whole");
    assert_eq!(page(&output), page(whole));
}

#[test]
fn killed_or_interrupted_it_goes_on_where_it_stopped() {
    let folder = folder();
    let whole = command(&folder, "whole").output().expect("sim");
    assert!(whole.status.success(), "{}", said(&whole));

    let mut killed = start(&folder, "killed");
    killed.kill().expect("it can be killed");
    killed.wait().expect("it ends");
    goes_on(&folder, "killed", &whole);

    let child = start(&folder, "interrupted");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("the command kill").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    let kept = cells(&folder.path().join("interrupted")).len();
    let expected =
        format!("interrupted: {kept} of {CELLS} cells are finished and kept in interrupted");
    assert!(said(&output).contains(&expected), "{}", said(&output));
    assert!(said(&output).contains("the same command goes on from there"), "{}", said(&output));
    assert!(output.stdout.is_empty());
    assert!(!folder.path().join("interrupted/sweep.csv").exists());
    goes_on(&folder, "interrupted", &whole);
}
