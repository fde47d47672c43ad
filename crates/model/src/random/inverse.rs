//! Counts as functions of one uniform: the quantiles of the Poisson and the binomial distribution.
//!
//! A count that is drawn by its quantile function rises with its uniform and with its parameters. Two
//! runs that share the uniform therefore stay as close as two runs can be (comonotone common random
//! numbers; Law, Simulation Modeling and Analysis, 2015, §11.2).
//!
//! - **Means up to 40**: the probabilities are added up from 0 (or from n) on: exact to rounding.
//! - **Above**: the fourth-order expansion of Cornish and Fisher (1938; Fisher and Cornish, Technometrics
//!   2, 1960), with the cumulants of the count plus a uniform on (−½, ½), which is what makes it right for
//!   whole numbers (Sheppard's corrections). For the Poisson this is the expansion `Q_N2` of Giles
//!   (Algorithm 955, ACM TOMS 42, 2016). The expansion is off by less than 0.01 within five standard
//!   deviations, so one count in a few hundred or fewer is off by one, either way alike.

use statrs::function::erf::erfc_inv;
use std::f64::consts::SQRT_2;

/// Expected counts up to this are found by adding up probabilities.
const SMALL_MEAN: f64 = 40.0;

/// The standard normal score of a uniform in (0, 1).
#[inline]
pub fn score(uniform: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * uniform)
}

/// The Poisson count of this mean (0 or above) at a uniform in (0, 1).
pub fn poisson(mean: f64, uniform: f64) -> u64 {
    if mean <= SMALL_MEAN {
        return added_up((-mean).exp(), uniform, u64::MAX, |k| mean / (k + 1.0));
    }
    whole(Cumulants([mean; 5]).quantile(uniform))
}

/// The binomial count of `trials` with probability `p` each (0 to 1) at a uniform in (0, 1).
pub fn binomial(trials: u64, p: f64, uniform: f64) -> u64 {
    if p > 0.5 {
        return trials - binomial(trials, 1.0 - p, 1.0 - uniform);
    }
    if trials == 0 || p <= 0.0 {
        return 0;
    }
    let n = real(trials);
    let q = 1.0 - p;
    if n * p <= SMALL_MEAN {
        let odds = p / q;
        let none = (n * (-p).ln_1p()).exp();
        return added_up(none, uniform, trials, |k| (n - k) / (k + 1.0) * odds);
    }
    let pq = p * q;
    let variance = n * pq;
    let skew = q - p;
    let cumulants = Cumulants([
        n * p,
        variance,
        variance * skew,
        variance * (1.0 - 6.0 * pq),
        variance * skew * (1.0 - 12.0 * pq),
    ]);
    whole(cumulants.quantile(uniform)).min(trials)
}

/// The least k whose probabilities up to it add up to the uniform; `ratio` leads from one to the next.
#[inline]
fn added_up(none: f64, uniform: f64, most: u64, ratio: impl Fn(f64) -> f64) -> u64 {
    let (mut k, mut probability) = (0.0, none);
    let mut below = probability;
    // Far out the probabilities no longer add anything: a uniform next to 1 ends there.
    while below < uniform && probability > f64::EPSILON * 1e-3 * below {
        probability *= ratio(k);
        below += probability;
        k += 1.0;
    }
    whole(k).min(most)
}

/// The first five cumulants of a count.
struct Cumulants([f64; 5]);

