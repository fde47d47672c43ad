//! What a check knows, and what it says that it does not: alarms that are never evaluated (8) or made
//! later (9), the alarm that decides (11), shadows (16), blended stages (17), series without datapoints
//! (18), and the reasons of what is not judged.

use super::{
    Severity, assert_clean, caught, findings, fired, load, outcomes, root, the, unjudged, with,
};
use rollout_sim::lint::Finding;
use std::fs;

const ALL_AT_ONCE: &str = "all_at_once = { final_bake = \"10m\" }";
const TRIAL: (&str, &str) = (ALL_AT_ONCE, "steps = [{ share = \"1 instance\", bake = \"10m\" }]");
/// A shadow, and then live traffic.
const SHADOW: (&str, &str) = (
    ALL_AT_ONCE,
    "shadow = { sample = \"100%\", lasts = \"5m\", then = \"all_at_once\", final_bake = \"5m\" }",
);

/// A p99 that asks for 1000 values, of a model that becomes ten times slower.
fn percentile(rate_per_s: f64, more: &str) -> String {
    let rate = format!("rate_per_s = {rate_per_s:?}");
    with(&[
        ("metric = \"Invocation5XXErrors\"", "metric = \"ModelLatency\""),
        ("statistic = \"Average\"", "statistic = \"p99\""),
        ("threshold = 0.05", "threshold = \"400ms\""),
        ("crash = true", "latency = { factor = 10.0 }"),
        ("rate_per_s = 10.0", &rate),
        (
            "evaluation_periods = 1",
            &format!("evaluate_low_sample_count_percentile = \"ignore\"\n{more}"),
        ),
    ])
}

#[test]
fn a_percentile_that_never_has_enough_values_is_an_error() {
    let one = "evaluation_periods = 1";
    let trap = percentile(10.0, one);
    let finding = the(8, &trap);
    assert_eq!((finding.severity, finding.place.as_str()), (Severity::Error, "alarms[0].period"));
    assert!(finding.message.contains("never evaluated"), "{}", finding.message);
    assert!(
        finding.arithmetic.contains("10 /s * 1 * 60 s = 600 requests at the most, 1000 are needed"),
        "{}",
        finding.arithmetic
    );
    assert!(finding.arithmetic.ends_with("less than 1e-9 %"), "{}", finding.arithmetic);
    assert_eq!(the(11, &trap).arithmetic, "\"a\" is never evaluated (finding 8)");
    assert_eq!(caught(&trap), (0, 20));
    // Evaluated whatever it has.
    let repaired = trap.replace("\"ignore\"", "\"evaluate\"");
    assert_eq!(the(8, &repaired).severity, Severity::Warning);
    assert_eq!(caught(&repaired), (20, 20));
    // 1200 requests a minute, 34 standard deviations of 29 above what is needed… and none below it.
    let busy = percentile(20.0, one);
    assert!(findings(&busy).iter().all(|finding| finding.number != 8));
    assert_eq!(caught(&busy), (20, 20));
    // 810 a minute: 1000 come with a probability of 7·10⁻¹¹, below 10⁻⁹; 850: 3·10⁻⁷.
    assert_eq!(the(8, &percentile(13.5, one)).severity, Severity::Error);
    assert_eq!(the(8, &percentile(14.2, one)).severity, Severity::Warning);
}

/// Where the values of all N periods count together, N times as many are there.
#[test]
fn what_must_have_enough_values_may_be_the_whole_evaluation() {
    let three = "evaluation_periods = 3\ndatapoints_to_alarm = 1\nlow_sample_scope = ";
    let each = percentile(10.0, &format!("{three}\"datapoint\""));
    assert_eq!(the(8, &each).severity, Severity::Error);
    assert_eq!(caught(&each), (0, 20));
    let together = percentile(10.0, &format!("{three}\"evaluation\""));
    assert_eq!(the(8, &together).severity, Severity::Warning);
    assert_eq!(caught(&together), (20, 20));
}

#[test]
fn whether_bursts_bring_enough_values_is_not_judged() {
    let bursty = percentile(10.0, "evaluation_periods = 1")
        .replace("poisson = { rate_per_s = 10.0 }", "gamma = { rate_per_s = 10.0, cv = 3.0 }");
    let said = unjudged(&bursty);
    let about = said.iter().find(|(number, ..)| *number == 8).expect("a line");
    assert_eq!(about.1, "whether \"a\" is ever evaluated");
    assert!(about.2.contains("bursts"), "{}", about.2);
    assert_eq!(the(8, &bursty).severity, Severity::Warning);
}

