//! Lint 19: a strategy whose guardrails SageMaker leaves out for a feature of the endpoint.
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html>; see
//! [`feature`](crate::endpoint::feature).

use crate::lint::facts::{Facts, Rollout};
use crate::lint::finding::{Finding, Lint, Severity};

pub(in crate::lint) const LINT: Lint = Lint {
    number: 19,
    name: "guardrails-excluded",
    why: "For an endpoint with such a feature SageMaker falls back to a blue/green deployment with all \
          traffic at once and no final baking period: no alarm rolls back what goes wrong.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.rollouts.iter().filter_map(|rollout| judge(facts, rollout)).collect()
}

fn judge(facts: &Facts<'_>, rollout: &Rollout<'_>) -> Option<Finding> {
    let feature = facts.scenario.endpoint.falls_back_for()?;
    let asked = rollout.written.guardrails()?;
    let mut finding = LINT.finding(Severity::Error, format!("strategies[{}]", rollout.index));
    finding.strategy = Some(rollout.name().to_owned());
    finding.message = format!(
        "SageMaker has no guardrails for an endpoint with {feature}: \"{}\" is a plain update",
        rollout.name()
    );
    finding.arithmetic =
        format!("{asked} are asked for, one switch, no bake and 0 alarms are played");
    finding.remedy =
        "move traffic between endpoints or variants yourself (`steps`), take out the feature, \
                      or set `limits = \"off\"` for a what-if"
            .into();
    Some(finding)
}
