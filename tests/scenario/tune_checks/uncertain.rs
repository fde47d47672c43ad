//! The checks of `uncertain` and `noticed_after`.

use super::{EXAMPLE, check, parse, refused, with};

/// A file that can be read, but not tuned: one problem, at this path and with this message and remedy.
fn not_tuned(table: &str, expected: [&str; 3]) {
    let text = with(&format!("[tune.uncertain]\n{table}"));
    let loaded = parse(&text).unwrap_or_else(|errors| panic!("{errors}"));
    refused(&text, loaded.expand().map(drop), expected);
}

fn check_each(cases: &[(&str, [&str; 3])]) {
    for (table, expected) in cases {
        check(&[(&format!("[tune.uncertain]\n{table}"), *expected)]);
    }
}

#[test]
fn how_far_the_traffic_may_be_off() {
    let path = "tune.uncertain.traffic.rate";
    check_each(&[
        (
            "\"traffic.rate\" = \"100%\"",
            [path, "`rate` must be below 100 %: some traffic has to be left", "\"25%\""],
        ),
        (
            "traffic.rate = -0.1",
            [path, "`rate`: a share lies between 0 and 1, but is -0.1", "\"25%\""],
        ),
        (
            "traffic.rate = [10.0, 20.0]",
            [
                path,
                "`rate` must be a number from 0 to 1 or a percentage such as \"2.5%\", but is a list",
                "\"25%\"",
            ],
        ),
    ]);
}

#[test]
fn a_trace_of_single_requests_is_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("requests.csv");
    let rows: Vec<String> = (0..1000).map(|minute| format!("{}", minute * 30)).collect();
    std::fs::write(&path, format!("time\n{}", rows.join("\n"))).expect("a file");
    let arrivals =
        format!("{{ trace = {{ path = '{}', time_column = \"time\" }} }}", path.display());
    let text = EXAMPLE.replacen("{ poisson = { rate_per_s = 120.0 } }", &arrivals, 1);
    let expanded = parse(&text).expect("a scenario").expand().expect("something to tune");
    let warning = "the traffic is the same in every replication: a trace of single requests can \
                   be neither more nor less than it is";
    assert_eq!(expanded.warnings, [warning]);
    assert!(expanded.expansion.uncertain().is_empty());
    let off = format!("{text}\n[tune.uncertain]\n\"traffic.rate\" = 0");
    let expanded = parse(&off).expect("a scenario").expand().expect("something to tune");
    assert!(expanded.warnings.is_empty(), "{:?}", expanded.warnings);
    let on = format!("{text}\n[tune.uncertain]\n\"traffic.rate\" = \"10%\"");
    let expected = [
        "tune.uncertain.traffic.rate",
        "a trace of single requests can be neither more nor less than it is",
        "give \"0%\", or a trace whose rows are counts or rates",
    ];
    refused(&on, parse(&on).map(drop), expected);
}

#[test]
fn keys_that_have_no_range() {
    check_each(&[
        (
            "\"blue.errors_5x\" = [0.0, 0.1]",
            [
                "tune.uncertain.blue.errors_5x",
                "the scenario has no key `blue.errors_5x`",
                "did you mean `blue.errors_5xx`?",
            ],
        ),
        (
            "\"errors_5xx\" = [0.0, 0.1]",
            ["tune.uncertain.errors_5xx", "`errors_5xx` may be any of 4 keys", "`blue.errors_5xx`"],
        ),
        (
            "\"endpoint.routing\" = [\"random\", \"round-robin\"]",
            [
                "tune.uncertain.endpoint.routing",
                "`routing` is \"least-outstanding\": neither a number nor a time",
                "take it out",
            ],
        ),
        (
            "name = [\"1m\", \"2m\"]",
            [
                "tune.uncertain.name",
                "`name` is \"fraud-model-v2\": neither a number nor a time",
                "take it out",
            ],
        ),
        (
            "\"endpoint.queue_limit\" = [1, 2]",
            [
                "tune.uncertain.endpoint.queue_limit",
                "the scenario has no value of `endpoint.queue_limit`, so there is no range around it",
                "in the file first",
            ],
        ),
        (
            "\"blue.errors_5xx\" = [0.0, 0.1]\nblue.errors_4xx = [0.0, 0.1]\nblue.\"errors_5xx\" \
             = [0.0, 0.2]",
            ["tune.uncertain.blue.errors_5xx", "`blue.errors_5xx` is listed twice", "once"],
        ),
        (
            "\"endpoint.switch\" = [\"30s\", \"2m\"]\nswitch = [\"30s\", \"2m\"]",
            ["tune.uncertain.switch", "`endpoint.switch` is listed twice", "once"],
        ),
    ]);
}

