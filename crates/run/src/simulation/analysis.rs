//! What the counts of an A/B test say: differences to blue, p-values, the winner. Pure.

use crate::dataplane::trial::VariantCounts;
use crate::endpoint::kpi::Goal;
use crate::rollout::ab_test::{AbTest, Rule};
use crate::stats::Interval;
use crate::stats::betting::{Bets, Guess};
use crate::stats::holm::holm;
use crate::stats::sequential::{Mixture, Sprt, Walk};
use crate::stats::two_sample::{Difference, Sided};

/// One challenger against blue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Finding {
    /// Its p-value, not adjusted.
    pub(super) p_value: f64,
    /// Whether it did better than blue.
    pub(super) better: bool,
    /// How much better, in the goal's unit.
    pub(super) gain: f64,
}

/// Units that a variant has so far: users, or requests.
pub(super) fn units(test: &AbTest, counts: &VariantCounts) -> u64 {
    if test.by_user { counts.clusters.clusters } else { counts.requests }
}

/// Mean of the goal.
pub(super) fn mean(test: &AbTest, counts: &VariantCounts) -> Option<f64> {
    let [sum, n] = if test.by_user {
        [counts.clusters.sum, counts.clusters.sizes]
    } else {
        [counts.values.sum, crate::stats::real(counts.values.n)]
    };
    (n > 0.0).then(|| sum / n)
}

/// A challenger's mean minus blue's.
pub(super) fn difference(
    test: &AbTest,
    blue: &VariantCounts,
    challenger: &VariantCounts,
) -> Option<Difference> {
    let counts = |of: fn(&VariantCounts) -> u64| {
        Difference::of_proportions((of(blue), blue.requests), (of(challenger), challenger.requests))
    };
    match test.goal {
        _ if test.by_user => Difference::of_clusters(&blue.clusters, &challenger.clusters),
        Goal::Revenue => Difference::of_means(&blue.values, &challenger.values),
        Goal::Conversion => counts(|counts| counts.conversions),
        Goal::Failure => counts(|counts| counts.failed),
    }
}

/// The bets on each challenger of an always-valid test of probabilities, request by request; none of any
/// other. `green` is green's share, `rate` blue's expected probability.
pub(super) fn bets(test: &AbTest, green: f64, rate: f64) -> Vec<Bets> {
    let Rule::AlwaysValid { sided, mixture, .. } = test.rule else { return Vec::new() };
    if test.by_user || test.goal == Goal::Revenue {
        return Vec::new();
    }
    let sides = match sided {
        Sided::Two => [true; 2],
        Sided::One => [test.goal.sign() < 0.0, test.goal.sign() > 0.0],
    };
    let shares = || std::iter::once(green).chain(test.others.iter().map(|&(_, share)| share));
    let blue = 1.0 - shares().sum::<f64>();
    let of = |share: f64| Bets::new(&Guess { rate, mixture, sides, share: share / (blue + share) });
    shares().map(of).collect()
}

/// Requests without and with a conversion (or a failure), of either arm.
pub(super) fn answers(goal: Goal, arms: [&VariantCounts; 2]) -> [[u64; 2]; 2] {
    let with = arms.map(|arm| if goal == Goal::Failure { arm.failed } else { arm.conversions });
    [[arms[0].requests - with[0], arms[1].requests - with[1]], with]
}

/// A challenger against blue by the rule; `None` while there are too few data, and of Wald's test, which
/// does not compare. `scale` is blue's expected mean, by which a mixture is given; `by_bets` the p-value of
/// bets, where they are taken.
pub(super) fn finding(
    test: &AbTest,
    difference: &Difference,
    scale: f64,
    by_bets: Option<f64>,
) -> Option<Finding> {
    let sign = test.goal.sign();
    let gains = Difference { effect: sign * difference.effect, ..*difference };
    let p_value = match test.rule {
        Rule::Fixed { sided, .. } => gains.p_value(sided),
        Rule::AlwaysValid { sided, mixture, .. } => {
            let mixture = Mixture { tau: mixture * scale, sided };
            by_bets.unwrap_or_else(|| mixture.p_value(&gains.cautious()))
        }
        Rule::Sprt(_) => return None,
    };
    Some(Finding { p_value, better: gains.effect > 0.0, gain: gains.effect })
}

/// The interval of a difference that fits the rule.
pub(super) fn interval(test: &AbTest, difference: &Difference, scale: f64) -> Interval {
    let is_rate = !test.by_user && test.goal != Goal::Revenue;
    let is_always_valid = matches!(test.rule, Rule::AlwaysValid { .. });
    let plain = is_rate && !is_always_valid;
    let difference = if plain { *difference } else { difference.cautious() };
    match test.rule {
        Rule::Fixed { alpha, sided: Sided::Two, .. } => difference.interval(1.0 - alpha),
        Rule::Fixed { alpha, sided: Sided::One, .. } => difference.interval(1.0 - 2.0 * alpha),
        Rule::AlwaysValid { alpha, sided, mixture, .. } => {
            Mixture { tau: mixture * scale, sided }.interval(&difference, alpha)
        }
        Rule::Sprt(_) => difference.interval(USUAL_LEVEL),
    }
}

/// The level of an interval that no test asks for.
const USUAL_LEVEL: f64 = 0.95;

