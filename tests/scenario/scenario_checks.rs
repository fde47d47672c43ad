//! Every check: an edit of the example scenario, and the one problem that it must raise.

use rollout_sim::scenario::{Loaded, Scenario, ScenarioErrors};
use std::path::Path;

const EXAMPLE: &str = include_str!("../data/example.toml");
const ARRIVALS: &str = "{ poisson = { rate_per_s = 120.0 } }";
const LATENCY: &str = "{ lognormal = { median = \"35ms\", p99 = \"120ms\" } }";
const CANARY: &str = "canary = { size = \"10%\", bake = \"10m\", final_bake = \"10m\" }";
const SLOW: &str = "latency = { factor = 1.6 }";
const FIRST_REGRESSION: &str = "errors = { errors_5xx = 0.03 }";
const FIRST_ALARM: &str = "datapoints_to_alarm = 2";
const LAST: &str = "shadow = { sample = \"100%\", lasts = \"30m\", then = \"all_at_once\", \
                    final_bake = \"10m\" }";

fn edited(from: &str, to: &str) -> Result<Loaded, ScenarioErrors> {
    assert!(EXAMPLE.contains(from), "the example has no {from}");
    Scenario::parse(&EXAMPLE.replacen(from, to, 1), "test.toml", Path::new(""))
}

/// Each (from, to, part of the message): the edit raises that problem alone, with remedy and place.
fn check(edits: &[(&str, &str, &str)]) {
    for (from, to, expected) in edits {
        let Err(errors) = edited(from, to) else { panic!("no problem with {to}") };
        assert_eq!(errors.problems.len(), 1, "{to}:\n{errors}");
        let problem = &errors.problems[0];
        assert!(problem.message.contains(expected), "{to}:\n{errors}");
        assert!(problem.help.is_some(), "no remedy:\n{errors}");
        assert!(problem.span.is_some() || !EXAMPLE.contains(&problem.path), "no place:\n{errors}");
    }
}

/// Each (from, to): the edit is fine.
fn accept(edits: &[(&str, &str)]) {
    for (from, to) in edits {
        if let Err(errors) = edited(from, to) {
            panic!("{errors}");
        }
    }
}

/// Where a value is no choice the remedy lists the choices, and shows the form of one where it needs one.
#[test]
fn choices_are_listed() {
    let help = |from, to| {
        let Err(errors) = edited(from, to) else { panic!("no problem with {to}") };
        assert_eq!(errors.problems.len(), 1, "{to}:\n{errors}");
        errors.problems[0].help.clone().expect("a remedy")
    };
    let fidelity = help("confidence = 0.95", "fidelity = 3");
    assert_eq!(fidelity, "choose from `requests`, `aggregate`, `auto`");
    assert!(help(ARRIVALS, "3").starts_with("choose from `poisson`, "));
    let latency = help("errors_5xx = 0.001", "failed_latency = \"3ms\"");
    assert!(
        latency.ends_with("`mixture`, as in `failed_latency = { constant = \"3ms\" }`"),
        "{latency}"
    );
}

#[test]
fn names() {
    check(&[
        ("fraud-model-v2", "", "is empty"),
        ("fraud-model-v2", "a/b", "has a `/`"),
        ("fraud-model-v2", "a\\\\b", "has a `\\`"),
        ("fraud-model-v2", "..", "begins or ends with a dot"),
        ("fraud-model-v2", "a\\u0007", "control characters"),
        ("fraud-model-v2", " a", "space"),
        ("fraud-model-v2", &"a".repeat(101), "longer than 100 characters"),
        ("\"canary 10 %\"", "\"all at once\"", "two of the strategies are called"),
        ("\"p99-latency\"", "\"5xx-rate\"", "two of the alarms are called"),
        ("\"5xx at 1.5 %\"", "\"5xx at 3 %\"", "two of the regressions are called"),
        ("\"5xx at 3 %\"", "\"healthy\"", "always there"),
        ("\"5xx at 3 %\"", "\"\"", "is empty"),
    ]);
}

