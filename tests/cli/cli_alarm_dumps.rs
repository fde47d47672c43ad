//! `sim alarm` over what CloudWatch gives back: statistics by the period, and values published late.

use crate::support::{GREEN_5XX, STRATEGIES, root, small};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn folder(alarms: &str, data: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.toml"), alarms).expect("a file");
    fs::write(folder.path().join("d.csv"), data).expect("a file");
    folder
}

fn sim(at: &Path, options: &[&str]) -> Command {
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    sim.current_dir(at).args(["alarm", "a.toml", "--data", "d.csv"]).args(options);
    sim.env_remove("CLICOLOR_FORCE");
    sim
}

/// `to` with the time of day, for each change, and the reasons.
fn changes(alarms: &str, data: &str, options: &[&str]) -> (Vec<String>, Vec<String>) {
    let folder = folder(alarms, data);
    let assert = sim(folder.path(), &[&["--json"], options].concat()).assert().success();
    let entries: Vec<Value> =
        serde_json::from_slice(&assert.get_output().stdout).expect("an array");
    let text = |entry: &Value, key: &str| entry[key].as_str().expect("text").to_owned();
    let told = |entry: &Value| format!("{} {}", &text(entry, "time")[11..19], text(entry, "to"));
    let reasons = entries.iter().map(|entry| text(entry, "reason")).collect();
    (entries.iter().map(told).collect(), reasons)
}

fn refused(alarms: &str, data: &str, options: &[&str], expected: &str) {
    let folder = folder(alarms, data);
    let assert = sim(folder.path(), options).assert().code(2).stdout(is_empty());
    assert.stderr(contains(expected));
}

/// One alarm of 1 of 1 with so long a period, and these lines.
fn alarm(period_s: u32, lines: &str) -> String {
    format!(
        "[[alarms]]\nname = \"a\"\nmetric = \"M\"\ncomparison = \"GreaterThanOrEqualToThreshold\"\n\
         period = \"{period_s}s\"\nevaluation_periods = 1\nevaluation_range_extra = 2\n{lines}\n"
    )
}

/// An average of minutes weighs each by its samples: (3 · 1000 · 0.03 + 2 · 0.9)/3002 = 0.0305796, and
/// not the 0.378 that the five minutes' averages make by themselves.
#[test]
fn averages_weigh_by_their_samples() {
    let alarms =
        alarm(300, "statistic = \"Average\"\nthreshold = 0.2\ntreat_missing_data = \"ignore\"");
    let row = |minute: u32, mean: &str, count: u32| {
        format!("2024-02-20T04:{minute:02}:00Z,{mean},{count}\n")
    };
    let rows = [row(0, "0.03", 1000), row(1, "0.03", 1000), row(2, "0.90", 1)];
    let rows = rows.concat() + &row(3, "0.90", 1) + &row(4, "0.03", 1000);
    for header in ["timestamp,value,SampleCount\n", "Timestamp,Average,sample_count\n"] {
        let data = header.to_owned() + &rows;
        let (told, _) = changes(&alarms, &data, &[]);
        assert_eq!(told, ["04:01:00 OK"]);
        let (told, reasons) = changes(&alarms, &data, &["--from", "2024-02-20T04:05:00Z"]);
        assert_eq!(told, ["04:05:00 OK"]);
        assert!(reasons[0].contains("[0.03057961359"), "{reasons:?}");
    }
}

/// Sum, number and extremes of five minutes.
#[test]
fn every_simple_statistic_follows_from_minutes() {
    let data = "Timestamp,SampleCount,Sum,Minimum,Maximum,Unit\n\
                2024-02-20T04:00:00Z,10,20,1,4,Count\n2024-02-20T04:02:00Z,30,90,0.5,7,Count\n";
    for (statistic, value) in [
        ("Sum", "110.0"),
        ("SampleCount", "40.0"),
        ("Average", "2.75"),
        ("Minimum", "0.5"),
        ("Maximum", "7.0"),
    ] {
        let alarms = alarm(300, &format!("statistic = \"{statistic}\"\nthreshold = 0"));
        let (told, reasons) = changes(&alarms, data, &["--from", "2024-02-20T04:05:00Z"]);
        assert_eq!(told[0], "04:05:00 ALARM");
        assert!(reasons[0].contains(&format!("[{value} (20/02/24 04:00:00)]")), "{reasons:?}");
    }
}

