//! The recommended policy in the forms that AWS takes: only one whose limits are confirmed has them.
//!
//! - `aws/alarm_1_….json`: input of `aws cloudwatch put-metric-alarm --cli-input-json`, one for each alarm;
//!   `aws/composite_alarm_1_….json`: of `put-composite-alarm`.
//! - `aws/deployment_config.json`: the `DeploymentConfig` of `update-endpoint`; of CodeDeploy,
//!   `aws/codedeploy_….json` instead. Other strategies have none; `aws/README.md` says why.
//! - `aws/cloudformation.yaml` and `aws/terraform.tf.json`: alarms and endpoint together.
//!
//! The names of endpoint, variant and configurations are nominal, as in `events.jsonl`; in the templates they
//! are parameters.

mod alarm;
mod cloudformation;
mod code_deploy;
mod composite;
mod deployment;
mod readme;
mod terraform;
mod yaml;

use super::json_file;
use super::policy::Spelt;
use crate::alarm::composite::CompositeSpec;
use crate::alarm::spec::AlarmSpec;
use crate::report::events::{VARIANT, endpoint_name};
use crate::report::plot::slug;
use crate::report::{OutputFile, RenderError};
use crate::rollout::plan::{Plan, Service};
use crate::telemetry::sampled::SampledSpec;
use crate::tuning::results::TuneResults;
use crate::tuning::standing::Standing;
use serde_json::{Value, json};

/// What is exported.
struct Export<'a> {
    scenario: &'a str,
    plan: &'a Plan,
    alarms: Vec<AlarmSpec>,
    composites: Vec<&'a CompositeSpec>,
    sampled: &'a [SampledSpec],
    /// The names of the alarms that roll the rollout back.
    watched: Vec<String>,
    /// Of those, the ones that no run of the tuning set off.
    idle: Vec<&'a str>,
}

/// What stands for the names that the user has.
struct Names {
    endpoint: Value,
    variant: Value,
    shadow: Value,
    green: Value,
    blue: Value,
}

/// Every file, if there is a policy to export.
pub(super) fn render(results: &TuneResults) -> Result<Vec<OutputFile>, RenderError> {
    let is_confirmed = results.standing == Some(Standing::Confirmed);
    let Some(chosen) = results.best.as_ref().filter(|_| is_confirmed) else {
        return Ok(Vec::new());
    };
    let spelt = Spelt::new(results, &chosen.policy);
    let scenario = spelt.scenario();
    let wanted = spelt.wanted();
    let composites = scenario.composite_alarms.iter().enumerate();
    let export = Export {
        scenario: &scenario.name,
        plan: spelt.plan(),
        alarms: spelt.metric_alarms(),
        composites: composites
            .filter(|(index, _)| wanted.contains(&(scenario.alarms.len() + index)))
            .map(|(_, spec)| spec)
            .collect(),
        sampled: &scenario.sampled,
        idle: spelt.idle_alarms(),
        watched: spelt.plan().alarms.iter().map(|&at| scenario.alarm_name(at).to_owned()).collect(),
    };
    let names = Names::nominal(&scenario.name);
    let mut files = Vec::new();
    for (index, spec) in export.alarms.iter().enumerate() {
        let place = format!("aws/alarm_{}_{}.json", index + 1, slug(&spec.name));
        let input = Value::Object(alarm::properties(spec, &export, &names));
        files.push(json_file(place.replace("_.json", ".json").as_str(), &input)?);
    }
    for (index, spec) in export.composites.iter().enumerate() {
        let place = format!("aws/composite_alarm_{}_{}.json", index + 1, slug(&spec.name));
        let input = Value::Object(composite::properties(spec));
        files.push(json_file(place.replace("_.json", ".json").as_str(), &input)?);
    }
    let watched: Vec<Value> = export.watched.iter().map(|name| json!(name)).collect();
    if export.plan.service == Service::CodeDeploy {
        files.extend(code_deploy::files(&export)?);
    } else if let Ok(config) = deployment::config(export.plan, &watched) {
        files.push(json_file("aws/deployment_config.json", &config)?);
    }
    files.push(cloudformation::file(&export));
    files.push(terraform::file(&export)?);
    files.push(readme::file(&export));
    Ok(files)
}

impl Names {
    fn nominal(scenario: &str) -> Self {
        let endpoint = endpoint_name(scenario);
        Self {
            variant: json!(VARIANT),
            shadow: json!(format!("{VARIANT}-shadow")),
            green: json!(format!("{endpoint}-green")),
            blue: json!(format!("{endpoint}-blue")),
            endpoint: json!(endpoint),
        }
    }
}
