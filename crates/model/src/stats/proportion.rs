//! Intervals of a proportion from `successes` among `trials` independent trials.
//!
//! **Wilson's score interval** holds the p with (p̂ − p)² ≤ z²·p(1 − p)/n:
//! (p̂ + z²/2n ± z·√(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n). Its coverage is near the nominal level
//! on average, and it stays sensible at 0 and n successes. Source: Wilson 1927, J. Am. Stat. Assoc.
//! 22, 209–212; recommended by Brown, Cai & `DasGupta` 2001, Statistical Science 16, 101–133.
//!
//! **Clopper and Pearson's exact interval** inverts the two binomial tails through the Beta
//! distribution: from B(α/2; k, n − k + 1) to B(1 − α/2; k + 1, n − k). Its coverage is never below
//! the nominal level. Source: Clopper & Pearson 1934, Biometrika 26, 404–413.

use super::{Interval, real, tail};
use statrs::distribution::{Beta, ContinuousCDF, Normal};
use statrs::function::beta::beta_reg;

/// Wilson's score interval; `None` without trials.
///
/// # Panics
/// If there are more successes than trials or the level is not between 0 and 1.
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    assert!(successes <= trials, "more successes than trials");
    if trials == 0 {
        return None;
    }
    let z = Normal::standard().inverse_cdf(1.0 - tail(confidence));
    let n = real(trials);
    let share = real(successes) / n;
    let scale = 1.0 + z * z / n;
    let centre = (share + z * z / (2.0 * n)) / scale;
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / scale;
    // At the ends the formula gives exactly 0 and 1; rounding must not move them.
    let low = if successes == 0 { 0.0 } else { centre - half };
    let high = if successes == trials { 1.0 } else { centre + half };
    Some(Interval { low, high })
}

/// The trials after which Wilson's interval is `width` wide if a share `share` of them succeeded; not a
/// whole number in general, and below 0 if even one trial is enough.
///
/// It solves w·(n + z²) = 2z·√(n·p(1 − p) + z²/4), a quadratic equation in n. No share takes more than
/// one half does: z²(1/w² − 1).
///
/// # Panics
/// If the level is not between 0 and 1.
pub fn wilson_trials(share: f64, width: f64, confidence: f64) -> f64 {
    let z = Normal::standard().inverse_cdf(1.0 - tail(confidence));
    let (square, width) = (z * z, width * width);
    let half = square * (2.0 * share * (1.0 - share) - width);
    (half + (half * half + width * square * square * (1.0 - width)).sqrt()) / width
}

/// Clopper and Pearson's exact interval; `None` without trials.
///
/// # Panics
/// If there are more successes than trials or the level is not between 0 and 1.
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    assert!(successes <= trials, "more successes than trials");
    if trials == 0 {
        return None;
    }
    let tail = tail(confidence);
    let failures = trials - successes;
    let low = beta_quantile(successes, failures + 1, tail).unwrap_or(0.0);
    let high = beta_quantile(successes + 1, failures, 1.0 - tail).unwrap_or(1.0);
    Some(Interval { low, high })
}

