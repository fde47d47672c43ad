//! Lint 7: an execution time-out that the rollout itself uses up.
//!
//! `MaximumExecutionTimeoutInSeconds` must be larger than the sum of all waits; provisioning and switches
//! come on top:
//!
//! ```text
//! needed = Σ (provisioning where instances are launched + switch + bake + clean-up between batches)
//! ```
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html>.

use crate::lint::facts::{Facts, Rollout};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::lint::watch::short;
use crate::time::SimDuration;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 7,
    name: "timeout-too-short",
    why: "The time-out counts from the request of the update, provisioning and switches included. If the \
          stages alone use it up, every release is given up, the good ones too.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    // An A/B test may be decided long before it must end.
    let fixed = facts.rollouts.iter().filter(|rollout| rollout.plan.test.is_none());
    fixed.filter_map(judge).collect()
}

fn judge(rollout: &Rollout<'_>) -> Option<Finding> {
    let timeout = rollout.plan.rules.timeout?;
    let needed = rollout.plan.time_needed();
    let launches = (0..rollout.plan.stages.len())
        .filter(|&stage| rollout.plan.launched_for(stage) > 0)
        .map(|_| rollout.plan.times.provision)
        .fold(SimDuration::ZERO, |sum, time| sum + time);
    let severity = if timeout < needed {
        Severity::Error
    } else if timeout < needed + launches {
        Severity::Warning
    } else {
        return None;
    };
    let place = format!("strategies[{}].timeout", rollout.index);
    let mut finding = LINT.finding(severity, place);
    finding.strategy = Some(rollout.name().to_owned());
    finding.message = if severity == Severity::Error {
        format!("\"{}\" always times out: it needs longer than its time-out", rollout.name())
    } else {
        format!("\"{}\" times out if provisioning takes twice as long", rollout.name())
    };
    let seconds = |time: SimDuration| short(time.as_secs_f64());
    let waits = rollout.spans.iter().fold(SimDuration::ZERO, |sum, span| sum + span.bake());
    finding.arithmetic = format!(
        "{} s of bakes + {} s of provisioning + {} s of switches and clean-up = {} s {} {} s",
        seconds(waits),
        seconds(launches),
        short(needed.as_secs_f64() - waits.as_secs_f64() - launches.as_secs_f64()),
        seconds(needed),
        if severity == Severity::Error { ">" } else { "≤" },
        seconds(timeout)
    );
    finding.remedy = format!("give a time-out above {}, or shorter bakes", needed + launches);
    Some(finding)
}
