//! Lint 9: how an alarm on the new fleet alone takes the time before its first request.
//!
//! The series of a new EndpointConfigName begins with the new fleet's first traffic; before, and in every
//! period without a request, there is no datapoint. With `missing` (the default) the alarm sits in
//! INSUFFICIENT_DATA, and a single breaching datapoint among gaps can be ALARM whatever M is; with
//! `breaching` it is in ALARM before anything has happened. Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>.

use crate::alarm::spec::{History, TreatMissingData};
use crate::lint::facts::Facts;
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::Watch;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 9,
    name: "missing-on-new-fleet",
    why: "The new fleet's series does not exist before its first request, so what a missing datapoint counts \
          as decides the alarm's state at the very start of the rollout and in every quiet minute.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let guarding = facts.watches.iter().filter(|watch| {
        watch.is_fleet_only() && facts.rollouts.iter().any(|rollout| rollout.is_guarded_by(watch))
    });
    guarding.filter_map(judge).collect()
}

fn judge(watch: &Watch<'_>) -> Option<Finding> {
    if watch.spec.history == History::NonBreaching {
        return None;
    }
    let treat = watch.spec.treat_missing_data;
    let severity = match treat {
        TreatMissingData::Missing => Severity::Warning,
        TreatMissingData::Breaching => Severity::Error,
        TreatMissingData::Ignore | TreatMissingData::NotBreaching => return None,
    };
    let mut finding = LINT.finding(severity, watch.place("treat_missing_data"));
    let (name, n) = (&watch.spec.name, watch.spec.evaluation_periods);
    finding.alarm = Some(name.clone());
    if treat == TreatMissingData::Missing {
        finding.message =
            format!("\"{name}\" sits in INSUFFICIENT_DATA until the new fleet has traffic");
        finding.arithmetic = format!(
            "{n} of {n} datapoints are missing before the first request: INSUFFICIENT_DATA, not OK; \
             afterwards one breaching datapoint {} periods old among gaps is ALARM",
            watch.spec.datapoints_to_alarm
        );
    } else {
        finding.message =
            format!("\"{name}\" is in ALARM before the new fleet has served a request");
        finding.arithmetic = format!(
            "{n} of {n} datapoints are missing before the first request and count as breaching, {} are \
             enough: ALARM",
            watch.spec.datapoints_to_alarm
        );
    }
    finding.remedy = "treat_missing_data = \"notBreaching\"".into();
    Some(finding)
}
