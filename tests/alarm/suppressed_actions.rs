//! Actions that another alarm suppresses: what `sim alarm` shows, and that no rollout heeds them.

use crate::support::{GREEN_5XX, STRATEGIES, scenario, small};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::Scenario;
use serde_json::Value;
use std::fs;
use std::path::Path;

const SUPPRESSOR: &str = "actions_suppressor = \"deploying\"\nactions_suppressor_wait_period = \"2m\"\n\
                          actions_suppressor_extension_period = \"3m\"\n";

/// An alarm that is in ALARM in the minute after each minute of 1.
fn alarm(name: &str) -> String {
    format!(
        "[[alarms]]\nname = \"{name}\"\nmetric = \"{name}\"\nstatistic = \"Maximum\"\nthreshold = 0\n\
         comparison = \"GreaterThanThreshold\"\nperiod = \"60s\"\nevaluation_periods = 1\n\
         evaluation_range_extra = 2\ninitial_state = \"OK\"\n"
    )
}

fn alarms() -> String {
    let page =
        format!("[[composite_alarms]]\nname = \"page\"\nrule = \"ALARM(errors)\"\n{SUPPRESSOR}");
    alarm("errors") + &alarm("deploying") + &page
}

/// A row a minute from noon on.
fn rows(metric: &str, values: &str) -> String {
    let row = |(minute, value)| format!("2026-03-17T12:{minute:02}:00Z,{metric},{value}\n");
    values.chars().enumerate().map(row).collect()
}

/// What is said of the actions of `page`.
fn told(errors: &str, deploying: &str) -> (Vec<String>, String) {
    told_until("12:15", errors, deploying)
}

/// The same of a play that ends then.
fn told_until(to: &str, errors: &str, deploying: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.toml"), alarms()).expect("a file");
    let data = "timestamp,metric,value\n".to_owned()
        + &rows("errors", errors)
        + &rows("deploying", deploying);
    fs::write(folder.path().join("d.csv"), data).expect("a file");
    let output = |options: &[&str]| {
        let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
        sim.current_dir(folder.path())
            .args(["alarm", "a.toml", "--data", "d.csv", "--name", "page"]);
        let assert = sim.args(options).assert().success();
        String::from_utf8(assert.get_output().stdout.clone()).expect("text")
    };
    let to = ["--to", &format!("2026-03-17T{to}:00Z")];
    let json: Vec<Value> =
        serde_json::from_str(&output(&[&["--json"], &to[..]].concat())).expect("an array");
    let of_page = json.iter().filter(|entry| entry["alarm"] == "page");
    let line = |entry: &Value| {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let what = match text("HistoryItemType").as_str() {
            "Action" => format!("did {}", text("state")),
            _ => format!("{} {}", text("to"), text("ActionsSuppressedBy")),
        };
        format!("{} {what}", &text("time")[11..16])
    };
    (of_page.map(line).collect(), output(&to))
}

#[test]
fn what_is_held_back_and_what_is_done_is_shown() {
    // The errors of 12:04 and 12:05 are seen a minute later.
    let (alone, page) = told("000011000000000", "000000000000000");
    assert_eq!(
        alone,
        [
            "12:01 OK WaitPeriod",
            "12:03 did OK",
            "12:05 ALARM WaitPeriod",
            "12:07 OK WaitPeriod",
            "12:09 did OK"
        ],
        "the ALARM is over before the wait is, which begins anew"
    );
    assert!(
        page.contains("2026-03-17 12:05:00: page held back its actions of ALARM (WaitPeriod)\n"),
        "{page}"
    );
    assert!(page.contains("2026-03-17 12:09:00: page took its actions of OK\n"), "{page}");
    let (long, _) = told("000011111100000", "000000000000000");
    assert_eq!(
        long[2..],
        ["12:05 ALARM WaitPeriod", "12:07 did ALARM", "12:11 OK WaitPeriod", "12:13 did OK"]
    );
    let (held, _) = told("000011111111111", "000001110000000");
    assert_eq!(held[2..], ["12:05 ALARM WaitPeriod", "12:12 did ALARM"], "12:09 and three minutes");
    let (under_way, _) = told("000001111111111", "000110000000000");
    assert_eq!(under_way[2..], ["12:06 ALARM WaitPeriod", "12:08 did ALARM"], "the extension ends");
    let (within, _) = told("000001111111111", "000111111000000");
    assert_eq!(within[2..], ["12:06 ALARM Alarm", "12:13 did ALARM"]);
}

/// The ALARM of 12:05 waits for two minutes, and what is due as the play ends is done.
#[test]
fn actions_that_are_due_at_the_end_are_taken() {
    for (to, last) in [("12:06", "12:05 ALARM WaitPeriod"), ("12:07", "12:07 did ALARM")] {
        let (told, _) = told_until(to, "000011111100000", "000000000000000");
        assert_eq!(told.last().map(String::as_str), Some(last), "until {to}");
    }
}

