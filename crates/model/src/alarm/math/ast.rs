//! The tree of an expression.

use super::value::Value;

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// S: one number.
    Scalar,
    /// TS: a number, or none, for each period.
    Series,
    /// TS\[\]: several of them.
    Array,
}

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Number(Value),
    Id(String),
    Array(Vec<Node>),
    Binary {
        operator: Operator,
        left: Box<Node>,
        right: Box<Node>,
    },
    /// A function of each number.
    Each(Each, Box<Node>),
    /// A function of a series that gives a series.
    Along(Along, Box<Node>),
    /// A function that takes a dimension away: of one series a number, of an array a series.
    Aggregate(Aggregate, Box<Node>),
    If {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Option<Box<Node>>,
    },
    Fill {
        series: Box<Node>,
        filler: Filler,
    },
    Period,
    TimeSeries(Box<Node>),
    MetricCount(Box<Node>),
    RemoveEmpty(Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
    Plus,
    Minus,
    Times,
    Over,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Each {
    Negate,
    Absolute,
    Ceil,
    Floor,
    NaturalLogarithm,
    LogarithmToBase10,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    Rate,
    Difference,
    TimeDifference,
    RunningSum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Average,
    Sum,
    Maximum,
    Minimum,
    StandardDeviation,
    DatapointCount,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filler {
    With(Box<Node>),
    Repeat,
    Linear,
}

impl Operator {
    /// How tightly it binds.
    pub(super) const fn level(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Plus | Self::Minus => 4,
            Self::Times | Self::Over => 5,
            Self::Power => 6,
            _ => COMPARISON,
        }
    }
}

/// The level of comparisons.
pub(super) const COMPARISON: u8 = 3;

impl Node {
    /// Adds the ids used in here to `ids`.
    pub(super) fn collect_ids<'n>(&'n self, ids: &mut Vec<&'n str>) {
        match self {
            Self::Number(_) | Self::Period => {}
            Self::Id(id) => ids.push(id),
            Self::Array(members) => members.iter().for_each(|member| member.collect_ids(ids)),
            Self::Binary { left, right, .. } => {
                left.collect_ids(ids);
                right.collect_ids(ids);
            }
            Self::Each(_, argument)
            | Self::Along(_, argument)
            | Self::Aggregate(_, argument)
            | Self::TimeSeries(argument)
            | Self::MetricCount(argument)
            | Self::RemoveEmpty(argument) => argument.collect_ids(ids),
            Self::If { condition, then, otherwise } => {
                condition.collect_ids(ids);
                then.collect_ids(ids);
                if let Some(node) = otherwise {
                    node.collect_ids(ids);
                }
            }
            Self::Fill { series, filler } => {
                series.collect_ids(ids);
                if let Filler::With(node) = filler {
                    node.collect_ids(ids);
                }
            }
        }
    }
}
