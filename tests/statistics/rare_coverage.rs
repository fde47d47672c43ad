//! Whether the intervals of rare false rollbacks cover: five endpoints whose probability is known, each under
//! many seeds.
//!
//! `cargo test --test statistics rare_coverage -- --ignored --nocapture` makes the table of
//! docs/validation.md.

#![expect(clippy::print_stdout, reason = "a test says what it has found")]

use crate::clumped::Clumped;
use rollout_sim::rare::{Effort, Method, RareEstimate, Unsplit, computed, simulated};
use rollout_sim::scenario::Scenario;
use statrs::distribution::{Binomial, DiscreteCDF};
use std::path::Path;

const EFFORT: Effort = Effort { repetitions: 20, trials: 50, confidence: 0.95 };
/// Requests of a minute, all on green from minute 2 to minute 10.
const A_MINUTE: f64 = 60.0;
const MINUTES: u32 = 8;

/// An endpoint and its true probability.
struct Case {
    name: &'static str,
    text: String,
    truth: f64,
}

fn text(phase: &str, blue: &str, alarm: &str, more: &str) -> String {
    format!(
        "name = \"rare\"\n[experiment]\nruns = 1\nseed = 1\nhorizon = \"12m\"\nwarm_up = \"1m\"\n\
         phase = \"{phase}\"\nbaseline = \"none\"\n\
         [traffic]\narrivals = {{ poisson = {{ rate_per_s = 1.0 }} }}\n\
         [endpoint]\ninstances = 4\ncapacity = \"unlimited\"\nprovision = \"1m\"\nswitch = \"1m\"\n\
         [metrics]\ncount_at = \"arrival\"\n\
         [blue]\nlatency = {{ constant = \"1ms\" }}\n{blue}\n\
         [[alarms]]\nname = \"5xx\"\nmetric = \"Invocation5XXErrors\"\nstatistic = \"Average\"\n\
         fleet = \"green\"\ncomparison = \"GreaterThanThreshold\"\nperiod = \"60s\"\n{alarm}\n{more}\
         [[strategies]]\nname = \"s\"\nall_at_once = {{ final_bake = \"{MINUTES}m\" }}\n"
    )
}

const TWO_OF_THREE: &str =
    "evaluation_periods = 3\ndatapoints_to_alarm = 2\ntreat_missing_data = \"notBreaching\"\n";

fn scenario(text: &str, seed: u64) -> Scenario {
    let text = text.replace("seed = 1\n", &format!("seed = {seed}\n"));
    Scenario::parse(&text, "rare.toml", Path::new("."))
        .unwrap_or_else(|errors| panic!("{}", errors.render(false)))
        .scenario
}

fn exactly(text: &str) -> f64 {
    computed(&scenario(text, 1), 0).expect("it can be computed").probability
}

/// Clumps of errors of which 2 in 1000 come, with ρ = 0.02.
fn of_clumps(persistence: f64, theta: f64) -> f64 {
    let clumps = Clumped { requests: A_MINUTE, p: 0.002, rho: 0.02, persistence };
    clumps.two_of_three(MINUTES, theta)
}

fn independent() -> Case {
    let alarm = format!("threshold = \"7%\"\n{TWO_OF_THREE}");
    let text = text("random", "errors_5xx = 0.01", &alarm, "");
    Case { name: "independent errors, 2 of 3", truth: exactly(&text), text }
}

/// One small first window is enough where the next has not arrived: luck of the phases, which no fork can
/// change.
fn premature() -> Case {
    let alarm = "threshold = \"15%\"\nevaluation_periods = 3\ndatapoints_to_alarm = 2\n";
    let text = text("random", "errors_5xx = 0.01", alarm, "");
    let text = text.replace("[blue]", "delay = \"10s\"\n[blue]");
    Case { name: "a premature alarm", truth: exactly(&text), text }
}

fn clumps() -> Case {
    let blue = "errors_5xx = 0.002\noverdispersion = { correlation = 0.02 }";
    let alarm = format!("threshold = \"6%\"\n{TWO_OF_THREE}");
    let text = text("aligned", blue, &alarm, "");
    Case { name: "clumps of a minute", truth: of_clumps(0.0, 0.06), text }
}

