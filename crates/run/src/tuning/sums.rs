//! What is summed over the runs that policies are chosen on, in whole numbers.
//!
//! A sweep adds and takes away millions of times. Sums of floating-point numbers would drift and depend on
//! the order; sums of 2⁻⁴⁰ units are exact, so that two policies that do the same compare as equal.

use crate::simulation::verdict::Verdict;
use crate::stats::real;
use crate::tuning::limits::{Limit, Limits, each_of};
use crate::tuning::objective::{Figures, Question};
use std::cmp::Ordering;

/// Sums of one policy: by release, over the replications.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sums {
    all: Vec<Release>,
    /// Counts in each fifth ([`fifths_of`](super::limits::fifths_of)), by release.
    fifths: Vec<Vec<Counts>>,
    replications: u64,
}

/// Of one release; signed, so that differences are of the same kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Release {
    counts: Counts,
    objective: i128,
    harm: i128,
    full_traffic_s: i128,
    reached: i64,
}

/// Runs of one release by what they came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub runs: i64,
    /// Of a good release.
    pub false_rollbacks: i64,
    /// Of a faulty one.
    pub caught: i64,
    pub missed: i64,
}

/// How good a policy is: first by how far it is beyond what the limits allow with their margin, then by the
/// objective, then by harm; less is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    /// The larger of the excesses over what the limits allow with their margin; 0 within both.
    pub excess: f64,
    /// Whether the shares themselves are within the limits, and broken at no end of the range of what is
    /// uncertain.
    pub is_within: bool,
    /// The mean that is to be small; 0 where nothing is to be minimised.
    pub objective: f64,
    /// Mean harm of a faulty release that counts.
    pub harm: f64,
}

impl Counts {
    fn less(self, other: Self) -> Self {
        Self {
            runs: self.runs - other.runs,
            false_rollbacks: self.false_rollbacks - other.false_rollbacks,
            caught: self.caught - other.caught,
            missed: self.missed - other.missed,
        }
    }

    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.false_rollbacks += other.false_rollbacks;
        self.caught += other.caught;
        self.missed += other.missed;
    }

    /// So many are false rollbacks of so many.
    pub(super) fn of_good(self) -> (u64, u64) {
        (self.false_rollbacks.unsigned_abs(), self.runs.unsigned_abs())
    }

    /// So many are missed of those that are caught or missed.
    pub(super) fn of_faulty(self) -> (u64, u64) {
        (self.missed.unsigned_abs(), (self.caught + self.missed).unsigned_abs())
    }
}

impl Release {
    pub(super) fn of(question: &Question, figures: &Figures, healthy: bool) -> Self {
        let is = |verdict: Verdict| i64::from(figures.verdict == verdict);
        let full_traffic_s = figures.full_traffic_s.filter(|_| healthy);
        let counts = Counts {
            runs: 1,
            false_rollbacks: is(Verdict::FalseRollback),
            caught: if healthy { 0 } else { is(Verdict::Caught) },
            missed: is(Verdict::Missed),
        };
        Self {
            counts,
            objective: fixed(question.objective(figures)),
            harm: fixed(figures.harm),
            full_traffic_s: full_traffic_s.map_or(0, fixed),
            reached: i64::from(full_traffic_s.is_some()),
        }
    }

    pub(super) fn less(&self, other: &Self) -> Self {
        Self {
            counts: self.counts.less(other.counts),
            objective: self.objective - other.objective,
            harm: self.harm - other.harm,
            full_traffic_s: self.full_traffic_s - other.full_traffic_s,
            reached: self.reached - other.reached,
        }
    }

    fn add(&mut self, other: &Self) {
        self.counts.add(other.counts);
        self.objective += other.objective;
        self.harm += other.harm;
        self.full_traffic_s += other.full_traffic_s;
        self.reached += other.reached;
    }
}

impl Sums {
    /// Of so many releases and replications, and so many fifths that are looked at.
    pub(super) fn new(releases: usize, replications: usize, fifths: usize) -> Self {
        let replications = u64::try_from(replications).unwrap_or(u64::MAX);
        let fifths = vec![vec![Counts::default(); releases]; fifths];
        Self { all: vec![Release::default(); releases], fifths, replications }
    }

    /// A change in a replication that lies in these `fifths`.
    pub(super) fn add(&mut self, release: usize, change: &Release, fifths: u32) {
        self.all[release].add(change);
        for fifth in each_of(fifths) {
            self.fifths[fifth][release].add(change.counts);
        }
    }

    /// The counts of a release over all replications.
    pub(super) fn counts(&self, release: usize) -> Counts {
        self.all[release].counts
    }

