//! `sim alarm`: published alarm histories played again, and what is printed.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn sim(at: &Path, args: &str) -> Command {
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(at).args(args.split(' ')).env_remove("CLICOLOR_FORCE");
    sim
}

/// The changes of state as (time, alarm, from, to, reason).
fn changes(alarms: &str, data: &str, options: &str) -> Vec<[String; 5]> {
    let folder = folder(&[("a.toml", alarms), ("d.csv", data)]);
    let args = format!("alarm a.toml --data d.csv --json {options}");
    let assert = sim(folder.path(), args.trim()).assert().success();
    let json: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    let text = |entry: &Value, key: &str| entry[key].as_str().expect("text").to_owned();
    let keys = ["time", "alarm", "from", "to", "reason"];
    let entries = json.as_array().expect("an array");
    entries.iter().map(|entry| keys.map(|key| text(entry, key))).collect()
}

/// Rows of one metric from pairs of a time of 2026-08-19 and a value.
fn rows(values: &[(&str, &str)]) -> String {
    let row = |(time, value): &(&str, &str)| format!("2026-08-19 {time},{value}\n");
    "timestamp,value\n".to_owned() + &values.iter().map(row).collect::<String>()
}

const POLLER: &str = r#"
[[alarms]]
name = "poller-errors"
metric = "Errors"
statistic = "Sum"
threshold = 0
comparison = "GreaterThanThreshold"
period = "180s"
evaluation_periods = 3
treat_missing_data = "notBreaching"
"#;

/// Published: 3 of 3 periods of 180 s, first failure 05:46:52, ALARM at 05:53:32.119, with this
/// reason.
#[test]
fn sliding_windows_alarm_before_three_periods_are_over() {
    let data = rows(&[
        ("05:46:52", "1"),
        ("05:47:10", "1"),
        ("05:48:20", "1"),
        ("05:49:59", "1"),
        ("05:51:00", "1"),
        ("05:52:30", "1"),
    ]);
    let found = changes(POLLER, &data, "--evaluate-at-second 32.119 --initial-state ok");
    let [time, _, from, to, reason] = &found[0];
    assert_eq!(
        (time.as_str(), from.as_str(), to.as_str()),
        ("2026-08-19T05:53:32.119Z", "OK", "ALARM")
    );
    assert_eq!(
        reason,
        "Threshold Crossed: 3 datapoints [2.0 (19/08/26 05:50:00), 3.0 (19/08/26 05:47:00), 1.0 \
         (19/08/26 05:44:00)] were greater than the threshold (0.0)."
    );
}

/// Published: 8 of 8 periods of 15 min, missing data breaching. The metric's last datapoint is
/// stamped 05:45; 2 h 31 min later, when the range of 10 periods holds no datapoint any more, ALARM.
/// A single datapoint ends it.
#[test]
fn silence_alarms_only_when_the_last_datapoint_has_left_the_range() {
    let alarm = r#"
[[alarms]]
name = "watermark-stale"
metric = "Rows"
statistic = "Sum"
threshold = 0
comparison = "LessThanOrEqualToThreshold"
period = "15m"
evaluation_periods = 8
treat_missing_data = "breaching"
"#;
    let quarters = (3..24).map(|quarter| format!("{:02}:{:02}:00", quarter / 4, quarter % 4 * 15));
    let times: Vec<String> = quarters.chain(["09:50:00".to_owned()]).collect();
    let values: Vec<(&str, &str)> = times.iter().map(|time| (time.as_str(), "2")).collect();
    let found = changes(alarm, &rows(&values), "--evaluate-at-second 49.319 --initial-state OK");
    let found: Vec<[&str; 4]> = found
        .iter()
        .map(|[time, _, from, to, reason]| [time, from, to, reason].map(String::as_str))
        .collect();
    let silent = "Threshold Crossed: no datapoints were received for 8 periods and 8 missing \
                  datapoints were treated as [Breaching].";
    let back = "Threshold Crossed: 1 datapoint [2.0 (19/08/26 09:36:00)] was not less than or equal to \
                the threshold (0.0) and 7 missing datapoints were treated as [Breaching].";
    assert_eq!(
        found,
        [
            ["2026-08-19T08:16:49.319Z", "OK", "ALARM", silent],
            ["2026-08-19T09:51:49.319Z", "ALARM", "OK", back],
            ["2026-08-19T12:21:49.319Z", "OK", "ALARM", silent],
        ]
    );
}

/// Published: 1 of 1 period of 15 min, missing data not breaching, last datapoint 19:50:31.109,
/// recovered 46 min 20 s later because a datapoint in the range outweighs the setting.
#[test]
fn a_sparse_metric_keeps_its_alarm() {
    let alarm = r#"
[[alarms]]
name = "launch-failures"
metric = "Failures"
statistic = "Sum"
threshold = 0
comparison = "GreaterThanThreshold"
period = "15m"
evaluation_periods = 1
treat_missing_data = "notBreaching"
"#;
    let data = "timestamp,value\n2026-08-19T18:17:02Z,1\n2026-08-19T18:47:00Z,1\n\
                2026-08-19T19:20:00Z,1\n2026-08-19T19:50:31.109Z,1\n";
    let found = changes(alarm, data, "--evaluate-at-second 51.29");
    let found: Vec<[&str; 3]> = found
        .iter()
        .map(|[time, _, _, to, reason]| [time, to, reason].map(String::as_str))
        .collect();
    assert_eq!(
        found,
        [
            [
                "2026-08-19T18:18:51.29Z",
                "ALARM",
                "Threshold Crossed: 1 datapoint [1.0 (19/08/26 18:03:00)] was greater than the \
                 threshold (0.0).",
            ],
            [
                "2026-08-19T20:36:51.29Z",
                "OK",
                "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint \
                 was treated as [NonBreaching].",
            ],
        ]
    );
}
