//! Wrong answers: how many there are, and which of them the deployment is to blame for.

use crate::support::{arm, results, scenario, small};
use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::simulation::outcome::{Outcome, Wrong};

/// Green takes everything after 2.5 minutes, and nobody watches.
const PLAIN: &str = "[[strategies]]\nname = \"plain\"\nall_at_once = {}\n";
const SHADOW: &str = "[[strategies]]\nname = \"shadow\"\n\
                      shadow = { sample = \"100%\", lasts = \"20m\", then = \"stop\" }\n";
/// Both models err on the same requests.
const QUALITY: &str = "[quality]\naccuracy = 0.9\ndisagreement = 0.0\n\
                       segments = [{ name = \"young\", share = \"20%\", accuracy = 0.7 }]\n";

fn toml(rest: &str) -> String {
    small("capacity = \"unlimited\"", rest)
}

fn wrong(outcome: &Outcome) -> Wrong {
    outcome.to_horizon.wrong.expect("quality is modelled")
}

/// z beyond which a binomial count, or an approximately normal one, falls with probability α = 10⁻⁵.
const Z: f64 = 4.417;

/// Asserts that `count` of `n` independent trials fits the probability `p`.
#[track_caller]
fn assert_binomial(count: u64, n: u64, p: f64) {
    let (count, n) = (real(count), real(n));
    let sd = (n * p * (1.0 - p)).sqrt();
    // Nine times in ten an error of p of (Z + 1.28)·sd/n is caught: with n = 10⁶ and p = 0.1, 0.002.
    assert!((count - n * p).abs() <= Z * sd, "{count} of {n} is not {p}: {} ± {sd}", n * p);
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[test]
fn wrong_answers_are_binomial_and_failures_have_no_answer() {
    let results = results(&toml(&format!("{QUALITY}{PLAIN}")));
    let sum = |of: fn(&Outcome) -> u64| results.outcomes.iter().map(of).sum::<u64>();
    let answered = sum(|run| run.to_horizon.counts.requests - run.to_horizon.counts.failed);
    assert!(answered > 900_000 && answered < sum(|run| run.to_horizon.counts.requests));
    assert_binomial(sum(|run| wrong(run).answers), answered, 0.8 * 0.1 + 0.2 * 0.3);
}

#[test]
fn without_quality_nobody_asks() {
    let results = results(&toml(PLAIN));
    assert!(results.outcomes.iter().all(|run| run.to_horizon.wrong.is_none()));
}

#[test]
fn a_green_that_errs_where_blue_does_answers_nothing_worse() {
    let results = results(&toml(&format!("{QUALITY}{PLAIN}{SHADOW}")));
    for run in &results.outcomes {
        let Wrong { answers, attributable, excess } = wrong(run);
        assert!(answers > 0);
        assert_eq!((attributable, excess), (0, 0));
    }
}

/// A new model of the same accuracy errs elsewhere: 0.8·0.9·0.1 + 0.2·0.7·0.3 of its answers are wrong where
/// blue's were right, as many the other way round, and the excess is the difference of the two. Both are
/// 0 where green serves nobody.
#[test]
fn a_new_model_of_equal_accuracy_errs_elsewhere() {
    let quality = QUALITY.replace("disagreement = 0.0\n", "");
    let results = results(&toml(&format!("{quality}{PLAIN}{SHADOW}")));
    let runs = arm(&results, "plain", "healthy");
    let answered: u64 = runs.iter().map(|run| good_on_green(run)).sum();
    let elsewhere = 0.8 * 0.09 + 0.2 * 0.21;
    assert_binomial(runs.iter().map(|run| wrong(run).attributable).sum(), answered, elsewhere);
    let excess: i64 = runs.iter().map(|run| wrong(run).excess).sum();
    // The difference of two such counts: the standard deviation is √2 times one's.
    let sd = (2.0 * elsewhere * real(answered)).sqrt();
    assert!(real(excess.unsigned_abs()) < Z * sd && excess != 0, "{excess} of {answered}");
    for run in arm(&results, "shadow", "healthy") {
        assert_eq!((wrong(run).attributable, wrong(run).excess), (0, 0));
    }
}

/// Right here, wrong there: the excess is signed, and a better model takes nothing back.
#[test]
fn a_better_green_is_to_blame_for_nothing() {
    let quality = "[quality]\naccuracy = 0.9\ngreen_accuracy = 0.95\ndisagreement = 0.05\n";
    let results = results(&toml(&format!("{quality}{PLAIN}")));
    let mut excess = 0;
    for run in &results.outcomes {
        assert_eq!(wrong(run).attributable, 0);
        excess -= wrong(run).excess;
    }
    let answered: u64 = results.outcomes.iter().map(good_on_green).sum();
    assert_binomial(excess.try_into().expect("fewer wrong answers"), answered, 0.05);
}

/// Green never fails, and is wrong just where blue would be. A wrong answer where blue fails costs nobody a
/// right one: none is due to the deployment, although they are more, by a tenth of the failures that are
/// spared.
#[test]
fn a_wrong_answer_in_place_of_a_failure_is_not_due_to_the_deployment() {
    let rest = "[green]\nerrors_4xx = 0.0\nerrors_5xx = 0.0\n\
                [quality]\naccuracy = 0.9\ndisagreement = 0.0\n";
    let toml = toml(&format!("{rest}{PLAIN}")).replace("errors_5xx = 0.005", "errors_5xx = 0.2");
    let (mut spared, mut more) = (0, 0);
    for run in &results(&toml).outcomes {
        assert_eq!(wrong(run).attributable, 0);
        spared -= run.to_horizon.counts.excess();
        more += wrong(run).excess;
    }
    let [spared, more] = [spared, more].map(|count| u64::try_from(count).expect("failures"));
    assert_binomial(more, spared, 0.1);
}

fn good_on_green(run: &Outcome) -> u64 {
    run.to_horizon.counts.green - run.to_horizon.counts.green_failed
}

/// A loss in one segment: share 20 % times a loss of 0.25, and nobody else notices.
#[test]
fn a_segments_loss_is_attributed_to_its_share() {
    let worse = "[[regressions]]\nname = \"worse\"\n\
                 quality = { segment_loss = { segment = \"young\", loss = 0.25 } }\n";
    let results = results(&toml(&format!("{QUALITY}{worse}{PLAIN}")));
    let runs = arm(&results, "plain", "worse");
    let answered: u64 = runs.iter().map(|run| good_on_green(run)).sum();
    assert_binomial(runs.iter().map(|run| wrong(run).attributable).sum(), answered, 0.2 * 0.25);
    for run in runs {
        // Green is worse everywhere or equal, so that what is wrong there and right here cannot be.
        assert_eq!(wrong(run).excess, i64::try_from(wrong(run).attributable).expect("small"));
        assert_eq!(
            run.to_horizon.counts.faulty_green, run.to_horizon.counts.green,
            "it counts as faulty"
        );
    }
}

#[test]
fn worse_answers_change_nothing_that_latency_and_errors_see() {
    let worse = "[[regressions]]\nname = \"worse\"\nquality = { accuracy_loss = 0.3 }\n";
    let results = results(&toml(&format!("{QUALITY}{worse}{PLAIN}")));
    for (good, bad) in
        arm(&results, "plain", "healthy").into_iter().zip(arm(&results, "plain", "worse"))
    {
        assert!(wrong(bad).answers > wrong(good).answers);
        let (good, bad) = (good.to_horizon, bad.to_horizon);
        assert_eq!((good.counts.failed, good.counts.slow), (bad.counts.failed, bad.counts.slow));
        assert_eq!((bad.counts.attributable, bad.counts.slow_attributable), (0, 0));
    }
}

/// Ramp: over its 10 minutes half of the loss on average; then all of it. Decay: the loss grows with time.
#[test]
fn losses_come_gradually() {
    let gradual = "[[regressions]]\nname = \"ramp\"\nramp = \"10m\"\n\
                   quality = { accuracy_loss = 0.4 }\n\
                   [[regressions]]\nname = \"decay\"\nquality = { decay_per_day = 9.0 }\n";
    let quality = "[quality]\naccuracy = 0.9\ndisagreement = 0.0\n";
    let results = results(&toml(&format!("{quality}{gradual}{PLAIN}")));
    // Green serves from minute 2.5 to 40, so 37.5 min.
    let minutes = 37.5;
    let ramp = 0.4 * (minutes - 5.0) / minutes;
    let decay = 9.0 / 1440.0 * minutes / 2.0;
    for (name, p) in [("ramp", ramp), ("decay", decay)] {
        let runs = arm(&results, "plain", name);
        let answered: u64 = runs.iter().map(|run| good_on_green(run)).sum();
        assert_binomial(runs.iter().map(|run| wrong(run).attributable).sum(), answered, p);
    }
}

/// The world has changed for both models: nothing of it is the deployment's fault.
#[test]
fn a_drift_that_hits_both_models_is_nobodys_fault() {
    let drift = "[[incidents]]\nname = \"drift\"\nat = [\"0s\"]\nlasts = \"24h\"\n\
                 effect = { drift = { shift_sd = 1.0, accuracy_loss = 0.2 } }\n";
    let quality = "[quality]\naccuracy = 0.9\ndisagreement = 0.0\n";
    let results = results(&toml(&format!("{quality}{drift}{PLAIN}")));
    let sum = |of: fn(&Outcome) -> u64| results.outcomes.iter().map(of).sum::<u64>();
    assert_eq!(sum(|run| wrong(run).attributable), 0);
    let answered = sum(|run| run.to_horizon.counts.requests - run.to_horizon.counts.failed);
    assert_binomial(sum(|run| wrong(run).answers), answered, 0.3);
}

#[test]
fn what_a_shadow_answers_hurts_nobody() {
    let worse = "[[regressions]]\nname = \"worse\"\nquality = { accuracy_loss = 0.3 }\n";
    let results = results(&toml(&format!("{QUALITY}{worse}{SHADOW}")));
    for run in arm(&results, "shadow", "worse") {
        assert!(run.to_horizon.counts.mirrored > 0);
        assert_eq!((wrong(run).attributable, wrong(run).excess), (0, 0));
    }
}

#[test]
fn one_thread_or_many_give_the_same_outcomes() {
    let rest = "labels = { delay = { exponential = { mean = \"5m\" } }, coverage = 0.7 }\n\
                [[monitors]]\nname = \"accuracy\"\nmodel_quality = {}\n\
                [[monitors]]\nname = \"drift\"\ndata_quality = {}\n\
                [[alarms]]\nname = \"drift\"\nmonitor = \"drift\"\nstatistic = \"Maximum\"\n\
                threshold = 0.1\ncomparison = \"GreaterThanThreshold\"\nperiod = \"1h\"\n\
                evaluation_periods = 1\n\
                [[regressions]]\nname = \"drift\"\nquality = { drift = { shift_sd = 0.5 } }\n";
    let toml = toml(&format!("{QUALITY}{rest}{PLAIN}{SHADOW}"));
    let scenario = scenario(&toml.replace("phase = \"aligned\"", "phase = \"random\""));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&scenario, &Unwatched).expect("no trace is read")).outcomes
    };
    assert_eq!(on(1), on(4));
}
