//! The figures of an experiment against plain counting.

use rollout_sim::experiment::Results;
use rollout_sim::experiment::compare::Comparison;
use rollout_sim::experiment::median::Shown;
use rollout_sim::experiment::summary::{Summary, SummaryRow, runs_of};
use rollout_sim::simulation::outcome::{End, Outcome, Verdict};
use statrs::distribution::{Binomial, DiscreteCDF};
use std::collections::BTreeSet;

fn close(got: Option<f64>, expected: f64) {
    let near = got.is_some_and(|got| (got - expected).abs() <= 1e-9 * expected.abs().max(1.0));
    assert!(near, "{got:?}, expected {expected}");
}

fn find<'a>(summary: &'a Summary, arm: (usize, usize), of: (&str, &str)) -> &'a SummaryRow {
    summary.find(arm, of.0, of.1).unwrap_or_else(|| panic!("no row {of:?} of {arm:?}"))
}

fn share(runs: &[Outcome], happened: impl Fn(&Outcome) -> bool) -> f64 {
    mean(runs.iter().map(|run| f64::from(u8::from(happened(run)))))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        (sum, n) = (sum + value, n + 1.0);
    }
    sum / n
}

fn detect_s(run: &Outcome) -> Option<f64> {
    let exposed = run.first_faulty_exposure_at?;
    (run.verdict == Verdict::Caught)
        .then(|| run.alarm_at.expect("an alarm").since(exposed).as_secs_f64())
}

#[test]
fn shares_and_means_are_those_of_the_runs() {
    let results = crate::synthetic::results(4, 3, 300);
    let summary = Summary::of(&results);
    for strategy in 0..4 {
        for release in 0..3 {
            let (arm, runs) = ((strategy, release), runs_of(&results.outcomes, strategy, release));
            assert_eq!(runs.len(), 300);
            let estimate = |metric, statistic| find(&summary, arm, (metric, statistic)).estimate;
            let caught = share(runs, |run| run.verdict == Verdict::Caught);
            close(estimate("caught", "share"), caught);
            close(estimate("promoted", "share"), share(runs, |run| run.end == End::Promoted));
            let failed = mean(runs.iter().map(|run| count(run.to_horizon.counts.attributable)));
            close(estimate("attributable_to_horizon", "mean"), failed);
            let harmed = mean(runs.iter().map(|run| net(run.to_horizon.counts.harmed_excess())));
            close(estimate("harmed_excess_to_horizon", "mean"), harmed);
            close(
                estimate("extra_cost_usd", "mean"),
                mean(runs.iter().filter_map(|run| run.extra_cost)),
            );
            let alarmed = runs.iter().filter(|run| run.alarm_at.is_some());
            let green = mean(alarmed.map(|run| count(run.to_bake_end.counts.green)));
            close(estimate("green_requests_to_bake_end", "mean_given_alarm"), green);
        }
    }
}

fn net(value: i64) -> f64 {
    f64::from(i32::try_from(value).expect("a small count"))
}

fn count(value: u64) -> f64 {
    f64::from(u32::try_from(value).expect("a small count"))
}

/// Counted by hand: earlier than the healthy release of the replication, later, and the binomial tail of it.
#[test]
fn a_fault_is_held_against_the_healthy_release_of_each_replication() {
    let results = crate::synthetic::results(2, 3, 300);
    let summary = Summary::of(&results);
    for (strategy, release) in [(0, 1), (1, 1), (1, 2)] {
        let runs = runs_of(&results.outcomes, strategy, release);
        let healthy = runs_of(&results.outcomes, strategy, 0);
        let given_up = |run: &Outcome| run.given_up.map_or(f64::INFINITY, |at| at.at.as_secs_f64());
        let pairs = || runs.iter().zip(healthy).map(|(run, good)| (given_up(run), given_up(good)));
        let earlier = pairs().filter(|(run, good)| run < good).count();
        let later = pairs().filter(|(run, good)| run > good).count();
        let of = |metric| find(&summary, (strategy, release), (metric, "share"));
        close(of("given_up_earlier").estimate, count(earlier as u64) / 300.0);
        close(of("given_up_later").estimate, count(later as u64) / 300.0);
        let binomial = Binomial::new(0.5, (earlier + later) as u64).expect("a probability");
        let p = find(&summary, (strategy, release), ("given_up_earlier", "sign_test_p")).estimate;
        close(p, binomial.cdf(later as u64));
    }
    assert!(summary.find((0, 0), "given_up_earlier", "share").is_none(), "of faulty releases only");
}

