//! What is summed over the runs that policies are chosen on, in whole numbers.
//!
//! A sweep adds and takes away millions of times. Sums of floating-point numbers would drift and depend on
//! the order; sums of 2⁻⁴⁰ units are exact, so that two policies that do the same compare as equal.

use crate::scenario::tune::TuneSpec;
use crate::simulation::verdict::Verdict;
use crate::stats::real;
use crate::tuning::objective::{Figures, Question};
use std::cmp::Ordering;

/// Sums of one policy: by release, over the replications.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sums {
    by_release: Vec<Release>,
    replications: u64,
}

/// Of one release; signed, so that differences are of the same kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Release {
    false_rollbacks: i64,
    missed: i64,
    objective: i128,
    failed_requests: i64,
    full_traffic_s: i128,
    reached: i64,
}

/// How good a policy is: first by how far it breaks the limits, then by the objective; less is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    /// The larger of the relative excesses over the limits; 0 within both. A limit below one run of those
    /// judged counts as one run.
    pub excess: f64,
    /// The mean that is to be small; 0 where nothing is to be minimised.
    pub objective: f64,
}

/// The shares that are limited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shares {
    /// Of the good release that is rolled back most often.
    pub false_rollback: f64,
    /// Of the regression that is missed most often.
    pub missed: f64,
    /// Which that is; `None` without faulty releases.
    pub most_missed: Option<usize>,
}

impl Release {
    pub(super) fn of(question: &Question, figures: &Figures, healthy: bool) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a count that was a whole number")]
        let failed_requests = figures.failed_requests as i64;
        let is = |verdict: Verdict| i64::from(figures.verdict == verdict);
        let full_traffic_s = figures.full_traffic_s.filter(|_| healthy);
        Self {
            // Of a faulty release no limit counts them.
            false_rollbacks: if healthy { is(Verdict::FalseRollback) } else { 0 },
            missed: if healthy { 0 } else { is(Verdict::Missed) },
            objective: fixed(question.objective(figures)),
            failed_requests,
            full_traffic_s: full_traffic_s.map_or(0, fixed),
            reached: i64::from(full_traffic_s.is_some()),
        }
    }

    pub(super) fn less(&self, other: &Self) -> Self {
        Self {
            false_rollbacks: self.false_rollbacks - other.false_rollbacks,
            missed: self.missed - other.missed,
            objective: self.objective - other.objective,
            failed_requests: self.failed_requests - other.failed_requests,
            full_traffic_s: self.full_traffic_s - other.full_traffic_s,
            reached: self.reached - other.reached,
        }
    }

    fn add(&mut self, other: &Self) {
        self.false_rollbacks += other.false_rollbacks;
        self.missed += other.missed;
        self.objective += other.objective;
        self.failed_requests += other.failed_requests;
        self.full_traffic_s += other.full_traffic_s;
        self.reached += other.reached;
    }
}

impl Sums {
    pub(super) fn new(releases: usize, replications: usize) -> Self {
        let replications = u64::try_from(replications).unwrap_or(u64::MAX);
        Self { by_release: vec![Release::default(); releases], replications }
    }

    pub(super) fn add(&mut self, release: usize, change: &Release) {
        self.by_release[release].add(change);
    }

    pub(super) fn shares(&self) -> Shares {
        let n = real(self.replications.max(1));
        let most = |of: fn(&Release) -> i64| {
            let counts = self.by_release.iter().map(of).enumerate();
            // The first of equal ones.
            let (release, count) = counts.rev().max_by_key(|&(_, count)| count)?;
            Some((release, real(count.unsigned_abs()) / n))
        };
        let missed = most(|release| release.missed);
        Shares {
            false_rollback: most(|release| release.false_rollbacks).map_or(0.0, |(_, most)| most),
            missed: missed.map_or(0.0, |(_, most)| most),
            most_missed: missed.map(|(release, _)| release),
        }
    }

    pub(super) fn score(&self, question: &Question, spec: &TuneSpec) -> Score {
        let shares = self.shares();
        let one_run = 1.0 / real(self.replications.max(1));
        let excess = |share: f64, limit: f64| {
            if share > limit { (share - limit) / limit.max(one_run) } else { 0.0 }
        };
        let over = excess(shares.false_rollback, spec.max_false_rollback)
            .max(excess(shares.missed, spec.max_missed));
        let weights = question.weights.as_deref().unwrap_or_default();
        Score { excess: over, objective: self.weighted(weights, |sums| unfixed(sums.objective)) }
    }

    /// Mean number of failed requests of the faulty releases, weighted by their priors.
    pub(super) fn failed_requests(&self, question: &Question) -> f64 {
        self.weighted(&question.among_faulty, |sums| {
            let size = real(sums.failed_requests.unsigned_abs());
            if sums.failed_requests < 0 { -size } else { size }
        })
    }

    /// Mean time until green has all traffic, of the good releases that get so far \[s\].
    pub(super) fn full_traffic_s(&self) -> Option<f64> {
        let reached: i64 = self.by_release.iter().map(|sums| sums.reached).sum();
        let total: i128 = self.by_release.iter().map(|sums| sums.full_traffic_s).sum();
        (reached > 0).then(|| unfixed(total) / real(reached.unsigned_abs()))
    }

    fn weighted(&self, weights: &[f64], of: impl Fn(&Release) -> f64) -> f64 {
        let sum: f64 = self.by_release.iter().zip(weights).map(|(sums, w)| w * of(sums)).sum();
        sum / real(self.replications.max(1))
    }
}

impl Score {
    /// Whether it keeps both limits.
    pub(super) fn is_feasible(self) -> bool {
        self.excess <= 0.0
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.excess.total_cmp(&other.excess).then(self.objective.total_cmp(&other.objective))
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
