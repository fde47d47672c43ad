//! The exact probability of a false rollback against the simulator itself, with every clock at a random
//! phase, metrics that arrive late in the minute, and polls in between.

use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::rare::NotExact;
use rollout_sim::rare::exact::{false_alarm, rollback};
use rollout_sim::scenario::Scenario;
use rollout_sim::stats::proportion::clopper_pearson;
use rollout_sim::time::SimDuration;
use std::path::Path;

/// Runs of each scenario. At α = 10⁻³ and a probability of 0.1 the interval reaches 0.018 to either side,
/// so a probability that is off by a fifth of itself is caught.
const RUNS: u64 = 3_000;
const ALPHA: f64 = 1e-3;

fn scenario(text: &str) -> Scenario {
    Scenario::parse(text, "rare.toml", Path::new("."))
        .unwrap_or_else(|errors| panic!("{}", errors.render(false)))
        .scenario
}

/// A canary of 5 minutes and then 4, watched by one alarm.
fn canary(traffic: &str, alarm: &str, more: &str) -> Scenario {
    scenario(&canary_text(traffic, alarm, more))
}

fn canary_text(traffic: &str, alarm: &str, more: &str) -> String {
    format!(
        r#"
name = "rare"
[experiment]
runs = {RUNS}
seed = 8
horizon = "16m"
warm_up = "6m"
baseline = "none"
[traffic]
arrivals = {traffic}
[endpoint]
instances = 4
capacity = "unlimited"
provision = "90s"
switch = "25s"
shift_by = "percent"
[metrics]
delay = "20s"
[blue]
latency = {{ constant = "30ms" }}
errors_5xx = 0.01
[[alarms]]
name = "errors"
metric = "Invocation5XXErrors"
comparison = "GreaterThanThreshold"
period = "60s"
{alarm}
[[strategies]]
name = "canary"
canary = {{ size = "25%", bake = "5m", final_bake = "4m" }}
{more}
"#
    )
}

/// Whether the share of the arm's runs that were rolled back agrees.
fn agrees(scenario: &Scenario, regression: usize, exact: f64) {
    let results = run(scenario, &Unwatched).expect("no trace is read");
    let of_arm = results.outcomes.iter().filter(|outcome| outcome.regression == regression);
    let (mut runs, mut acted) = (0, 0);
    for outcome in of_arm {
        runs += 1;
        acted += u64::from(outcome.alarm.is_some());
    }
    assert_eq!(runs, RUNS);
    let interval = clopper_pearson(acted, runs, 1.0 - ALPHA).expect("runs");
    assert!(interval.contains(exact), "{acted} of {runs}, and exactly {exact}");
    assert!((0.02..0.6).contains(&exact), "{exact} tests hardly anything");
}

fn exactly(scenario: &Scenario) -> f64 {
    let found = false_alarm(scenario, &scenario.strategies[0], &scenario.alarms[0]);
    let found = found.expect("exact");
    assert!(found.error < 1e-6 * found.value, "{found:?}");
    found.value
}

#[test]
fn one_of_one_on_green() {
    // The first window, which the switch cuts anywhere, is the likeliest to breach.
    let alarm =
        "statistic = \"Average\"\nfleet = \"green\"\nthreshold = \"7%\"\nevaluation_periods = 1";
    let canary = canary("{ poisson = { rate_per_s = 3.0 } }", alarm, "");
    agrees(&canary, 0, exactly(&canary));
}

#[test]
fn two_of_three_on_both_fleets_under_traffic_that_swings() {
    let traffic =
        "{ diurnal = { mean_per_s = 3.0, swing = 0.8, period = \"20m\", peak_at = \"5m\" } }";
    let alarm = "statistic = \"Sum\"\nfleet = \"both\"\nthreshold = 4\nevaluation_periods = 3\n\
                 datapoints_to_alarm = 2\ntreat_missing_data = \"ignore\"";
    let canary = canary(traffic, alarm, "");
    agrees(&canary, 0, exactly(&canary));
}

/// The probability that a Poisson number of this mean is at most 4.
fn up_to_4(mean: f64) -> f64 {
    let terms = (0..=4).scan(1.0, |term, k: i32| {
        *term *= if k == 0 { 1.0 } else { mean / f64::from(k) };
        Some(*term)
    });
    (-mean).exp() * terms.sum::<f64>()
}

