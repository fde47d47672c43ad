//! Nothing is seen before it exists: answers, and everything else that an endpoint publishes.

use crate::support::{arm, results};
use rollout_sim::simulation::outcome::{End, Outcome};
use rollout_sim::time::{SimDuration, SimTime};

/// Every request of green hangs until the time-out of 60 s; an alarm on the median of ten seconds.
fn hangs(metrics: &str, alarm: &str) -> Vec<Outcome> {
    let text = format!(
        r#"
name = "hangs"
[experiment]
runs = 20
horizon = "20m"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 5.0 }} }}
[endpoint]
instances = 2
capacity = "unlimited"
provision = "0s"
switch = "0s"
[blue]
latency = {{ constant = "50ms" }}
[[regressions]]
name = "hangs"
latency = {{ shift = "59.99s" }}
[[alarms]]
name = "p50"
metric = "ModelLatency"
statistic = "p50"
fleet = "green"
threshold = "1s"
comparison = "GreaterThanThreshold"
period = "10s"
evaluation_periods = 1
treat_missing_data = "notBreaching"
{alarm}
[[strategies]]
name = "s"
all_at_once = {{ final_bake = "10m" }}
[controller]
poll_interval = "0s"
[metrics]
interval = "10s"
{metrics}
"#
    );
    let results = results(&text);
    arm(&results, "s", "hangs").into_iter().cloned().collect()
}

fn alarms_at(runs: &[Outcome]) -> Vec<Option<f64>> {
    runs.iter().map(|run| run.alarm_at.map(SimTime::as_secs_f64)).collect()
}

/// The first request arrives within the first seconds and is answered 60 s later, in the interval from 60 s
/// on. That is published at 70 s: as the datapoint of 60 s, or as what makes that of 0 s exist at last, which
/// is seven periods old by then.
#[test]
fn a_request_that_hangs_is_not_seen_before_its_time_out() {
    let answers = hangs("count_at = \"completion\"", "");
    assert_eq!(alarms_at(&answers), [Some(70.0); 20]);
    let far_back = hangs("count_at = \"arrival\"", "evaluation_range_extra = 6");
    assert_eq!(alarms_at(&far_back), [Some(70.0); 20]);
    let late = hangs("count_at = \"arrival\"\ndelay = \"15s\"", "evaluation_range_extra = 8");
    assert_eq!(alarms_at(&late), [Some(90.0); 20], "85 s, at the next evaluation");
    // Whoever looks back for less than 60 s sees only periods of which nothing is answered.
    let near = hangs("count_at = \"arrival\"", "evaluation_range_extra = 5");
    assert_eq!(alarms_at(&near), [None; 20]);
    assert!(near.iter().all(|run| run.end == End::Promoted));
}

/// Every request of both fails after 600 s, and is stamped with its start.
fn backfilled(period: &str, count_at: &str) -> Vec<Option<f64>> {
    let text = format!(
        r#"
name = "backfilled"
[experiment]
runs = 20
horizon = "60m"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 0.2 }} }}
[endpoint]
instances = 1
capacity = "unlimited"
timeout = "none"
provision = "0s"
switch = "0s"
[metrics]
count_at = "{count_at}"
[blue]
latency = {{ constant = "600s" }}
[[regressions]]
name = "fails"
errors = {{ errors_5xx = 1.0 }}
[[alarms]]
name = "errors"
metric = "Invocation5XXErrors"
statistic = "Sum"
fleet = "both"
threshold = 0
comparison = "GreaterThanThreshold"
period = "{period}"
evaluation_periods = 1
treat_missing_data = "notBreaching"
[[strategies]]
name = "s"
all_at_once = {{ final_bake = "30m" }}
[controller]
poll_interval = "0s"
"#
    );
    let results = results(&text);
    let runs: Vec<Outcome> = arm(&results, "s", "fails").into_iter().cloned().collect();
    alarms_at(&runs)
}

/// At 0.2 requests a second a minute is empty with probability e⁻¹², so the first failure is stamped within
/// the first minute in all 20 runs but with a chance of 10⁻⁴.
#[test]
fn an_alarm_of_a_minute_misses_errors_that_are_published_ten_minutes_late() {
    assert_eq!(backfilled("60s", "arrival"), [None; 20], "it looks at six minutes");
    assert_eq!(backfilled("300s", "arrival"), [Some(660.0); 20], "it looks at fifteen");
    assert_eq!(backfilled("60s", "completion"), [Some(660.0); 20], "stamped with the end");
}

/// A real-time endpoint whose every request of green is all that alarms watch for: failed and slow.
fn real_time(metrics: &str, alarm: &str) -> String {
    format!(
        r#"
name = "kinds"
[experiment]
runs = 5
horizon = "30m"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 5.0 }} }}
[endpoint]
instances = 2
capacity = "unlimited"
provision = "1m"
switch = "0s"
[metrics]
{metrics}
[blue]
latency = {{ constant = "50ms" }}
[[regressions]]
name = "bad"
errors = {{ errors_4xx = 0.5, errors_5xx = 0.5 }}
latency = {{ shift = "1s" }}
[[alarms]]
name = "a"
{alarm}
fleet = "green"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 1
treat_missing_data = "notBreaching"
[[strategies]]
name = "s"
all_at_once = {{ final_bake = "20m" }}
[controller]
poll_interval = "0s"
"#
    )
}