/// First traffic after a minute. One period of a minute, made at two minutes: it has datapoints at once. Of
/// three periods one is empty when it is first evaluated, a minute later.
#[test]
fn an_alarm_that_is_made_after_the_first_traffic_is_in_alarm_by_what_it_misses() {
    let made = |after: &str, periods: &str| {
        with(&[
            ("\"notBreaching\"", &format!("\"breaching\"\ncreated_after = \"{after}\"")),
            ("evaluation_periods = 1", periods),
            ("errors_5xx = 0.001", "errors_5xx = 0.0"),
        ])
    };
    let none = |toml: &str| findings(toml).iter().all(|finding| finding.number != 9);
    let (one, two_of_three) =
        ("evaluation_periods = 1", "evaluation_periods = 3\ndatapoints_to_alarm = 2");
    let early = made("30s", one).replace("provision = \"1m\"", "provision = \"3m\"");
    assert!(the(9, &early).message.contains("before the new fleet has served a request"));
    assert_eq!(fired(&early, "healthy"), (20, 20));
    let later = made("2m", one);
    assert!(none(&later), "{:#?}", findings(&later));
    assert_eq!(fired(&later, "healthy"), (0, 20));
    let young = made("2m", "evaluation_periods = 3\ndatapoints_to_alarm = 1");
    let finding = the(9, &young);
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.ends_with("is in ALARM as soon as it is made"), "{}", finding.message);
    assert!(finding.arithmetic.starts_with("1 of 3 datapoints"), "{}", finding.arithmetic);
    assert_eq!(fired(&young, "healthy"), (20, 20));
    // One or two of three are filled, as the minutes fall: none of 20 or all have a probability of 10⁻⁶.
    let doubtful = made("2m", two_of_three).replace("phase = \"aligned\"", "phase = \"random\"");
    let finding = the(9, &doubtful);
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.arithmetic.starts_with("2 of 3 datapoints"), "{}", finding.arithmetic);
    let (some, all) = fired(&doubtful, "healthy");
    assert!(0 < some && some < all, "{some} of {all}");
    let old = made("3m", two_of_three);
    assert!(none(&old), "{:#?}", findings(&old));
    assert_eq!(fired(&old, "healthy"), (0, 20));
    assert_eq!(the(9, &early.replace("\"breaching\"", "\"missing\"")).severity, Severity::Warning);
    assert!(none(&later.replace("\"breaching\"", "\"missing\"")));
    assert!(unjudged(&old).iter().any(|(number, what, _)| *number == 21 && what == "\"a\""));
}

const SECOND: &str = "[[strategies]]";

/// An error alarm and a latency alarm, in either order: a slow tail is explained by the latter.
#[test]
fn the_alarm_that_decides_is_the_one_that_the_regression_moves() {
    let slow = with(&[("crash = true", "tail = { share = \"2%\", factor = 5.0 }")]);
    let latency = |statistic: &str, threshold: &str| {
        format!(
            "[[alarms]]\nname = \"slow\"\nmetric = \"ModelLatency\"\nstatistic = \"{statistic}\"\n\
             fleet = \"green\"\nthreshold = \"{threshold}\"\ncomparison = \"GreaterThanThreshold\"\n\
             period = \"60s\"\nevaluation_periods = 1\ntreat_missing_data = \"notBreaching\"\n"
        )
    };
    let average = latency("Average", "90ms");
    let after = slow.replace(SECOND, &format!("{average}{SECOND}"));
    let before = slow.replace("[[alarms]]", &format!("{average}[[alarms]]"));
    for toml in [&after, &before] {
        let finding = the(11, toml);
        // Lognormal of median 50 and p99 120: σ = ln 2.4 / 2.3263 = 0.3763, mean 50·e^(σ²/2) = 53.67.
        assert!(
            finding.arithmetic.starts_with("\"slow\" settles at 57.96 ms, which is not > 90 ms"),
            "{}",
            finding.arithmetic
        );
        assert_eq!(caught(toml), (0, 20));
    }
    // Of a percentile the share beyond the threshold decides.
    let p95 = slow.replace(SECOND, &format!("{}{SECOND}", latency("p90", "150ms")));
    let arithmetic = the(11, &p95).arithmetic;
    assert!(arithmetic.contains("of the requests of \"slow\" are beyond 150 ms"), "{arithmetic}");
    assert!(arithmetic.contains("which is not > 10 %"), "{arithmetic}");
    // No alarm on what it changes: then none is moved.
    let arithmetic = the(11, &slow).arithmetic;
    assert!(
        arithmetic.starts_with("\"a\" settles at 0.001 with it as without it, which is not > 0.05"),
        "{arithmetic}"
    );
}