#[test]
fn experiment() {
    check(&[
        ("runs = 1000", "runs = 0", "`runs` must be from 1"),
        ("runs = 1000", "runs = 10000001", "`runs` must be from 1"),
        ("runs = 1000", "runs = 1.5", "must be a whole number"),
        ("seed = 42", "seed = -1", "must be a whole number"),
        ("\"90m\"", "\"0s\"", "longer than zero"),
        ("\"90m\"", "\"367d\"", "longer than 366 days"),
        ("\"90m\"", "90", "needs a unit"),
        ("\"90m\"", "\"90\"", "needs a unit"),
        ("\"90m\"", "\"ninety\"", "expected a time"),
        ("\"90m\"", "\"44m\"", "takes 45m"),
        ("confidence = 0.95", "confidence = 0.5", "above 0.5 and below 1"),
        ("confidence = 0.95", "precision = 0", "`precision` must be above 0 and below 1"),
        ("confidence = 0.95", "precision = \"100 %\"", "`precision` must be above 0 and below 1"),
        ("confidence = 0.95", "precision = 2", "lies between 0 and 1"),
        ("confidence = 0.95", "precision = \"2\"", "expected a number from 0 to 1"),
        ("confidence = 0.95", "precision = \"-2%\"", "expected a number from 0 to 1"),
        ("confidence = 0.95", "confidence = 95", "lies between 0 and 1"),
        ("confidence = 0.95", "confidence = nan", "lies between 0 and 1"),
        ("confidence = 0.95", "measure_from = \"90m\"", "not before the horizon"),
        ("confidence = 0.95", "phase = \"align\"", "unknown choice `align`"),
    ]);
    accept(&[("\"90m\"", "\"45m\""), ("\"15m\"", "\"0s\""), ("seed = 42", "seed = 0")]);
}

#[test]
fn traffic() {
    check(&[
        (ARRIVALS, "{ poisson = { rate_per_s = 0 } }", "must be above 0"),
        (ARRIVALS, "{ poisson = { rate_per_s = -1 } }", "must be above 0"),
        (ARRIVALS, "{ poisson = { rate_per_s = nan } }", "must be above 0"),
        (ARRIVALS, "{ poisson = { rate_per_s = inf } }", "must be above 0"),
        (ARRIVALS, "{ poisson = { rate_per_s = 1e9 } }", "more than 10^12"),
        (ARRIVALS, "{ poisson = { rate_per_sec = 1 } }", "unknown key `rate_per_sec`"),
        (ARRIVALS, "{ poison = { rate_per_s = 1 } }", "unknown choice `poison`"),
        (ARRIVALS, "{}", "exactly one form"),
        (ARRIVALS, "\"poisson\"", "must be a table"),
        (ARRIVALS, "3", "one of its choices"),
        (ARRIVALS, "{ diurnal = { mean_per_s = 1, swing = 2 } }", "lies between 0 and 1"),
        (
            ARRIVALS,
            "{ diurnal = { mean_per_s = 1, swing = 1, period = \"0s\" } }",
            "longer than zero",
        ),
        (ARRIVALS, "{ profile = [] }", "no request ever arrives"),
        (ARRIVALS, "{ profile = [{ from = \"1s\", rate_per_s = 1 }] }", "not at the start"),
        (
            ARRIVALS,
            "{ profile = [{ from = \"0s\", rate_per_s = 1 }, { from = \"0s\", rate_per_s = 2 }] }",
            "does not come after",
        ),
        (ARRIVALS, "{ ramp = { from_per_s = 0, to_per_s = 0, lasts = \"1m\" } }", "ever arrives"),
        (
            ARRIVALS,
            "{ ramp = { from_per_s = 0, to_per_s = 1, lasts = \"0m\" } }",
            "longer than zero",
        ),
        (ARRIVALS, "{ gamma = { rate_per_s = 1, cv = 0 } }", "`cv` must be from 0.01"),
        (
            ARRIVALS,
            "{ mmpp = { rates_per_s = [0, 0], mean_sojourns = [\"1m\", \"1m\"] } }",
            "ever arr",
        ),
        (
            ARRIVALS,
            "{ mmpp = { rates_per_s = [1], mean_sojourns = [\"1m\", \"1m\"] } }",
            "list of two",
        ),
        ("users = 40000", "users = 0", "`users` must be from 1"),
        ("users = 40000", "sticky_users = true", "needs to know how many users"),
        (ARRIVALS, "{ trace = { path = \"absent.csv\", time_column = \"t\" } }", "can't be read"),
        (
            ARRIVALS,
            "{ trace = { path = \"clippy.toml\", time_column = \"t\", scale = 0 } }",
            "must be above 0",
        ),
        (
            ARRIVALS,
            "{ trace = { path = \"clippy.toml\", time_column = \"t\", scale = 2 } }",
            "each row is one request",
        ),
        (
            ARRIVALS,
            "{ trace = { path = \"clippy.toml\", time_column = \"t\" } }",
            "has no column `t`",
        ),
    ]);
    accept(&[(ARRIVALS, "{ gamma = { rate_per_s = 5, cv = 2 } }")]);
}

