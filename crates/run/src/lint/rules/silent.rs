//! Lint 9: how an alarm on the new fleet alone takes the time before its first request.
//!
//! The series of a new EndpointConfigName begins with the new fleet's first traffic; before, and in every
//! period without a request, there is no datapoint. With `missing` (the default) the alarm sits in
//! INSUFFICIENT_DATA, and a single breaching datapoint among gaps can be ALARM whatever M is; with
//! `breaching` it is in ALARM before anything has happened. An alarm that is made later (`created_after`)
//! has only the periods before its making that lie before that request. Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>.

use crate::alarm::spec::{History, TreatMissingData};
use crate::lint::facts::{Facts, Rollout};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::Watch;
use crate::time::SimTime;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 9,
    name: "missing-on-new-fleet",
    why: "The new fleet's series does not exist before its first request, so what a missing datapoint counts \
          as decides the alarm's state at the very start of the rollout and in every quiet minute.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let fleet_only = facts.watches.iter().filter(|watch| watch.is_fleet_only());
    fleet_only.filter_map(|watch| judge(facts, watch)).collect()
}

fn judge(facts: &Facts<'_>, watch: &Watch<'_>) -> Option<Finding> {
    if watch.spec.history == History::NonBreaching {
        return None;
    }
    let guarded = facts.rollouts.iter().filter(|rollout| rollout.is_guarded_by(watch));
    let missing = guarded.map(|rollout| Missing::new(rollout, watch)).max()?;
    let (name, n, m) =
        (&watch.spec.name, watch.spec.evaluation_periods, watch.spec.datapoints_to_alarm);
    let count = |missing: u32| {
        format!(
            "{missing} of {n} datapoints are missing before the first request and count as breaching, {m} \
             are enough: ALARM"
        )
    };
    let (severity, message, arithmetic) = match watch.spec.treat_missing_data {
        TreatMissingData::Missing if missing.surely == n => (
            Severity::Warning,
            format!("\"{name}\" sits in INSUFFICIENT_DATA until the new fleet has traffic"),
            format!(
                "{n} of {n} datapoints are missing before the first request: INSUFFICIENT_DATA, not OK; \
                 afterwards one breaching datapoint {m} periods old among gaps is ALARM"
            ),
        ),
        TreatMissingData::Breaching if missing.surely == n => (
            Severity::Error,
            format!("\"{name}\" is in ALARM before the new fleet has served a request"),
            count(n),
        ),
        TreatMissingData::Breaching if missing.surely >= m => (
            Severity::Error,
            format!("\"{name}\" is in ALARM as soon as it is made"),
            count(missing.surely),
        ),
        TreatMissingData::Breaching if missing.at_most >= m => (
            Severity::Warning,
            format!("\"{name}\" may be in ALARM as soon as it is made: it depends on the minute"),
            count(missing.at_most),
        ),
        _ => return None,
    };
    let mut finding = LINT.finding(severity, watch.place("treat_missing_data"));
    finding.alarm = Some(name.clone());
    finding.message = message;
    finding.arithmetic = arithmetic;
    finding.remedy = "treat_missing_data = \"notBreaching\"".into();
    Some(finding)
}

/// How many of its N periods lie before the first request that an alarm sees, when it is first evaluated
/// while it may act: all of them, unless it is made later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Missing {
    /// However the minutes fall: evaluated a step after it is made.
    surely: u32,
    /// Evaluated as soon as it is made.
    at_most: u32,
}

impl Missing {
    fn new(rollout: &Rollout<'_>, watch: &Watch<'_>) -> Self {
        let (n, period) = (watch.spec.evaluation_periods, watch.spec.period.as_nanos());
        let created = watch.spec.created_after.map(|after| SimTime::ZERO + after);
        let first = rollout.seen_by(watch.fleet).next().map(|span| span.from);
        let (Some(created), Some(first)) = (created, first) else {
            return Self { surely: n, at_most: n };
        };
        if rollout.spans.last().is_some_and(|last| created >= last.until) {
            return Self { surely: 0, at_most: 0 };
        }
        let missing_at = |end: SimTime| {
            let since = end.as_nanos().saturating_sub(first.as_nanos()).max(0);
            let filled = since / period + i64::from(since % period > 0);
            n.saturating_sub(u32::try_from(filled).unwrap_or(u32::MAX))
        };
        Self { surely: missing_at(created + watch.step()), at_most: missing_at(created) }
    }
}
