//! Lint 15: an account quota that a launch does not fit into.
//!
//! A launch fails if with it more instances than `endpoint.instance_quota` would exist; those of both
//! fleets count, whether they take traffic or not, until they are gone. Blue/green launches all of green
//! beside all of blue; a rolling rollout launches a batch, and on its way back what it has terminated by
//! then. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html>; that a quota acts on
//! a rollback so is an assumption of the model.

use crate::lint::facts::{Facts, Rollout};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::rollout::rolling::{Rolling, Standing, way_back};

pub(in crate::lint) const LINT: Lint = Lint {
    number: 15,
    name: "quota-too-small",
    why: "What does not fit into the account's quota is not launched: the update fails before anything has \
          changed, or, on the way back, both models stay in service.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(quota) = facts.scenario.endpoint.instance_quota else { return Vec::new() };
    let judge = |rollout| forward(rollout, quota).or_else(|| back(rollout, quota));
    // The plain update that is added to compare with is nobody's plan.
    let planned = facts.rollouts.iter().filter(|rollout| !rollout.plan.is_baseline());
    planned.filter_map(judge).collect()
}

/// The first launch that does not fit.
fn forward(rollout: &Rollout<'_>, quota: u32) -> Option<Finding> {
    let plan = rollout.plan;
    let mut launched = 0;
    for stage in 0..plan.stages.len() {
        let batch = plan.launched_for(stage);
        launched += batch;
        // A rolling rollout has terminated as many as it launched before.
        let alive = if plan.rolling.is_some() {
            plan.fleets.blue
        } else {
            plan.fleets.blue + launched - batch
        };
        if batch > 0 && alive + batch > quota {
            let mut finding = found(rollout, Severity::Error, (alive, batch, quota));
            finding.message =
                format!("\"{}\" cannot launch what stage {} needs", rollout.name(), stage + 1);
            finding.remedy =
                "a larger quota, or `rolling` in smaller batches, each of which fits".into();
            return Some(finding);
        }
    }
    None
}

/// The first stage whose rollback does not fit.
fn back(rollout: &Rollout<'_>, quota: u32) -> Option<Finding> {
    let (plan, Rolling { rollback_batch }) = (rollout.plan, rollout.plan.rolling?);
    let fleets = plan.fleets;
    for (number, stage) in plan.stages.iter().enumerate().skip(1) {
        let gone = plan.stages[number - 1].green_active;
        let standing =
            Standing { blue: fleets.blue - gone, green: stage.green_active, is_shifted: true };
        let mut alive = standing.blue + standing.green;
        for step in way_back(standing, fleets, rollback_batch) {
            if alive + step.launch > quota {
                let mut finding = found(rollout, Severity::Warning, (alive, step.launch, quota));
                finding.message = format!(
                    "\"{}\" cannot go back from stage {} on: both models stay in service",
                    rollout.name(),
                    number + 1
                );
                finding.remedy = "a larger quota, or a smaller rollback_batch".into();
                return Some(finding);
            }
            alive = alive + step.launch - step.remove;
        }
    }
    None
}

fn found(
    rollout: &Rollout<'_>,
    severity: Severity,
    (alive, launch, quota): (u32, u32, u32),
) -> Finding {
    let mut finding = LINT.finding(severity, "endpoint.instance_quota".to_owned());
    finding.strategy = Some(rollout.name().to_owned());
    finding.arithmetic =
        format!("{alive} instances + {launch} to be launched = {} > {quota}", alive + launch);
    finding
}
