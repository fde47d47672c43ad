//! `sweep.csv`, `undocumented.csv` and `conclusions.csv`.

use super::{Table, file, optional, owned};
use crate::report::{OutputFile, RenderError};
use crate::sweep::conclusions::Conclusion;
use crate::sweep::study::{Pair, Study};

/// Rows of the `summary.csv` of several cells, each behind what tells its cell.
pub struct CellTable {
    name: &'static str,
    keys: Vec<String>,
    writer: ::csv::Writer<Vec<u8>>,
    has_header: bool,
}

impl std::fmt::Debug for CellTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CellTable")
            .field("name", &self.name)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

impl CellTable {
    /// A table without cells, with these columns before those of `summary.csv`.
    pub fn new(name: &'static str, keys: Vec<String>) -> Self {
        let writer = ::csv::Writer::from_writer(Vec::new());
        Self { name, keys, writer, has_header: false }
    }

    /// Adds a cell: the values of the columns in front, and its `summary.csv`.
    ///
    /// # Errors
    /// [`RenderError`] if that is no table.
    pub fn add(&mut self, values: &[String], summary: &str) -> Result<(), RenderError> {
        let mut rows = ::csv::Reader::from_reader(summary.as_bytes());
        if !self.has_header {
            let keys = self.keys.iter().map(String::as_str);
            self.writer.write_record(keys.chain(rows.headers()?.iter()))?;
            self.has_header = true;
        }
        for row in rows.records() {
            let row = row?;
            self.writer.write_record(values.iter().map(String::as_str).chain(row.iter()))?;
        }
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// [`RenderError`] if it cannot be made.
    pub fn file(self) -> Result<OutputFile, RenderError> {
        let bytes =
            self.writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
        Ok(OutputFile { name: self.name.to_owned(), bytes })
    }
}

/// `conclusions.csv`: each conclusion in each cell. `cells` holds the setting and the value of each.
pub(in crate::report) fn conclusions(
    study: &Study,
    cells: &[(String, String)],
    conclusions: &[Conclusion],
) -> Result<OutputFile, RenderError> {
    let header = [
        "regression",
        "metric",
        "better",
        "worse",
        "holds_throughout",
        "setting",
        "value",
        "standing",
        "unit",
        "mean_better",
        "mean_worse",
        "difference",
        "low",
        "high",
        "p_holm",
    ];
    let mut rows = Vec::new();
    for conclusion in conclusions {
        for ((cell, (setting, value)), standing) in
            study.cells.iter().zip(cells).zip(&conclusion.standings)
        {
            let pair = cell.pairs.iter().find(|pair| is_of(pair, conclusion));
            let turned = pair.is_some_and(|pair| pair.strategy_a == conclusion.worse);
            let of = |read: fn(&Pair) -> Option<f64>| pair.and_then(read);
            let figures = [
                of(|pair| pair.mean_a),
                of(|pair| pair.mean_b),
                of(|pair| pair.difference),
                of(|pair| pair.low),
                of(|pair| pair.high),
            ];
            let [a, b, difference, low, high] = figures;
            let minus = |value: Option<f64>| value.map(|value| -value);
            let figures =
                if turned { [b, a, minus(difference), minus(high), minus(low)] } else { figures };
            let mut row = vec![
                conclusion.regression.clone(),
                conclusion.metric.clone(),
                conclusion.better.clone(),
                conclusion.worse.clone(),
                conclusion.holds_throughout().to_string(),
                setting.clone(),
                value.clone(),
                standing.name().to_owned(),
                pair.map(|pair| pair.unit.clone()).unwrap_or_default(),
            ];
            row.extend(figures.map(optional));
            row.push(optional(of(|pair| pair.p_holm)));
            rows.push(row);
        }
    }
    file("conclusions.csv", Table { header: owned(&header), rows })
}

fn is_of(pair: &Pair, conclusion: &Conclusion) -> bool {
    let names = [&pair.strategy_a, &pair.strategy_b];
    pair.regression == conclusion.regression
        && pair.metric == conclusion.metric
        && names.contains(&&conclusion.better)
        && names.contains(&&conclusion.worse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::conclusions::conclusions as drawn;
    use crate::sweep::study::CellResult;

    /// The row of a pair may name the better strategy first or last: the figures are those of the better less
    /// the worse all the same.
    #[test]
    fn differences_are_of_the_better_less_the_worse() {
        let header =
            "regression,strategy_a,strategy_b,metric,unit,mean_a,mean_b,difference,low,high,p_holm";
        let cell = |row: &str| {
            let summary = "strategy,regression,metric,statistic,estimate,low,high,note\n";
            CellResult::read(Vec::new(), summary, &format!("{header}\n{row}\n")).expect("tables")
        };
        let study = Study {
            strategies: owned(&["good", "bad"]),
            regressions: vec![("r".into(), false)],
            confidence: 0.95,
            cells: vec![
                cell("r,bad,good,excess_to_horizon,requests,30,10,20,17,24,0.001"),
                cell("r,good,bad,excess_to_horizon,requests,11,32,-21,-25,-18,0.001"),
            ],
            ..Study::default()
        };
        let cells =
            [("", ""), ("endpoint.switch", "2m")].map(|(key, value)| (key.into(), value.into()));
        let file = conclusions(&study, &cells, &drawn(&study)).expect("a table");
        let text = String::from_utf8(file.bytes).expect("text");
        let figures = |line: &str| line.split(',').skip(9).map(str::to_owned).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> = text.lines().skip(1).map(figures).collect();
        assert_eq!(
            rows,
            [
                ["10", "30", "-20", "-24", "-17", "0.001"],
                ["11", "32", "-21", "-25", "-18", "0.001"]
            ]
        );
    }
}
