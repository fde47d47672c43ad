//! The alarms.

use super::experiment::is_cloudwatch_period;
use super::report::Report;
use super::threshold;
use crate::alarm::spec::{AlarmSpec, Evaluation, MissingDataRule, Origin, Query, Subject, WarmUp};
use crate::rollout::limits::ALARM_NAME;
use crate::scenario::raw::alarm::RawAlarm;
use crate::scenario::raw::choice::{
    RawEvaluation, RawEvaluationWindow, RawFleet, RawMissingDataRule,
};
use crate::scenario::raw::scalar::RawDuration;
use crate::scenario::raw::strategy::RawStrategy;
use crate::telemetry::extended::{Bounds, Extended};
use crate::telemetry::metric::{Metric, Statistic};
use crate::telemetry::sampled::{SampledSource, SampledSpec};
use crate::time::SimDuration;

const MOST_EXTRA: u64 = 1000;

/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html>.
const WALL_CLOCK_PERIODS: [SimDuration; 5] = [
    SimDuration::from_secs(60),
    SimDuration::from_secs(300),
    SimDuration::from_secs(3600),
    SimDuration::from_secs(86_400),
    SimDuration::from_secs(604_800),
];

/// What alarms can watch.
pub(super) struct Published<'a> {
    /// Length of a published interval of the metrics of requests.
    pub(super) interval: SimDuration,
    /// What is published value by value.
    pub(super) sampled: &'a [SampledSpec],
}

