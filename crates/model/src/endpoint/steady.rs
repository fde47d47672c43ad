//! How a model behaves once everything that changes with time has settled: what one request has to
//! expect.
//!
//! ```text
//! latency = base* · factor · tail + shift,  the failed ones from a distribution of their own if given
//! p5      = 5xx of the model, or of the regression in its place; and every answer beyond the time-out
//! ```
//!
//! Queueing is left out: where requests have to wait, a latency here is a lower bound. What depends on time
//! or load (leaks, slowdown under load, lost places,
//! errors in clumps) makes the part that it touches unknown rather than wrong.
//!
//! Not modelled: incidents and cold starts.

use crate::endpoint::model::ModelSpec;
use crate::endpoint::regression::{Effects, stretched};
use crate::random::distribution::Distribution;
use crate::time::SimDuration;
use statrs::distribution::{ContinuousCDF, Normal};

/// Fewer late answers than this leave the mean alone.
const NEVER_LATE: f64 = 1e-9;

/// A model's behaviour, one request at a time.
#[derive(Clone, Debug)]
pub struct Steady<'s> {
    /// Probability of a 4xx.
    pub p4: f64,
    /// Probability of a 5xx, time-outs included.
    pub p5: f64,
    /// Whether the two are constant and known.
    pub errors_known: bool,
    /// Whether errors come independently of each other.
    pub errors_independent: bool,
    /// Whether service times are constant in distribution and known.
    pub latency_known: bool,
    /// Places that each instance has lost.
    pub places_lost: u32,
    parts: Vec<Part<'s>>,
    timeout_ns: f64,
}

/// A share of the requests with a latency law of its own.
#[derive(Clone, Copy, Debug)]
struct Part<'s> {
    weight: f64,
    law: &'s Distribution,
    /// Median \[ns\] and power of what is above it ([`stretched`]).
    stretch: Option<(f64, f64)>,
    factor: f64,
    shift_ns: f64,
}

impl<'s> Steady<'s> {
    /// `model` under `effects` at full strength, behind an endpoint with this time-out, if any.
    pub fn new(
        model: &'s ModelSpec,
        effects: Option<&Effects>,
        timeout: Option<SimDuration>,
    ) -> Self {
        let neutral = Effects::default();
        let effects = effects.unwrap_or(&neutral);
        let [p4, p5] = effects.errors(model);
        // As the simulation decides it: u < p5 is a 5xx, else u ≥ 1 − p4 a 4xx.
        let p4 = p4.min(1.0 - p5);
        let steady = effects.leak.is_none();
        let mut this = Self {
            p4,
            p5,
            errors_known: steady,
            errors_independent: model.overdispersion.is_none(),
            latency_known: steady && effects.slowdown.is_none(),
            places_lost: effects.concurrency_lost,
            parts: parts(model, effects, p4 + p5),
            timeout_ns: timeout.map_or(f64::INFINITY, nanos),
        };
        this.time_out(model, effects);
        this
    }

    /// The same, every latency multiplied (a fleet that is still cold).
    #[must_use]
    pub fn slower(&self, factor: f64) -> Self {
        let mut slower = self.clone();
        for part in &mut slower.parts {
            part.factor *= factor;
        }
        slower
    }

    /// P(latency > `cut_ns`).
    pub fn over(&self, cut_ns: f64) -> f64 {
        if cut_ns >= self.timeout_ns {
            return 0.0;
        }
        self.parts.iter().map(|part| part.weight * part.over(cut_ns)).sum()
    }

    /// Mean latency \[ns\].
    pub fn mean_ns(&self) -> f64 {
        let late: f64 =
            self.parts.iter().map(|part| part.weight * part.over(self.timeout_ns)).sum();
        if late < NEVER_LATE {
            let mean = |part: &Part<'_>| part.factor * part.base_mean_ns() + part.shift_ns;
            return self.parts.iter().map(|part| part.weight * mean(part)).sum();
        }
        self.nodes().iter().map(|(weight, ns)| weight * ns).sum()
    }

    /// The latency distribution as weighted points \[ns\], weights adding up to 1.
    ///
    /// The points are the quantiles at equidistant normal scores, each weighted with the probability of
    /// its cell, so that smooth laws are integrated to many digits.
    pub fn nodes(&self) -> Vec<(f64, f64)> {
        let scores = scores();
        let mut nodes = Vec::with_capacity(self.parts.len() * scores.len());
        for part in &self.parts {
            for &(weight, p) in &scores {
                let ns = part.factor * part.base_ns(p) + part.shift_ns;
                nodes.push((part.weight * weight, ns.min(self.timeout_ns)));
            }
        }
        nodes
    }

