//! What alarms watch.

use super::report::Report;
use crate::alarm::math::{Expression, Names};
use crate::alarm::spec::{Band, FleetDimension, Math, Origin, Query, Subject};
use crate::alarm::syntax::SyntaxError;
use crate::raw::alarm::{RawAlarm, RawBand, RawOperand};
use crate::raw::choice::RawBandBaseline;
use crate::suggest;
use crate::telemetry::extended::{Bounds, Extended};
use crate::telemetry::metric::{Metric, Statistic};
use crate::telemetry::sampled::{SampledSource, SampledSpec};
use crate::time::{SimDuration, SimTime};
use std::collections::BTreeMap;

/// CloudWatch's limit on the metrics of an expression.
const MOST_METRICS: usize = 10;

/// What alarms can watch.
pub(super) struct Published<'a> {
    /// Length of a published interval of the metrics of requests.
    pub(super) interval: SimDuration,
    /// How much of them there is before the update.
    pub(super) warm_up: SimDuration,
    /// What is published value by value.
    pub(super) sampled: &'a [SampledSpec],
    /// How late metrics are that are not as late as most, by name.
    pub(super) delay_of: &'a BTreeMap<String, SimDuration>,
}

impl Published<'_> {
    /// How late a metric is, if not as late as most.
    fn delay(&self, origin: Origin) -> Option<SimDuration> {
        let name = match origin {
            Origin::Requests(metric, _) => metric.name(),
            Origin::Sampled(index) => self.sampled.get(index)?.name.as_str(),
        };
        self.delay_of.get(name).copied()
    }
}

/// The metric that a part of the file names.
struct Named<'a> {
    path: &'a str,
    metric: Option<&'a String>,
    monitor: Option<&'a String>,
    fleet: Option<FleetDimension>,
}

/// What an alarm watches; `None` only if it has a problem.
pub(super) fn subject(
    path: &str,
    raw: &RawAlarm,
    published: &Published<'_>,
    report: &mut Report,
) -> Option<Subject> {
    if raw.comparison_is_with_band() != raw.band.is_some()
        && report.sound(&format!("{path}.comparison"))
    {
        let (message, help) = if raw.band.is_some() {
            ("a band is compared otherwise", "write \"LessThanLowerOrGreaterThanUpperThreshold\"")
        } else {
            ("this comparison is with a band", "write \"GreaterThanThreshold\", or give a `band`")
        };
        report.problem(format!("{path}.comparison"), message, help);
    }
    if raw.metrics.is_some() || raw.expression.is_some() {
        return math(path, raw, published, report).map(Subject::Math);
    }
    let named = Named {
        path,
        metric: raw.metric.as_ref(),
        monitor: raw.monitor.as_ref(),
        fleet: raw.fleet,
    };
    let origin = origin(&named, published, report)?;
    let Some(statistic) = &raw.statistic else {
        let message = format!("`{path}` needs the key `statistic`");
        report.problem(path, message, "write, for example, `statistic = \"Average\"`");
        return None;
    };
    let query = Query {
        origin,
        statistic: statistic.0,
        percentile_method: raw.percentile_method,
        trim: raw.trim_method,
        delay: published.delay(origin),
    };
    check_statistic(path, &query, report);
    let Some(raw_band) = &raw.band else { return Some(Subject::Query(query)) };
    band(path, raw_band, (raw, query), published, report).map(Subject::Band)
}

fn math(
    path: &str,
    raw: &RawAlarm,
    published: &Published<'_>,
    report: &mut Report,
) -> Option<Math> {
    let (Some(metrics), Some(expression)) = (&raw.metrics, &raw.expression) else {
        let missing = if raw.metrics.is_some() { "expression" } else { "metrics" };
        let help = "an expression needs metrics with ids, and they an expression";
        report.problem(path, format!("`{path}` needs the key `{missing}`"), help);
        return None;
    };
    let single = [
        ("metric", raw.metric.is_some()),
        ("monitor", raw.monitor.is_some()),
        ("statistic", raw.statistic.is_some()),
        ("fleet", raw.fleet.is_some()),
        ("band", raw.band.is_some()),
    ];
    for (key, _) in single.into_iter().filter(|(_, is_given)| *is_given) {
        let message = format!("`{key}` does not go with `expression`");
        report.problem(format!("{path}.{key}"), message, "give it to one of the `metrics`");
    }
    if metrics.is_empty() || metrics.len() > MOST_METRICS {
        let message = format!("an expression has 1 to 10 metrics, not {}", metrics.len());
        report.problem(format!("{path}.metrics"), message, "CloudWatch takes no more");
        return None;
    }
    let operands = metrics.iter().enumerate().map(|(index, operand)| {
        self::operand(&format!("{path}.metrics[{index}]"), operand, raw, published, report)
    });
    let queries: Vec<Option<Query>> = operands.collect();
    let ids: Vec<&str> = metrics.iter().map(|operand| operand.id.as_str()).collect();
    check_ids(path, &ids, report);
    let at = format!("{path}.expression");
    let read = Expression::parse(expression, Names { metrics: &ids, expressions: &[] });
    let expression = read.map_err(|error| syntax(&at, &error, report)).ok()?;
    let queries: Option<Vec<Query>> = queries.into_iter().collect();
    let ids = ids.into_iter().map(str::to_owned).collect();
    Some(Math { ids, queries: queries?, expression })
}

/// Notes what is wrong with an expression or a rule.
pub(super) fn syntax(path: &str, error: &SyntaxError, report: &mut Report) {
    let help = match &error.unknown {
        Some(unknown) => suggest::remedy(&unknown.word, &unknown.known),
        None => "correct it".to_owned(),
    };
    report.problem(path, error.to_string(), help);
}

