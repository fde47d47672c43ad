//! The sign test: whether pairs fall on one side more often than chance has it.
//!
//! Pairs that do not differ say nothing and are left out. If neither side is favoured, the number of the
//! others on one side is binomial with probability ½, so the one-sided p-value of `more` against `fewer` is
//! P(X ≥ more) for X of (more + fewer) pairs: exact, for any number of pairs. Source: Conover 1999, Practical
//! Nonparametric Statistics, 3.4.

use statrs::distribution::{Binomial, DiscreteCDF};

/// So many pairs are significant at any level that a number can hold.
const MOST_PAIRS: u64 = 1_100;

/// The one-sided p-value of `more` pairs on the side that is asked about and `fewer` on the other; 1 without
/// pairs that differ.
pub fn one_sided_p(more: u64, fewer: u64) -> f64 {
    // P(X ≥ more) = P(X ≤ fewer), for either side is as likely.
    Binomial::new(0.5, more + fewer).map_or(1.0, |binomial| binomial.cdf(fewer).min(1.0))
}

/// The fewest pairs that can be significant at level `alpha`, if all of them fall on the side that is asked
/// about: ½ⁿ ≤ α.
///
/// # Panics
/// In debug builds if the level is not between 0 and 1.
pub fn fewest_pairs(alpha: f64) -> u64 {
    debug_assert!(alpha > 0.0 && alpha < 1.0, "a level lies between 0 and 1");
    (1..MOST_PAIRS).find(|&pairs| one_sided_p(pairs, 0) <= alpha).unwrap_or(MOST_PAIRS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::real;

    /// n over k, as a product of ratios.
    fn choose(n: u64, k: u64) -> f64 {
        (0..k).map(|i| real(n - i) / real(i + 1)).product()
    }

    #[test]
    fn it_is_the_sum_of_binomial_terms() {
        for (more, fewer) in [(0, 0), (1, 0), (0, 7), (5, 0), (12, 8), (8, 12), (60, 41)] {
            let pairs = more + fewer;
            let terms: f64 = (more..=pairs).map(|k| choose(pairs, k)).sum();
            let exact = terms / 2.0_f64.powi(i32::try_from(pairs).expect("few"));
            let p = one_sided_p(more, fewer);
            assert!((p - exact).abs() < 1e-12, "{more} against {fewer}: {p}, exactly {exact}");
        }
    }

    #[test]
    fn closed_forms() {
        assert!((one_sided_p(10, 0) - 1.0 / 1024.0).abs() < 1e-15, "all on one side");
        assert!((one_sided_p(0, 10) - 1.0).abs() < 1e-15, "all on the other");
        // Of as many on either side, half of what is not the middle, and the middle.
        let middle = choose(20, 10) / 2.0_f64.powi(20);
        assert!((one_sided_p(10, 10) - f64::midpoint(1.0, middle)).abs() < 1e-12);
        // Conover's table: 3 or fewer of 15 have probability 0.0176.
        assert!((one_sided_p(12, 3) - 0.0176).abs() < 5e-5);
    }

    #[test]
    fn so_few_pairs_are_enough() {
        assert_eq!([0.05, 0.01, 0.5, 0.2].map(fewest_pairs), [5, 7, 1, 3]);
    }
}
