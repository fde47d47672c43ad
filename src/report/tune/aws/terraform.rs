//! Alarms and endpoint as Terraform, in its JSON syntax (`.tf.json`).
//!
//! Source: <https://developer.hashicorp.com/terraform/language/syntax/json>; the AWS provider's
//! `aws_cloudwatch_metric_alarm`, `aws_cloudwatch_composite_alarm` and `aws_sagemaker_endpoint`
//! (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs>).

use super::alarm::{self, Metric, Operand, Source};
use super::{Export, Names, composite, deployment};
use crate::alarm::spec::{AlarmSpec, LowSamples, Subject};
use crate::report::events::VARIANT;
use crate::report::plot::slug;
use crate::report::tune::json_file;
use crate::report::{OutputFile, RenderError};
use crate::telemetry::metric::Statistic;
use serde_json::{Map, Value, json};

/// The configuration.
pub(super) fn file(export: &Export<'_>) -> Result<OutputFile, RenderError> {
    json_file("aws/terraform.tf.json", &configuration(export))
}

fn configuration(export: &Export<'_>) -> Value {
    let variable = |name: &str| json!(format!("${{var.{name}}}"));
    let names = Names {
        endpoint: variable("endpoint_name"),
        variant: variable("variant_name"),
        shadow: variable("shadow_variant_name"),
        green: variable("new_endpoint_config_name"),
        blue: variable("old_endpoint_config_name"),
    };
    let mut alarms = Map::new();
    for (index, spec) in export.alarms.iter().enumerate() {
        alarms.insert(id(index, &spec.name), metric_alarm(spec, export, &names));
    }
    let children: Vec<String> =
        alarms.keys().map(|id| format!("aws_cloudwatch_metric_alarm.{id}")).collect();
    let mut composites = Map::new();
    for (index, spec) in export.composites.iter().enumerate() {
        let mut resource = json!({
            "alarm_name": literal(&spec.name),
            "alarm_rule": literal(&spec.rule.to_string()),
            "depends_on": children,
        });
        if let Some(suppression) = &spec.suppression {
            resource["actions_suppressor"] = json!({
                "alarm": literal(&suppression.by),
                "wait_period": composite::seconds(suppression.wait),
                "extension_period": composite::seconds(suppression.extension),
            });
        }
        composites.insert(id(index, &spec.name), resource);
    }
    let mut resources = Map::new();
    let kinds =
        [("aws_cloudwatch_metric_alarm", alarms), ("aws_cloudwatch_composite_alarm", composites)];
    let mut there = Vec::new();
    for (kind, of_kind) in kinds {
        there.extend(of_kind.keys().map(|id| format!("{kind}.{id}")));
        if !of_kind.is_empty() {
            resources.insert(kind.to_owned(), Value::Object(of_kind));
        }
    }
    let watched: Vec<Value> = export.watched.iter().map(|name| json!(literal(name))).collect();
    if let Ok(config) = deployment::config(export.plan, &watched) {
        let mut endpoint = json!({
            "name": names.endpoint,
            "endpoint_config_name": names.green,
            "deployment_config": snake(&config),
        });
        if !there.is_empty() {
            endpoint["depends_on"] = json!(there);
        }
        resources.insert("aws_sagemaker_endpoint".to_owned(), json!({ "endpoint": endpoint }));
    }
    let resources = Value::Object(resources);
    json!({
        "//": literal(&format!("Alarms and rollout of {}, by sim tune", export.scenario)),
        "terraform": { "required_providers": { "aws": { "source": "hashicorp/aws" } } },
        "variable": variables(&resources),
        "resource": resources,
    })
}

fn metric_alarm(spec: &AlarmSpec, export: &Export<'_>, names: &Names) -> Value {
    let mut alarm = json!({
        "alarm_name": literal(&spec.name),
        "alarm_description": literal(&alarm::description(spec, export)),
        "comparison_operator": alarm::operator(spec.comparison),
        "evaluation_periods": spec.evaluation_periods,
        "datapoints_to_alarm": spec.datapoints_to_alarm,
        "treat_missing_data": alarm::treatment(spec.treat_missing_data),
    });
    if let Subject::Query(query) = &spec.subject {
        let metric = Metric::of(query, export, names);
        let key = if alarm::is_plain(query.statistic) { "statistic" } else { "extended_statistic" };
        alarm["namespace"] = json!(metric.namespace);
        alarm["metric_name"] = json!(literal(&metric.name));
        alarm[key] = json!(query.statistic.to_string());
        alarm["dimensions"] = dimensions(&metric);
        alarm["period"] = json!(alarm::whole_seconds(spec));
    } else {
        let operands = alarm::operands(spec, export, names);
        let queries = operands.into_iter().map(|operand| metric_query(spec, operand));
        alarm["metric_query"] = Value::Array(queries.collect());
    }
    if matches!(spec.subject, Subject::Band(_)) {
        alarm["threshold_metric_id"] = json!(alarm::BAND_ID);
    } else {
        alarm["threshold"] = json!(alarm::threshold(spec));
    }
    let is_percentile = matches!(spec.subject.statistic(), Some(Statistic::Percentile(_)));
    if is_percentile && spec.low_samples == LowSamples::Ignore {
        alarm["evaluate_low_sample_count_percentiles"] = json!("ignore");
    }
    alarm
}

fn metric_query(spec: &AlarmSpec, operand: Operand) -> Value {
    match operand.source {
        Source::Metric(metric, statistic) => json!({
            "id": operand.id,
            "return_data": operand.returned,
            "metric": {
                "namespace": metric.namespace,
                "metric_name": literal(&metric.name),
                "dimensions": dimensions(&metric),
                "period": alarm::whole_seconds(spec),
                "stat": statistic.to_string(),
            },
        }),
        Source::Expression(text, label) => json!({
            "id": operand.id,
            "return_data": operand.returned,
            "expression": literal(&text),
            "label": literal(&label),
        }),
    }
}

fn dimensions(metric: &Metric) -> Value {
    let each = metric.dimensions.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Value::Object(each.collect())
}

/// Those that are referred to.
fn variables(resources: &Value) -> Value {
    let text = resources.to_string();
    let all = [
        ("endpoint_name", "The endpoint"),
        ("variant_name", "The production variant, the same in both configurations"),
        ("shadow_variant_name", "The shadow variant"),
        ("new_endpoint_config_name", "The configuration that is rolled out"),
        ("old_endpoint_config_name", "The configuration in service before"),
    ];
    let used = all.into_iter().filter(|(name, _)| text.contains(&format!("${{var.{name}}}")));
    let variable = |(name, description): (&str, &str)| {
        let mut variable = json!({ "type": "string", "description": description });
        if name == "variant_name" {
            variable["default"] = json!(VARIANT);
        }
        (name.to_owned(), variable)
    };
    Value::Object(used.map(variable).collect())
}

/// A text that Terraform takes as it is, and not as a template.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// The same with keys as Terraform spells them: `CanarySize` is `canary_size`.
fn snake(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let each = map.iter().map(|(key, value)| (snake_key(key), snake(value)));
            Value::Object(each.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(snake).collect()),
        scalar => scalar.clone(),
    }
}

fn snake_key(key: &str) -> String {
    let mut snake = String::new();
    for character in key.chars() {
        if character.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// A resource's name: begins with a letter, then letters, digits and `_`; unique by its number.
fn id(index: usize, name: &str) -> String {
    let id = format!("alarm_{}_{}", index + 1, slug(name));
    id.trim_end_matches('_').to_owned()
}
