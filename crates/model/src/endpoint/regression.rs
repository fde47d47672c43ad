//! What may be wrong with a release, and when it shows.

use crate::endpoint::kpi::KpiEffect;
use crate::endpoint::model::ModelSpec;
use crate::endpoint::quality::QualityEffects;
use crate::time::{SimDuration, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One release that the strategies are tried on: a regression, or a good release to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct RegressionSpec {
    /// Unique among the regressions of a scenario; the arm without one is called `healthy`.
    pub name: String,
    /// A good release: a rollback of it is a false one.
    pub healthy: bool,
    /// Probability that a release carries it, if known.
    pub prior: Option<f64>,
    /// What it does to the green model.
    pub effects: Effects,
    /// When it begins.
    pub onset: Onset,
    /// Time from the onset to its full effect, linear.
    pub ramp: SimDuration,
    /// Time from the onset to its end, if it ends.
    pub duration: Option<SimDuration>,
    /// If it comes and goes, from the onset on.
    pub intermittency: Option<Intermittency>,
}

/// The effects of a release on green, at full strength. Neutral by default.
#[derive(Clone, Debug, PartialEq)]
pub struct Effects {
    /// Replaces green's probability of a 4xx.
    pub errors_4xx: Option<f64>,
    /// Replaces green's probability of a 5xx.
    pub errors_5xx: Option<f64>,
    /// Multiplies service times; 1 is no change.
    pub latency_factor: f64,
    /// Is added to service times.
    pub latency_shift: SimDuration,
    /// The slower half of the requests is slower still.
    pub stretch: Option<Stretch>,
    /// A share of the requests is much slower.
    pub tail: Option<Tail>,
    /// Every request fails with a 5xx (an artefact of the wrong algorithm).
    pub crash: bool,
    /// Service slows as the instance fills.
    pub slowdown: Option<Slowdown>,
    /// Places that each green instance loses; fewer than it has.
    pub concurrency_lost: u32,
    /// Grows with the time an instance has served since it last restarted.
    pub leak: Option<Leak>,
    /// Changes what the business gets out of a request.
    pub kpi: KpiEffect,
    /// Worse answers.
    pub quality: Option<QualityEffects>,
}

impl Effects {
    /// The probabilities of a 4xx and of a 5xx of `model` at full strength.
    pub fn errors(&self, model: &ModelSpec) -> [f64; 2] {
        let errors_5xx = self.errors_5xx.unwrap_or(model.errors_5xx);
        let errors_4xx = self.errors_4xx.unwrap_or(model.errors_4xx);
        [errors_4xx, if self.crash { 1.0 } else { errors_5xx }]
    }
}

/// A longer tail and the same median: a service time x above the median m becomes m·(x/m)^a, with the a that
/// multiplies the 99th percentile q by a factor f, a = 1 + ln f / ln(q/m). Of a lognormal the upper half is
/// then that of one whose σ is a times as large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// m \[ns\], above 0.
    pub median_ns: f64,
    /// q \[ns\], above m.
    pub p99_ns: f64,
    /// f, above m/q; below 1 the tail is shorter.
    pub p99_factor: f64,
}

impl Stretch {
    /// a − 1 at this strength, at which f is as far from 1 as the strength says.
    pub fn power(&self, strength: f64) -> f64 {
        (1.0 + strength * (self.p99_factor - 1.0)).ln() / (self.p99_ns / self.median_ns).ln()
    }
}

/// What becomes of a service time, given a − 1.
#[inline]
pub fn stretched(service_ns: f64, median_ns: f64, power: f64) -> f64 {
    if service_ns > median_ns {
        service_ns * (service_ns / median_ns).powf(power)
    } else {
        service_ns
    }
}

/// A share of the requests is slower by a factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// Of the requests, 0 to 1.
    pub share: f64,
    /// Multiplies their service times, at least 1.
    pub factor: f64,
}

/// Load dependence: the service time of a request is multiplied by 1 up to utilisation `from`, rising
/// linearly to `factor` when the instance (or, with a shared queue, the fleet) is full as it arrives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slowdown {
    /// At full utilisation, at least 1.
    pub factor: f64,
    /// Utilisation from which it slows, 0 to below 1.
    pub from: f64,
}