#[test]
fn the_new_models_own_doing_has_no_rows_where_nobody_can_tell_it() {
    let mut results = crate::synthetic::results(1, 2, 20);
    let own = ["excess_own_to_horizon", "slow_excess_displaced_to_bake_end"];
    let rows = |results: &Results| {
        let summary = Summary::of(results);
        own.map(|metric| summary.find((0, 1), metric, "mean").is_some())
    };
    assert_eq!(rows(&results), [true; 2]);
    for run in &mut results.outcomes {
        (run.to_horizon.own, run.to_bake_end.own) = (None, None);
    }
    assert_eq!(rows(&results), [false; 2]);
}

#[test]
fn quantiles_of_times_are_over_all_runs_and_the_share_that_never_did_stands_beside() {
    let results = crate::synthetic::results(4, 3, 300);
    let summary = Summary::of(&results);
    // The canary misses 18 % of "5xx at 3 %": its median is reached, its 90th percentile is not.
    let arm = (1, 1);
    let runs = runs_of(&results.outcomes, arm.0, arm.1);
    let never = share(runs, |run| detect_s(run).is_none());
    let row = |statistic| find(&summary, arm, ("time_to_detect_s", statistic));
    close(row("share_never").estimate, never);
    assert!((0.1..0.5).contains(&never), "the example needs misses: {never}");
    let mut times: Vec<f64> = runs.iter().filter_map(detect_s).collect();
    times.sort_by(f64::total_cmp);
    // Of 300 runs the median is the 150th value, never counting as the largest.
    assert_eq!(row("q50").estimate, Some(times[149]));
    assert_eq!((row("q90").estimate, row("q90").note), (None, "not reached"));
    assert_eq!((row("q50").n, row("mean_given_reached").n), (300, times.len()));
    close(row("mean_given_reached").estimate, mean(times.iter().copied()));
    let rank = (times.len() * 9).div_ceil(10);
    assert_eq!(row("q90_given_reached").estimate, Some(times[rank - 1]));
}

#[test]
fn a_good_release_has_no_time_to_detect() {
    let summary = Summary::of(&crate::synthetic::results(2, 2, 30));
    assert!(summary.find((0, 0), "time_to_detect_s", "q50").is_none());
    assert!(summary.find((0, 1), "time_to_detect_s", "q50").is_some());
}

#[test]
fn no_runs_and_one_run_are_said_and_not_made_up() {
    let none = Summary::of(&crate::synthetic::results(1, 2, 0));
    assert!(none.rows().iter().all(|row| row.estimate.is_none() && row.note == "no runs"));
    let one = Summary::of(&crate::synthetic::results(1, 2, 1));
    let row = find(&one, (0, 1), ("extra_cost_usd", "mean"));
    assert_eq!((row.low, row.note), (None, "too few runs for an interval"));
    for row in one.rows() {
        let numbers = [row.estimate, row.low, row.high];
        assert!(numbers.iter().flatten().all(|number| number.is_finite()), "{row:?}");
    }
}

