//! The value of an expression.

use super::ast::{Aggregate, Along, Each, Filler, Node, Operator};
use super::value::Value;
use super::{Column, Retrieved};

/// What a part of an expression is worth.
enum Data {
    Scalar(Option<Value>),
    Series(Column),
    Array(Vec<Column>),
}

/// The series of an expression whose types are checked.
pub(super) fn evaluate<'c>(
    root: &Node,
    columns: &dyn Fn(&str) -> &'c [Option<Value>],
    retrieved: Retrieved,
) -> Column {
    match (Evaluation { columns, retrieved }).data(root) {
        Data::Series(column) => column,
        Data::Scalar(_) | Data::Array(_) => {
            unreachable!("invariant: only expressions of one series are parsed")
        }
    }
}

struct Evaluation<'e, 'c> {
    columns: &'e dyn Fn(&str) -> &'c [Option<Value>],
    retrieved: Retrieved,
}

impl Evaluation<'_, '_> {
    fn data(&self, node: &Node) -> Data {
        match node {
            Node::Number(value) => Data::Scalar(Some(*value)),
            Node::Id(id) => Data::Series((self.columns)(id).to_vec()),
            Node::Array(members) => {
                Data::Array(members.iter().flat_map(|member| self.data(member).columns()).collect())
            }
            Node::Binary { operator, left, right } => {
                binary(*operator, self.data(left), self.data(right))
            }
            Node::Each(function, argument) => each(*function, self.data(argument)),
            Node::Along(function, argument) => {
                let along = |column: &Column| self.along(*function, column);
                self.data(argument).map_columns(along)
            }
            Node::Aggregate(function, argument) => self.aggregate(*function, self.data(argument)),
            Node::If { condition, then, otherwise } => {
                let otherwise = otherwise.as_deref().map(|node| self.data(node));
                self.choose(
                    &self.data(condition),
                    &self.data(then),
                    &otherwise.unwrap_or(Data::Scalar(None)),
                )
            }
            Node::Fill { series, filler } => {
                let data = self.data(series);
                match filler {
                    Filler::Repeat => data.map_columns(repeat),
                    Filler::Linear => data.map_columns(linear),
                    Filler::With(filler) => {
                        let filler = self.data(filler);
                        data.map_columns(|column| with(column, &filler))
                    }
                }
            }
            Node::Period => Data::Scalar(Some(self.seconds(1))),
            Node::TimeSeries(argument) => match self.data(argument) {
                Data::Scalar(value) => Data::Series(vec![value; self.retrieved.periods]),
                other => other,
            },
            Node::MetricCount(argument) => {
                Data::Scalar(Some(count(self.data(argument).columns().len())))
            }
            Node::RemoveEmpty(argument) => {
                let mut columns = self.data(argument).columns();
                columns.retain(|column| column.iter().any(Option::is_some));
                Data::Array(columns)
            }
        }
    }

    /// So many periods in seconds.
    fn seconds(&self, periods: usize) -> Value {
        let period = Value::from(crate::telemetry::ratio::Ratio::new(
            self.retrieved.period.as_nanos().into(),
            crate::time::NANOS_PER_S.into(),
        ));
        count(periods).times(period).unwrap_or(Value::ZERO)
    }

    fn along(&self, function: Along, column: &Column) -> Column {
        let mut previous: Option<(usize, Value)> = None;
        let mut sum = Some(Value::ZERO);
        let step = |(index, value): (usize, &Option<Value>)| {
            let value = (*value)?;
            let before = previous.replace((index, value));
            if function == Along::RunningSum {
                sum = sum?.plus(value);
                return sum;
            }
            let (index_before, value_before) = before?;
            let seconds = self.seconds(index - index_before);
            match function {
                Along::TimeDifference => Some(seconds),
                Along::Difference => value.minus(value_before),
                _ => value.minus(value_before)?.over(seconds),
            }
        };
        column.iter().enumerate().map(step).collect()
    }

    fn aggregate(&self, function: Aggregate, data: Data) -> Data {
        match data {
            Data::Scalar(_) => data,
            Data::Series(column) => {
                let present: Vec<Value> = column.into_iter().flatten().collect();
                Data::Scalar(aggregate(function, &present, present.len()))
            }
            Data::Array(columns) => {
                let at = |period: usize| {
                    let present: Vec<Value> =
                        columns.iter().filter_map(|column| column[period]).collect();
                    aggregate(function, &present, columns.len())
                };
                Data::Series((0..self.retrieved.periods).map(at).collect())
            }
        }
    }

    fn choose(&self, condition: &Data, then: &Data, otherwise: &Data) -> Data {
        match condition {
            Data::Scalar(condition) => {
                let chosen = match condition {
                    None => &Data::Scalar(None),
                    Some(value) if value.is_zero() => otherwise,
                    Some(_) => then,
                };
                if let (Data::Scalar(_), Data::Scalar(_)) = (then, otherwise) {
                    return Data::Scalar(chosen.at(0));
                }
                Data::Series((0..self.retrieved.periods).map(|at| chosen.at(at)).collect())
            }
            Data::Series(conditions) => {
                let pick = |(at, condition): (usize, &Option<Value>)| match (*condition)? {
                    value if value.is_zero() => otherwise.at(at),
                    _ => match then {
                        Data::Series(column) => Some(column[at].unwrap_or(Value::ZERO)),
                        _ => then.at(at),
                    },
                };
                Data::Series(conditions.iter().enumerate().map(pick).collect())
            }
            Data::Array(_) => unreachable!("invariant: IF takes no arrays"),
        }
    }
}

impl Data {
    fn columns(self) -> Vec<Column> {
        match self {
            Self::Scalar(_) => Vec::new(),
            Self::Series(column) => vec![column],
            Self::Array(columns) => columns,
        }
    }