#[test]
fn endpoint() {
    check(&[
        ("instances = 10", "instances = 0", "`instances` must be from 1"),
        ("instances = 10", "instances = 10001", "`instances` must be from 1"),
        ("concurrency = 4", "concurrency = 0", "`concurrency` must be from 1"),
        ("concurrency = 4", "price_per_hour = -1", "`price_per_hour` must be from 0"),
        ("concurrency = 4", "price_per_hour = nan", "`price_per_hour` must be from 0"),
        ("concurrency = 4", "capacity = \"unlimited\"\nqueue_limit = 5", "none does"),
        ("concurrency = 4", "capacity = \"unlimited\"\nqueue = \"shared\"", "none does"),
        ("concurrency = 4", "timeout = \"0s\"", "longer than zero"),
        ("concurrency = 4", "timeout = \"never\"", "expected a time"),
        ("concurrency = 4", "green = { instances = 0 }", "`instances` must be from 1"),
        (
            "concurrency = 4",
            "features = [\"renamed-variant\", \"renamed-variant\"]",
            "listed twice",
        ),
        ("concurrency = 4", "features = [\"inf2\"]", "unknown choice `inf2`"),
        ("\"least-outstanding\"", "\"round-robin\"", "unknown choice `round-robin`"),
    ]);
    accept(&[
        ("concurrency = 4", "concurrency = 4\nqueue_limit = 0"),
        ("concurrency = 4", "capacity = \"unlimited\""),
        ("instance_type = \"ml.m5.xlarge\"", "instance_type = \"mine\"\nprice_per_hour = 0"),
    ]);
}

#[test]
fn metrics() {
    check(&[
        ("[blue]", "[metrics]\ninterval = \"0s\"\n[blue]", "10, 20 or 30 seconds"),
        ("[blue]", "[metrics]\ninterval = \"15s\"\n[blue]", "10, 20 or 30 seconds"),
        ("[blue]", "[metrics]\ninterval = \"90s\"\n[blue]", "10, 20 or 30 seconds"),
        ("[blue]", "[metrics]\nslow_over = \"0s\"\n[blue]", "longer than zero"),
    ]);
    accept(&[("[blue]", "[metrics]\ninterval = \"10s\"\n[blue]")]);
}

#[test]
fn models() {
    check(&[
        (LATENCY, "{ lognormal = { median = \"1s\", p99 = \"1s\" } }", "above the median"),
        (LATENCY, "{ lognormal = { median = \"1s\" } }", "exactly two parameters"),
        (LATENCY, "{ lognormal = { mean = \"1s\", cv = 1, sigma = 1 } }", "exactly two parameters"),
        (LATENCY, "{ lognormal = { mean = \"1s\", cv = 0 } }", "above 0"),
        (LATENCY, "{ gamma = { shape = 1 } }", "exactly two parameters"),
        (LATENCY, "{ pareto = { shape = 1 } }", "exactly two parameters"),
        (LATENCY, "{ constant = \"12d\" }", "11.6 days"),
        (LATENCY, "{ mixture = [] }", "needs a component"),
        (LATENCY, "{ lognormal = { medain = \"1s\" } }", "unknown key `medain`"),
        (LATENCY, "\"35ms\"", "unknown choice `35ms`"),
        ("errors_4xx = 0.002", "errors_4xx = 1", "add up to more than 1"),
        ("errors_4xx = 0.002", "errors_4xx = 2", "lies between 0 and 1"),
        ("errors_4xx = 0.002", "errors_4xx = \"2\"", "expected a number from 0 to 1"),
        ("errors_4xx = 0.002", "overdispersion = { correlation = 0 }", "above 0 and below 1"),
        ("errors_4xx = 0.002", "overdispersion = { correlation = nan }", "above 0 and below 1"),
        (
            "errors_4xx = 0.002",
            "overdispersion = { correlation = 0.1, interval = \"2m\", correlation_time = \"1m\" }",
            "must not be below `interval`",
        ),
        ("factor = 4.0", "factor = 0.5", "`factor` must be from 1"),
        ("lasts = \"90s\"", "lasts = \"0s\"", "longer than zero"),
        ("cold_start", "errors_4xx = 1.0\ncold_start", "add up to more than 1"),
    ]);
}

