//! When an alarm is evaluated at all: it must exist, be warm, and may ask for enough values.
//!
//! None of this depends on the threshold.

use crate::alarm::evaluate::{Rule, Slot};
use crate::alarm::observe::{Period, Shows};
use crate::alarm::spec::{AlarmSpec, LowSampleScope, LowSamples};
use crate::telemetry::metric::Statistic;
use crate::telemetry::ratio::Ratio;
use crate::time::SimTime;

/// Whether one alarm is evaluated.
#[derive(Clone, Debug)]
pub(super) struct Judge<'s> {
    spec: &'s AlarmSpec,
    created: Option<SimTime>,
    is_warming_up: bool,
    /// Of fewer values a percentile leaves the state alone, if so set.
    least_samples: Option<Ratio>,
}

impl<'s> Judge<'s> {
    pub(super) fn new(spec: &'s AlarmSpec) -> Self {
        Self {
            spec,
            created: spec.created_after.map(|after| SimTime::ZERO + after),
            is_warming_up: spec.warm_up.is_some(),
            least_samples: match spec.low_samples {
                LowSamples::Evaluate => None,
                LowSamples::Ignore => spec.subject.statistic().and_then(Statistic::least_samples),
            },
        }
    }

    /// The later of an instant and the alarm's creation.
    pub(super) fn exists_from(&self, instant: SimTime) -> SimTime {
        self.created.map_or(instant, |created| created.max(instant))
    }

    /// Whether the last evaluation counted for nothing, because the alarm was warming up.
    pub(super) fn is_warming_up(&self) -> bool {
        self.is_warming_up
    }

    /// Whether the state may change at `now`, the evaluation range showing these periods, which count
    /// as these slots; both oldest first.
    pub(super) fn may_change(
        &mut self,
        now: SimTime,
        rule: &Rule,
        slots: &[Slot],
        periods: &[Period],
    ) -> bool {
        !self.warms_up(now, rule, slots) && !self.has_too_few_samples(rule, slots, periods)
    }

    /// Whether the alarm is still warming up; unless told to, it stops once N datapoints exist.
    fn warms_up(&mut self, now: SimTime, rule: &Rule, slots: &[Slot]) -> bool {
        let Some(warm_up) = self.spec.warm_up else { return false };
        let created = *self.created.get_or_insert(now);
        let is_filled = rule.deciding(slots).missing == 0;
        self.is_warming_up &= now < created + warm_up.lasts && (warm_up.to_its_end || !is_filled);
        self.is_warming_up
    }

    /// Whether the state stays because a percentile is made of too few values.
    fn has_too_few_samples(&self, rule: &Rule, slots: &[Slot], periods: &[Period]) -> bool {
        let Some(least) = self.least_samples else { return false };
        let is_few = |samples: u64| Ratio::whole(samples.into()) < least;
        // A datapoint counts as missing while there is no band to compare it with.
        let counted = |(slot, period): (&Slot, &Period)| match period.shows {
            Shows::Datapoint(datapoint) if *slot != Slot::Missing => Some(datapoint.samples),
            _ => None,
        };
        let newest_first = slots.iter().zip(periods).rev().map(counted);
        let deciding = rule.evaluation_periods as usize;
        match self.spec.low_sample_scope {
            LowSampleScope::Datapoint => newest_first.flatten().take(deciding).any(is_few),
            LowSampleScope::Evaluation => {
                let samples = newest_first.take(deciding).flatten().sum();
                samples > 0 && is_few(samples)
            }
        }
    }
}
