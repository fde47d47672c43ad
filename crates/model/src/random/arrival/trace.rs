//! Recorded traces: rows streamed from a CSV file, and requests replayed at the very times of a
//! trace.
//!
//! The first row is at the start of the traffic, or, with a random offset, a uniformly drawn place
//! of the trace is. Nothing but one row is in memory.

use super::survey::length_of_requests;
use super::timestamp;
use super::{TraceError, TraceProblem, TraceRows, TraceSpec};
use crate::random::stream::{Purpose, Streams, unit};
use crate::time::SimDuration;
use std::fs::File;

/// Rates above one request a nanosecond are refused.
const HIGHEST_RATE_PER_S: f64 = 1e9;

/// The rows of a trace from its file, checked one by one.
#[derive(Debug)]
pub(super) struct Rows {
    spec: TraceSpec,
    reader: csv::Reader<File>,
    record: csv::StringRecord,
    time_column: usize,
    value_column: Option<usize>,
    /// Where the first row is in the file.
    body: csv::Position,
    /// The first and the last time stamp read in this pass \[ns\].
    stamps: Option<(i64, i64)>,
    count: u64,
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    /// Time since the first row \[ns\].
    pub(super) at_ns: i64,
    /// As written; 0 in a trace of requests.
    pub(super) value: f64,
    /// Requests a second, scaled; 0 in a trace of requests.
    pub(super) rate_per_s: f64,
}

/// The requests of a trace at their times, over and over if so wished.
#[derive(Debug)]
pub(super) struct RequestTrace {
    rows: Rows,
    repeat: bool,
    /// Where the trace's present pass begins, in ns from the start of the traffic.
    base_ns: i64,
    end_ns: i64,
}

impl Rows {
    pub(super) fn open(spec: &TraceSpec) -> Result<Self, TraceError> {
        let fail = |error: csv::Error| refuse(spec, &error);
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(&spec.path).map_err(fail)?;
        let header = reader.headers().map_err(fail)?.clone();
        if header.is_empty() {
            return Err(TraceProblem::Empty.of(spec, None));
        }
        let time_column = column(spec, &header, &spec.time_column)?;
        let value_column = match &spec.rows {
            TraceRows::Requests => None,
            TraceRows::Counts { column: name, .. } | TraceRows::Rates { column: name, .. } => {
                Some(column(spec, &header, name)?)
            }
        };
        Ok(Self {
            spec: spec.clone(),
            body: reader.position().clone(),
            reader,
            record: csv::StringRecord::new(),
            time_column,
            value_column,
            stamps: None,
            count: 0,
        })
    }

    /// The next row, none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Row>, TraceError> {
        if !self.reader.read_record(&mut self.record).map_err(|e| refuse(&self.spec, &e))? {
            if self.count == 0 {
                return Err(TraceProblem::NoRows.of(&self.spec, None));
            }
            return Ok(None);
        }
        let stamp = self.stamp()?;
        let (value, rate_per_s) = self.value_and_rate_per_s()?;
        let (first, _) = *self.stamps.insert((self.stamps.map_or(stamp, |s| s.0), stamp));
        self.count += 1;
        let at_ns = stamp.checked_sub(first).ok_or_else(|| self.bad_time("is too far off"))?;
        Ok(Some(Row { at_ns, value, rate_per_s }))
    }

    /// Back to the first row.
    pub(super) fn rewind(&mut self) -> Result<(), TraceError> {
        self.stamps = None;
        self.count = 0;
        self.reader.seek(self.body.clone()).map_err(|e| refuse(&self.spec, &e))
    }

    /// Rows read in this pass.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// From the first to the last row of this pass \[ns\].
    pub(super) fn last_ns(&self) -> i64 {
        self.stamps.map_or(0, |(first, last)| last - first)
    }

    /// `problem` as an error about the whole file.
    pub(super) fn refuse(&self, problem: TraceProblem) -> TraceError {
        problem.of(&self.spec, None)
    }

    fn stamp(&self) -> Result<i64, TraceError> {
        let stamp = timestamp::parse(&self.record[self.time_column], self.spec.time_unit)
            .map_err(|reason| self.bad_time(reason))?;
        let Some((_, previous)) = self.stamps else { return Ok(stamp) };
        let column = || self.spec.time_column.clone();
        let refuse = |problem: TraceProblem| Err(problem.of(&self.spec, self.line()));
        if stamp < previous {
            return refuse(TraceProblem::Unsorted(column()));
        }
        let Some(interval) = self.spec.interval() else { return Ok(stamp) };
        let step = stamp.saturating_sub(previous);
        if step == 0 {
            return refuse(TraceProblem::Duplicate(column()));
        }
        if step < interval.as_nanos() {
            return refuse(TraceProblem::Overlap {
                column: column(),
                step_s: SimDuration::from_nanos(step).as_secs_f64(),
                interval_s: interval.as_secs_f64(),
            });
        }
        Ok(stamp)
    }

    fn value_and_rate_per_s(&self) -> Result<(f64, f64), TraceError> {
        let (column, interval_s) = match &self.spec.rows {
            TraceRows::Requests => return Ok((0.0, 0.0)),
            TraceRows::Counts { column, interval } => (column, interval.as_secs_f64()),
            TraceRows::Rates { column, .. } => (column, 1.0),
        };
        let text = self.value_column.and_then(|index| self.record.get(index)).unwrap_or_default();
        let refuse = |reason| {
            let problem =
                TraceProblem::BadValue { column: column.clone(), text: text.to_owned(), reason };
            Err(problem.of(&self.spec, self.line()))
        };
        if text.is_empty() {
            return refuse("is empty");
        }
        let Ok(value) = text.parse::<f64>() else { return refuse("is not a number") };
        if !value.is_finite() || value < 0.0 {
            return refuse("is not a number of at least 0");
        }
        let rate = value / interval_s * self.spec.scale;
        if rate > HIGHEST_RATE_PER_S {
            return refuse("makes more than a request a nanosecond");
        }
        Ok((value, rate))
    }

    fn bad_time(&self, reason: &'static str) -> TraceError {
        let text = self.record[self.time_column].to_owned();
        let column = self.spec.time_column.clone();
        TraceProblem::BadTime { column, text, reason }.of(&self.spec, self.line())
    }

    fn line(&self) -> Option<u64> {
        self.record.position().map(csv::Position::line)
    }
}

