//! A recorded series of raw values, from CSV.
//!
//! One row is one value as it was published, in the unit in which CloudWatch knows the metric
//! (`ModelLatency` in microseconds; errors 1 for a failed request and 0 for one that did not fail, or
//! numbers of them). The columns are found by the names in the header: `timestamp`, `value`, and, if
//! there is more than one series, `metric` and `fleet`; others are passed over. Rows need not be in
//! order.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use crate::alarm::spec::FleetDimension;
use crate::random::arrival::timestamp::parse_instant;
use crate::telemetry::ratio::Ratio;
use crate::time::SimTime;

/// The values of some metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    series: BTreeMap<Key, Vec<(SimTime, Ratio)>>,
    first: SimTime,
    last: SimTime,
}

/// What a row belongs to; `None` where the file does not say.
type Key = (Option<String>, Option<FleetDimension>);

/// All that is wrong with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingErrors {
    /// At least one, at most a hundred, by line.
    pub problems: Vec<RowProblem>,
    /// How many more there are.
    pub more: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// From 1; `None` if it is about the file.
    pub line: Option<u64>,
    /// The rule and what breaks it.
    pub message: String,
}

/// Nobody reads more at once.
const MOST_PROBLEMS: usize = 100;

const FLEETS: [(&str, Option<FleetDimension>); 5] = [
    ("green", Some(FleetDimension::Green)),
    ("blue", Some(FleetDimension::Blue)),
    ("both", Some(FleetDimension::Both)),
    ("shadow", Some(FleetDimension::Shadow)),
    ("", None),
];

impl Recording {
    /// Reads CSV with a header row, to its end.
    ///
    /// # Errors
    /// Every row that can't be read, by its line; or what is wrong with the file as a whole.
    pub fn read(csv: impl Read) -> Result<Self, RecordingErrors> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(csv);
        let mut found = Problems::default();
        let columns = reader.headers().map_err(|error| of_file(&error)).and_then(Columns::find);
        let columns = columns.map_err(|message| RecordingErrors {
            problems: vec![RowProblem { line: Some(1), message }],
            more: 0,
        })?;
        let mut series: BTreeMap<Key, Vec<(SimTime, Ratio)>> = BTreeMap::new();
        let mut newest_key: Option<(Key, Vec<(SimTime, Ratio)>)> = None;
        let mut row = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut row) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    found.note(error.position().map(csv::Position::line), of_file(&error));
                    if matches!(error.kind(), csv::ErrorKind::Io(_)) {
                        break;
                    }
                    continue;
                }
            }
            let Some((metric, fleet, value)) = columns.value(&row, &mut found) else { continue };
            // Neighbouring rows mostly belong together, and a name is only copied where they don't.
            let same = newest_key.as_ref().is_some_and(|((known, at), _)| {
                known.as_deref() == metric && *at == fleet
            });
            if !same {
                let key = (metric.map(str::to_owned), fleet);
                let values = series.remove(&key).unwrap_or_default();
                if let Some((key, values)) = newest_key.replace((key, values)) {
                    series.insert(key, values);
                }
            }
            if let Some((_, values)) = &mut newest_key {
                values.push(value);
            }
        }
        series.extend(newest_key);
        Self::of(series, found)
    }

    fn of(
        mut series: BTreeMap<Key, Vec<(SimTime, Ratio)>>,
        mut found: Problems,
    ) -> Result<Self, RecordingErrors> {
        for values in series.values_mut() {
            // Stable, so that values of the same instant stay in the order of the file.
            values.sort_by_key(|(at, _)| *at);
        }
        let first = series.values().filter_map(|values| values.first()).map(|(at, _)| *at).min();
        let last = series.values().filter_map(|values| values.last()).map(|(at, _)| *at).max();
        if first.is_none() && found.problems.is_empty() {
            found.note(None, "there are no rows".to_owned());
        }
        match (first, last) {
            (Some(first), Some(last)) if found.problems.is_empty() => {
                Ok(Self { series, first, last })
            }
            _ => Err(RecordingErrors { problems: found.problems, more: found.more }),
        }
    }

    /// The instant of the earliest value.
    pub fn first(&self) -> SimTime {
        self.first
    }

    /// The instant of the latest value.
    pub fn last(&self) -> SimTime {
        self.last
    }

    /// The names in the `metric` column, each once; none without such a column.
    pub fn metrics(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.series.keys().filter_map(|(metric, _)| metric.as_deref()).collect();
        names.dedup();
        names
    }

    /// The values of `metric` that an alarm on `fleet` sees, oldest first. A row without a metric
    /// is of any, one without a fleet is seen by all.
    pub fn values(&self, metric: &str, fleet: Option<FleetDimension>) -> Vec<(SimTime, Ratio)> {
        let is_meant = |(named, of): &Key| {
            let is_seen = match (fleet, of) {
                (Some(watched), Some(of)) => watched.includes(*of),
                _ => true,
            };
            named.as_deref().is_none_or(|named| named == metric) && is_seen
        };
        let chosen = self.series.iter().filter(|(key, _)| is_meant(key));
        let mut values: Vec<(SimTime, Ratio)> =
            chosen.flat_map(|(_, values)| values.iter().copied()).collect();
        values.sort_by_key(|(at, _)| *at);
        values
    }
}

