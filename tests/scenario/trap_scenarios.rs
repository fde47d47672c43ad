//! The ready-made scenarios of sample alarms and of missing datapoints show what their comments
//! say.
//!
//! What must be so holds for every replication that is run; frequencies state their chance of a
//! false alarm.

use crate::support::{arm, root};
use rollout_sim::experiment::Results;
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::scenario::{Overrides, Scenario};
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};
use rollout_sim::time::SimTime;

fn results_of(name: &str, runs: u64) -> Results {
    let overrides = Overrides { runs: Some(runs), ..Overrides::default() };
    let loaded = Scenario::load_with(&root().join(format!("scenarios/{name}.toml")), &overrides);
    let loaded = loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
    run(&loaded.scenario, &Unwatched).expect("the traffic can be read")
}

#[track_caller]
fn all(results: &Results, strategy: &str, regression: &str, expected: (End, Verdict)) {
    let runs = arm(results, strategy, regression);
    assert!(runs.iter().all(|run| (run.end, run.verdict) == expected), "{runs:?}");
}

const PROMOTED: (End, Verdict) = (End::Promoted, Verdict::Missed);
const CAUGHT: (End, Verdict) = (End::RolledBack, Verdict::Caught);

/// Seconds from the first request that met the fault to ALARM.
fn detected_after_s(run: &Outcome) -> f64 {
    let since = run.first_faulty_exposure_at.expect("an exposure");
    seconds(run.alarm_at) - since.as_secs_f64()
}

fn seconds(instant: Option<SimTime>) -> f64 {
    instant.expect("it happened").as_secs_f64()
}

fn count(runs: &[&Outcome], what: impl Fn(&Outcome) -> bool) -> usize {
    runs.iter().filter(|run| what(run)).count()
}

#[test]
fn the_guides_samples_promote_what_fails_and_stop_what_is_slow() {
    let results = results_of("guide-canary-trap", 40);
    for sample in ["guide canary", "guide linear", "guide all at once"] {
        all(&results, sample, "crash", PROMOTED);
        all(&results, sample, "5xx at 30 %", PROMOTED);
        all(&results, sample, "three times as slow", CAUGHT);
    }
    for failing in ["crash", "5xx at 30 %"] {
        all(&results, "repaired", failing, CAUGHT);
        for run in arm(&results, "repaired", failing) {
            assert_eq!(run.full_traffic_at, None);
            assert!(detected_after_s(run) < 240.0, "within four minutes");
        }
    }
}

/// Two datapoints of five minutes with data of the new model alone: the older one has some as soon
/// as the window that ended five minutes ago ends after the first published interval. That is
/// between five minutes and, with up to a minute each for publishing and evaluating, seven; a first
/// interval of a few seconds may hold no request.
#[test]
fn the_guides_latency_alarm_takes_five_to_seven_minutes() {
    let results = results_of("guide-canary-trap", 40);
    for sample in ["guide canary", "guide linear", "guide all at once"] {
        let mut after: Vec<f64> = arm(&results, sample, "three times as slow")
            .into_iter()
            .map(detected_after_s)
            .collect();
        after.sort_by(f64::total_cmp);
        assert!(after[0] > 300.0 && after[39] < 440.0, "{sample}: {after:?}");
        // The median of a triangular law around six minutes: of 40 runs its standard error is 5 s.
        assert!((after[20] - 360.0).abs() < 23.0, "{sample}: {}", after[20]);
    }
    for run in arm(&results, "guide linear", "three times as slow") {
        let bake = results.scenario.strategies[run.strategy].stages[0].bake;
        let over = run.first_traffic_at.expect("traffic") + bake;
        assert!(run.alarm_at > Some(over), "after the bake that it guards");
    }
}

/// Two of three shares are diluted. The minutes at 100 % are two for linear, so that its alarm is
/// in time in half of the runs, as for the canary (28 to 72 of 100: α = 10⁻⁵; 0.15 or 0.85 would be
/// caught), and three for the last rolling batch, which hold a whole published minute and its
/// evaluation whatever the phases.
#[test]
fn the_linear_and_the_rolling_notebook_see_nothing_before_everything_fails() {
    let results = results_of("sagemaker-notebook-canary", 100);
    let bad = "incompatible model file";
    let linear = arm(&results, "notebook linear", bad);
    let rolling = arm(&results, "notebook rolling", bad);
    for run in linear.iter().chain(&rolling) {
        assert!(run.full_traffic_at.is_some(), "every share below 100 % is passed");
        assert!(run.alarm_at.is_none_or(|at| Some(at) > run.full_traffic_at));
    }
    let in_time = count(&linear, |run| run.end == End::RolledBack);
    assert!((28..=72).contains(&in_time), "{in_time}");
    all(&results, "notebook rolling", bad, CAUGHT);
    for run in rolling {
        let minutes = detected_after_s(run) / 60.0;
        assert!((18.5..21.5).contains(&minutes), "{minutes}");
        // Old instances are gone: 240 s until they are back, and a switch of 60 s; polls are 10 s
        // apart.
        let back = seconds(run.rolled_back_at) - seconds(run.alarm_at);
        assert!((300.0..=310.0).contains(&back), "{back}");
    }
}

