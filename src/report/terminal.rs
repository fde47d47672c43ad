//! The results on a terminal: a table for each regression, and what decides between the strategies.

use super::healthy::sentences;
use super::number::{amount, dollars, duration, percent, plain};
use crate::experiment::compare::Comparison;
use crate::experiment::precision::Reached;
use crate::experiment::summary::{Summary, SummaryRow};
use crate::experiment::view::View;
use crate::scenario::healthy::Healthy;
use crate::stats::real;
use std::fmt::Write as _;

mod catching;
pub(in crate::report) mod layout;
mod split;
mod trial;
mod verdict;

/// How the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Columns; `None` does not wrap.
    pub width: Option<u16>,
    /// Whether it shows bold and colours.
    pub styled: bool,
}

/// The results as text.
pub fn render<'r>(
    results: impl Into<View<'r>>,
    summary: &Summary,
    comparison: &Comparison,
    terminal: Terminal,
) -> String {
    let page = Page { results: results.into(), summary, comparison, terminal };
    let mut text = page.headline();
    for regression in 0..page.results.scenario.regressions.len() {
        text.push('\n');
        text.push_str(&page.section(regression));
    }
    text.push('\n');
    text.push_str(&page.legend());
    text
}

struct Page<'a> {
    results: View<'a>,
    summary: &'a Summary,
    comparison: &'a Comparison,
    terminal: Terminal,
}

