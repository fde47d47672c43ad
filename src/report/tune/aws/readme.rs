//! `aws/README.md`: how to use the files beside it, and what they leave out.

use super::alarm::MONITORS;
use super::{Export, Names, code_deploy, deployment};
use crate::alarm::spec::{AlarmSpec, Evaluation, Origin, Subject};
use crate::report::OutputFile;
use crate::rollout::plan::Service;
use crate::telemetry::sampled::SampledSource;
use std::fmt::Write as _;

/// The file.
pub(super) fn file(export: &Export<'_>) -> OutputFile {
    let mut text = String::from("# To set on AWS\n\n");
    let names = Names::nominal(export.scenario);
    let name = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "The JSON files name the endpoint `{}`, its variant `{}`, the new configuration `{}` and the old\n\
         one `{}`. Put in your own names: an alarm with a wrong dimension never has data. In the templates\n\
         they are parameters; only the variant's has a default.\n",
        name(&names.endpoint),
        name(&names.variant),
        name(&names.green),
        name(&names.blue)
    );
    text.push_str("```sh\n");
    if !export.alarms.is_empty() {
        text.push_str(
            "for f in alarm_*.json; do aws cloudwatch put-metric-alarm --cli-input-json file://$f; done\n",
        );
    }
    if !export.composites.is_empty() {
        text.push_str(
            "for f in composite_alarm_*.json; do aws cloudwatch put-composite-alarm --cli-input-json \
             file://$f; done\n",
        );
    }
    let config = deployment::config(export.plan, &[]);
    if config.is_ok() {
        let _ = writeln!(
            text,
            "aws sagemaker update-endpoint --endpoint-name {} --endpoint-config-name {} \\\n  \
             --deployment-config file://deployment_config.json",
            name(&names.endpoint),
            name(&names.green)
        );
    }
    text.push_str("```\n");
    if let Err(reason) = config {
        let _ = writeln!(
            text,
            "\nThere is no SageMaker `DeploymentConfig` of this strategy: {reason}."
        );
    }
    if export.plan.service == Service::CodeDeploy {
        text.push_str(&code_deploy_words(export));
    }
    let notes: Vec<String> = export.alarms.iter().flat_map(|spec| left_out(spec, export)).collect();
    if !export.idle.is_empty() {
        text.push_str("\n## Alarms that nothing set off\n\n");
        for name in &export.idle {
            let _ = writeln!(
                text,
                "- `{name}`: no run, good or faulty, set it off. So set, it guards against\n  nothing that \
                 the scenario has: leave it out, or add the fault that it is for and\n  tune again."
            );
        }
    }
    if !notes.is_empty() {
        text.push_str("\n## What the files leave out\n\n");
        for note in notes {
            let _ = writeln!(text, "- {note}");
        }
    }
    OutputFile { name: "aws/README.md".to_owned(), bytes: text.into_bytes() }
}

fn code_deploy_words(export: &Export<'_>) -> String {
    if !code_deploy::can_be_set(export.plan) {
        return "\nCodeDeploy shifts in whole percents and minutes only, and this strategy does not:\n\
                there is no configuration for it here.\n"
            .to_owned();
    }
    let mut text = String::from(
        "\n`codedeploy_deployment_group.json` is for `aws deploy update-deployment-group --cli-input-json`, \
         with\nyour names of application and group;\n`codedeploy_deployment_config.json`, if it is there, \
         for `aws deploy create-deployment-config`. For ECS\nset `computePlatform` to `ECS`.\n",
    );
    let same = code_deploy::same_as(export.plan);
    if !same.is_empty() {
        let _ =
            writeln!(text, "\nPredefined configurations that shift alike: {}.", same.join(", "));
    }
    text
}

/// What an alarm has that the files do not.
fn left_out(spec: &AlarmSpec, export: &Export<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |text: String| notes.push(format!("`{}`: {text}", spec.name));
    if matches!(spec.subject, Subject::Band(_)) {
        note(
            "CloudWatch's anomaly detection is another model than the band that was simulated, and learns \
             from up to two weeks."
                .to_owned(),
        );
    }
    if matches!(spec.evaluation, Evaluation::WallClock { .. }) {
        note("windows by a clock on the wall (`EvaluationWindow`).".to_owned());
    }
    if spec.evaluation == Evaluation::Aligned {
        note("evaluation once a period, which CloudWatch does not have.".to_owned());
    }
    if spec.warm_up.is_some() || spec.created_after.is_some() {
        note("its creation during the update and its warm-up.".to_owned());
    }
    let from_monitor = spec.subject.queries().iter().any(|query| match query.origin {
        Origin::Sampled(index) => {
            export.sampled.get(index).is_some_and(|one| one.source == SampledSource::Monitor)
        }
        Origin::Requests(..) => false,
    });
    if from_monitor {
        note(format!(
            "publish the monitor's results to the namespace `{MONITORS}` under its name, with the \
             dimension `EndpointName`, or put in the metric that you have."
        ));
    }
    notes
}