#[test]
fn keys_that_are_the_same_in_every_replication() {
    let refused = |key: &str, path: &str, why: &str, help: &str| {
        let message = format!("`{path}` cannot be uncertain: {why}");
        check(&[(
            &format!("[tune.uncertain]\n'{key}' = [1, 2]"),
            [format!("tune.uncertain.{key}").as_str(), &message, help],
        )]);
    };
    refused("tune.max_missed", "tune.max_missed", "no run depends on it", "take it out");
    for key in ["seed", "runs", "horizon", "warm_up", "confidence"] {
        let key = format!("experiment.{key}");
        refused(&key, &key, "all replications are of one experiment", "one value");
    }
    let strategy = "how to roll out is what a tuning decides";
    refused(
        "strategies[1].canary.bake",
        "strategies.\"canary 10 %\".canary.bake",
        strategy,
        "[[tune.strategies]]",
    );
    let alarm = "how alarms are set is what a tuning decides";
    refused("alarms.5xx-rate.threshold", "alarms.5xx-rate.threshold", alarm, "[[tune.alarms]]");
    let prior = "it weighs releases, and no run depends on it";
    refused("regressions.slow tail.prior", "regressions.\"slow tail\".prior", prior, "take it out");
    let interval = "all alarms are set in these intervals";
    refused("metrics.interval", "metrics.interval", interval, "one value");
}

#[test]
fn ends_that_make_no_range() {
    let ends = |key: &str, ends: &str, message: &str, help: &str| {
        let table = format!("[tune.uncertain]\n\"{key}\" = {ends}");
        check(&[(&table, [&format!("tune.uncertain.{key}"), message, help])]);
    };
    for value in ["\"30s\"", "[]", "[\"30s\"]", "[\"30s\", \"1m\", \"2m\"]", "{}"] {
        let message = "`endpoint.switch` must be a list of two values, its ends";
        ends("endpoint.switch", value, message, "write the lower and the upper end");
    }
    ends(
        "endpoint.switch",
        "[\"2m\", \"30s\"]",
        "`switch`: the first end, \"2m\", is not below the second, \"30s\"",
        "lower end first",
    );
    ends(
        "endpoint.switch",
        "[30, 60]",
        "`switch`: a time needs a unit, found the bare number 30",
        "\"30s\"",
    );
    ends(
        "endpoint.instances",
        "[8, 12.5]",
        "`instances`: 12.5 is no whole number, but the key takes no other",
        "whole number",
    );
    ends("blue.errors_5xx", "[0.01, inf]", "`errors_5xx`: inf is no finite number", "\"5%\"");
    ends(
        "blue.errors_5xx",
        "[\"1%\", \"2\"]",
        "`errors_5xx`: expected a number from 0 to 1 or a percentage such as \"2.5%\", found \"2\"",
        "write a number",
    );
}

#[test]
fn more_keys_than_can_be_combined() {
    let keys: Vec<String> =
        (0..9).map(|number| format!("\"regressions.{number}.prior\" = [0, 1]")).collect();
    check_each(&[(
        &keys.join("\n"),
        ["tune.uncertain", "`uncertain` names 9 keys, more than 8", "matter most"],
    )]);
}

#[test]
fn ends_at_which_the_scenario_is_none() {
    not_tuned(
        "\"green.cold_start.factor\" = [0.5, 6.0]",
        [
            "tune.uncertain.green.cold_start.factor[0]",
            "with `green.cold_start.factor` = 0.5: `factor` must be from 1 to 1000, but is 0.5",
            "range",
        ],
    );
    not_tuned(
        "\"endpoint.provision\" = [\"4m\", \"2h\"]",
        [
            "tune.uncertain.endpoint.provision[1]",
            "with `endpoint.provision` = 2h: the horizon (1h 30m) ends before the strategy \
             \"shadow 30 min\" does, which takes 2h 41m to provision, switch and bake",
            "narrow the range, or else: give at least \"2h 41m\"",
        ],
    );
}