#[test]
fn the_notebooks_alarm_put_right_stops_each_update_in_its_first_bake() {
    let results = results_of("sagemaker-notebook-canary-fixed", 100);
    let bad = "incompatible model file";
    for strategy in ["notebook canary", "notebook linear", "notebook rolling"] {
        all(&results, strategy, bad, CAUGHT);
        for run in arm(&results, strategy, bad) {
            assert_eq!(run.full_traffic_at, None);
            // A minute each to be published and to be evaluated; a first request may be late.
            assert!(detected_after_s(run) <= 150.0, "{strategy}");
            let back = seconds(run.rolled_back_at) - seconds(run.alarm_at);
            assert!((60.0..=70.0).contains(&back), "one switch: {back}");
        }
    }
}

const RUNS: u64 = 400;

/// Rollbacks of the healthy release by each alarm, against what chance makes of 18.3 requests on
/// the canary and 177 after it, one in 200 of which fail. Bounds are 4.5 standard deviations around
/// it (α = 7·10⁻⁶) where there is a closed form, else the 10⁻⁵ quantile of a Poisson number about
/// the frequency of 3000 runs.
#[test]
fn at_low_traffic_each_alarm_has_its_own_false_rollbacks() {
    let results = results_of("low-traffic-canary", RUNS);
    let back = |strategy: &str| {
        let runs = arm(&results, strategy, "healthy");
        count(&runs, |run| run.end == End::RolledBack)
    };
    // 1 − exp(−0.005·195) = 62.3 % of 400 is 249 ± 9.7.
    assert!((206..=292).contains(&back("1 of 1")), "{}", back("1 of 1"));
    assert!(back("3 of 3 notBreaching") <= 2, "{}", back("3 of 3 notBreaching"));
    // 4.2 %: 17; 14 %: 56; 1.8 %: 7.
    assert!((2..=38).contains(&back("3 of 3 missing")), "{}", back("3 of 3 missing"));
    assert!((26..=92).contains(&back("wide")), "{}", back("wide"));
    assert!((1..=22).contains(&back("gated")), "{}", back("gated"));
    let canary_alone = |strategy: &str| {
        let runs = arm(&results, strategy, "healthy");
        count(&runs, |run| run.end == End::RolledBack && run.full_traffic_at.is_none())
    };
    // One failure among the canary's requests: 1 − exp(−0.005·18.3) = 8.7 % of 400 is 35 ± 5.6.
    for hasty in ["1 of 1", "wide"] {
        assert!((10..=60).contains(&canary_alone(hasty)), "{hasty}: {}", canary_alone(hasty));
    }
    all(&results, "3 of 3 breaching", "healthy", (End::RolledBack, Verdict::FalseRollback));
    let served = |run: &&Outcome| run.to_horizon.counts.green > 0;
    assert!(!arm(&results, "3 of 3 breaching", "healthy").iter().any(served), "at once");
}

/// The bad release: how many requests meet it, and when it is noticed. Of 400 runs; chances as
/// above.
#[test]
fn at_low_traffic_what_rolls_nothing_good_back_is_slow() {
    let results = results_of("low-traffic-canary", RUNS);
    let fault = "5xx at 20 %";
    // Of the first failures one in forty is one that the healthy release has too, at the same look: 2.5 % of
    // 400 are 10 ± 3.1.
    for strategy in ["1 of 1", "wide", "gated"] {
        let runs = arm(&results, strategy, fault);
        assert!(runs.iter().all(|run| run.end == End::RolledBack), "{strategy}");
        let caught = count(&runs, |run| run.verdict == Verdict::Caught);
        assert!(caught >= 376, "{strategy}: {caught}");
    }
    let on_canary = |strategy: &str| {
        let runs = arm(&results, strategy, fault);
        count(&runs, |run| run.alarm_at.is_some() && run.full_traffic_at.is_none())
    };
    // One failure among the canary's 18 requests is 1 − exp(−0.2·18.3) = 97.4 %: 390 ± 3.2 runs.
    for hasty in ["1 of 1", "wide"] {
        assert!(on_canary(hasty) >= 375, "{hasty}: {}", on_canary(hasty));
    }
    // Frequencies of 3000 runs: 4.2 % (17) and 0.9 % (4).
    assert!(on_canary("3 of 3 notBreaching") <= 38, "{}", on_canary("3 of 3 notBreaching"));
    assert!(on_canary("gated") <= 15, "{}", on_canary("gated"));
    let blind = arm(&results, "3 of 3 notBreaching", fault);
    let through = count(&blind, |run| run.end == End::Promoted);
    assert!((1..=22).contains(&through), "1.8 %: {through}");
    let met = |strategy: &str| -> u64 {
        arm(&results, strategy, fault).iter().map(|run| run.to_horizon.counts.faulty_green).sum()
    };
    // Means of 37 and 5.6 requests with standard errors of 0.4 and 0.3.
    assert!(met("gated") > 5 * met("1 of 1") && met("gated") < 8 * met("1 of 1"));
    let mut after: Vec<f64> = arm(&results, "gated", fault)
        .into_iter()
        .filter_map(|run| {
            Some((run.alarm_at?.as_secs_f64() - run.full_traffic_at?.as_secs_f64()) / 60.0)
        })
        .collect();
    after.sort_by(f64::total_cmp);
    let median = after[after.len() / 2];
    assert!((3.0..=7.0).contains(&median), "{median} minutes after the switch to 100 %");
}