    /// Answers beyond the time-out are 5xx, whatever they would have been.
    fn time_out(&mut self, model: &ModelSpec, effects: &Effects) {
        if self.timeout_ns.is_infinite() {
            return;
        }
        let late = |failed: bool| -> f64 {
            let law = if failed { model.failed_latency.as_ref() } else { None };
            spread(law.unwrap_or(&model.latency), effects, 1.0)
                .map(|part| part.weight * part.over(self.timeout_ns))
                .sum()
        };
        let (good_late, failed_late) = (late(false), late(true));
        self.p5 += (1.0 - self.p4 - self.p5) * good_late + self.p4 * failed_late;
        self.p4 *= 1.0 - failed_late;
    }
}

impl Part<'_> {
    fn over(&self, cut_ns: f64) -> f64 {
        let mut base_ns = (cut_ns - self.shift_ns) / self.factor;
        if let Some((median_ns, power)) = self.stretch {
            // The inverse of x·(x/m)^power.
            base_ns = stretched(base_ns, median_ns, 1.0 / (1.0 + power) - 1.0);
        }
        if base_ns < 0.0 { 1.0 } else { 1.0 - self.law.cdf(base_ns) }
    }
}

impl Part<'_> {
    /// The service time that a share `p` does not exceed, before factor and shift \[ns\].
    fn base_ns(&self, p: f64) -> f64 {
        let ns = self.law.quantile_ns(p);
        self.stretch.map_or(ns, |(median_ns, power)| stretched(ns, median_ns, power))
    }

    fn base_mean_ns(&self) -> f64 {
        if self.stretch.is_none() {
            return self.law.mean_ns();
        }
        scores().iter().map(|&(weight, p)| weight * self.base_ns(p)).sum()
    }
}

fn parts<'s>(model: &'s ModelSpec, effects: &Effects, failing: f64) -> Vec<Part<'s>> {
    match &model.failed_latency {
        None => spread(&model.latency, effects, 1.0).collect(),
        Some(failed) => spread(&model.latency, effects, 1.0 - failing)
            .chain(spread(failed, effects, failing))
            .collect(),
    }
}

/// A law under a regression, its slow tail apart.
fn spread<'s>(
    law: &'s Distribution,
    effects: &Effects,
    weight: f64,
) -> impl Iterator<Item = Part<'s>> {
    let (share, slower) = effects.tail.map_or((0.0, 1.0), |tail| (tail.share, tail.factor));
    let shift_ns = nanos(effects.latency_shift);
    let factor = effects.latency_factor;
    let stretch = effects.stretch.map(|stretch| (stretch.median_ns, stretch.power(1.0)));
    let part = |share: f64, slower: f64| Part {
        weight: weight * share,
        law,
        stretch,
        factor: factor * slower,
        shift_ns,
    };
    [part(1.0 - share, 1.0), part(share, slower)].into_iter().filter(|part| part.weight > 0.0)
}

/// Weights and probabilities of equidistant normal scores from −8 to 8.
fn scores() -> Vec<(f64, f64)> {
    const HALF: i32 = 160;
    const STEP: f64 = 0.05;
    let normal = Normal::standard();
    (-HALF..=HALF)
        .map(|i| {
            let z = f64::from(i) * STEP;
            let weight = normal.cdf(z + STEP / 2.0) - normal.cdf(z - STEP / 2.0);
            (weight, normal.cdf(z))
        })
        .collect()
}

/// A time as a real number \[ns\].
#[expect(clippy::cast_precision_loss, reason = "times of a scenario are below 2^53 ns · 2^3")]
pub fn nanos(time: SimDuration) -> f64 {
    time.as_nanos() as f64
}

