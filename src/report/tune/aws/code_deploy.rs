//! A plan of CodeDeploy: its configuration, and what its deployment group watches.
//!
//! Source: <https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeploymentConfig.html>,
//! <https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_UpdateDeploymentGroup.html>.

use super::Export;
use crate::report::events::endpoint_name;
use crate::report::tune::json_file;
use crate::report::{OutputFile, RenderError};
use crate::rollout::code_deploy::{PREFIX, PRESETS};
use crate::rollout::plan::{Plan, Stage};
use crate::time::SimDuration;
use serde_json::{Value, json};

/// What is shifted first \[% of the traffic\], how long until the next shift \[min\], and whether the second
/// shift is the last.
struct Course {
    percent: u32,
    interval_min: i64,
    is_canary: bool,
}

/// Inputs of `create-deployment-config` (unless everything is shifted at once) and
/// `update-deployment-group`.
pub(super) fn files(export: &Export<'_>) -> Result<Vec<OutputFile>, RenderError> {
    let name = format!("{}-tuned", endpoint_name(export.scenario));
    let mut files = Vec::new();
    let config = config(export.plan, &name);
    if let Some(config) = &config {
        files.push(json_file("aws/codedeploy_deployment_config.json", config)?);
    }
    if !can_be_set(export.plan) {
        // Anything else would shift traffic in another way than what was simulated.
        return Ok(files);
    }
    let alarms: Vec<Value> = export.watched.iter().map(|name| json!({ "name": name })).collect();
    let used = if config.is_some() { name } else { format!("{PREFIX}LambdaAllAtOnce") };
    let group = json!({
        "applicationName": endpoint_name(export.scenario),
        "currentDeploymentGroupName": endpoint_name(export.scenario),
        "deploymentConfigName": used,
        "alarmConfiguration": {
            "enabled": !alarms.is_empty(),
            "ignorePollAlarmFailure": false,
            "alarms": alarms,
        },
        "autoRollbackConfiguration": {
            "enabled": true,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        },
    });
    files.push(json_file("aws/codedeploy_deployment_group.json", &group)?);
    Ok(files)
}

/// Whether CodeDeploy can shift traffic as this plan does: all at once, or in whole percents and minutes.
pub(super) fn can_be_set(plan: &Plan) -> bool {
    plan.stages.len() == 1 || course(plan).is_some()
}

/// The predefined configurations that shift in the same way.
pub(super) fn same_as(plan: &Plan) -> Vec<String> {
    let shares = |stages: &[Stage]| stages.iter().map(|stage| stage.share).collect::<Vec<_>>();
    let same = PRESETS.iter().filter(|preset| {
        let stages = preset.shift.stages(plan.fleets, SimDuration::ZERO);
        let interval = course(plan).map(|course| SimDuration::from_secs(60 * course.interval_min));
        shares(&stages) == shares(&plan.stages) && preset.shift.interval() == interval
    });
    same.map(|preset| format!("{PREFIX}{}", preset.name)).collect()
}

fn config(plan: &Plan, name: &str) -> Option<Value> {
    let Course { percent, interval_min, is_canary } = course(plan)?;
    let routing = if is_canary {
        json!({
            "type": "TimeBasedCanary",
            "timeBasedCanary": { "canaryPercentage": percent, "canaryInterval": interval_min },
        })
    } else {
        json!({
            "type": "TimeBasedLinear",
            "timeBasedLinear": { "linearPercentage": percent, "linearInterval": interval_min },
        })
    };
    Some(json!({
        "deploymentConfigName": name,
        "computePlatform": "Lambda",
        "trafficRoutingConfig": routing,
    }))
}

/// `None` if everything is shifted at once, or not in whole percents and minutes.
fn course(plan: &Plan) -> Option<Course> {
    let [first, second, ..] = plan.stages.as_slice() else { return None };
    let percent =
        (1..=99_u32).find(|&percent| (first.share * 100.0 - f64::from(percent)).abs() < 1e-9)?;
    // The time that a switch takes is part of the interval.
    let interval = first.bake.as_nanos() + plan.times.switch.as_nanos();
    let minute = SimDuration::from_secs(60).as_nanos();
    (interval % minute == 0).then(|| Course {
        percent,
        interval_min: interval / minute,
        is_canary: plan.stages.len() == 2 && second.share >= 1.0,
    })
}
