//! A swinging rate seen from near by: a polynomial instead of sines and cosines.
//!
//! With ω = 2π/period and θ the phase at an anchor, the rate x after it is
//!
//! ```text
//! mean·(1 + w·cos(θ + ωx)),   cos(θ + ωx) = Σ cⱼ·(ωx)ʲ/j!,   c = cos θ, −sin θ, −cos θ, sin θ, …
//! ```
//!
//! Up to ωx = 0.01 what the terms after (ωx)⁵ add is below 1.4·10⁻¹⁵ of the mean, and of the integral over
//! a tenth of a second or over an hour likewise: nothing of it is left in a nanosecond.

use super::rate::{Sine, Spent, TOLERANCE_NS};

/// How far from its anchor it is used, as a phase \[radians\].
const REACH: f64 = 0.01;
/// So many requests should come meanwhile.
const LEAST_REQUESTS: f64 = 4.0;
/// Where less than this share of the mean is left, the series' relative error would grow.
const LEAST_SHARE: f64 = 0.01;

/// A rate near an anchor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wave {
    anchor_ns: f64,
    /// Of the rate, by powers of the time since the anchor \[1/ns, 1/ns², …\].
    rate: [f64; 6],
    /// Of its integral over the time since the anchor, likewise.
    area: [f64; 6],
    /// Bounds the slope of the rate \[1/ns²\].
    slope_most: f64,
}

impl Wave {
    /// `sine` from `anchor_ns` on, and until when it may be used. None where the rate is too small for it, or
    /// so few requests come until then that it would be made in vain.
    pub(super) fn near(sine: &Sine, anchor_ns: f64) -> (Option<Self>, f64) {
        let (omega, (sin, cos)) = sine.phase_at(anchor_ns);
        let mut factor = sine.mean * sine.swing;
        let slope_most = factor * omega;
        let mut rate = [0.0; 6];
        for (power, coefficient) in (1_u8..).zip(&mut rate) {
            *coefficient = factor * [-sin, -cos, sin, cos][usize::from(power + 2) % 4];
            factor *= omega / f64::from(power);
        }
        rate[0] += sine.mean;
        let reach_ns = REACH / omega;
        if sine.mean * reach_ns < LEAST_REQUESTS {
            return (None, f64::INFINITY);
        }
        let mut area = rate;
        for (power, coefficient) in (1_u8..).zip(&mut area) {
            *coefficient /= f64::from(power);
        }
        let wave = Self { anchor_ns, rate, area, slope_most };
        let least = wave.rate_after(0.0).min(wave.rate_after(reach_ns));
        let is_enough = least >= LEAST_SHARE * sine.mean;
        (is_enough.then_some(wave), anchor_ns + reach_ns)
    }

    /// Spends `mass` from `from` on, until `until` at the latest.
    #[inline]
    pub(super) fn spend(&self, mass: f64, from: f64, until: f64) -> Spent {
        let [start, end] = [from, until].map(|t| t - self.anchor_ns);
        let spent = self.integral(start);
        let available = self.integral(end) - spent;
        if mass >= available {
            return Spent::Left(mass - available);
        }
        let mut x = start + mass / self.rate_after(start);
        for _ in 0..50 {
            let rate = self.rate_after(x);
            let step = (self.integral(x) - spent - mass) / rate;
            x -= step;
            // After a step of Newton's method at most |Λ″|/(2Λ′)·step² is missing.
            if self.slope_most * step * step <= TOLERANCE_NS * rate {
                break;
            }
        }
        Spent::At((self.anchor_ns + x).clamp(from, until))
    }

    /// The integral from `from` to `until`.
    pub(super) fn mass(&self, from: f64, until: f64) -> f64 {
        self.integral(until - self.anchor_ns) - self.integral(from - self.anchor_ns)
    }

    #[inline]
    fn rate_after(&self, x: f64) -> f64 {
        self.rate.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
    }

    #[inline]
    fn integral(&self, x: f64) -> f64 {
        x * self.area.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rate::Rate;
    use super::*;

    /// Against the change of time by sines and cosines.
    #[test]
    fn is_the_sine_to_the_hundredth_of_a_nanosecond() {
        let day = Sine { mean: 1e-7, swing: 0.8, period_ns: 8.64e13, peak_ns: 3e13 };
        let sines = [day, Sine { swing: 0.99, mean: 1e-4, ..day }, Sine { period_ns: 6e11, ..day }];
        let mut compared = 0;
        for sine in sines {
            for anchor in [0.0, 1.1e13, 3e13, 4.4e13, 7.9e13, 5e14] {
                let (wave, until) = Wave::near(&sine, anchor);
                let Some(wave) = wave else { continue };
                for part in [0.0, 0.3, 0.9] {
                    let from = anchor + part * (until - anchor);
                    for mass in [1e-6, 0.1, 1.0, 40.0, 1e9] {
                        let expected = Rate::Sine(sine).spend(mass, from, until);
                        match (wave.spend(mass, from, until), expected) {
                            (Spent::At(here), Spent::At(there)) => {
                                // One part in 10¹⁵ of the instant is rounding.
                                let tolerance = 2.0 * TOLERANCE_NS + 1e-15 * here;
                                assert!((here - there).abs() < tolerance, "{here} for {there}");
                            }
                            (Spent::Left(here), Spent::Left(there)) => {
                                assert!((here - there).abs() <= 1e-12 * mass.max(1.0));
                            }
                            (here, there) => panic!("{here:?} for {there:?}"),
                        }
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 200, "only {compared} were compared");
    }

    #[test]
    fn is_not_used_where_the_rate_is_next_to_nothing() {
        let full = Sine { mean: 1e-6, swing: 1.0, period_ns: 3.6e12, peak_ns: 0.0 };
        let (wave, until) = Wave::near(&full, 1.8e12);
        assert!(wave.is_none() && until > 1.8e12);
        let quick = Sine { period_ns: 1e6, swing: 0.5, ..full };
        assert_eq!(Wave::near(&quick, 0.0), (None, f64::INFINITY), "few requests in many swings");
    }
}
