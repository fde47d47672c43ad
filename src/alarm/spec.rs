//! An alarm as written in a scenario, checked and in exact units.

pub use crate::alarm::subject::{FleetDimension, Origin, Query, Subject};
pub use crate::telemetry::metric::Comparison;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::statistic::Criterion;
use crate::time::SimDuration;

/// One CloudWatch metric alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmSpec {
    /// Unique among the alarms of a scenario.
    pub name: String,
    /// What is watched.
    pub subject: Subject,
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
    /// The state before the first evaluation.
    pub initial_state: AlarmState,
}

impl AlarmSpec {
    /// An alarm on `query`, to be changed: 1 datapoint of 60 s above 0, and CloudWatch's defaults.
    pub fn on(query: Query) -> Self {
        Self {
            name: "alarm".to_owned(),
            subject: Subject::Query(query),
            comparison: Comparison::GreaterThanThreshold,
            threshold: Ratio::whole(0),
            period: SimDuration::from_secs(60),
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            treat_missing_data: TreatMissingData::Missing,
            missing_data_rule: MissingDataRule::CloudWatch { range_extra: 2 },
            evaluation: Evaluation::Sliding,
            history: History::Simulated,
            unresolved: Unresolved::InsufficientData,
            initial_state: AlarmState::InsufficientData,
        }
    }

    /// When a datapoint breaches, for people: `Average of Invocation5XXErrors > 0.01`. `sampled`
    /// are the names of the metrics that are published one by one.
    pub fn condition(&self, sampled: &[&str]) -> String {
        let Subject::Query(query) = &self.subject;
        let (statistic, symbol) = (query.statistic, self.comparison.symbol());
        let metric = match query.origin {
            Origin::Requests(metric, _) => metric.name(),
            Origin::Sampled(index) => sampled.get(index).copied().unwrap_or("?"),
        };
        if query.is_latency() {
            let threshold_ms = self.threshold.as_f64() / 1e6;
            format!("{statistic} of {metric} {symbol} {threshold_ms} ms")
        } else {
            format!("{statistic} of {metric} {symbol} {}", self.threshold)
        }
    }

    /// The question that this alarm asks of each period of requests; `None` of other metrics.
    pub const fn criterion(&self, query: &Query) -> Option<Criterion> {
        let Origin::Requests(metric, _) = query.origin else { return None };
        let Query { statistic, percentile_method, .. } = *query;
        let (comparison, threshold) = (self.comparison, self.threshold);
        Some(Criterion::new(metric, statistic, percentile_method, comparison, threshold))
    }

    /// Where the latencies of `fleet` (blue, green or shadow) must be divided \[ns\] for this
    /// alarm.
    fn cuts_ns(&self, fleet: FleetDimension) -> impl Iterator<Item = i64> {
        self.subject.queries().iter().filter_map(move |query| match query.origin {
            Origin::Requests(_, seen) if seen.includes(fleet) => self.criterion(query)?.cut_ns(),
            _ => None,
        })
    }
}

/// Where the latencies of one fleet must be divided \[ns\] so that each of `alarms` that sees the
/// fleet's requests can be decided. `fleet` is blue, green or shadow.
pub fn cuts_ns(alarms: &[AlarmSpec], fleet: FleetDimension) -> Vec<i64> {
    alarms.iter().flat_map(|alarm| alarm.cuts_ns(fleet)).collect()
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
        use crate::telemetry::metric::{Metric, Statistic};
        let query =
            Query::requests(Metric::Invocation5xxErrors, Statistic::Average, FleetDimension::Green);
        Self {
            name: "5xx-rate".to_owned(),
            threshold: Ratio::new(1, 100),
            treat_missing_data: TreatMissingData::NotBreaching,
            ..Self::on(query)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metric::{Metric, Statistic};

    fn latency_alarm(fleet: FleetDimension, threshold_ns: i128) -> AlarmSpec {
        let p999 = Statistic::Percentile(Ratio::new(999, 1000));
        AlarmSpec {
            threshold: Ratio::whole(threshold_ns),
            ..AlarmSpec::on(Query::requests(Metric::ModelLatency, p999, fleet))
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
        assert_eq!(slow.condition(&[]), "p99.9 of ModelLatency > 100.5 ms");
        let errors = AlarmSpec::example();
        assert_eq!(errors.condition(&[]), "Average of Invocation5XXErrors > 0.01");
        let backlog = AlarmSpec::on(Query::sampled(1, Statistic::Maximum));
        assert_eq!(backlog.condition(&["a", "Backlog"]), "Maximum of Backlog > 0");
    }
}