impl RequestTrace {
    /// The requests of the first `length_ns` of the traffic.
    pub(super) fn open(
        spec: &TraceSpec,
        streams: &Streams,
        length_ns: i64,
    ) -> Result<Self, TraceError> {
        let base_ns = -spec.draw_offset(streams)?;
        let repeat = spec.repeat || spec.random_offset;
        Ok(Self { rows: Rows::open(spec)?, repeat, base_ns, end_ns: length_ns })
    }

    /// The next request, in ns from the start of the traffic.
    pub(super) fn next(&mut self) -> Result<Option<i64>, TraceError> {
        while self.base_ns < self.end_ns {
            match self.rows.next()? {
                Some(row) => {
                    let at = self.base_ns.saturating_add(row.at_ns);
                    if at >= self.end_ns {
                        self.base_ns = self.end_ns;
                    } else if at >= 0 {
                        return Ok(Some(at));
                    }
                }
                None if self.repeat => {
                    let length = length_of_requests(&self.rows)?;
                    self.base_ns = self.base_ns.saturating_add(length);
                    self.rows.rewind()?;
                }
                None => self.base_ns = self.end_ns,
            }
        }
        Ok(None)
    }
}

impl TraceSpec {
    /// The interval of a row; a request has none.
    pub(super) fn interval(&self) -> Option<SimDuration> {
        match self.rows {
            TraceRows::Requests => None,
            TraceRows::Counts { interval, .. } | TraceRows::Rates { interval, .. } => {
                Some(interval)
            }
        }
    }

    /// Whether a row says how many requests come in its interval.
    pub(super) fn has_counts(&self) -> bool {
        matches!(self.rows, TraceRows::Counts { .. })
    }

    /// Where this replication begins, in ns from the first row.
    #[expect(clippy::cast_possible_truncation, reason = "a part of a length in i64")]
    pub(super) fn draw_offset(&self, streams: &Streams) -> Result<i64, TraceError> {
        if !self.random_offset {
            return Ok(0);
        }
        let length = crate::random::float_nanos(self.survey()?.span.as_nanos());
        Ok((unit(&mut streams.stream(Purpose::TraceOffset)) * length) as i64)
    }
}

impl TraceProblem {
    /// This problem with its place.
    fn of(self, spec: &TraceSpec, line: Option<u64>) -> TraceError {
        TraceError { path: spec.path.clone(), line, problem: self }
    }
}

/// An error of the CSV reader as ours.
fn refuse(spec: &TraceSpec, error: &csv::Error) -> TraceError {
    let problem = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => TraceProblem::NotUtf8,
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            TraceProblem::Ragged { cells: *len, columns: *expected_len }
        }
        csv::ErrorKind::Io(error) => TraceProblem::Unreadable(error.to_string()),
        _ => TraceProblem::Unreadable(error.to_string()),
    };
    problem.of(spec, error.position().map(csv::Position::line))
}

/// The index of the column `name`.
fn column(spec: &TraceSpec, header: &csv::StringRecord, name: &str) -> Result<usize, TraceError> {
    let mut found = header.iter().enumerate().filter(|(_, title)| *title == name);
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => Err(TraceProblem::SameColumn(name.to_owned()).of(spec, Some(1))),
        (None, _) => {
            let columns: Vec<String> = header.iter().map(str::to_owned).collect();
            let suggestion = columns
                .iter()
                .map(|title| (distance(title, name), title))
                .filter(|&(distance, title)| distance <= title.chars().count() / 3)
                .min_by_key(|&(distance, _)| distance)
                .map(|(_, title)| title.clone());
            let column = name.to_owned();
            Err(TraceProblem::NoColumn { column, columns, suggestion }.of(spec, Some(1)))
        }
    }
}

fn distance(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(&a.to_lowercase(), &b.to_lowercase())
}