/// Canaries that roll 0, 3 and 5 of 40 good releases back, at another cost.
#[test]
fn means_of_humps_have_an_interval_if_there_are_five_runs_or_more() {
    for (cut_short, interval, note) in [
        (0, "student_hall", "all runs or none were cut short"),
        (3, "student_hall", "fewer than 5 runs in a hump"),
        (5, "mixture", ""),
    ] {
        let mut results = crate::synthetic::results(1, 1, 40);
        for (run, at) in results.outcomes.iter_mut().zip(0_u8..) {
            let is_cut_short = at < cut_short;
            run.end = if is_cut_short { End::RolledBack } else { End::Promoted };
            run.alarm_at = None;
            run.extra_cost = Some(f64::from(at % 7) + if is_cut_short { 90.0 } else { 0.0 });
            run.cost = Some(3.0);
        }
        let summary = Summary::of(&results);
        let row = find(&summary, (0, 0), ("extra_cost_usd", "mean"));
        assert_eq!((row.interval.name(), row.note), (interval, note));
        assert_eq!(row.low.is_none(), cut_short == 3, "{row:?}");
        let row = find(&summary, (0, 0), ("cost_usd", "mean"));
        assert_eq!((row.low, row.high, row.note), (Some(3.0), Some(3.0), "all values are equal"));
    }
}

#[test]
fn intervals_hold_their_estimates() {
    for row in Summary::of(&crate::synthetic::results(3, 3, 200)).rows() {
        if let (Some(low), Some(estimate), Some(high)) = (row.low, row.estimate, row.high) {
            assert!(low <= estimate && estimate <= high, "{row:?}");
        }
    }
}

#[test]
fn differences_are_paired_by_replication() {
    let results = crate::synthetic::results(3, 3, 200);
    let comparison = Comparison::of(&results);
    let (paired, _) = comparison.find(1, (0, 2), "excess_to_horizon").expect("compared");
    let (a, b) = (runs_of(&results.outcomes, 0, 1), runs_of(&results.outcomes, 2, 1));
    let failed = |run: &Outcome| net(run.to_horizon.counts.excess());
    let expected = mean(a.iter().zip(b).map(|(a, b)| failed(a) - failed(b)));
    close(Some(paired.difference), expected);
    let (turned, _) = comparison.find(1, (2, 0), "excess_to_horizon").expect("compared");
    close(Some(turned.difference), -expected);
    // 3 pairs of strategies; 7 figures and 2 shares of a faulty release, 5 and 1 of a good one: there is a
    // limit to slow responses, there are users, and there is no model of quality.
    assert_eq!(comparison.rows().len(), 3 * (2 * 9 + 6));
    let metrics: BTreeSet<&str> = comparison.rows().iter().map(|row| row.metric).collect();
    assert!(metrics.iter().all(|metric| !metric.contains("attributable")), "{metrics:?}");
    // Good releases are rolled back too rarely for an interval of what that costs, and for a p-value.
    let silent = comparison.rows().iter().filter(|row| row.note.starts_with("fewer than 5"));
    let silent: Vec<_> = silent.map(|row| (row.regression, row.metric)).collect();
    assert_eq!(silent, [(0, "extra_cost_usd"); 3]);
    assert_eq!(comparison.family(), comparison.rows().len() - silent.len());
}

#[test]
fn times_to_detect_are_restricted_to_the_horizon() {
    let results = crate::synthetic::results(2, 2, 100);
    let (paired, _) =
        Comparison::of(&results).find(1, (0, 1), "time_to_detect_restricted_s").expect("compared");
    let restricted = |strategy| {
        mean(runs_of(&results.outcomes, strategy, 1).iter().map(|r| detect_s(r).unwrap_or(5_400.0)))
    };
    close(Some(paired.mean_a), restricted(0));
    close(Some(paired.mean_b), restricted(1));
}

