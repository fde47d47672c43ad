//! Two samples compared by the difference of their means, b − a.
//!
//! Three kinds of sample, each with the mean m̂ and the variance v of that mean:
//!
//! ```text
//! independent values          m̂ = Σy/n                v = s²/n
//! independent yes-or-no       m̂ = p̂                   v = p̂(1 − p̂)/n;  under no difference p̄(1 −
//! p̄)(1/nₐ + 1/n_b) clusters (users) of values  R̂ = Σⱼyⱼ / Σⱼnⱼ         v = k/(k − 1) · Σⱼ(yⱼ − R̂·nⱼ)²
//! / (Σⱼnⱼ)²
//! ```
//!
//! The last is the delta method for a ratio of two sums over k independent clusters, which may be of
//! different size and whose values may be correlated within; judging such values as if they were
//! independent understates v.
//!
//! **A small arm in which nothing has happened** has v = 0, as if nothing could happen there. So values and
//! clusters are tested with the variance of all of them pooled (s² of both arms over each arm's size, and
//! likewise by cluster) where that is larger: a test by v alone finds a difference between equal arms of
//! skewed values in up to half of the cases.
//!
//! **Tests**: the pooled z test of two proportions; Welch's t test, whose degrees of freedom are
//! `(vₐ + v_b)² / (vₐ²/(nₐ − 1) + v_b²/(n_b − 1))`; and z for clusters. All assume samples large enough
//! for a nearly normal mean.
//!
//! Sources: Welch 1947, Biometrika 34, 28–35; Fleiss, Levin & Paik 2003, Statistical Methods for Rates
//! and Proportions, ch. 3; Deng, Knoblich & Lu 2018, Applying the Delta Method in Metric Analytics
//! (KDD), <https://arxiv.org/abs/1803.06336>.

use super::{Interval, real, tail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Which differences a test looks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Sided {
    /// Either sign.
    #[default]
    Two,
    /// Only b better than a: a challenger better than blue.
    One,
}

/// Independent values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Values {
    /// How many.
    pub n: u64,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub squares: f64,
}

/// Clusters of values: users and their requests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clusters {
    /// How many clusters have a value at all.
    pub clusters: u64,
    /// Σn: values in all of them.
    pub sizes: f64,
    /// Σn².
    pub sizes_squared: f64,
    /// Σy: the sum of all values.
    pub sum: f64,
    /// Σ of each cluster's sum squared.
    pub squares: f64,
    /// Σ of each cluster's size times its sum.
    pub products: f64,
}

/// A mean and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Variance of the mean.
    pub variance: f64,
    /// Independent units that it rests on.
    pub units: u64,
}

/// A difference of two means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// b − a.
    pub effect: f64,
    /// Its variance.
    pub variance: f64,
    /// Its variance if there is no difference: pooled for proportions, else the larger of the sum of both
    /// variances and the pooled one.
    pub null_variance: f64,
    /// Degrees of freedom of Student's t; `None` is the normal distribution.
    pub freedom: Option<f64>,
}

impl Values {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        self.sum += value;
        self.squares += value * value;
    }

    /// Mean and its variance by the sample variance; `None` of fewer than two values.
    pub fn estimate(&self) -> Option<Estimate> {
        if self.n < 2 {
            return None;
        }
        let n = real(self.n);
        let mean = self.sum / n;
        let variance = ((self.squares - self.sum * mean) / (n - 1.0)).max(0.0) / n;
        Some(Estimate { mean, variance, units: self.n })
    }
}

impl Clusters {
    /// Adds a value to a cluster that has had `size` values of sum `sum` so far.
    pub fn add(&mut self, (size, sum): (f64, f64), value: f64) {
        self.clusters += u64::from(size <= 0.0);
        self.sizes += 1.0;
        self.sizes_squared += 2.0 * size + 1.0;
        self.sum += value;
        self.squares += (2.0 * sum + value) * value;
        self.products += sum + value * (size + 1.0);
    }

    /// The ratio Σy/Σn and its variance by the delta method; `None` of fewer than two clusters.
    pub fn estimate(&self) -> Option<Estimate> {
        if self.clusters < 2 {
            return None;
        }
        let mean = self.sum / self.sizes;
        let residuals =
            self.squares - 2.0 * mean * self.products + mean * mean * self.sizes_squared;
        let k = real(self.clusters);
        let variance = (k / (k - 1.0)) * residuals.max(0.0) / self.sizes.powi(2);
        Some(Estimate { mean, variance, units: self.clusters })
    }
}