/// The exact lower limit of a proportion that is only given an interval if there are `least` successes
/// or more; 0 if there were no more.
///
/// It solves P(K ≥ k | K ≥ least) = α/2. Without the condition it would be Clopper and Pearson's limit,
/// which holds over all samples but not over those that count: of a proportion of 1 % hardly any sample
/// of 100 has 5 successes, and every one that has them has a limit of 1.6 % or more. Source: the
/// truncated binomial distribution, Finney 1949, Annals of Eugenics 14, 319–328.
///
/// # Panics
/// If there are more successes than trials, fewer than `least`, or the level is not between 0 and 1.
pub fn lower_given_at_least(successes: u64, trials: u64, least: u64, confidence: f64) -> f64 {
    assert!(successes <= trials, "more successes than trials");
    assert!(successes >= least, "fewer successes than there must be");
    if successes == least {
        return 0.0;
    }
    let tail = tail(confidence);
    // P(K ≥ k) of a proportion p is the distribution function of Beta(k, n − k + 1) at p.
    let at_least = |count: u64, p: f64| match count {
        0 => 1.0,
        _ => beta_reg(real(count), real(trials - count) + 1.0, p),
    };
    let (mut low, mut high) = (0.0, real(successes) / real(trials));
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if at_least(successes, middle) > tail * at_least(least, middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    low
}

/// So many make an interval of proportions 10⁻⁹ of its length.
const HALVINGS: u32 = 30;

/// The quantile of Beta(a, b); `None` where a shape is 0, the distribution being a point there.
fn beta_quantile(a: u64, b: u64, probability: f64) -> Option<f64> {
    Beta::new(real(a), real(b)).ok().map(|beta| beta.inverse_cdf(probability))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::real_len;
    use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

    fn close(interval: Option<Interval>, low: f64, high: f64, within: f64) {
        let interval = interval.expect("there are trials");
        assert!((interval.low - low).abs() < within, "{interval:?}, expected low {low}");
        assert!((interval.high - high).abs() < within, "{interval:?}, expected high {high}");
    }

    #[test]
    fn textbook_values() {
        close(wilson(3, 200, 0.95), 0.00511, 0.04317, 5e-6);
        close(clopper_pearson(3, 200, 0.95), 0.00310, 0.04321, 5e-6);
        // Newcombe 1998 (Stat. Med. 17, 857–872), table I: 81/263, 15/148, 0/20, 1/29.
        close(wilson(81, 263, 0.95), 0.2553, 0.3662, 5e-5);
        close(clopper_pearson(81, 263, 0.95), 0.2527, 0.3676, 5e-5);
        close(wilson(15, 148, 0.95), 0.0624, 0.1605, 5e-5);
        close(clopper_pearson(15, 148, 0.95), 0.0578, 0.1617, 5e-5);
        close(wilson(0, 20, 0.95), 0.0, 0.1611, 5e-5);
        close(clopper_pearson(0, 20, 0.95), 0.0, 0.1684, 5e-5);
        close(wilson(1, 29, 0.95), 0.0061, 0.1718, 5e-5);
        close(clopper_pearson(1, 29, 0.95), 0.0009, 0.1776, 5e-5);
    }

    /// The tails are summed here, and the condition is that of the truncated distribution.
    #[test]
    fn the_lower_limit_of_what_counts_solves_its_equation() {
        for (k, n) in [(6, 60), (10, 100), (9, 9), (50, 400), (300, 10_000)] {
            let limit = lower_given_at_least(k, n, 5, 0.95);
            let law = Binomial::new(limit, n).expect("a probability");
            let tail = |from: u64| 1.0 - (0..from).map(|count| law.pmf(count)).sum::<f64>();
            let given = tail(k) / tail(5);
            assert!((given - 0.025).abs() < 1e-5, "{k}/{n}: {limit}, {given}");
        }
        assert_eq!(lower_given_at_least(5, 60, 5, 0.95).to_bits(), 0.0_f64.to_bits());
        // Without a condition it is Clopper and Pearson's.
        let plain = clopper_pearson(7, 40, 0.9).expect("there are trials").low;
        assert!((lower_given_at_least(7, 40, 0, 0.9) - plain).abs() < 1e-8);
    }

    #[test]
    fn so_many_trials_make_an_interval_so_wide() {
        for (k, n) in [(0_u64, 40_u64), (3, 200), (150, 300), (299, 300), (9_000, 10_000)] {
            for confidence in [0.8, 0.95, 0.99] {
                let width = wilson(k, n, confidence).expect("there are trials").width();
                let trials = wilson_trials(real(k) / real(n), width, confidence);
                assert!((trials / real(n) - 1.0).abs() < 1e-9, "{k}/{n}: {trials}");
            }
        }
        // z²(1/w² − 1) with z² = 3.841459: the most that a width of 2 % can take.
        assert!((wilson_trials(0.5, 0.02, 0.95) - 9_599.806).abs() < 1e-2);
    }

    #[test]
    fn no_trials_no_interval() {
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(clopper_pearson(0, 0, 0.95), None);
    }

    #[test]
    fn without_or_with_only_successes_the_exact_limits_are_closed_forms() {
        // 1 − (α/2)^(1/n), of which 3.69/n is the limit: the rule of three for two-sided 95 %.
        for n in [1_u64, 10, 300, 10_000] {
            let high = 1.0 - 0.025_f64.powf(1.0 / real(n));
            close(clopper_pearson(0, n, 0.95), 0.0, high, 1e-10);
            close(clopper_pearson(n, n, 0.95), 1.0 - high, 1.0, 1e-10);
        }
    }

    #[test]
    fn exact_limits_leave_exactly_the_tails() {
        for (k, n) in [(3, 200), (150, 300), (299, 300), (40, 10_000)] {
            let interval = clopper_pearson(k, n, 0.99).expect("there are trials");
            let above = Binomial::new(interval.low, n).expect("a probability").sf(k - 1);
            let below = Binomial::new(interval.high, n).expect("a probability").cdf(k);
            assert!((above - 0.005).abs() < 1e-8, "P(X ≥ {k}) = {above} at the lower limit");
            assert!((below - 0.005).abs() < 1e-8, "P(X ≤ {k}) = {below} at the upper limit");
        }
    }

    /// Exact coverage, summed over every outcome: no seeds, no chance.
    fn coverage(interval: fn(u64, u64, f64) -> Option<Interval>, p: f64, n: u64) -> f64 {
        let binomial = Binomial::new(p, n).expect("a probability");
        (0..=n)
            .filter(|&k| interval(k, n, 0.95).expect("there are trials").contains(p))
            .map(|k| binomial.pmf(k))
            .sum()
    }

    #[test]
    fn coverage_is_as_the_literature_says() {
        let grid = (1..100_u32).map(|i| f64::from(i) / 100.0);
        let wilsons: Vec<f64> = grid.clone().map(|p| coverage(wilson, p, 50)).collect();
        let mean = wilsons.iter().sum::<f64>() / real_len(wilsons.len());
        assert!((mean - 0.95).abs() < 0.005, "Wilson's mean coverage is {mean}");
        assert!(wilsons.iter().all(|&c| c > 0.90), "Wilson's coverage dips below 0.90");
        for p in grid {
            let covered = coverage(clopper_pearson, p, 50);
            assert!(covered >= 0.95, "the exact interval covers only {covered} at {p}");
        }
    }
}
