//! Tests that may be looked at at any time.
//!
//! **Always-valid test**: the mixture sequential probability ratio test. With an estimated difference d
//! of variance V (both of the data so far) and a normal mixture N(0, τ²) over the true difference,
//!
//! ```text
//! Λ = √(V/(V + τ²)) · exp(τ²d² / (2V(V + τ²)))                       two-sided
//! Λ = 2Φ(τd/√(V(V + τ²))) · √(V/(V + τ²)) · exp(τ²d² / (2V(V + τ²)))  one-sided: only d > 0 mixed
//! ```
//!
//! is a likelihood ratio averaged over the mixture, so without a difference P(Λ ever ≥ 1/α) ≤ α (Ville
//! 1939) however often one looks. min over looks of 1/Λ is an always-valid p-value, and
//! |d − δ| ≤ √(V(V + τ²)/τ² · ln((V + τ²)/(V·α²))) holds for the true δ at all times at once with
//! probability 1 − α. That is exact for normal data of known variance; with an estimated variance it
//! holds asymptotically, so early looks on few data are to be left out. The smaller the effect that one
//! hopes to find soon, the smaller τ should be; τ is best near the effect itself.
//!
//! **Wald's test** of a probability, p₀ against p₁: after each trial add ln(p₁/p₀) for a success and
//! ln((1 − p₁)/(1 − p₀)) for a failure; accept p₁ at ln((1 − β)/α) or above, p₀ at ln(β/(1 − α)) or below.
//!
//! Sources: Robbins 1970, Ann. Math. Stat. 41, 1397–1409; Johari, Koomen, Pekelis & Walsh 2022, Always
//! Valid Inference, Operations Research 70, 1806–1821, <https://arxiv.org/abs/1512.04922>; Howard,
//! Ramdas, `McAuliffe` & Sekhon 2021, Ann. Stat. 49, 1055–1080 (confidence sequences); Wald 1945,
//! Ann. Math. Stat. 16, 117–186.

use super::Interval;
use super::two_sample::{Difference, Sided};
use statrs::distribution::{ContinuousCDF, Normal};

/// A normal mixture over the true difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixture {
    /// Its standard deviation τ, above 0, in the unit of the difference.
    pub tau: f64,
    /// Which differences are mixed.
    pub sided: Sided,
}

impl Mixture {
    /// 1/Λ of the data so far, at most 1; 1 for data without spread.
    pub fn p_value(&self, difference: &Difference) -> f64 {
        let (v, tau2) = (difference.variance, self.tau * self.tau);
        if v <= 0.0 {
            return 1.0;
        }
        let d = difference.effect;
        let ln_two_sided = 0.5 * (v / (v + tau2)).ln() + tau2 * d * d / (2.0 * v * (v + tau2));
        let ln_ratio = match self.sided {
            Sided::Two => ln_two_sided,
            Sided::One => {
                let below = Normal::standard().cdf(self.tau * d / (v * (v + tau2)).sqrt());
                ln_two_sided + (2.0 * below).ln()
            }
        };
        (-ln_ratio).exp().min(1.0)
    }

    /// The confidence sequence of level 1 − α (always two-sided).
    pub fn interval(&self, difference: &Difference, alpha: f64) -> Interval {
        let (v, tau2) = (difference.variance, self.tau * self.tau);
        let half = if v <= 0.0 {
            f64::INFINITY
        } else {
            (v * (v + tau2) / tau2 * ((v + tau2) / (v * alpha * alpha)).ln()).sqrt()
        };
        Interval { low: difference.effect - half, high: difference.effect + half }
    }
}

/// Wald's test of a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sprt {
    /// The probability under H₀, above 0 and below 1.
    pub p0: f64,
    /// Under H₁, likewise, and not p₀.
    pub p1: f64,
    /// Probability to accept H₁ under H₀, above 0; with β below 1.
    pub alpha: f64,
    /// Probability to accept H₀ under H₁, above 0.
    pub beta: f64,
}

/// Where Wald's test stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Walk {
    /// Trials so far, up to the one that decided.
    pub trials: u64,
    /// The sum so far.
    pub sum: f64,
    /// Whether H₁ was accepted; `None` while it is open.
    pub accepted_h1: Option<bool>,
}

impl Sprt {
    /// Takes the next trial into account, unless the test is over. Says whether it is over.
    pub fn step(&self, walk: &mut Walk, success: bool) -> bool {
        if walk.accepted_h1.is_none() {
            walk.trials += 1;
            walk.sum += if success {
                (self.p1 / self.p0).ln()
            } else {
                ((1.0 - self.p1) / (1.0 - self.p0)).ln()
            };
            if walk.sum >= ((1.0 - self.beta) / self.alpha).ln() {
                walk.accepted_h1 = Some(true);
            } else if walk.sum <= (self.beta / (1.0 - self.alpha)).ln() {
                walk.accepted_h1 = Some(false);
            }
        }
        walk.accepted_h1.is_some()
    }
}

#[cfg(test)]
mod tests;
