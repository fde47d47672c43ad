//! The alarms.

use super::experiment::is_cloudwatch_period;
use super::report::Report;
use super::threshold;
use crate::alarm::spec::{AlarmSpec, MissingDataRule};
use crate::rollout::limits::ALARM_NAME;
use crate::scenario::raw::alarm::RawAlarm;
use crate::scenario::raw::choice::{RawFleet, RawMetric, RawMissingDataRule};
use crate::scenario::raw::strategy::RawStrategy;
use crate::telemetry::metric::Statistic;
use crate::time::SimDuration;

const MOST_EXTRA: u64 = 1000;

/// The alarms; `None` only if a threshold has a problem.
pub(super) fn alarms(
    raw: &mut [RawAlarm],
    interval: SimDuration,
    report: &mut Report,
) -> Option<Vec<AlarmSpec>> {
    report.names_up_to(ALARM_NAME.most, "alarms", raw.iter().map(|alarm| alarm.name.as_str()));
    let alarms: Vec<Option<AlarmSpec>> = raw
        .iter_mut()
        .enumerate()
        .map(|(index, raw)| alarm(&format!("alarms[{index}]"), raw, interval, report))
        .collect();
    alarms.into_iter().collect()
}

/// Notes alarms on mirrored requests if no strategy mirrors any.
pub(super) fn shadow_alarms(raw: &[RawAlarm], strategies: &[RawStrategy], report: &mut Report) {
    if strategies.iter().any(|strategy| strategy.shadow.is_some()) || !report.sound("strategies") {
        return;
    }
    for (index, alarm) in raw.iter().enumerate() {
        let path = format!("alarms[{index}].fleet");
        if alarm.fleet == RawFleet::Shadow {
            report.problem(
                path,
                format!(
                    "the alarm \"{}\" watches mirrored requests, but nothing is mirrored",
                    alarm.name
                ),
                "add a strategy with `shadow`, or watch another fleet",
            );
        }
    }
}

fn alarm(
    path: &str,
    raw: &mut RawAlarm,
    interval: SimDuration,
    report: &mut Report,
) -> Option<AlarmSpec> {
    statistic(path, raw, report);
    period(path, raw, interval, report);
    datapoints(path, raw, report);
    let extra = raw.evaluation_range_extra;
    report.count(format!("{path}.evaluation_range_extra"), extra, [0, MOST_EXTRA]);
    Some(AlarmSpec {
        name: raw.name.clone(),
        metric: raw.metric.into(),
        statistic: raw.statistic.0,
        percentile_method: raw.percentile_method.into(),
        fleet: raw.fleet.into(),
        comparison: raw.comparison.into(),
        threshold: threshold::threshold(&format!("{path}.threshold"), raw, report)?,
        period: raw.period.0,
        evaluation_periods: raw.evaluation_periods,
        datapoints_to_alarm: *raw.datapoints_to_alarm.get_or_insert(raw.evaluation_periods),
        treat_missing_data: raw.treat_missing_data.into(),
        missing_data_rule: match raw.missing_data_rule {
            RawMissingDataRule::CloudWatch => MissingDataRule::CloudWatch { range_extra: extra },
            RawMissingDataRule::Window => MissingDataRule::Window,
        },
        evaluation: raw.evaluation.into(),
        history: raw.history.into(),
        unresolved: raw.unresolved.into(),
    })
}

fn statistic(path: &str, raw: &RawAlarm, report: &mut Report) {
    let is_percentile = matches!(raw.statistic.0, Statistic::Percentile(_));
    if is_percentile && raw.metric != RawMetric::ModelLatency && report.sound(path) {
        report.problem(
            format!("{path}.statistic"),
            "a percentile needs a metric of many values; this one is 0 or 1 for each request",
            "use `Average` for a rate or `Sum` for a number of requests",
        );
    }
}

fn period(path: &str, raw: &RawAlarm, interval: SimDuration, report: &mut Report) {
    let period = raw.period.0;
    let period_path = format!("{path}.period");
    if !is_cloudwatch_period(period) {
        report.problem(
            period_path,
            format!(
                "`period` must be 10, 20 or 30 seconds or a multiple of a minute, not {period}"
            ),
            "CloudWatch takes no other; \"60s\" is usual",
        );
        return;
    }
    if report.sound("metrics.interval") && period.as_nanos() % interval.as_nanos() != 0 {
        report.problem(
            &period_path,
            format!("`period` ({period}) is not a multiple of metrics.interval ({interval})"),
            "a datapoint is made of whole published intervals; \
             lengthen the period or publish more often",
        );
    }
    let (longest, spoken) = if period >= SimDuration::from_secs(3600) {
        (7 * 86_400, "a week")
    } else {
        (86_400, "a day")
    };
    let most = SimDuration::from_secs(longest).as_nanos() / period.as_nanos();
    let periods_path = format!("{path}.evaluation_periods");
    if i64::from(raw.evaluation_periods) > most {
        report.problem(
            periods_path,
            format!("{} periods of {period} are more than {spoken}", raw.evaluation_periods),
            format!("CloudWatch looks back {spoken} at most; give at most {most}"),
        );
    }
}

fn datapoints(path: &str, raw: &RawAlarm, report: &mut Report) {
    let periods_path = format!("{path}.evaluation_periods");
    report.count(&periods_path, raw.evaluation_periods, [1, u64::from(u32::MAX)]);
    let Some(datapoints) = raw.datapoints_to_alarm else { return };
    let datapoints_path = format!("{path}.datapoints_to_alarm");
    report.count(&datapoints_path, datapoints, [1, u64::from(u32::MAX)]);
    if datapoints > raw.evaluation_periods && report.sound(&periods_path) {
        report.problem(
            datapoints_path,
            format!(
                "{datapoints} datapoints to alarm are more than the {} that are looked at",
                raw.evaluation_periods
            ),
            format!("give 1 to {}, or more evaluation_periods", raw.evaluation_periods),
        );
    }
}