#[test]
fn what_begins_too_late_is_told_with_its_times() {
    let late = with(&[("crash = true", "crash = true\nonset = { after_first_traffic = \"12m\" }")]);
    assert_eq!(the(11, &late).arithmetic, "it begins at 13m, alarms act from 1m to 11m");
}

/// Every mirrored request fails, and nobody learns of it until live traffic does.
#[test]
fn a_shadow_that_no_alarm_watches_stops_nothing() {
    let trap = with(&[SHADOW]);
    let finding = the(16, &trap);
    assert_eq!(
        (finding.severity, finding.place.as_str()),
        (Severity::Warning, "strategies[0].shadow")
    );
    assert!(finding.arithmetic.contains("of its 1 alarms none sees"), "{}", finding.arithmetic);
    let live = |toml: &str| {
        let runs = outcomes(toml, "bad");
        runs.iter().filter(|outcome| outcome.to_horizon.counts.faulty_green > 0).count()
    };
    assert_eq!(live(&trap), 20);
    let repaired = trap.replace("fleet = \"green\"", "fleet = \"shadow\"");
    assert_clean(&repaired);
    assert_eq!((live(&repaired), caught(&repaired)), (0, (20, 20)));
    // Metric math that reads the shadow watches it as well.
    let math = trap
        .replace(
            "metric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\nfleet = \"green\"\n",
            "",
        )
        .replace(
            "threshold = 0.05",
            "metrics = [{ id = \"s\", metric = \"Invocation5XXErrors\", statistic = \"Average\", \
             fleet = \"shadow\" }]\nexpression = \"s * 1\"\nthreshold = 0.05",
        );
    assert_clean(&math);
    let unguarded = trap.replace("name = \"s\"\n", "name = \"s\"\nalarms = []\n");
    assert_eq!(the(16, &unguarded).severity, Severity::Note);
}

#[test]
fn a_stage_that_only_blended_alarms_watch_is_noted() {
    let blended = with(&[TRIAL, ("fleet = \"green\"", "fleet = \"both\"")]);
    let finding = the(17, &blended);
    assert_eq!(finding.severity, Severity::Note);
    assert_eq!(
        finding.arithmetic,
        "a change of a rate or an average shows by 0.25 of its size in \"a\", at 25 % of the traffic"
    );
    // Everything fails: a quarter of all, as it says; half of it is an eighth.
    assert_eq!(caught(&blended), (20, 20));
    let half = |threshold: &str| {
        let toml = blended.replace("crash = true", "errors = { errors_5xx = 0.5 }");
        caught(&toml.replace("threshold = 0.05", threshold))
    };
    assert_eq!([half("threshold = 0.07"), half("threshold = 0.2")], [(20, 20), (0, 20)]);
    assert_clean(&with(&[TRIAL]));
    // At all of the traffic there is nothing to blend with.
    let all = with(&[("fleet = \"green\"", "fleet = \"both\"")]);
    assert_clean(&all);
}

const CANARY: &str =
    "[[strategies]]\nname = \"c\"\nsteps = [{ share = \"1 instance\", bake = \"10m\" }]\n";

#[test]
fn an_alarm_on_what_nobody_publishes_guards_nothing() {
    // The shadow's alarm guards the canary alone.
    let trap = with(&[SHADOW, ("fleet = \"green\"", "fleet = \"shadow\"")])
        .replace("name = \"s\"", "name = \"s\"\nalarms = []")
        + CANARY;
    let finding = the(18, &trap);
    assert_eq!((finding.severity, finding.strategy.as_deref()), (Severity::Error, Some("c")));
    assert_eq!(finding.arithmetic, "nothing is mirrored in any of its stages");
    let quiet =
        super::arm(&super::results(&trap), "c", "bad").iter().all(|run| run.alarm.is_none());
    assert!(quiet, "every request fails, and nobody sees it");
    // One that sees the canary guards it; that the other does not is what "all alarms" comes to.
    let second = "[[alarms]]\nname = \"g\"\nmetric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\n\
                  fleet = \"green\"\nthreshold = 0.05\ncomparison = \"GreaterThanThreshold\"\n\
                  period = \"60s\"\nevaluation_periods = 1\ntreat_missing_data = \"notBreaching\"\n";
    let both = with(&[SHADOW, ("fleet = \"green\"", "fleet = \"shadow\"")]) + CANARY + second;
    assert!(findings(&both).iter().all(|finding| finding.number != 18), "{:#?}", findings(&both));
    // Nobody else publishes it either.
    let useless = both.replace("name = \"s\"", "name = \"s\"\nalarms = [\"g\"]");
    let finding = the(18, &useless);
    assert_eq!((finding.severity, finding.alarm.as_deref()), (Severity::Warning, Some("a")));
}

