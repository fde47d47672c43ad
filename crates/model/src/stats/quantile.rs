//! Sample quantiles, and distribution-free intervals of the true ones.
//!
//! **Linear** (Hyndman & Fan 1996, type 7, the default of R, numpy and pandas): between the two
//! order statistics around 1 + q·(n − 1). For figures that every run has.
//!
//! **Inverse** (type 1): the smallest value t with P(T ≤ t) ≥ q, x₍⌈q·n⌉₎. For times to something
//! that may never happen: such a run enters as +∞, and the quantile is +∞ ("not reached") where
//! more than a share of 1 − q never gets there.
//!
//! **Interval**: the number of values at or below the true quantile ξ is binomial (n, q), so ξ lies
//! between the l-th and the u-th order statistic with P(B < l) ≤ α/2 and P(B ≥ u) ≤ α/2: at least
//! the nominal level, whatever the distribution, ties and +∞ included. Where no order statistic is
//! low or high enough, that side is unbounded. Source: David & Nagaraja 2003, Order Statistics,
//! §7.1.

use super::{Interval, real_len, tail};
use statrs::distribution::{Binomial, DiscreteCDF};

/// A sample in ascending order; +∞ stands for "never".
#[derive(Clone, Debug, PartialEq)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// Sorts a sample.
    ///
    /// # Panics
    /// In debug builds if a value is NaN.
    pub fn new(mut values: Vec<f64>) -> Self {
        debug_assert!(!values.iter().any(|value| value.is_nan()), "a sample has no NaN");
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The values, ascending.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Type 7, linear between order statistics; `None` of an empty sample.
    pub fn linear(&self, q: f64) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        let place = q * real_len(last);
        let below = whole(place.floor()).min(last);
        let fraction = place - real_len(below);
        let (low, high) = (self.0[below], self.0[(below + 1).min(last)]);
        // Not low·(1 − f) + high·f: +∞ times 0 is NaN, and equal neighbours must give themselves.
        Some(if fraction > 0.0 && high > low { low + fraction * (high - low) } else { low })
    }

    /// Type 1, the smallest value that a share of at least `q` does not exceed; +∞ where it is not
    /// reached, `None` of an empty sample.
    pub fn inverse(&self, q: f64) -> Option<f64> {
        let n = self.0.len();
        // q is a rounded decimal: a product a few ulps above a whole number means that number.
        let rank = whole((q * real_len(n) * (1.0 - 4.0 * f64::EPSILON)).ceil()).max(1);
        self.0.get(rank.min(n).checked_sub(1)?).copied()
    }

    /// The distribution-free interval of the true `q`-quantile; −∞ or +∞ where that side is
    /// unbounded. `None` of an empty sample.
    ///
    /// # Panics
    /// If the level is not between 0 and 1.
    pub fn interval(&self, q: f64, confidence: f64) -> Option<Interval> {
        let n = self.0.len();
        let tail = tail(confidence);
        if n == 0 {
            return None;
        }
        let binomial = Binomial::new(q, u64::try_from(n).ok()?).ok()?;
        let at_most = |k: usize| binomial.cdf(u64::try_from(k).unwrap_or(u64::MAX));
        // P(B < l) = at_most(l − 1): the ranks l that are low enough are 1..=lower.
        let lower = first_where(n, |k| at_most(k) > tail);
        // P(B ≥ u) = 1 − at_most(u − 1): the first rank that is high enough is upper + 1.
        let upper = first_where(n, |k| binomial.sf(u64::try_from(k).unwrap_or(u64::MAX)) <= tail);
        let low = lower.checked_sub(1).map_or(f64::NEG_INFINITY, |index| self.0[index]);
        let high = self.0.get(upper).copied().unwrap_or(f64::INFINITY);
        Some(Interval { low, high })
    }
}

/// The smallest k in 0..n with `holds(k)`, which stays true once it is; n if there is none.
fn first_where(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole numbers from 0 to the length of a sample"
)]
fn whole(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
#[path = "quantile/tests.rs"]
mod tests;
