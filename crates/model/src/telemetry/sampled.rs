//! Values that are published one by one: gauges, and the verdicts of monitoring jobs.
//!
//! Unlike the metrics of requests, which are sums over an interval, these come seldom, so each is
//! kept with the instant it is stamped with and the instant it can first be seen. A late value
//! changes what an alarm sees of the past, as it does in CloudWatch.

use crate::telemetry::ratio::Ratio;
use crate::time::SimTime;

/// One published value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The instant it is stamped with.
    pub at: SimTime,
    /// In the metric's unit.
    pub value: Ratio,
    /// How many values it stands for, whose mean or other statistic it is; 1 of a single one.
    pub weight: Ratio,
    /// When it can first be seen; not before `at`.
    pub seen_from: SimTime,
}

impl Sample {
    /// A single value.
    pub const fn single(at: SimTime, value: Ratio, seen_from: SimTime) -> Self {
        Self { at, value, weight: Ratio::whole(1), seen_from }
    }
}

/// A metric whose values are published one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampledSpec {
    /// What alarms call it: the `metric` of one that the endpoint publishes, the `monitor` of one that a
    /// monitoring job does.
    pub name: String,
    /// Who publishes it.
    pub source: SampledSource,
}

/// Who publishes values one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampledSource {
    /// The endpoint: a gauge.
    Endpoint,
    /// A monitoring job.
    Monitor,
}

/// The values of one metric, by the instant they are stamped with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples(Vec<Sample>);

impl Samples {
    /// Adds a value; usually a newer one than all before it.
    pub fn record(&mut self, sample: Sample) {
        let place = self.0.partition_point(|other| other.at <= sample.at);
        self.0.insert(place, sample);
    }

    /// All of them, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Sample> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all values stamped from `from` on and before `until` can be seen at `now`.
    pub fn have_arrived(&self, now: SimTime, from: SimTime, until: SimTime) -> bool {
        let first = self.0.partition_point(|sample| sample.at < from);
        let mut inside = self.0[first..].iter().take_while(|sample| sample.at < until);
        inside.all(|sample| sample.seen_from <= now)
    }

    /// The values stamped from `from` on and before `until`, as far as they can be seen at `now`;
    /// oldest first.
    pub fn seen_at(
        &self,
        now: SimTime,
        from: SimTime,
        until: SimTime,
    ) -> impl Iterator<Item = &Sample> {
        let first = self.0.partition_point(|sample| sample.at < from);
        let inside = self.0[first..].iter().take_while(move |sample| sample.at < until);
        inside.filter(move |sample| sample.seen_from <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_s: f64, value: i128, seen_from_s: f64) -> Sample {
        let at = SimTime::from_secs_f64;
        Sample::single(at(at_s), Ratio::whole(value), at(seen_from_s))
    }

    #[test]
    fn a_late_value_is_not_seen_before_it_arrives() {
        let mut samples = Samples::default();
        samples.record(sample(60.0, 2, 70.0));
        samples.record(sample(0.0, 1, 500.0));
        samples.record(sample(120.0, 3, 120.0));
        let seen = |now_s: f64, until_s: f64| -> Vec<i128> {
            let at = SimTime::from_secs_f64;
            samples
                .seen_at(at(now_s), at(0.0), at(until_s))
                .map(|sample| sample.value.floor())
                .collect()
        };
        assert_eq!(seen(69.0, 180.0), Vec::<i128>::new());
        assert_eq!(seen(130.0, 180.0), [2, 3]);
        assert_eq!(seen(130.0, 120.0), [2], "the end is not inside");
        assert_eq!(seen(500.0, 180.0), [1, 2, 3], "by their stamps");
    }
}