fn operand(
    path: &str,
    operand: &RawOperand,
    raw: &RawAlarm,
    published: &Published<'_>,
    report: &mut Report,
) -> Option<Query> {
    let named = Named {
        path,
        metric: operand.metric.as_ref(),
        monitor: operand.monitor.as_ref(),
        fleet: operand.fleet,
    };
    let origin = origin(&named, published, report)?;
    let query = Query {
        origin,
        statistic: operand.statistic.0,
        percentile_method: raw.percentile_method,
        trim: raw.trim_method,
        delay: published.delay(origin),
    };
    check_statistic(path, &query, report);
    Some(query)
}

fn check_ids(path: &str, ids: &[&str], report: &mut Report) {
    for (index, id) in ids.iter().enumerate() {
        let at = format!("{path}.metrics[{index}].id");
        let is_plain = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && id.len() <= 255;
        if !is_plain {
            let message =
                format!("the id \"{id}\" is no lower-case letter and letters, digits, `_`");
            report.problem(at, message, "write, for example, `id = \"m1\"`");
        } else if ids[..index].contains(id) {
            let message = format!("two of the metrics are called \"{id}\"");
            report.problem(at, message, "give each an id of its own");
        }
    }
}

fn band(
    path: &str,
    band: &RawBand,
    (raw, query): (&RawAlarm, Query),
    published: &Published<'_>,
    report: &mut Report,
) -> Option<Band> {
    if raw.threshold.is_some() {
        let message = "a band is the threshold";
        report.problem(format!("{path}.threshold"), message, "take out `threshold` or `band`");
    }
    let lasts = band.lasts;
    if raw.period < SimDuration::from_secs(60) {
        let message = "a band needs a period of a minute or more";
        report.problem(format!("{path}.period"), message, "CloudWatch takes no shorter");
    } else if lasts.as_nanos() / raw.period.as_nanos() < 2 || lasts > published.warm_up {
        report.problem(
            format!("{path}.band.lasts"),
            format!("the baseline lasts two periods up to `experiment.warm_up`, not {lasts}"),
            "give a time between, or a longer warm-up",
        );
    }
    let origin = match (band.baseline, query.origin) {
        (RawBandBaseline::Before, origin) => origin,
        (RawBandBaseline::Blue, Origin::Requests(metric, _)) => {
            Origin::Requests(metric, FleetDimension::Blue)
        }
        (RawBandBaseline::Blue, Origin::Sampled(_)) => {
            let message = "this metric is not divided by fleet";
            report.problem(format!("{path}.band.baseline"), message, "write \"before\"");
            return None;
        }
    };
    let green =
        matches!(origin, Origin::Requests(_, FleetDimension::Green | FleetDimension::Shadow));
    if green {
        let message = "the new fleet has no datapoints before the update";
        report.problem(format!("{path}.band.baseline"), message, "write \"blue\"");
    }
    let queries = [query, Query { origin, ..query }];
    Some(Band { queries, width: band.width, until: SimTime::ZERO, lasts })
}

/// Where the values of the metric or monitor that is named come from; `None` only if that has a
/// problem.
fn origin(named: &Named<'_>, published: &Published<'_>, report: &mut Report) -> Option<Origin> {
    let path = named.path;
    let (key, name, source) = match (named.metric, named.monitor) {
        (Some(metric), None) => ("metric", metric, SampledSource::Endpoint),
        (None, Some(monitor)) => ("monitor", monitor, SampledSource::Monitor),
        (Some(_), Some(_)) => {
            let message = "an alarm watches a metric or a monitor, not both";
            report.problem(format!("{path}.monitor"), message, "take out one of them");
            return None;
        }
        (None, None) => {
            let example = "write, for example, `metric = \"Invocation5XXErrors\"`";
            report.problem(path, format!("`{path}` needs the key `metric`"), example);
            return None;
        }
    };
    let own = Metric::ALL.into_iter().find(|metric| metric.name() == name);
    if let (Some(metric), SampledSource::Endpoint) = (own, source) {
        let Some(fleet) = named.fleet else {
            let message = format!("`{path}` needs the key `fleet`");
            report.problem(path, message, "write, for example, `fleet = \"green\"`");
            return None;
        };
        return Some(Origin::Requests(metric, fleet));
    }
    let sampled = published.sampled.iter();
    let is_meant = |spec: &SampledSpec| spec.source == source && spec.name == *name;
    let Some(index) = sampled.clone().position(is_meant) else {
        let of_requests = Metric::ALL.iter().map(|metric| metric.name());
        let of_requests = of_requests.filter(|_| source == SampledSource::Endpoint);
        let others = sampled.filter(|spec| spec.source == source).map(|spec| spec.name.as_str());
        let known: Vec<&str> = of_requests.chain(others).collect();
        report.unknown_name(format!("{path}.{key}"), key, name, &known);
        return None;
    };
    if named.fleet.is_some() {
        let message = format!("the {key} \"{name}\" is not divided by fleet");
        report.problem(format!("{path}.fleet"), message, "take out `fleet`");
    }
    Some(Origin::Sampled(index))
}

fn check_statistic(path: &str, query: &Query, report: &mut Report) {
    let is_percentile = matches!(
        query.statistic,
        Statistic::Percentile(_) | Statistic::Extended(Extended { bounds: Bounds::Ranks(..), .. })
    );
    let has_many_values =
        !matches!(query.origin, Origin::Requests(metric, _) if metric != Metric::ModelLatency);
    if is_percentile && !has_many_values && report.sound(path) {
        report.problem(
            format!("{path}.statistic"),
            "a percentile needs a metric of many values; this one is 0 or 1 for each request",
            "use `Average` for a rate or `Sum` for a number of requests",
        );
    }
}
