//! No CSV makes the reader of recordings, nor the play of alarms over one, panic.
//!
//! Fixed seeds: proptest's generator is seeded from a constant, so a failure repeats.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};
use rollout_sim::replay::recording::Recording;
use rollout_sim::replay::{Settings, replay};
use rollout_sim::scenario::AlarmFile;
use rollout_sim::time::SimDuration;

const ALARMS: &str = r#"
[[alarms]]
name = "average"
metric = "M"
statistic = "Average"
comparison = "GreaterThanThreshold"
threshold = 1
period = "300s"
evaluation_periods = 2

[[alarms]]
name = "share"
metrics = [
    { id = "a", metric = "M", statistic = "Sum" },
    { id = "b", metric = "M", statistic = "SampleCount" },
]
expression = "a / b"
comparison = "LessThanThreshold"
threshold = 0.5
period = "60s"
evaluation_periods = 3
treat_missing_data = "breaching"

[[alarms]]
name = "tail"
metric = "M"
statistic = "p99"
comparison = "GreaterThanThreshold"
threshold = 1
period = "60s"
evaluation_periods = 1
evaluate_low_sample_count_percentile = "ignore"

[[alarms]]
name = "trimmed"
metric = "M"
statistic = "tc90"
comparison = "GreaterThanThreshold"
threshold = 1
period = "1h"
evaluation_periods = 24
"#;

const TITLES: [&str; 16] = [
    "timestamp",
    "Timestamp",
    "value",
    "metric",
    "fleet",
    "published_at",
    "SampleCount",
    "Average",
    "Sum",
    "Minimum",
    "Maximum",
    "p99",
    "tc90",
    "statistic",
    "Unit",
    "",
];

const CELLS: [&str; 26] = [
    "",
    "0",
    "1",
    "-1",
    "0.1",
    "1e18",
    "-1e18",
    "1e308",
    "999999999999999999.999999999999999999",
    "0.000000000000000001",
    "1e-300",
    "NaN",
    "inf",
    "M",
    "green",
    "Sum",
    "60",
    "61.5",
    "300",
    "86400",
    "4415040000",
    "-4415040000",
    "9223372036",
    "2026-03-17 12:00:00",
    "1677-09-21T00:12:44Z",
    "\"",
];

fn runner() -> TestRunner {
    let config = Config {
        cases: 3000,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn alarms() -> AlarmFile {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.toml");
    std::fs::write(&path, ALARMS).expect("a file");
    AlarmFile::load(&path).expect("alarms")
}

/// Whether the text is a recording, played if it is.
fn is_read(csv: &[u8], file: &AlarmFile) -> bool {
    let Ok(recording) = Recording::read(csv) else { return false };
    // A play of a year by the minute is right and slow.
    let span = recording.last().as_nanos() - recording.first().as_nanos();
    let short = span < SimDuration::from_secs(3 * 86_400).as_nanos();
    for name in ["average", "share", "tail", "trimmed"] {
        let alone = file.only(&[name.to_owned()]).expect("an alarm");
        for delay in [None, Some(SimDuration::LONGEST)] {
            let to = (!short).then(|| recording.first());
            let _ = replay(&alone, &recording, Settings { delay, to, ..Settings::default() });
        }
    }
    true
}

#[test]
fn tables_of_odd_cells_are_read_or_refused() {
    let cell = proptest::sample::select(&CELLS[..]);
    let title = proptest::sample::subsequence(&TITLES[..], 2..8).prop_shuffle();
    let rows = proptest::collection::vec(proptest::collection::vec(cell, 8), 0..12);
    let file = alarms();
    let read = std::cell::Cell::new(0);
    let outcome = runner().run(&(title, rows), |(titles, rows)| {
        let mut csv = titles.join(",") + "\n";
        for row in rows {
            csv += &(row[..titles.len()].join(",") + "\n");
        }
        read.set(read.get() + u32::from(is_read(csv.as_bytes(), &file)));
        Ok(())
    });
    outcome.expect("no table makes it panic");
}

/// Good stamps and any numbers, so that most tables are played.
#[test]
fn any_numbers_at_good_times_are_played() {
    let number = prop_oneof![
        (-1e18..1e18).prop_map(|value: f64| value.to_string()),
        (0..100_000_u32).prop_map(|value| value.to_string()),
        proptest::sample::select(&["1e18", "-1e18", "0", "1e-300", "0.000000000000000001"][..])
            .prop_map(str::to_owned),
    ];
    let stamp = 0..200_000_i64;
    let rows = proptest::collection::vec((stamp, number.clone(), number), 1..12);
    let columns = ["value", "value,SampleCount", "Sum,SampleCount", "Average,Unit", "p99,tc90"];
    let file = alarms();
    let read = std::cell::Cell::new(0);
    let columns = proptest::sample::select(columns.to_vec());
    let outcome = runner().run(&(columns, rows), |(columns, rows)| {
        let mut csv = format!("timestamp,{columns}\n");
        for (stamp, one, two) in rows {
            let second = if columns.contains("Unit") { "Count".to_owned() } else { two };
            let cells = if columns == "value" { one } else { format!("{one},{second}") };
            csv += &[(stamp * 30).to_string(), cells].join(",");
            csv.push('\n');
        }
        read.set(read.get() + u32::from(is_read(csv.as_bytes(), &file)));
        Ok(())
    });
    outcome.expect("no numbers make it panic");
    assert!(read.get() > 1000, "only {} tables were read", read.get());
}

#[test]
fn any_bytes_are_read_or_refused() {
    let file = alarms();
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let outcome = runner().run(&bytes, |bytes| {
        is_read(&bytes, &file);
        is_read(&[b"timestamp,value\n", bytes.as_slice()].concat(), &file);
        is_read(&[b"Id,a\nFull label,x M Sum 60\n", bytes.as_slice()].concat(), &file);
        Ok(())
    });
    outcome.expect("no bytes make it panic");
}