/// The statistics of each minute of the documents' incident tell its alarms the same as its values do.
#[test]
fn a_dump_of_an_incident_tells_the_same_as_its_values() {
    let at = root().join("docs/examples");
    let read = |name: &str| fs::read_to_string(at.join(name)).expect("an example");
    let alarms = read("alarms.toml");
    let from_values = changes(&alarms, &read("incident.csv"), &[]);
    assert_eq!(changes(&alarms, &read("dump.csv"), &["--row-period", "60s"]), from_values);
    assert_eq!(changes(&alarms, &read("dump.csv"), &[]), from_values);
    assert!(from_values.0.len() > 5);
}

#[test]
fn percentiles_are_read_by_their_own_period_only() {
    let data = "Timestamp,p99,tc90,SampleCount\n2024-02-20T04:00:00Z,250,9,10\n\
                2024-02-20T04:01:00Z,240.5,8,10\n2024-02-20T04:02:00Z,251,9,10\n";
    let p99 = |period_s| alarm(period_s, "statistic = \"p99\"\nthreshold = 250");
    let (told, reasons) = changes(&p99(60), data, &[]);
    assert_eq!(told[..3], ["04:01:00 ALARM", "04:02:00 OK", "04:03:00 ALARM"]);
    assert!(reasons[1].contains("[240.5 (20/02/24 04:01:00)]"), "{reasons:?}");
    let trimmed = alarm(60, "statistic = \"tc90\"\nthreshold = 9");
    assert_eq!(changes(&trimmed, data, &[]).0, told, "a recorded statistic is taken as it is");
    let never = "the p99 of several rows together does not follow from that of each";
    refused(&p99(300), data, &[], never);
    refused(&p99(300), data, &[], "the alarm \"a\" on M cannot be evaluated");
    let few = alarm(
        60,
        "statistic = \"p99\"\nthreshold = 250\nevaluate_low_sample_count_percentile = \"ignore\"",
    );
    assert!(changes(&few, data, &[]).0.is_empty(), "10 samples are fewer than 1000");
    refused(&few, "Timestamp,p99\n0,1\n", &[], "without SampleCount in every row");
}

#[test]
fn what_does_not_follow_is_refused() {
    let average = |period_s| alarm(period_s, "statistic = \"Average\"\nthreshold = 1");
    let data = "Timestamp,Average\n2024-02-20T04:00:00Z,1\n2024-02-20T04:01:00Z,0\n";
    assert_eq!(changes(&average(60), data, &[]).0[..2], ["04:01:00 ALARM", "04:02:00 OK"]);
    let needs =
        "the Average of several rows needs the SampleCount of each, which the row in line 2 lacks";
    refused(&average(300), data, &[], needs);
    let sum = alarm(60, "statistic = \"Sum\"\nthreshold = 1");
    refused(&sum, data, &[], "the row in line 2 has no Sum, and it does not follow");
    let holes = "Timestamp,Sum,Average,SampleCount\n0,1,1,1\n60,,,3\n";
    refused(&sum, holes, &[], "the row in line 3 has no Sum");
    let coarse = "Timestamp,Average,SampleCount\n0,1,1\n300,1,1\n600,1,1\n";
    refused(&average(60), coarse, &[], "its period is 1m, which whole rows of 5m do not make");
    let sparse = changes(&average(60), coarse, &["--row-period", "60s"]).0;
    assert_eq!(sparse[0], "00:01:00 ALARM", "rows of a minute, five minutes apart");
    refused(&average(60), coarse, &["--row-period", "0s"], "is no time");
    refused(&average(60), coarse, &["--delay", "9999d"], "is over 366 days");
    let latency = average(60)
        .replace("\"M\"", "\"ModelLatency\"")
        .replace("threshold = 1", "threshold = \"1ms\"");
    let unit = "Timestamp,Average,Unit,Label\n0,1,Milliseconds,ModelLatency\n";
    refused(&latency, unit, &[], "but the recording has it in Milliseconds");
    let micros = unit.replace("Milliseconds", "Microseconds").replace(",1,", ",1000,");
    assert_eq!(changes(&latency, &micros, &[]).0[0], "00:01:00 ALARM");
}

