//! A rate over a stretch of time, and its integral inverted.
//!
//! Times are in ns from the start of the traffic, rates in 1/ns. Over [a, a + d], with θ the phase
//! at a:
//!
//! | rate | integral | inverse for a mass m |
//! | --- | --- | --- |
//! | r | r·d | d = m/r |
//! | r + k·d | r·d + k·d²/2 | d = 2m/(r + √(r² + 2km)), the root that doesn't cancel |
//! | μ(1 + w·cos(θ + ωd)) | μ(d + (2w/ω)·cos(θ + ωd/2)·sin(ωd/2)) | Newton's method, bracketed |

use super::wave::Wave;
use std::f64::consts::TAU;

/// Newton's method ends when it is this near \[ns\].
pub(super) const TOLERANCE_NS: f64 = 0.01;

/// How the rate goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rate {
    /// \[1/ns\]
    Constant(f64),
    /// `value` at `at_ns`, changing by `slope` \[1/ns²\].
    Linear { at_ns: f64, value: f64, slope: f64 },
    /// mean·(1 + swing·cos(2π(t − peak)/period)).
    Sine(Sine),
    /// The same near an anchor.
    Wave(Wave),
}

/// A rate that swings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sine {
    pub(super) mean: f64,
    pub(super) swing: f64,
    pub(super) period_ns: f64,
    pub(super) peak_ns: f64,
}

/// What became of a mass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spent {
    /// It is spent by then \[ns\].
    At(f64),
    /// So much of it is left.
    Left(f64),
}

impl Rate {
    /// The same rate as seen from `from`, for so long as that is good for.
    pub(super) fn near(&self, from: f64) -> (Self, f64) {
        let Self::Sine(sine) = self else { return (*self, f64::INFINITY) };
        let (wave, until) = Wave::near(sine, from);
        (wave.map_or(*self, Self::Wave), until)
    }

    /// The integral from `from` to `until`.
    pub(super) fn mass(&self, from: f64, until: f64) -> f64 {
        let length = until - from;
        match *self {
            Self::Constant(rate) => rate * length,
            Self::Linear { at_ns, value, slope } => {
                let middle = f64::midpoint(from, until) - at_ns;
                (value + slope * middle).max(0.0) * length
            }
            Self::Sine(sine) => sine.swing_from(from).integral(length)[0].max(0.0),
            Self::Wave(wave) => wave.mass(from, until).max(0.0),
        }
    }

    /// Spends `mass` from `from` on, until `until` at the latest.
    #[inline]
    pub(super) fn spend(&self, mass: f64, from: f64, until: f64) -> Spent {
        match *self {
            Self::Constant(rate) => {
                let available = rate * (until - from);
                if mass >= available {
                    return Spent::Left(mass - available);
                }
                Spent::At((from + mass / rate).min(until))
            }
            Self::Linear { at_ns, value, slope } => {
                let rate_at = |t: f64| (value + slope * (t - at_ns)).max(0.0);
                let rate = rate_at(from);
                let available = f64::midpoint(rate, rate_at(until)) * (until - from);
                if mass >= available {
                    return Spent::Left(mass - available);
                }
                let later = (rate * rate + 2.0 * slope * mass).max(0.0).sqrt();
                Spent::At((from + 2.0 * mass / (rate + later)).min(until))
            }
            Self::Wave(wave) => wave.spend(mass, from, until),
            Self::Sine(sine) => {
                let at = from + sine.time_for(mass, from);
                if at < until {
                    return Spent::At(at);
                }
                Spent::Left((mass - sine.swing_from(from).integral(until - from)[0]).max(0.0))
            }
        }
    }
}

/// A sine seen from a phase.
struct Swing {
    sine: Sine,
    /// 2π/period.
    omega: f64,
    /// (sin, cos) of the phase.
    phase: (f64, f64),
}

impl Sine {
    fn swing_from(self, from: f64) -> Swing {
        let (omega, phase) = self.phase_at(from);
        Swing { sine: self, omega, phase }
    }

    /// 2π/period, and (sin, cos) of the phase at `from`.
    pub(super) fn phase_at(&self, from: f64) -> (f64, (f64, f64)) {
        let omega = TAU / self.period_ns;
        // The remainder keeps the phase exact however long the traffic lasts.
        (omega, ((from - self.peak_ns) % self.period_ns * omega).sin_cos())
    }