#[test]
fn distributions_are_nested_eight_deep_at_most() {
    let nest = |depth: usize| {
        let mut text = "{ constant = \"1ms\" }".to_owned();
        for _ in 1..depth {
            text = format!("{{ shifted = {{ by = \"1ms\", distribution = {text} }} }}");
        }
        text
    };
    accept(&[(LATENCY, &nest(8))]);
    check(&[(LATENCY, &nest(9), "eight deep")]);
}

#[test]
fn regressions() {
    check(&[
        (FIRST_REGRESSION, "", "has no effect"),
        (FIRST_REGRESSION, "latency = {}", "has no effect"),
        (FIRST_REGRESSION, "errors = { errors_5xx = 1 }", "add up to more than 1"),
        (FIRST_REGRESSION, "errors = { errors_4xx = 0.6, errors_5xx = 0.6 }", "add up to more"),
        (SLOW, "latency = { factor = 0 }", "must be above 0"),
        (SLOW, "latency = { factor = 1001 }", "must be above 0 and at most"),
        (SLOW, "tail = { share = 0, factor = 2 }", "must be above 0"),
        (SLOW, "tail = { share = 0.1, factor = 0.5 }", "must be from 1"),
        (SLOW, "capacity = {}", "changes nothing"),
        (SLOW, "capacity = { concurrency_lost = 4 }", "cannot lose 4"),
        (SLOW, "capacity = { slowdown = { factor = 0.5 } }", "must be from 1"),
        (SLOW, "capacity = { slowdown = { factor = 2, from = 1 } }", "must be below 1"),
        (SLOW, "memory_leak = {}", "does nothing"),
        (SLOW, "memory_leak = { latency_per_hour = -1 }", "must be from 0"),
        (
            SLOW,
            "memory_leak = { restart = { after = \"0s\", takes = \"1m\" } }",
            "longer than zero",
        ),
        (SLOW, "crash = true\nduration = \"0s\"", "longer than zero"),
        (SLOW, "crash = true\nintermittency = { on = \"0s\", off = \"1m\" }", "longer than zero"),
        (SLOW, "crash = true\nprior = 0.1", "has none"),
        ("{ after_first_traffic = \"10m\" }", "{ at = \"90m\" }", "not before the horizon"),
        ("{ after_first_traffic = \"10m\" }", "{ at_share = 0 }", "must be above 0"),
        ("{ after_first_traffic = \"10m\" }", "{ at = \"1m\", at_share = 1 }", "exactly one form"),
    ]);
    accept(&[
        (FIRST_REGRESSION, "healthy = true"),
        (FIRST_REGRESSION, "errors = { errors_5xx = 0.998 }"),
        (SLOW, "capacity = { concurrency_lost = 3 }"),
    ]);
}

#[test]
fn capacity_regressions_need_queues() {
    let text = EXAMPLE.replacen("concurrency = 4", "capacity = \"unlimited\"", 1).replacen(
        SLOW,
        "capacity = { concurrency_lost = 1 }",
        1,
    );
    let errors = Scenario::parse(&text, "test.toml", Path::new("")).expect_err("a problem");
    assert_eq!(errors.problems.len(), 1, "{errors}");
    assert!(errors.problems[0].message.contains("only where requests wait"), "{errors}");
}

#[test]
fn priors_add_up_to_one_at_most() {
    let text = EXAMPLE
        .replacen(FIRST_REGRESSION, "crash = true\nprior = 0.5", 1)
        .replacen("errors = { errors_5xx = 0.015 }", "crash = true\nprior = 0.4", 1)
        .replacen(SLOW, "crash = true\nprior = 0.2", 1);
    let errors = Scenario::parse(&text, "test.toml", Path::new("")).expect_err("a problem");
    assert!(errors.problems[0].message.contains("more than 1"), "{errors}");
}

#[test]
fn incidents() {
    let incident = |rest: &str| format!("[[incidents]]\nname = \"i\"\n{rest}\n[[alarms]]");
    let lasting = |rest: &str| incident(&format!("lasts = \"5m\"\n{rest}"));
    let errors = "effect = { errors_5xx = 0.5 }";
    for (text, expected) in [
        (lasting(errors), "never happens"),
        (lasting(&format!("rate_per_day = -1\n{errors}")), "`rate_per_day` must be from 0"),
        (incident(&format!("lasts = \"0s\"\nat = [\"1m\"]\n{errors}")), "longer than zero"),
        (
            incident(&format!("lasts = \"30d\"\nrate_per_day = 40.0\n{errors}")),
            "more than 1000 are not simulated",
        ),
        (lasting("at = [\"1m\"]\neffect = {}"), "has no effect"),
        (lasting("at = [\"1m\"]\neffect = { traffic_factor = 0 }"), "must be above 0"),
        (
            lasting("at = [\"1m\"]\neffect = { errors_4xx = 0.6, errors_5xx = 0.5 }"),
            "add up to more",
        ),
        (lasting(&format!("at = [3]\n{errors}")), "needs a unit"),
        (incident(&format!("at = [\"1m\"]\n{errors}")), "needs the key `lasts`"),
    ] {
        check(&[("[[alarms]]", &text, expected)]);
    }
    accept(&[("[[alarms]]", &lasting(&format!("at = [\"1m\"]\n{errors}")))]);
}