/// A number of nanoseconds as a real number.
#[expect(clippy::cast_precision_loss, reason = "times of a scenario are below 2^53 ns · 2^3")]
pub fn nanos_f64(nanos: i64) -> f64 {
    nanos as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::regression::{Stretch, Tail};

    /// 100 ms on average, one in ten failing.
    fn model() -> ModelSpec {
        let mean = SimDuration::from_nanos(100_000_000);
        ModelSpec {
            latency: Distribution::exponential(mean).expect("a mean"),
            failed_latency: None,
            errors_4xx: 0.0,
            errors_5xx: 0.1,
            overdispersion: None,
            cold_start: None,
        }
    }

    #[test]
    fn factors_shifts_and_tails_in_closed_form() {
        let model = model();
        let effects = Effects {
            latency_factor: 2.0,
            latency_shift: SimDuration::from_nanos(10_000_000),
            tail: Some(Tail { share: 0.25, factor: 3.0 }),
            ..Effects::default()
        };
        let steady = Steady::new(&model, Some(&effects), None);
        // 200 ms or 600 ms on average, and 10 ms on top.
        assert!((steady.mean_ns() / 1e6 - (0.75 * 200.0 + 0.25 * 600.0 + 10.0)).abs() < 1e-6);
        let expected = 0.75 * (-1.0_f64).exp() + 0.25 * (-1.0_f64 / 3.0).exp();
        assert!((steady.over(210e6) - expected).abs() < 1e-9);
        assert!((steady.over(5e6) - 1.0).abs() < 1e-12, "nothing is faster than the shift");
        let nodes = steady.nodes();
        let total: f64 = nodes.iter().map(|(weight, _)| weight).sum();
        let mean: f64 = nodes.iter().map(|(weight, ns)| weight * ns).sum();
        assert!((total - 1.0).abs() < 1e-9);
        assert!((mean / steady.mean_ns() - 1.0).abs() < 1e-3, "{mean}");
    }

    /// Of a lognormal the upper half is that of one whose σ is a times as large.
    #[test]
    fn a_longer_tail_has_the_same_median_and_the_p99_asked_for() {
        let [median, p99] = [60e6, 240e6_f64];
        let sigma = (p99 / median).ln() / Normal::standard().inverse_cdf(0.99);
        let latency = Distribution::lognormal(SimDuration::from_nanos(60_000_000), sigma);
        let model = ModelSpec { latency: latency.expect("a distribution"), ..model() };
        let stretch = Stretch { median_ns: median, p99_ns: p99, p99_factor: 1.5 };
        let effects = Effects { stretch: Some(stretch), ..Effects::default() };
        let steady = Steady::new(&model, Some(&effects), None);
        assert!((steady.over(median) - 0.5).abs() < 1e-9);
        assert!((steady.over(1.5 * p99) - 0.01).abs() < 1e-9);
        assert!(
            (steady.over(0.5 * median) - Steady::new(&model, None, None).over(0.5 * median)).abs()
                < 1e-12
        );
        let a = (1.5 * p99 / median).ln() / (p99 / median).ln();
        let exact = 1.0 - Normal::standard().cdf((3.0_f64).ln() / (a * sigma));
        assert!((steady.over(3.0 * median) - exact).abs() < 1e-9);
        // E[X; X ≤ m] + m·E[e^(aσz); z > 0], both in closed form.
        let half = |s: f64| (s * s / 2.0).exp() * Normal::standard().cdf(s);
        let below = (sigma * sigma / 2.0).exp() - half(sigma);
        let exact = median * (below + half(a * sigma));
        assert!((steady.mean_ns() / exact - 1.0).abs() < 1e-3, "{}", steady.mean_ns() / exact);
    }

    #[test]
    fn what_exceeds_the_time_out_fails() {
        let model = model();
        let steady = Steady::new(&model, None, Some(SimDuration::from_nanos(100_000_000)));
        let late = (-1.0_f64).exp();
        assert!((steady.p5 - (0.1 + 0.9 * late)).abs() < 1e-9);
        assert!(steady.over(100e6) <= 0.0 && steady.over(99e6) > late);
        // E[min(L, T)] = mean · (1 − e^−T/mean).
        assert!((steady.mean_ns() / 1e6 - 100.0 * (1.0 - late)).abs() < 0.1);
    }

    #[test]
    fn a_crash_fails_everything_with_the_latency_of_failures() {
        let failed_latency = Some(Distribution::constant(SimDuration::from_nanos(1_000_000)));
        let model = ModelSpec { failed_latency, ..model() };
        let healthy = Steady::new(&model, None, None);
        assert!((healthy.mean_ns() / 1e6 - (0.9 * 100.0 + 0.1)).abs() < 1e-6);
        let effects = Effects { crash: true, ..Effects::default() };
        let crash = Steady::new(&model, Some(&effects), None);
        assert!((crash.p5 - 1.0).abs() < 1e-12 && crash.p4.abs() < 1e-12);
        assert!((crash.mean_ns() / 1e6 - 1.0).abs() < 1e-9);
    }
}