/// Rows of five minutes: an alarm sees whole ones, each once it is over, and nothing half.
#[test]
fn windows_over_longer_rows_end_where_rows_do() {
    let row = |minute: u32, sum: u32| format!("2024-02-20T04:{minute:02}:00Z,{sum}\n");
    let rows = row(2, 1) + &row(7, 9) + &row(12, 1) + &row(17, 1) + &row(22, 1);
    let data = "Timestamp,Sum\n".to_owned() + &rows;
    let sum = |period_s: u32, limit: u32| {
        alarm(
            period_s,
            &format!("statistic = \"Sum\"\nthreshold = {limit}\ntreat_missing_data = \"ignore\""),
        )
    };
    assert_eq!(
        changes(&sum(300, 9), &data, &[]).0,
        ["04:07:00 OK", "04:12:00 ALARM", "04:17:00 OK"]
    );
    // Two rows make 10 twice: 04:02 to 04:12 and 04:07 to 04:17.
    assert_eq!(
        changes(&sum(600, 10), &data, &[]).0,
        ["04:07:00 OK", "04:12:00 ALARM", "04:22:00 OK"]
    );
    let folder = folder(&sum(300, 9), &data);
    let said = "note: a row of d.csv is taken for the statistics of 5m from its timestamp on";
    sim(folder.path(), &[]).assert().success().stderr(contains(said));
    let silent = sim(folder.path(), &["--row-period", "5m"]).assert().success();
    silent.stderr(is_empty());
}

/// Published as in the field: a run each quarter of an hour under an alarm that takes silence for a
/// failure and looks back 3 · 5 min = 15 min, so that only the lag of publication decides.
#[test]
fn silence_between_runs_alarms_only_if_the_value_comes_late() {
    let alarms =
        alarm(300, "statistic = \"Sum\"\nthreshold = 1\ntreat_missing_data = \"breaching\"");
    let run =
        |quarter: u32| format!("2022-04-07T{:02}:{:02}:40Z", 8 + quarter / 4, quarter % 4 * 15);
    let ends = ["--to", "2022-04-07T09:15:30Z"];
    let plain: String = (0..6).map(|quarter| run(quarter) + ",0\n").collect();
    let plain = "timestamp,value\n".to_owned() + &plain;
    assert_eq!(changes(&alarms, &plain, &ends).0, ["08:01:00 OK"], "published at once");
    let late = ["--delay", "60s", ends[0], ends[1]];
    let around_each =
        ["08:02:00 OK", "08:16:00 ALARM", "08:17:00 OK", "08:31:00 ALARM", "08:32:00 OK"];
    let (told, _) = changes(&alarms, &plain, &late);
    assert_eq!(told[..5], around_each);
    let at_once = |quarter: u32| {
        let at = run(quarter);
        at.clone() + ",0," + &at.replace(":40Z", ":59Z") + "\n"
    };
    let aligned = alarm(300, "statistic = \"Sum\"\nthreshold = 1\nevaluation = \"aligned\"");
    let one = "timestamp,value\n2022-04-07T08:05:10Z,1\n";
    let (told, _) = changes(&aligned, one, &["--delay", "90s"]);
    assert_eq!(told[0], "08:11:30 ALARM", "once all of 08:05 to 08:10 is there");
    let published: String = (0..6).map(at_once).collect();
    let at_once = "timestamp,value,published_at\n".to_owned() + &published;
    assert_eq!(changes(&alarms, &at_once, &late).0, ["08:01:00 OK"], "the recording knows better");
    let later = at_once.replace("00:59Z", "02:00Z").replace("15:59Z", "17:00Z");
    let later = later.replace("30:59Z", "32:00Z").replace("45:59Z", "47:00Z");
    assert_eq!(changes(&alarms, &later, &ends).0[..5], around_each);
}

