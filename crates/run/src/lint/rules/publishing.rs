//! Lint 12: metrics that arrive later than the alarm looks.
//!
//! A period shorter than the interval in which the metric is published has no datapoint most of the time;
//! such a scenario is refused as malformed. What remains are metrics that arrive late: with a delay d the
//!
//! ```text
//! newest ⌊(d − step + interval) / P⌋ periods
//! ```
//!
//! are missing at every evaluation. The evaluation range of N + extra periods makes up for `extra` of
//! them. Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html> (periods
//! below the interval),
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>.

use crate::alarm::spec::{Evaluation, MissingDataRule, TreatMissingData};
use crate::lint::facts::Facts;
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::{Watch, short};

pub(in crate::lint) const LINT: Lint = Lint {
    number: 12,
    name: "late-metrics",
    why: "An evaluation sees what has arrived. If metrics arrive later than a period lasts, the newest \
          datapoints are missing every time, and the missing-data setting decides instead of them.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.regular().filter_map(|watch| judge(facts, watch)).collect()
}

fn judge(facts: &Facts<'_>, watch: &Watch<'_>) -> Option<Finding> {
    let metrics = &facts.scenario.metrics;
    let (period, step, delay) = (watch.spec.period, watch.step(), facts.delay(watch));
    let unseen = delay.as_nanos() - step.as_nanos() + metrics.interval.as_nanos();
    let missing = unseen.max(0) / period.as_nanos();
    if missing == 0 || watch.spec.evaluation == Evaluation::Aligned {
        return None;
    }
    let extra = match watch.spec.missing_data_rule {
        MissingDataRule::CloudWatch { range_extra } => i64::from(range_extra),
        MissingDataRule::Window => 0,
    };
    let n = i64::from(watch.spec.evaluation_periods);
    let m = i64::from(watch.spec.datapoints_to_alarm);
    let seen = (n + extra - missing).clamp(0, n);
    let (severity, what) = match watch.spec.treat_missing_data {
        TreatMissingData::Breaching if n - seen >= m => {
            (Severity::Error, "is in ALARM all the time: what has not arrived counts as breaching")
        }
        TreatMissingData::NotBreaching | TreatMissingData::Ignore if seen < m => {
            (Severity::Error, "can never fire: too few of its datapoints ever arrive in time")
        }
        TreatMissingData::Missing if seen == 0 => {
            (Severity::Error, "can never fire: none of its datapoints ever arrives in time")
        }
        _ if seen < n => (Severity::Warning, "never sees all the datapoints that it asks for"),
        _ => (Severity::Note, "always looks at old datapoints: the newest have not arrived"),
    };
    let mut finding = LINT.finding(severity, watch.place("period"));
    finding.alarm = Some(watch.spec.name.clone());
    finding.message = format!("\"{}\" {what}", watch.spec.name);
    let seconds = |nanos: i64| short(crate::endpoint::steady::nanos_f64(nanos) / 1e9);
    finding.arithmetic = format!(
        "({} s - {} s + {} s) / {} s: the newest {missing} periods are missing; {seen} of the {n} that \
         decide can be real ({n} + {extra} are retrieved), {m} must breach",
        seconds(delay.as_nanos()),
        seconds(step.as_nanos()),
        seconds(metrics.interval.as_nanos()),
        seconds(period.as_nanos()),
    );
    finding.remedy = format!("take a period above the delay of {delay}");
    Some(finding)
}
