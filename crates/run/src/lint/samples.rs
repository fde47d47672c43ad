//! How many values a percentile alarm has at the most, if it ignores percentiles of few.

use super::facts::{Facts, Rollout};
use super::watch::Watch;
use super::why::Why;
use crate::alarm::spec::{FleetDimension, LowSampleScope, LowSamples};
use crate::endpoint::incident::IncidentSpec;
use crate::stats::poisson::Poisson;

/// Probabilities below this are never.
const NEVER: f64 = 1e-9;

/// The values that an evaluation has at the busiest time, at the largest share of the traffic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Samples {
    /// What CloudWatch asks for: 10/(1 − p), or 10/p below the median.
    pub(super) needed: f64,
    pub(super) rate_per_s: f64,
    /// Of the requests that the alarm sees.
    pub(super) share: f64,
    /// The length of what is counted together: a period, or N of them.
    pub(super) span_s: f64,
    pub(super) expected: f64,
}

impl Samples {
    /// P(a span holds as many as are needed).
    pub(super) fn p_enough(&self) -> f64 {
        #[expect(clippy::cast_possible_truncation, reason = "at most 10^13 values are asked for")]
        let fewer = self.needed.ceil() as i128 - 1;
        Poisson::new(self.expected).map_or(1.0, |requests| requests.above(fewer))
    }

    /// Whether there may ever be enough of them.
    pub(super) fn may_be_enough(&self) -> bool {
        self.p_enough() > NEVER
    }
}

impl Facts<'_> {
    /// The most values that `watch` has in a rollout; `None` if it takes any number.
    pub(super) fn samples(
        &self,
        rollout: &Rollout<'_>,
        watch: &Watch<'_>,
    ) -> Result<Option<Samples>, Why> {
        let needed = watch
            .statistic
            .least_samples()
            .filter(|_| watch.spec.low_samples == LowSamples::Ignore);
        let Some(needed) = needed else { return Ok(None) };
        self.countable()?;
        if self.scenario.incidents.iter().any(IncidentSpec::is_surge) {
            return Err(Why::Surges);
        }
        let share = match watch.fleet {
            FleetDimension::Blue | FleetDimension::Both => 1.0,
            FleetDimension::Green => largest(rollout.spans.iter().map(|span| span.stage.share)),
            FleetDimension::Shadow => largest(rollout.spans.iter().map(|span| span.stage.mirror)),
        };
        let periods = match watch.spec.low_sample_scope {
            LowSampleScope::Datapoint => 1,
            LowSampleScope::Evaluation => watch.spec.evaluation_periods,
        };
        let span_s = watch.spec.period.as_secs_f64() * f64::from(periods);
        let expected = self.peak_per_s * share * span_s;
        let (needed, rate_per_s) = (needed.as_f64(), self.peak_per_s);
        Ok(Some(Samples { needed, rate_per_s, share, span_s, expected }))
    }

    /// Whether an alarm of a rollout never has enough values to be evaluated.
    pub(super) fn is_never_evaluated(&self, rollout: &Rollout<'_>, watch: &Watch<'_>) -> bool {
        matches!(self.samples(rollout, watch), Ok(Some(samples)) if !samples.may_be_enough())
    }
}

fn largest(shares: impl Iterator<Item = f64>) -> f64 {
    shares.fold(0.0, f64::max)
}
