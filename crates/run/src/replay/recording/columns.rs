//! What the columns of a recording hold, by their names in the header.
//!
//! Names are taken as the AWS tools spell them, whatever their case: `Timestamp`, `SampleCount` or
//! `sample_count`, `MetricName` or `Label`, `p99` or `ExtendedStatistics.p99`. A column that is not known
//! is refused, because a misspelt one would change the result unseen.

use super::problems::Problems;
use super::row::{Row, Says, Statistics};
use super::{FLEETS, decimal};
use crate::alarm::spec::FleetDimension;
use crate::replay::parse_date;
use crate::telemetry::metric::Statistic;
use crate::time::SimTime;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Timestamp,
    Published,
    Value,
    /// Which statistic the value is.
    StatisticName,
    Metric,
    Fleet,
    Statistic(Statistic),
    /// What all rows of a series have in common.
    Label,
    /// The number of a row, which has no name.
    RowNumber,
}

const ROLES: [(&str, Role); 15] = [
    ("timestamp", Role::Timestamp),
    ("timestamps", Role::Timestamp),
    ("publishedat", Role::Published),
    ("value", Role::Value),
    ("values", Role::Value),
    ("statistic", Role::StatisticName),
    ("stat", Role::StatisticName),
    ("metric", Role::Metric),
    ("metricname", Role::Metric),
    ("label", Role::Metric),
    ("fleet", Role::Fleet),
    ("unit", Role::Label),
    ("id", Role::Label),
    ("namespace", Role::Label),
    ("statuscode", Role::Label),
];

const SIMPLE: [Statistic; 5] = [
    Statistic::SampleCount,
    Statistic::Sum,
    Statistic::Average,
    Statistic::Minimum,
    Statistic::Maximum,
];

/// Where the columns are.
pub(super) struct Columns {
    timestamp: usize,
    published: Option<usize>,
    metric: Option<usize>,
    fleet: Option<usize>,
    form: Form,
    labels: Vec<usize>,
    titles: Vec<String>,
}

/// How a row tells what it tells.
enum Form {
    /// One value.
    Values(usize),
    /// Statistics, a column each.
    Statistics(Vec<(usize, Statistic)>),
    /// A statistic, and its name.
    Named { value: usize, name: usize },
}

/// What a row belongs to, and the row.
pub(super) type Read<'r> = (Option<&'r str>, Option<FleetDimension>, Row);

/// Whether one of these is a timestamp.
pub(super) fn has_timestamp(header: &csv::StringRecord) -> bool {
    header.iter().any(|title| role(title) == Some(Role::Timestamp))
}

impl Columns {
    pub(super) fn find(header: &csv::StringRecord) -> Result<Self, String> {
        let titles: Vec<String> = header.iter().map(str::to_owned).collect();
        let roles: Vec<Option<Role>> = titles.iter().map(|title| role(title)).collect();
        let find = |name: &str, wanted: Role| -> Result<Option<usize>, String> {
            let mut found = (0..roles.len()).filter(|&index| roles[index] == Some(wanted));
            match (found.next(), found.next()) {
                (first, None) => Ok(first),
                (Some(a), Some(b)) if titles[a] != titles[b] => {
                    Err(format!("`{}` and `{}` are the same column", titles[a], titles[b]))
                }
                _ => Err(format!("two columns are called `{name}`")),
            }
        };
        let absent = |name: &str| {
            format!(
                "there is no column `{name}`; the header has `{}`, and a recording needs \
                 `timestamp,value` or `timestamp` and statistics such as `SampleCount,Average,p99`, \
                 with several series also `metric` and `fleet`",
                titles.join("`, `")
            )
        };
        let timestamp = find("timestamp", Role::Timestamp)?.ok_or_else(|| absent("timestamp"))?;
        let mut statistics: Vec<(usize, Statistic)> = Vec::new();
        for (index, role) in roles.iter().enumerate() {
            if let Some(Role::Statistic(statistic)) = *role {
                find(&titles[index], Role::Statistic(statistic))?;
                statistics.push((index, statistic));
            }
        }
        let value = find("value", Role::Value)?;
        let name = find("statistic", Role::StatisticName)?;
        let form = form(value, name, statistics).map_err(|wrong| match wrong {
            WrongForm::Nothing => absent("value"),
            WrongForm::What(statistic) => format!(
                "`value` beside `{statistic}` is ambiguous: name the column after its statistic, such as \
                 `Average` (beside `SampleCount` alone it is the average)"
            ),
        })?;
        if let Some(unknown) = roles.iter().position(Option::is_none) {
            return Err(unknown_column(&titles[unknown]));
        }
        let labels = (0..roles.len()).filter(|&index| roles[index] == Some(Role::Label)).collect();
        Ok(Self {
            timestamp,
            published: find("published_at", Role::Published)?,
            metric: find("metric", Role::Metric)?,
            fleet: find("fleet", Role::Fleet)?,
            form,
            labels,
            titles,
        })
    }

    /// Whether rows are values as they were sent, and not statistics.
    pub(super) fn are_values(&self) -> bool {
        matches!(self.form, Form::Values(_))
    }

