//! `auto` draws only where it may: scenarios made to break it.
//!
//! Every law of service times meets every kind of queue at three loads, and then incidents that overlap,
//! bursts, ramps, recorded counts, small canaries, cold starts and slow releases come on top. Wherever
//! `auto` draws, the drawn runs are held against simulated ones with the same surroundings: false rollbacks
//! (Fisher's exact test), the number of slow responses (given their sum a binomial number), and mean and
//! 99th percentile of a run's responses (ranks: Mann and Whitney 1947). The bound allows 2 % of each
//! figure, so the last three are held to that and chance. α = 10⁻³ for all together (Bonferroni). What it
//! catches: see the last test.

use super::compare::real;
use crate::support::{parse, scenario};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::random::arrival::ArrivalSpec;
use rollout_sim::scenario::{Fidelity, Scenario};
use rollout_sim::simulation::fidelity::decide;
use rollout_sim::simulation::outcome::{Outcome, Verdict};
use statrs::distribution::{ContinuousCDF, Discrete, Hypergeometric, Normal};
use std::fmt::Write as _;
use std::io::Write as _;

const ALPHA: f64 = 1e-3;

/// What the bound allows of a figure.
const ALLOWED: f64 = 0.02;

/// Requests of a case on either plane, about.
const REQUESTS: f64 = 100_000.0;

const MINUTES: f64 = 12.0;