#[test]
fn recorded_requests_cannot_surge() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows: Vec<String> = (0..7000).map(|second| second.to_string()).collect();
    let rows = rows.join("\n");
    std::fs::write(folder.path().join("t.csv"), format!("t\n{rows}")).expect("a file");
    let trace = "{ trace = { path = \"t.csv\", time_column = \"t\" } }";
    let incident = "[[incidents]]\nname = \"i\"\nlasts = \"5m\"\nat = [\"1m\"]\n\
                    effect = { traffic_factor = 2 }\n[[alarms]]";
    let text = EXAMPLE.replacen(ARRIVALS, trace, 1).replacen("[[alarms]]", incident, 1);
    let errors = Scenario::parse(&text, "test.toml", folder.path()).expect_err("a problem");
    assert_eq!(errors.problems.len(), 1, "{errors}");
    assert!(errors.problems[0].message.contains("cannot be multiplied"), "{errors}");
}

#[test]
fn alarms() {
    check(&[
        ("\"Invocation5XXErrors\"", "\"Invocation5xxError\"", "there is no metric"),
        ("\"Average\"", "\"average\"", "unknown statistic"),
        ("\"Average\"", "\"p99\"", "a percentile needs a metric of many values"),
        ("\"p99\"", "\"p-1\"", "unknown statistic"),
        ("\"p99\"", "\"p101\"", "unknown statistic"),
        ("threshold = 0.01", "threshold = -1", "must be from 0"),
        ("threshold = 0.01", "threshold = nan", "must be from 0"),
        ("threshold = 0.01", "threshold = inf", "must be from 0"),
        ("threshold = 0.01", "threshold = 1e-13", "12 digits"),
        ("threshold = 0.01", "threshold = \"10ms\"", "share of the requests"),
        ("threshold = \"160ms\"", "threshold = \"1%\"", "this datapoint is a time"),
        ("period = \"60s\"", "period = \"45s\"", "10, 20 or 30 seconds"),
        ("period = \"60s\"", "period = \"30s\"", "not a multiple of metrics.interval"),
        ("evaluation_periods = 3", "evaluation_periods = 0", "must be at least 1"),
        ("evaluation_periods = 3", "evaluation_periods = 1441", "more than a day"),
        (FIRST_ALARM, "datapoints_to_alarm = 0", "must be at least 1"),
        (FIRST_ALARM, "datapoints_to_alarm = 4", "more than the 3"),
        (FIRST_ALARM, "evaluation_range_extra = 1001", "must be from 0 to 1000"),
        ("fleet = \"green\"", "fleet = \"all\"", "unknown choice `all`"),
        (LAST, "all_at_once = {}\nalarms = [\"5xx-rat\"]", "there is no alarm \"5xx-rat\""),
        (LAST, "all_at_once = {}\nalarms = [\"5xx-rate\", \"5xx-rate\"]", "listed twice"),
    ]);
    accept(&[("evaluation_periods = 3", "evaluation_periods = 1440")]);
}

#[test]
fn an_alarm_on_mirrored_requests_needs_a_shadow_test() {
    accept(&[("fleet = \"green\"", "fleet = \"shadow\"")]);
    let text = EXAMPLE.replacen("fleet = \"green\"", "fleet = \"shadow\"", 1).replacen(
        LAST,
        "all_at_once = {}",
        1,
    );
    let errors = Scenario::parse(&text, "test.toml", Path::new("")).expect_err("a problem");
    assert_eq!(errors.problems.len(), 1, "{errors}");
    assert!(errors.problems[0].message.contains("nothing is mirrored"), "{errors}");
}

