//! What is counted because of the deployment is right in expectation: slow, failed, and either of them here
//! and not without the deployment.
//!
//! No alarm acts here. So each count is that of a Poisson process from which requests are picked
//! independently: its mean is the integral of rate times chance ([`oracle`](super::oracle)), and its variance
//! is its mean. Each is held to 4.5 standard deviations of its sum over all runs (α = 7·10⁻⁶), so an error of
//! 5.8/√(all that were counted) is caught 9 times in 10: 1.4 % of the 180,000 that a tail slows in 250 runs
//! at ten requests a second, 4.3 % of the 18,000 in 2500 runs at one in ten seconds.

use super::compare::{Ledger, OUTCOME, both, real};
use super::oracle::{Chances, Model, Pace, Part, integral, phi};
use crate::support::{arm, results, scenario};
use rollout_sim::experiment::Results;

/// When green of `all_at_once` begins to take traffic, and the end \[s\].
const TRAFFIC_S: [f64; 2] = [150.0, 1800.0];

const RATES: [(f64, u32); 2] = [(10.0, 250), (0.1, 2500)];

const ALL_AT_ONCE: &str =
    "[[strategies]]\nname = \"s\"\nall_at_once = { final_bake = \"10m\" }\nalarms = []\n";

const ROLLING: &str =
    "[[strategies]]\nname = \"s\"\nrolling = { batch = \"25%\", bake = \"3m\" }\nalarms = []\n";

const COLD: &str = "cold_start = { factor = 2.5, lasts = \"3m\" }\n";

const LOGNORMAL: Part = Part { weight: 1.0, median_ms: 60.0, sigma: 0.7 };

fn toml(arrivals: &str, interval: &str, runs: u32, rest: &str) -> String {
    format!(
        r#"
name = "attributable"
[experiment]
runs = {runs}
seed = 5
horizon = "30m"
warm_up = "5m"
baseline = "none"
fidelity = "aggregate"
[traffic]
arrivals = {arrivals}
[endpoint]
instances = 4
capacity = "unlimited"
provision = "2m"
switch = "30s"
[metrics]
count_at = "arrival"
slow_over = "220ms"
interval = "{interval}"
{rest}
"#
    )
}

fn poisson(rate_per_s: f64) -> String {
    format!("{{ poisson = {{ rate_per_s = {rate_per_s:?} }} }}")
}

/// Runs at this steady rate.
fn at_rate((rate_per_s, runs): (f64, u32), rest: &str) -> Results {
    results(&toml(&poisson(rate_per_s), "60s", runs, rest))
}

/// Holds the sum of a column over all runs of a release against what it should be in a run.
fn check(results: &Results, release: &str, name: &str, [mean, variance]: [f64; 2]) {
    let (_, value) = OUTCOME.iter().find(|(own, _)| *own == name).expect("a column");
    let runs = arm(results, "s", release);
    let sum: f64 = runs.iter().filter_map(|run| value(run)).sum();
    let (count, deviation) = (real(runs.len()), (real(runs.len()) * variance).sqrt());
    // Half a request is for the rounding of the oracle where nothing is to be counted.
    let off = (sum - count * mean).abs();
    assert!(off < 4.5 * deviation + 0.5, "{release} {name}: {} and not {mean}", sum / count);
}

/// Holds everything that is counted against the means of a run.
fn check_all(results: &Results, release: &str, of_run: Chances) {
    let Chances { failed, failed_4xx, attributable, avoided, slow, slow_attributable } = of_run;
    for (name, mean) in [
        ("failed", failed),
        ("failed 4xx", failed_4xx),
        ("attributable", attributable),
        ("attributable green", attributable),
        ("slow", slow),
        ("slow attributable", slow_attributable),
        ("timed out", 0.0),
        ("rejected", 0.0),
    ] {
        check(results, release, name, [mean, mean]);
    }
    check(results, release, "excess", [attributable - avoided, attributable + avoided]);
}

/// What a run counts in which blue serves alone until all goes to green.
fn all_at_once(rate_per_s: f64, blue: &Model, green: &Model, pace: &[(f64, Pace)]) -> Chances {
    let [begins, ends] = TRAFFIC_S;
    let before = blue.chances(blue, &[(1.0, Pace::EVEN)]).times(rate_per_s * begins);
    before.plus(green.chances(blue, pace).times(rate_per_s * (ends - begins)))
}

