//! An alarm as the input of `PutMetricAlarm`, which is also the properties of `AWS::CloudWatch::Alarm`.
//!
//! - Latencies are in microseconds; a period in seconds; a threshold in the metric's own unit.
//! - **Dimensions**: `EndpointName` and `VariantName` see both fleets; `EndpointConfigName` besides narrows
//!   it to one; a shadow variant has a name of its own.
//! - Results of monitoring jobs are in the namespace [`MONITORS`], which is ours: whoever runs the jobs
//!   publishes them. An endpoint's gauges are in `AWS/SageMaker`, of the endpoint alone.
//! - A **band** becomes CloudWatch's anomaly detection, which is another model than the one simulated.
//! - **Source**: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>,
//!   <https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html>.

use super::{Export, Names};
use crate::alarm::spec::{
    AlarmSpec, Comparison, FleetDimension, LowSamples, Origin, Query, Subject, TreatMissingData,
};
use crate::alarm::unit::Unit;
use crate::report::tune::policy::in_words;
use crate::telemetry::metric::Statistic;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sampled::SampledSource;
use serde_json::{Map, Value, json};

/// Where the results of monitoring jobs are expected.
pub(super) const MONITORS: &str = "RolloutSim/Monitors";
const SAGEMAKER: &str = "AWS/SageMaker";
const NANOS_PER_MICRO: i128 = 1000;
/// Characters that `AlarmDescription` may have.
const LONGEST_DESCRIPTION: usize = 1024;

/// The input, in the order of the documentation.
pub(super) fn properties(
    spec: &AlarmSpec,
    export: &Export<'_>,
    names: &Names,
) -> Map<String, Value> {
    let mut input = Map::new();
    let mut set = |key: &str, value: Value| input.insert(key.to_owned(), value);
    set("AlarmName", json!(spec.name));
    set("AlarmDescription", json!(description(spec, export)));
    match &spec.subject {
        Subject::Query(query) => {
            let metric = Metric::of(query, export, names);
            set("Namespace", json!(metric.namespace));
            set("MetricName", json!(metric.name));
            set(statistic_key(query.statistic), json!(query.statistic.to_string()));
            set("Dimensions", listed(&metric.dimensions));
            set("Period", json!(whole_seconds(spec)));
        }
        _ => {
            set("Metrics", Value::Array(metrics(spec, export, names)));
        }
    }
    set("EvaluationPeriods", json!(spec.evaluation_periods));
    if spec.says_datapoints_to_alarm || spec.datapoints_to_alarm != spec.evaluation_periods {
        set("DatapointsToAlarm", json!(spec.datapoints_to_alarm));
    }
    if matches!(spec.subject, Subject::Band(_)) {
        set("ThresholdMetricId", json!(BAND_ID));
    } else {
        set("Threshold", json!(threshold(spec)));
    }
    set("ComparisonOperator", json!(operator(spec.comparison)));
    set("TreatMissingData", json!(treatment(spec.treat_missing_data)));
    let is_percentile = matches!(spec.subject.statistic(), Some(Statistic::Percentile(_)));
    if is_percentile && spec.low_samples == LowSamples::Ignore {
        set("EvaluateLowSampleCountPercentile", json!("ignore"));
    }
    input
}

pub(super) fn description(spec: &AlarmSpec, export: &Export<'_>) -> String {
    let text = format!("{} (sim tune of {})", in_words(spec), export.scenario);
    text.chars().take(LONGEST_DESCRIPTION).collect()
}

/// In CloudWatch's unit.
pub(super) fn threshold(spec: &AlarmSpec) -> f64 {
    let exact = spec.threshold;
    match spec.subject.unit() {
        Unit::Time => exact.multiplied(Ratio::new(1, NANOS_PER_MICRO)).as_f64(),
        _ => exact.as_f64(),
    }
}

pub(super) fn whole_seconds(spec: &AlarmSpec) -> i64 {
    // CloudWatch's periods are whole seconds, and a scenario has no other.
    spec.period.as_nanos() / crate::time::NANOS_PER_S
}

