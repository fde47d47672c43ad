//! How large a test of two samples must be, and what it then finds.
//!
//! For two proportions a, b with n and r·n trials, difference d = b − a, pooled p̄ = (a + r·b)/(1 + r):
//!
//! ```text
//! σ₀² = p̄(1 − p̄)(1 + 1/r)/n         σ₁² = (a(1 − a) + b(1 − b)/r)/n
//! power = Φ((|d| − z·σ₀)/σ₁)          z = Φ⁻¹(1 − α/2), one-sided Φ⁻¹(1 − α)
//! n = ((z·√(p̄(1 − p̄)(1 + 1/r)) + Φ⁻¹(power)·√(a(1 − a) + b(1 − b)/r)) / d)²
//! ```
//!
//! For two means replace both by σ₁² = (var(a) + var(b)/r)/n. The chance to find a difference of the wrong
//! sign is left out, as is usual. Source: Fleiss, Levin & Paik 2003, §4.2; the same as R's
//! `power.prop.test`.

use super::two_sample::Sided;
use statrs::distribution::{ContinuousCDF, Normal};

/// A test of two samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// Probability to find a difference where there is none, above 0 and below 0.5.
    pub alpha: f64,
    /// Which differences it looks for.
    pub sided: Sided,
    /// Units in sample b for each one in sample a, above 0.
    pub ratio: f64,
}

impl Design {
    /// Power of the pooled z test of proportions `a` and `b` with `n` trials in sample a.
    pub fn power_of_proportions(&self, a: f64, b: f64, n: f64) -> f64 {
        let (null, other) = self.spreads(a, b);
        self.power(b - a, null, other, n)
    }

    /// Trials that sample a needs for this power; infinite if there is no difference.
    pub fn size_of_proportions(&self, a: f64, b: f64, power: f64) -> f64 {
        let (null, other) = self.spreads(a, b);
        self.size(b - a, null, other, power)
    }

    /// Power of a test of two means that differ by `effect`, of values with these variances.
    pub fn power_of_means(&self, effect: f64, [a, b]: [f64; 2], n: f64) -> f64 {
        let spread = (a + b / self.ratio).sqrt();
        self.power(effect, spread, spread, n)
    }

    /// Values that sample a needs for this power; infinite if there is no difference.
    pub fn size_of_means(&self, effect: f64, [a, b]: [f64; 2], power: f64) -> f64 {
        let spread = (a + b / self.ratio).sqrt();
        self.size(effect, spread, spread, power)
    }

    /// Standard deviations of the difference, times √n, without and with a difference.
    fn spreads(&self, a: f64, b: f64) -> (f64, f64) {
        let pooled = (a + self.ratio * b) / (1.0 + self.ratio);
        let null = (pooled * (1.0 - pooled) * (1.0 + 1.0 / self.ratio)).sqrt();
        (null, (a * (1.0 - a) + b * (1.0 - b) / self.ratio).sqrt())
    }

    fn critical(&self) -> f64 {
        let tail = if self.sided == Sided::Two { self.alpha / 2.0 } else { self.alpha };
        Normal::standard().inverse_cdf(1.0 - tail)
    }

    fn power(&self, effect: f64, null: f64, other: f64, n: f64) -> f64 {
        let found = if self.sided == Sided::Two { effect.abs() } else { effect };
        Normal::standard().cdf((found * n.sqrt() - self.critical() * null) / other)
    }

    fn size(&self, effect: f64, null: f64, other: f64, power: f64) -> f64 {
        let found = if self.sided == Sided::Two { effect.abs() } else { effect };
        if found <= 0.0 {
            return f64::INFINITY;
        }
        let reach = self.critical() * null + Normal::standard().inverse_cdf(power) * other;
        (reach.max(0.0) / found).powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{real, two_sample::Difference};
    use statrs::distribution::{Binomial, Discrete};

    const DESIGN: Design = Design { alpha: 0.05, sided: Sided::Two, ratio: 1.0 };

    #[test]
    fn the_examples_of_rs_power_prop_test() {
        // power.prop.test(n = 50, p1 = .50, p2 = .75): power = 0.7401659
        assert!((DESIGN.power_of_proportions(0.5, 0.75, 50.0) - 0.740_165_9).abs() < 1e-6);
        // power.prop.test(p1 = .50, p2 = .75, power = .90): n = 76.7
        assert!((DESIGN.size_of_proportions(0.5, 0.75, 0.9) - 76.7).abs() < 0.05);
        // Without a difference the power is α/2: the other half has the wrong sign.
        assert!((DESIGN.power_of_proportions(0.3, 0.3, 1e4) - 0.025).abs() < 1e-9);
        assert!(DESIGN.size_of_proportions(0.3, 0.3, 0.9).is_infinite());
    }

    /// A test that looks one way finds nothing of what lies the other way, however large.
    #[test]
    fn a_one_sided_test_sees_one_side() {
        let design = Design { sided: Sided::One, ..DESIGN };
        assert!(design.power_of_proportions(0.5, 0.75, 50.0) > 0.8);
        assert!(design.power_of_proportions(0.75, 0.5, 50.0) < 1e-4);
        assert!(design.size_of_proportions(0.75, 0.5, 0.9).is_infinite());
        assert!(DESIGN.power_of_proportions(0.75, 0.5, 50.0) > 0.7);
    }

    #[test]
    fn the_rule_of_sixteen() {
        // Lehr 1992: n = 16 s²/d² for a power of 80 %; exactly 2·(1.95996 + 0.84162)² = 15.698.
        let n = DESIGN.size_of_means(0.1, [4.0, 4.0], 0.8);
        assert!((n - 15.697_73 * 4.0 / 0.01).abs() < 0.5, "{n}");
        assert!((DESIGN.power_of_means(0.1, [4.0, 4.0], n) - 0.8).abs() < 1e-9);
    }

    #[test]
    fn size_and_power_are_each_others_inverse_for_any_ratio() {
        for ratio in [0.1, 0.5, 3.0] {
            for sided in [Sided::One, Sided::Two] {
                let design = Design { alpha: 0.01, sided, ratio };
                let n = design.size_of_proportions(0.05, 0.055, 0.9);
                assert!((design.power_of_proportions(0.05, 0.055, n) - 0.9).abs() < 1e-9);
            }
        }
    }

    /// The power of the very test that is run, summed over every outcome: no seeds. The approximation
    /// is within 1.5 points; a wrong variance (unpooled for pooled at 1 : 3) would be 3 off.
    #[test]
    fn power_agrees_with_summing_over_all_outcomes() {
        for (a, b, n, ratio) in [(0.2, 0.3, 200_u64, 1_u64), (0.3, 0.22, 150, 3)] {
            let (left, right) = (Binomial::new(a, n), Binomial::new(b, ratio * n));
            let (left, right) = (left.expect("a probability"), right.expect("a probability"));
            let mut exact = 0.0;
            for i in 0..=n {
                for j in 0..=ratio * n {
                    let found = Difference::of_proportions((i, n), (j, ratio * n)).expect("trials");
                    if found.p_value(Sided::Two) <= 0.05 {
                        exact += left.pmf(i) * right.pmf(j);
                    }
                }
            }
            let design = Design { ratio: real(ratio), ..DESIGN };
            let power = design.power_of_proportions(a, b, real(n));
            assert!((power - exact).abs() < 0.015, "{power} against {exact}");
        }
    }
}
