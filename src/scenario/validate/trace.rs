//! A recorded trace: its description, and that the file can be read.

use super::report::Report;
use crate::random::arrival::{TraceRows, TraceSpec};
use crate::scenario::raw::choice::RawOffset;
use crate::scenario::raw::traffic::{RawRows, RawTrace};
use crate::scenario::spec::ExperimentSpec;
use std::path::Path;

const PATH: &str = "traffic.arrivals.trace";

/// Checks a trace; its path becomes one that means the same from everywhere that `base` does.
pub(super) fn trace(
    raw: &mut RawTrace,
    _experiment: &ExperimentSpec,
    base: &Path,
    report: &mut Report,
) -> TraceSpec {
    let path = base.join(&raw.path);
    match path.to_str() {
        Some(text) => text.clone_into(&mut raw.path),
        None => report.problem(
            format!("{PATH}.path"),
            format!("the path {} is not UTF-8", path.display()),
            "rename the folder that the scenario is in",
        ),
    }
    report.above_zero(format!("{PATH}.scale"), raw.scale, 1e9);
    let rows = rows(raw, report);
    let spec = TraceSpec {
        path,
        time_column: raw.time_column.clone(),
        time_unit: raw.time_unit.into(),
        rows,
        scale: raw.scale,
        random_offset: raw.offset == RawOffset::Random,
        repeat: raw.repeat,
    };
    if report.sound(PATH) {
        readable(&spec, report);
    }
    spec
}

fn rows(raw: &RawTrace, report: &mut Report) -> TraceRows {
    match &raw.rows {
        RawRows::Requests => {
            if report.sound(&format!("{PATH}.scale")) && raw.scale.to_bits() != 1_f64.to_bits() {
                report.problem(
                    format!("{PATH}.scale"),
                    "`scale` multiplies counts and rates, but here each row is one request",
                    "take it out, or say what the rows are with `rows`",
                );
            }
            TraceRows::Requests
        }
        RawRows::Counts(column) => {
            report.positive_time(format!("{PATH}.rows.counts.interval"), column.interval.0);
            TraceRows::Counts { column: column.column.clone(), interval: column.interval.0 }
        }
        RawRows::Rates(column) => {
            report.positive_time(format!("{PATH}.rows.rates.interval"), column.interval.0);
            TraceRows::Rates { column: column.column.clone(), interval: column.interval.0 }
        }
    }
}

/// Notes a file that cannot be read or lacks a column.
fn readable(spec: &TraceSpec, report: &mut Report) {
    let headers =
        csv::Reader::from_path(&spec.path).and_then(|mut reader| reader.headers().cloned());
    let headers = match headers {
        Ok(headers) => headers,
        Err(error) => {
            report.problem(
                format!("{PATH}.path"),
                format!("cannot read the trace {}: {error}", spec.path.display()),
                "paths are relative to the folder of the scenario file",
            );
            return;
        }
    };
    let known: Vec<&str> = headers.iter().collect();
    let (key, column) = match &spec.rows {
        TraceRows::Requests => ("time_column", &spec.time_column),
        TraceRows::Counts { column, .. } => ("rows.counts.column", column),
        TraceRows::Rates { column, .. } => ("rows.rates.column", column),
    };
    for (key, column) in [("time_column", &spec.time_column), (key, column)] {
        if !known.contains(&column.as_str()) {
            report.unknown_name(format!("{PATH}.{key}"), "column", column, &known);
        }
    }
}
