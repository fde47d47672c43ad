//! Whether a share of runs keeps a limit: what so many runs say, and what as many more will.
//!
//! - The limit is **kept**, as far as n runs with c events can tell, if the one-sided upper bound of Clopper
//!   and Pearson (1934, Biometrika 26, 404–413) is within it: P(Bin(n, limit) ≤ c) ≤ α.
//! - It is **broken** if their lower bound is beyond it: P(Bin(n, limit) ≥ c) ≤ α.
//! - How likely runs to come are to say that it is kept follows from the runs at hand: with Jeffreys' prior
//!   the share is Beta(c + ½, n − c + ½), and the events among m more runs are beta-binomial (Gelman et al.
//!   2013, Bayesian Data Analysis, §2.3).

use super::{real, rule_of_three};
use statrs::distribution::{Binomial, DiscreteCDF};
use statrs::function::gamma::ln_gamma;

/// The probability that a bound is on the wrong side.
pub const ALPHA: f64 = 0.05;

/// The most events among `n` runs that say that a limit is kept; `None` if even no event does.
pub fn most_kept(limit: f64, n: u64) -> Option<u64> {
    if limit >= 1.0 {
        return Some(n);
    }
    let law = Binomial::new(limit.max(0.0), n).ok()?;
    let is_kept = |count: u64| law.cdf(count) <= ALPHA;
    is_kept(0).then(|| last(n, is_kept))
}

/// The fewest events among `n` runs that say that a limit is broken; `None` if even `n` do not.
pub fn fewest_broken(limit: f64, n: u64) -> Option<u64> {
    if limit >= 1.0 || n == 0 {
        return None;
    }
    let law = Binomial::new(limit.max(0.0), n).ok()?;
    // P(≥ c) = P(> c − 1).
    let is_compatible = |count: u64| count == 0 || law.sf(count - 1) > ALPHA;
    let most = last(n, is_compatible);
    (most < n).then_some(most + 1)
}

/// The most events among `n` runs with which as many more are `likely` to say that the limit is kept, 0 to 1;
/// `None` if even none is.
pub fn most_likely_kept(limit: f64, n: u64, likely: f64) -> Option<u64> {
    if limit >= 1.0 {
        return Some(n);
    }
    let kept = most_kept(limit, n)?;
    let is_likely = |count: u64| beta_binomial_cdf(kept, n, count) >= likely;
    is_likely(0).then(|| last(n, is_likely))
}

/// How likely as many more runs are to say that the limit is kept, after `count` events among `n`.
pub fn likely_kept(limit: f64, count: u64, n: u64) -> f64 {
    most_kept(limit, n).map_or(0.0, |most| beta_binomial_cdf(most, n, count))
}

/// How likely as many more runs are not to say that the limit is broken, after `count` events among `n`.
pub fn likely_unbroken(limit: f64, count: u64, n: u64) -> f64 {
    fewest_broken(limit, n)
        .map_or(1.0, |fewest| beta_binomial_cdf(fewest.saturating_sub(1), n, count))
}

/// The most events among `n` runs with which as many more are `likely` not to say that the limit is broken;
/// `None` if even none is.
pub fn most_unlikely_broken(limit: f64, n: u64, likely: f64) -> Option<u64> {
    let Some(fewest) = fewest_broken(limit, n) else { return Some(n) };
    let is_likely = |count: u64| beta_binomial_cdf(fewest.saturating_sub(1), n, count) >= likely;
    is_likely(0).then(|| last(n, is_likely))
}

/// The fewest runs of which `share`, or none if that is 0, may have the event for it to be `likely` that as
/// many more say that the limit is kept; `None` if no number does.
pub fn runs_for(limit: f64, share: f64, likely: f64) -> Option<u64> {
    let least = rule_of_three::runs_without_event(limit, 1.0 - 2.0 * ALPHA)?;
    let mut runs = least;
    // The allowed count rises by steps, so what is enough once may not be a little later: by tens.
    while runs < 1 << 24 {
        let enough = most_likely_kept(limit, runs, likely)
            .is_some_and(|most| real(most) >= share * real(runs));
        if enough {
            return Some(runs);
        }
        runs += (runs / 10).max(1);
    }
    None
}

