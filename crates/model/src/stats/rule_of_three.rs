//! How many runs it takes to say that something is rare.
//!
//! Of n runs without a single event, Clopper and Pearson's upper limit is 1 − (α/2)^(1/n), so that
//! n ≥ ln(α/2)/ln(1 − p) runs support "at most p". One-sided at 95 % that is about 3/p, the rule of three;
//! two-sided, as here, about 3.7/p. Source: Hanley & Lippman-Hand 1983, JAMA 249, 1743–1745.

use super::{real, tail};
use statrs::distribution::{Beta, ContinuousCDF};

/// The most runs ever answered.
const MOST: u64 = 1 << 52;

/// The fewest runs without an event whose two-sided interval of level `confidence` ends at or below `limit`;
/// `None` if no number does (a limit of 0).
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn runs_without_event(limit: f64, confidence: f64) -> Option<u64> {
    if limit >= 1.0 {
        return Some(1);
    }
    fewest(|n| n * (-limit).ln_1p() <= tail(confidence).ln())
}

/// The fewest runs whose interval would end at or below `limit` if a share `rate` of them had the event,
/// by Clopper and Pearson's limit with a count of rate·n that need not be whole; `None` if no number does
/// (the rate is not below the limit).
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn runs_at_rate(rate: f64, limit: f64, confidence: f64) -> Option<u64> {
    if rate <= 0.0 {
        return runs_without_event(limit, confidence);
    }
    if rate >= limit {
        return None;
    }
    if limit >= 1.0 {
        return Some(1);
    }
    let covered = 1.0 - tail(confidence);
    fewest(|n| {
        // Beta's quantile at 1 − α/2 is at most the limit: as little lies above it.
        Beta::new(rate * n + 1.0, (1.0 - rate) * n).is_ok_and(|beta| beta.cdf(limit) >= covered)
    })
}

/// The smallest n from 1 on for which `enough`, which stays true once it is.
fn fewest(enough: impl Fn(f64) -> bool) -> Option<u64> {
    let mut high = 1;
    while !enough(real(high)) {
        high *= 2;
        if high > MOST {
            return None;
        }
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(real(middle)) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::proportion::clopper_pearson;

    #[test]
    fn numbers_known_from_tables() {
        // 1 % at 95 %: 368 two-sided; 299 one-sided, which is two-sided at 90 %.
        assert_eq!(runs_without_event(0.01, 0.95), Some(368));
        assert_eq!(runs_without_event(0.01, 0.90), Some(299));
        assert_eq!(runs_without_event(0.05, 0.90), Some(59));
        assert_eq!(runs_without_event(0.0, 0.95), None);
        assert_eq!(runs_without_event(1.0, 0.95), Some(1));
    }

    #[test]
    fn it_is_where_the_exact_interval_first_fits() {
        for (limit, confidence) in [(0.3, 0.95), (0.01, 0.99), (0.002, 0.8)] {
            let n = runs_without_event(limit, confidence).expect("a limit above 0");
            let high = |n| clopper_pearson(0, n, confidence).expect("runs").high;
            assert!(high(n) <= limit + 1e-12 && high(n - 1) > limit, "{n} for {limit}");
        }
    }

    #[test]
    fn at_a_rate_the_interval_around_it_fits() {
        // 4 of 1000 at a limit of 1 %: a multiple of 250 has a whole count.
        let n = runs_at_rate(0.004, 0.01, 0.95).expect("a rate below the limit");
        let up = n.next_multiple_of(250);
        let high = |n: u64| clopper_pearson(n / 250, n, 0.95).expect("runs").high;
        assert!(high(up) <= 0.01, "{} of {up}: {}", up / 250, high(up));
        assert!(high(up - 250) > 0.01, "{} would do", up - 250);
        assert_eq!(runs_at_rate(0.0, 0.01, 0.95), Some(368));
        assert_eq!(runs_at_rate(0.01, 0.01, 0.95), None);
    }
}
