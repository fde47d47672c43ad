//! What may be wrong with a trace.

use std::fmt;
use std::path::PathBuf;

/// A trace that can't be replayed: the file, the line, the rule and the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{}: {problem}", path.display(), Line(*line))]
pub struct TraceError {
    /// The file.
    pub path: PathBuf,
    /// The line in it, from 1; present if and only if the problem is in a line.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: TraceProblem,
}

/// What is wrong with a trace.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TraceProblem {
    /// The file can't be opened or read.
    #[error("can't be read: {0}; correct the path or its permissions")]
    Unreadable(String),
    /// Bytes that are no text.
    #[error("is not UTF-8; save the trace as UTF-8")]
    NotUtf8,
    /// A row with more or fewer cells than the header.
    #[error("has {cells} cells, but the header has {columns}; give every row the same columns")]
    Ragged {
        /// In the row.
        cells: u64,
        /// In the header.
        columns: u64,
    },
    /// Neither header nor rows.
    #[error("is empty; a trace has a header line and at least one row")]
    Empty,
    /// A header without rows.
    #[error("has a header but no rows; add rows, or take another arrival process")]
    NoRows,
    /// No such column.
    #[error(
        "has no column `{column}`{}; its columns are {}",
        Suggestion(suggestion.as_ref()), Columns(columns)
    )]
    NoColumn {
        /// That was asked for.
        column: String,
        /// The columns that there are.
        columns: Vec<String>,
        /// The column that was probably meant.
        suggestion: Option<String>,
    },
    /// Two columns of the same name.
    #[error("has more than one column `{0}`; rename all but one")]
    SameColumn(String),
    /// A time that can't be read.
    #[error("column `{column}`: `{text}` {reason}; correct it, or the trace's time_unit")]
    BadTime {
        /// The time column.
        column: String,
        /// The cell.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A count or rate that is none.
    #[error(
        "column `{column}`: `{text}` {reason}; correct the value, or leave the row out \
         (where there is no row there is no traffic)"
    )]
    BadValue {
        /// The column of counts or rates.
        column: String,
        /// The cell.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A row earlier than the one before.
    #[error("column `{0}`: the time is earlier than in the row before; sort the rows by time")]
    Unsorted(String),
    /// Two rows for one interval.
    #[error(
        "column `{0}`: the time is the same as in the row before; keep one row for each interval"
    )]
    Duplicate(String),
    /// A row before the last one's interval is over.
    #[error(
        "column `{column}`: only {step_s} s after the row before, which holds for {interval_s} s; \
         correct the trace's interval"
    )]
    Overlap {
        /// The time column.
        column: String,
        /// From row to row \[s\].
        step_s: f64,
        /// As stated \[s\].
        interval_s: f64,
    },
    /// A trace of requests without any gap.
    #[error("has fewer than two requests at different times; record more, or take another process")]
    TooShort,
}

struct Line(Option<u64>);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, ", line {line}"))
    }
}

struct Suggestion<'a>(Option<&'a String>);

impl fmt::Display for Suggestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |column| write!(f, "; did you mean `{column}`?"))
    }
}

struct Columns<'a>(&'a [String]);

impl fmt::Display for Columns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted: Vec<String> = self.0.iter().map(|column| format!("`{column}`")).collect();
        f.write_str(&quoted.join(", "))
    }
}
