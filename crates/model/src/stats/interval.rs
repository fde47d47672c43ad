//! The mean of independent replications and Student's t interval of it.
//!
//! x̄ ± t(1 − α/2, n − 1)·s/√n. Assumes independent values and a mean that is nearly normal, as that of
//! estimates by whole repetitions is. Figures of runs may be skewed or have humps: see [`super::humps`].
//! Source: Student 1908, Biometrika 6, 1–25; Law 2015, Simulation Modeling and Analysis, §4.5.

use super::{Interval, real_len, tail};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The mean of a sample, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// How many values, at least 1.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their variance (divisor n − 1); present if and only if there are two or more.
    pub variance: Option<f64>,
}

impl Mean {
    /// Of these values; `None` of an empty sample.
    pub fn of(values: &[f64]) -> Option<Self> {
        let first = *values.first()?;
        let n = real_len(values.len());
        // Deviations from the first value: equal values have exactly their mean and variance 0.
        let shift = values.iter().map(|value| value - first).sum::<f64>() / n;
        let mean = first + shift;
        let squares: f64 = values.iter().map(|value| (value - first - shift).powi(2)).sum();
        let variance = (values.len() > 1).then(|| squares / (n - 1.0));
        Some(Self { n: values.len(), mean, variance })
    }

    /// Standard error of the mean.
    pub fn standard_error(&self) -> Option<f64> {
        Some((self.variance? / real_len(self.n)).sqrt())
    }

    /// Student's t interval; `None` of a single value.
    ///
    /// # Panics
    /// If the level is not between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let half = t_factor(self.n, confidence)? * self.standard_error()?;
        Some(Interval { low: self.mean - half, high: self.mean + half })
    }
}

/// t(1 − α/2, n − 1): what the standard error of `n` values is multiplied by in Student's interval of level
/// `confidence`; `None` of fewer than two values.
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn t_factor(n: usize, confidence: f64) -> Option<f64> {
    t_quantile(n, 1.0 - tail(confidence))
}

/// Above this many degrees of freedom the library's inversion loses digits (at 10⁷ it is 2 % off),
/// while the expansion around the normal is exact to 10⁻¹⁰.
const MANY: usize = 1_000;

/// Quantile of Student's t with n − 1 degrees of freedom; for many of them by the Cornish–Fisher
/// expansion, Abramowitz & Stegun 26.7.5.
fn t_quantile(n: usize, probability: f64) -> Option<f64> {
    let student = students_t(n)?;
    if n <= MANY {
        return Some(student.inverse_cdf(probability));
    }
    let z = Normal::standard().inverse_cdf(probability);
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
    ];
    Some(terms.iter().rev().fold(0.0, |sum, term| (sum + term) / student.freedom()) + z)
}

/// Student's t with n − 1 degrees of freedom; `None` if there are none.
pub(super) fn students_t(n: usize) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, real_len(n) - 1.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::Distribution;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[test]
    fn quantiles_of_t_as_printed_in_tables() {
        // NIST/SEMATECH e-Handbook 1.3.6.7.2, and the normal limit.
        for (n, p, value, within) in [
            (2, 0.975, 12.706, 5e-4),
            (3, 0.95, 2.920, 5e-4),
            (11, 0.975, 2.228, 5e-4),
            (30, 0.9995, 3.659, 5e-4),
            (101, 0.995, 2.626, 5e-4),
            (1_000, 0.975, 1.962_341_461, 1e-7),
            (1_001, 0.975, 1.962_339_081, 1e-8),
            (100_001, 0.975, 1.959_987_708, 1e-8),
            (10_000_001, 0.975, 1.959_964_222, 1e-8),
        ] {
            let t = t_quantile(n, p).expect("degrees of freedom");
            assert!((t - value).abs() < within, "t({p}, {}) = {t}, expected {value}", n - 1);
        }
    }

    #[test]
    fn a_worked_example() {
        // Gosset's own data (1908): extra hours of sleep, differences of two drugs in ten patients;
        // R's t.test(sleep$extra ~ sleep$group, paired): t = 4.0621, [0.7001, 2.4599].
        let differences = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let mean = Mean::of(&differences).expect("ten values");
        assert!((mean.mean - 1.58).abs() < 1e-12);
        let interval = mean.interval(0.95).expect("more than one value");
        assert!((interval.low - 0.700_114).abs() < 1e-5, "{interval:?}");
        assert!((interval.high - 2.459_886).abs() < 1e-5, "{interval:?}");
    }

    #[test]
    fn equal_values_have_no_spread_at_all() {
        let mean = Mean::of(&[0.1; 7]).expect("seven values");
        assert_eq!(mean.variance, Some(0.0));
        assert_eq!(mean.interval(0.95), Some(Interval { low: 0.1, high: 0.1 }));
    }

    #[test]
    fn what_is_not_defined_is_none() {
        assert_eq!(Mean::of(&[]), None);
        let one = Mean::of(&[3.0]).expect("one value");
        assert_eq!((one.variance, one.interval(0.95)), (None, None));
    }

    /// 2,000 intervals of level 0.9 of five normal values; the number that cover is binomial. α =
    /// 10⁻⁴; a true coverage of 0.864 or 0.933 would be caught with probability one half.
    #[test]
    fn coverage_over_seeds_is_nominal() {
        let normal = rand_distr::Normal::new(3.0, 2.0).expect("a normal distribution");
        let covered = (0..2_000_u64)
            .filter(|&seed| {
                let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(seed);
                let values: Vec<f64> = (0..5).map(|_| normal.sample(&mut rng)).collect();
                let mean = Mean::of(&values).expect("five values");
                mean.interval(0.9).expect("more than one value").contains(3.0)
            })
            .count();
        let binomial = Binomial::new(0.9, 2_000).expect("a probability");
        let (low, high) = (binomial.inverse_cdf(5e-5), binomial.inverse_cdf(1.0 - 5e-5));
        let covered = u64::try_from(covered).expect("a small count");
        assert!((low..=high).contains(&covered), "{covered} covered, expected {low} to {high}");
    }
}
