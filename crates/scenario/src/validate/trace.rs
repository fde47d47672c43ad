//! A recorded trace: its description, and a survey of the file.

use super::report::Report;
use crate::random::arrival::{TraceProblem, TraceRows, TraceSpec};
use crate::raw::choice::RawOffset;
use crate::raw::traffic::{RawRows, RawTrace};
use crate::spec::ExperimentSpec;
use std::path::Path;

const PATH: &str = "traffic.arrivals.trace";

/// Checks a trace and says the rate of its busiest part \[1/s\]; its path becomes one that means the
/// same from everywhere that `base` does.
pub(super) fn trace(
    raw: &mut RawTrace,
    experiment: &ExperimentSpec,
    base: &Path,
    report: &mut Report,
) -> (TraceSpec, f64) {
    let path = base.join(&raw.path);
    match path.to_str() {
        Some(text) => text.clone_into(&mut raw.path),
        None => report.problem(
            format!("{PATH}.path"),
            format!("the path {} is not UTF-8", path.display()),
            "rename the folder that the scenario is in",
        ),
    }
    let rows = rows(raw, report);
    let spec = TraceSpec {
        path,
        time_column: raw.time_column.clone(),
        time_unit: raw.time_unit,
        rows,
        scale: raw.scale,
        random_offset: raw.offset == RawOffset::Random,
        repeat: raw.repeat,
    };
    // A zero interval or scale would make nonsense of the rows.
    let busiest_per_s = if report.sound(PATH) { survey(&spec, experiment, report) } else { 0.0 };
    (spec, busiest_per_s)
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
            TraceRows::Counts { column: column.column.clone(), interval: column.interval }
        }
        RawRows::Rates(column) => {
            TraceRows::Rates { column: column.column.clone(), interval: column.interval }
        }
    }
}

/// Reads the whole trace and notes what is wrong with it; the rate of its busiest part \[1/s\].
fn survey(spec: &TraceSpec, experiment: &ExperimentSpec, report: &mut Report) -> f64 {
    let summary = match spec.survey() {
        Ok(summary) => summary,
        Err(error) => {
            let key = match &error.problem {
                TraceProblem::NoColumn { column: absent, .. } if *absent == spec.time_column => {
                    "time_column"
                }
                TraceProblem::NoColumn { .. } => match spec.rows {
                    TraceRows::Rates { .. } => "rows.rates.column",
                    _ => "rows.counts.column",
                },
                _ => "path",
            };
            let text = error.to_string();
            let (rule, remedy) = text.rsplit_once("; ").unwrap_or((&text, "correct the trace"));
            report.problem(format!("{PATH}.{key}"), rule, remedy);
            return 0.0;
        }
    };
    let needed = experiment.warm_up + experiment.horizon;
    if !spec.repeat && summary.span < needed && report.sound("experiment") {
        report.problem(
            format!("{PATH}.path"),
            format!(
                "the trace lasts {}, less than the {needed} of warm-up and horizon",
                summary.span
            ),
            "simulate less time, or write `repeat = true`",
        );
    }
    summary.peak_rate_per_s
}
