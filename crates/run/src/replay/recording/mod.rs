//! A recorded series, from CSV: values as they were sent, or statistics by the period.
//!
//! Everything is in the unit in which CloudWatch knows the metric (`ModelLatency` in microseconds; errors
//! 1 for a failed request and 0 for one that did not fail, or numbers of them). Rows need not be in order.
//! Statistics come from `aws cloudwatch get-metric-statistics` and `get-metric-data`; rows about the same
//! period are taken together, since simple statistics and percentiles come from separate calls.

mod columns;
mod console;
mod problems;
mod row;

use std::collections::BTreeMap;
use std::io::Read;

use crate::alarm::spec::FleetDimension;
use crate::telemetry::ratio::Ratio;
use crate::time::{NANOS_PER_S, SimDuration, SimTime};
use columns::Columns;
use problems::Problems;

pub use problems::{RecordingErrors, RowProblem};
pub use row::{Lack, Row, Says, Share, Statistics};

/// The rows of some metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    series: BTreeMap<Key, Vec<Row>>,
    // What all rows of a series have in a column such as `Unit`.
    labels: BTreeMap<(Key, String), String>,
    first: SimTime,
    last: SimTime,
    // Whether rows are values, and not statistics.
    are_values: bool,
    // How long the periods of rows are, if the file says so.
    period: Option<SimDuration>,
}

/// What a row belongs to; `None` where the file does not say.
type Key = (Option<String>, Option<FleetDimension>);

const FLEETS: [(&str, Option<FleetDimension>); 5] = [
    ("green", Some(FleetDimension::Green)),
    ("blue", Some(FleetDimension::Blue)),
    ("both", Some(FleetDimension::Both)),
    ("shadow", Some(FleetDimension::Shadow)),
    ("", None),
];

const MINUTE_S: i64 = 60;

/// The periods in which CloudWatch keeps statistics, and others that are often asked for, longest first.
const USUAL_PERIODS_S: [i64; 6] = [86_400, 21_600, 3600, 900, 300, MINUTE_S];