/// An alarm that looks back three minutes, over a row of 00:00:10. Published at 00:03:00 the row is
/// in the first three minutes, which are looked at then; a second later the next look is at 00:04
/// and begins at 00:01. An evaluation at half past still looks at the first three minutes.
#[test]
fn a_row_that_comes_a_second_too_late_for_an_alarm_is_told() {
    let alarms = alarm(60, "statistic = \"Sum\"\nthreshold = 1");
    let half_past = ["--evaluate-at-second", "30", "--from", "2024-08-15T00:03:00Z"];
    for (published, options, is_seen) in [
        ("00:03:00", &[][..], true),
        ("00:03:01", &[], false),
        ("00:05:00", &[], false),
        ("00:03:30", &half_past, true),
        ("00:03:31", &half_past, false),
    ] {
        let published = format!("2024-08-15T{published}Z");
        let data = format!("timestamp,value,published_at\n2024-08-15T00:00:10Z,1,{published}\n");
        let (told, _) = changes(&alarms, &data, options);
        assert_eq!(told.iter().any(|change| change.ends_with(" ALARM")), is_seen, "{published}");
        let note = "note: a never sees a row of d.csv: it looks back 3m, and the least late, of \
                    2024-08-15 00:00:10, is published at";
        let assert = sim(folder(&alarms, &data).path(), options).assert().success();
        let said = String::from_utf8_lossy(&assert.get_output().stderr).contains(note);
        assert_eq!(said, !is_seen, "{published}");
    }
}

/// A scenario's own delay holds in `sim alarm` as in its runs: from the end of the interval.
#[test]
fn the_delay_of_a_scenario_is_heeded() {
    let data =
        "timestamp,value\n2024-08-15T00:00:10Z,0\n2024-08-15T00:05:10Z,1\n2024-08-15T00:10:10Z,0\n";
    let scenario = |delay: &str| {
        let one = GREEN_5XX.replace("datapoints_to_alarm = 2", "evaluation_range_extra = 5");
        let one = one.replace("evaluation_periods = 3", "evaluation_periods = 1");
        let text = small("", &format!("{one}{STRATEGIES}"));
        text.replace("[metrics]", &format!("[metrics]\ndelay = \"{delay}\""))
    };
    let alarm_at = |delay: &str, options: &[&str]| {
        let told = changes(&scenario(delay), data, options).0;
        told.into_iter().find(|change| change.ends_with("ALARM"))
    };
    assert_eq!(alarm_at("0s", &[]).as_deref(), Some("00:06:00 ALARM"));
    assert_eq!(alarm_at("4m", &[]).as_deref(), Some("00:10:00 ALARM"));
    assert_eq!(alarm_at("4m", &["--delay", "2m"]).as_deref(), Some("00:08:00 ALARM"));
    // A delay of this metric alone goes before that of all, and what the command says before both.
    let own = "1m\"\ndelay_of = { Invocation5XXErrors = \"4m\" }\n# \"";
    assert_eq!(alarm_at(own, &[]).as_deref(), Some("00:10:00 ALARM"));
    assert_eq!(alarm_at(own, &["--delay", "2m"]).as_deref(), Some("00:08:00 ALARM"));
    // Once it is there it has left the six minutes that are looked at.
    assert_eq!(alarm_at("14m", &[]), None);
    let folder = folder(&scenario("14m"), data);
    let never = "note: 5xx never sees a row of d.csv: it looks back 6m, and the least late, of 2024-08-15 \
                 00:00:10, is published at 2024-08-15 00:15:00\n";
    sim(folder.path(), &[]).assert().success().stderr(contains(never));
    let longer = scenario("14m").replace("extra = 5", "extra = 15");
    assert_eq!(changes(&longer, data, &[]).0[..2], ["00:15:00 OK", "00:20:00 ALARM"]);
    let late = "[metrics]\nlate = { share = 0.5, by = { constant = \"5m\" } }";
    let late = scenario("0s").replace("[metrics]", late);
    fs::write(folder.path().join("a.toml"), late).expect("a file");
    let left_out = contains("`metrics.late` is left to chance and not played");
    sim(folder.path(), &[]).assert().success().stderr(left_out.and(contains("never sees").not()));
}
