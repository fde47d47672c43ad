//! A measured distribution: its quantile function as straight lines between measured points.
//!
//! Points (p, value) from p = 0 (the fastest) to p = 1 (the slowest): Q is linear between
//! neighbours, so values are uniform within each stretch, and two equal values in a row make an
//! atom. Both ends must be given: beyond what was measured there is nothing to go by, and the
//! slowest request weighs in the mean.

use super::law::{Level, normal_density};
use super::score_table::ScoreTable;
use super::{DistributionError, check_time, nanos};
use crate::time::SimDuration;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Empirical {
    /// (p, value \[ns\]), p strictly ascending from 0 to 1, values ascending.
    points: Box<[(f64, f64)]>,
    /// Φ(z).
    level: ScoreTable,
}

impl Empirical {
    pub(super) fn new(points: &[(f64, SimDuration)]) -> Result<Self, DistributionError> {
        let stated = points.first().map(|p| p.0).zip(points.last().map(|p| p.0));
        if points.len() < 2 || stated != Some((0.0, 1.0)) {
            return Err(DistributionError(
                "a quantile table must begin at p = 0 (the fastest request) and end at p = 1 \
                 (the slowest); add the missing end"
                    .to_owned(),
            ));
        }
        for &(_, value) in points {
            check_time("a value of the quantile table", value)?;
        }
        for pair in points.windows(2) {
            let [(p, value), (next_p, next_value)] = [pair[0], pair[1]];
            if next_p.is_nan() || next_p <= p {
                return Err(DistributionError(format!(
                    "the p of a quantile table must ascend, but {next_p} follows {p}; \
                     sort the table and state each p once"
                )));
            }
            if next_value < value {
                return Err(DistributionError(format!(
                    "the values of a quantile table must not descend, but p = {next_p} has \
                     {next_value} after {value} at p = {p}; correct the table"
                )));
            }
        }
        let points = points.iter().map(|&(p, value)| (p, nanos(value))).collect();
        let level = |z| [Level::of_score(z).below(), normal_density(z)];
        Ok(Self { points, level: ScoreTable::of_values(level) })
    }

    #[inline]
    pub(super) fn at(&self, z: f64) -> f64 {
        self.quantile(self.level.at(z).clamp(0.0, 1.0))
    }

    #[inline]
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let after = self.points.partition_point(|&(level, _)| level < p).max(1);
        let (left, low) = self.points[after - 1];
        let (right, high) = self.points[after];
        low + (p - left) / (right - left) * (high - low)
    }

    /// P(X ≤ x).
    pub(super) fn cdf(&self, x: f64) -> f64 {
        let after = self.points.partition_point(|&(_, value)| value <= x);
        if after == 0 {
            return 0.0;
        }
        let Some(&(right, high)) = self.points.get(after) else { return 1.0 };
        let (left, low) = self.points[after - 1];
        left + (x - low) / (high - low) * (right - left)
    }

    pub(super) fn mean(&self) -> f64 {
        let stretch = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0;
        self.points.windows(2).map(stretch).sum()
    }
}