fn long_clumps() -> Case {
    let blue =
        "errors_5xx = 0.002\noverdispersion = { correlation = 0.02, correlation_time = \"3m\" }";
    let alarm = format!("threshold = \"8%\"\n{TWO_OF_THREE}");
    let text = text("aligned", blue, &alarm, "");
    Case { name: "clumps of three minutes", truth: of_clumps(2.0 / 3.0, 0.08), text }
}

/// All requests fail while it lasts, and one bad minute is enough: it is under way at some time of the
/// bake, of minutes that are never without a request.
fn incident() -> Case {
    let alarm = "threshold = \"0%\"\nevaluation_periods = 1\ndatapoints_to_alarm = 1\n";
    let incident = "[[incidents]]\nname = \"rain\"\nrate_per_day = 0.1\nlasts = \"4m\"\n\
                    effect = { errors_5xx = 1 }\n";
    let text = text("aligned", "", alarm, incident);
    let truth = 1.0 - (-0.1 / 1440.0 * (4.0 + f64::from(MINUTES))).exp();
    Case { name: "an incident", truth, text }
}

/// What came of many seeds.
#[derive(Debug, Default)]
struct Sums {
    covering: u64,
    below: u64,
    above: u64,
    split: u32,
    few_starts: u32,
    gains: f64,
    estimates: f64,
    requests: u64,
}

fn over_seeds(case: &Case, seeds: u64) -> Sums {
    let mut sums = Sums::default();
    for seed in 1..=seeds {
        let found: RareEstimate =
            simulated(&scenario(&case.text, seed), 0, EFFORT).expect("no trace is read");
        let [low, high] = found.interval;
        sums.below += u64::from(high < case.truth);
        sums.above += u64::from(case.truth < low);
        sums.covering += u64::from(low <= case.truth && case.truth <= high);
        sums.estimates += found.probability;
        sums.requests += found.requests_simulated;
        match found.method {
            Method::Splitting { gain, .. } => {
                sums.split += 1;
                sums.gains += gain;
            }
            Method::Plain { because: Unsplit::FewStarts { .. }, .. } => sums.few_starts += 1,
            Method::Plain { .. } | Method::Exact => {}
        }
    }
    sums
}

#[expect(clippy::cast_precision_loss, reason = "numbers of seeds and requests")]
fn told(case: &Case, seeds: u64, sums: &Sums) {
    println!(
        "| {} | {:.2e} | {} of {seeds} | {} | {} | {} | {:.1} | {} | {:.2e} | {:.1} M |",
        case.name,
        case.truth,
        sums.covering,
        sums.below,
        sums.above,
        sums.split,
        sums.gains / f64::from(sums.split.max(1)),
        sums.few_starts,
        sums.estimates / seeds as f64,
        sums.requests as f64 / seeds as f64 / 1e6,
    );
}

/// At most one chance in a thousand that so few intervals of 95 % cover.
fn covers(case: &Case, seeds: u64) {
    let sums = over_seeds(case, seeds);
    told(case, seeds, &sums);
    let fewest = Binomial::new(0.95, seeds).expect("a probability").inverse_cdf(1e-3);
    assert!(sums.covering >= fewest, "{}: {sums:?}", case.name);
}

/// 33 of 40 at least. Of a true coverage of 3 in 4, which is what clumps that are fixed at the start gave,
/// fewer are seen in four of five cases.
#[test]
fn intervals_of_clumps_cover() {
    covers(&clumps(), 40);
}

/// Seeds of the table: 179 of 200 at least; a true coverage of 86 % is caught in nine of ten cases.
const MANY: u64 = 200;

#[test]
#[ignore = "takes minutes"]
fn table_independent_errors() {
    covers(&independent(), MANY);
}

#[test]
#[ignore = "takes minutes"]
fn table_premature_alarm() {
    covers(&premature(), MANY);
}

#[test]
#[ignore = "takes minutes"]
fn table_clumps() {
    covers(&clumps(), MANY);
}

#[test]
#[ignore = "takes minutes"]
fn table_long_clumps() {
    covers(&long_clumps(), MANY);
}

#[test]
#[ignore = "takes minutes"]
fn table_incident() {
    covers(&incident(), MANY);
}
