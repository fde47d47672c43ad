//! An alarm as written in a scenario, checked and in exact units.

pub use crate::telemetry::metric::Comparison;
use crate::telemetry::metric::{Metric, PercentileMethod, Statistic};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::statistic::Criterion;
use crate::time::SimDuration;

/// One CloudWatch metric alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmSpec {
    /// Unique among the alarms of a scenario.
    pub name: String,
    /// What is watched.
    pub metric: Metric,
    /// How a period becomes a datapoint.
    pub statistic: Statistic,
    /// How a percentile is read off the ordered values.
    pub percentile_method: PercentileMethod,
    /// Which fleet's series is watched.
    pub fleet: FleetDimension,
    /// The datapoint is the first operand.
    pub comparison: Comparison,
    /// In the metric's unit (latency in nanoseconds), exactly the decimal that was written.
    pub threshold: Ratio,
    /// Length of a datapoint \[a multiple of the metric interval\].
    pub period: SimDuration,
    /// N: how many datapoints decide, at least 1.
    pub evaluation_periods: u32,
    /// M: how many of them must breach, 1 to N.
    pub datapoints_to_alarm: u32,
    /// What a missing datapoint counts as.
    pub treat_missing_data: TreatMissingData,
    /// Which datapoints the missing-data rule looks at.
    pub missing_data_rule: MissingDataRule,
    /// When and over which windows the alarm is evaluated.
    pub evaluation: Evaluation,
    /// What the datapoints before green's first traffic are taken to be.
    pub history: History,
    /// The state when only too few, too young breaching datapoints exist (undocumented by AWS).
    pub unresolved: Unresolved,
}

impl AlarmSpec {
    /// The question that this alarm asks of each period.
    pub const fn criterion(&self) -> Criterion {
        Criterion::new(
            self.metric,
            self.statistic,
            self.percentile_method,
            self.comparison,
            self.threshold,
        )
    }

    /// When a datapoint breaches, for people: `Average of Invocation5XXErrors > 0.01`.
    pub fn condition(&self) -> String {
        let (statistic, metric) = (self.statistic, self.metric.name());
        let symbol = self.comparison.symbol();
        if self.metric == Metric::ModelLatency && statistic.has_unit() {
            let threshold_ms = self.threshold.as_f64() / 1e6;
            format!("{statistic} of {metric} {symbol} {threshold_ms} ms")
        } else {
            format!("{statistic} of {metric} {symbol} {}", self.threshold)
        }
    }
}

/// Where the latencies of one fleet must be divided \[ns\] so that each of `alarms` that sees the
/// fleet's requests can be decided. `fleet` is blue, green or shadow.
pub fn cuts_ns(alarms: &[AlarmSpec], fleet: FleetDimension) -> Vec<i64> {
    alarms
        .iter()
        .filter(|alarm| alarm.fleet.includes(fleet))
        .filter_map(|alarm| alarm.criterion().cut_ns())
        .collect()
}

/// Whose requests an alarm sees: the dimensions of its metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FleetDimension {
    /// `EndpointConfigName` = the new configuration; the series begins with green's first traffic.
    Green,
    /// `EndpointConfigName` = the old configuration.
    Blue,
    /// `EndpointName` and `VariantName` only: both fleets blended.
    Both,
    /// The shadow variant's mirrored requests.
    Shadow,
}

impl FleetDimension {
    /// Whether an alarm on this sees the requests of `fleet` too.
    pub fn includes(self, fleet: Self) -> bool {
        self == fleet || self == Self::Both && matches!(fleet, Self::Blue | Self::Green)
    }
}

/// CloudWatch's `TreatMissingData`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TreatMissingData {
    /// Missing stays missing (CloudWatch's default).
    #[default]
    Missing,
    /// The state is kept.
    Ignore,
    /// Counts as breaching.
    Breaching,
    /// Counts as within the threshold.
    NotBreaching,
}

/// Which datapoints decide when some are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingDataRule {
    /// CloudWatch's: the newest N real datapoints of a longer evaluation range of N +
    /// `range_extra`.
    CloudWatch {
        /// How many datapoints beyond N are retrieved; AWS documents only an example with 2.
        range_extra: u32,
    },
    /// Exactly the last N periods.
    Window,
}

/// When an alarm is evaluated, and over which windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evaluation {
    /// Every minute (every 10 s for periods below a minute), over windows that end at the last full
    /// minute.
    #[default]
    Sliding,
    /// Once a period, over windows aligned to multiples of the period.
    Aligned,
}

/// What an alarm knows of the time before green's first traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// What the warm-up really published.
    #[default]
    Simulated,
    /// Datapoints within the threshold.
    NonBreaching,
    /// No datapoints.
    None,
}

/// The state given to a pattern that AWS leaves open (`docs/model.md`, missing data).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unresolved {
    /// INSUFFICIENT_DATA, as the documentation's revisions of 2018-11 to 2019-03 printed.
    #[default]
    InsufficientData,
    /// The previous state.
    Retain,
    /// OK.
    Ok,
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlarmState {
    /// Within the threshold.
    Ok,
    /// Breaching.
    Alarm,
    /// Not enough data to say; the state of a new alarm.
    #[default]
    InsufficientData,
}

impl std::fmt::Display for AlarmState {
    /// As CloudWatch writes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        })
    }
}

#[cfg(test)]
impl AlarmSpec {
    /// An alarm on green's 5xx rate over one minute, for tests to vary.
    pub(crate) fn example() -> Self {
        Self {
            name: "5xx-rate".to_owned(),
            metric: Metric::Invocation5xxErrors,
            statistic: Statistic::Average,
            percentile_method: PercentileMethod::NearestRank,
            fleet: FleetDimension::Green,
            comparison: Comparison::GreaterThanThreshold,
            threshold: Ratio::new(1, 100),
            period: SimDuration::from_secs(60),
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            treat_missing_data: TreatMissingData::NotBreaching,
            missing_data_rule: MissingDataRule::CloudWatch { range_extra: 2 },
            evaluation: Evaluation::Sliding,
            history: History::Simulated,
            unresolved: Unresolved::InsufficientData,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency_alarm(fleet: FleetDimension, threshold_ns: i128) -> AlarmSpec {
        AlarmSpec {
            metric: Metric::ModelLatency,
            statistic: Statistic::Percentile(Ratio::new(999, 1000)),
            fleet,
            threshold: Ratio::whole(threshold_ns),
            ..AlarmSpec::example()
        }
    }

    #[test]
    fn a_fleet_is_divided_at_the_cuts_of_the_alarms_that_see_it() {
        let alarms = [
            latency_alarm(FleetDimension::Green, 1),
            latency_alarm(FleetDimension::Blue, 2),
            latency_alarm(FleetDimension::Both, 3),
            latency_alarm(FleetDimension::Shadow, 4),
            AlarmSpec::example(),
        ];
        assert_eq!(cuts_ns(&alarms, FleetDimension::Green), [1, 3]);
        assert_eq!(cuts_ns(&alarms, FleetDimension::Blue), [2, 3]);
        assert_eq!(cuts_ns(&alarms, FleetDimension::Shadow), [4]);
    }

    #[test]
    fn conditions_read_like_the_console() {
        let slow = latency_alarm(FleetDimension::Green, 100_500_000);
        assert_eq!(slow.condition(), "p99.9 of ModelLatency > 100.5 ms");
        let errors = AlarmSpec::example();
        assert_eq!(errors.condition(), "Average of Invocation5XXErrors > 0.01");
    }
}
