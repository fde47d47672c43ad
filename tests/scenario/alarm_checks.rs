//! Problems of alarms, each with its message, and settings that are fine.

use rollout_sim::scenario::{Scenario, ScenarioErrors};
use std::path::Path;

const EXAMPLE: &str = include_str!("../data/example.toml");
const FIRST: &str = "datapoints_to_alarm = 2";
const MATH: &str = "expression = \"a / b\"\nmetrics = [{ id = \"a\", metric = \"Invocations\", \
    statistic = \"Sum\", fleet = \"green\" }, { id = \"b\", metric = \"Invocations\", \
    statistic = \"Sum\", fleet = \"blue\" }]";
const ALARM: &str = "[[alarms]]\nname = \"new\"\nthreshold = 1\ncomparison = \
    \"GreaterThanThreshold\"\nperiod = \"60s\"\nevaluation_periods = 2\n";
const BAND_ALARM: &str = "[[alarms]]\nname = \"band\"\nmetric = \"ModelLatency\"\nstatistic = \
    \"Average\"\nfleet = \"green\"\ncomparison = \"GreaterThanUpperThreshold\"\nperiod = \"60s\"\n\
    evaluation_periods = 2\n";

/// The example with a line after its first alarm's M, and with more at its end.
fn with(line: &str, end: &str) -> Result<(), ScenarioErrors> {
    assert!(EXAMPLE.contains(FIRST));
    let text = format!("{}\n{end}", EXAMPLE.replacen(FIRST, &format!("{FIRST}\n{line}"), 1));
    Scenario::parse(&text, "test.toml", Path::new("")).map(|_| ())
}

fn refuses(line: &str, end: &str, expected: &str) {
    let Err(errors) = with(line, end) else { panic!("no problem with {line}{end}") };
    assert_eq!(errors.problems.len(), 1, "{line}{end}:\n{errors}");
    assert!(errors.problems[0].message.contains(expected), "{line}{end}:\n{errors}");
    assert!(errors.problems[0].help.is_some(), "no remedy:\n{errors}");
}

#[test]
fn settings_of_one_alarm() {
    for (line, expected) in [
        ("utc_offset_min = 60", "to `evaluation_window"),
        ("evaluation_window = \"wall_clock\"\nutc_offset_min = 1440", "from -1439 to 1439"),
        ("evaluation_window = \"wall_clock\"\nevaluation = \"aligned\"", "not once a period"),
        ("warm_up = \"90s\"", "whole minutes"),
        ("warm_up = \"2881m\"", "`warm_up` must be from 1m to 2880m"),
        ("only_after_warm_up = true", "nothing to wait for"),
        ("monitor = \"m\"", "not both"),
        ("band = { lasts = \"10m\" }", "a band is compared otherwise"),
    ] {
        let Err(errors) = with(line, "") else { panic!("no problem with {line}") };
        let is_said = errors.problems.iter().any(|problem| problem.message.contains(expected));
        assert!(is_said, "{line}:\n{errors}");
    }
    for line in [
        "evaluation_window = \"wall_clock\"\nutc_offset_min = -330",
        "warm_up = \"48h\"\nonly_after_warm_up = true\ncreated_after = \"0s\"",
        "premature_alarm = \"fewer_than_m\"\nignore_rule = \"without_good_datapoint\"",
        "evaluate_low_sample_count_percentile = \"ignore\"\nlow_sample_scope = \"evaluation\"",
        "trim_method = \"whole_ranks\"\ninitial_state = \"ALARM\"",
    ] {
        with(line, "").unwrap_or_else(|errors| panic!("{errors}"));
    }
}

#[test]
fn expressions() {
    with("", &format!("{ALARM}{MATH}")).unwrap_or_else(|errors| panic!("{errors}"));
    for (from, to, expected) in [
        ("a / b", "a / c", "c"),
        ("a / b", "a /", "(at character"),
        ("a / b", "SUM(a)", "(at character"),
        ("id = \"b\"", "id = \"a\"", "two of the metrics"),
        ("id = \"a\"", "id = \"A\"", "no lower-case letter"),
        ("metric = \"Invocations\"", "metric = \"Invokations\"", "there is no metric"),
        ("\"Sum\", fleet = \"blue\"", "\"p99\", fleet = \"blue\"", "a percentile needs"),
    ] {
        let text = format!("{ALARM}{}", MATH.replacen(from, to, 1));
        let Err(errors) = with("", &text) else { panic!("no problem with {to}") };
        let is_said = errors.problems.iter().any(|problem| problem.message.contains(expected));
        assert!(is_said, "{to}:\n{errors}");
    }
    refuses("", &format!("{ALARM}{MATH}\nfleet = \"green\""), "does not go with");
    refuses("", &format!("{ALARM}expression = \"1\""), "needs the key `metrics`");
    refuses("", ALARM, "needs the key `metric`");
}

#[test]
fn bands() {
    let band = |text: &str| format!("{BAND_ALARM}{text}");
    let fine = band("band = { baseline = \"blue\", lasts = \"10m\" }");
    with("", &fine).unwrap_or_else(|errors| panic!("{errors}"));
    for (text, expected) in [
        ("band = { lasts = \"10m\" }", "no datapoints before the update"),
        ("band = { baseline = \"blue\", lasts = \"1m\" }", "two periods"),
        ("band = { baseline = \"blue\", lasts = \"20h\" }", "two periods"),
        ("band = { baseline = \"blue\", lasts = \"10m\", width = 0.0 }", "above 0"),
        ("band = { baseline = \"blue\", lasts = \"10m\" }\nthreshold = 1", "is the threshold"),
        ("threshold = 1", "this comparison is with a band"),
    ] {
        refuses("", &band(text), expected);
    }
}

#[test]
fn composite_alarms() {
    let composite = |name: &str, rule: &str| {
        format!("[[composite_alarms]]\nname = \"{name}\"\nrule = '{rule}'\n")
    };
    let fine = composite("c", "ALARM(5xx-rate) AND NOT OK(\"p99-latency\")");
    with("", &fine).unwrap_or_else(|errors| panic!("{errors}"));
    refuses("", &composite("c", "ALARM(5xx-rat)"), "there is no alarm");
    refuses("", &composite("c", "ALARM(5xx-rate"), "(at character");
    refuses("", &composite("5xx-rate", "TRUE"), "an alarm is called");
    refuses("", &composite("c", "NOT ALARM(c)"), "follow from itself");
    let round = composite("c", "ALARM(d)") + &composite("d", "ALARM(c)");
    refuses("", &round, "follow from itself");
    let chain = composite("c", "ALARM(d)") + &composite("d", "ALARM(5xx-rate)");
    with("", &chain).unwrap_or_else(|errors| panic!("{errors}"));
}

/// All alarms but those that a composite one speaks for.
#[test]
fn a_strategy_without_alarms_takes_the_outermost() {
    let alarms = |end: &str| {
        let text = format!("{EXAMPLE}\n{end}");
        let loaded = Scenario::parse(&text, "test.toml", Path::new(""));
        let scenario = loaded.unwrap_or_else(|errors| panic!("{errors}")).scenario;
        let names = scenario.strategies[0].alarms.iter();
        names.map(|&number| scenario.alarm_name(number).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(alarms(""), ["5xx-rate", "p99-latency"]);
    let composite = "[[composite_alarms]]\nname = \"c\"\nrule = \"ALARM(5xx-rate)\"";
    assert_eq!(alarms(composite), ["p99-latency", "c"]);
}