/// The same strategy twice: every difference is exactly 0, as it must be with common random
/// numbers.
#[test]
fn a_strategy_does_not_differ_from_itself() {
    let mut results = crate::synthetic::results(2, 2, 50);
    let first: Vec<Outcome> =
        results.outcomes.iter().filter(|r| r.strategy == 0).cloned().collect();
    results.outcomes.truncate(first.len());
    results.outcomes.extend(first.into_iter().map(|run| Outcome { strategy: 1, ..run }));
    for row in Comparison::of(&results).rows() {
        let paired = row.paired.expect("common replications");
        assert_eq!((paired.difference, paired.p_value), (0.0, Some(1.0)), "{}", row.metric);
        assert_eq!((row.p_adjusted, paired.pairing_gain), (Some(1.0), None));
        if row.unit != "ratio" {
            let interval = paired.interval.expect("fifty pairs");
            assert_eq!((interval.low, interval.high), (0.0, 0.0), "{}", row.metric);
        }
    }
}

/// Holm's step-down over all comparisons of the experiment, of both releases together: sorted p-values times
/// how many are no smaller, none below the one before it, at most 1.
#[test]
fn p_values_are_adjusted_over_the_whole_experiment() {
    let results = crate::synthetic::results(3, 2, 60);
    let comparison = Comparison::of(&results);
    let of_each: BTreeSet<usize> = comparison.rows().iter().map(|row| row.regression).collect();
    assert!(of_each.len() > 1, "one release shows nothing");
    let mut rows: Vec<(f64, f64)> = comparison
        .rows()
        .iter()
        .filter_map(|row| Some((row.paired?.p_value?, row.p_adjusted?)))
        .collect();
    assert_eq!(rows.len(), comparison.family());
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut least, mut left) = (0.0_f64, rows.len());
    for (raw, adjusted) in rows {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let by_hand = (raw * left as f64).min(1.0).max(least);
        assert!((adjusted - by_hand).abs() <= 1e-12, "{raw}: {adjusted}, by hand {by_hand}");
        (least, left) = (by_hand, left - 1);
    }
}

/// Only replications that both strategies have are compared, whatever else there is.
#[test]
fn an_interrupted_experiment_compares_what_is_common() {
    let mut results: Results = crate::synthetic::results(2, 2, 40);
    results.outcomes.retain(|run| run.strategy == 0 || run.replication % 4 == 0);
    let comparison = Comparison::of(&results);
    assert!(comparison.rows().iter().all(|row| row.paired.is_some_and(|p| p.n == 10)));
    results.outcomes.retain(|run| run.strategy == 0);
    let comparison = Comparison::of(&results);
    assert!(comparison.rows().iter().all(|row| row.note == "no common replications"));
    assert_eq!(comparison.family(), 0);
}

/// The canary misses half of the slow releases, so a caught one is shown beside a missed one.
#[test]
fn the_typical_run_has_the_most_frequent_verdict_and_its_median_harm() {
    let results = crate::synthetic::results(4, 3, 301);
    let mut besides = 0;
    for shown in &results.shown {
        let runs = runs_of(&results.outcomes, shown.strategy, shown.regression);
        let of = |verdict: Verdict| -> Vec<&Outcome> {
            let mut of: Vec<&Outcome> = runs.iter().filter(|run| run.verdict == verdict).collect();
            of.sort_by_key(|run| (run.to_horizon.counts.harmed_excess(), run.replication));
            of
        };
        let most = Verdict::ALL.map(|verdict| of(verdict).len()).into_iter().max();
        let typical = of(shown.verdict);
        assert_eq!(Some(typical.len()), most, "{shown:?}");
        assert_eq!(shown.typical, typical[(typical.len() - 1) / 2].replication);
        let caught = of(Verdict::Caught);
        let is_beside = !caught.is_empty() && shown.verdict != Verdict::Caught;
        let beside = is_beside.then(|| caught[(caught.len() - 1) / 2].replication);
        assert_eq!(shown.caught, beside, "{shown:?}");
        besides += usize::from(is_beside);
    }
    assert_eq!(results.shown.len(), 12);
    assert!(besides >= 1, "the example needs an arm that usually misses and sometimes catches");
    assert_eq!(Shown::of(&[]), None);
}
