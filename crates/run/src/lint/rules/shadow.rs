//! Lint 16: mirrored requests that no alarm watches.
//!
//! A shadow test has no rollback of its own: what the new model does to the mirrored requests ends it only
//! if an alarm sees the shadow variant. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-view-monitor-edit.html>.

use crate::alarm::spec::FleetDimension;
use crate::lint::facts::{Facts, Rollout};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::short;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 16,
    name: "shadow-unwatched",
    why: "Nobody is hurt by what a shadow does, and nobody learns of it either: without an alarm on the \
          mirrored requests every model passes the test, and live traffic follows.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.rollouts.iter().filter_map(|rollout| judge(facts, rollout)).collect()
}

fn judge(facts: &Facts<'_>, rollout: &Rollout<'_>) -> Option<Finding> {
    let mirrors = rollout.spans.iter().find(|span| span.stage.mirror > 0.0)?;
    if facts.fleets_watched(rollout).contains(&FleetDimension::Shadow) {
        return None;
    }
    // Whoever has no alarm at all wants none.
    let alarms = rollout.plan.alarms.len();
    let severity = if alarms == 0 { Severity::Note } else { Severity::Warning };
    let mut finding = LINT.finding(severity, format!("strategies[{}].shadow", rollout.index));
    finding.strategy = Some(rollout.name().to_owned());
    finding.message = format!(
        "no alarm watches the mirrored requests in stage {} of \"{}\"",
        mirrors.index + 1,
        rollout.name()
    );
    finding.arithmetic = format!(
        "{} % of the requests are mirrored for {}; of its {alarms} alarms none sees the shadow",
        short(100.0 * mirrors.stage.mirror),
        mirrors.bake()
    );
    finding.remedy =
        "add an alarm with fleet = \"shadow\", and name it in the `alarms` of the strategy".into();
    Some(finding)
}