/// The case that gave 0 instead of 720: a request in the tail was judged by the law of all others.
#[test]
fn a_tail_is_to_blame_for_what_it_slows() {
    let rest = format!(
        "{}[[regressions]]\nname = \"tail\"\ntail = {{ share = \"6%\", factor = 6.0 }}\n{ALL_AT_ONCE}",
        "[blue]\nlatency = { lognormal = { median = \"60ms\", sigma = 0.7 } }\n"
    );
    let model = Model::of(&[LOGNORMAL]);
    let paces = [(0.94, Pace::EVEN), (0.06, Pace { factor: 6.0, added_ms: 0.0 })];
    for rate in RATES {
        let results = at_rate(rate, &rest);
        let expected = all_at_once(rate.0, &model, &model, &paces);
        assert!((expected.slow_attributable / rate.0 - 72.01).abs() < 0.01, "{expected:?}");
        check_all(&results, "tail", expected);
        let healthy = all_at_once(rate.0, &model, &model, &[(1.0, Pace::EVEN)]);
        check_all(&results, "healthy", healthy);
    }
}

/// Few of the rarer component, so that its values are drawn one by one.
#[test]
fn a_factor_slows_either_component_of_a_mixture() {
    let late =
        r#"{ shifted = { by = "120ms", distribution = { exponential = { mean = "60ms" } } } }"#;
    let rest = format!(
        r#"[blue]
latency = {{ mixture = [
    {{ weight = 0.9, distribution = {{ lognormal = {{ median = "50ms", sigma = 0.6 }} }} }},
    {{ weight = 0.1, distribution = {late} }},
] }}
[[regressions]]
name = "slow"
latency = {{ factor = 1.3 }}
{ALL_AT_ONCE}"#
    );
    let over = |ms: f64| 0.9 * phi(-(ms / 50.0).ln() / 0.6) + 0.1 * (-(ms - 120.0) / 60.0).exp();
    for rate in RATES {
        let results = at_rate(rate, &rest);
        let [begins, ends] = TRAFFIC_S;
        let (there, here) = (over(220.0), over(220.0 / 1.3));
        let blamed = rate.0 * (ends - begins) * (here - there);
        check(&results, "slow", "slow attributable", [blamed; 2]);
        check(&results, "slow", "slow", [blamed + rate.0 * ends * there; 2]);
        check(&results, "healthy", "slow attributable", [0.0; 2]);
    }
}

/// One uniform chooses the component here and there: with other weights, and with more of them.
#[test]
fn mixtures_that_differ_share_the_uniform_that_chooses() {
    let mixture = |parts: &[Part]| {
        let each = |part: &Part| {
            let Part { weight, median_ms, sigma } = part;
            let law = if *sigma > 0.0 {
                format!("lognormal = {{ median = \"{median_ms}ms\", sigma = {sigma:?} }}")
            } else {
                format!("constant = \"{median_ms}ms\"")
            };
            format!("{{ weight = {weight:?}, distribution = {{ {law} }} }}, ")
        };
        format!("latency = {{ mixture = [{}] }}\n", parts.iter().map(each).collect::<String>())
    };
    let part = |weight, median_ms, sigma| Part { weight, median_ms, sigma };
    let blue = [part(0.6, 80.0, 0.6), part(0.4, 150.0, 0.3)];
    let others = [
        vec![part(0.9, 80.0, 0.6), part(0.1, 150.0, 0.3)],
        vec![part(0.3, 230.0, 0.0), part(0.5, 90.0, 0.5), part(0.2, 180.0, 0.3)],
    ];
    for (green, rate) in others.iter().flat_map(|green| RATES.map(|rate| (green, rate))) {
        let models = format!("[blue]\n{}[green]\n{}", mixture(&blue), mixture(green));
        let slow =
            "[[regressions]]\nname = \"slow\"\nlatency = { factor = 0.9, shift = \"25ms\" }\n";
        let results = at_rate(rate, &format!("{models}{slow}{ALL_AT_ONCE}"));
        let (blue, green) = (Model::of(&blue), Model::of(green));
        let slower = Pace { factor: 0.9, added_ms: 25.0 };
        for (release, pace) in [("healthy", Pace::EVEN), ("slow", slower)] {
            let expected = all_at_once(rate.0, &blue, &green, &[(1.0, pace)]);
            check_all(&results, release, expected);
        }
    }
}