    fn map_columns(self, map: impl Fn(&Column) -> Column) -> Self {
        match self {
            Self::Scalar(_) => self,
            Self::Series(column) => Self::Series(map(&column)),
            Self::Array(columns) => Self::Array(columns.iter().map(map).collect()),
        }
    }

    /// The number for a period.
    fn at(&self, period: usize) -> Option<Value> {
        match self {
            Self::Scalar(value) => *value,
            Self::Series(column) => column[period],
            Self::Array(_) => unreachable!("invariant: an array has no single number for a period"),
        }
    }
}

fn binary(operator: Operator, left: Data, right: Data) -> Data {
    match (left, right) {
        (Data::Array(columns), other) => {
            let joined = |column| one_series(operator, &Data::Series(column), &other);
            Data::Array(columns.into_iter().map(joined).collect())
        }
        (other, Data::Array(columns)) => {
            let joined = |column| one_series(operator, &other, &Data::Series(column));
            Data::Array(columns.into_iter().map(joined).collect())
        }
        (Data::Scalar(left), Data::Scalar(right)) => {
            Data::Scalar(left.zip(right).and_then(|(left, right)| apply(operator, left, right)))
        }
        (left, right) => Data::Series(one_series(operator, &left, &right)),
    }
}

/// Of two series, where either has a datapoint; of a series and a scalar, where the series has.
fn one_series(operator: Operator, left: &Data, right: &Data) -> Column {
    match (left, right) {
        (Data::Series(left), Data::Series(right)) => {
            let join = |(left, right): (&Option<Value>, &Option<Value>)| {
                if left.is_none() && right.is_none() {
                    return None;
                }
                apply(operator, left.unwrap_or(Value::ZERO), right.unwrap_or(Value::ZERO))
            };
            left.iter().zip(right).map(join).collect()
        }
        (Data::Series(left), right) => {
            left.iter().map(|left| apply(operator, (*left)?, right.at(0)?)).collect()
        }
        (left, Data::Series(right)) => {
            right.iter().map(|right| apply(operator, left.at(0)?, (*right)?)).collect()
        }
        _ => unreachable!("invariant: one of the two is a series"),
    }
}

fn apply(operator: Operator, left: Value, right: Value) -> Option<Value> {
    let order = left.compare(right);
    let holds = match operator {
        Operator::Plus => return left.plus(right),
        Operator::Minus => return left.minus(right),
        Operator::Times => return left.times(right),
        Operator::Over => return left.over(right),
        Operator::Power => return left.power(right),
        Operator::Or => !left.is_zero() || !right.is_zero(),
        Operator::And => !left.is_zero() && !right.is_zero(),
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::LessOrEqual => order.is_le(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::Greater => order.is_gt(),
    };
    Some(Value::truth(holds))
}

fn each(function: Each, data: Data) -> Data {
    let of = |value: Value| match function {
        Each::Negate => value.negated(),
        Each::Absolute => value.absolute(),
        Each::Ceil => value.ceil(),
        Each::Floor => value.floor(),
        Each::NaturalLogarithm => value.natural_logarithm(),
        Each::LogarithmToBase10 => value.logarithm_to_base_10(),
    };
    match data {
        Data::Scalar(value) => Data::Scalar(value.and_then(of)),
        other => {
            other.map_columns(|column| column.iter().map(|value| value.and_then(of)).collect())
        }
    }
}

/// Of the datapoints that are there; `members` is by how many an average divides.
fn aggregate(function: Aggregate, present: &[Value], members: usize) -> Option<Value> {
    if function == Aggregate::DatapointCount {
        return Some(count(present.len()));
    }
    let (first, rest) = present.split_first()?;
    let extreme = |wanted: std::cmp::Ordering| {
        rest.iter().fold(
            *first,
            |best, value| {
                if value.compare(best) == wanted { *value } else { best }
            },
        )
    };
    match function {
        Aggregate::Maximum => Some(extreme(std::cmp::Ordering::Greater)),
        Aggregate::Minimum => Some(extreme(std::cmp::Ordering::Less)),
        Aggregate::Average => sum(present)?.over(count(members)),
        Aggregate::StandardDeviation => {
            let number = count(present.len());
            let mean = sum(present)?.over(number)?;
            let square = |value: &Value| {
                let deviation = value.minus(mean)?;
                deviation.times(deviation)
            };
            let squares: Option<Vec<Value>> = present.iter().map(square).collect();
            sum(&squares?)?.over(number)?.square_root()
        }
        Aggregate::Sum | Aggregate::DatapointCount => sum(present),
    }
}

fn sum(values: &[Value]) -> Option<Value> {
    values.iter().try_fold(Value::ZERO, |sum, value| sum.plus(*value))
}

fn count(number: usize) -> Value {
    Value::whole(i128::try_from(number).unwrap_or(i128::MAX))
}

fn with(column: &Column, filler: &Data) -> Column {
    column.iter().enumerate().map(|(at, value)| value.or_else(|| filler.at(at))).collect()
}

fn repeat(column: &Column) -> Column {
    let mut last = None;
    let step = |value: &Option<Value>| {
        last = value.or(last);
        last
    };
    column.iter().map(step).collect()
}

fn linear(column: &Column) -> Column {
    let known = |at: &usize| column[*at].is_some();
    let between = |at: usize| {
        let before = (0..at).rev().find(known)?;
        let after = (at + 1..column.len()).find(known)?;
        let (low, high) = (column[before]?, column[after]?);
        let way = count(at - before).over(count(after - before))?;
        low.plus(high.minus(low)?.times(way)?)
    };
    column.iter().enumerate().map(|(at, value)| value.or_else(|| between(at))).collect()
}
