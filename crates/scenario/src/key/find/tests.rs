use super::*;
use proptest::prelude::*;

const RESOLVED: &str = r#"
name = "s"
[endpoint]
switch = "1m"
instances = 4
[endpoint.green]
instances = 4
[traffic.arrivals.poisson]
rate_per_s = 20.0
[[alarms]]
name = "5xx rate"
threshold = 0.01
[[alarms]]
name = "p99.9"
threshold = 0.2
[[alarms.metrics]]
id = "m1"
statistic = "Sum"
[[strategies]]
name = "canary 10 %"
[strategies.canary]
size = "10%"
"#;

fn found(key: &str) -> String {
    place(RESOLVED, key)
        .map_or_else(|(message, help)| format!("{message}; {help}"), |p| p.to_string())
}

#[test]
fn paths_lead_through_tables_names_and_indices() {
    for (key, full) in [
        ("endpoint.switch", "endpoint.switch"),
        ("alarms.5xx rate.threshold", "alarms.\"5xx rate\".threshold"),
        ("alarms.\"p99.9\".threshold", "alarms.\"p99.9\".threshold"),
        ("alarms.'p99.9'.threshold", "alarms.\"p99.9\".threshold"),
        ("alarms.1.threshold", "alarms.\"p99.9\".threshold"),
        ("alarms[1].metrics[0].statistic", "alarms.\"p99.9\".metrics.m1.statistic"),
        (" strategies . 'canary 10 %' . canary.size ", "strategies.\"canary 10 %\".canary.size"),
        ("traffic.arrivals", "traffic.arrivals"),
    ] {
        assert_eq!(found(key), full, "{key}");
    }
}

#[test]
fn words_may_be_left_out_where_one_key_alone_ends_so() {
    for (key, full) in [
        ("switch", "endpoint.switch"),
        ("traffic.rate_per_s", "traffic.arrivals.poisson.rate_per_s"),
        ("rate_per_s", "traffic.arrivals.poisson.rate_per_s"),
        ("5xx rate.threshold", "alarms.\"5xx rate\".threshold"),
        ("green.instances", "endpoint.green.instances"),
        ("size", "strategies.\"canary 10 %\".canary.size"),
    ] {
        assert_eq!(found(key), full, "{key}");
    }
    let several = found("threshold");
    assert!(several.starts_with("`threshold` may be any of 2 keys; write one of "), "{several}");
    assert!(several.contains("`alarms.\"5xx rate\".threshold`"), "{several}");
}

#[test]
fn an_absent_key_is_found_if_a_scenario_may_hold_it() {
    for key in
        ["endpoint.queue_limit", "metrics.late.share", "alarms.0.created_after", "green.errors_5xx"]
    {
        assert!(!found(key).contains(';'), "{}", found(key));
    }
    assert_eq!(found("alarms.0.created_after"), "alarms.\"5xx rate\".created_after");
    assert!(found("alarms.7.threshold").starts_with("the scenario has no key"));
}

#[test]
fn a_misspelt_key_is_told_what_was_probably_meant() {
    assert!(found("endpoint.swich").ends_with("did you mean `endpoint.switch`?"));
    assert!(found("rate_per_sec").ends_with("did you mean `traffic.arrivals.poisson.rate_per_s`?"));
    assert!(found("something else").contains("scenario.resolved.toml"));
    for key in ["", ".", "a..b", "\"a", "a[1", "\"a\"b"] {
        assert!(found(key).contains("the key `"), "{key}: {}", found(key));
    }
}

#[test]
fn places_overlap_if_one_lies_within_the_other() {
    let place = |key| place(RESOLVED, key).expect("a place");
    assert!(place("traffic.arrivals").overlaps(&place("rate_per_s")));
    assert!(place("alarms.0.threshold").overlaps(&place("alarms.5xx rate.threshold")));
    assert!(!place("alarms.0.threshold").overlaps(&place("alarms.1.threshold")));
}

proptest! {
    /// No text is too odd to be looked up; α does not apply, nothing is estimated.
    #[test]
    fn no_text_panics(key in ".*") {
        let _ = place(RESOLVED, &key);
    }

    /// A full path is found as itself.
    #[test]
    fn what_is_printed_is_found_again(index in 0_usize..8) {
        let keys = ["switch", "rate_per_s", "green.instances", "alarms.0.threshold",
            "alarms.1.threshold", "size", "metrics.m1.statistic", "alarms.1"];
        let full = found(keys[index]);
        prop_assert_eq!(found(&full), full);
    }
}
