//! Metric math: an alarm on an expression over several metrics, `errors / requests * 100`.
//!
//! An expression is read once, its types are checked then ([`Expression::parse`]), and at each
//! evaluation of the alarm it makes one column of datapoints from the columns of the metrics it
//! names ([`Expression::evaluate`]). Numbers are exact fractions where they can be ([`Value`]).
//!
//! # Rules
//!
//! A series has a number or nothing for each retrieved period.
//!
//! - **Arithmetic** `+ - * / ^`: where only one of two series has a datapoint, the other counts as 0;
//!   where neither has one, there is none. A division by zero drops the datapoint. So
//!   `errors / requests` is 0 where only the errors are missing, and missing where the requests are.
//! - **Comparisons** `== != <= >= < >` and **AND**, **OR** (`&&`, `||`) give 1 or 0, under the same
//!   rule. Any number but 0 is true.
//! - A scalar next to a series says nothing of missing datapoints: `m1 + 1` is missing where m1 is.
//! - **IF(condition, then, otherwise)**, for each datapoint of the condition: where it is true,
//!   `then`, or 0 if that has no datapoint; where it is false, `otherwise`, or nothing; where it is
//!   missing, nothing. A scalar condition chooses one of the two as a whole.
//! - **FILL(series, x)** puts a number or another series' datapoint where one is missing; `REPEAT`
//!   the last datapoint before the gap; `LINEAR` the line between the datapoints around it.
//! - **RATE** is the change since the last datapoint there is, per second between the two; **DIFF**
//!   and **`DIFF_TIME`** are the two parts of that fraction. The first datapoint has none.
//! - **`RUNNING_SUM`** adds up what is there.
//! - **AVG, SUM, MAX, MIN, STDDEV, `DATAPOINT_COUNT`** of one series are scalars over its retrieved
//!   datapoints; of an array (`[m1, m2]`, `METRICS()`, `METRICS("part of an id")`) they are series,
//!   where any member has a datapoint. An average counts missing members as 0.
//! - **ABS, CEIL, FLOOR, LOG, LOG10** of each datapoint, **PERIOD(m1)** in seconds,
//!   **`TIME_SERIES(5)`**, **`METRIC_COUNT`**, **`REMOVE_EMPTY`**.
//!
//! AWS advises against `RUNNING_SUM`, `REMOVE_EMPTY`, `DATAPOINT_COUNT` and AVG, SUM, MAX, MIN and
//! STDDEV of one series in alarms: an alarm retrieves more datapoints than it has evaluation
//! periods, and these see them all. So they do here.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>.
//!
//! # Assumptions where it is silent
//!
//! - Operators bind as in arithmetic, tightest first: `^` (from the right), unary `-`, `* /`, `+ -`,
//!   comparisons (which do not chain), AND, OR.
//! - A number that is not finite or not real (LOG(0), a root of −1) is dropped as a division by zero
//!   is; 0^0 is 1.
//! - An aggregate of a series without datapoints is missing, and so is all that it is combined with.
//! - MAX, MIN and STDDEV of an array are over the members that have a datapoint; STDDEV divides by
//!   their number, not by one less.
//! - REPEAT leaves a gap at the beginning, LINEAR gaps at either end.
//!
//! # Not modelled
//!
//! `ANOMALY_DETECTION_BAND`, functions of the calendar (`HOUR` and the like), `SEARCH`, `SORT`,
//! `SLICE`, `FIRST`, `LAST` and functions that read other services. They are refused with the
//! reason.

mod ast;
mod evaluate;
mod functions;
mod parse;
mod value;

use crate::alarm::syntax::SyntaxError;
use crate::time::SimDuration;

pub use value::Value;

/// An expression that gives one time series, its types checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    root: ast::Node,
}

/// The ids that an expression may use. An id begins with a lower-case letter.
#[derive(Clone, Copy, Debug)]
pub struct Names<'n> {
    /// Ids of metrics, in the order in which `METRICS()` gives them.
    pub metrics: &'n [&'n str],
    /// Ids of other expressions.
    pub expressions: &'n [&'n str],
}

/// What an evaluation retrieves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retrieved {
    /// How many periods; the length of every column.
    pub periods: usize,
    /// The length of one.
    pub period: SimDuration,
}

/// The datapoints of a series, oldest first; none where one is missing.
pub type Column = Vec<Option<Value>>;

impl Expression {
    /// Reads an expression over the metrics and expressions in `names`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place: what can't be read, an unknown id or function,
    /// an argument of the wrong type, a result that is not one time series, or more than 200
    /// operations and brackets, or brackets more than 50 deep.
    pub fn parse(text: &str, names: Names<'_>) -> Result<Self, SyntaxError> {
        Ok(Self { root: parse::parse(text, names)?, text: text.to_owned() })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The ids that it uses, each once, in alphabetical order.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids = Vec::new();
        self.root.collect_ids(&mut ids);
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The series over the `retrieved` periods, from those of the ids it uses. Each column that
    /// `columns` gives has as many datapoints as periods are retrieved.
    pub fn evaluate<'c>(
        &self,
        columns: &dyn Fn(&str) -> &'c [Option<Value>],
        retrieved: Retrieved,
    ) -> Column {
        evaluate::evaluate(&self.root, columns, retrieved)
    }
}

impl Names<'_> {
    fn contains(&self, id: &str) -> bool {
        self.metrics.contains(&id) || self.expressions.contains(&id)
    }

    fn all(&self) -> Vec<String> {
        self.metrics.iter().chain(self.expressions).map(|id| (*id).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests;
