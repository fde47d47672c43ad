//! Alarms and endpoint as a `CloudFormation` template.
//!
//! Source:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudwatch-alarm.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sagemaker-endpoint.html>.

use super::{Export, Names, alarm, composite, deployment, yaml};
use crate::report::OutputFile;
use crate::report::events::VARIANT;
use serde_json::{Map, Value, json};

/// The template.
pub(super) fn file(export: &Export<'_>) -> OutputFile {
    let text = yaml::document(&template(export));
    OutputFile { name: "aws/cloudformation.yaml".to_owned(), bytes: text.into_bytes() }
}

fn template(export: &Export<'_>) -> Value {
    let reference = |name: &str| json!({ "Ref": name });
    let names = Names {
        endpoint: reference("EndpointName"),
        variant: reference("VariantName"),
        shadow: reference("ShadowVariantName"),
        green: reference("NewEndpointConfigName"),
        blue: reference("OldEndpointConfigName"),
    };
    let mut resources = Map::new();
    for (index, spec) in export.alarms.iter().enumerate() {
        let properties = alarm::properties(spec, export, &names);
        let resource = json!({ "Type": "AWS::CloudWatch::Alarm", "Properties": properties });
        resources.insert(id("Alarm", index, &spec.name), resource);
    }
    let alarms: Vec<String> = resources.keys().cloned().collect();
    for (index, spec) in export.composites.iter().enumerate() {
        let resource = json!({
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "DependsOn": alarms,
            "Properties": composite::properties(spec),
        });
        resources.insert(id("CompositeAlarm", index, &spec.name), resource);
    }
    let watched: Vec<Value> = export.watched.iter().map(|name| json!(name)).collect();
    let config = deployment::config(export.plan, &watched);
    if let Ok(config) = config {
        let mut endpoint = json!({ "Type": "AWS::SageMaker::Endpoint" });
        if !resources.is_empty() {
            endpoint["DependsOn"] = json!(resources.keys().collect::<Vec<_>>());
        }
        endpoint["Properties"] = json!({
            "EndpointName": names.endpoint,
            "EndpointConfigName": names.green,
            "DeploymentConfig": config,
        });
        resources.insert("Endpoint".to_owned(), endpoint);
    }
    let resources = Value::Object(resources);
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("Alarms and rollout of {}, by sim tune", export.scenario),
        "Parameters": parameters(&resources),
        "Resources": resources,
    })
}

/// Those that are referred to.
fn parameters(resources: &Value) -> Value {
    let text = resources.to_string();
    let all = [
        ("EndpointName", "The endpoint"),
        ("VariantName", "The production variant, the same in both configurations"),
        ("ShadowVariantName", "The shadow variant"),
        ("NewEndpointConfigName", "The configuration that is rolled out"),
        ("OldEndpointConfigName", "The configuration in service before"),
    ];
    let used =
        all.into_iter().filter(|(name, _)| text.contains(&format!("{{\"Ref\":\"{name}\"}}")));
    let parameter = |(name, description): (&str, &str)| {
        let mut parameter = json!({ "Type": "String", "Description": description });
        if name == "VariantName" {
            parameter["Default"] = json!(VARIANT);
        }
        (name.to_owned(), parameter)
    };
    Value::Object(used.map(parameter).collect())
}

/// A logical id: letters and digits only, at most 255, unique by its number.
fn id(kind: &str, index: usize, name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let camel = words.flat_map(|word| {
        let (first, rest) = word.split_at(1);
        first.chars().map(|letter| letter.to_ascii_uppercase()).chain(rest.chars())
    });
    let camel: String = camel.take(100).collect();
    format!("{kind}{}{camel}", index + 1)
}
