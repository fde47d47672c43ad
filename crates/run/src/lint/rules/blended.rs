//! Lint 17: a stage of partial traffic that only alarms on both fleets watch.
//!
//! Such an alarm sees f·new + (1 − f)·old: a change of the new model shows by f of its size. Whether that
//! hides a regression of the scenario is judged by lint 4; this one holds for any. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html>.

use crate::alarm::spec::FleetDimension;
use crate::lint::facts::{Facts, Rollout, Span};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::short;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 17,
    name: "only-blended-alarms",
    why: "Where all alarms see both fleets blended, a change of the new model shows by its share of the \
          traffic only, and trouble of the old fleet rolls a healthy release back.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.rollouts.iter().filter_map(|rollout| judge(facts, rollout)).collect()
}

fn judge(facts: &Facts<'_>, rollout: &Rollout<'_>) -> Option<Finding> {
    let watched = facts.fleets_watched(rollout);
    let is_blended =
        watched.contains(&FleetDimension::Both) && !watched.contains(&FleetDimension::Green);
    let parts: Vec<&Span> = rollout
        .spans
        .iter()
        .filter(|span| span.stage.share > 0.0 && span.stage.share < 1.0 && span.until > span.from)
        .collect();
    let smallest =
        parts.iter().min_by(|one, other| one.stage.share.total_cmp(&other.stage.share))?;
    if !is_blended {
        return None;
    }
    let mut finding = LINT.finding(Severity::Note, format!("strategies[{}].alarms", rollout.index));
    finding.strategy = Some(rollout.name().to_owned());
    let stages: Vec<String> = parts.iter().map(|span| (span.index + 1).to_string()).collect();
    let plural = if stages.len() == 1 { "stage" } else { "stages" };
    finding.message = format!(
        "only alarms on both fleets watch {plural} {} of \"{}\"",
        stages.join(", "),
        rollout.name()
    );
    let names: Vec<String> = rollout
        .plan
        .alarms
        .iter()
        .map(|&number| format!("\"{}\"", facts.scenario.alarm_name(number)))
        .collect();
    finding.arithmetic = format!(
        "a change of a rate or an average shows by {} of its size in {}, at {} % of the traffic",
        short(smallest.stage.share),
        names.join(", "),
        short(100.0 * smallest.stage.share)
    );
    finding.remedy =
        "add an alarm on the new fleet alone: fleet = \"green\" (dimension EndpointConfigName)"
            .into();
    Some(finding)
}