/// Each of four instances takes a quarter of the traffic from when it is launched, cold for three minutes:
/// with response times that differ widely, hardly, and not at all.
#[test]
fn a_rolling_rollout_of_cold_instances() {
    let (lasts_s, factor) = (180.0, 2.5);
    for (median_ms, sigma) in [(60.0, 0.7), (130.0, 0.02), (130.0, 0.0)] {
        let law = if sigma > 0.0 {
            format!("lognormal = {{ median = \"{median_ms}ms\", sigma = {sigma:?} }}")
        } else {
            format!("constant = \"{median_ms}ms\"")
        };
        let model = Model::of(&[Part { weight: 1.0, median_ms, sigma }]);
        for rate in RATES {
            let rest = format!("[blue]\nlatency = {{ {law} }}\n[green]\n{COLD}{ROLLING}");
            let results = at_rate(rate, &rest);
            let of_age = |age_s: f64| {
                let factor = 1.0 + (factor - 1.0) * (1.0 - age_s / lasts_s);
                model.chances(&model, &[(1.0, Pace { factor, added_ms: 0.0 })])
            };
            let cold = integral([0.0, lasts_s], of_age);
            let warm = model.chances(&model, &[(1.0, Pace::EVEN)]).times(TRAFFIC_S[1] - lasts_s);
            check_all(&results, "healthy", cold.plus(warm).times(rate.0));
        }
    }
}

/// Failures that take longer than answers: on blue alone, and on both.
#[test]
fn failures_with_latencies_of_their_own() {
    let of_blue = "[blue]\nlatency = { lognormal = { median = \"60ms\", sigma = 0.7 } }\n\
                   failed_latency = { lognormal = { median = \"200ms\", sigma = 0.3 } }\n\
                   errors_5xx = 0.05\nerrors_4xx = 0.03\n";
    let blue = Model {
        failed: Some((200.0, 0.3)),
        errors_5xx: 0.05,
        errors_4xx: 0.03,
        ..Model::of(&[LOGNORMAL])
    };
    let own = "latency = { lognormal = { median = \"70ms\", sigma = 0.7 } }\n";
    let alike = Model { failed: None, ..blue.clone() };
    let alike = Model { parts: vec![Part { median_ms: 70.0, ..LOGNORMAL }], ..alike };
    for (text, green) in [(own, alike), ("", blue.clone())] {
        let release = "[[regressions]]\nname = \"more\"\nlatency = { factor = 1.3 }\n\
                       errors = { errors_5xx = 0.2, errors_4xx = 0.01 }\n\
                       [[regressions]]\nname = \"fewer\"\nerrors = { errors_5xx = 0.01, errors_4xx = 0.2 }\n";
        let rest = format!("{of_blue}[green]\n{text}{release}{ALL_AT_ONCE}");
        for rate in RATES {
            let results = at_rate(rate, &rest);
            for (release, factor, errors) in [
                ("healthy", 1.0, [0.05, 0.03]),
                ("more", 1.3, [0.2, 0.01]),
                ("fewer", 1.0, [0.01, 0.2]),
            ] {
                let [errors_5xx, errors_4xx] = errors;
                let green = Model { errors_5xx, errors_4xx, ..green.clone() };
                let pace = Pace { factor, added_ms: 0.0 };
                check_all(&results, release, all_at_once(rate.0, &blue, &green, &[(1.0, pace)]));
            }
        }
    }
}

