//! Closed forms, published figures, refusals, and where the two planes part.

use super::compare::{moments, real};
use crate::support::{scenario, small};
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::rare::exact::rollback;
use rollout_sim::scenario::{EventsOf, Fidelity, Scenario};
use rollout_sim::simulation::fidelity::decide;
use rollout_sim::simulation::outcome::Verdict;
use std::path::Path;

/// 100 requests a second in front of four instances with a shared queue; mean 20 ms, cv 0.5.
fn w(runs: u32, capacity: &str) -> String {
    format!(
        r#"
name = "w"
[experiment]
runs = {runs}
horizon = "12m"
warm_up = "1m"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 90.0 }} }}
[endpoint]
instances = 4
{capacity}
price_per_hour = 1.0
provision = "1m"
switch = "1m"
[blue]
latency = {{ lognormal = {{ mean = "20ms", cv = 0.5 }} }}
[[strategies]]
name = "later"
all_at_once = {{ final_bake = "1m" }}
alarms = []
"#
    )
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let ((mean_a, var_a), (mean_b, var_b)) = (moments(a), moments(b));
    let products: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    products / real(a.len() - 1) / (var_a * var_b).sqrt()
}

/// 5400 requests an interval that do not wait: mean 20.00 ms (sd 0.1357), p99 53.68 ms (sd 1.27), and a
/// correlation of 0.42 between the two. 3000 intervals; α = 10⁻⁴ each: the mean's mean is held to
/// 0.01 ms, p99's to 0.1 ms, the deviations to 5 %, the correlation to 0.07.
#[test]
fn mean_and_p99_of_an_interval_go_together() {
    let mut scenario = scenario(&w(750, "capacity = \"unlimited\""));
    scenario.experiment.fidelity = Fidelity::Aggregate;
    scenario.experiment.events = EventsOf::All;
    let results = run(&scenario, &Unwatched).expect("no trace is read");
    let rows: Vec<[f64; 2]> = results
        .records
        .iter()
        .filter(|record| record.regression == 0)
        .flat_map(|record| [4, 6, 8, 10].map(|number| &record.intervals[number].green))
        .filter_map(|row| Some([row.latency_mean_s? * 1e3, row.latency_quantiles_s?[2] * 1e3]))
        .collect();
    let [means, tails] =
        [0, 1].map(|column| rows.iter().map(|row| row[column]).collect::<Vec<f64>>());
    let ((mean, mean_var), (tail, tail_var)) = (moments(&means), moments(&tails));
    let together = correlation(&means, &tails);
    println!(
        "{} intervals: mean {mean:.3} sd {:.4}, p99 {tail:.2} sd {:.3}, correlation {together:.3}",
        rows.len(),
        mean_var.sqrt(),
        tail_var.sqrt()
    );
    assert!(rows.len() == 3000);
    assert!((mean - 20.0).abs() < 0.01 && (mean_var.sqrt() / 0.1361 - 1.0).abs() < 0.05);
    assert!((tail - 53.68).abs() < 0.1 && (tail_var.sqrt() / 1.27 - 1.0).abs() < 0.06);
    assert!((together - 0.42).abs() < 0.07, "{together}");
}

/// W's blue waits: drawn, its mean is too short by about 4 %. `auto` sees that.
#[test]
fn a_busy_fleet_is_left_to_the_request_plane() {
    let busy = w(40, "concurrency = 1\nqueue = \"shared\"");
    let mean = |fidelity| {
        let mut scenario = scenario(&busy);
        scenario.experiment.fidelity = fidelity;
        let decision = decide(&scenario).expect("no trace");
        let results = run(&scenario, &Unwatched).expect("no trace is read");
        let times = results.outcomes.iter().filter_map(|run| run.blue_times.response_mean_s);
        (times.sum::<f64>() / 40.0 * 1e3, decision)
    };
    let [(simulated, _), (drawn, doubtful), (auto, decision)] =
        [Fidelity::Requests, Fidelity::Aggregate, Fidelity::Auto].map(mean);
    assert!((drawn - 20.0).abs() < 0.05 && simulated > 20.6, "{drawn} {simulated}");
    assert!((auto - simulated).abs() < 1e-12, "the same runs");
    assert!(doubtful.is_aggregate && doubtful.is_doubtful() && !decision.is_aggregate);
    // Twice Erlang's C at four servers and 1.8 Erlang.
    let waiting = decision.waiting.expect("looked at").share;
    assert!((waiting - 2.0 * 0.1285).abs() < 0.002, "{waiting}");
}

