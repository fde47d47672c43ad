//! A plan as SageMaker's `DeploymentConfig`.
//!
//! Sizes are given as numbers of instances where traffic moves by instances: that is what was simulated,
//! whereas it is not documented how SageMaker rounds a percentage.
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html>; limits as
//! in [`limits`](crate::rollout::limits).

use crate::rollout::limits::{
    ALARMS, CANARY_SIZE, EXECUTION_TIMEOUT, LINEAR_STEP_SIZE, MAXIMUM_BATCH_SIZE,
    ROLLBACK_MAXIMUM_BATCH_SIZE, ROLLING_WAIT_INTERVAL, SizeLimit, TERMINATION_WAIT, TimeLimit,
    WAIT_INTERVAL,
};
use crate::rollout::plan::{Plan, Service, Stage};
use crate::rollout::rolling::Rolling;
use crate::rollout::shift::Portion;
use crate::time::{NANOS_PER_S, SimDuration};
use serde_json::{Value, json};

/// The configuration with the alarms of these names; why there is none, in words.
pub(super) fn config(plan: &Plan, alarms: &[Value]) -> Result<Value, String> {
    let other = match plan.service {
        Service::SageMaker if plan.test.is_some() => Some(
            "an A/B test is no update of an endpoint but production variants side by side, whose \
             weights decide",
        ),
        Service::SageMaker if plan.stages.iter().any(|stage| stage.mirror > 0.0) => Some(
            "a shadow test is an inference experiment (`create-inference-experiment`) and no update \
             of an endpoint; nothing in SageMaker ends it on an alarm",
        ),
        Service::SageMaker => None,
        Service::CodeDeploy => Some("it is a deployment of CodeDeploy"),
        Service::Ecs => Some(
            "it is ECS's own rolling deployment: name the alarms in the service's \
             `deploymentConfiguration.alarms`, with `enable` and `rollback` set",
        ),
    };
    if let Some(reason) = other {
        return Err(reason.to_owned());
    }
    if alarms.len() > ALARMS.most {
        return Err(format!("{} takes at most {} alarms", ALARMS.field, ALARMS.most));
    }
    let (key, policy) = match plan.rolling {
        Some(rolling) => ("RollingUpdatePolicy", rolling_policy(plan, rolling)?),
        None => ("BlueGreenUpdatePolicy", blue_green_policy(plan)?),
    };
    let mut config = json!({ key: policy });
    if !alarms.is_empty() {
        let alarms: Vec<Value> = alarms.iter().map(|name| json!({ "AlarmName": name })).collect();
        config["AutoRollbackConfiguration"] = json!({ "Alarms": alarms });
    }
    Ok(config)
}

