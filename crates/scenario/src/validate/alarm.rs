//! The alarms.

use super::experiment::is_cloudwatch_period;
use super::report::Report;
use super::subject::{self, Published};
use super::threshold;
use crate::alarm::spec::{AlarmSpec, Evaluation, FleetDimension, MissingDataRule, WarmUp};
use crate::raw::alarm::RawAlarm;
use crate::raw::choice::{RawEvaluation, RawEvaluationWindow, RawMissingDataRule};
use crate::rollout::limits::ALARM_NAME;
use crate::strategy::RawStrategy;
use crate::time::SimDuration;

/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html>.
const WALL_CLOCK_PERIODS: [SimDuration; 5] = [
    SimDuration::from_secs(60),
    SimDuration::from_secs(300),
    SimDuration::from_secs(3600),
    SimDuration::from_secs(86_400),
    SimDuration::from_secs(604_800),
];

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
        let operands = alarm.metrics.iter().flatten().enumerate();
        let operands =
            operands.map(|(place, operand)| (format!(".metrics[{place}]"), operand.fleet));
        for (place, fleet) in operands.chain([(String::new(), alarm.fleet)]) {
            if fleet == Some(FleetDimension::Shadow) {
                report.problem(
                    format!("alarms[{index}]{place}.fleet"),
                    format!(
                        "the alarm \"{}\" watches mirrored requests, but nothing is mirrored",
                        alarm.name
                    ),
                    "add a strategy with `shadow`, or watch another fleet",
                );
            }
        }
    }
}

/// One alarm; `None` only if it has a problem.
pub(super) fn alarm(
    path: &str,
    raw: &mut RawAlarm,
    published: &Published<'_>,
    report: &mut Report,
) -> Option<AlarmSpec> {
    period(path, raw, published.interval, report);
    datapoints(path, raw, report);
    let usual = MissingDataRule::usual_range_extra(raw.period);
    let extra = *raw.evaluation_range_extra.get_or_insert(usual);
    let subject = subject::subject(path, raw, published, report)?;
    let threshold = threshold::threshold(path, raw, &subject, report)?;
    Some(AlarmSpec {
        name: raw.name.clone(),
        subject,
        comparison: raw.comparison,
        threshold,
        period: raw.period,
        evaluation_periods: raw.evaluation_periods,
        datapoints_to_alarm: raw.datapoints_to_alarm.unwrap_or(raw.evaluation_periods),
        says_datapoints_to_alarm: raw.datapoints_to_alarm.is_some(),
        treat_missing_data: raw.treat_missing_data,
        missing_data_rule: match raw.missing_data_rule {
            RawMissingDataRule::CloudWatch => MissingDataRule::CloudWatch { range_extra: extra },
            RawMissingDataRule::Window => MissingDataRule::Window,
        },
        evaluation: evaluation(path, raw, report),
        history: raw.history,
        unresolved: raw.unresolved,
        premature_alarm: raw.premature_alarm,
        ignore_rule: raw.ignore_rule,
        low_samples: raw.evaluate_low_sample_count_percentile,
        low_sample_scope: raw.low_sample_scope,
        initial_state: raw.initial_state,
        created_after: raw.created_after,
        warm_up: warm_up(path, raw, report),
    })
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
        return match raw.evaluation {
            RawEvaluation::Sliding => Evaluation::Sliding,
            RawEvaluation::Aligned => Evaluation::Aligned,
        };
    }
    if raw.evaluation == RawEvaluation::Aligned {
        let message =
            "windows by a clock on the wall are evaluated every minute, not once a period";
        report.problem(format!("{path}.evaluation"), message, "take out `evaluation`");
    }
    if !WALL_CLOCK_PERIODS.contains(&raw.period) {
        let message = format!("windows by a clock on the wall are not {} long", raw.period);
        let help = "CloudWatch takes \"1m\", \"5m\", \"1h\", \"1d\" and \"7d\"";
        report.problem(format!("{path}.period"), message, help);
    }
    Evaluation::WallClock { offset_min }
}

fn warm_up(path: &str, raw: &RawAlarm, report: &mut Report) -> Option<WarmUp> {
    let Some(lasts) = raw.warm_up else {
        if raw.only_after_warm_up {
            let message = "without `warm_up` there is nothing to wait for";
            report.problem(format!("{path}.only_after_warm_up"), message, "give `warm_up`");
        }
        return None;
    };
    if lasts.as_nanos() % SimDuration::from_secs(60).as_nanos() != 0 {
        let message = format!("`warm_up` is a number of whole minutes, not {lasts}");
        report.problem(format!("{path}.warm_up"), message, "CloudWatch takes no other");
    }
    Some(WarmUp { lasts, to_its_end: raw.only_after_warm_up })
}

fn period(path: &str, raw: &RawAlarm, interval: SimDuration, report: &mut Report) {
    let period = raw.period;
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
    let Some(datapoints) = raw.datapoints_to_alarm else { return };
    let datapoints_path = format!("{path}.datapoints_to_alarm");
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