impl Page<'_> {
    fn headline(&self) -> String {
        let experiment = &self.results.scenario.experiment;
        let done = self.results.replications_done();
        let mut text = format!(
            "{done} replications each, seed {}, {} intervals\n",
            experiment.seed,
            percent(experiment.confidence)
        );
        let decision = self.results.fidelity;
        if !decision.reason.is_empty() {
            let warning = if decision.is_doubtful() { "Warning: " } else { "" };
            for line in self.terminal.wrapped(&format!("{warning}{}.", decision.reason)) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        if !self.results.scenario.prices_are_known() {
            text.push_str(
                "Costs are left out: the price of an instance is not known (`price_per_hour`).\n",
            );
        }
        // The traffic has been read, so a trace can be.
        if let Ok(healthy) = Healthy::of(self.results.scenario) {
            for sentence in sentences(&healthy, self.results.scenario) {
                for line in self.terminal.wrapped(&sentence) {
                    let _ = writeln!(text, "{line}");
                }
            }
        }
        if done < self.results.runs_asked {
            let asked = self.results.runs_asked;
            let _ = writeln!(
                text,
                "Interrupted: {done} of {asked} replications; the intervals say what that is worth."
            );
        }
        if let Some(reached) = self.results.precision {
            for line in self.terminal.wrapped(&self.precision(reached)) {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }

    /// What was reached of the precision asked for.
    fn precision(&self, reached: &Reached) -> String {
        let View { scenario, .. } = self.results;
        let points = |width: f64| format!("{} points", plain(width * 100.0, 2));
        let (asked, widest) = (points(reached.asked), points(reached.widest));
        if reached.is_enough() {
            return format!(
                "Precise enough: the interval of every verdict's share is at most {widest} wide, where \
                 {asked} were asked."
            );
        }
        format!(
            "Not as precise as asked: the interval of \"{}\" of '{}' under '{}' is {widest} wide, not \
             {asked}. About {} replications would do; {} are allowed (`runs`, --runs).",
            reached.metric,
            scenario.strategies[reached.strategy].name,
            scenario.regressions[reached.regression].name,
            amount(real(reached.runs_needed)),
            amount(real(scenario.experiment.runs)),
        )
    }

    fn section(&self, regression: usize) -> String {
        let release = &self.results.scenario.regressions[regression];
        let kind = if release.healthy { " (a good release)" } else { "" };
        let title = self.terminal.bold(&format!("{}{kind}", release.name));
        let mut columns = self.columns(regression);
        let mut table = self.table(&columns, regression);
        if !self.terminal.fits(&table) {
            // What it sums up has columns of its own, and it is in the files.
            columns.retain(|column| column.title != Column::HARMED.title);
            table = self.table(&columns, regression);
        }
        let mut text = format!("{title}\n{table}");
        for sentence in self.sentences(regression).into_iter().chain(self.trials(regression)) {
            for line in self.terminal.wrapped(&sentence) {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    }

    fn table(&self, columns: &[Column], regression: usize) -> String {
        let header: Vec<&str> = columns.iter().map(|column| column.title).collect();
        let row = |strategy| {
            columns.iter().map(|column| (column.cell)(self, (strategy, regression))).collect()
        };
        let rows = (0..self.results.scenario.strategies.len()).map(row).collect();
        self.terminal.figures(&header, rows)
    }

    /// What makes a difference under this regression.
    fn columns(&self, regression: usize) -> Vec<Column> {
        let ever = |metric: &str, statistic: &str| {
            (0..self.results.scenario.strategies.len()).any(|strategy| {
                let row = self.row((strategy, regression), metric, statistic);
                row.and_then(|row| row.estimate).is_some_and(|estimate| estimate.abs() > 0.0)
            })
        };
        let healthy = self.results.scenario.regressions[regression].healthy;
        let slow = ever("slow_excess_to_horizon", "mean");
        let wrong = ever("wrong_excess_to_horizon", "mean");
        let all = [
            (true, Column::STRATEGY),
            (!healthy, Column::CAUGHT),
            (!healthy && ever("by_chance", "share"), Column::BY_CHANCE),
            (!healthy, Column::DETECT),
            (healthy, Column::FALSE_ROLLBACKS),
            (healthy, Column::PROMOTION),
            (!healthy, Column::SERVED_FAULTY),
            (true, Column::FAILED),
            (slow, Column::SLOW),
            (wrong, Column::WRONG),
            (self.is_more_than_failed(regression), Column::HARMED),
            (self.results.scenario.prices_are_known(), Column::EXTRA_COST),
        ];
        all.into_iter().filter_map(|(shown, column)| shown.then_some(column)).collect()
    }

    /// Whether anybody is harmed besides those whose request fails.
    fn is_more_than_failed(&self, regression: usize) -> bool {
        (0..self.results.scenario.strategies.len()).any(|strategy| {
            let mean = |metric| self.row((strategy, regression), metric, "mean")?.estimate;
            mean("harmed_excess_to_horizon") != mean("excess_to_horizon")
        })
    }

    fn legend(&self) -> String {
        let text = "Caught: given up at an earlier look than the healthy release of the same replication, \
                    or where that one never is; otherwise by chance. Times to detect run from the first \
                    faulty exposure to ALARM, over all runs: one that is not caught counts as never, \
                    and \"not reached\" means that too many are not. Times to promotion are over the \
                    runs that were promoted. Requests are means a release, up to the horizon. Net: so \
                    many more than without the deployment in the same replication; below 0 is fewer. \
                    Harmed: failed, slow or answered wrongly, each request once.";
        self.terminal.wrapped(text).into_iter().fold(String::new(), |mut all, line| {
            all.push_str(&line);
            all.push('\n');
            all
        })
    }

    fn row(&self, arm: (usize, usize), metric: &str, statistic: &str) -> Option<&SummaryRow> {
        self.summary.find(arm, metric, statistic)
    }

    /// A share above its interval.
    fn share(&self, arm: (usize, usize), metric: &str) -> String {
        match self.row(arm, metric, "share") {
            Some(SummaryRow {
                estimate: Some(share), low: Some(low), high: Some(high), ..
            }) => {
                let low = percent(*low);
                format!("{}\n{}–{}", percent(*share), low.trim_end_matches('%'), percent(*high))
            }
            _ => ABSENT.to_owned(),
        }
    }

    /// A mean above its interval, which need not be symmetric.
    fn mean(&self, arm: (usize, usize), metric: &str, show: fn(f64) -> String) -> String {
        match self.row(arm, metric, "mean") {
            Some(SummaryRow { estimate: Some(mean), low: Some(low), high: Some(high), .. }) => {
                format!("{}\n[{}, {}]", show(*mean), show(*low), show(*high))
            }
            Some(SummaryRow { estimate: Some(mean), .. }) => show(*mean),
            _ => ABSENT.to_owned(),
        }
    }

    /// The median above the 95th percentile; their intervals are in the files.
    fn times(&self, arm: (usize, usize), metric: &str) -> String {
        let time = |statistic: &str| match self.row(arm, metric, statistic) {
            Some(SummaryRow { estimate: Some(estimate), .. }) => duration(*estimate),
            Some(SummaryRow { note: "not reached", .. }) => "not reached".to_owned(),
            _ => ABSENT.to_owned(),
        };
        format!("{}\n{}", time("q50"), time("q95"))
    }
}

/// What is not defined.
const ABSENT: &str = "–";

/// A column of a table; each cell has two lines.
struct Column {
    title: &'static str,
    cell: fn(&Page<'_>, (usize, usize)) -> String,
}

impl Column {
    const STRATEGY: Self = Self {
        title: "strategy",
        cell: |page, arm| page.results.scenario.strategies[arm.0].name.clone(),
    };
    const CAUGHT: Self = Self { title: "caught", cell: |page, arm| page.share(arm, "caught") };
    const BY_CHANCE: Self =
        Self { title: "by\nchance", cell: |page, arm| page.share(arm, "by_chance") };
    const DETECT: Self = Self {
        title: "to detect\np50, p95",
        cell: |page, arm| page.times(arm, "time_to_detect_s"),
    };
    const SERVED_FAULTY: Self = Self {
        title: "served by\nfaulty\ngreen",
        cell: |page, arm| page.mean(arm, "faulty_green_requests_to_horizon", amount),
    };
    const FAILED: Self = Self {
        title: "more\nfailed\n(net)",
        cell: |page, arm| page.mean(arm, "excess_to_horizon", amount),
    };
    const SLOW: Self = Self {
        title: "more\nslow\n(net)",
        cell: |page, arm| page.mean(arm, "slow_excess_to_horizon", amount),
    };
    const WRONG: Self = Self {
        title: "more\nwrong\n(net)",
        cell: |page, arm| page.mean(arm, "wrong_excess_to_horizon", amount),
    };
    const HARMED: Self = Self {
        title: "more\nharmed\n(net)",
        cell: |page, arm| page.mean(arm, "harmed_excess_to_horizon", amount),
    };
    const FALSE_ROLLBACKS: Self =
        Self { title: "false\nrollback", cell: |page, arm| page.share(arm, "false_rollback") };
    const PROMOTION: Self = Self {
        title: "to promotion\np50, p95",
        cell: |page, arm| page.times(arm, "time_to_promotion_s"),
    };
    const EXTRA_COST: Self =
        Self { title: "extra\ncost", cell: |page, arm| page.mean(arm, "extra_cost_usd", dollars) };
}