/// The results of a rollout under a composite alarm, with and without a suppressor that is in ALARM all
/// along, are the same, and the suppressor is no guard.
#[test]
fn a_rollout_goes_by_the_state() {
    let fault = "[[regressions]]\nname = \"bad\"\ncrash = true\n";
    let deploying = GREEN_5XX.replace("\"5xx\"", "\"deploying\"").replace("0.02", "0");
    let deploying = deploying.replace("GreaterThanThreshold", "GreaterThanOrEqualToThreshold");
    let with = |suppressor: &str, alarms: &str| {
        let composite =
            format!("[[composite_alarms]]\nname = \"page\"\nrule = \"ALARM(5xx)\"\n{suppressor}");
        small(
            "",
            &format!(
                "{GREEN_5XX}{deploying}{composite}{fault}{}",
                STRATEGIES.replace("name = \"all\"", &format!("name = \"all\"{alarms}"))
            ),
        )
    };
    let named = "\nalarms = [\"page\"]";
    let verdicts = |toml: &str| {
        let results = run(&scenario(toml), &Unwatched).expect("the traffic can be read");
        let of_first = results.outcomes.iter().filter(|outcome| outcome.strategy == 0);
        of_first.map(|outcome| format!("{:?}", outcome.verdict)).collect::<Vec<_>>()
    };
    let (free, suppressed) = (verdicts(&with("", named)), verdicts(&with(SUPPRESSOR, named)));
    assert!(!free.is_empty());
    assert_eq!(free, suppressed);
    let guards = |suppressor: &str| scenario(&with(suppressor, "")).strategies[0].alarms.clone();
    assert_eq!(guards(""), [1, 2], "the alarm that no rule names, and the composite one");
    assert_eq!(guards(SUPPRESSOR), [2], "a suppressor says that trouble is expected");
}

#[test]
fn a_suppressor_is_checked_and_kept_in_the_resolved_file() {
    let file = |lines: &str| {
        let composite =
            format!("[[composite_alarms]]\nname = \"page\"\nrule = \"ALARM(5xx)\"\n{lines}");
        small("", &format!("{GREEN_5XX}{composite}{STRATEGIES}"))
    };
    let good = SUPPRESSOR.replace("deploying", "5xx");
    let loaded = Scenario::parse(&file(&good), "s.toml", Path::new("")).expect("a good scenario");
    for line in good.lines() {
        assert!(loaded.resolved.contains(line), "{line}\n{}", loaded.resolved);
    }
    let again =
        Scenario::parse(&loaded.resolved, "s.toml", Path::new("")).expect("a good scenario");
    assert!(again.scenario == loaded.scenario && again.resolved == loaded.resolved);
    for (lines, said) in [
        (
            "actions_suppressor = \"5xx\"\n",
            "`actions_suppressor` needs `actions_suppressor_wait_period`",
        ),
        (
            "actions_suppressor_wait_period = \"1m\"\n",
            "`actions_suppressor_wait_period` needs `actions_suppressor`",
        ),
        (&good.replace("\"5xx\"", "\"5x\""), "did you mean `5xx`?"),
        (&good.replace("\"5xx\"", "\"page\""), "\"page\" cannot hold back its own actions"),
        (&good.replace("2m", "2500ms"), "CloudWatch takes whole seconds, not 2s 500ms"),
    ] {
        let errors = Scenario::parse(&file(lines), "s.toml", Path::new("")).expect_err(said);
        assert!(errors.to_string().contains(said), "{said}: {errors}");
    }
}

#[test]
fn check_says_how_long_one_bad_minute_lasts() {
    let alarm = GREEN_5XX
        .replace("evaluation_periods = 3", "evaluation_range_extra = 5\nevaluation_periods = 1");
    let alarm = alarm.replace("datapoints_to_alarm = 2", "");
    let both = alarm.clone() + &GREEN_5XX.replace("\"5xx\"", "\"2 of 3\"");
    let composite = format!(
        "[[composite_alarms]]\nname = \"page\"\nrule = \"ALARM(5xx)\"\n{}",
        SUPPRESSOR.replace("deploying", "5xx")
    );
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("s.toml"), small("", &format!("{both}{composite}{STRATEGIES}")))
        .expect("a file");
    let mut sim = Command::new(env!("CARGO_BIN_EXE_sim"));
    let one = "\n5xx: after one bad minute it is OK again 1m later; if no value comes after it, it is OK \
               again 6m later\n";
    let two = "\n2 of 3: after one bad minute it is not in ALARM\n";
    let page =
        "\npage: 5xx holds back its actions, not its state, so a rollout heeds it all the same\n";
    sim.current_dir(folder.path())
        .args(["check", "s.toml"])
        .assert()
        .stdout(contains(one).and(contains(two)).and(contains(page)));
}