/// With every clock aligned and stages that begin and end on the minute each datapoint is a Poisson number
/// of errors, and all of them are counted by hand: of the canary those published at the 3rd to the 8th minute
/// (the last as the second switch ends), of the whole fleet those of the 9th to the 12th, the end of the last
/// bake. A request counts in the minute of its answer, 30 ms after its arrival, so the first minute of each
/// stage holds 30 ms of the share before.
#[test]
fn every_look_of_aligned_clocks_counts() {
    let alarm = "statistic = \"Sum\"\nfleet = \"green\"\nthreshold = 4\nevaluation_periods = 1";
    let text = canary_text("{ poisson = { rate_per_s = 3.0 } }", alarm, "")
        .replace("seed = 8", "seed = 8\nphase = \"aligned\"")
        .replace("provision = \"90s\"", "provision = \"1m\"")
        .replace("switch = \"25s\"", "switch = \"1m\"")
        .replace("delay = \"20s\"", "delay = \"0s\"");
    let errors_a_minute = 3.0 * 60.0 * 0.01;
    let [canary, all] = [0.25, 1.0].map(|share| share * errors_a_minute);
    let before = 0.03 / 60.0;
    let first = [canary * (1.0 - before), canary * before + all * (1.0 - before)].map(up_to_4);
    let quiet = first[0] * up_to_4(canary).powi(5) * first[1] * up_to_4(all).powi(3);
    let exact = exactly(&scenario(&text));
    assert!((exact - (1.0 - quiet)).abs() < 1e-9, "{exact}, by hand {}", 1.0 - quiet);
    agrees(&scenario(&text), 0, exact);
}

/// Alarms are first evaluated after the simulation has begun. Here it begins, without a warm-up, as
/// the update is requested and takes effect: an evaluation at that instant would find nothing,
/// which breaches. The first is a minute later, of a minute that has its requests; the fifth ends
/// the bake. Only answers within 30 ms of the beginning are missing in the first minute.
#[test]
fn nothing_is_evaluated_at_the_instant_at_which_all_begins() {
    let alarm = "statistic = \"Sum\"\nfleet = \"both\"\nthreshold = 4\nevaluation_periods = 1\n\
                 treat_missing_data = \"breaching\"";
    let text = canary_text("{ poisson = { rate_per_s = 3.0 } }", alarm, "")
        .replace("seed = 8", "seed = 8\nphase = \"aligned\"")
        .replace("warm_up = \"6m\"", "warm_up = \"0s\"")
        .replace("provision = \"90s\"", "provision = \"0s\"")
        .replace("switch = \"25s\"", "switch = \"0s\"")
        .replace("delay = \"20s\"", "delay = \"0s\"")
        .replace(
            "canary = { size = \"25%\", bake = \"5m\", final_bake = \"4m\" }",
            "all_at_once = { final_bake = \"5m\" }",
        );
    let errors_a_minute = 3.0 * 60.0 * 0.01;
    let first = errors_a_minute * (1.0 - 0.03 / 60.0);
    let quiet = up_to_4(first) * up_to_4(errors_a_minute).powi(4);
    let exact = exactly(&scenario(&text));
    assert!((exact - (1.0 - quiet)).abs() < 1e-9, "{exact}, by hand {}", 1.0 - quiet);
    agrees(&scenario(&text), 0, exact);
}

#[test]
fn few_requests_and_many_gaps() {
    let alarm = "statistic = \"Average\"\nfleet = \"green\"\nthreshold = \"20%\"\n\
                 evaluation_periods = 1\ntreat_missing_data = \"missing\"";
    let canary = canary("{ poisson = { rate_per_s = 0.12 } }", alarm, "");
    let exact = exactly(&canary);
    agrees(&canary, 0, exact);
}

#[test]
fn a_regression_from_the_first_request_on() {
    let alarm = "statistic = \"Average\"\nfleet = \"green\"\nthreshold = \"6%\"\n\
                 evaluation_periods = 3\ndatapoints_to_alarm = 2";
    let worse = "[[regressions]]\nname = \"worse\"\nerrors = { errors_5xx = 0.03 }\n";
    let canary = canary("{ poisson = { rate_per_s = 3.0 } }", alarm, worse);
    let (plan, release) = (&canary.strategies[0], &canary.regressions[1]);
    let exact = rollback(&canary, plan, release, &canary.alarms[0]).expect("exact");
    agrees(&canary, 1, exact.value);
}

#[test]
fn what_is_not_exact_is_refused_in_words() {
    let alarm =
        "statistic = \"Average\"\nfleet = \"green\"\nthreshold = \"6%\"\nevaluation_periods = 3";
    let refused = |traffic: &str, alarm: &str, more: &str| {
        let canary = canary(traffic, alarm, more);
        let why = false_alarm(&canary, &canary.strategies[0], &canary.alarms[0]);
        why.expect_err("not exact").to_string()
    };
    let poisson = "{ poisson = { rate_per_s = 3.0 } }";
    let bursts = "{ gamma = { rate_per_s = 3.0, cv = 2.0 } }";
    assert!(refused(bursts, alarm, "").contains("gaps between requests are not exponential"));
    let incident = "[[incidents]]\nname = \"rain\"\nrate_per_day = 3.0\nlasts = \"5m\"\n\
                    effect = { errors_5xx = 0.1 }";
    assert!(refused(poisson, alarm, incident).starts_with("incidents"));
    let minutes = canary(poisson, alarm, "");
    let mut five_minutes = minutes.alarms[0].clone();
    five_minutes.period = SimDuration::from_secs(300);
    let why = false_alarm(&minutes, &minutes.strategies[0], &five_minutes);
    assert!(matches!(why, Err(NotExact::Alarm(_))), "{why:?}");
}
