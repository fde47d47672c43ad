//! An interval of a mean that skewness does not mislead.
//!
//! **Student's interval** of a skewed sample misses on one side: where the large values are rare, a sample
//! without enough of them has both too low a mean and too small a spread. **Hall's transformation** takes the
//! skewness out: with T = (x̄ − μ)/s and the skewness γ,
//!
//! g(T) = T + γT²/3 + γ²T³/27 + γ/6n,
//!
//! and √n·g(T) is nearly Student's. Its inverse is closed, g⁻¹(y) = (3/γ)·(∛(1 + γ(y − γ/6n)) − 1), so
//! the interval is x̄ − s·g⁻¹(±t/√n). Source: Hall 1992, J. R. Statist. Soc. B 54, 221–228. For γ stands
//! Fisher and Pearson's adjusted coefficient G₁ = √(n(n − 1))/(n − 2)·m₃/m₂^(3/2) (Joanes & Gill 1998, The
//! Statistician 47, 183–189), since the plain one is too small for few values.
//!
//! Of a symmetric law with long tails Hall's interval is often too short: it takes outliers for skewness.
//! So each end is **whichever of the two reaches further**. What that covers is measured by
//! `tests/statistics/coverage.rs`, see docs/validation.md. Nothing is drawn: it is as fast as Student's.
//!
//! The p-value is the larger of the two, which is below α exactly where the interval of level 1 − α leaves 0
//! out: both intervals hold the mean, so both leave 0 out on the same side.

use super::interval::students_t;
use super::{Interval, real_len};
use statrs::distribution::ContinuousCDF;

/// What the interval rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// How many values, at least 1.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (divisor n − 1); 0 of a single value.
    pub spread: f64,
    /// Their adjusted skewness G₁; 0 of fewer than three values, or without spread.
    pub skewness: f64,
}

impl Moments {
    /// Of these values; `None` of none.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let first = values.clone().next()?;
        // Deviations from the first value: equal values have exactly their mean and no spread.
        let (count, sum) = values
            .clone()
            .fold((0_usize, 0.0), |(count, sum), value| (count + 1, sum + (value - first)));
        let n = real_len(count);
        let shift = sum / n;
        let (squares, cubes) = values.fold((0.0, 0.0), |(squares, cubes), value| {
            let deviation = value - first - shift;
            let square = deviation * deviation;
            (squares + square, cubes + square * deviation)
        });
        let spread = if count > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        let skewness = if count > 2 && squares > 0.0 {
            // G₁ in sums instead of means.
            n * (n - 1.0).sqrt() / (n - 2.0) * (cubes / squares / squares.sqrt())
        } else {
            0.0
        };
        Some(Self { n: count, mean: first + shift, spread, skewness })
    }

    /// The interval, given what Student's would multiply the standard error by.
    pub fn interval(&self, factor: f64) -> Interval {
        let reach = factor / real_len(self.n).sqrt();
        Interval {
            low: self.mean - self.spread * reach.max(self.restored(reach)),
            high: self.mean + self.spread * reach.max(-self.restored(-reach)),
        }
    }

    /// Two-sided p-value of the hypothesis that the true mean is 0; `None` of a single value.
    ///
    /// Values that are all alike have no spread to judge by: 1 if they are 0, else 0.
    pub fn p_value(&self) -> Option<f64> {
        let student = students_t(self.n)?;
        if self.spread > 0.0 {
            let ratio = self.mean / self.spread;
            let smaller = ratio.abs().min(self.transformed(ratio).abs());
            Some((2.0 * student.sf(smaller * real_len(self.n).sqrt())).min(1.0))
        } else {
            Some(if self.mean.abs() > 0.0 { 0.0 } else { 1.0 })
        }
    }

    /// Hall's g.
    fn transformed(&self, ratio: f64) -> f64 {
        let bend = self.skewness * ratio / 3.0;
        ratio * (1.0 + bend + bend * bend / 3.0) + self.skewness / (6.0 * real_len(self.n))
    }

    /// Its inverse; the difference of cube roots is multiplied out, so that it is exact without skewness too.
    fn restored(&self, value: f64) -> f64 {
        let value = value - self.skewness / (6.0 * real_len(self.n));
        let root = (1.0 + self.skewness * value).cbrt();
        3.0 * value / (root * root + root + 1.0)
    }
}

#[cfg(test)]
mod tests;
