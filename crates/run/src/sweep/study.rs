//! The cells of a sweep side by side: the main figures of each, and how its strategies compare.

use super::grid::Axis;
use crate::scenario::Setting;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A figure that is shown of every cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// A metric of `summary.csv`.
    pub metric: &'static str,
    /// And a statistic of it.
    pub statistic: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// Whether a good release has it.
    pub of_healthy: bool,
    /// Whether a faulty one has it.
    pub of_faulty: bool,
}

/// What kind of number a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0 to 1.
    Share,
    /// \[s\].
    Time,
    /// A mean count.
    Count,
    /// \[USD\].
    Money,
}

/// The figures that are shown.
pub const FIGURES: [Figure; 10] = [
    figure(("caught", "share"), "runs that are caught", Kind::Share, (false, true)),
    figure(("by_chance", "share"), "runs given up by chance", Kind::Share, (false, true)),
    figure(("time_to_detect_s", "q50"), "median time to detect", Kind::Time, (false, true)),
    figure(("false_rollback", "share"), "false rollbacks", Kind::Share, (true, false)),
    figure(
        ("faulty_green_requests_to_horizon", "mean"),
        "requests served by a faulty green",
        Kind::Count,
        (false, true),
    ),
    figure(
        ("harmed_excess_to_horizon", "mean"),
        "more harmed requests (net)",
        Kind::Count,
        (true, true),
    ),
    figure(("excess_to_horizon", "mean"), "more failed requests (net)", Kind::Count, (true, true)),
    figure(
        ("slow_excess_to_horizon", "mean"),
        "more slow requests (net)",
        Kind::Count,
        (true, true),
    ),
    figure(
        ("wrong_excess_to_horizon", "mean"),
        "more wrong answers (net)",
        Kind::Count,
        (true, true),
    ),
    figure(("extra_cost_usd", "mean"), "extra cost", Kind::Money, (true, true)),
];

const fn figure(
    (metric, statistic): (&'static str, &'static str),
    title: &'static str,
    kind: Kind,
    (of_healthy, of_faulty): (bool, bool),
) -> Figure {
    Figure { metric, statistic, title, kind, of_healthy, of_faulty }
}

/// A figure of one cell, strategy and regression.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// `None` if it is not defined, or not reached.
    pub estimate: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Whether more than half of the runs never reach it.
    pub is_never: bool,
}

/// Two strategies of one cell under one regression: a row of `comparison.csv`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Pair {
    /// The regression's name.
    pub regression: String,
    /// The first strategy's name.
    pub strategy_a: String,
    /// The second's.
    pub strategy_b: String,
    /// What was compared.
    pub metric: String,
    /// Its unit.
    pub unit: String,
    /// Mean of the first.
    pub mean_a: Option<f64>,
    /// Mean of the second.
    pub mean_b: Option<f64>,
    /// First minus second.
    pub difference: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// The p-value, adjusted for all comparisons of the cell.
    pub p_holm: Option<f64>,
}

/// What a cell came to.
#[derive(Clone, Debug, PartialEq)]
pub struct CellResult {
    /// Its settings; none for the scenario as it is.
    pub settings: Vec<Setting>,
    /// How its strategies compare.
    pub pairs: Vec<Pair>,
    points: BTreeMap<(String, String, usize), Point>,
    /// By strategy and regression: how likely so many runs are given up earlier than the healthy one's, or
    /// more, if nothing sees the fault.
    sign_tests: BTreeMap<(String, String), f64>,
}

/// All cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Study {
    /// Name of the scenario.
    pub name: String,
    /// The keys and their values; none if settings were changed one at a time.
    pub axes: Vec<Axis>,
    /// Names of the strategies, of all cells.
    pub strategies: Vec<String>,
    /// Names of the regressions of all cells, and whether each is the good release.
    pub regressions: Vec<(String, bool)>,
    /// Replications of each strategy and regression.
    pub replications: u64,
    /// The master seed.
    pub seed: u64,
    /// Level of all intervals.
    pub confidence: f64,
    /// In how many cells a release is slow and nothing says which answers are: `slow_over` is not set.
    pub cells_without_slow: usize,
    /// In the order of the cells.
    pub cells: Vec<CellResult>,
}

/// A row of `summary.csv`.
#[derive(Deserialize)]
struct SummaryLine {
    strategy: String,
    regression: String,
    metric: String,
    statistic: String,
    estimate: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    note: String,
}

impl CellResult {
    /// Reads a cell's tables, `summary.csv` and `comparison.csv`.
    ///
    /// # Errors
    /// If a text is no such table.
    pub fn read(
        settings: Vec<Setting>,
        summary: &str,
        comparison: &str,
    ) -> Result<Self, csv::Error> {
        let (mut points, mut sign_tests) = (BTreeMap::new(), BTreeMap::new());
        for line in csv::Reader::from_reader(summary.as_bytes()).deserialize() {
            let line: SummaryLine = line?;
            let is_of = |figure: &Figure| {
                figure.metric == line.metric && figure.statistic == line.statistic
            };
            let is_sign_test = ("given_up_earlier", "sign_test_p");
            if (line.metric.as_str(), line.statistic.as_str()) == is_sign_test {
                sign_tests.extend(line.estimate.map(|p| ((line.strategy, line.regression), p)));
            } else if let Some(figure) = FIGURES.iter().position(is_of) {
                let point = Point {
                    estimate: line.estimate,
                    low: line.low,
                    high: line.high,
                    is_never: line.note == "not reached",
                };
                points.insert((line.strategy, line.regression, figure), point);
            }
        }
        let pairs: Result<Vec<Pair>, csv::Error> =
            csv::Reader::from_reader(comparison.as_bytes()).deserialize().collect();
        Ok(Self { settings, pairs: pairs?, points, sign_tests })
    }

