//! Lint 5: alarms, but no final bake.
//!
//! Alarms count until the end of the last bake (`TerminationWaitInSeconds`, 0 by default). Without one,
//! the old fleet is given up the moment the new one has all traffic. CodeDeploy and ECS know no such bake:
//! there it is only worth a note. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html>.

use crate::lint::facts::{Facts, Rollout};
use crate::lint::finding::{Finding, Lint, Severity};
use crate::rollout::plan::Service;

pub(in crate::lint) const LINT: Lint = Lint {
    number: 5,
    name: "no-final-bake",
    why: "Alarms roll back until the last bake is over. Without a final bake the old fleet goes as soon as \
          the new one has all traffic, so what shows only under full load is never rolled back.",
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.rollouts.iter().filter_map(judge).collect()
}

fn judge(rollout: &Rollout<'_>) -> Option<Finding> {
    let last = rollout.spans.last()?;
    if rollout.plan.alarms.is_empty() || !rollout.plan.promotes() || !last.bake().is_zero() {
        return None;
    }
    let watched = rollout.spans.iter().any(|span| span.until > span.from);
    let has_final_bake = rollout.plan.service == Service::SageMaker;
    let severity = match (watched, has_final_bake) {
        (true, true) => Severity::Warning,
        (false, true) => Severity::Error,
        (_, false) => Severity::Note,
    };
    let place = rollout.written.bake_place(last.index, true);
    let mut finding = LINT.finding(severity, place);
    finding.strategy = Some(rollout.name().to_owned());
    finding.message = if watched {
        format!("\"{}\" has alarms but no final bake", rollout.name())
    } else {
        format!("\"{}\" has alarms but is never watched: none can act", rollout.name())
    };
    let alarms = rollout.plan.alarms.len();
    finding.arithmetic = format!("{alarms} alarms, watched for 0 s at 100 % of the traffic");
    finding.remedy = if !has_final_bake {
        "this service has none: keep the last step small, or watch it yourself".to_owned()
    } else if watched {
        "give a final_bake (TerminationWaitInSeconds) in which every alarm can fire".to_owned()
    } else {
        "give a final_bake, or alarms = [] if no guard is meant".to_owned()
    };
    Some(finding)
}