impl Recording {
    /// Reads CSV with a header row, to its end.
    ///
    /// # Errors
    /// Every row that can't be read, by its line; or what is wrong with the file as a whole.
    pub fn read(csv: impl Read) -> Result<Self, RecordingErrors> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(csv);
        let mut found = Problems::default();
        let of_header = |message| RecordingErrors {
            problems: vec![RowProblem { line: Some(1), message }],
            more: 0,
        };
        let header = reader.headers().map_err(|error| of_header(of_file(&error)))?;
        if header.get(0) == Some(console::FIRST) && !columns::has_timestamp(header) {
            let exported = console::read(&mut reader, &mut found).map_err(of_header)?;
            return Self::of_export(exported, found);
        }
        let columns = Columns::find(header).map_err(of_header)?;
        let mut series: BTreeMap<Key, Vec<Row>> = BTreeMap::new();
        let mut labels: BTreeMap<(Key, String), String> = BTreeMap::new();
        let mut newest_key: Option<(Key, Vec<Row>)> = None;
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
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
            let Some((metric, fleet, row)) = columns.read(&record, &mut found) else { continue };
            // Neighbouring rows mostly belong together, and a name is only copied where they don't.
            let same = newest_key
                .as_ref()
                .is_some_and(|((known, at), _)| known.as_deref() == metric && *at == fleet);
            if !same {
                let key = (metric.map(str::to_owned), fleet);
                let rows = series.remove(&key).unwrap_or_default();
                if let Some((key, rows)) = newest_key.replace((key, rows)) {
                    series.insert(key, rows);
                }
            }
            if let Some((key, rows)) = &mut newest_key {
                for (title, text) in columns.labels(&record) {
                    let place = (key.clone(), title.to_owned());
                    let known = labels.entry(place).or_insert_with(|| text.to_owned());
                    if known != text {
                        let message = format!(
                            "the {title} is `{text}`, but `{known}` in an earlier row of the same series"
                        );
                        found.note(Some(row.line), message);
                    }
                }
                rows.push(row);
            }
        }
        series.extend(newest_key);
        Self::of(series, labels, columns.are_values(), found)
    }

    fn of_export(
        (rows, period): console::Exported,
        found: Problems,
    ) -> Result<Self, RecordingErrors> {
        let mut series: BTreeMap<Key, Vec<Row>> = BTreeMap::new();
        for (key, row) in rows {
            series.entry(key).or_default().push(row);
        }
        let recording = Self::of(series, BTreeMap::new(), false, found)?;
        Ok(Self { period: Some(period), ..recording })
    }

    fn of(
        mut series: BTreeMap<Key, Vec<Row>>,
        labels: BTreeMap<(Key, String), String>,
        are_values: bool,
        mut found: Problems,
    ) -> Result<Self, RecordingErrors> {
        let scale = series.values().flatten().filter_map(Row::denominator).max();
        for rows in series.values_mut() {
            for row in rows.iter_mut() {
                row.rescale(scale.unwrap_or(1));
            }
            // Stable, so that values of the same instant stay in the order of the file.
            rows.sort_by_key(|row| row.at);
            if !are_values {
                *rows = one_a_period(std::mem::take(rows), &mut found);
            }
        }
        let first = series.values().filter_map(|rows| rows.first()).map(|row| row.at).min();
        let last = series.values().filter_map(|rows| rows.last()).map(|row| row.at).max();
        if first.is_none() && found.is_empty() {
            found.note(None, "there are no rows".to_owned());
        }
        match (first, last) {
            (Some(first), Some(last)) if found.is_empty() => {
                Ok(Self { series, labels, first, last, are_values, period: None })
            }
            _ => Err(found.into()),
        }
    }

    /// The earliest time stamp.
    pub fn first(&self) -> SimTime {
        self.first
    }

    /// The latest time stamp.
    pub fn last(&self) -> SimTime {
        self.last
    }

    /// Whether rows are values as they were sent, and not statistics of periods.
    pub fn are_values(&self) -> bool {
        self.are_values
    }

    /// The names in the `metric` column, each once; none without such a column.
    pub fn metrics(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.series.keys().filter_map(|(metric, _)| metric.as_deref()).collect();
        names.dedup();
        names
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.series.values().flatten()
    }

    /// The series of `metric` that an alarm on `fleet` sees, each oldest first. A row without a metric is of
    /// any, one without a fleet is seen by all.
    pub fn seen_by(&self, metric: &str, fleet: Option<FleetDimension>) -> Vec<&[Row]> {
        self.chosen(metric, fleet).map(|(_, rows)| rows.as_slice()).collect()
    }

    /// A unit of those series, if the file has a column for it.
    pub fn unit(&self, metric: &str, fleet: Option<FleetDimension>) -> Option<&str> {
        let mut units = self.chosen(metric, fleet).filter_map(|(key, _)| {
            let of_key = |((known, title), _): &(&(Key, String), &String)| {
                known == key && title.eq_ignore_ascii_case("unit")
            };
            self.labels.iter().find(of_key).map(|(_, unit)| unit.as_str())
        });
        units.next()
    }

    fn chosen(
        &self,
        metric: &str,
        fleet: Option<FleetDimension>,
    ) -> impl Iterator<Item = (&Key, &Vec<Row>)> {
        let is_meant = move |(named, of): &Key| {
            let is_seen = match (fleet, of) {
                (Some(watched), Some(of)) => watched.includes(*of),
                _ => true,
            };
            named.as_deref().is_none_or(|named| named == metric) && is_seen
        };
        self.series.iter().filter(move |(key, _)| is_meant(key))
    }

    /// How long the periods of rows are, if the file says so.
    pub fn period(&self) -> Option<SimDuration> {
        self.period
    }

    /// The length of a row's period as the time stamps suggest it, for alarms of these periods.
    ///
    /// Rows that are all as far apart leave no doubt. Else some may be absent, and it is the longest of the
    /// usual periods that fits all gaps and the alarms. Stamps that are not whole minutes are those of
    /// statistic sets, which CloudWatch keeps by the minute at most. A single row is taken for a minute.
    pub fn likely_period(&self, alarms: &[SimDuration]) -> SimDuration {
        let mut stamps: Vec<i64> = self.rows().map(|row| seconds(row.at)).collect();
        stamps.sort_unstable();
        stamps.dedup();
        let gaps: Vec<i64> = stamps.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let apart = gaps.iter().copied().fold(0, gcd);
        let period_s = if stamps.iter().any(|stamp| stamp % MINUTE_S != 0) {
            match apart {
                0 => MINUTE_S,
                _ if apart % MINUTE_S == 0 => MINUTE_S,
                _ if MINUTE_S % apart == 0 => apart,
                _ => 1,
            }
        } else if gaps.len() > 1 && gaps.iter().all(|gap| *gap == apart) {
            apart
        } else {
            let alarms = alarms.iter().map(|period| period.as_nanos() / NANOS_PER_S);
            let common = alarms.fold(apart, gcd);
            let usual = USUAL_PERIODS_S.into_iter().find(|usual| common % usual == 0);
            usual.filter(|_| apart > 0).unwrap_or(MINUTE_S)
        };
        SimDuration::from_secs(period_s)
    }
}

impl Row {
    fn denominator(&self) -> Option<i128> {
        match &self.says {
            Says::Value(value) => Some(value.denominator()),
            Says::Period(statistics) => statistics.denominator(),
        }
    }

    fn rescale(&mut self, scale: i128) {
        match &mut self.says {
            Says::Value(value) => *value = rescaled(*value, scale),
            Says::Period(statistics) => statistics.rescale(scale),
        }
    }
}

/// One row for each time stamp, with all that several say of it. Notes what is said twice and what
/// contradicts itself.
fn one_a_period(rows: Vec<Row>, found: &mut Problems) -> Vec<Row> {
    let mut merged: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(before) = merged.last_mut().filter(|before| before.at == row.at) else {
            merged.push(row);
            continue;
        };
        if let (Says::Period(known), Says::Period(more)) = (&mut before.says, &row.says)
            && let Err(statistic) = known.absorb(more)
        {
            let (line, of) = (row.line.max(before.line), row.line.min(before.line));
            let message = format!("line {of} gives the {statistic} of the same period already");
            found.note(Some(line), message);
        }
        before.published = before.published.max(row.published);
    }
    for row in &merged {
        if let Says::Period(statistics) = &row.says
            && let Some(message) = statistics.contradiction()
        {
            found.note(Some(row.line), message);
        }
    }
    merged
}

fn seconds(at: SimTime) -> i64 {
    at.as_nanos().div_euclid(NANOS_PER_S)
}

fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The same number with the denominator `scale`, if that can be: fractions of one denominator are
/// quickest to add and compare.
fn rescaled(value: Ratio, scale: i128) -> Ratio {
    let factor = scale / value.denominator();
    let exact = value.numerator().checked_mul(factor).filter(|_| scale % value.denominator() == 0);
    exact.map_or(value, |numerator| Ratio::new(numerator, scale))
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
