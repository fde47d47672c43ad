//! The functions of metric math: their names and what they take.

use std::ops::Range;

use super::ast::{Aggregate, Along, Each, Filler, Kind, Node};
use super::parse::Parser;
use crate::alarm::syntax::SyntaxError;

/// A function that is modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Each(Each),
    Along(Along),
    Aggregate(Aggregate),
    If,
    Fill,
    Period,
    TimeSeries,
    Metrics,
    MetricCount,
    RemoveEmpty,
}

const FUNCTIONS: [(&str, Function); 22] = [
    ("ABS", Function::Each(Each::Absolute)),
    ("AVG", Function::Aggregate(Aggregate::Average)),
    ("CEIL", Function::Each(Each::Ceil)),
    ("DATAPOINT_COUNT", Function::Aggregate(Aggregate::DatapointCount)),
    ("DIFF", Function::Along(Along::Difference)),
    ("DIFF_TIME", Function::Along(Along::TimeDifference)),
    ("FILL", Function::Fill),
    ("FLOOR", Function::Each(Each::Floor)),
    ("IF", Function::If),
    ("LOG", Function::Each(Each::NaturalLogarithm)),
    ("LOG10", Function::Each(Each::LogarithmToBase10)),
    ("MAX", Function::Aggregate(Aggregate::Maximum)),
    ("METRICS", Function::Metrics),
    ("METRIC_COUNT", Function::MetricCount),
    ("MIN", Function::Aggregate(Aggregate::Minimum)),
    ("PERIOD", Function::Period),
    ("RATE", Function::Along(Along::Rate)),
    ("REMOVE_EMPTY", Function::RemoveEmpty),
    ("RUNNING_SUM", Function::Along(Along::RunningSum)),
    ("STDDEV", Function::Aggregate(Aggregate::StandardDeviation)),
    ("SUM", Function::Aggregate(Aggregate::Sum)),
    ("TIME_SERIES", Function::TimeSeries),
];

const NOT_MODELLED: [(&str, &str); 17] = [
    ("ANOMALY_DETECTION_BAND", "AWS does not publish how its bands are trained"),
    ("DATE", "simulated time has no calendar"),
    ("DAY", "simulated time has no calendar"),
    ("DB_PERF_INSIGHTS", "it reads another service"),
    ("EPOCH", "simulated time has no calendar"),
    ("FIRST", "name the metric that is meant"),
    ("HOUR", "simulated time has no calendar"),
    ("INSIGHT_RULE_METRIC", "it reads another service"),
    ("LAMBDA", "it calls a function of yours"),
    ("LAST", "name the metric that is meant"),
    ("MINUTE", "simulated time has no calendar"),
    ("MONTH", "simulated time has no calendar"),
    ("SEARCH", "CloudWatch does not let an alarm watch it either"),
    ("SERVICE_QUOTA", "it reads another service"),
    ("SLICE", "list the metrics that are meant"),
    ("SORT", "MAX and MIN find the highest and lowest of several metrics"),
    ("YEAR", "simulated time has no calendar"),
];

pub(super) fn find(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

/// Why a function that CloudWatch has is not here.
pub(super) fn not_modelled(name: &str) -> Option<&'static str> {
    NOT_MODELLED.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
}

