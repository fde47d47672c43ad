//! Where the least busy instance is looked for (23), and how long failures take (24).

use super::{findings, outcomes, the, with};
use rollout_sim::lint::Severity;

/// A canary of one of four instances of two places, ten requests a second.
fn canary(endpoint: &str, latency: &str) -> String {
    with(&[
        ("capacity = \"unlimited\"", endpoint),
        ("latency = { lognormal = { median = \"50ms\", p99 = \"120ms\" } }", latency),
        (
            "all_at_once = { final_bake = \"10m\" }",
            "canary = { size = \"1 instance\", bake = \"10m\", final_bake = \"5m\" }",
        ),
        ("crash = true", "errors = { errors_5xx = 0.05 }"),
    ])
}

const LEAST: &str = "concurrency = 2\nrouting = \"least-outstanding\"";
/// A utilisation of 10 · 0.5 / 8.
const BUSY: &str = "latency = { exponential = { mean = \"500ms\" } }";

#[test]
fn the_scope_matters_where_a_canary_waits_alone() {
    let toml = canary(LEAST, BUSY);
    let finding = the(23, &toml);
    assert_eq!(finding.severity, Severity::Note);
    assert_eq!(finding.place, "endpoint.routing_scope");
    // M/M/2 at ρ = 0.625: 2ρ²/(1 + ρ). Eight places, five busy: Erlang's C by its recurrence.
    let alone = 2.0 * 0.625 * 0.625 / 1.625;
    let blocked = (1..=8).fold(1.0, |b, k| 5.0 * b / (f64::from(k) + 5.0 * b));
    let of_all = blocked / (1.0 - 0.625 * (1.0 - blocked));
    let expected = format!(
        "by Erlang's C about {:.1} % of green's requests wait if its 1 of 4 instances have a stream of \
         their own, and {:.1} % or less if each request goes to the least busy of all",
        100.0 * alone,
        100.0 * of_all
    );
    assert_eq!(finding.arithmetic, expected);
    // And so it is.
    let waits = |scope: &str| {
        let toml = toml.replace(LEAST, &format!("{LEAST}\nrouting_scope = \"{scope}\""));
        // Measured in the canary's bake alone: a trial that ends with it.
        let toml = toml.replace("final_bake = \"5m\" }", "final_bake = \"0s\" }").replace(
            "canary = { size = \"1 instance\", bake = \"10m\", final_bake = \"0s\" }",
            "steps = [{ share = \"1 instance\", bake = \"10m\" }]",
        );
        let shares = outcomes(&toml, "healthy").into_iter().map(|o| o.green_times.waited_share);
        let shares: Vec<f64> = shares.flatten().collect();
        #[expect(clippy::cast_precision_loss, reason = "twenty runs")]
        let count = shares.len() as f64;
        shares.iter().sum::<f64>() / count
    };
    // 20 runs of about 1,200 requests that come in queues: an error of 5 points is caught.
    let [fleet, over_all] = ["fleet", "endpoint"].map(waits);
    assert!((fleet - alone).abs() < 0.05, "{fleet}, by Erlang's C {alone}");
    assert!(over_all < of_all, "{over_all}, by Erlang's C {of_all}");
}

#[test]
fn the_scope_is_not_spoken_of_where_it_changes_nothing() {
    let shared = "concurrency = 2\nqueue = \"shared\"\nrouting = \"least-outstanding\"";
    let percent = format!("{LEAST}\nshift_by = \"percent\"");
    let quick = "latency = { exponential = { mean = \"20ms\" } }";
    for toml in [
        canary("concurrency = 2", BUSY),
        canary(shared, BUSY),
        canary(&percent, BUSY),
        canary(LEAST, quick),
        canary(LEAST, BUSY)
            .replace("canary = { size = \"1 instance\", bake = \"10m\"", "all_at_once = {")
            .replace("all_at_once = {, ", "all_at_once = { "),
    ] {
        let all = findings(&toml);
        assert!(all.iter().all(|finding| finding.number != 23), "{all:#?}\n{toml}");
    }
}

const LATENCY_ALARM: [(&str, &str); 3] = [
    ("metric = \"Invocation5XXErrors\"", "metric = \"ModelLatency\""),
    ("statistic = \"Average\"", "statistic = \"p99\""),
    ("threshold = 0.05", "threshold = \"200ms\""),
];

#[test]
fn how_long_failures_take_is_asked_for_where_an_alarm_on_latency_watches_them() {
    let toml = with(&LATENCY_ALARM);
    let finding = the(24, &toml);
    assert_eq!((finding.severity, finding.place.as_str()), (Severity::Note, "regressions[0]"));
    assert!(finding.arithmetic.starts_with("100 % of its requests fail"), "{}", finding.arithmetic);
    // It decides what the alarm sees: nothing if failures take as long as good answers, everything if
    // they hang.
    let fired = |failed: &str| {
        let toml = toml.replace("[green]", &format!("[green]\nfailed_latency = {failed}"));
        assert!(findings(&toml).iter().all(|finding| finding.number != 24));
        outcomes(&toml, "bad").iter().filter(|outcome| outcome.alarm.is_some()).count()
    };
    let as_given = outcomes(&toml, "bad").iter().filter(|outcome| outcome.alarm.is_some()).count();
    assert_eq!(
        (as_given, fired("{ constant = \"5ms\" }"), fired("{ constant = \"30s\" }")),
        (0, 0, 20)
    );
}

#[test]
fn how_long_failures_take_is_asked_for_where_it_decides_who_takes_the_next_request() {
    let says = |toml: &str| findings(toml).iter().any(|finding| finding.number == 24);
    let crash = |endpoint: &str| {
        canary(endpoint, BUSY).replace("errors = { errors_5xx = 0.05 }", "crash = true")
    };
    assert!(says(&crash(&format!("{LEAST}\nrouting_scope = \"endpoint\""))));
    assert!(says(&crash("concurrency = 2\nmode = \"asynchronous\"")));
    assert!(!says(&crash(LEAST)), "the traffic share decides");
    assert!(!says(&with(&[])), "an alarm on errors does not ask how long they take");
    let few = [&LATENCY_ALARM[..], &[("crash = true", "errors = { errors_5xx = 0.05 }")]].concat();
    assert!(!says(&with(&few)), "few failures");
}
