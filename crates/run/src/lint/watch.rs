//! An alarm as the lints see it: one statistic of one metric of the requests.
//!
//! Alarms on anything else (metric math, other alarms, values published one by one, statistics that
//! trim) are not judged, and [`Why`] says why not.

use super::why::Why;
use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::spec::{
    AlarmSpec, Evaluation, FleetDimension, Origin, Subject, TreatMissingData,
};
use crate::scenario::Scenario;
use crate::telemetry::metric::{Metric, PercentileMethod, Statistic};
use crate::telemetry::ratio::Ratio;
use crate::time::SimDuration;

/// An alarm that can be judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch<'s> {
    /// Among the alarms of the scenario.
    pub(super) index: usize,
    /// The alarm.
    pub(super) spec: &'s AlarmSpec,
    /// What is watched.
    pub(super) metric: Metric,
    /// How a period becomes a datapoint.
    pub(super) statistic: Statistic,
    /// How a percentile is read.
    pub(super) method: PercentileMethod,
    /// Whose requests.
    pub(super) fleet: FleetDimension,
}

impl<'s> Watch<'s> {
    /// The alarm of this number, or why it cannot be judged.
    pub(super) fn new(scenario: &'s Scenario, index: usize) -> Result<Self, Why> {
        let spec = scenario.alarms.get(index).ok_or(Why::Composite)?;
        let query = match &spec.subject {
            Subject::Query(query) => *query,
            Subject::Math(_) => return Err(Why::MetricMath),
            Subject::Band(_) => return Err(Why::Band),
        };
        let Origin::Requests(metric, fleet) = query.origin else { return Err(Why::OneByOne) };
        let statistic = query.statistic;
        let known = matches!(
            statistic,
            Statistic::Average
                | Statistic::Sum
                | Statistic::Minimum
                | Statistic::Maximum
                | Statistic::SampleCount
                | Statistic::Percentile(_)
        );
        let method = query.percentile_method;
        let watch = Self { index, spec, metric, statistic, method, fleet };
        known.then_some(watch).ok_or(Why::Statistic)
    }

    /// Every alarm that can be judged.
    pub(super) fn all(scenario: &'s Scenario) -> Vec<Self> {
        (0..scenario.alarms.len()).filter_map(|index| Self::new(scenario, index).ok()).collect()
    }

    /// Whether it is evaluated as ever: not on the windows of a wall clock, and not created or warming up
    /// during the rollout, which no time and no probability here reckons with.
    pub(super) fn regular(&self) -> Result<(), Why> {
        let spec = self.spec;
        if spec.created_after.is_some() || spec.warm_up.is_some() {
            Err(Why::MadeLater)
        } else if matches!(spec.evaluation, Evaluation::WallClock { .. }) {
            Err(Why::WallClock)
        } else {
            Ok(())
        }
    }

    /// Why there is no chain of its datapoints, if there is none.
    pub(super) fn chainless(&self) -> Why {
        match self.spec.treat_missing_data {
            TreatMissingData::Breaching => Why::GapsBreach,
            _ => Why::TooLong,
        }
    }

    /// The limit \[the metric's unit, latencies in ns\].
    pub(super) fn threshold(&self) -> Ratio {
        self.spec.threshold
    }

    /// Whether the metric is 1 or 0 for each request.
    pub(super) fn is_zero_or_one(&self) -> bool {
        self.metric != Metric::ModelLatency
    }

    /// Whether a datapoint is a latency.
    pub(super) fn is_latency(&self) -> bool {
        !self.is_zero_or_one() && self.statistic.has_unit()
    }

    /// Whether the series begins with the new fleet's first request.
    pub(super) fn is_fleet_only(&self) -> bool {
        matches!(self.fleet, FleetDimension::Green | FleetDimension::Shadow)
    }

    /// Time between two evaluations.
    pub(super) fn step(&self) -> SimDuration {
        Timetable::new(self.spec, Clock::default(), SimDuration::ZERO).step()
    }

    /// The path of one of its keys in the file.
    pub(super) fn place(&self, key: &str) -> String {
        format!("alarms[{}].{key}", self.index)
    }

    /// When a datapoint breaches, for people.
    pub(super) fn condition(&self) -> String {
        self.spec.condition(&[])
    }

    /// A value of the datapoint, for people.
    pub(super) fn shown(&self, value: f64) -> String {
        if self.is_latency() { format!("{} ms", short(value / 1e6)) } else { short(value) }
    }
}

/// A number with four digits that count.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = value.abs();
    if !(1e-4..1e7).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    let decimals = [1e3, 1e2, 1e1, 1e0, 1e-1, 1e-2, 1e-3].iter().take_while(|&&m| magnitude < m);
    let text = format!("{value:.*}", decimals.count());
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A probability, for people: `0.25 %`.
pub(super) fn percent(probability: f64) -> String {
    if probability > 0.0 && probability < 1e-11 {
        return "less than 1e-9 %".to_owned();
    }
    format!("{} %", short(100.0 * probability))
}

/// A probability that is no larger than this, for people: `at most 0.25 %`.
pub(super) fn at_most(probability: f64) -> String {
    if probability < 1e-11 {
        percent(f64::MIN_POSITIVE)
    } else {
        format!("at most {}", percent(probability))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.0 / 3.0, "0.3333"),
            (12_345.6, "12346"),
            (0.0100, "0.01"),
            (0.000_012_3, "1.230e-5"),
            (59.96, "59.96"),
            (360.0, "360"),
            (100.04, "100"),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!(percent(0.0025), "0.25 %");
        assert_eq!(percent(1e-300), "less than 1e-9 %");
    }
}