pub(super) fn names() -> Vec<String> {
    FUNCTIONS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// Reads the arguments of `function`, whose name stands at `span`.
pub(super) fn arguments(
    parser: &mut Parser<'_, '_>,
    function: Function,
    span: Range<usize>,
) -> Result<(Node, Kind), SyntaxError> {
    let what = match function {
        Function::Metrics => return metrics(parser, span),
        Function::If => return condition(parser),
        Function::Fill => return fill(parser),
        Function::Period => return period(parser),
        Function::Each(each) => {
            let (node, kind, _) = parser.argument()?;
            return Ok((Node::Each(each, Box::new(node)), kind));
        }
        Function::TimeSeries => "one number",
        Function::MetricCount | Function::RemoveEmpty => "an array of time series",
        Function::Along(_) | Function::Aggregate(_) => "a time series or an array of them",
    };
    let (node, kind, at) = parser.argument()?;
    let node = Box::new(node);
    match (function, kind) {
        (Function::TimeSeries, Kind::Scalar) => Ok((Node::TimeSeries(node), Kind::Series)),
        (Function::MetricCount, Kind::Array) => Ok((Node::MetricCount(node), Kind::Scalar)),
        (Function::RemoveEmpty, Kind::Array) => Ok((Node::RemoveEmpty(node), Kind::Array)),
        (Function::Along(along), Kind::Series | Kind::Array) => {
            Ok((Node::Along(along, node), kind))
        }
        (Function::Aggregate(how), Kind::Series) => Ok((Node::Aggregate(how, node), Kind::Scalar)),
        (Function::Aggregate(how), Kind::Array) => Ok((Node::Aggregate(how, node), Kind::Series)),
        _ => Err(takes(parser, at, what, kind)),
    }
}

/// `METRICS()` is all metrics, `METRICS("errors")` those that have this in their id.
fn metrics(parser: &mut Parser<'_, '_>, span: Range<usize>) -> Result<(Node, Kind), SyntaxError> {
    let mut part = "";
    if parser.cursor.eat("\"") {
        part = parser.cursor.take_while(|c| c != '"');
        parser.cursor.expect("\"", "to close the text")?;
    }
    let chosen = parser.names.metrics.iter().filter(|id| id.contains(part));
    let nodes: Vec<Node> = chosen.map(|id| Node::Id((*id).to_owned())).collect();
    if nodes.is_empty() {
        let message = format!("no metric has `{part}` in its id");
        return Err(parser.cursor.error(span, message));
    }
    Ok((Node::Array(nodes), Kind::Array))
}

fn condition(parser: &mut Parser<'_, '_>) -> Result<(Node, Kind), SyntaxError> {
    let (condition, condition_kind) = branch(parser)?;
    parser.cursor.expect(",", "and what IF gives where its condition is true")?;
    let (then, then_kind) = branch(parser)?;
    let (mut otherwise, mut otherwise_kind) = (None, Kind::Scalar);
    if parser.cursor.eat(",") {
        let (node, kind) = branch(parser)?;
        (otherwise, otherwise_kind) = (Some(Box::new(node)), kind);
    }
    let all_scalar = [condition_kind, then_kind, otherwise_kind] == [Kind::Scalar; 3];
    let kind = if all_scalar { Kind::Scalar } else { Kind::Series };
    Ok((Node::If { condition: Box::new(condition), then: Box::new(then), otherwise }, kind))
}

fn branch(parser: &mut Parser<'_, '_>) -> Result<(Node, Kind), SyntaxError> {
    let (node, kind, at) = parser.argument()?;
    match kind {
        Kind::Array => Err(takes(parser, at, "numbers and time series", kind)),
        _ => Ok((node, kind)),
    }
}

fn fill(parser: &mut Parser<'_, '_>) -> Result<(Node, Kind), SyntaxError> {
    let (series, kind, at) = parser.argument()?;
    if kind == Kind::Scalar {
        return Err(takes(parser, at, "a time series or an array of them first", kind));
    }
    parser.cursor.expect(",", "and what FILL puts where a datapoint is missing")?;
    let filler = if parser.cursor.eat_word("REPEAT") {
        Filler::Repeat
    } else if parser.cursor.eat_word("LINEAR") {
        Filler::Linear
    } else {
        let (node, kind, at) = parser.argument()?;
        if kind == Kind::Array {
            return Err(takes(parser, at, "a number, a time series, REPEAT or LINEAR next", kind));
        }
        Filler::With(Box::new(node))
    };
    Ok((Node::Fill { series: Box::new(series), filler }, kind))
}

fn period(parser: &mut Parser<'_, '_>) -> Result<(Node, Kind), SyntaxError> {
    let (node, kind, at) = parser.argument()?;
    match node {
        Node::Id(id) if parser.names.metrics.contains(&id.as_str()) => {
            Ok((Node::Period, Kind::Scalar))
        }
        _ => Err(takes(parser, at, "the id of a metric", kind)),
    }
}

fn takes(parser: &Parser<'_, '_>, at: Range<usize>, what: &str, kind: Kind) -> SyntaxError {
    let found = match kind {
        Kind::Scalar => "a single number",
        Kind::Series => "a time series",
        Kind::Array => "an array of time series",
    };
    parser.cursor.error(at, format!("the function takes {what}, and this is {found}"))
}
