//! Every check of KPI, variants, A/B tests and shadow tests: a scenario with one fault, and its problem.

use crate::support::{root, small};
use rollout_sim::scenario::Scenario;

/// The whole of a problem-free scenario but for what is tried.
fn toml(kpi: &str, traffic: &str, strategy: &str) -> String {
    let toml = small("", kpi).replace("users = 500", traffic);
    format!("{toml}\n[[strategies]]\nname = \"tried\"\n{strategy}\n")
}

#[track_caller]
fn refused(toml: &str, expected: &str) {
    let Err(errors) = Scenario::parse(toml, "test.toml", &root()) else {
        panic!("no problem:\n{toml}")
    };
    assert_eq!(errors.problems.len(), 1, "{}\n{toml}", errors.render(false));
    let problem = &errors.problems[0];
    assert!(problem.message.contains(expected), "{}", errors.render(false));
    assert!(problem.help.is_some() && problem.span.is_some(), "{}", errors.render(false));
}

#[track_caller]
fn accepted(toml: &str) {
    if let Err(errors) = Scenario::parse(toml, "test.toml", &root()) {
        panic!("{}\n{toml}", errors.render(false));
    }
}

const USERS: &str = "users = 500";
const KPI: &str = "[kpi]\nconversion = \"5%\"\n";
const TEST: &str = "ab_test = { lasts = \"20m\" }";

#[test]
fn the_kpi() {
    accepted(&toml(KPI, USERS, TEST));
    for (kpi, expected) in [
        ("[kpi]\nconversion = 0.0\n", "must be above 0, but is 0"),
        ("[kpi]\nconversion = 0.1\nuser_correlation = 1.0\n", "from 0 to below 1"),
        ("[kpi]\nconversion = 0.1\nuser_correlation = nan\n", "from 0 to below 1"),
        ("[kpi]\nconversion = 0.1\nrevenue = { mean_value = 0.0 }\n", "above 0"),
        ("[kpi]\nconversion = 0.1\nrevenue = { mean_value = 1.0, cv = 0.0 }\n", "above 0"),
        ("[kpi]\nconversion = 0.6\n[green]\nkpi = { conversion_factor = 2.0 }\n", "would be 1.2"),
        (
            "[kpi]\nconversion = 0.1\n[green]\nkpi = { conversion_factor = -1.0 }\n",
            "must be from 0",
        ),
        ("[kpi]\nconversion = 0.1\n[green]\nkpi = { revenue_factor = 1.1 }\n", "no `revenue`"),
    ] {
        refused(&toml(kpi, USERS, TEST), expected);
    }
    let correlated = "[kpi]\nconversion = 0.1\nuser_correlation = 0.1\n";
    refused(&toml(correlated, "", TEST), "how many there are");
    let regression = "[[regressions]]\nname = \"r\"\nkpi = { conversion_factor = 0.9 }\n";
    refused(&toml(regression, USERS, "all_at_once = {}"), "has none");
    refused(&toml("[green]\nkpi = {}\n", USERS, "all_at_once = {}"), "has none");
    let twice = format!(
        "{KPI}[green]\nkpi = {{ conversion_factor = 15.0 }}\n[[regressions]]\nname = \"r\"\n\
                         kpi = {{ conversion_factor = 2.0 }}\n"
    );
    refused(&toml(&twice, USERS, TEST), "would be 1.5");
}

#[test]
fn the_variants() {
    let variant = |keys: &str| format!("{KPI}[[variants]]\nname = \"c\"\n{keys}\n");
    accepted(&toml(&variant("weight = 0.5\ninstances = 2"), USERS, TEST));
    for (keys, expected) in [
        ("weight = 0.0", "above 0"),
        ("instances = 0", "from 1 to 10 000"),
        ("errors_5xx = 1.0", "more than 1"),
        ("latency = { exponential = { mean = \"0s\" } }", "above zero"),
        ("price_per_hour = -1.0", "from 0"),
    ] {
        refused(&toml(&variant(keys), USERS, TEST), expected);
    }
    let green = variant("").replace("\"c\"", "\"green\"");
    refused(&toml(&green, USERS, TEST), "one of the two fleets");
    let unknown = "ab_test = { lasts = \"20m\", variants = [\"e\"] }";
    refused(&toml(&variant(""), USERS, unknown), "no variant \"e\"");
    let twice = "ab_test = { lasts = \"20m\", variants = [\"c\", \"c\"] }";
    refused(&toml(&variant(""), USERS, twice), "listed twice");
    let share = "ab_test = { lasts = \"20m\", share = \"50%\" }";
    refused(&toml(&variant(""), USERS, share), "`share` says all only");
}

#[test]
fn the_test() {
    for (keys, expected) in [
        ("share = 0.0", "above 0 and below 1"),
        ("share = 1.0", "above 0 and below 1"),
        ("weights = { blue = 0.0 }", "above 0"),
        ("look_every = \"0s\"", "longer than zero"),
        ("kpi = \"revenue\"", "does not have"),
        ("kpi = \"sales\"", "unknown choice `sales`"),
        ("test = { fixed = { alpha = 0.5 } }", "below 0.5"),
        ("test = { fixed = { sample = 1 } }", "must be at least 2"),
        ("test = { always_valid = { mixture = 0.0 } }", "above 0"),
        ("test = { always_valid = { at_least = 0 } }", "must be from 2"),
        ("test = { sprt = { p0 = 0.0, p1 = 0.1 } }", "above 0 and below 1"),
        ("test = { sprt = { p0 = 0.1, p1 = 0.1 } }", "the same"),
        ("test = { sprt = { p0 = 0.1, p1 = 0.2, beta = 0.7 } }", "below 0.5"),
        ("routing = \"user\", test = { sprt = { p0 = 0.1, p1 = 0.2 } }", "one probability"),
    ] {
        let strategy = format!("ab_test = {{ lasts = \"20m\", {keys} }}");
        refused(&toml(KPI, USERS, &strategy), expected);
    }
    refused(&toml(KPI, USERS, "ab_test = { lasts = \"0s\" }"), "longer than zero");
    refused(&toml(KPI, USERS, "ab_test = { lasts = \"2h\" }"), "the horizon");
    refused(&toml("", USERS, TEST), "does not have");
    accepted(&toml("", USERS, "ab_test = { lasts = \"20m\", kpi = \"failure\" }"));
    let by_user = "ab_test = { lasts = \"20m\", routing = \"user\" }";
    refused(&toml(KPI, "", by_user), "how many there are");
    refused(&toml(KPI, "users = 2000000", by_user), "more than 1000000");
    let by_request = "ab_test = { lasts = \"20m\", routing = \"request\" }";
    refused(&toml(KPI, "users = 500\nsticky_users = true", by_request), "users are sticky");
    let both = "ab_test = { lasts = \"20m\" }\nall_at_once = {}";
    refused(&toml(KPI, USERS, both), "at once");
}

#[test]
fn the_shadow() {
    for (keys, expected) in [
        ("instances = 5", "from 1 to 4"),
        ("instances = 0", "from 1 to 10 000"),
        ("overhead = \"fast\"", "expected a time"),
        ("starts_after = \"1h\"", "the horizon"),
    ] {
        let strategy = format!("shadow = {{ lasts = \"20m\", {keys} }}");
        refused(&toml("", USERS, &strategy), expected);
    }
    refused(&toml("", USERS, "shadow = {}"), "takes 7days");
    let month = toml("", USERS, "shadow = { lasts = \"31d\" }").replace("40m", "40d");
    refused(&month, "InferenceExperimentSchedule.EndTime");
}
