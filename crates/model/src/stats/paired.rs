//! Differences of two treatments over common replications.
//!
//! **Figures**: the mean of the differences with the interval and the p-value of [`Moments`], and neither
//! where a hump of the differences has too few of them ([`pooled`]). The pairing gain
//! (Var a + Var b)/Var(a − b) says how many times more independent runs would be needed.
//!
//! **Shares** (each pair is (success, success), …): a t interval would have no width at all where
//! no pair or every pair differs, so shares have the hybrid score interval for paired proportions
//! (method 10 of Newcombe 1998, Stat. Med. 17, 2635–2650): from Wilson's limits l, u of the two
//! shares and the correlation φ of the pairs (its numerator brought towards 0 by n/2 where it is
//! positive), d − √(dl₁² − 2φ·dl₁·du₂ + du₂²) to d + √(du₁² − 2φ·du₁·dl₂ + dl₂²), dl = p̂ − l, du =
//! u − p̂. The test is the exact one of `McNemar` (1947, Psychometrika 12, 153–157): the pairs that
//! differ fall on either side with probability ½.

use super::humps::{Level, pooled};
use super::interval::{Mean, t_factor};
use super::proportion::wilson;
#[cfg(doc)]
use super::skewed::Moments;
use super::{Interval, real};
use statrs::distribution::{Binomial, DiscreteCDF};

/// Two treatments compared over pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// How many pairs, at least 1.
    pub n: usize,
    /// Mean of the first treatment.
    pub mean_a: f64,
    /// Mean of the second.
    pub mean_b: f64,
    /// Mean of first minus second.
    pub difference: f64,
    /// Of the true mean difference; `None` where so few pairs of figures cannot say.
    pub interval: Option<Interval>,
    /// Two-sided, of no difference, below α where the interval of level 1 − α does not hold 0; `None` where
    /// figures have no interval.
    pub p_value: Option<f64>,
    /// (Var a + Var b)/Var(a − b); `None` where the differences do not vary.
    pub pairing_gain: Option<f64>,
}

impl PairedDifference {
    /// The same comparison, the other way round.
    #[must_use]
    pub fn reversed(self) -> Self {
        let turned = |interval: Interval| Interval { low: -interval.high, high: -interval.low };
        Self {
            mean_a: self.mean_b,
            mean_b: self.mean_a,
            difference: -self.difference,
            interval: self.interval.map(turned),
            ..self
        }
    }
}

/// Compares figures of which the hump of each difference is known, or all are of one if `humps` is empty;
/// `None` without pairs.
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn figures(pairs: &[(f64, f64)], humps: &[bool], confidence: f64) -> Option<PairedDifference> {
    let (a, b, difference) = means(pairs)?;
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
    let factor = |n| t_factor(n, confidence);
    let (estimate, moments) = pooled(&differences, humps, Level::new(confidence, &factor))?;
    Some(PairedDifference {
        n: pairs.len(),
        mean_a: a.mean,
        mean_b: b.mean,
        difference: difference.mean,
        interval: estimate.interval.ok(),
        p_value: estimate.interval.ok().and_then(|_| moments.p_value()),
        pairing_gain: pairing_gain(&a, &b, &difference),
    })
}

/// Compares shares; `None` without pairs.
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn shares(pairs: &[(bool, bool)], confidence: f64) -> Option<PairedDifference> {
    let numbers: Vec<(f64, f64)> =
        pairs.iter().map(|&(a, b)| (f64::from(u8::from(a)), f64::from(u8::from(b)))).collect();
    let (a, b, difference) = means(&numbers)?;
    let count = |of: (bool, bool)| {
        pairs.iter().filter(|&&pair| pair == of).fold(0_u64, |count, _| count + 1)
    };
    let table = Table {
        both: count((true, true)),
        only_a: count((true, false)),
        only_b: count((false, true)),
        neither: count((false, false)),
    };
    Some(PairedDifference {
        n: pairs.len(),
        mean_a: a.mean,
        mean_b: b.mean,
        difference: difference.mean,
        interval: table.interval(confidence),
        p_value: Some(table.p_value()),
        pairing_gain: pairing_gain(&a, &b, &difference),
    })
}

/// How many pairs have success where.
#[derive(Clone, Copy, Debug)]
struct Table {
    both: u64,
    only_a: u64,
    only_b: u64,
    neither: u64,
}

impl Table {
    fn interval(&self, confidence: f64) -> Option<Interval> {
        let n = self.both + self.only_a + self.only_b + self.neither;
        let (count_a, count_b) = (self.both + self.only_a, self.both + self.only_b);
        let (a, b) = (real(count_a) / real(n), real(count_b) / real(n));
        let (limits_a, limits_b) =
            (wilson(count_a, n, confidence)?, wilson(count_b, n, confidence)?);
        let phi = self.correlation();
        let reach = |x: f64, y: f64| (x * x - 2.0 * phi * x * y + y * y).max(0.0).sqrt();
        let difference = (real(self.only_a) - real(self.only_b)) / real(n);
        Some(Interval {
            low: difference - reach(a - limits_a.low, limits_b.high - b),
            high: difference + reach(limits_a.high - a, b - limits_b.low),
        })
    }

    fn correlation(&self) -> f64 {
        let (both, only_a) = (real(self.both), real(self.only_a));
        let (only_b, neither) = (real(self.only_b), real(self.neither));
        let n = both + only_a + only_b + neither;
        let margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither);
        if margins <= 0.0 {
            return 0.0;
        }
        let product = both * neither - only_a * only_b;
        let numerator = if product > 0.0 { (product - n / 2.0).max(0.0) } else { product };
        numerator / margins.sqrt()
    }

    fn p_value(&self) -> f64 {
        let (fewer, differ) = (self.only_a.min(self.only_b), self.only_a + self.only_b);
        Binomial::new(0.5, differ).map_or(1.0, |binomial| (2.0 * binomial.cdf(fewer)).min(1.0))
    }
}

fn means(pairs: &[(f64, f64)]) -> Option<(Mean, Mean, Mean)> {
    let of = |value: fn(&(f64, f64)) -> f64| Mean::of(&pairs.iter().map(value).collect::<Vec<_>>());
    Some((of(|pair| pair.0)?, of(|pair| pair.1)?, of(|pair| pair.0 - pair.1)?))
}

fn pairing_gain(a: &Mean, b: &Mean, difference: &Mean) -> Option<f64> {
    let gain = (a.variance? + b.variance?) / difference.variance?;
    gain.is_finite().then_some(gain)
}

#[cfg(test)]
#[path = "paired/tests.rs"]
mod tests;
