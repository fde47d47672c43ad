//! The Poisson distribution as a table: every probability that counts, both tails to full relative
//! precision.
//!
//! ```text
//! P(K = k) = e^−λ λ^k / k!        P(K = k + 1) = P(K = k) · λ / (k + 1)
//! ```
//!
//! The table holds every k within twelve standard deviations (and 40) of the mean; what lies beyond has
//! a probability below 10⁻³⁰. Both tails are summed from their far end, so that none is a small
//! difference of large numbers.

use crate::stats::real;
use statrs::function::gamma::ln_gamma;

/// Above this mean a table would be larger than any question deserves.
const LARGEST_MEAN: f64 = 1e9;

/// A Poisson distribution.
#[derive(Clone, Debug)]
pub struct Poisson {
    first: u64,
    pmf: Vec<f64>,
    /// P(K ≤ first + i)
    at_most: Vec<f64>,
    /// P(K > first + i)
    above: Vec<f64>,
}

impl Poisson {
    /// The distribution of this mean; `None` if it is negative, not a number, or beyond 10⁹.
    pub fn new(mean: f64) -> Option<Self> {
        if !(0.0..=LARGEST_MEAN).contains(&mean) {
            return None;
        }
        let reach = 12.0 * mean.sqrt() + 40.0;
        let (first, last) = (whole(mean - reach), whole(mean + reach));
        let pmf: Vec<f64> = (first..=last).map(|k| probability(mean, k)).collect();
        let at_most = running(pmf.iter());
        let mut above = running(pmf.iter().rev());
        above.reverse();
        above.remove(0);
        above.push(0.0);
        Some(Self { first, pmf, at_most, above })
    }

    /// Every k of the table with its probability.
    pub fn terms(&self) -> impl Iterator<Item = (u64, f64)> {
        (self.first..).zip(self.pmf.iter().copied())
    }

    /// P(K ≤ k).
    pub fn at_most(&self, k: i128) -> f64 {
        match usize::try_from(k - i128::from(self.first)) {
            Err(_) if k > 0 && k >= i128::from(self.first) => 1.0,
            Err(_) => 0.0,
            Ok(index) => self.at_most.get(index).map_or(1.0, |p| p.min(1.0)),
        }
    }

    /// P(K > k).
    pub fn above(&self, k: i128) -> f64 {
        match usize::try_from(k - i128::from(self.first)) {
            Err(_) if k > 0 && k >= i128::from(self.first) => 0.0,
            Err(_) => 1.0,
            Ok(index) => self.above.get(index).map_or(0.0, |p| p.min(1.0)),
        }
    }
}

fn probability(mean: f64, k: u64) -> f64 {
    if mean <= 0.0 {
        return f64::from(u8::from(k == 0));
    }
    (real(k) * mean.ln() - mean - ln_gamma(real(k) + 1.0)).exp()
}

fn running<'a>(terms: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    let sums = terms.scan(0.0, |sum, term| {
        *sum += term;
        Some(*sum)
    });
    sums.collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to somewhat above 10^9"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Discrete, DiscreteCDF, Poisson as Reference};

    #[test]
    fn agrees_with_the_textbook_in_both_tails() {
        for mean in [0.02, 0.72, 7.5, 240.0, 31_000.0] {
            let table = Poisson::new(mean).expect("a mean");
            let reference = Reference::new(mean).expect("a mean");
            let total: f64 = table.terms().map(|(_, p)| p).sum();
            assert!((total - 1.0).abs() < 1e-9, "{mean}: {total}");
            for sigmas in [-6.0, -2.0, 0.0, 1.5, 6.0] {
                let k = whole(mean + sigmas * mean.sqrt());
                let (pmf, sf) = (reference.pmf(k), reference.sf(k));
                let term = table.terms().find(|&(other, _)| other == k).expect("in the table").1;
                assert!((term / pmf - 1.0).abs() < 1e-8, "P(K = {k}) of {mean}");
                assert!((table.above(k.into()) / sf - 1.0).abs() < 1e-7, "P(K > {k}) of {mean}");
                let cdf = reference.cdf(k);
                assert!((table.at_most(k.into()) / cdf - 1.0).abs() < 1e-7, "P(K <= {k})");
            }
        }
    }

    #[test]
    fn outside_the_table_all_or_nothing() {
        let table = Poisson::new(10_000.0).expect("a mean");
        assert_eq!((table.at_most(-1), table.above(-1)), (0.0, 1.0));
        assert_eq!((table.at_most(3), table.above(3)), (0.0, 1.0));
        assert_eq!((table.at_most(i128::MAX), table.above(i128::MAX)), (1.0, 0.0));
        let none = Poisson::new(0.0).expect("a mean");
        assert_eq!((none.at_most(-1), none.at_most(0), none.above(0)), (0.0, 1.0, 0.0));
        assert!(Poisson::new(1e12).is_none() && Poisson::new(f64::NAN).is_none());
    }
}