impl Cumulants {
    /// Of the count plus ½: the count is the whole part of it.
    fn quantile(&self, uniform: f64) -> f64 {
        let [mean, second, third, fourth, fifth] = self.0;
        let (second, fourth) = (second - 1.0 / 12.0, fourth + 1.0 / 120.0);
        let spread = second.sqrt();
        let skew = third / (second * spread);
        let excess = fourth / (second * second);
        let fifth = fifth / (second * second * spread);
        let w = score(uniform);
        let w2 = w * w;
        let first = skew * (w2 - 1.0) / 6.0;
        let next = w * (excess * (w2 - 3.0) / 24.0 - skew * skew * (2.0 * w2 - 5.0) / 36.0);
        let last = fifth * ((w2 - 6.0) * w2 + 3.0) / 120.0
            - skew * excess * ((w2 - 5.0) * w2 + 2.0) / 24.0
            + skew * skew * skew * ((12.0 * w2 - 53.0) * w2 + 17.0) / 324.0;
        mean + 0.5 + spread * (w + first + next + last)
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53; above, one part in 10^16")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates at 0 and at the largest count"
)]
pub(super) fn whole(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial, DiscreteCDF, Poisson};

    /// How far the uniform is from the probabilities that enclose it, in parts of that of the count.
    fn misplaced(uniform: f64, at_most: f64, below: f64) -> f64 {
        let inside = below - uniform;
        inside.max(uniform - at_most).max(0.0) / (at_most - below)
    }

    fn uniforms() -> impl Iterator<Item = f64> {
        let bulk = (1..1000).map(|i| f64::from(i) / 1000.0);
        bulk.chain([1e-7, 1e-5, 1e-4, 1.0 - 1e-4, 1.0 - 1e-5, 1.0 - 1e-7])
    }

    #[test]
    fn poisson_counts_enclose_their_uniform() {
        for mean in [1e-9, 0.02, 0.9, 7.5, 39.9, 40.1, 90.0, 720.0, 31_000.0, 6e6] {
            let law = Poisson::new(mean).expect("a mean");
            for uniform in uniforms() {
                let k = poisson(mean, uniform);
                let below = if k == 0 { 0.0 } else { law.cdf(k - 1) };
                let off = misplaced(uniform, law.cdf(k), below);
                let allowed = if mean <= SMALL_MEAN { 1e-6 } else { 0.06 };
                assert!(off < allowed, "mean {mean}, uniform {uniform}: {k} is off by {off}");
            }
        }
    }

    #[test]
    fn binomial_counts_enclose_their_uniform() {
        for trials in [1, 7, 100, 720, 7200] {
            for p in [1e-6, 0.001, 0.03, 0.1, 0.4, 0.5, 0.73, 0.99, 0.9999] {
                let law = Binomial::new(p, trials).expect("a law");
                for uniform in uniforms() {
                    let k = binomial(trials, p, uniform);
                    let below = if k == 0 { 0.0 } else { law.cdf(k - 1) };
                    let at_most = law.cdf(k);
                    // The reference loses the digits of tails that are next to 1.
                    let digits = 1e-9 / (at_most - below);
                    let off = misplaced(uniform, at_most, below);
                    assert!(off < 0.06 + digits, "{trials}, {p}, {uniform}: {k} is off by {off}");
                }
            }
        }
    }

    /// The reference's continued fraction does not converge for so many trials; probabilities added up from
    /// 175 000 on give P(count ≤ 179 932) = 0.435 978 and P(count ≤ 179 933) = 0.436 920.
    #[test]
    fn a_large_binomial_count_encloses_its_uniform() {
        let near = [0.435_97, 0.436, 0.436_91, 0.436_93].map(|u| binomial(6_000_000, 0.03, u));
        assert_eq!(near, [179_932, 179_933, 179_933, 179_934]);
    }

    #[test]
    fn counts_rise_with_uniform_and_parameter() {
        for uniform in [0.001, 0.2, 0.5, 0.8, 0.999] {
            let mut before = [0; 2];
            for step in 0..=1000 {
                let p = f64::from(step) / 1000.0;
                let now = [binomial(5000, p, uniform), poisson(300.0 * p, uniform)];
                assert!(now[0] >= before[0] && now[1] >= before[1], "{uniform} {p} {now:?}");
                before = now;
            }
            assert_eq!(before[0], 5000);
        }
        let counts: Vec<u64> = uniforms().take(999).map(|u| binomial(7200, 0.1, u)).collect();
        assert!(counts.is_sorted());
    }

    #[test]
    fn nothing_and_everything() {
        assert_eq!(
            [binomial(0, 0.3, 0.5), binomial(9, 0.0, 0.999), binomial(9, 1.0, 0.001)],
            [0, 0, 9]
        );
        assert_eq!([poisson(0.0, 0.999_999), poisson(1e-12, 0.5)], [0, 0]);
        // Uniforms next to the ends give a count all the same.
        assert!(binomial(10, 0.1, 1.0 - 1e-16) <= 10 && poisson(3.0, 1.0 - 1e-16) < 60);
    }
}