/// An asynchronous endpoint whose green takes 30 s a request, of which one comes every two seconds.
fn asynchronous(metrics: &str, alarm: &str) -> String {
    let text = real_time(metrics, alarm);
    let edits = [
        ("capacity = \"unlimited\"", "mode = \"asynchronous\"\nconcurrency = 1"),
        ("rate_per_s = 5.0", "rate_per_s = 0.5"),
        ("fleet = \"green\"\n", ""),
        (
            "errors = { errors_4xx = 0.5, errors_5xx = 0.5 }\nlatency = { shift = \"1s\" }",
            "latency = { shift = \"30s\" }",
        ),
    ];
    edits.into_iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

/// When the alarm goes off, run by run.
#[track_caller]
fn times(text: &str) -> Vec<f64> {
    let results = results(text);
    let runs: Vec<Outcome> = arm(&results, "s", "bad").into_iter().cloned().collect();
    alarms_at(&runs).into_iter().map(|at| at.expect("an ALARM")).collect()
}

type Text = fn(&str, &str) -> String;

/// Each kind of metric that an endpoint publishes: its name, and an alarm on it that goes off.
const KINDS: [(&str, &str, Text); 9] = [
    ("Invocations", "statistic = \"Sum\"\nthreshold = 0", real_time),
    ("Invocation4XXErrors", "statistic = \"Average\"\nthreshold = 0.1", real_time),
    ("Invocation5XXErrors", "statistic = \"Average\"\nthreshold = 0.1", real_time),
    ("InvocationModelErrors", "statistic = \"Sum\"\nthreshold = 0", real_time),
    ("ModelLatency", "statistic = \"p90\"\nthreshold = \"500ms\"", real_time),
    ("ApproximateBacklogSize", "statistic = \"Maximum\"\nthreshold = 5", asynchronous),
    ("ApproximateBacklogSizePerInstance", "statistic = \"Maximum\"\nthreshold = 5", asynchronous),
    ("ApproximateAgeOfOldestRequest", "statistic = \"Maximum\"\nthreshold = 20", asynchronous),
    ("TimeInBacklog", "statistic = \"Maximum\"\nthreshold = 5000", asynchronous),
];

/// A delay of one minute is one evaluation later; whether it is everybody's or the metric's own, and not if
/// it is another metric's. There is a datapoint every minute.
#[test]
fn every_metric_is_seen_after_its_delay() {
    for (name, settings, text) in KINDS {
        let alarm = format!("metric = \"{name}\"\n{settings}");
        let other = if name == "ModelLatency" { "Invocations" } else { "ModelLatency" };
        let at = |metrics: &str| times(&text(metrics, &alarm));
        let at_once = at("");
        let later: Vec<f64> = at_once.iter().map(|at| at + 60.0).collect();
        assert_eq!(at("delay = \"60s\""), later, "{name}");
        assert_eq!(at(&format!("delay_of = {{ {name} = \"60s\" }}")), later, "{name}");
        assert_eq!(at(&format!("delay_of = {{ {other} = \"60s\" }}")), at_once, "{name}");
        let sooner = format!("delay = \"60s\"\ndelay_of = {{ {name} = \"0s\" }}");
        assert_eq!(at(&sooner), at_once, "{name}");
    }
}

/// Metric math sees each of its metrics with that one's delay: the rate exists once both can be seen.
#[test]
fn an_expression_waits_for_the_later_of_its_metrics() {
    let alarm = |metrics: &str| {
        let text = real_time(metrics, "expression = \"errors / requests\"\nthreshold = 0.1");
        let operands = "[[alarms.metrics]]\nid = \"errors\"\nmetric = \"Invocation5XXErrors\"\n\
                        statistic = \"Sum\"\nfleet = \"green\"\n[[alarms.metrics]]\nid = \"requests\"\n\
                        metric = \"Invocations\"\nstatistic = \"Sum\"\nfleet = \"green\"\n[[strategies]]";
        text.replace("fleet = \"green\"\ncomparison", "comparison")
            .replace("[[strategies]]", operands)
    };
    let at_once = times(&alarm(""));
    let later: Vec<f64> = at_once.iter().map(|at| at + 120.0).collect();
    assert_eq!(times(&alarm("delay_of = { Invocations = \"120s\" }")), later);
}

#[test]
fn a_delay_of_what_nobody_publishes_is_refused() {
    let text = real_time(
        "delay_of = { TimeInBacklog = \"60s\" }",
        "metric = \"Invocations\"\nstatistic = \"Sum\"\nthreshold = 0",
    );
    let errors = rollout_sim::scenario::Scenario::parse(&text, "t.toml", &crate::support::root())
        .expect_err("a real-time endpoint has no queue")
        .render(false);
    assert!(errors.contains("a real-time endpoint does not publish TimeInBacklog"), "{errors}");
    assert!(errors.contains("delay_of"), "{errors}");
}

#[test]
fn delays_of_single_metrics_are_in_the_resolved_file() {
    let alarm = "metric = \"ModelLatency\"\nstatistic = \"p90\"\nthreshold = \"500ms\"";
    let text = real_time("delay = \"30s\"\ndelay_of = { ModelLatency = \"3m\" }", alarm);
    let load = |text: &str| {
        rollout_sim::scenario::Scenario::parse(text, "t.toml", &crate::support::root())
            .unwrap_or_else(|errors| panic!("{}", errors.render(false)))
    };
    let loaded = load(&text);
    let metrics = &loaded.scenario.metrics;
    let expected = [180, 30].map(SimDuration::from_secs);
    assert_eq!(["ModelLatency", "Invocations"].map(|name| metrics.delay_of(name)), expected);
    assert_eq!(loaded.scenario.alarms[0].delay(metrics.delay), expected[0]);
    let again = load(&loaded.resolved);
    assert_eq!((&again.resolved, &again.scenario), (&loaded.resolved, &loaded.scenario));
}