/// A memory leak, by the hours that an instance has served since the onset or its last restart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "memory leak")]
pub struct Leak {
    /// Growth of the factor on service times an hour.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub latency_per_hour: f64,
    /// Growth of the 5xx probability an hour.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub errors_5xx_per_hour: f64,
    /// The instance restarts at a certain age.
    pub restart: Option<Restart>,
}

/// A restart; until the instance is back, its requests fail with a 5xx.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "restart")]
pub struct Restart {
    /// Age at which it restarts.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub after: SimDuration,
    /// How long that takes.
    pub takes: SimDuration,
}

/// When a regression begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Onset {
    /// This long after green's first traffic, live or mirrored.
    AfterFirstTraffic(SimDuration),
    /// At this time.
    At(SimTime),
    /// When green's traffic share first reaches this, above 0 to 1.
    AtShare(f64),
}

/// On and off periods by turns, beginning with on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "intermittency")]
pub struct Intermittency {
    /// Length of an on period.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub on: SimDuration,
    /// Length of an off period.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub off: SimDuration,
}

impl Effects {
    /// Whether it makes any answer slower.
    pub fn slows(&self) -> bool {
        let is_longer = self.stretch.is_some_and(|stretch| stretch.p99_factor > 1.0);
        let leaks = self.leak.is_some_and(|leak| leak.latency_per_hour > 0.0);
        self.latency_factor > 1.0
            || !self.latency_shift.is_zero()
            || self.tail.is_some_and(|tail| tail.factor > 1.0)
            || (is_longer || leaks)
            || self.slowdown.is_some_and(|slowdown| slowdown.factor > 1.0)
            || self.concurrency_lost > 0
    }
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            errors_4xx: None,
            errors_5xx: None,
            latency_factor: 1.0,
            latency_shift: SimDuration::ZERO,
            stretch: None,
            tail: None,
            crash: false,
            slowdown: None,
            concurrency_lost: 0,
            leak: None,
            kpi: KpiEffect::default(),
            quality: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::distribution::Distribution;

    /// Each of them alone, however little; what fails or answers wrongly is no slower.
    #[test]
    fn what_makes_answers_slower_is_known() {
        let leak = |latency_per_hour, errors_5xx_per_hour| {
            Some(Leak { latency_per_hour, errors_5xx_per_hour, restart: None })
        };
        let slow = [
            Effects { latency_factor: 1.01, ..Effects::default() },
            Effects { latency_shift: SimDuration::from_nanos(1), ..Effects::default() },
            Effects { leak: leak(0.01, 0.0), ..Effects::default() },
            Effects { concurrency_lost: 1, ..Effects::default() },
        ];
        assert!(slow.iter().all(Effects::slows), "{slow:?}");
        let quick = [
            Effects::default(),
            Effects { crash: true, errors_5xx: Some(0.5), ..Effects::default() },
            Effects { leak: leak(0.0, 0.01), ..Effects::default() },
        ];
        assert!(!quick.iter().any(Effects::slows), "{quick:?}");
    }

    /// A crash fails everything, whatever else is written; what is not written is the model's own.
    #[test]
    fn errors_are_the_release_s_where_it_has_any() {
        let model = ModelSpec {
            latency: Distribution::constant(SimDuration::from_nanos(1)),
            failed_latency: None,
            errors_4xx: 0.02,
            errors_5xx: 0.01,
            overdispersion: None,
            cold_start: None,
        };
        let of = |errors_4xx, errors_5xx, crash| {
            let effects = Effects { errors_4xx, errors_5xx, crash, ..Effects::default() };
            effects.errors(&model).map(|share| format!("{share}"))
        };
        assert_eq!(of(None, None, false), ["0.02", "0.01"]);
        assert_eq!(of(Some(0.0), None, false), ["0", "0.01"]);
        assert_eq!(of(None, Some(0.3), false), ["0.02", "0.3"]);
        assert_eq!(of(None, Some(0.3), true), ["0.02", "1"]);
    }
}