    /// The largest share of false rollbacks of a good release.
    pub(super) fn false_rollback(&self, question: &Question) -> f64 {
        let good = question.healthy.iter().zip(&self.all).filter(|&(&healthy, _)| healthy);
        good.map(|(_, sums)| share(sums.counts.of_good())).fold(0.0, f64::max)
    }

    pub(super) fn score(&self, question: &Question, limits: &Limits) -> Score {
        let all: Vec<Counts> = self.all.iter().map(|release| release.counts).collect();
        let over = worst(question, limits, &all, Limit::over);
        let broken = worst_of_ends(question, limits, &self.fifths, Limit::excess_of_broken);
        let weights = question.weights.as_deref().unwrap_or_default();
        Score {
            excess: excess(question, limits, &all, &self.fifths),
            is_within: over <= 0.0 && broken <= 0.0,
            objective: self.weighted(weights, |sums| sums.objective),
            harm: self.harm(question),
        }
    }

    /// How likely as many more runs are to confirm the limits, by the one that is least likely.
    pub(super) fn likely(&self, question: &Question, limits: &Limits) -> f64 {
        let all: Vec<Counts> = self.all.iter().map(|release| release.counts).collect();
        let doubt = worst(question, limits, &all, Limit::doubt);
        1.0 - doubt.max(worst_of_ends(question, limits, &self.fifths, Limit::doubt_at_an_end))
    }

    /// Mean harm of the faulty releases that count, weighted by their priors.
    pub(super) fn harm(&self, question: &Question) -> f64 {
        self.weighted(&question.among_faulty, |sums| sums.harm)
    }

    /// Mean time until green has all traffic, of the good releases that get so far \[s\].
    pub(super) fn full_traffic_s(&self) -> Option<f64> {
        let reached: i64 = self.all.iter().map(|sums| sums.reached).sum();
        let total: i128 = self.all.iter().map(|sums| sums.full_traffic_s).sum();
        (reached > 0).then(|| unfixed(total) / real(reached.unsigned_abs()))
    }

    fn weighted(&self, weights: &[f64], of: impl Fn(&Release) -> i128) -> f64 {
        let sum: f64 = self.all.iter().zip(weights).map(|(sums, w)| w * unfixed(of(sums))).sum();
        sum / real(self.replications.max(1))
    }
}

/// By how much counts, by release, are beyond what the limits allow with their margin, in all runs and in
/// each fifth; 0 within both.
pub(super) fn excess(
    question: &Question,
    limits: &Limits,
    all: &[Counts],
    fifths: &[Vec<Counts>],
) -> f64 {
    worst(question, limits, all, Limit::excess).max(worst_of_ends(
        question,
        limits,
        fifths,
        Limit::excess_at_an_end,
    ))
}

fn worst_of_ends(
    question: &Question,
    limits: &Limits,
    fifths: &[Vec<Counts>],
    excess: fn(&Limit, u64, u64) -> f64,
) -> f64 {
    fifths.iter().map(|fifth| worst(question, limits, fifth, excess)).fold(0.0, f64::max)
}

/// The largest excess of a release over its limit.
fn worst(
    question: &Question,
    limits: &Limits,
    counts: &[Counts],
    excess: fn(&Limit, u64, u64) -> f64,
) -> f64 {
    let of = |(release, counts): (usize, &Counts)| {
        if question.healthy[release] {
            let (count, of) = counts.of_good();
            excess(&limits.false_rollback, count, of)
        } else if question.counts[release] {
            let (count, of) = counts.of_faulty();
            excess(&limits.missed, count, of)
        } else {
            0.0
        }
    };
    counts.iter().enumerate().map(of).fold(0.0, f64::max)
}

/// 0 of nothing.
pub(super) fn share((count, of): (u64, u64)) -> f64 {
    real(count) / real(of.max(1))
}

impl Score {
    /// Whether it keeps both limits, with their margin.
    pub(super) fn is_feasible(self) -> bool {
        self.excess <= 0.0
    }

    /// By the limits, then by harm.
    pub(super) fn compare_harm(&self, other: &Self) -> Ordering {
        self.excess.total_cmp(&other.excess).then(self.harm.total_cmp(&other.harm))
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.excess
            .total_cmp(&other.excess)
            .then(self.objective.total_cmp(&other.objective))
            .then(self.harm.total_cmp(&other.harm))
    }
}

const UNITS: i32 = 40;

#[expect(clippy::cast_possible_truncation, reason = "saturates far beyond any figure of a run")]
fn fixed(value: f64) -> i128 {
    (value.clamp(-1e18, 1e18) * 2_f64.powi(UNITS)).round() as i128
}

#[expect(clippy::cast_precision_loss, reason = "to one part in 10^16")]
fn unfixed(value: i128) -> f64 {
    value as f64 / 2_f64.powi(UNITS)
}