/// Hourly jobs that take 6 minutes or more: the first value comes in time for a canary of an hour, not for
/// one of five minutes.
#[test]
fn a_monitor_that_speaks_when_all_is_over_guards_nothing() {
    let path = root().join("scenarios/quality-drift-delayed-labels.toml");
    let text = fs::read_to_string(path).expect("a ready-made scenario");
    let late = |text: &str| {
        let all = rollout_sim::lint::check(&load(text)).expect("no trace is read");
        // Those of the file have all alarms, this one too.
        let ours = ["slow", "quick"].map(|name| Some(name.to_owned()));
        let is_ours = |finding: &Finding| finding.number == 18 && ours.contains(&finding.strategy);
        all.into_iter().filter(is_ours).collect::<Vec<_>>()
    };
    let of_the_new = "\n[[monitors]]\nname = \"of the new\"\nmodel_quality = { metric = \"accuracy\" }\n\
                      fleet = \"green\"\n[[alarms]]\nname = \"new\"\nmonitor = \"of the new\"\n\
                      statistic = \"Average\"\ncomparison = \"LessThanThreshold\"\nthreshold = 0.895\n\
                      period = \"1h\"\nevaluation_periods = 1\ntreat_missing_data = \"notBreaching\"\n";
    let canary = |name: &str, bake: &str| {
        format!(
            "[[strategies]]\nname = \"{name}\"\nalarms = [\"new\"]\n\
             canary = {{ size = \"20%\", bake = \"{bake}\", final_bake = \"{bake}\" }}\n"
        )
    };
    let slow = format!("{text}{of_the_new}{}", canary("slow", "1h"));
    assert_eq!(late(&slow), []);
    let quick = slow + &canary("quick", "2m");
    let found = late(&quick);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((finding.severity, finding.strategy.as_deref()), (Severity::Error, Some("quick")));
    assert!(finding.arithmetic.contains("comes at"), "{}", finding.arithmetic);
}

#[test]
fn what_is_not_judged_is_said_in_a_line_with_its_reason() {
    let said = |changes: &[(&str, &str)], number: u8| {
        let lines = unjudged(&with(changes));
        let line = lines.iter().find(|(of, ..)| *of == number);
        let (_, what, why) = line.unwrap_or_else(|| panic!("no line {number}: {lines:?}"));
        format!("{what}: {why}")
    };
    assert_eq!(
        said(&[("poisson = { rate_per_s = 10.0 }", "gamma = { rate_per_s = 9.0, cv = 3.0 }")], 13),
        "\"a\": requests come in bursts or as they were recorded, not as a Poisson stream"
    );
    assert_eq!(
        said(&[("evaluation_periods = 1", "evaluation_periods = 1\nwarm_up = \"5m\"")], 14),
        "\"bad\" under \"s\": \"a\", which guards it, is not judged"
    );
    assert_eq!(
        said(
            &[(
                "errors_5xx = 0.001",
                "errors_5xx = 0.001\noverdispersion = { correlation = 0.01, interval = \"60s\" }"
            )],
            13
        ),
        "\"a\": errors come in clumps"
    );
    let leak = [("crash = true", "memory_leak = { errors_5xx_per_hour = 0.2 }")];
    let line = "\"bad\" under \"s\": how the model behaves depends on load or time";
    assert_eq!([said(&leak, 11), said(&leak, 14)], [line, line]);
    let few = [
        ("metric = \"Invocation5XXErrors\"", "metric = \"ModelLatency\""),
        ("threshold = 0.05", "threshold = \"200ms\""),
        ("rate_per_s = 10.0", "rate_per_s = 0.2"),
    ];
    assert!(said(&few, 13).contains("fewer than 18 latencies"), "{}", said(&few, 13));
    // One alarm that surely sees it is enough to know.
    let beside = "[[alarms]]\nname = \"few\"\nmetric = \"ModelLatency\"\nstatistic = \"Average\"\n\
                  fleet = \"green\"\nthreshold = \"200ms\"\ncomparison = \"GreaterThanThreshold\"\n\
                  period = \"60s\"\nevaluation_periods = 1\n\
                  treat_missing_data = \"notBreaching\"\n[[alarms]]";
    let lines =
        unjudged(&with(&[("rate_per_s = 10.0", "rate_per_s = 0.2"), ("[[alarms]]", beside)]));
    assert!(lines.iter().all(|(number, ..)| *number != 11), "{lines:?}");
    // What can be judged has no line.
    assert_eq!(unjudged(&with(&[])), []);
}