/// Intervals of five minutes in which the traffic rises, instances get warm and the regression grows: one of
/// errors that pass those of blue on their way, and of factors; and one that slows a growing share.
#[test]
fn what_changes_together_within_an_interval() {
    let rest = format!(
        "[blue]\nlatency = {{ lognormal = {{ median = \"60ms\", sigma = 0.7 }} }}\nerrors_5xx = 0.02\n\
         [green]\nerrors_5xx = 0.01\n{COLD}\
         [[regressions]]\nname = \"factor\"\nlatency = {{ factor = 1.5 }}\nramp = \"4m\"\n\
         errors = {{ errors_5xx = 0.05 }}\n\
         [[regressions]]\nname = \"tail\"\ntail = {{ share = 0.3, factor = 3.0 }}\nramp = \"4m\"\n\
         {ALL_AT_ONCE}"
    );
    let arrivals =
        "{ ramp = { from_per_s = 4.0, to_per_s = 24.0, starts = \"2m\", lasts = \"8m\" } }";
    let results = results(&toml(arrivals, "300s", 300, &rest));
    let rate = |at_s: f64| 4.0 + 20.0 * ((at_s - 120.0) / 480.0).clamp(0.0, 1.0);
    let blue = Model { errors_5xx: 0.02, ..Model::of(&[LOGNORMAL]) };
    let [begins, ends] = TRAFFIC_S;
    let before = |at_s: f64| blue.chances(&blue, &[(1.0, Pace::EVEN)]).times(rate(at_s));
    let at = |release: &str, at_s: f64| {
        let age_s = at_s - begins;
        let strength = (age_s / 240.0).min(1.0);
        let cold = 1.0 + 1.5 * (1.0 - age_s / 180.0).max(0.0);
        let (slower, grown, share) = match release {
            "factor" => (0.5, 0.04, 0.0),
            "tail" => (0.0, 0.0, 0.3),
            _ => (0.0, 0.0, 0.0),
        };
        let green = Model { errors_5xx: 0.01 + grown * strength, ..blue.clone() };
        let factor = cold * (1.0 + slower * strength);
        let in_tail = share * strength;
        let paces = [(1.0 - in_tail, factor), (in_tail, 3.0 * factor)];
        let paces = paces.map(|(share, factor)| (share, Pace { factor, added_ms: 0.0 }));
        green.chances(&blue, &paces).times(rate(at_s))
    };
    for release in ["healthy", "factor", "tail"] {
        let expected = integral([0.0, 120.0], before)
            .plus(integral([120.0, begins], before))
            .plus(integral([begins, begins + 180.0], |at_s| at(release, at_s)))
            .plus(integral([begins + 180.0, begins + 240.0], |at_s| at(release, at_s)))
            .plus(integral([begins + 240.0, 600.0], |at_s| at(release, at_s)))
            .plus(integral([600.0, ends], |at_s| at(release, at_s)));
        check_all(&results, release, expected);
    }
}

/// Mirroring makes its requests slow where it takes long, and all of them where it takes longer than slow
/// is.
#[test]
fn the_overhead_of_mirroring_is_to_blame() {
    let over = |ms: f64| phi(-(ms / 60.0_f64).ln() / 0.7);
    for (overhead_ms, share) in [(40.0, over(180.0) - over(220.0)), (240.0, 1.0 - over(220.0))] {
        for rate in RATES {
            let rest = format!(
                "[blue]\nlatency = {{ lognormal = {{ median = \"60ms\", sigma = 0.7 }} }}\n\
                 [[strategies]]\nname = \"s\"\nalarms = []\n\
                 shadow = {{ sample = \"60%\", lasts = \"8m\", then = \"all_at_once\", \
                 final_bake = \"5m\", overhead = \"{overhead_ms}ms\" }}\n"
            );
            let results = at_rate(rate, &rest);
            // For eight minutes, and the half while the traffic is switched.
            let mirrored = rate.0 * 510.0 * 0.6;
            check(&results, "healthy", "mirrored", [mirrored; 2]);
            check(&results, "healthy", "slow attributable", [mirrored * share; 2]);
            let slow = mirrored * share + rate.0 * TRAFFIC_S[1] * over(220.0);
            check(&results, "healthy", "slow", [slow; 2]);
        }
    }
}

/// All of it at once against simulated requests, with few and with many requests in an interval: every
/// column of the outcomes, α = 10⁻⁴ for each rate.
#[test]
fn everything_at_once_agrees_with_the_request_plane() {
    let rest = format!(
        r#"[blue]
latency = {{ mixture = [
    {{ weight = 0.7, distribution = {{ gamma = {{ mean = "80ms", cv = 0.6 }} }} }},
    {{ weight = 0.3, distribution = {{ pareto = {{ minimum = "60ms", shape = 3.5 }} }} }},
] }}
failed_latency = {{ lognormal = {{ median = "150ms", sigma = 0.4 }} }}
errors_5xx = 0.02
errors_4xx = 0.03
[green]
latency = {{ mixture = [
    {{ weight = 0.2, distribution = {{ constant = "215ms" }} }},
    {{ weight = 0.8, distribution = {{ exponential = {{ mean = "90ms" }} }} }},
] }}
errors_5xx = 0.01
{COLD}
[[regressions]]
name = "all"
latency = {{ factor = 1.2, shift = "4ms" }}
tail = {{ share = "6%", factor = 4.0 }}
errors = {{ errors_5xx = 0.06 }}
ramp = "5m"
{ROLLING}"#
    );
    for (rate_per_s, runs) in [(10.0, 200), (0.1, 1500)] {
        let mut ledger = Ledger::default();
        ledger.outcomes(&both(&scenario(&toml(&poisson(rate_per_s), "60s", runs, &rest))));
        // Many take exactly as long as each other there, and either plane knows that within a bucket's width.
        ledger.set_aside(&["green p99: law", "all p99: law"]);
        ledger.settle(1e-4);
    }
}
