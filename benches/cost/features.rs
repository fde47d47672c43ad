//! What each feature adds to a request of workload W with one arm.

use crate::measure::Case;
use crate::workload;
use rollout_sim::scenario::Scenario;
use std::path::Path;

/// A feature: what it is called, what it replaces in the scenario's text, and what it adds at the end.
type Feature = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const ARRIVALS: &str = "{ poisson = { rate_per_s = 100.0 } }";
const LATENCY: &str = "{ lognormal = { mean = \"20ms\", cv = 0.5 } }";
const ROUTING: &str = "routing = \"random\"";
const GREEN: &str = "[green]";
const TENTH: &str = "steps = [{ share = \"10%\", bake = \"1h\" }]";

const FEATURES: &[Feature] = &[
    ("W alone: own queues, random", &[], ""),
    ("one shared queue", &[("queue = \"instance\"", "queue = \"shared\"")], ""),
    ("least outstanding", &[(ROUTING, "routing = \"least-outstanding\"")], ""),
    ("no queues", &[("queue = \"instance\"", "capacity = \"unlimited\"")], ""),
    ("4 requests at once an instance", &[(ROUTING, "routing = \"random\"\nconcurrency = 4")], ""),
    ("exponential service", &[(LATENCY, "{ exponential = { mean = \"20ms\" } }")], ""),
    ("gamma service", &[(LATENCY, "{ gamma = { mean = \"20ms\", cv = 0.5 } }")], ""),
    (
        "green of another law",
        &[(GREEN, "[green]\nlatency = { lognormal = { mean = \"22ms\", cv = 0.6 } }")],
        "",
    ),
    ("cold start", &[(GREEN, "[green]\ncold_start = { factor = 4.0, lasts = \"90s\" }")], ""),
    (
        "traffic that swings over the day",
        &[(ARRIVALS, "{ diurnal = { mean_per_s = 100.0, swing = 0.3 } }")],
        "",
    ),
    (
        "gamma gaps between arrivals",
        &[(ARRIVALS, "{ gamma = { rate_per_s = 100.0, cv = 2.0 } }")],
        "",
    ),
    ("intervals of 10 s", &[("interval = \"60s\"", "interval = \"10s\"")], ""),
    ("slow requests counted", &[("interval = \"60s\"", "slow_over = \"100ms\"")], ""),
    (
        "users who stay with their fleet",
        &[(ARRIVALS, "{ poisson = { rate_per_s = 100.0 } }\nusers = 40000\nsticky_users = true")],
        "",
    ),
    (
        "a regression of errors",
        &[],
        "[[regressions]]\nname = \"r\"\nerrors = { errors_5xx = 0.05 }",
    ),
    (
        "a slower green",
        &[],
        "[[regressions]]\nname = \"r\"\nlatency = { factor = 1.2 }\nramp = \"30m\"",
    ),
    ("a slow tail", &[], "[[regressions]]\nname = \"r\"\ntail = { share = \"1%\", factor = 10.0 }"),
    (
        "a memory leak",
        &[],
        "[[regressions]]\nname = \"r\"\nmemory_leak = { latency_per_hour = 1.0 }",
    ),
    ("green serves all", &[(TENTH, "steps = [{ share = \"100%\", bake = \"1h\" }]")], ""),
    (
        "everything is mirrored",
        &[(TENTH, "shadow = { sample = \"100%\", lasts = \"1h\", then = \"stop\" }")],
        "",
    ),
    ("callers who try again", &[], "[clients]"),
    ("quality of answers", &[], "[quality]\naccuracy = 0.9"),
    ("conversions", &[], "[kpi]\nconversion = \"2%\""),
    (
        "an asynchronous endpoint",
        &[
            ("queue = \"instance\"\nrouting = \"random\"", "mode = \"asynchronous\""),
            ("shift_by = \"percent\"\n", ""),
        ],
        "",
    ),
];

/// Every feature by its name.
///
/// # Panics
/// If what a feature replaces is not in the scenario, or the scenario is not a right one.
pub fn all() -> Vec<(&'static str, Case)> {
    let w = include_str!("../workload/w.toml");
    let with = |&(name, replaced, added): &Feature| {
        let mut text = w.to_owned();
        for (from, to) in replaced {
            assert!(text.contains(from), "{name}: `{from}` is not in w.toml");
            text = text.replace(from, to);
        }
        let text = format!("{text}\n{added}\n");
        let loaded = Scenario::parse(&text, name, Path::new("."));
        let scenario = loaded.unwrap_or_else(|errors| panic!("{errors}")).scenario;
        let mut arms = workload::arms(1);
        arms[0].regression = scenario.regressions.len() - 1;
        (name, Case::new(scenario, arms))
    };
    FEATURES.iter().map(with).collect()
}
