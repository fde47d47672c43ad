//! The families whose quantiles are not a single `exp`, at unit scale: exponential, gamma, Weibull
//! and Pareto.
//!
//! With E = −ln(1 − p), the hazard of the level p:
//!
//! | law | quantile Q(p) | mean |
//! | --- | --- | --- |
//! | exponential | E | 1 |
//! | Weibull, shape k | E^(1/k) | Γ(1 + 1/k) |
//! | Pareto (type I), tail index α | e^(E/α) | α/(α − 1), infinite if α ≤ 1 |
//! | gamma, shape k | inverse of the regularised incomplete gamma function | k |
//!
//! The score form is Q(Φ(z)), with d ln Q/dz = φ(z)/(q·f(q)). A level carries both of its tails, so
//! that neither end loses digits. Source: Johnson, Kotz and Balakrishnan, Continuous Univariate
//! Distributions, vol. 1 (1994), ch. 17, 19, 20, 21. The incomplete gamma functions are those of
//! `statrs`.

use super::score_table::LogPoint;
use statrs::function::{
    erf::erfc,
    gamma::{gamma_lr, gamma_ur, ln_gamma},
};
use std::f64::consts::{PI, SQRT_2};

/// A law of unit scale (or, of the Pareto, unit minimum).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Law {
    Exponential,
    Gamma { shape: f64 },
    Weibull { shape: f64 },
    Pareto { tail_index: f64 },
}

/// A level 0 ≤ p ≤ 1 with both tails: `below` is p, `above` is 1 − p.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    below: f64,
    above: f64,
}

impl Level {
    /// Φ(z).
    pub(super) fn of_score(z: f64) -> Self {
        Self { below: erfc(-z / SQRT_2) / 2.0, above: erfc(z / SQRT_2) / 2.0 }
    }

    pub(super) fn of_probability(p: f64) -> Self {
        Self { below: p, above: 1.0 - p }
    }

    pub(super) fn below(self) -> f64 {
        self.below
    }

    /// −ln(1 − p).
    fn hazard(self) -> f64 {
        if self.below < 0.5 { -(-self.below).ln_1p() } else { -self.above.ln() }
    }
}

/// The standard normal density φ(z).
pub(super) fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

impl Law {
    /// ln Q(Φ(z)) and its derivative.
    pub(super) fn at_score(self, z: f64) -> LogPoint {
        let level = Level::of_score(z);
        let ln_value = self.ln_quantile(level);
        // dE/dz = φ/(1 − Φ), the normal hazard rate.
        let rate = normal_density(z) / level.above;
        let ln_slope = match self {
            Self::Exponential => rate / level.hazard(),
            Self::Weibull { shape } => rate / (shape * level.hazard()),
            Self::Pareto { tail_index } => rate / tail_index,
            Self::Gamma { shape } => normal_density(z) / gamma_log_density(shape, ln_value),
        };
        LogPoint { ln_value, ln_slope }
    }

    /// ln Q, −∞ where Q is 0 and ∞ where it is infinite.
    pub(super) fn ln_quantile(self, level: Level) -> f64 {
        match self {
            Self::Exponential => level.hazard().ln(),
            Self::Weibull { shape } => level.hazard().ln() / shape,
            Self::Pareto { tail_index } => level.hazard() / tail_index,
            Self::Gamma { shape } => gamma_ln_quantile(shape, level),
        }
    }

    /// P(X ≤ x).
    pub(super) fn cdf(self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Exponential => -(-x).exp_m1(),
            Self::Weibull { shape } => -(-x.powf(shape)).exp_m1(),
            Self::Pareto { tail_index } if x > 1.0 => -(-tail_index * x.ln()).exp_m1(),
            Self::Pareto { .. } => 0.0,
            Self::Gamma { .. } if x.is_infinite() => 1.0,
            Self::Gamma { shape } => gamma_ln_cdf(shape, x.ln()).exp(),
        }
    }

    /// The mean, infinite if so.
    pub(super) fn mean(self) -> f64 {
        match self {
            Self::Exponential => 1.0,
            Self::Gamma { shape } => shape,
            Self::Weibull { shape } => ln_gamma(1.0 + 1.0 / shape).exp(),
            Self::Pareto { tail_index } if tail_index > 1.0 => tail_index / (tail_index - 1.0),
            Self::Pareto { .. } => f64::INFINITY,
        }
    }

    /// p99 over median.
    pub(super) fn p99_over_median(self) -> f64 {
        let ln_quantile = |p| self.ln_quantile(Level::of_probability(p));
        (ln_quantile(0.99) - ln_quantile(0.5)).exp()
    }
}

/// y ↦ x·f(x) at x = e^y, for the gamma density f: x^k·e^(−x)/Γ(k).
fn gamma_log_density(shape: f64, y: f64) -> f64 {
    (shape * y - y.exp() - ln_gamma(shape)).exp()
}

/// ln P(X ≤ e^y); for small x the first two terms of the series, x^k/Γ(k + 1)·(1 − k·x/(k + 1)).
fn gamma_ln_cdf(shape: f64, y: f64) -> f64 {
    let x = y.exp();
    if x < 1e-8 {
        return shape * y - ln_gamma(shape + 1.0) + (-shape * x / (shape + 1.0)).ln_1p();
    }
    gamma_lr(shape, x).ln()
}

/// Solves for y = ln x by Newton's method on the logarithm of the smaller tail, kept in a bracket.
fn gamma_ln_quantile(shape: f64, level: Level) -> f64 {
    if level.below <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if level.above <= 0.0 {
        return f64::INFINITY;
    }
    let in_lower_tail = level.below <= level.above;
    // P(X ≤ x) ≤ x^k/Γ(k + 1), and P(X > k + √(2kt) + t) ≤ e^(−t): Boucheron, Lugosi and Massart,
    // Concentration Inequalities (2013), §2.4.
    let t = -level.above.ln();
    let mut low = (level.below.ln() + ln_gamma(shape + 1.0)) / shape;
    let mut high = (shape + (2.0 * shape * t).sqrt() + t).ln().max(low);
    let mut y = if shape < 1.0 { low } else { f64::midpoint(low.max(shape.ln() - 2.0), high) };
    for _ in 0..200 {
        // Both forms rise with y: ln P − ln p, and −(ln(1 − P) − ln(1 − p)).
        let (excess, tail) = if in_lower_tail {
            let ln_cdf = gamma_ln_cdf(shape, y);
            (ln_cdf - level.below.ln(), ln_cdf.exp())
        } else {
            let survival = gamma_ur(shape, y.exp().max(f64::MIN_POSITIVE));
            (level.above.ln() - survival.ln(), survival)
        };
        if excess > 0.0 {
            high = y;
        } else {
            low = y;
        }
        let newton = y - excess * tail / gamma_log_density(shape, y);
        let next = if newton >= low && newton <= high { newton } else { f64::midpoint(low, high) };
        // Newton's error after a step is about the square of the step.
        if (next - y).abs() <= 1e-12 * y.abs().max(1.0) {
            return next;
        }
        y = next;
    }
    y
}