/// The share of runs that an alarm rolls back against its exact probability, of good and bad releases:
/// 4000 runs, α = 10⁻⁴: a probability off by 0.035 shows.
#[test]
fn alarms_go_off_as_often_as_they_should() {
    let text = small(
        "capacity = \"unlimited\"",
        "[[regressions]]\nname = \"bad\"\nerrors = { errors_5xx = 0.016 }\n\
         [[alarms]]\nname = \"5xx\"\nmetric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\n\
         fleet = \"green\"\nthreshold = 0.02\ncomparison = \"GreaterThanThreshold\"\nperiod = \"60s\"\n\
         evaluation_periods = 3\ndatapoints_to_alarm = 2\ntreat_missing_data = \"notBreaching\"\n\
         evaluation = \"aligned\"\n\
         [[strategies]]\nname = \"canary\"\n\
         canary = { size = \"1 instance\", bake = \"8m\", final_bake = \"8m\" }\n",
    );
    let text = text
        .replace("runs = 20", "runs = 4000\nfidelity = \"aggregate\"")
        .replace("concurrency = 2\n", "")
        .replace("slow_over = \"150ms\"", "count_at = \"arrival\"");
    let scenario = scenario(&text);
    let results = run(&scenario, &Unwatched).expect("no trace is read");
    for (release, verdict) in [(0, Verdict::FalseRollback), (1, Verdict::Caught)] {
        let exact = rollback(
            &scenario,
            &scenario.strategies[0],
            &scenario.regressions[release],
            &scenario.alarms[0],
        );
        let exact = exact.expect("it can be computed").value;
        let runs = results.outcomes.iter().filter(|run| run.regression == release);
        let acted = runs.filter(|run| run.verdict == verdict).count();
        let share = real(acted) / 4000.0;
        let error = (exact * (1.0 - exact) / 4000.0).sqrt();
        println!("release {release}: {share} against {exact}");
        assert!((share - exact).abs() < 3.9 * error + 0.002, "{release}: {share} against {exact}");
    }
}

#[test]
fn what_couples_requests_is_refused_with_its_place() {
    let base = small("", crate::support::STRATEGIES);
    let strict = base.replace("runs = 20", "runs = 20\nfidelity = \"aggregate\"");
    let cases = [
        ("[traffic]\n", "[clients]\nattempts = 3\n[traffic]\n", "callers try again"),
        (
            "poisson = { rate_per_s = 20.0 }",
            "gamma = { rate_per_s = 20.0, cv = 2.0 }",
            "not exponential",
        ),
        ("users = 500", "users = 500\nsticky_users = true", "users stay"),
        (
            "[[strategies]]",
            "[[regressions]]\nname = \"leak\"\nmemory_leak = { latency_per_hour = 1.0 }\n[[strategies]]",
            "depends on the age",
        ),
    ];
    for (from, to, message) in cases {
        let text = strict.replacen(from, to, 1);
        let error = Scenario::parse(&text, "test.toml", Path::new(".")).expect_err(message);
        let shown = error.render(false);
        assert!(shown.contains(message) && shown.contains("test.toml:"), "{shown}");
        // Asked for politely, every request is simulated, and the reason is kept.
        let auto = scenario(&text.replace("\"aggregate\"", "\"auto\""));
        let decision = decide(&auto).expect("no trace");
        assert!(!decision.is_aggregate && decision.reason.contains(message), "{decision:?}");
    }
}