impl Difference {
    /// Of two proportions, each (successes, trials); `None` without trials on either side.
    pub fn of_proportions(a: (u64, u64), b: (u64, u64)) -> Option<Self> {
        if a.1 == 0 || b.1 == 0 {
            return None;
        }
        let [(pa, na), (pb, nb)] = [a, b].map(|(k, n)| (real(k) / real(n), real(n)));
        let pooled = real(a.0 + b.0) / (na + nb);
        Some(Self {
            effect: pb - pa,
            variance: pa * (1.0 - pa) / na + pb * (1.0 - pb) / nb,
            null_variance: pooled * (1.0 - pooled) * (1.0 / na + 1.0 / nb),
            freedom: None,
        })
    }

    /// Of two means of independent values, by Welch's test.
    pub fn of_means(a: &Values, b: &Values) -> Option<Self> {
        let (a, b) = (a.estimate()?, b.estimate()?);
        let variance = a.variance + b.variance;
        let shares =
            a.variance.powi(2) / (real(a.units) - 1.0) + b.variance.powi(2) / (real(b.units) - 1.0);
        let freedom = (shares > 0.0).then(|| variance.powi(2) / shares);
        let [na, nb] = [a.units, b.units].map(real);
        let squares = a.variance * na * (na - 1.0) + b.variance * nb * (nb - 1.0);
        let pooled = squares / (na + nb - 2.0) * (1.0 / na + 1.0 / nb);
        let null_variance = variance.max(pooled);
        Some(Self { effect: b.mean - a.mean, variance, null_variance, freedom })
    }

    /// Of two ratios over clusters.
    pub fn of_clusters(a: &Clusters, b: &Clusters) -> Option<Self> {
        let [ea, eb] = [a.estimate()?, b.estimate()?];
        let variance = ea.variance + eb.variance;
        let [na, nb] = [ea.units, eb.units].map(real);
        let squares =
            |arm: &Clusters, of: Estimate, n: f64| of.variance * arm.sizes.powi(2) * (n - 1.0) / n;
        let each = (squares(a, ea, na) + squares(b, eb, nb)) / (na + nb - 2.0);
        let pooled = each * (na / a.sizes.powi(2) + nb / b.sizes.powi(2));
        let null_variance = variance.max(pooled);
        Some(Self { effect: eb.mean - ea.mean, variance, null_variance, freedom: None })
    }

    /// The same with the larger of its two variances.
    #[must_use]
    pub fn cautious(self) -> Self {
        Self { variance: self.variance.max(self.null_variance), ..self }
    }

    /// p-value of the test that there is no difference, or none above 0. Samples without any spread
    /// tell nothing: 1.
    pub fn p_value(&self, sided: Sided) -> f64 {
        if self.null_variance <= 0.0 {
            return 1.0;
        }
        let score = self.effect / self.null_variance.sqrt();
        match sided {
            Sided::Two => (2.0 * self.above(score.abs())).min(1.0),
            Sided::One => self.above(score),
        }
    }

    /// Interval of the difference at this level.
    ///
    /// # Panics
    /// If the level is not between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Interval {
        let z = Normal::standard().inverse_cdf(1.0 - tail(confidence));
        let quantile = match self.freedom.filter(|&freedom| freedom < MANY) {
            Some(freedom) => StudentsT::new(0.0, 1.0, freedom)
                .map_or(z, |student| student.inverse_cdf(1.0 - tail(confidence))),
            None => z,
        };
        let half = quantile * self.variance.sqrt();
        Interval { low: self.effect - half, high: self.effect + half }
    }

    fn above(&self, score: f64) -> f64 {
        match self.freedom.filter(|&freedom| freedom < MANY) {
            Some(freedom) => StudentsT::new(0.0, 1.0, freedom)
                .map_or_else(|_| Normal::standard().sf(score), |student| student.sf(score)),
            None => Normal::standard().sf(score),
        }
    }
}

/// Above so many degrees of freedom t is taken for normal: the quantiles differ by less than 3·10⁻⁵
/// of a standard error.
const MANY: f64 = 1e5;

#[cfg(test)]
mod tests;
