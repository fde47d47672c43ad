//! `sim alarm`: what it prints, what it watches, and what it refuses.

use crate::support::root;
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::{Value, json};
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

fn sim(at: &Path, args: &[&str]) -> Command {
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(at).arg("alarm").args(args).env_remove("CLICOLOR_FORCE");
    sim
}

/// The entries that these alarms make of this recording.
fn entries(alarms: &str, data: &str, options: &[&str]) -> Vec<Value> {
    let folder = folder(&[("a.toml", alarms), ("d.csv", data)]);
    let mut args = vec!["a.toml", "--data", "d.csv", "--json"];
    args.extend(options);
    let assert = sim(folder.path(), &args).assert().success();
    serde_json::from_slice(&assert.get_output().stdout).expect("an array")
}

/// `alarm: to` with the time of day, for each change.
fn told(entries: &[Value]) -> Vec<String> {
    let text = |entry: &Value, key: &str| entry[key].as_str().expect("text").to_owned();
    let line = |entry: &Value| {
        let time = text(entry, "time");
        format!("{} {} {}", &time[11..19], text(entry, "alarm"), text(entry, "to"))
    };
    entries.iter().map(line).collect()
}

/// A metric alarm of a minute on `what`.
fn alarm(name: &str, what: &str) -> String {
    format!(
        "[[alarms]]\nname = \"{name}\"\n{what}\ncomparison = \"GreaterThanThreshold\"\n\
         period = \"60s\"\nevaluation_periods = 1\n"
    )
}

/// Rows `metric,timestamp,value` for each minute from noon on.
fn minutes(metric: &str, values: &[&str]) -> String {
    let given = values.iter().enumerate().filter(|(_, value)| **value != "-");
    let rows = given.map(|(m, value)| format!("{metric},2026-03-17T12:{m:02}:30Z,{value}\n"));
    rows.collect::<Vec<String>>().concat()
}

const HEADER: &str = "metric,timestamp,value\n";

#[test]
fn json_is_a_history_with_plain_fields() {
    let alarms = alarm("slow", "metric = \"Latency\"\nstatistic = \"Average\"\nthreshold = 1.5");
    let data = "timestamp,value\n2026-03-17T12:00:30Z,1\n2026-03-17T12:01:10Z,1.5\n\
                2026-03-17T12:01:50Z,2.25\n";
    let found = entries(&alarms, data, &["--evaluate-at-second", "12.5"]);
    let reason = "Threshold Crossed: 1 datapoint [1.875 (17/03/26 12:01:00)] was greater than the \
                  threshold (1.5).";
    let data = json!({
        "version": "1.0",
        "oldState": { "stateValue": "OK" },
        "newState": { "stateValue": "ALARM", "stateReason": reason },
    });
    let expected = json!({
        "AlarmName": "slow",
        "AlarmType": "MetricAlarm",
        "Timestamp": "2026-03-17T12:02:12.500000+00:00",
        "HistoryItemType": "StateUpdate",
        "HistorySummary": "Alarm updated from OK to ALARM",
        "HistoryData": data.to_string(),
        "time": "2026-03-17T12:02:12.5Z",
        "alarm": "slow",
        "from": "OK",
        "to": "ALARM",
        "reason": reason,
        "datapoints": [{ "start": "2026-03-17T12:01:00Z", "value": 1.875, "breaches": true }],
    });
    assert_eq!(found[1], expected);
    let told = told(&found);
    assert_eq!(
        told,
        ["12:01:12 slow OK", "12:02:12 slow ALARM", "12:08:12 slow INSUFFICIENT_DATA"],
        "the range of 6 minutes holds the last datapoint until 12:07"
    );
}

