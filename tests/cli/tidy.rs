//! The house rules, read off the sources: who may use whom, how large files may be, what is banned.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module of the workspace and the modules it may `use crate::…` from: Cargo sees to it between crates,
/// and this between the modules of one.
const MAY_USE: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("engine", &["time"]),
    ("stats", &[]),
    ("random", &["time"]),
    ("telemetry", &["stats", "time"]),
    ("endpoint", &["random", "time"]),
    ("alarm", &["telemetry", "time"]),
    ("monitoring", &["alarm", "telemetry", "time"]),
    // An A/B test names a statistical test and a KPI.
    ("rollout", &["alarm", "endpoint", "stats", "time"]),
    ("dataplane", &["endpoint", "telemetry", "monitoring", "alarm", "random", "stats", "time"]),
    (
        "scenario",
        &["rollout", "alarm", "monitoring", "endpoint", "random", "stats", "telemetry", "time"],
    ),
    (
        "simulation",
        &[
            "scenario",
            "dataplane",
            "monitoring",
            "rollout",
            "alarm",
            "endpoint",
            "telemetry",
            "random",
            "engine",
            "stats",
            "time",
        ],
    ),
    ("experiment", &["simulation", "scenario", "stats", "telemetry", "random", "time"]),
    (
        "tuning",
        &[
            "rare",
            "experiment",
            "simulation",
            "scenario",
            "rollout",
            "alarm",
            "telemetry",
            "random",
            "stats",
            "time",
        ],
    ),
    (
        "rare",
        &[
            "simulation",
            "scenario",
            "rollout",
            "alarm",
            "endpoint",
            "telemetry",
            "random",
            "stats",
            "time",
        ],
    ),
    ("replay", &["scenario", "alarm", "telemetry", "random", "time"]),
    (
        "lint",
        &[
            "scenario",
            "rollout",
            "alarm",
            "monitoring",
            "endpoint",
            "telemetry",
            "stats",
            "random",
            "time",
        ],
    ),
    // What is kept of a sweep is tables of the report's making, read back as text.
    ("sweep", &["scenario"]),
    (
        "report",
        &[
            "sweep",
            "tuning",
            "rare",
            "experiment",
            "simulation",
            "scenario",
            "rollout",
            "stats",
            "alarm",
            "telemetry",
            "endpoint",
            "time",
        ],
    ),
    (
        "cli",
        &[
            "report",
            "stats",
            "tuning",
            "rare",
            "replay",
            "sweep",
            "experiment",
            "lint",
            "simulation",
            "scenario",
            "rollout",
            "random",
            "alarm",
            "time",
        ],
    ),
];

/// Code is kept to 100 by the formatter; comments may run a little over.
const LINE_LENGTH_MAX: usize = 110;
const FILE_LINES_MAX: usize = 500;
const FILE_LINES_MEDIAN_MAX: usize = 150;

/// What must not stand in the simulation: clocks, randomness of the platform, unordered maps, output.
const BANNED_IN_MODEL: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "HashMap",
    "HashSet",
    "StdRng",
    "SmallRng",
    "println!",
    "eprintln!",
    "std::env",
    "std::process",
    "dbg!",
    "todo!",
    "unimplemented!",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a readable source file")
}

/// The folders of all that is not a test, and the one that is a module itself, with its name.
const SOURCES: &[(&str, Option<&str>)] = &[
    ("crates/model/src", None),
    ("crates/scenario/src", Some("scenario")),
    ("crates/run/src", None),
    ("src", None),
];

/// Every source file, with the module that it belongs to.
fn sources() -> Vec<(String, PathBuf)> {
    let files = SOURCES.iter().flat_map(|(folder, module)| {
        let folder = root().join(folder);
        rust_files(&folder).into_iter().map(move |path| {
            let inside = path.strip_prefix(&folder).expect("a file of the folder");
            let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
            let own =
                module.map_or_else(|| first.trim_end_matches(".rs").to_owned(), str::to_owned);
            (own, path)
        })
    });
    files.collect()
}

#[test]
fn modules_use_only_what_they_may() {
    let mut offences = Vec::new();
    let mut edges_seen = 0;
    for (module, path) in sources() {
        if module == "lib" || module == "main" {
            continue;
        }
        let allowed = MAY_USE.iter().find(|(name, _)| *name == module);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{module} is not in the table"));
        for (number, line) in read(&path).lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let end =
                    used.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(used.len());
                let used = &used[..end];
                edges_seen += 1;
                let is_module = MAY_USE.iter().any(|(name, _)| *name == used);
                if is_module && used != module && !allowed.contains(&used) {
                    offences.push(format!(
                        "{}:{}: {module} uses {used}",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(edges_seen > 100, "the check has found hardly anything to check");
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn files_and_lines_stay_small() {
    let mut offences = Vec::new();
    let mut sizes = Vec::new();
    for folder in ["src", "crates", "tests", "benches"] {
        for path in rust_files(&root().join(folder)) {
            let text = read(&path);
            let lines = text.lines().count();
            if folder == "src" || folder == "crates" {
                sizes.push(lines);
            }
            if lines > FILE_LINES_MAX {
                offences.push(format!("{}: {lines} lines", path.display()));
            }
            let mut in_snapshot = false;
            for (number, line) in text.lines().enumerate() {
                // What the program prints is as long as it is.
                in_snapshot = line.contains("@r") || in_snapshot && line.trim() != "\");";
                if line.chars().count() > LINE_LENGTH_MAX && !in_snapshot {
                    offences.push(format!("{}:{}: too long", path.display(), number + 1));
                }
            }
        }
    }
    assert!(sizes.len() > 50, "the check has found hardly anything to check");
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    assert!(median <= FILE_LINES_MEDIAN_MAX, "the median file has {median} lines");
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_model_reads_no_clock_and_prints_nothing() {
    let mut offences = Vec::new();
    for (module, path) in sources() {
        if ["cli", "main"].contains(&module.as_str()) {
            continue;
        }
        let text = read(&path);
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        for (number, line) in text[..tests].lines().enumerate() {
            for banned in BANNED_IN_MODEL {
                if line.contains(banned) && !line.trim_start().starts_with("//") {
                    offences.push(format!("{}:{}: {banned}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn only_the_writer_and_the_readers_touch_files() {
    let may = ["cli", "main"];
    let mut offences = Vec::new();
    for (module, path) in sources() {
        let name = path.to_string_lossy().into_owned();
        // What has no room in memory has a file, which has no name and is gone with the program.
        let is_border = [
            "report/write.rs",
            "random/arrival/trace.rs",
            "scenario/src/load.rs",
            "experiment/spill.rs",
        ]
        .iter()
        .any(|allowed| name.contains(allowed));
        if may.contains(&module.as_str()) || is_border || name.contains("tests") {
            continue;
        }
        if read(&path).lines().any(|line| line.contains("std::fs") || line.contains("File::open")) {
            offences.push(name);
        }
    }
    assert!(offences.is_empty(), "these touch files: {}", offences.join(", "));
}