    /// Whether what a strategy is said to catch may be no more than chance, at level `alpha`.
    pub fn is_caught_by_chance(&self, strategy: &str, regression: &str, alpha: f64) -> bool {
        let caught = FIGURES.iter().position(|figure| figure.metric == "caught");
        let caught = caught.and_then(|caught| self.point(strategy, regression, caught)?.estimate);
        let p = self.sign_tests.get(&(strategy.to_owned(), regression.to_owned()));
        caught.is_some_and(|caught| caught > 0.0) && p.is_some_and(|&p| p > alpha)
    }

    /// One of [`FIGURES`], by its number; `None` if the cell has no such strategy or regression, or the
    /// scenario does not model it.
    pub fn point(&self, strategy: &str, regression: &str, figure: usize) -> Option<Point> {
        self.points.get(&(strategy.to_owned(), regression.to_owned(), figure)).copied()
    }
}

impl Study {
    /// Whether a figure is there to be shown of a regression.
    pub fn has(&self, regression: usize, figure: usize) -> bool {
        let (name, healthy) = &self.regressions[regression];
        let about = if *healthy { FIGURES[figure].of_healthy } else { FIGURES[figure].of_faulty };
        let any = |cell: &CellResult| {
            self.strategies.iter().any(|strategy| cell.point(strategy, name, figure).is_some())
        };
        about && self.cells.iter().any(any)
    }

    /// Whether there is anything to see in a figure of a regression: it is not 0 everywhere, or it is the
    /// share that is caught. Harm that is failed requests alone is seen there.
    pub fn tells(&self, regression: usize, figure: usize) -> bool {
        let is_ever = |figure| self.has(regression, figure) && self.is_ever(regression, figure);
        match FIGURES[figure].metric {
            "caught" => self.has(regression, figure),
            "harmed_excess_to_horizon" => {
                let others = ["slow_excess_to_horizon", "wrong_excess_to_horizon"];
                let is_other = |other: &usize| others.contains(&FIGURES[*other].metric);
                (0..FIGURES.len()).filter(is_other).any(is_ever)
            }
            _ => is_ever(figure),
        }
    }

    /// Whether a figure of a regression is anything but 0 in any cell.
    fn is_ever(&self, regression: usize, figure: usize) -> bool {
        let name = &self.regressions[regression].0;
        let is_something =
            |point: Point| point.is_never || point.estimate.is_some_and(|value| value.abs() > 0.0);
        self.cells.iter().any(|cell| {
            let points = self.strategies.iter().filter_map(|one| cell.point(one, name, figure));
            points.into_iter().any(is_something)
        })
    }

    /// Whether two strategies of a cell differ significantly in a metric: +1 if `first` has more, -1 if
    /// it has less, 0 if nobody can tell.
    pub fn sign(&self, cell: usize, regression: &str, pair: (&str, &str), metric: &str) -> i8 {
        let (first, second) = pair;
        let is_it = |row: &&Pair| {
            row.regression == regression
                && row.metric == metric
                && [(first, second), (second, first)].contains(&(&row.strategy_a, &row.strategy_b))
        };
        let Some(row) = self.cells[cell].pairs.iter().find(is_it) else { return 0 };
        let sign = row.sign(1.0 - self.confidence);
        if row.strategy_a == first { sign } else { -sign }
    }
}

impl Pair {
    /// The sign of the difference where it is significant at level `alpha`, else 0.
    pub fn sign(&self, alpha: f64) -> i8 {
        match (self.difference, self.p_holm) {
            (Some(difference), Some(p)) if p <= alpha && difference > 0.0 => 1,
            (Some(difference), Some(p)) if p <= alpha && difference < 0.0 => -1,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Holm's method rejects what is at its level.
    #[test]
    fn a_p_value_at_the_level_is_significant() {
        let pair = |difference: f64, p_holm: f64| Pair {
            regression: "r".into(),
            strategy_a: "a".into(),
            strategy_b: "b".into(),
            metric: "caught".into(),
            unit: "ratio".into(),
            mean_a: None,
            mean_b: None,
            difference: Some(difference),
            low: None,
            high: None,
            p_holm: Some(p_holm),
        };
        let signs = |p_holm: f64| [0.3, -0.3, 0.0].map(|by| pair(by, p_holm).sign(0.25));
        assert_eq!(signs(0.25), [1, -1, 0]);
        assert_eq!(signs(0.251), [0; 3]);
    }
}