/// The alarms; `None` only if a threshold has a problem.
pub(super) fn alarms(
    raw: &mut [RawAlarm],
    published: &Published<'_>,
    report: &mut Report,
) -> Option<Vec<AlarmSpec>> {
    report.names_up_to(ALARM_NAME.most, "alarms", raw.iter().map(|alarm| alarm.name.as_str()));
    let alarms: Vec<Option<AlarmSpec>> = raw
        .iter_mut()
        .enumerate()
        .map(|(index, raw)| alarm(&format!("alarms[{index}]"), raw, published, report))
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
        if alarm.fleet == Some(RawFleet::Shadow) {
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
    published: &Published<'_>,
    report: &mut Report,
) -> Option<AlarmSpec> {
    period(path, raw, published.interval, report);
    datapoints(path, raw, report);
    let extra = raw.evaluation_range_extra;
    report.count(format!("{path}.evaluation_range_extra"), extra, [0, MOST_EXTRA]);
    let query = Query {
        origin: origin(path, raw, published, report)?,
        statistic: raw.statistic.0,
        percentile_method: raw.percentile_method.into(),
        trim: raw.trim_method.into(),
    };
    statistic(path, &query, report);
    Some(AlarmSpec {
        name: raw.name.clone(),
        subject: Subject::Query(query),
        comparison: raw.comparison.into(),
        threshold: threshold::threshold(&format!("{path}.threshold"), raw, &query, report)?,
        period: raw.period.0,
        evaluation_periods: raw.evaluation_periods,
        datapoints_to_alarm: *raw.datapoints_to_alarm.get_or_insert(raw.evaluation_periods),
        treat_missing_data: raw.treat_missing_data.into(),
        missing_data_rule: match raw.missing_data_rule {
            RawMissingDataRule::CloudWatch => MissingDataRule::CloudWatch { range_extra: extra },
            RawMissingDataRule::Window => MissingDataRule::Window,
        },
        evaluation: evaluation(path, raw, report),
        history: raw.history.into(),
        unresolved: raw.unresolved.into(),
        premature_alarm: raw.premature_alarm.into(),
        ignore_rule: raw.ignore_rule.into(),
        low_samples: raw.evaluate_low_sample_count_percentile.into(),
        low_sample_scope: raw.low_sample_scope.into(),
        initial_state: raw.initial_state.into(),
        created_after: raw.created_after.map(|after| after.0),
        warm_up: warm_up(path, raw, report),
    })
}

/// Where the values of the metric or monitor that is named come from; `None` only if that has a
/// problem.
fn origin(
    path: &str,
    raw: &RawAlarm,
    published: &Published<'_>,
    report: &mut Report,
) -> Option<Origin> {
    let (key, kind, name, source) = match (&raw.metric, &raw.monitor) {
        (Some(metric), None) => ("metric", "metric", metric, SampledSource::Endpoint),
        (None, Some(monitor)) => ("monitor", "monitor", monitor, SampledSource::Monitor),
        (Some(_), Some(_)) => {
            let message = "an alarm watches a metric or a monitor, not both";
            report.problem(format!("{path}.monitor"), message, "take out one of them");
            return None;
        }
        (None, None) => {
            let example = "write, for example, `metric = \"Invocation5XXErrors\"`";
            report.problem(path, format!("`{path}` needs the key `metric`"), example);
            return None;
        }
    };
    let at_fleet = format!("{path}.fleet");
    let own = Metric::ALL.into_iter().find(|metric| metric.name() == name);
    if let (Some(metric), SampledSource::Endpoint) = (own, source) {
        let Some(fleet) = raw.fleet else {
            let message = format!("`{path}` needs the key `fleet`");
            report.problem(path, message, "write, for example, `fleet = \"green\"`");
            return None;
        };
        return Some(Origin::Requests(metric, fleet.into()));
    }
    let sampled = published.sampled.iter();
    let is_meant = |spec: &SampledSpec| spec.source == source && spec.name == *name;
    let Some(index) = sampled.clone().position(is_meant) else {
        let of_requests = Metric::ALL.iter().map(|metric| metric.name());
        let of_requests = of_requests.filter(|_| source == SampledSource::Endpoint);
        let others = sampled.filter(|spec| spec.source == source).map(|spec| spec.name.as_str());
        let known: Vec<&str> = of_requests.chain(others).collect();
        report.unknown_name(format!("{path}.{key}"), kind, name, &known);
        return None;
    };
    if raw.fleet.is_some() {
        let message = format!("the {kind} \"{name}\" is not divided by fleet");
        report.problem(at_fleet, message, "take out `fleet`");
    }
    Some(Origin::Sampled(index))
}

/// When and over which windows the alarm is evaluated.
fn evaluation(path: &str, raw: &RawAlarm, report: &mut Report) -> Evaluation {
    let offset_min = i64::from(raw.utc_offset_min);
    if raw.evaluation_window == RawEvaluationWindow::Sliding {
        if offset_min != 0 {
            let message =
                "a clock on the wall matters to `evaluation_window = \"wall_clock\"` only";
            report.problem(format!("{path}.utc_offset_min"), message, "take out one of them");
        }
        return raw.evaluation.into();
    }
    if raw.evaluation == RawEvaluation::Aligned {
        let message =
            "windows by a clock on the wall are evaluated every minute, not once a period";
        report.problem(format!("{path}.evaluation"), message, "take out `evaluation`");
    }
    if offset_min.abs() >= 24 * 60 {
        let message = format!("a clock is less than a day ahead of UTC, not {offset_min} minutes");
        report.problem(format!("{path}.utc_offset_min"), message, "give -1439 to 1439");
    }
    if !WALL_CLOCK_PERIODS.contains(&raw.period.0) {
        let message = format!("windows by a clock on the wall are not {} long", raw.period.0);
        let help = "CloudWatch takes \"1m\", \"5m\", \"1h\", \"1d\" and \"7d\"";
        report.problem(format!("{path}.period"), message, help);
    }
    Evaluation::WallClock { offset_min }
}

fn warm_up(path: &str, raw: &RawAlarm, report: &mut Report) -> Option<WarmUp> {
    let Some(RawDuration(lasts)) = raw.warm_up else {
        if raw.only_after_warm_up {
            let message = "without `warm_up` there is nothing to wait for";
            report.problem(format!("{path}.only_after_warm_up"), message, "give `warm_up`");
        }
        return None;
    };
    let is_whole = lasts.as_nanos() % SimDuration::from_secs(60).as_nanos() == 0;
    if !is_whole || lasts.is_zero() || lasts > SimDuration::from_secs(2880 * 60) {
        let message = format!("`warm_up` is 1 to 2880 whole minutes, not {lasts}");
        report.problem(format!("{path}.warm_up"), message, "CloudWatch takes no other");
    }
    Some(WarmUp { lasts, to_its_end: raw.only_after_warm_up })
}

fn statistic(path: &str, query: &Query, report: &mut Report) {
    let is_percentile = matches!(
        query.statistic,
        Statistic::Percentile(_) | Statistic::Extended(Extended { bounds: Bounds::Ranks(..), .. })
    );
    let has_many_values =
        !matches!(query.origin, Origin::Requests(metric, _) if metric != Metric::ModelLatency);
    if is_percentile && !has_many_values && report.sound(path) {
        report.problem(
            format!("{path}.statistic"),
            "a percentile, or what lies between two, needs a metric of many values; this one is 0 or \
             1 for each request",
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