/// P(at most `most` events among `runs` runs), given `count` events among as many others.
fn beta_binomial_cdf(most: u64, runs: u64, count: u64) -> f64 {
    let (alpha, beta) = (real(count) + 0.5, real(runs - count) + 0.5);
    let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let of = real(runs);
    // By the ratio of neighbouring probabilities.
    let mut probability = (ln_beta(alpha, of + beta) - ln_beta(alpha, beta)).exp();
    let mut sum = probability;
    for events in (0..most.min(runs)).map(real) {
        let rest = of - events;
        probability *= rest / (events + 1.0) * (events + alpha) / (rest - 1.0 + beta);
        sum += probability;
    }
    sum.min(1.0)
}

/// The last count up to `n` for which `holds`, which holds of 0 and of all up to some count.
fn last(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, n + 1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::proportion::clopper_pearson;

    #[test]
    fn kept_and_broken_are_where_the_bounds_of_clopper_and_pearson_lie() {
        for (limit, n) in [(0.05, 100), (0.01, 299), (0.01, 298), (0.2, 37), (0.5, 9)] {
            // One-sided at 95 % is two-sided at 90 %.
            let bounds = |count| clopper_pearson(count, n, 0.9).expect("runs");
            let kept = (0..=n).filter(|&count| bounds(count).high <= limit).max();
            assert_eq!(most_kept(limit, n), kept, "{limit} of {n}");
            let broken = (0..=n).find(|&count| bounds(count).low > limit);
            assert_eq!(fewest_broken(limit, n), broken, "{limit} of {n}");
        }
        assert_eq!(most_kept(0.01, 299), Some(0), "a limit of 1 % takes 299 runs without one");
        assert_eq!(most_kept(0.01, 298), None);
        assert_eq!((most_kept(1.0, 7), fewest_broken(1.0, 7)), (Some(7), None));
        assert_eq!((most_kept(0.0, 1_000), fewest_broken(0.0, 1_000)), (None, Some(1)));
    }

    /// The share is drawn from its posterior on a fine grid, then the events from the binomial.
    #[test]
    fn what_runs_to_come_will_say_by_integration() {
        for (most, n, count) in [(3, 50, 1), (10, 200, 4), (0, 60, 0)] {
            let steps = 400_000_u32;
            let (mut weight, mut sum) = (0.0, 0.0);
            for step in 0..steps {
                // p = sin²(θ): the substitution takes Jeffreys' singularities away.
                let theta =
                    (f64::from(step) + 0.5) / f64::from(steps) * std::f64::consts::FRAC_PI_2;
                let p = theta.sin().powi(2);
                let ln = real(count) * p.ln() + real(n - count) * (1.0 - p).ln();
                let density = ln.exp();
                weight += density;
                sum += density * Binomial::new(p, n).expect("a share").cdf(most);
            }
            let found = beta_binomial_cdf(most, n, count);
            assert!((found - sum / weight).abs() < 1e-6, "{found} against {}", sum / weight);
        }
    }

    #[test]
    fn what_is_unlikely_to_be_called_broken_leaves_a_margin() {
        for (limit, n) in [(0.05, 80), (0.05, 165), (0.01, 300), (0.2, 40)] {
            let most = most_unlikely_broken(limit, n, 0.95).expect("some");
            let fewest = fewest_broken(limit, n).expect("some");
            assert!(most < fewest, "{limit} of {n}");
            let says_so = |count| 1.0 - beta_binomial_cdf(fewest - 1, n, count);
            assert!(says_so(most) <= 0.05 && says_so(most + 1) > 0.05, "{limit} of {n}");
        }
        assert_eq!(most_unlikely_broken(1.0, 7, 0.95), Some(7), "nothing breaks no limit");
    }

    #[test]
    fn more_runs_allow_more_events_and_a_margin_allows_fewer() {
        let allowed = |n| most_likely_kept(0.05, n, 0.95);
        assert_eq!(allowed(20), None);
        for n in [200, 500, 2_000] {
            let (likely, kept) = (allowed(n).expect("some"), most_kept(0.05, n).expect("some"));
            assert!(likely < kept && real(kept) < 0.05 * real(n), "{likely}, {kept} of {n}");
        }
        let runs = runs_for(0.05, 0.0125, 0.95).expect("some number");
        assert!(real(allowed(runs).expect("some")) >= 0.0125 * real(runs));
        assert_eq!(runs_for(0.0, 0.0, 0.95), None);
    }
}