    /// How long from `from` on until the integral is `mass`.
    fn time_for(self, mass: f64, from: f64) -> f64 {
        let swing = self.swing_from(from);
        let curvature = self.mean * self.swing * swing.omega;
        let mut low = mass / (self.mean * (1.0 + self.swing));
        let mut high = mass / self.mean + 2.0 * self.swing / swing.omega;
        let mut length = (mass / (self.mean * (1.0 + self.swing * swing.phase.1))).clamp(low, high);
        for _ in 0..200 {
            let [integral, rate] = swing.integral(length);
            if integral > mass {
                high = length;
            } else {
                low = length;
            }
            let newton = length - (integral - mass) / rate;
            let inside = newton >= low && newton <= high;
            let next = if inside { newton } else { f64::midpoint(low, high) };
            let step = (next - length).abs();
            length = next;
            // After a step of Newton's method at most |Λ″|/(2Λ′)·step² is missing.
            let near = inside && curvature * step * step <= 2.0 * TOLERANCE_NS * rate;
            if near || step <= TOLERANCE_NS {
                break;
            }
        }
        length
    }
}

impl Swing {
    /// The integral over the first `length`, and the rate at its end.
    fn integral(&self, length: f64) -> [f64; 2] {
        let Sine { mean, swing, .. } = self.sine;
        let (sin, cos) = self.phase;
        let (half_sin, half_cos) = (0.5 * self.omega * length).sin_cos();
        let middle_cos = cos * half_cos - sin * half_sin;
        let middle_sin = sin * half_cos + cos * half_sin;
        let end_cos = middle_cos * half_cos - middle_sin * half_sin;
        let integral = mean * (length + 2.0 * swing / self.omega * middle_cos * half_sin);
        [integral, mean * (1.0 + swing * end_cos)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINE: Sine = Sine { mean: 1e-6, swing: 0.8, period_ns: 3.6e12, peak_ns: 1e11 };
    const FULL: Sine = Sine { swing: 1.0, ..SINE };

    /// Simpson's rule.
    fn quadrature(rate: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
        let panels = 20_000;
        let h = (to - from) / f64::from(panels);
        (0..panels)
            .map(|panel| {
                let a = from + f64::from(panel) * h;
                h / 6.0 * (rate(a) + 4.0 * rate(a + h / 2.0) + rate(a + h))
            })
            .sum()
    }

    fn value(rate: Rate, t: f64) -> f64 {
        match rate {
            Rate::Constant(value) => value,
            Rate::Linear { at_ns, value, slope } => value + slope * (t - at_ns),
            Rate::Wave(_) => panic!("no sine from near by here"),
            Rate::Sine(sine) => {
                let phase = TAU * (t - sine.peak_ns) / sine.period_ns;
                sine.mean * (1.0 + sine.swing * phase.cos())
            }
        }
    }

    #[test]
    fn masses_are_integrals() {
        let down = Rate::Linear { at_ns: 0.0, value: 1e-6, slope: -1e-19 };
        let up = Rate::Linear { at_ns: 0.0, value: 0.0, slope: 1e-19 };
        for rate in [Rate::Constant(1e-6), down, up, Rate::Sine(SINE), Rate::Sine(FULL)] {
            for from in [0.0, 3e11, 1.85e12, 7e12] {
                for mass in [1e-9, 0.3, 1e3, 2e5] {
                    let until = 1e13;
                    match rate.spend(mass, from, until) {
                        Spent::At(at) => {
                            assert!(at >= from && at <= until);
                            let integral = quadrature(|t| value(rate, t), from, at);
                            // A hundredth of a nanosecond at the rate there, or rounding of 1e13
                            // ns.
                            let tolerance = 1e-8 + 1e-9 * mass;
                            assert!((integral - mass).abs() < tolerance, "{rate:?}: {integral}");
                            assert!((rate.mass(from, at) - mass).abs() < tolerance, "{rate:?}");
                        }
                        Spent::Left(left) => {
                            let integral = quadrature(|t| value(rate, t), from, until);
                            assert!((left + integral - mass).abs() < 1e-6 * mass, "{rate:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_spent_where_the_rate_is_zero() {
        assert_eq!(Rate::Constant(0.0).spend(1.0, 0.0, 1e9), Spent::Left(1.0));
        let flat = Rate::Linear { at_ns: 0.0, value: 0.0, slope: 0.0 };
        assert_eq!(flat.spend(1.0, 0.0, 1e9), Spent::Left(1.0));
    }

    /// At the trough of a full swing the rate is 0, so Newton's method has no slope to go by.
    #[test]
    fn a_full_swing_is_left_behind_at_its_trough() {
        let trough = FULL.peak_ns + FULL.period_ns / 2.0;
        let Spent::At(at) = Rate::Sine(FULL).spend(1e-3, trough, 1e14) else {
            panic!("the rate rises again")
        };
        // Near the trough Λ ≈ μω²d³/6.
        let omega = TAU / FULL.period_ns;
        let expected = (6.0 * 1e-3 / (FULL.mean * omega * omega)).cbrt();
        assert!(((at - trough) / expected - 1.0).abs() < 1e-3, "{} for {expected}", at - trough);
    }
}