/// Name, law, mean \[s\], what is slow, and a threshold for p99 that a healthy green sometimes exceeds.
const LAWS: [(&str, &str, f64, &str, &str); 9] = [
    ("lognormal", r#"{ lognormal = { median = "20ms", p99 = "60ms" } }"#, 0.0223, "60ms", "62ms"),
    ("exponential", r#"{ exponential = { mean = "15ms" } }"#, 0.015, "50ms", "70ms"),
    ("skewed", r#"{ lognormal = { mean = "60ms", cv = 4.0 } }"#, 0.06, "500ms", "600ms"),
    ("0.1 % take 9 s", TWO_POINTS[0], 0.019, "1s", "1s"),
    ("0.5 % take 1 s", TWO_POINTS[1], 0.015, "500ms", "900ms"),
    ("constant", r#"{ constant = "12ms" }"#, 0.012, "13ms", "13ms"),
    ("Pareto", r#"{ pareto = { minimum = "10ms", shape = 3.5 } }"#, 0.014, "40ms", "45ms"),
    ("gamma", r#"{ gamma = { mean = "30ms", cv = 0.3 } }"#, 0.03, "52ms", "56ms"),
    ("two humps", TWO_POINTS[2], 0.07, "600ms", "900ms"),
];

const TWO_POINTS: [&str; 3] = [
    "{ mixture = [ { weight = 0.999, distribution = { constant = \"10ms\" } }, \
     { weight = 0.001, distribution = { constant = \"9s\" } } ] }",
    "{ mixture = [ { weight = 0.995, distribution = { constant = \"10ms\" } }, \
     { weight = 0.005, distribution = { constant = \"1s\" } } ] }",
    "{ mixture = [ { weight = 0.95, distribution = { exponential = { mean = \"50ms\" } } }, \
     { weight = 0.05, distribution = { exponential = { mean = \"400ms\" } } } ] }",
];

/// Name, keys, places in all, and loads of a place.
const QUEUES: [(&str, &str, f64, [f64; 3]); 6] = [
    ("10 x 1", "instances = 10\nconcurrency = 1", 10.0, [0.0003, 0.0015, 0.006]),
    (
        "10 x 1, least",
        "instances = 10\nconcurrency = 1\nrouting = \"least-outstanding\"",
        10.0,
        [0.0003, 0.0015, 0.006],
    ),
    ("6 x 2", "instances = 6\nconcurrency = 2", 12.0, [0.002, 0.01, 0.03]),
    (
        "4 x 4, least",
        "instances = 4\nconcurrency = 4\nrouting = \"least-outstanding\"\nqueue_limit = 12",
        16.0,
        [0.01, 0.03, 0.08],
    ),
    (
        "6 x 2, shared",
        "instances = 6\nconcurrency = 2\nqueue = \"shared\"",
        12.0,
        [0.01, 0.03, 0.1],
    ),
    ("2 x 16", "instances = 2\nconcurrency = 16", 32.0, [0.05, 0.15, 0.3]),
];

/// A scenario and its name.
struct Case {
    name: String,
    scenario: Scenario,
}

/// What the two planes make of a case.
struct Figures {
    rolled_back: usize,
    runs: usize,
    slow: f64,
    means: Vec<f64>,
    tails: Vec<f64>,
}

fn text(arrivals: &str, queue: &str, law: usize, rest: &str, runs: u32) -> String {
    let (name, latency, _, slow, threshold) = LAWS[law];
    // Some of these may take longer than the usual minute.
    let timeout = if name == "skewed" { "none" } else { "60s" };
    format!(
        r#"
name = "bound"
[experiment]
runs = {runs}
seed = 21
horizon = "10m"
warm_up = "2m"
baseline = "none"
fidelity = "auto"
[traffic]
{arrivals}
[endpoint]
{queue}
timeout = "{timeout}"
price_per_hour = 1.0
provision = "30s"
switch = "10s"
[metrics]
slow_over = "{slow}"
[blue]
latency = {latency}
errors_5xx = 0.004
{rest}
[[alarms]]
name = "p99"
metric = "ModelLatency"
statistic = "p99"
fleet = "green"
threshold = "{threshold}"
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.02
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 2
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
[[strategies]]
name = "canary"
canary = {{ size = "50%", bake = "4m", final_bake = "3m" }}
"#
    )
}

fn runs_of(rate_per_s: f64) -> u32 {
    let runs = (REQUESTS / (rate_per_s * MINUTES * 60.0)).clamp(12.0, 150.0);
    (12..=150).find(|&count| f64::from(count) >= runs).unwrap_or(150)
}

fn poisson(rate_per_s: f64) -> String {
    format!("arrivals = {{ poisson = {{ rate_per_s = {rate_per_s:?} }} }}")
}

/// Every law at every queue and load.
fn grid() -> Vec<Case> {
    let mut cases = Vec::new();
    for (law, (name, _, mean_s, ..)) in LAWS.iter().enumerate() {
        for (queue, keys, places, loads) in QUEUES {
            for load in loads {
                let rate = load * places / mean_s;
                let text = text(&poisson(rate), keys, law, "", runs_of(rate));
                let name = format!("{name}, {queue}, load {load}");
                cases.push(Case { name, scenario: scenario(&text) });
            }
        }
    }
    cases
}

const SURGE: &str = "[[incidents]]\nname = \"surge\"\nat = [\"3m\"]\nlasts = \"4m\"\n\
                     effect = { traffic_factor = 3.0 }\n";
const SLOWER: &str = "[[incidents]]\nname = \"slow dependency\"\nat = [\"4m\"]\nlasts = \"4m\"\n\
                      effect = { latency = { factor = 3.0 } }\n";
const SOMETIMES: &str = "[[incidents]]\nname = \"hiccup\"\nrate_per_day = 200.0\nlasts = \"2m\"\n\
                         spread = \"exponential\"\n\
                         effect = { latency = { factor = 1.5, shift = \"5ms\" } }\n";
const FAILURES: &str = "[[incidents]]\nname = \"failures\"\nrate_per_day = 100.0\nlasts = \"2m\"\n\
                        effect = { errors_5xx = 0.05 }\n";
const COLD: &str = "[green]\ncold_start = { factor = 4.0, lasts = \"2m\" }\n";
const SLOW: &str = "[[regressions]]\nname = \"slow\"\nramp = \"2m\"\n\
                    latency = { factor = 2.0, shift = \"20ms\" }\n";
const TAIL: &str = "[[regressions]]\nname = \"tail\"\ntail = { share = \"2%\", factor = 20.0 }\n";
const HANGS: &str = "failed_latency = { constant = \"2s\" }\n";

/// What comes on top, at a load that is drawn without it and at one that is not far below.
fn special(folder: &std::path::Path) -> Vec<Case> {
    let recorded = folder.join("counts.csv");
    let mut file = std::fs::File::create(&recorded).expect("a trace");
    writeln!(file, "t,n").expect("a trace");
    for minute in 0..13 {
        writeln!(file, "{},{}", 60 * minute, 300 + 40 * (minute % 5)).expect("a trace");
    }
    let burst =
        "arrivals = { mmpp = { rates_per_s = [2.0, 40.0], mean_sojourns = [\"1m\", \"20s\"] } }";
    let ramp = "arrivals = { ramp = { from_per_s = 1.0, to_per_s = 60.0, starts = \"2m\", lasts = \"5m\" } }";
    let wave = "arrivals = { diurnal = { mean_per_s = 8.0, swing = 0.9, period = \"8m\", \
                peak_at = \"4m\" } }";
    let trace = "arrivals = { trace = { path = \"counts.csv\", time_column = \"t\", \
                 rows = { counts = { column = \"n\", interval = \"1m\" } } } }";
    let steady = poisson(8.0);
    let traffic = [
        ("steady", steady.as_str()),
        ("burst", burst),
        ("ramp", ramp),
        ("wave", wave),
        ("counts", trace),
    ];
    let both = format!("{SURGE}{SLOWER}");
    let all = format!("{both}{SOMETIMES}{FAILURES}{COLD}{SLOW}{TAIL}");
    let hangs = format!("{HANGS}{FAILURES}");
    let tops = [
        ("surge and slow dependency", both.as_str()),
        ("hiccups", SOMETIMES),
        ("failures that hang", &hangs),
        ("cold start and slow release", &format!("{COLD}{SLOW}")),
        ("slow tail", TAIL),
        ("everything", &all),
    ];
    let queues = [
        "instances = 10\nconcurrency = 1",
        "instances = 4\nconcurrency = 8\nrouting = \"least-outstanding\"",
        "instances = 4\nconcurrency = 4\nqueue = \"shared\"",
    ];
    let mut cases = Vec::new();
    for (arrivals, keys) in traffic {
        for (top, rest) in tops {
            for queue in queues {
                let mut text = text(keys, queue, 0, rest, 25);
                if top == "everything" {
                    text = text.replace("timeout = \"60s\"", "timeout = \"none\"");
                }
                let name = format!("{arrivals}, {top}, {}", queue.replace('\n', ", "));
                cases.push(Case { name, scenario: parse(&text, folder) });
            }
        }
    }
    cases
}

/// False rollbacks of the healthy release, the rest of the last one: one run of each replication.
fn figures(results: &Results) -> Figures {
    let of = |release: usize| results.outcomes.iter().filter(move |run| run.regression == release);
    let last = results.scenario.regressions.len() - 1;
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let slow = of(last).map(|run| run.to_horizon.counts.slow as f64).sum();
    let tail = |run: &Outcome| run.all_times.response_quantiles_s.map(|q| q[2]);
    Figures {
        rolled_back: of(0).filter(|run| run.verdict == Verdict::FalseRollback).count(),
        runs: of(0).count(),
        slow,
        means: of(last).filter_map(|run| run.all_times.response_mean_s).collect(),
        tails: of(last).filter_map(tail).collect(),
    }
}

/// Simulated and drawn, with other luck of requests in the same surroundings.
fn planes(scenario: &Scenario) -> [Figures; 2] {
    [Fidelity::Requests, Fidelity::Aggregate].map(|fidelity| {
        let mut scenario = scenario.clone();
        scenario.experiment.fidelity = fidelity;
        figures(&run(&scenario, &Unwatched).expect("the traffic can be read"))
    })
}

fn two_sided(score: f64) -> f64 {
    2.0 * Normal::standard().sf(score.max(0.0))
}

/// Fisher's exact test of two proportions, two-sided by probability.
fn p_of_rollbacks([a, b]: &[Figures; 2]) -> f64 {
    let all = u64::try_from(a.runs + b.runs).expect("small");
    let acted = u64::try_from(a.rolled_back + b.rolled_back).expect("small");
    let first = u64::try_from(a.runs).expect("small");
    let law = Hypergeometric::new(all, acted, first).expect("a law");
    let seen = law.pmf(u64::try_from(a.rolled_back).expect("small"));
    (0..=acted).map(|k| law.pmf(k)).filter(|&p| p <= seen * (1.0 + 1e-9)).sum::<f64>().min(1.0)
}

/// Given their sum two Poisson numbers of one mean split binomially.
fn p_of_slow([a, b]: &[Figures; 2]) -> f64 {
    let gap = (a.slow - b.slow).abs() - ALLOWED * a.slow.max(b.slow) - 1.0;
    two_sided(gap / (a.slow + b.slow).max(1.0).sqrt())
}

/// Whether simulated values are higher than what is allowed above drawn ones, or lower than what is below.
fn p_of_values(simulated: &[f64], drawn: &[f64]) -> f64 {
    let scaled = |factor: f64| -> Vec<f64> { drawn.iter().map(|value| factor * value).collect() };
    let higher = rank_score(simulated, &scaled(1.0 + ALLOWED));
    let lower = -rank_score(simulated, &scaled(1.0 - ALLOWED));
    two_sided(higher.max(lower))
}

/// The score of the first sample's ranks; positive if its values are higher.
fn rank_score(a: &[f64], b: &[f64]) -> f64 {
    let (mut wins, n, m) = (0.0, real(a.len()), real(b.len()));
    for x in a {
        for y in b {
            wins += match x.total_cmp(y) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    (wins - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// What differs: the name of the figure and how unlikely that is.
fn comparisons(both: &[Figures; 2]) -> [(&'static str, f64); 4] {
    let [a, b] = both;
    [
        ("false rollbacks", p_of_rollbacks(both)),
        ("slow", p_of_slow(both)),
        ("mean", p_of_values(&a.means, &b.means)),
        ("p99", p_of_values(&a.tails, &b.tails)),
    ]
}

/// Holds the cases that `auto` draws against simulated runs; how many it draws, and why each or why not.
fn hold(cases: &[Case]) -> (usize, String) {
    let mut found = Vec::new();
    let (mut drawn, mut reasons) = (0, String::new());
    for Case { name, scenario } in cases {
        let decision = decide(scenario).expect("the traffic can be read");
        let _ = writeln!(reasons, "{name}: {}", decision.reason);
        if !decision.is_aggregate {
            continue;
        }
        drawn += 1;
        let both = planes(scenario);
        found.extend(comparisons(&both).map(|(what, p)| (p, format!("{name}: {what}"))));
    }
    let level = ALPHA / real(found.len().max(1));
    found.retain(|(p, _)| *p < level);
    assert!(found.is_empty(), "these differ at {level:.1e} each: {found:#?}");
    (drawn, reasons)
}

#[test]
fn every_law_at_every_queue() {
    let cases = grid();
    let (drawn, reasons) = hold(&cases);
    println!("{reasons}{drawn} of {} are drawn", cases.len());
    assert!(cases.len() > 150 && drawn > 40 && drawn + 40 < cases.len(), "{drawn}");
}

#[test]
fn incidents_bursts_ramps_and_releases_on_top() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = special(folder.path());
    let (drawn, reasons) = hold(&cases);
    println!("{reasons}{drawn} of {} are drawn", cases.len());
    assert!(cases.len() >= 50 && drawn >= 8 && drawn + 20 < cases.len(), "{drawn}");
}

/// What was drawn when one incident at a time and the share of waiting requests alone decided: a surge and a
/// slow dependency at once; and few long services, which nearly nobody waits for. Drawn all the same, each
/// differs by more than the tests above let pass.
#[test]
fn what_must_not_be_drawn_would_be_found_out() {
    let two = "[[incidents]]\nname = \"surge\"\nat = [\"2m\"]\nlasts = \"8m\"\n\
               effect = { traffic_factor = 6.0 }\n\
               [[incidents]]\nname = \"slow dependency\"\nat = [\"2m\"]\nlasts = \"8m\"\n\
               effect = { latency = { factor = 6.0 } }\n";
    let cases = [
        (
            text(&poisson(48.0), "instances = 10\nconcurrency = 4\nqueue_limit = 20", 0, two, 20),
            "surge + slow",
        ),
        (text(&poisson(5.0), QUEUES[0].1, 3, "", 60), "responses over"),
        (text(&poisson(6.0), QUEUES[0].1, 4, "", 60), "responses over"),
    ];
    for (text, reason) in cases {
        let scenario = scenario(&text);
        let decision = decide(&scenario).expect("no trace");
        assert!(!decision.is_aggregate && decision.reason.contains(reason), "{decision:?}");
        let both = planes(&scenario);
        let least = comparisons(&both).into_iter().map(|(_, p)| p).fold(1.0, f64::min);
        assert!(least < ALPHA / 1000.0, "{reason}: {:?}", comparisons(&both));
    }
}

/// Which incidents the busiest queue is in: those whose times overlap, and those of random time with all,
/// also with their own kind.
#[test]
fn sets_of_incidents() {
    let incident = |name: &str, when: &str, lasts: &str| {
        format!(
            "[[incidents]]\nname = \"{name}\"\n{when}\nlasts = \"{lasts}\"\n\
             effect = {{ latency = {{ factor = 1.8 }} }}\n"
        )
    };
    let reason = |incidents: &[String]| {
        let text =
            text(&poisson(60.0), "instances = 10\nconcurrency = 4", 0, &incidents.concat(), 5);
        decide(&scenario(&text)).expect("no trace").reason
    };
    let (early, later) = ("at = [\"1m\"]", "at = [\"4m\"]");
    let cases = [
        (vec![incident("a", early, "2m"), incident("b", later, "2m")], "a)"),
        (vec![incident("a", early, "4m"), incident("b", later, "2m")], "a + b)"),
        (vec![incident("a", early, "3m"), incident("b", later, "2m")], "a)"),
        (vec![incident("a", "at = [\"1m\", \"2m\"]", "2m")], "2 × a)"),
        (
            vec![incident("a", early, "1m\"\nspread = \"exponential"), incident("b", later, "1m")],
            "a + b)",
        ),
        // After the horizon.
        (vec![incident("a", early, "1m"), incident("b", "at = [\"11m\"]", "1m")], "a)"),
        // 0.0083 in a run: nearly never two at once. 1.7 in a run: one run in a hundred has more than four.
        (vec![incident("a", "rate_per_day = 1.0", "1m"), incident("b", later, "1m")], "a + b)"),
        (
            vec![incident("a", "rate_per_day = 200.0", "5m"), incident("b", later, "1m")],
            "4 × a + b)",
        ),
    ];
    for (incidents, place) in cases {
        let reason = reason(&incidents);
        assert!(reason.contains(place), "{reason}\n{incidents:?}");
        assert_eq!(reason.contains('+'), place.contains('+'), "{reason}");
    }
}

/// Recorded counts are covered by a Poisson process of a higher rate; where a rate was recorded that is it.
#[test]
fn recorded_counts_are_covered() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = special(folder.path());
    let case = cases.iter().find(|case| case.name.starts_with("counts")).expect("one");
    let ArrivalSpec::Trace(trace) = &case.scenario.arrivals else { panic!("a trace") };
    let span = rollout_sim::time::SimDuration::from_secs(720);
    let covering = |spec: &ArrivalSpec| spec.covering_rate_per_s(span).expect("readable");
    let peak = case.scenario.arrivals.peak_per_s().expect("readable");
    let rate = covering(&case.scenario.arrivals);
    assert!((peak * 60.0 - 460.0).abs() < 1e-9);
    // Every one of 14 intervals has at least 460 in 99 % of all runs, and in more.
    let law = statrs::distribution::Poisson::new(rate * 60.0).expect("a mean");
    let missing = 14.0 * statrs::distribution::DiscreteCDF::cdf(&law, 459);
    assert!(missing < 0.01 && rate < 1.2 * peak, "{missing} {rate}");
    let half =
        ArrivalSpec::Trace(rollout_sim::random::arrival::TraceSpec { scale: 0.5, ..trace.clone() });
    assert!((covering(&half) / rate - 0.5).abs() < 1e-9);
}