#[test]
fn without_json_a_table_and_a_summary_are_printed() {
    let at = root().join("docs/examples");
    let assert =
        sim(&at, &["alarms.toml", "--data", "incident.csv"]).assert().success().stderr(is_empty());
    let text = String::from_utf8(assert.get_output().stdout.clone()).expect("text");
    let row = text.lines().find(|line| line.contains("14:06:00   5xx-rate")).expect("the alarm");
    assert!(
        row.contains("   OK                  ALARM   Threshold Crossed: 2 out of the"),
        "{row}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    assert!(text.contains("5xx-rate transitioned to ALARM at Tuesday 17 March, 2026"));
    assert!(
        text.contains("8 changes of state in 92 evaluations from 2026-03-17 13:56:00"),
        "{text}"
    );
    assert!(text.ends_with("5xx-rate ends in OK\nsilence ends in ALARM\nroll-back ends in OK\n"));
    assert!(!text.contains('\u{1b}'), "no styles in a pipe");
}

/// The page about trying alarms shows what is really printed.
#[test]
fn the_page_shows_real_output() {
    let page = fs::read_to_string(root().join("docs/alarms.md")).expect("the page");
    let at = root().join("docs/examples");
    let mut shown = 0;
    for block in page.split("```console\n$ sim alarm ").skip(1) {
        let (command, rest) = block.split_once('\n').expect("a command");
        let expected = rest.split_once("```").expect("the end of the block").0;
        let args: Vec<&str> = command.split(' ').collect();
        let assert = sim(&at, &args).assert().success();
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        let trimmed: String = text.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        assert_eq!(trimmed, expected, "{command}");
        shown += 1;
    }
    assert!(shown >= 2, "{shown} commands");
    let alarms = fs::read_to_string(at.join("alarms.toml")).expect("the example");
    assert!(page.contains(&alarms), "the example is not shown as it is");
}

#[test]
fn expressions_and_composite_alarms_are_played() {
    let alarms = "[[alarms]]\nname = \"rate\"\nmetrics = [\n\
        { id = \"errors\", metric = \"Errors\", statistic = \"Sum\" },\n\
        { id = \"requests\", metric = \"Requests\", statistic = \"Sum\" },\n]\n\
        expression = \"IF(requests > 100, errors / requests * 100, 0)\"\n\
        comparison = \"GreaterThanThreshold\"\nthreshold = 5\nperiod = \"60s\"\n\
        evaluation_periods = 1\ntreat_missing_data = \"notBreaching\"\n"
        .to_owned()
        + &alarm("deploy", "metric = \"Deploying\"\nstatistic = \"Maximum\"\nthreshold = 0")
        + "[[composite_alarms]]\nname = \"page\"\nrule = \"ALARM(rate) AND NOT ALARM(deploy)\"\n\
           [[composite_alarms]]\nname = \"any\"\nrule = \"ALARM(page) OR ALARM(deploy)\"\n";
    let data = HEADER.to_owned()
        + &minutes("Errors", &["1", "50", "50", "-", "6", "12"])
        + &minutes("Requests", &["200", "90", "200", "200", "120", "200"])
        + &minutes("Deploying", &["0", "0", "1", "1", "0", "0"]);
    let found = entries(&alarms, &data, &["--to", "2026-03-17 12:06:30"]);
    assert_eq!(
        told(&found),
        [
            "12:01:00 rate OK",
            "12:01:00 deploy OK",
            "12:01:00 page OK",
            "12:01:00 any OK",
            "12:03:00 rate ALARM",
            "12:03:00 deploy ALARM",
            "12:03:00 any ALARM",
            "12:04:00 rate OK",
            "12:05:00 deploy OK",
            "12:05:00 any OK",
            "12:06:00 rate ALARM",
            "12:06:00 page ALARM",
            "12:06:00 any ALARM",
        ]
    );
    let page = &found[11];
    assert_eq!(page["AlarmType"], "CompositeAlarm");
    let reason = "rate transitioned to ALARM at Tuesday 17 March, 2026 12:06:00 UTC";
    assert_eq!((page["reason"].as_str(), &page["datapoints"]), (Some(reason), &json!([])));
    let only = entries(&alarms, &data, &["--name", "page", "--to", "2026-03-17 12:01:30"]);
    assert_eq!(told(&only), ["12:01:00 rate OK", "12:01:00 deploy OK", "12:01:00 page OK"]);
}

/// A scenario's own alarms: each fleet by itself, and latencies in microseconds.
#[test]
fn the_alarms_of_a_scenario_are_played() {
    let scenario = fs::read_to_string(root().join("scenarios/fraud-canary.toml")).expect("one");
    let rows = |fleet: &str, errors: &str, latency: &str| -> String {
        let row = |m: u32| {
            format!(
                "2026-03-17T12:{m:02}:01Z,Invocation5XXErrors,{fleet},{errors}\n\
                 2026-03-17T12:{m:02}:01Z,ModelLatency,{fleet},{latency}\n"
            )
        };
        (0..10).map(row).collect()
    };
    let header = "timestamp,metric,fleet,value\n";
    let states = |data: &str| -> Vec<String> {
        let found = entries(&scenario, data, &["--to", "2026-03-17T12:10:00Z"]);
        told(&found).iter().filter(|line| line.ends_with("ALARM")).cloned().collect()
    };
    let blue_fails =
        header.to_owned() + &rows("blue", "1", "900000") + &rows("green", "0", "35000");
    assert_eq!(states(&blue_fails), Vec::<String>::new());
    let green_fails =
        header.to_owned() + &rows("blue", "0", "35000") + &rows("green", "1", "159999");
    let fired = states(&green_fails);
    assert!(fired.len() == 1 && fired[0].ends_with("5xx-rate ALARM"), "{fired:?}");
    let green_slow =
        header.to_owned() + &rows("blue", "0", "35000") + &rows("green", "0", "160001");
    let fired = states(&green_slow);
    assert!(fired.len() == 1 && fired[0].ends_with("p99-latency ALARM"), "{fired:?}");
}

/// The mean ± 2 standard deviations of what was recorded before `--from`.
#[test]
fn a_band_is_learned_before_the_beginning() {
    let alarms = "[[alarms]]\nname = \"unusual\"\nmetric = \"Load\"\nstatistic = \"Average\"\n\
        comparison = \"GreaterThanUpperThreshold\"\nperiod = \"60s\"\nevaluation_periods = 1\n\
        band = { width = 2, lasts = \"10m\" }\n";
    // Mean 10, standard deviation √(10/9) = 1.054: up to 12.108.
    let values = ["9", "11", "9", "11", "9", "11", "9", "11", "9", "11", "12.1", "12.2", "10"];
    let data = HEADER.to_owned() + &minutes("Load", &values);
    let options = ["--from", "2026-03-17T12:10:00Z", "--to", "2026-03-17T12:13:00Z"];
    let found = entries(alarms, &data, &options);
    assert_eq!(
        told(&found),
        ["12:10:00 unusual OK", "12:12:00 unusual ALARM", "12:13:00 unusual OK"]
    );
}

#[test]
fn the_ends_and_the_first_state_can_be_chosen() {
    let alarms = alarm(
        "a",
        "metric = \"M\"\nstatistic = \"Sum\"\nthreshold = 0\ntreat_missing_data = \"ignore\"",
    );
    let data = HEADER.to_owned() + &minutes("M", &["1", "0", "1", "0"]);
    let told = |options: &[&str]| told(&entries(&alarms, &data, options));
    let all = ["12:01:00 a ALARM", "12:02:00 a OK", "12:03:00 a ALARM", "12:04:00 a OK"];
    assert_eq!(told(&[]), all);
    assert_eq!(told(&["--initial-state", "ALARM"]), all[1..]);
    assert_eq!(told(&["--initial-state", "insufficient_data"]), all);
    assert_eq!(told(&["--from", "1773748920", "--initial-state", "OK"]), all[2..], "12:02:00");
    assert_eq!(told(&["--to", "2026-03-17 12:02:59"]), all[..2]);
    let mut rows: Vec<&str> = data.lines().skip(1).collect();
    rows.reverse();
    let reversed = HEADER.to_owned() + &rows.join("\n");
    let shuffled = entries(&alarms, &reversed, &[]);
    assert_eq!(shuffled, entries(&alarms, &data, &[]), "rows of any order");
}

#[test]
fn bad_input_is_refused_with_what_to_do() {
    let one = alarm("a", "metric = \"M\"\nstatistic = \"Sum\"\nthreshold = 0");
    let two = one.clone() + &alarm("b", "metric = \"N\"\nstatistic = \"Sum\"\nthreshold = 0");
    let good = "timestamp,value\n2026-03-17T12:00:30Z,1\n";
    let other = "timestamp,value,metric\n1,1,K\n";
    let decades = "timestamp,value\n0,1\n2026-03-17T12:00:30Z,1\n";
    let cycle = one.clone() + "[[composite_alarms]]\nname = \"c\"\nrule = \"OK(c)\"\n";
    let rule = one.clone() + "[[composite_alarms]]\nname = \"c\"\nrule = \"OK(a) AND ALARN(a)\"\n";
    for (alarms, data, options, expected) in [
        (one.as_str(), "", vec![], "d.csv: line 1: there is no column `timestamp`"),
        (
            &one,
            "timestamp,value\nnoon,x\n",
            vec![],
            "line 2: the value `x` is not a number\n2 problems",
        ),
        (&one, good, vec!["--name", "z"], "a.toml: there is no alarm \"z\"; did you mean `a`?"),
        (
            &one,
            good,
            vec!["--to", "2026-03-17"],
            "nothing is left to evaluate: the play would begin at 2026-03-17T12:01:00Z",
        ),
        (&one, decades, vec![], "at most 366 are played; are all time stamps right?"),
        (
            &one,
            other,
            vec![],
            "no row is of a metric that the alarms watch (M); the recording has K",
        ),
        (&two, good, vec![], "no column `metric`, and the alarms watch several metrics: M, N"),
        (&cycle, good, vec![], "would follow from itself"),
        (&rule, good, vec![], "found `ALARN` (at character 11)"),
        (&rule, good, vec![], "help: did you mean `ALARM`?"),
        ("", good, vec![], "a.toml has no alarms"),
        ("[[alarm]]\nname = \"a\"\n", good, vec![], "unknown key `alarm`"),
        (&one, good, vec!["--from", "noon"], "is not a time like"),
        (&one, good, vec!["--evaluate-at-second", "60"], "is not from 0 to below 60"),
        (&one, good, vec!["--initial-state", "FINE"], "invalid value 'FINE'"),
    ] {
        let folder = folder(&[("a.toml", alarms), ("d.csv", data)]);
        let mut args = vec!["a.toml", "--data", "d.csv"];
        args.extend(options);
        sim(folder.path(), &args).assert().code(2).stdout(is_empty()).stderr(contains(expected));
    }
    let folder = folder(&[("a.toml", &one), ("d.csv", good)]);
    let at = folder.path();
    sim(at, &["a.toml", "--data", "absent.csv"]).assert().code(2).stderr(contains("absent.csv"));
    sim(at, &["absent.toml", "--data", "d.csv"]).assert().code(2).stderr(contains("absent.toml"));
    sim(at, &["a.toml"]).assert().code(2).stderr(contains("--data"));
    sim(at, &["a.toml", "--data", "."]).assert().code(2).stdout(is_empty());
}

/// A metric that never sent anything may be meant so; it is said, and the alarm sees no data.
#[test]
fn a_metric_without_rows_is_noted() {
    let alarms = alarm("a", "metric = \"M\"\nstatistic = \"Sum\"\nthreshold = 0")
        + &alarm("b", "metric = \"N\"\nstatistic = \"Sum\"\nthreshold = 0");
    let data = HEADER.to_owned() + &minutes("M", &["1"]);
    let folder = folder(&[("a.toml", &alarms), ("d.csv", &data)]);
    sim(folder.path(), &["a.toml", "--data", "d.csv"])
        .assert()
        .success()
        .stderr("note: no row of d.csv is of N; what watches that sees no data\n")
        .stdout(contains("b ends in INSUFFICIENT_DATA").and(contains("Threshold Crossed")));
}