/// A metric by its full name.
pub(super) struct Metric {
    pub(super) namespace: &'static str,
    pub(super) name: String,
    pub(super) dimensions: Vec<(&'static str, Value)>,
}

impl Metric {
    pub(super) fn of(query: &Query, export: &Export<'_>, names: &Names) -> Self {
        let endpoint = ("EndpointName", names.endpoint.clone());
        match query.origin {
            Origin::Requests(metric, fleet) => {
                let variant =
                    if fleet == FleetDimension::Shadow { &names.shadow } else { &names.variant };
                let mut dimensions = vec![endpoint, ("VariantName", variant.clone())];
                let config = match fleet {
                    FleetDimension::Green => Some(&names.green),
                    FleetDimension::Blue => Some(&names.blue),
                    FleetDimension::Both | FleetDimension::Shadow => None,
                };
                dimensions.extend(config.map(|name| ("EndpointConfigName", name.clone())));
                Self { namespace: SAGEMAKER, name: metric.name().to_owned(), dimensions }
            }
            Origin::Sampled(index) => {
                let spec = export.sampled.get(index);
                let is_monitor = spec.is_some_and(|spec| spec.source == SampledSource::Monitor);
                Self {
                    namespace: if is_monitor { MONITORS } else { SAGEMAKER },
                    name: spec.map(|spec| spec.name.clone()).unwrap_or_default(),
                    dimensions: vec![endpoint],
                }
            }
        }
    }
}

fn listed(dimensions: &[(&str, Value)]) -> Value {
    let each = dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value }));
    Value::Array(each.collect())
}

/// The id of the band among the metrics.
pub(super) const BAND_ID: &str = "band";

/// An entry of `Metrics`.
pub(super) struct Operand {
    pub(super) id: String,
    pub(super) source: Source,
    pub(super) returned: bool,
}

/// What an entry of `Metrics` is.
pub(super) enum Source {
    Metric(Metric, Statistic),
    Expression(String, String),
}

/// What an alarm on several metrics, or on a band, is made of; none of the others.
pub(super) fn operands(spec: &AlarmSpec, export: &Export<'_>, names: &Names) -> Vec<Operand> {
    let metric = |id: &str, query: &Query, returned: bool| Operand {
        id: id.to_owned(),
        source: Source::Metric(Metric::of(query, export, names), query.statistic),
        returned,
    };
    let expression = |id: String, text: String| Operand {
        id,
        source: Source::Expression(text, spec.name.clone()),
        returned: true,
    };
    match &spec.subject {
        Subject::Query(_) => Vec::new(),
        Subject::Math(math) => {
            let queries = math.ids.iter().zip(&math.queries);
            let mut all: Vec<Operand> =
                queries.map(|(id, query)| metric(id, query, false)).collect();
            let mut id = "result".to_owned();
            while math.ids.contains(&id) {
                id.push('_');
            }
            all.insert(0, expression(id, math.expression.text().to_owned()));
            all
        }
        Subject::Band(band) => {
            let text = format!("ANOMALY_DETECTION_BAND(m1, {})", band.width);
            vec![metric("m1", &band.queries[0], true), expression(BAND_ID.to_owned(), text)]
        }
    }
}

fn metrics(spec: &AlarmSpec, export: &Export<'_>, names: &Names) -> Vec<Value> {
    let each = operands(spec, export, names).into_iter().map(|operand| match operand.source {
        Source::Metric(metric, statistic) => json!({
            "Id": operand.id,
            "MetricStat": {
                "Metric": {
                    "Namespace": metric.namespace,
                    "MetricName": metric.name,
                    "Dimensions": listed(&metric.dimensions),
                },
                "Period": whole_seconds(spec),
                "Stat": statistic.to_string(),
            },
            "ReturnData": operand.returned,
        }),
        Source::Expression(text, label) => json!({
            "Id": operand.id,
            "Expression": text,
            "Label": label,
            "ReturnData": operand.returned,
        }),
    });
    each.collect()
}

/// `Statistic` takes five names, `ExtendedStatistic` the others.
fn statistic_key(statistic: Statistic) -> &'static str {
    if is_plain(statistic) { "Statistic" } else { "ExtendedStatistic" }
}

pub(super) fn is_plain(statistic: Statistic) -> bool {
    !matches!(statistic, Statistic::Percentile(_) | Statistic::Extended(_))
}

pub(super) fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::GreaterThanOrEqualToThreshold => "GreaterThanOrEqualToThreshold",
        Comparison::GreaterThanThreshold => "GreaterThanThreshold",
        Comparison::LessThanThreshold => "LessThanThreshold",
        Comparison::LessThanOrEqualToThreshold => "LessThanOrEqualToThreshold",
        Comparison::LessThanLowerOrGreaterThanUpperThreshold => {
            "LessThanLowerOrGreaterThanUpperThreshold"
        }
        Comparison::LessThanLowerThreshold => "LessThanLowerThreshold",
        Comparison::GreaterThanUpperThreshold => "GreaterThanUpperThreshold",
    }
}

pub(super) fn treatment(treat: TreatMissingData) -> &'static str {
    match treat {
        TreatMissingData::Missing => "missing",
        TreatMissingData::Ignore => "ignore",
        TreatMissingData::Breaching => "breaching",
        TreatMissingData::NotBreaching => "notBreaching",
    }
}