impl fmt::Display for RecordingErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            match problem.line {
                Some(line) => writeln!(f, "line {line}: {}", problem.message)?,
                None => writeln!(f, "{}", problem.message)?,
            }
        }
        let count = self.problems.len() as u64 + self.more;
        write!(f, "{count} problem{}", if count == 1 { "" } else { "s" })?;
        if self.more > 0 { write!(f, ", {MOST_PROBLEMS} shown") } else { Ok(()) }
    }
}

impl std::error::Error for RecordingErrors {}

#[derive(Default)]
struct Problems {
    problems: Vec<RowProblem>,
    more: u64,
}

impl Problems {
    fn note(&mut self, line: Option<u64>, message: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(RowProblem { line, message });
        } else {
            self.more += 1;
        }
    }
}

/// Where the columns are.
struct Columns {
    timestamp: usize,
    value: usize,
    metric: Option<usize>,
    fleet: Option<usize>,
    count: usize,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, String> {
        let find = |name: &str| -> Result<Option<usize>, String> {
            let mut found = header.iter().enumerate().filter(|(_, title)| *title == name);
            match (found.next(), found.next()) {
                (first, None) => Ok(first.map(|(index, _)| index)),
                _ => Err(format!("two columns are called `{name}`")),
            }
        };
        let need = |name: &str| {
            let titles = header.iter().collect::<Vec<_>>().join("`, `");
            find(name)?.ok_or_else(|| {
                format!(
                    "there is no column `{name}`; the header has `{titles}`, and a recording needs \
                     `timestamp,value`, with several series also `metric` and `fleet`"
                )
            })
        };
        Ok(Self {
            timestamp: need("timestamp")?,
            value: need("value")?,
            metric: find("metric")?,
            fleet: find("fleet")?,
            count: header.len(),
        })
    }

    /// The metric, the fleet and the value of a row; `None` if something is wrong with it.
    fn value<'r>(
        &self,
        row: &'r csv::StringRecord,
        found: &mut Problems,
    ) -> Option<(Option<&'r str>, Option<FleetDimension>, (SimTime, Ratio))> {
        let line = row.position().map(csv::Position::line);
        let cell = |index: usize| row.get(index).unwrap_or_default();
        if row.len() != self.count {
            found.note(line, format!("{} cells under {} titles", row.len(), self.count));
            return None;
        }
        let stamp = cell(self.timestamp);
        let at = parse_instant(stamp)
            .map_err(|reason| found.note(line, format!("the timestamp `{stamp}` {reason}")));
        let text = cell(self.value);
        let value = decimal(text)
            .map_err(|reason| found.note(line, format!("the value `{text}` {reason}")));
        let metric = self.metric.map(cell);
        if metric == Some("") {
            found.note(line, "the metric is empty".to_owned());
            return None;
        }
        let named = self.fleet.map_or("", cell);
        let Some((_, fleet)) = FLEETS.iter().find(|(name, _)| *name == named) else {
            let choices = "green, blue, both, shadow or nothing";
            found.note(line, format!("the fleet `{named}` is none of {choices}"));
            return None;
        };
        Some((metric, *fleet, (SimTime::from_nanos(at.ok()?), value.ok()?)))
    }
}

/// A decimal as written; one with a power of ten, as spreadsheets write it, by its float.
fn decimal(text: &str) -> Result<Ratio, &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if let Ok(exact) = text.parse() {
        return Ok(exact);
    }
    let float: f64 = text.parse().map_err(|_| "is not a number")?;
    if !float.is_finite() || float.abs() > 1e18 {
        return Err("is not a number from -10^18 to 10^18");
    }
    Ok(Ratio::from_decimal(float).unwrap_or_else(|_| Ratio::nearest(float)))
}

fn of_file(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8 text".to_owned(),
        csv::ErrorKind::Io(error) => format!("cannot be read: {error}"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
