//! Intervals that thousands of policies share: each is computed once.

use crate::stats::humps::{Level, pooled};
use crate::stats::interval::t_factor;
use crate::stats::proportion::clopper_pearson;
use crate::stats::{Interval, real};
use crate::tuning::results::{Mean, Share};
use std::sync::OnceLock;

/// The intervals of shares and means of up to so many runs, at one level.
#[derive(Debug)]
pub(super) struct Intervals {
    confidence: f64,
    /// The number of runs that shares are usually of.
    of: u64,
    /// By the count.
    shares: Vec<OnceLock<Option<Interval>>>,
    /// By the number of values.
    factors: Vec<OnceLock<Option<f64>>>,
}

impl Intervals {
    pub(super) fn new(confidence: f64, runs: usize) -> Self {
        Self {
            confidence,
            of: u64::try_from(runs).unwrap_or(u64::MAX),
            shares: (0..=runs).map(|_| OnceLock::new()).collect(),
            factors: (0..=runs).map(|_| OnceLock::new()).collect(),
        }
    }

    pub(super) fn share(&self, count: u64, of: u64) -> Share {
        let compute = || clopper_pearson(count, of, self.confidence);
        let known = usize::try_from(count).ok().and_then(|count| self.shares.get(count));
        let interval = match known.filter(|_| of == self.of) {
            Some(known) => *known.get_or_init(compute),
            None => compute(),
        };
        Share { count, of, interval }
    }

    pub(super) fn mean(&self, values: &[f64]) -> Option<Mean> {
        let factor = |n: usize| {
            let compute = || t_factor(n, self.confidence);
            self.factors.get(n).map_or_else(compute, |known| *known.get_or_init(compute))
        };
        let (mean, _) = pooled(values, &[], Level::new(self.confidence, &factor))?;
        Some(Mean { value: mean.mean, interval: mean.interval.ok() })
    }
}

impl Share {
    /// The share itself; `None` without runs.
    pub fn estimate(&self) -> Option<f64> {
        (self.of > 0).then(|| real(self.count) / real(self.of))
    }
}