#[test]
fn strategies() {
    let steps = |steps: &str| format!("steps = [{steps}]");
    check(&[
        (CANARY, "", "does not say what it does"),
        (CANARY, "all_at_once = {}\nsteps = []", "all_at_once and steps at once"),
        (CANARY, "canary = { size = \"51%\", bake = \"1m\" }", "at most 50 %"),
        (CANARY, "canary = { size = \"6 instances\", bake = \"1m\" }", "at most 50 %"),
        (CANARY, "canary = { size = \"11 instances\", bake = \"1m\" }", "fewer than 11"),
        (CANARY, "canary = { size = \"0%\", bake = \"1m\" }", "expected a size"),
        (CANARY, "canary = { size = \"101%\", bake = \"1m\" }", "expected a size"),
        (CANARY, "canary = { size = 0.1, bake = \"1m\" }", "expected a size"),
        (CANARY, "canary = { size = \"10%\" }", "needs the key `bake`"),
        (CANARY, "linear = { step = \"9%\", bake = \"1m\" }", "at least 10 %"),
        (CANARY, "linear = { step = \"51%\", bake = \"1m\" }", "at most 50 %"),
        (CANARY, "shadow = { lasts = \"0s\" }", "longer than zero"),
        (CANARY, "shadow = { sample = 0, lasts = \"5m\" }", "must be above 0"),
        (
            CANARY,
            "shadow = { lasts = \"5m\", then = \"stop\", final_bake = \"1m\" }",
            "there is none",
        ),
        (CANARY, &steps(""), "there is no step"),
        (
            CANARY,
            &steps("{ share = \"50%\" }, { share = \"20%\" }, { share = \"100%\" }"),
            "before it",
        ),
        (
            CANARY,
            &steps("{ share = \"10%\" }, { share = \"12%\" }, { share = \"100%\" }"),
            "before it",
        ),
    ]);
    accept(&[
        (CANARY, "canary = { size = \"50%\", bake = \"1m\" }"),
        (CANARY, "linear = { step = \"10%\", bake = \"1m\" }"),
        (CANARY, "linear = { step = \"5 instances\", bake = \"1m\" }"),
        (CANARY, &steps("{ share = \"50%\", bake = \"5m\" }")),
        (CANARY, &steps("{ share = \"60%\" }, { share = \"100%\" }")),
    ]);
}

#[test]
fn no_strategy_at_all() {
    let start = EXAMPLE.find("[[strategies]]").expect("a strategy");
    let errors = Scenario::parse(&EXAMPLE[..start], "test.toml", Path::new(""));
    let errors = errors.expect_err("a problem");
    assert!(errors.problems[0].message.contains("no strategy"), "{errors}");
}

#[test]
fn what_one_two_and_three_instances_can_do() {
    let with = |instances: u32, rest: &str, shift: &str| {
        let text = EXAMPLE
            .replacen(
                "instances = 10",
                &format!("instances = {instances}\nshift_by = \"{shift}\""),
                1,
            )
            .replacen(CANARY, rest, 1)
            .replacen("linear = { step = \"25%\"", "linear = { step = \"50%\"", 1);
        Scenario::parse(&text, "test.toml", Path::new(""))
    };
    let half = "canary = { size = \"50%\", bake = \"1m\" }";
    let errors = with(1, half, "instances").expect_err("one instance cannot be split");
    assert_eq!(errors.problems.len(), 2, "{errors}");
    assert!(
        errors.problems[0].help.as_deref().is_some_and(|help| help.contains("cannot be split"))
    );
    assert!(with(1, half, "percent").is_ok());
    assert!(with(2, half, "instances").is_ok());
    // 50 % of 3 is 1.5, that is 2 instances, two thirds.
    let errors = with(3, half, "instances").expect_err("more than half");
    assert!(errors.problems[0].message.contains("2 of 3"), "{errors}");
}

#[test]
fn a_trace_lasts_as_long_as_the_simulation_or_repeats() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.csv"), "t\n0\n1800\n3600\n").expect("a file");
    let with = |rest: &str| {
        let trace = format!("{{ trace = {{ path = \"t.csv\", time_column = \"t\"{rest} }} }}");
        Scenario::parse(&EXAMPLE.replacen(ARRIVALS, &trace, 1), "test.toml", folder.path())
    };
    assert!(with(", repeat = true").is_ok());
    let errors = with("").expect_err("three rows, a mean gap of 30 minutes: 90 minutes");
    let [problem] = errors.problems.as_slice() else { panic!("{errors}") };
    assert_eq!(
        problem.message,
        "the trace lasts 1h 30m, less than the 1h 45m of warm-up and horizon"
    );
}
