//! What a request may expect, from the definitions: its score, the uniform that chooses a component, and the
//! uniform that says whether it fails are the same here and without the deployment.

use statrs::distribution::{ContinuousCDF, Normal};

/// Longer than this is slow \[ms\].
const SLOW_MS: f64 = 220.0;

/// The uniform that chooses a component is taken in the middles of so many parts of 0 to 1: all weights are
/// whole tenths.
const MIDDLES: u32 = 10;

/// Panels of Simpson's rule.
const PANELS: u32 = 2000;

/// A component: a lognormal, or a constant if `sigma` is 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) weight: f64,
    pub(crate) median_ms: f64,
    pub(crate) sigma: f64,
}

/// A model.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) parts: Vec<Part>,
    /// Median \[ms\] and sigma of failures, if these differ.
    pub(crate) failed: Option<(f64, f64)>,
    pub(crate) errors_5xx: f64,
    pub(crate) errors_4xx: f64,
}

/// What multiplies service times and is added to them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) factor: f64,
    pub(crate) added_ms: f64,
}

/// Chances of a request, or expected counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Chances {
    pub(crate) failed: f64,
    pub(crate) failed_4xx: f64,
    pub(crate) attributable: f64,
    /// Failed without the deployment and not here.
    pub(crate) avoided: f64,
    pub(crate) slow: f64,
    pub(crate) slow_attributable: f64,
}

/// P(score ≤ z).
pub(crate) fn phi(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

impl Pace {
    /// Nothing more.
    pub(crate) const EVEN: Self = Self { factor: 1.0, added_ms: 0.0 };
}

impl Chances {
    /// So many times these.
    pub(crate) fn times(self, count: f64) -> Self {
        Self {
            failed: self.failed * count,
            failed_4xx: self.failed_4xx * count,
            attributable: self.attributable * count,
            avoided: self.avoided * count,
            slow: self.slow * count,
            slow_attributable: self.slow_attributable * count,
        }
    }

    /// These and others.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            failed: self.failed + other.failed,
            failed_4xx: self.failed_4xx + other.failed_4xx,
            attributable: self.attributable + other.attributable,
            avoided: self.avoided + other.avoided,
            slow: self.slow + other.slow,
            slow_attributable: self.slow_attributable + other.slow_attributable,
        }
    }
}

/// Simpson's rule.
pub(crate) fn integral([from, until]: [f64; 2], of: impl Fn(f64) -> Chances) -> Chances {
    let step = (until - from) / f64::from(PANELS);
    (0..PANELS).fold(Chances::default(), |sum, panel| {
        let start = f64::from(panel).mul_add(step, from);
        let middle = of(start + step / 2.0).times(4.0);
        sum.plus(of(start).plus(middle).plus(of(start + step)).times(step / 6.0))
    })
}

impl Model {
    /// One that never fails.
    pub(crate) fn of(parts: &[Part]) -> Self {
        Self { parts: parts.to_vec(), failed: None, errors_5xx: 0.0, errors_4xx: 0.0 }
    }

    /// Chances of a request here, by shares of requests with a pace, if `blue` is what serves it without the
    /// deployment.
    pub(crate) fn chances(&self, blue: &Self, paces: &[(f64, Pace)]) -> Chances {
        let branches = (0..MIDDLES).map(|part| (f64::from(part) + 0.5) / f64::from(MIDDLES));
        let mut all = Chances::default();
        for (error, length) in self.errors(blue) {
            for (branch, &(share, pace)) in
                branches.clone().flat_map(|b| paces.iter().map(move |p| (b, p)))
            {
                let one = self.of_uniforms(blue, [error, branch], pace);
                all = all.plus(one.times(length * share / f64::from(MIDDLES)));
            }
        }
        all
    }

    /// Chances of a request with these uniforms, which is left its score.
    fn of_uniforms(&self, blue: &Self, [error, branch]: [f64; 2], pace: Pace) -> Chances {
        let fates = [self.fate(error), blue.fate(error)];
        let failed = fates.map(|fate| fate != Fate::Good);
        let slow = 1.0 - phi(self.fine_up_to(branch, failed[0], pace));
        let without = 1.0 - phi(blue.fine_up_to(branch, failed[1], Pace::EVEN));
        let is = |applies: bool| f64::from(u8::from(applies));
        Chances {
            failed: is(failed[0]),
            failed_4xx: is(fates[0] == Fate::Client),
            attributable: is(failed == [true, false]),
            avoided: is(failed == [false, true]),
            slow,
            slow_attributable: (slow - without).max(0.0),
        }
    }

    /// One uniform of each stretch over which nothing changes here or on blue, and its length.
    fn errors(&self, blue: &Self) -> Vec<(f64, f64)> {
        let mut ends = vec![0.0, 1.0];
        for model in [self, blue] {
            ends.extend([model.errors_5xx, 1.0 - model.errors_4xx]);
        }
        ends.sort_unstable_by(f64::total_cmp);
        let stretches = ends.windows(2).filter(|ends| ends[1] > ends[0]);
        stretches.map(|ends| (f64::midpoint(ends[0], ends[1]), ends[1] - ends[0])).collect()
    }

    fn fate(&self, error: f64) -> Fate {
        if error < self.errors_5xx {
            Fate::Server
        } else if error >= 1.0 - self.errors_4xx {
            Fate::Client
        } else {
            Fate::Good
        }
    }

    /// The score up to which a request is not slow.
    fn fine_up_to(&self, branch: f64, has_failed: bool, pace: Pace) -> f64 {
        let mut up_to = 0.0;
        let chosen = self.parts.iter().find(|part| {
            up_to += part.weight;
            branch < up_to
        });
        let part = chosen.expect("weights add up to 1");
        let own = (part.median_ms, part.sigma);
        let (median_ms, sigma) = self.failed.filter(|_| has_failed).unwrap_or(own);
        let excess = ((SLOW_MS - pace.added_ms) / pace.factor / median_ms).ln();
        if sigma > 0.0 { excess / sigma } else { f64::INFINITY.copysign(excess) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Good,
    Server,
    Client,
}
