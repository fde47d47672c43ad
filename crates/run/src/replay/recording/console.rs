//! The CSV that CloudWatch's console exports: a column for each series, under rows that name it.
//!
//! ```text
//! Id,m1,m2
//! StatusCode,Complete,Complete
//! Messages,,
//! Full label,us-east-1:AWS/SageMaker EndpointName:e VariantName:v Invocations Sum 60,…
//! Label,Invocations,…
//! 2026/03/17 13:45:00,1191,…
//! ```
//!
//! The full label ends with the metric, the statistic and the period in seconds. An empty cell is a period
//! without data. No page of AWS describes the file, so what is not as above is refused.

use std::io::Read;

use super::columns::instant;
use super::problems::Problems;
use super::row::{Row, Says, Statistics};
use super::{Key, decimal, of_file};
use crate::telemetry::metric::Statistic;
use crate::time::SimDuration;

/// What the first cell of the file says.
pub(super) const FIRST: &str = "Id";
const FULL_LABEL: &str = "Full label";
const OTHERS: [&str; 3] = ["StatusCode", "Messages", "Label"];

/// The rows, each with what it belongs to, and how long their periods are.
pub(super) type Exported = (Vec<(Key, Row)>, SimDuration);

/// A column.
struct Column {
    metric: String,
    statistic: Statistic,
}

/// Reads what comes after the first row.
pub(super) fn read<R: Read>(
    reader: &mut csv::Reader<R>,
    found: &mut Problems,
) -> Result<Exported, String> {
    let mut columns: Option<(Vec<Column>, SimDuration)> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                found.note(error.position().map(csv::Position::line), of_file(&error));
                break;
            }
        };
        let first = record.get(0).unwrap_or_default();
        if first == FULL_LABEL {
            columns = Some(named(&record)?);
        } else if !OTHERS.contains(&first) {
            let (columns, _) = columns.as_ref().ok_or_else(no_label)?;
            values(&record, columns, &mut rows, found);
        }
    }
    let (_, period) = columns.ok_or_else(no_label)?;
    Ok((rows, period))
}

fn no_label() -> String {
    format!(
        "the first cell is `{FIRST}`, as in an export of the console, but no row `{FULL_LABEL}` names the \
         series"
    )
}

/// What the row of full labels says.
fn named(record: &csv::StringRecord) -> Result<(Vec<Column>, SimDuration), String> {
    let mut columns = Vec::new();
    let mut periods: Vec<i64> = Vec::new();
    for label in record.iter().skip(1) {
        let wrong = || {
            format!(
                "the full label `{label}` does not end with metric, statistic and period in seconds"
            )
        };
        let mut words = label.split_whitespace().rev();
        let (period, statistic, metric) = (words.next(), words.next(), words.next());
        let period = period.and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        let statistic = statistic.and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        let metric = metric.ok_or_else(wrong)?.to_owned();
        periods.push(period);
        columns.push(Column { metric, statistic });
    }
    periods.sort_unstable();
    periods.dedup();
    match periods.as_slice() {
        [period @ 1..=2_592_000] => Ok((columns, SimDuration::from_secs(*period))),
        _ => Err(format!(
            "the periods of the full labels are {periods:?} s; export series of one period"
        )),
    }
}

/// The rows that a row of the file is.
fn values(
    record: &csv::StringRecord,
    columns: &[Column],
    rows: &mut Vec<(Key, Row)>,
    found: &mut Problems,
) {
    let line = record.position().map(csv::Position::line);
    if record.len() > columns.len() + 1 {
        found.note(line, format!("{} cells under {} series", record.len() - 1, columns.len()));
        return;
    }
    let at = match instant("timestamp", record.get(0).unwrap_or_default()) {
        Ok(at) => at,
        Err(wrong) => return found.note(line, wrong),
    };
    for (column, text) in
        columns.iter().zip(record.iter().skip(1)).filter(|(_, text)| !text.is_empty())
    {
        let mut statistics = Statistics::default();
        let value = decimal(text).map_err(|reason| format!("the value `{text}` {reason}"));
        let added = value.map(|value| statistics.add(column.statistic, value));
        if let Err(wrong) = added {
            found.note(line, wrong);
            continue;
        }
        let says = Says::Period(statistics);
        let key = (Some(column.metric.clone()), None);
        rows.push((key, Row { at, published: None, line: line.unwrap_or(0), says }));
    }
}
