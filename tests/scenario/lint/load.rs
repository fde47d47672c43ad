//! More traffic than the endpoint can serve, and waiting that the latencies do not show (22).

use super::{Severity, findings, the, with};
use rollout_sim::lint::{Finding, check};
use rollout_sim::scenario::Scenario;
use std::fs;

/// One place for each instance, where requests may wait.
const QUEUED: (&str, &str) = ("capacity = \"unlimited\"", "concurrency = 1");
const BUSY: (&str, &str) = ("rate_per_s = 10.0", "rate_per_s = 25.0");

/// A third of the places is busy: that requests wait is in no latency that is given.
#[test]
fn waiting_that_no_latency_shows_is_noted() {
    let finding = the(22, &with(&[QUEUED, BUSY]));
    assert_eq!((finding.severity, finding.place.as_str()), (Severity::Note, "blue.latency"));
    let idle = with(&[QUEUED, ("rate_per_s = 10.0", "rate_per_s = 0.5")]);
    assert!(findings(&idle).iter().all(|finding| finding.number != 22));
}

/// The latency that CloudWatch shows has the waiting in it: there it is no news.
#[test]
fn waiting_is_no_news_where_the_latency_given_is_what_is_observed() {
    let service = with(&[
        QUEUED,
        BUSY,
        (
            "lognormal = { median = \"50ms\", p99 = \"120ms\" }",
            "lognormal = { median = \"60ms\", p99 = \"240ms\" }",
        ),
    ]);
    assert_eq!(the(22, &service).severity, Severity::Note);
    let observed = service.replace("[blue]", "[blue]\nlatency_is = \"observed\"");
    assert!(findings(&observed).iter().all(|finding| finding.number != 22));
}

/// Ten requests a second of half a second each need five of four places: that they wait, and fail
/// for it, goes without saying.
#[test]
fn overload_is_one_finding() {
    let overloaded = with(&[
        QUEUED,
        ("lognormal = { median = \"50ms\", p99 = \"120ms\" }", "constant = \"500ms\""),
    ]);
    let finding = the(22, &overloaded);
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.arithmetic.contains("utilisation 125"), "{}", finding.arithmetic);
}

/// A request every two seconds needs its one place for one. What comes while it is busy finds none:
/// one or two requests of a thousand, and more than one in a thousand is noticed.
#[test]
fn more_than_one_request_in_a_thousand_must_fail_for_want_of_a_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let rejected = |extra_s: &[f64]| -> Vec<Finding> {
        let every_two = (0_u32..1000).map(|number| 2.0 * f64::from(number));
        let regular = every_two.take(1000 - extra_s.len());
        let mut times_s: Vec<f64> =
            regular.chain(extra_s.iter().copied()).chain([2100.0]).collect();
        times_s.sort_by(f64::total_cmp);
        let lines: Vec<String> = times_s.iter().map(ToString::to_string).collect();
        let trace = format!("time\n{}\n", lines.join("\n"));
        fs::write(folder.path().join("t.csv"), trace).expect("a file");
        let toml = with(&[
            ("instances = 4", "instances = 1\nqueue_limit = 0"),
            QUEUED,
            ("horizon = \"30m\"", "horizon = \"2000s\""),
            ("warm_up = \"5m\"", "warm_up = \"0s\""),
            (
                "poisson = { rate_per_s = 10.0 }",
                "trace = { path = \"t.csv\", time_column = \"time\", time_unit = \"seconds\" }",
            ),
            ("lognormal = { median = \"50ms\", p99 = \"120ms\" }", "constant = \"1s\""),
            ("errors_5xx = 0.001", "errors_5xx = 0.0"),
        ]);
        let loaded = Scenario::parse(&toml, "lint.toml", folder.path())
            .unwrap_or_else(|errors| panic!("{}", errors.render(false)));
        let all = check(&loaded).expect("the trace is read");
        all.into_iter().filter(|finding| finding.number == 22).collect()
    };
    assert_eq!(rejected(&[1000.5]), []);
    let found = rejected(&[1000.5, 1100.5]);
    let [two] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(two.severity, Severity::Warning);
    assert!(two.arithmetic.starts_with("0.20 % of requests are turned away"), "{}", two.arithmetic);
}
