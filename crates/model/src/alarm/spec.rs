//! An alarm as written in a scenario, checked and in exact units.

pub use crate::alarm::setting::{
    AlarmState, Evaluation, History, IgnoreRule, LowSampleScope, LowSamples, MissingDataRule,
    PrematureAlarm, TreatMissingData, Unresolved, WarmUp,
};
pub use crate::alarm::subject::{Band, FleetDimension, Math, Origin, Query, Subject};
use crate::telemetry::detail::Detail;
pub use crate::telemetry::metric::Comparison;
use crate::telemetry::metric::{Metric, Statistic};
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
    /// In the metric's unit (latency in nanoseconds), exactly the decimal that was written. A band has
    /// its own.
    pub threshold: Ratio,
    /// Length of a datapoint \[a multiple of the metric interval\].
    pub period: SimDuration,
    /// N: how many datapoints decide, at least 1.
    pub evaluation_periods: u32,
    /// M: how many of them must breach, 1 to N.
    pub datapoints_to_alarm: u32,
    /// Whether M was written; the console's reasons then speak of it.
    pub says_datapoints_to_alarm: bool,
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
    /// When too few breaching datapoints are an ALARM all the same.
    pub premature_alarm: PrematureAlarm,
    /// When `ignore` keeps the state.
    pub ignore_rule: IgnoreRule,
    /// What a percentile of too few values does.
    pub low_samples: LowSamples,
    /// What must have enough values for that.
    pub low_sample_scope: LowSampleScope,
    /// The state before the first evaluation.
    pub initial_state: AlarmState,
    /// When the alarm is created, after the update is requested; `None`: long before.
    pub created_after: Option<SimDuration>,
    /// How long it is not evaluated then.
    pub warm_up: Option<WarmUp>,
}

impl AlarmSpec {
    /// An alarm on `query`, to be changed: 1 datapoint of 60 s above 0, and CloudWatch's defaults.
    pub fn on(query: Query) -> Self {
        let period = SimDuration::from_secs(60);
        Self {
            name: "alarm".to_owned(),
            subject: Subject::Query(query),
            comparison: Comparison::GreaterThanThreshold,
            threshold: Ratio::whole(0),
            period,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            says_datapoints_to_alarm: false,
            treat_missing_data: TreatMissingData::Missing,
            missing_data_rule: MissingDataRule::usual(period),
            evaluation: Evaluation::Sliding,
            history: History::Simulated,
            unresolved: Unresolved::InsufficientData,
            premature_alarm: PrematureAlarm::default(),
            ignore_rule: IgnoreRule::default(),
            low_samples: LowSamples::default(),
            low_sample_scope: LowSampleScope::default(),
            initial_state: AlarmState::InsufficientData,
            created_after: None,
            warm_up: None,
        }
    }

    /// When a datapoint breaches, for people: `Average of Invocation5XXErrors > 0.01`. `sampled`
    /// are the names of the metrics that are published one by one.
    pub fn condition(&self, sampled: &[&str]) -> String {
        let name = |query: &Query| {
            let metric = match query.origin {
                Origin::Requests(metric, _) => metric.name(),
                Origin::Sampled(index) => sampled.get(index).copied().unwrap_or("?"),
            };
            format!("{} of {metric}", query.statistic)
        };
        let symbol = self.comparison.symbol();
        match &self.subject {
            Subject::Query(query) if query.is_latency() => {
                let threshold_ms = self.threshold.as_f64() / 1e6;
                format!("{} {symbol} {threshold_ms} ms", name(query))
            }
            Subject::Query(query) => format!("{} {symbol} {}", name(query), self.threshold),
            Subject::Math(math) => {
                format!("{} {symbol} {}", math.expression.text(), self.threshold)
            }
            Subject::Band(band) => {
                format!("{} {symbol} mean ± {} sd", name(&band.queries[0]), band.width)
            }
        }
    }

    /// Time from the end of an interval until all that the alarm reads of it can be seen; `usual` is that of
    /// most metrics.
    pub fn delay(&self, usual: SimDuration) -> SimDuration {
        let of_queries = self.subject.queries().iter().map(|query| query.delay.unwrap_or(usual));
        of_queries.max().unwrap_or(usual)
    }

    /// The question that this alarm asks of each period of requests; `None` of other metrics.
    pub const fn criterion(&self, query: &Query) -> Option<Criterion> {
        let Origin::Requests(metric, _) = query.origin else { return None };
        let Query { statistic, percentile_method, trim, .. } = *query;
        let (comparison, threshold) = (self.comparison, self.threshold);
        let criterion = Criterion::new(metric, statistic, percentile_method, comparison, threshold);
        Some(criterion.trimmed(trim))
    }

    /// The questions about requests of `fleet` (blue, green or shadow).
    fn criteria(&self, fleet: FleetDimension) -> impl Iterator<Item = Criterion> {
        self.subject.queries().iter().filter_map(move |query| match query.origin {
            Origin::Requests(_, seen) if seen.includes(fleet) => self.criterion(query),
            _ => None,
        })
    }
}

/// Where the latencies of one fleet must be divided \[ns\] so that each of `alarms` that sees the
/// fleet's requests can be decided. `fleet` is blue, green or shadow.
pub fn cuts_ns(alarms: &[AlarmSpec], fleet: FleetDimension) -> Vec<i64> {
    let decided = alarms.iter().filter(|alarm| !alarm.subject.needs_values());
    let criteria = decided.flat_map(|alarm| alarm.criteria(fleet));
    criteria.filter_map(|criterion| criterion.cut_ns()).collect()
}

/// What else of the latencies of one fleet must be kept for `alarms`; `spoken` says that the values
/// of percentiles are wanted too, and not only their side of the threshold.
pub fn detail(alarms: &[AlarmSpec], fleet: FleetDimension, spoken: bool) -> Detail {
    let mut detail = Detail::default();
    for alarm in alarms {
        let is_wanted = spoken || alarm.subject.needs_values();
        for criterion in alarm.criteria(fleet) {
            detail.tails_ns.extend(criterion.tails_ns().into_iter().flatten());
            detail.keeps_buckets |=
                criterion.needs_buckets() || is_wanted && criterion.cut_ns().is_some();
        }
    }
    detail
}

/// The share, 0 to 1, of the highest latencies of each `interval` of one fleet that the percentiles of
/// `alarms` are among, whatever their thresholds are
/// ([`keeps_top`](crate::telemetry::detail::Detail::keeps_top)); `None` if there are no percentiles.
///
/// A period may have all its highest latencies in one interval, and two fleets together in either. Where
/// traffic differs much from one interval to the next even this may not be enough.
pub fn top_share(
    alarms: &[AlarmSpec],
    fleet: FleetDimension,
    interval: SimDuration,
) -> Option<Ratio> {
    let share_of = |alarm: &AlarmSpec, query: &Query| {
        let Origin::Requests(_, seen) = query.origin else { return None };
        let (p, _) =
            alarm.criterion(query)?.latency_percentile().filter(|_| seen.includes(fleet))?;
        let intervals = alarm.period.as_nanos() / interval.as_nanos();
        let above = Ratio::whole(1).minus(p).times(intervals.into());
        Some(if seen == FleetDimension::Both { Ratio::whole(1) } else { above })
    };
    let all = alarms.iter().flat_map(|alarm| {
        alarm.subject.queries().iter().filter_map(move |query| share_of(alarm, query))
    });
    all.max().map(|share| share.min(Ratio::whole(1)))
}

impl AlarmSpec {
    /// For example: green's 5xx rate of a minute exceeds 1 %, and silence is good.
    pub fn example() -> Self {
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