    /// The columns that all rows of a series have in common: their names and what this row has there.
    pub(super) fn labels<'r>(
        &'r self,
        row: &'r csv::StringRecord,
    ) -> impl Iterator<Item = (&'r str, &'r str)> {
        let cell =
            |&index: &usize| (self.titles[index].as_str(), row.get(index).unwrap_or_default());
        self.labels.iter().map(cell)
    }

    /// What a row says; `None` if something is wrong with it.
    pub(super) fn read<'r>(
        &self,
        row: &'r csv::StringRecord,
        found: &mut Problems,
    ) -> Option<Read<'r>> {
        let line = row.position().map(csv::Position::line);
        let cell = |index: usize| row.get(index).unwrap_or_default();
        if row.len() != self.titles.len() {
            found.note(line, format!("{} cells under {} titles", row.len(), self.titles.len()));
            return None;
        }
        let at =
            instant("timestamp", cell(self.timestamp)).map_err(|wrong| found.note(line, wrong));
        let published = self.published.map(cell).filter(|text| !text.is_empty());
        let published = published.map(|text| instant("publication time", text)).transpose();
        let published = published.map_err(|wrong| found.note(line, wrong));
        let says = self.says(&cell).map_err(|wrong| found.note(line, wrong));
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
        let (at, published, says) = (at.ok()?, published.ok()?, says.ok()?);
        if published.is_some_and(|published| published < at) {
            found.note(line, "it was published before its timestamp".to_owned());
            return None;
        }
        let row = Row { at, published, line: line.unwrap_or(0), says };
        Some((metric, *fleet, row))
    }

    fn says<'r>(&self, cell: &impl Fn(usize) -> &'r str) -> Result<Says, String> {
        let number = |what: &str, index: usize| {
            let text = cell(index);
            decimal(text).map_err(|reason| format!("the {what} `{text}` {reason}"))
        };
        let mut statistics = Statistics::default();
        // Each has a column of its own.
        let twice = |statistic: Statistic| format!("two cells give the {statistic}");
        match &self.form {
            Form::Values(value) => return number("value", *value).map(Says::Value),
            Form::Named { value, name } => {
                let name = cell(*name);
                let statistic = statistic(name).ok_or_else(|| no_statistic(name))?;
                statistics.add(statistic, number("value", *value)?).map_err(twice)?;
            }
            Form::Statistics(columns) => {
                for &(index, statistic) in columns.iter().filter(|(at, _)| !cell(*at).is_empty()) {
                    let value = number(&self.titles[index], index)?;
                    statistics.add(statistic, value).map_err(twice)?;
                }
                if statistics == Statistics::default() {
                    return Err("it has no statistic; take the row out".to_owned());
                }
            }
        }
        Ok(Says::Period(statistics))
    }
}

/// Why columns do not make a recording.
enum WrongForm {
    /// There are neither values nor statistics, or no value for the name of one.
    Nothing,
    /// Which statistic the value is, is not said, and this one stands beside it.
    What(Statistic),
}

fn form(
    value: Option<usize>,
    name: Option<usize>,
    statistics: Vec<(usize, Statistic)>,
) -> Result<Form, WrongForm> {
    match (value, name, statistics.as_slice()) {
        (None, Some(_), _) | (None, None, []) => Err(WrongForm::Nothing),
        (None, None, _) => Ok(Form::Statistics(statistics)),
        (Some(value), None, []) => Ok(Form::Values(value)),
        (Some(value), Some(name), []) => Ok(Form::Named { value, name }),
        (Some(value), None, [count @ (_, Statistic::SampleCount)]) => {
            Ok(Form::Statistics(vec![(value, Statistic::Average), *count]))
        }
        (Some(_), _, [.., (_, statistic)]) => Err(WrongForm::What(*statistic)),
    }
}

fn role(title: &str) -> Option<Role> {
    if title.is_empty() {
        return Some(Role::RowNumber);
    }
    let bare = bare(title);
    let known = ROLES.iter().find(|(name, _)| *name == bare).map(|(_, role)| *role);
    known.or_else(|| statistic(title).map(Role::Statistic))
}

/// A statistic by its name, as AWS writes it or as a column is called in a program.
fn statistic(title: &str) -> Option<Statistic> {
    let bare_title = bare(title);
    let simple = SIMPLE.iter().find(|simple| bare(&simple.to_string()) == bare_title);
    let extended = title.strip_prefix("ExtendedStatistics.").unwrap_or(title);
    simple.copied().or_else(|| extended.parse().ok())
}

fn bare(title: &str) -> String {
    let letters = title.chars().filter(|letter| !matches!(letter, ' ' | '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

fn no_statistic(name: &str) -> String {
    format!("the statistic `{name}` is none; write it like Average, SampleCount or p99")
}

fn unknown_column(title: &str) -> String {
    format!(
        "the column `{title}` is not known, and a misspelt one would change the result unseen; known are \
         timestamp, published_at, value, metric, fleet, statistics such as SampleCount, Average, Sum, \
         Minimum, Maximum or p99, and Unit, Namespace, Id and StatusCode; take it out, or call it `metric` \
         if it tells series apart"
    )
}

pub(super) fn instant(what: &str, text: &str) -> Result<SimTime, String> {
    parse_date(text).map_err(|reason| format!("the {what} `{text}` {reason}"))
}