#[test]
fn all_ends_are_reported_at_once() {
    let text = with(
        "[tune.uncertain]\n\"green.cold_start.factor\" = [0.5, 2000]\n\"endpoint.instances\" = [0, 12]",
    );
    let errors = parse(&text).expect("a scenario").expand().expect_err("three problems");
    let paths: Vec<&str> = errors.problems.iter().map(|problem| problem.path.as_str()).collect();
    let factor = "tune.uncertain.green.cold_start.factor";
    let expected = [
        format!("{factor}[0]"),
        format!("{factor}[1]"),
        "tune.uncertain.endpoint.instances[0]".to_owned(),
    ];
    assert_eq!(paths, expected, "{errors}");
}

/// Either key may have any of its values, but not both their highest.
#[test]
fn ends_that_do_not_go_together() {
    not_tuned(
        "\"blue.errors_4xx\" = [0.0, 0.6]\n\"blue.errors_5xx\" = [0.0, 0.5]",
        [
            "tune.uncertain",
            "with `blue.errors_4xx` = 0.6 and `blue.errors_5xx` = 0.5: `errors_4xx` (0.6) and \
             `errors_5xx` (0.5) add up to more than 1 in `blue`",
            "lower one of them",
        ],
    );
}

/// A job may run every hour or every other, but at no time in between.
#[test]
fn values_between_two_good_ends_are_tried() {
    let text = with(
        "[quality]\naccuracy = 0.9\n[[monitors]]\nname = \"accuracy\"\n\
         model_quality = { metric = \"accuracy\" }\nschedule = \"1h\"\n\
         start_offset = \"4h\"\nend_offset = \"2h\"\n\
         [tune.uncertain]\n\"monitors.accuracy.schedule\" = [\"1h\", \"2h\"]",
    );
    let errors = parse(&text).expect("a scenario").expand().expect_err("a problem");
    assert_eq!(errors.problems.len(), 1, "{errors}");
    let problem = &errors.problems[0];
    assert_eq!(problem.path, "tune.uncertain.monitors.accuracy.schedule");
    assert!(problem.message.starts_with("with `monitors.accuracy.schedule` = 1h "), "{errors}");
    let rule = "`schedule` must be a whole number of hours, not 1h ";
    assert!(problem.message.contains(rule) && problem.span.is_some(), "{errors}");
}

#[test]
fn a_variant_that_is_none_at_an_end() {
    let text = with(
        "[[tune.strategies]]\nstrategy = \"canary 10 %\"\nvary = { \"canary.size\" = [\"3 instances\"] }\n\
         [tune.uncertain]\n\"endpoint.instances\" = [4, 20]",
    );
    let loaded = parse(&text).expect("a scenario");
    let expected = [
        "tune.uncertain.endpoint.instances[0]",
        "with `endpoint.instances` = 4: of the strategy \"canary 10 % [canary.size = 3 \
         instances]\": a canary is at most 50 % of instances, but this one is 3 of 4 \
         (`TrafficRoutingConfiguration.CanarySize`)",
        "",
    ];
    refused(&text, loaded.expand().map(drop), expected);
}

#[test]
fn when_a_missed_fault_is_noticed() {
    let case = |value: &str, message: &str, help: &str| {
        check(&[(
            &format!("[tune]\nnoticed_after = {value}"),
            ["tune.noticed_after", message, help],
        )]);
    };
    case(
        "{ pareto = { minimum = \"1h\", shape = 1.0 } }",
        "`noticed_after` has no finite mean",
        "another distribution",
    );
    case("{ constant = \"0s\" }", "`noticed_after` must have a mean above zero", "longer time");
    case(
        "{ lognormal = { median = \"10d\", sigma = 3.0 } }",
        "`noticed_after` has a mean beyond 366 days",
        "shorter",
    );
    case(
        "{ lognormal = { median = \"1h\" } }",
        "a lognormal is given by exactly two parameters",
        "mean and cv",
    );
    let seconds = |value: &str| {
        let text = with(&format!("[tune]\nnoticed_after = {value}"));
        parse(&text).unwrap_or_else(|errors| panic!("{errors}")).tune.noticed_after_s
    };
    assert_eq!(seconds("{ constant = \"2h\" }").to_bits(), 7200_f64.to_bits());
    let lognormal = seconds("{ lognormal = { median = \"1h\", sigma = 1.5 } }");
    assert!((lognormal / (3600.0 * 1.125_f64.exp()) - 1.0).abs() < 1e-12, "{lognormal}");
}