/// The winner among the challengers (1 is the first) and blue (0), if the findings name one: the best of
/// those that are significantly better; blue, if all are significantly worse.
pub(super) fn winner(findings: &[Option<Finding>], alpha: f64) -> Option<usize> {
    let p_values: Vec<f64> =
        findings.iter().map(|finding| finding.map_or(1.0, |finding| finding.p_value)).collect();
    let found: Vec<Option<Finding>> = findings
        .iter()
        .zip(holm(&p_values))
        .map(|(finding, adjusted)| finding.filter(|_| adjusted <= alpha))
        .collect();
    let better = found.iter().enumerate().filter_map(|(index, finding)| {
        finding.filter(|finding| finding.better).map(|finding| (index + 1, finding.gain))
    });
    let best = better.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(variant, _)| variant);
    let all_worse = found.iter().all(|finding| finding.is_some_and(|finding| !finding.better));
    best.or(all_worse.then_some(0))
}

/// The winner that Wald's test names: green if the better hypothesis was accepted.
pub(super) fn wald_winner(goal: Goal, sprt: &Sprt, walk: &Walk) -> Option<usize> {
    let h1_is_better = goal.sign() * (sprt.p1 - sprt.p0) > 0.0;
    walk.accepted_h1.map(|h1| usize::from(h1 == h1_is_better))
}

/// The variant that should win, if any, and whether the `winner` is a false one. A comparison should be won
/// by the variant that is better than all others; a challenger's victory is false if it is no better than
/// blue, and blue's if it is not better than every challenger. Wald's test should promote green from the
/// better of its two probabilities on, and keep blue from the worse one on; in between neither is false.
pub(super) fn truth(test: &AbTest, means: &[f64], winner: Option<usize>) -> (Option<usize>, bool) {
    if let Rule::Sprt(Sprt { p0, p1, .. }) = test.rule {
        let (good, bad) = if is_better(p0, p1, test.goal) { (p0, p1) } else { (p1, p0) };
        let best = if !is_better(good, means[1], test.goal) {
            Some(1)
        } else if !is_better(means[1], bad, test.goal) {
            Some(0)
        } else {
            None
        };
        return (best, winner.is_some() && best.is_some() && winner != best);
    }
    let is_false = winner.is_some_and(|winner| {
        let rivals = if winner == 0 { &means[1..] } else { &means[..1] };
        !rivals.iter().all(|&rival| is_better(means[winner], rival, test.goal))
    });
    (strictly_best(means, test.goal), is_false)
}

/// The variant with the best mean; the first of several.
pub(super) fn best(means: &[f64], goal: Goal) -> usize {
    (1..means.len()).fold(0, |best, variant| {
        if is_better(means[variant], means[best], goal) { variant } else { best }
    })
}

/// The variant that is better than every other, if there is one.
fn strictly_best(means: &[f64], goal: Goal) -> Option<usize> {
    let best = best(means, goal);
    let others = means.iter().enumerate().filter(|&(variant, _)| variant != best);
    others.into_iter().all(|(_, &mean)| is_better(means[best], mean, goal)).then_some(best)
}

/// Whether a mean is truly better than another: by more than rounding.
pub(super) fn is_better(mean: f64, than: f64, goal: Goal) -> bool {
    goal.sign() * (mean - than) > 1e-12 * mean.abs().max(than.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "as the counts give it")]
    fn finding(p_value: f64, gain: f64) -> Option<Finding> {
        Some(Finding { p_value, better: gain > 0.0, gain })
    }

    #[test]
    fn one_challenger_wins_loses_or_neither() {
        assert_eq!(winner(&[finding(0.01, 0.2)], 0.05), Some(1));
        assert_eq!(winner(&[finding(0.01, -0.2)], 0.05), Some(0));
        assert_eq!(winner(&[finding(0.2, 0.2)], 0.05), None);
        assert_eq!(winner(&[None], 0.05), None);
    }

    #[test]
    fn of_several_the_best_significant_one_wins() {
        // Holm: 0.02·2 = 0.04 and then 0.03, at least as much: 0.04.
        let both = [finding(0.02, 0.1), finding(0.03, 0.3)];
        assert_eq!(winner(&both, 0.05), Some(2));
        // 0.03·2 = 0.06: neither, though each alone would be.
        assert_eq!(winner(&[finding(0.03, 0.1), finding(0.04, 0.3)], 0.05), None);
        // Blue must beat all of them.
        assert_eq!(winner(&[finding(0.001, -0.1), finding(0.2, -0.1)], 0.05), None);
        assert_eq!(winner(&[finding(0.001, -0.1), finding(0.01, -0.1)], 0.05), Some(0));
        assert_eq!(winner(&[finding(0.001, -0.1), finding(0.01, 0.1)], 0.05), Some(2));
    }

    #[test]
    fn walds_test_promotes_the_better_hypothesis() {
        let worse = Sprt { p0: 0.01, p1: 0.03, alpha: 0.05, beta: 0.1 };
        let accepted = |h1| Walk { accepted_h1: h1, ..Walk::default() };
        assert_eq!(wald_winner(Goal::Failure, &worse, &accepted(Some(true))), Some(0));
        assert_eq!(wald_winner(Goal::Failure, &worse, &accepted(Some(false))), Some(1));
        assert_eq!(wald_winner(Goal::Conversion, &worse, &accepted(Some(true))), Some(1));
        assert_eq!(wald_winner(Goal::Conversion, &worse, &accepted(None)), None);
    }
}