fn blue_green_policy(plan: &Plan) -> Result<Value, String> {
    let Some((last, before)) = plan.stages.split_last() else {
        return Err("it has no stage".to_owned());
    };
    if last.share < 1.0 {
        return Err("it does not end with all traffic on the new fleet".to_owned());
    }
    let routing = match before {
        [] => json!({ "Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0 }),
        [canary] => json!({
            "Type": "CANARY",
            "CanarySize": size(plan, canary, CANARY_SIZE)?,
            "WaitIntervalInSeconds": seconds(canary.bake, &WAIT_INTERVAL)?,
        }),
        [first, ..] => {
            is_linear(plan)?;
            json!({
                "Type": "LINEAR",
                "LinearStepSize": size(plan, first, LINEAR_STEP_SIZE)?,
                "WaitIntervalInSeconds": seconds(first.bake, &WAIT_INTERVAL)?,
            })
        }
    };
    let mut policy = json!({
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": seconds(last.bake, &TERMINATION_WAIT)?,
    });
    timeout(plan, &mut policy)?;
    Ok(policy)
}

fn rolling_policy(plan: &Plan, rolling: Rolling) -> Result<Value, String> {
    let Some(first) = plan.stages.first() else { return Err("it has no stage".to_owned()) };
    is_linear(plan)?;
    let back = u64::from(rolling.rollback_batch.min(plan.fleets.blue));
    let mut policy = json!({
        "MaximumBatchSize": size(plan, first, MAXIMUM_BATCH_SIZE)?,
        "WaitIntervalInSeconds": seconds(first.bake, &ROLLING_WAIT_INTERVAL)?,
    });
    timeout(plan, &mut policy)?;
    if back < u64::from(plan.fleets.blue) {
        let portion = (back, u64::from(plan.fleets.blue));
        policy["RollbackMaximumBatchSize"] = instances(portion, ROLLBACK_MAXIMUM_BATCH_SIZE)?;
    }
    Ok(policy)
}

/// Whether the stages are equal steps, the last taking the remainder, each but the last baked for as long.
fn is_linear(plan: &Plan) -> Result<(), String> {
    let uneven = || {
        "its steps are not equal, and SageMaker knows only a canary, equal linear steps, and batches"
            .to_owned()
    };
    let first = plan.stages.first().ok_or_else(uneven)?;
    let last = plan.stages.len() - 1;
    for (index, stage) in plan.stages.iter().enumerate() {
        let steps = f64::from(u32::try_from(index + 1).map_err(|_| uneven())?);
        let expected = (steps * green_share(plan, first)).min(1.0);
        let in_step = (green_share(plan, stage) - expected).abs() < 1e-9;
        if !in_step || index < last && stage.bake != first.bake {
            return Err(uneven());
        }
    }
    Ok(())
}

/// The part of the new fleet that takes traffic, or of the traffic that it takes.
fn green_share(plan: &Plan, stage: &Stage) -> f64 {
    if by_instances(plan) {
        f64::from(stage.green_active) / f64::from(plan.fleets.green)
    } else {
        stage.share
    }
}

fn by_instances(plan: &Plan) -> bool {
    plan.fleets.by_instances || plan.rolling.is_some()
}

fn size(plan: &Plan, stage: &Stage, limit: SizeLimit) -> Result<Value, String> {
    if by_instances(plan) {
        return instances((stage.green_active.into(), plan.fleets.green.into()), limit);
    }
    let percent =
        (1..=100_u32).find(|&percent| (stage.share * 100.0 - f64::from(percent)).abs() < 1e-9);
    let Some(percent) = percent else {
        return Err(format!("{} is a whole percentage", limit.field));
    };
    within((percent.into(), 100), limit)?;
    Ok(json!({ "Type": "CAPACITY_PERCENT", "Value": percent }))
}

fn instances((parts, of): (u64, u64), limit: SizeLimit) -> Result<Value, String> {
    within((parts, of), limit)?;
    Ok(json!({ "Type": "INSTANCE_COUNT", "Value": parts }))
}

fn within((parts, of): (u64, u64), limit: SizeLimit) -> Result<(), String> {
    let portion = Portion::new(parts, of).filter(|portion| {
        !portion.exceeds(limit.most.0, limit.most.1)
            && !portion.is_below(limit.least.0, limit.least.1)
    });
    let percent = |(parts, of): (u64, u64)| 100 * parts / of;
    portion.map(|_| ()).ok_or_else(|| {
        format!(
            "{} is {} % to {} %, and this {} is {parts} of {of}",
            limit.field,
            percent(limit.least),
            percent(limit.most),
            limit.what
        )
    })
}

fn seconds(time: SimDuration, limit: &TimeLimit) -> Result<i64, String> {
    if time < limit.least || time > limit.most {
        return Err(format!("{} is {} to {}, not {time}", limit.field, limit.least, limit.most));
    }
    if time.as_nanos() % NANOS_PER_S != 0 {
        return Err(format!("{} is whole seconds, not {time}", limit.field));
    }
    Ok(time.as_nanos() / NANOS_PER_S)
}

fn timeout(plan: &Plan, policy: &mut Value) -> Result<(), String> {
    if let Some(timeout) = plan.rules.timeout {
        let key = "MaximumExecutionTimeoutInSeconds";
        policy[key] = json!(seconds(timeout, &EXECUTION_TIMEOUT)?);
    }
    Ok(())
}
