//! How far a feature has drifted from its baseline.
//!
//! The feature is a standard normal score in the baseline; a drift moves its mean. Baseline and window are
//! kept as counts in bins that split the baseline's law into equal parts, so memory does not grow with the
//! traffic.
//!
//! ```text
//! simple = max over the bins' edges of |Fₙ − Gₘ|           Fₙ: the window's, Gₘ: the baseline's distribution
//! robust = max(0, simple − 1.8·√((n + m)/(n·m)))
//! without sampling noise, for a shift of δ standard deviations: simple → 2Φ(δ/2) − 1
//! ```
//!
//! Looking at 99 edges instead of every value misses at most the difference's growth within a hundredth of
//! the baseline: below 10⁻³ for shifts up to 2. Source of the two distances: `comparison_method` in
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html> (its usual
//! threshold is 0.1), and the factor 1.8 in <https://github.com/awslabs/deequ>, `Distance.scala`, the
//! library that the container is built on. Not modelled: categorical features, missing values, the error of
//! the container's quantile sketches.

use crate::monitoring::spec::Distance;
use crate::telemetry::ratio::Ratio;
use statrs::distribution::{ContinuousCDF, Normal};

/// Bins of equal probability in the baseline.
pub const BINS: usize = 100;

/// 1.8·√((n + m)/(n·m)): two equal laws are closer than this with a probability of 0.997.
const CHANCE: f64 = 1.8;

/// The edges of the bins, in baseline standard deviations.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins(Vec<f64>);

impl Default for Bins {
    fn default() -> Self {
        let normal = Normal::standard();
        let edges = (1_u32..100).map(|percent| normal.inverse_cdf(f64::from(percent) / 100.0));
        Self(edges.collect())
    }
}

impl Bins {
    /// The bin of a value \[baseline standard deviations\], below [`BINS`].
    pub fn of(&self, value: f64) -> usize {
        self.0.partition_point(|edge| *edge <= value)
    }
}

/// The distance of two samples, each as counts of the bins; `None` if one is empty.
pub fn distance(window: &[u64], baseline: &[u64], which: Distance) -> Option<Ratio> {
    let [n, m] = [window, baseline].map(|counts| i128::from(counts.iter().sum::<u64>()));
    if n == 0 || m == 0 {
        return None;
    }
    let (mut below, mut farthest) = ([0, 0], 0);
    for (&in_window, &in_baseline) in window.iter().zip(baseline) {
        below = [below[0] + i128::from(in_window), below[1] + i128::from(in_baseline)];
        farthest = farthest.max((below[0] * m - below[1] * n).abs());
    }
    let simple = Ratio::new(farthest, n * m);
    Some(match which {
        Distance::Simple => simple,
        Distance::Robust => robust(simple, Ratio::new(n + m, n * m)),
    })
}

/// Rounded to 12 digits after the point, as far as thresholds are written.
#[expect(clippy::cast_possible_truncation, reason = "a distance is within 0 and 1")]
fn robust(simple: Ratio, per_sample: Ratio) -> Ratio {
    let left = simple.as_f64() - CHANCE * per_sample.as_f64().sqrt();
    Ratio::new((left.max(0.0) * 1e12).round() as i128, 1_000_000_000_000)
}

#[cfg(test)]
mod tests;
