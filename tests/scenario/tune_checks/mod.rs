//! Every check of `[tune]`: a table added to the example scenario, and the one problem that it must raise.

mod strategies;
mod uncertain;

use rollout_sim::scenario::tune::{LossPrices, Objective};
use rollout_sim::scenario::{Loaded, Scenario, ScenarioErrors};
use std::path::Path;

const EXAMPLE: &str = include_str!("../../data/example.toml");

fn parse(text: &str) -> Result<Loaded, ScenarioErrors> {
    Scenario::parse(text, "test.toml", Path::new(""))
}

fn with(table: &str) -> String {
    format!("{EXAMPLE}\n{table}\n")
}

fn loaded(table: &str) -> Loaded {
    parse(&with(table)).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The text raises one problem, at this path and with this message and remedy.
fn refused(text: &str, result: Result<(), ScenarioErrors>, [path, message, help]: [&str; 3]) {
    let Err(errors) = result else { panic!("no problem with {text}") };
    assert_eq!(errors.problems.len(), 1, "{text}:\n{errors}");
    let problem = &errors.problems[0];
    assert_eq!((problem.path.as_str(), problem.message.as_str()), (path, message), "{text}");
    let remedy = problem.help.as_deref().unwrap_or_default();
    assert!(remedy.contains(help) && !remedy.is_empty(), "{text}:\n{errors}");
    assert!(problem.span.is_some() || path.is_empty(), "no place:\n{errors}");
}

fn check(cases: &[(&str, [&str; 3])]) {
    for (table, expected) in cases {
        refused(table, parse(&with(table)).map(drop), *expected);
    }
}

const ALARM: &str = "[[tune.alarms]]\nalarm = \"5xx-rate\"\n";
const CANARY: &str = "[[tune.strategies]]\nstrategy = \"canary 10 %\"\n";

#[test]
fn limits_and_the_objective() {
    check(&[
        (
            "tune = { max_false_rollback = 2 }",
            ["strategies[3].tune", "unknown key `tune` in `strategies[3]`", "choose from"],
        ),
        (
            "[tune]\nmax_false_rollbacks = 0.1",
            [
                "tune.max_false_rollbacks",
                "unknown key `max_false_rollbacks` in `tune`",
                "did you mean `max_false_rollback`?",
            ],
        ),
        (
            "[tune]\nmax_false_rollback = 2",
            [
                "tune.max_false_rollback",
                "`max_false_rollback`: a share lies between 0 and 1, but is 2",
                "\"2%\"",
            ],
        ),
        (
            "[tune]\nmax_missed = -0.1",
            [
                "tune.max_missed",
                "`max_missed`: a share lies between 0 and 1, but is -0.1",
                "give 0 for never",
            ],
        ),
        (
            "[tune]\nminimise = \"failed_request\"",
            [
                "tune.minimise",
                "unknown choice `failed_request` in `tune`",
                "did you mean `failed_requests`?",
            ],
        ),
        (
            "[tune]\nprecision = 0",
            ["tune.precision", "`precision` must be above 0, but is 0", "\"0.5%\""],
        ),
        (
            "[tune]\nminimise = \"expected_loss\"",
            [
                "tune.minimise",
                "the expected loss is asked for, but nothing has a price",
                "failed_request_usd = 0.02",
            ],
        ),
        (
            "[tune]\nloss = { missed_usd = -1.0 }",
            [
                "tune.loss.missed_usd",
                "`missed_usd` must be from 0 to 1 000 000 000 000, but is -1",
                "range",
            ],
        ),
        (
            "[tune]\nloss = { slow_answer_usd = 0.01 }",
            [
                "tune.loss.slow_answer_usd",
                "slow answers have a price, but nothing says from when on an answer is slow",
                "give `slow_over` in [metrics]",
            ],
        ),
        (
            "[tune]\nloss = { wrong_answer_usd = 0.5 }",
            [
                "tune.loss.wrong_answer_usd",
                "wrong answers have a price, but nothing says how often an answer is wrong",
                "in [quality]",
            ],
        ),
        (
            "[tune]\nloss = { priors = 1 }",
            ["tune.loss.priors", "unknown key `priors` in `tune.loss`", "choose from"],
        ),
    ]);
}

#[test]
fn alarms_that_cannot_be_set() {
    check(&[
        (
            "[[tune.alarms]]\nalarm = \"5xx-rates\"",
            ["tune.alarms[0].alarm", "there is no alarm \"5xx-rates\"", "did you mean `5xx-rate`?"],
        ),
        ("[tune]\nalarms = []", ["tune.alarms", "`alarms` is an empty list", "take out the key"]),
        (
            &format!("{ALARM}{ALARM}"),
            ["tune.alarms[1].alarm", "the alarm \"5xx-rate\" is listed twice", "list it once"],
        ),
        (
            "[[tune.alarms]]\nm_of_n = [\"1 of 1\"]",
            ["tune.alarms[0].alarm", "`tune.alarms[0]` needs the key `alarm`", "alarm = "],
        ),
        (
            "[[tune.alarms]]\nalarm = \"5xx-rate\"\nperiods = [\"60s\"]",
            [
                "tune.alarms[0].periods",
                "unknown key `periods` in `tune.alarms[0]`",
                "did you mean `period`?",
            ],
        ),
    ]);
    let unread =
        EXAMPLE.replace("\n[[strategies]]", "\n[[strategies]]\nalarms = [\"p99-latency\"]");
    let text = format!("{unread}\n{ALARM}");
    refused(
        &text,
        parse(&text).map(drop),
        [
            "tune.alarms[0].alarm",
            "no strategy reads the alarm \"5xx-rate\"",
            "name it in the `alarms` of a strategy",
        ],
    );
}

#[test]
fn composite_alarms_and_what_they_follow_from() {
    const ANY: &str = "[[composite_alarms]]\nname = \"any\"\nrule = \"ALARM(5xx-rate)\"\n";
    check(&[
        (
            &format!("{ANY}[[tune.alarms]]\nalarm = \"any\""),
            [
                "tune.alarms[0].alarm",
                "\"any\" is a composite alarm: it has nothing to set",
                "tune alarms that a strategy names itself",
            ],
        ),
        (
            &format!("{ANY}{ALARM}"),
            [
                "tune.alarms[0].alarm",
                "strategies read \"5xx-rate\" only by way of \"any\"",
                "instead of \"any\"",
            ],
        ),
        (
            &format!(
                "{ANY}[[composite_alarms]]\nname = \"outer\"\nrule = \"ALARM(any)\"\n{ALARM}\
                 [[strategies]]\nname = \"both\"\nall_at_once = {{ final_bake = \"5m\" }}\n\
                 alarms = [\"5xx-rate\", \"outer\"]"
            ),
            [
                "tune.alarms[0].alarm",
                "the strategy \"both\" reads \"5xx-rate\" by way of \"outer\" too",
                "take \"outer\" out",
            ],
        ),
    ]);
    let band = EXAMPLE
        .replacen("threshold = 0.01", "band = { lasts = \"10m\", baseline = \"blue\" }", 1)
        .replacen("\"GreaterThanThreshold\"", "\"GreaterThanUpperThreshold\"", 1);
    let text = format!("{band}\n{ALARM}");
    refused(
        &text,
        parse(&text).map(drop),
        [
            "tune.alarms[0].alarm",
            "\"5xx-rate\" compares with a band, so it has no threshold to set",
            "give it a `threshold`",
        ],
    );
}

#[test]
fn values_of_an_alarm() {
    let case = |list: &str, expected| (format!("{ALARM}{list}"), expected);
    let cases = [
        case(
            "m_of_n = [\"1 of 1\", \"4 of 3\"]",
            [
                "tune.alarms[0].m_of_n",
                "`m_of_n`: 4 datapoints to alarm are more than the 3 that are looked at",
                "\"3 of 3\"",
            ],
        ),
        case(
            "m_of_n = [\"3\"]",
            [
                "tune.alarms[0].m_of_n",
                "`m_of_n`: expected M of N datapoints, such as \"3 of 5\", found \"3\"",
                "whole numbers",
            ],
        ),
        case(
            "m_of_n = []",
            ["tune.alarms[0].m_of_n", "`m_of_n` is an empty list", "take out the key"],
        ),
        case(
            "threshold = []",
            ["tune.alarms[0].threshold", "`threshold` is an empty list", "take out the key"],
        ),
        case(
            "m_of_n = [\"2 of 3\", \"1 of 1\", \"2 of 3\"]",
            ["tune.alarms[0].m_of_n[2]", "`2 of 3` is listed twice", "list it once"],
        ),
        case(
            "threshold = [0.01, \"1%\"]",
            ["tune.alarms[0].threshold[1]", "this threshold is listed twice", "list it once"],
        ),
        case(
            "threshold = [0.02, \"100ms\"]",
            ["tune.alarms[0].threshold[1]", "this datapoint is a share of the requests", "\"1%\""],
        ),
        case(
            "period = [\"5m\", \"90s\"]",
            [
                "tune.alarms[0].period[1]",
                "with `1m 30s`: `period` must be 10, 20 or 30 seconds or a multiple of a minute, \
                 not 1m 30s",
                "CloudWatch takes no other",
            ],
        ),
        case(
            "period = [\"10s\"]",
            [
                "tune.alarms[0].period[0]",
                "with `10s`: `period` (10s) is not a multiple of metrics.interval (1m)",
                "whole published intervals",
            ],
        ),
        case(
            "statistic = [\"Sum\"]",
            [
                "tune.alarms[0].statistic[0]",
                "with `Sum`: its datapoints would have another unit than the present ones",
                "an alarm of its own",
            ],
        ),
        case(
            "m_of_n = [\"1441 of 1441\"]",
            [
                "tune.alarms[0].m_of_n[0]",
                "with `1441 of 1441`: 1441 periods of 1m are more than a day",
                "at most 1440",
            ],
        ),
    ];
    let cases: Vec<(&str, [&str; 3])> =
        cases.iter().map(|(table, expected)| (table.as_str(), *expected)).collect();
    check(&cases);
    let no_shadow = EXAMPLE.split("[[strategies]]\nname = \"shadow").next().expect("a text");
    let text = format!("{no_shadow}{ALARM}fleet = [\"both\", \"shadow\"]");
    refused(
        &text,
        parse(&text).map(drop),
        [
            "tune.alarms[0].fleet[1]",
            "with `shadow`: the alarm \"5xx-rate\" watches mirrored requests, but nothing is mirrored",
            "or watch another fleet",
        ],
    );
}

#[test]
fn more_variants_than_anybody_waits_for() {
    let list = |count: u32, unit: &str| {
        let values: Vec<String> = (2..2 + count).map(|n| format!("\"{n}{unit}\"")).collect();
        format!("[{}]", values.join(", "))
    };
    let plans = format!(
        "{CANARY}vary = {{ \"canary.bake\" = {}, timeout = {} }}",
        list(14, "s"),
        list(14, "h")
    );
    let shapes = format!(
        "{ALARM}period = {}\nm_of_n = [{}]",
        list(40, "m"),
        (1..=25).map(|n| format!("\"1 of {n}\"")).collect::<Vec<_>>().join(", ")
    );
    check(&[
        (
            &plans,
            [
                "tune.strategies",
                "these are 225 ways of rolling out, more than 200",
                "list fewer values",
            ],
        ),
        (
            &shapes,
            [
                "tune.alarms",
                "these are 1066 ways of setting alarms, more than 1000",
                "list fewer values",
            ],
        ),
    ]);
}

#[test]
fn problems_elsewhere_are_not_reported_again() {
    let text = with(ALARM).replacen("name = \"5xx-rate\"", "nome = \"5xx-rate\"", 1);
    let errors = parse(&text).expect_err("a misspelt key");
    assert_eq!(errors.problems.len(), 1, "{errors}");
}

#[test]
fn how_a_problem_looks() {
    let text = with(&format!("{CANARY}vary = {{ \"canary.size\" = [\"20%\", \"a fifth\"] }}"));
    insta::assert_snapshot!(parse(&text).expect_err("a problem").render(false), @r#"
    error: `size`: expected a size such as "10%" or "3 instances", found "a fifth"
      --> test.toml:87:34
       |
    87 | vary = { "canary.size" = ["20%", "a fifth"] }
       |                                  ^^^^^^^^^
       |
       = help: write a percentage above 0 % up to 100 %, or a whole number of instances

    error: 1 problem in test.toml
    "#);
}

#[test]
fn what_is_asked_for_and_what_is_absent() {
    let plain = loaded("").tune;
    assert_eq!((plain.max_false_rollback, plain.max_missed), (0.01, 0.05));
    assert_eq!((plain.minimise, plain.precision), (Objective::Harm, None));
    assert_eq!(plain.prices, LossPrices::default());
    assert_eq!(plain.noticed_after_s.to_bits(), (4.0 * 3600.0_f64).to_bits());
    assert_eq!(loaded("[tune]").tune, plain);
    let third = (1.0 - 0.9) / 3.0;
    assert_eq!(plain.priors, [0.9, third, third, third]);

    let asked = loaded(
        "[metrics]\nslow_over = \"150ms\"\n\
         [tune]\nmax_false_rollback = \"2%\"\nmax_missed = 1\nminimise = \"expected_loss\"\n\
         precision = \"0.5%\"\n[tune.loss]\nfailed_request_usd = 0.02\nslow_answer_usd = 0.01\nmissed_usd = 1e4",
    )
    .tune;
    assert_eq!((asked.max_false_rollback, asked.max_missed), (0.02, 1.0));
    assert_eq!((asked.minimise, asked.precision), (Objective::ExpectedLoss, Some(0.005)));
    let prices = LossPrices {
        failed_request_usd: 0.02,
        slow_answer_usd: 0.01,
        missed_usd: 10_000.0,
        ..LossPrices::default()
    };
    assert_eq!(asked.prices, prices);
}

#[test]
fn users_are_few_only_where_they_are_counted() {
    let text = with("[tune]\nminimise = \"users_touched\"");
    assert_eq!(parse(&text).expect("a scenario").tune.minimise, Objective::UsersTouched);
    let text = text.replacen("users = 40000\n", "", 1);
    let expected = [
        "tune.minimise",
        "the users touched are to be few, but nothing says how many users there are",
        "give `users` in [traffic]",
    ];
    refused(&text, parse(&text).map(drop), expected);
}

#[test]
fn priors_are_those_of_the_regressions() {
    let mut text = EXAMPLE.to_owned();
    for (name, prior) in [("5xx at 3 %", 0.25), ("5xx at 1.5 %", 0.125), ("slow tail", 0.125)] {
        let key = format!("name = \"{name}\"");
        text = text.replacen(&key, &format!("prior = {prior}\n{key}"), 1);
    }
    assert_eq!(parse(&text).expect("a scenario").tune.priors, [0.5, 0.25, 0.125, 0.125]);
}

#[test]
fn without_priors_nine_of_ten_releases_are_healthy() {
    let good = "name = \"5xx at 3 %\"";
    let text = EXAMPLE.replacen(good, &format!("{good}\nhealthy = true"), 1);
    let priors = parse(&text).expect("a scenario").tune.priors;
    let expected = [0.45, 0.45, 0.05, 0.05];
    assert!(priors.iter().zip(expected).all(|(is, should)| (is - should).abs() < 1e-15));
    assert_eq!(priors.len(), expected.len());
    let [before, after] = ["[[regressions]]", "[[alarms]]"].map(|part| EXAMPLE.find(part));
    let (before, after) = (before.expect("regressions"), after.expect("alarms"));
    let text = format!("{}{}", &EXAMPLE[..before], &EXAMPLE[after..]);
    assert_eq!(parse(&text).expect("a scenario").tune.priors, [1.0]);
}

#[test]
fn the_resolved_scenario_has_the_table_if_the_file_has_it() {
    let table = format!(
        "[tune]\nmax_missed = \"6%\"\nnoticed_after = {{ constant = \"2h\" }}\n\
         [tune.uncertain]\n\"traffic.rate\" = \"10%\"\nendpoint.switch = [\"30s\", \"2m\"]\n\
         [tune.loss]\nmissed_usd = 5.0\n{ALARM}\
         m_of_n = [\"2 of 3\", \"1 of 1\"]\nperiod = [\"5m\"]\nthreshold = [\"2%\", 0.03]\n\
         fleet = [\"both\"]\ntreat_missing_data = [\"missing\"]\n{CANARY}\
         vary = {{ \"canary.size\" = [\"20%\", \"1 instance\"], canary.bake = [\"5m\"], timeout = [\"2h\"] }}"
    );
    let tuned = loaded(&table);
    let again = parse(&tuned.resolved).expect("a scenario");
    assert_eq!(again, tuned);
    assert!(tuned.resolved.contains("[tune.uncertain]"), "{}", tuned.resolved);
    assert!(tuned.resolved.contains("[tune.loss]"), "{}", tuned.resolved);
    let plain = loaded("");
    assert!(!plain.resolved.contains("tune"));
    assert_eq!(tuned.scenario, plain.scenario, "no run depends on it");
    assert_ne!(tuned, plain);
}
