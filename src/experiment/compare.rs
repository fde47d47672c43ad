//! Strategies compared in pairs, over common replications.
//!
//! A replication has the same traffic and the same luck under every strategy, so each comparison is
//! of paired differences ([`crate::stats::paired`]). All p-values of an experiment are one family,
//! adjusted by Holm's method. A time to detect is restricted to the horizon: min(t, horizon), never
//! counting as the horizon, so that its mean exists and no run is left out.

use crate::experiment::Results;
use crate::experiment::summary::{IntervalMethod, moments, runs_of};
use crate::simulation::outcome::{Outcome, Verdict};
use crate::stats::holm::holm;
use crate::stats::paired::{PairedDifference, figures, shares};
use crate::stats::real;

/// Every pair of strategies under every regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    rows: Vec<ComparisonRow>,
    family: usize,
}

/// One metric of two strategies under one regression.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRow {
    /// Index among the scenario's regressions.
    pub regression: usize,
    /// Index of the first strategy.
    pub strategy_a: usize,
    /// Index of the second strategy, above the first.
    pub strategy_b: usize,
    /// What was compared.
    pub metric: &'static str,
    /// Unit of the means and their difference.
    pub unit: &'static str,
    /// The difference a − b over the common replications; `None` if there are none.
    pub paired: Option<PairedDifference>,
    /// How the interval was made.
    pub interval: IntervalMethod,
    /// The p-value adjusted for the whole family.
    pub p_adjusted: Option<f64>,
    /// What a reader must know besides.
    pub note: &'static str,
}

impl Comparison {
    /// Compares every pair of strategies.
    pub fn of(results: &Results) -> Self {
        let mut rows = Vec::new();
        for regression in 0..results.scenario.regressions.len() {
            for strategy_a in 0..results.scenario.strategies.len() {
                for strategy_b in strategy_a + 1..results.scenario.strategies.len() {
                    let arms = Arms { results, regression, strategy_a, strategy_b };
                    rows.extend(arms.rows());
                }
            }
        }
        let p_value = |row: &ComparisonRow| row.paired.and_then(|paired| paired.p_value);
        let family: Vec<f64> = rows.iter().filter_map(p_value).collect();
        let mut adjusted = holm(&family).into_iter();
        for row in &mut rows {
            row.p_adjusted = p_value(row).and_then(|_| adjusted.next());
        }
        Self { rows, family: family.len() }
    }

    /// All comparisons, ordered by (regression, first strategy, second strategy, metric).
    pub fn rows(&self) -> &[ComparisonRow] {
        &self.rows
    }

    /// How many p-values were adjusted together.
    pub fn family(&self) -> usize {
        self.family
    }

    /// The difference of a metric, first strategy minus second, whichever way it is stored, and its
    /// p-value adjusted for the whole family.
    pub fn find(
        &self,
        regression: usize,
        (first, second): (usize, usize),
        metric: &str,
    ) -> Option<(PairedDifference, Option<f64>)> {
        let row = self.rows.iter().find(|row| {
            row.regression == regression
                && (row.strategy_a, row.strategy_b) == (first.min(second), first.max(second))
                && row.metric == metric
        })?;
        let paired = row.paired?;
        Some((if first < second { paired } else { paired.reversed() }, row.p_adjusted))
    }
}

/// Two strategies under one regression.
struct Arms<'a> {
    results: &'a Results,
    regression: usize,
    strategy_a: usize,
    strategy_b: usize,
}

type Figure = (&'static str, &'static str, fn(&Outcome, f64) -> f64, bool);
type Share = (&'static str, fn(&Outcome) -> bool, bool);

/// Name, unit, how it is read given the horizon \[s\], and whether only a faulty release has it.
const FIGURES: [Figure; 4] = [
    ("attributable_to_horizon", "requests", |run, _| real(run.to_horizon.attributable), false),
    (
        "faulty_green_requests_to_horizon",
        "requests",
        |run, _| real(run.to_horizon.faulty_green),
        true,
    ),
    (
        "time_to_detect_restricted_s",
        "s",
        |run, horizon_s| moments::time_to_detect_s(run).map_or(horizon_s, |t| t.min(horizon_s)),
        true,
    ),
    ("extra_cost_usd", "USD", |run, _| run.extra_cost, false),
];

/// What is compared besides if quality is modelled.
const WRONG: Figure = (
    "wrong_attributable_to_horizon",
    "requests",
    |run, _| run.to_horizon.wrong.map_or(0.0, |wrong| real(wrong.attributable)),
    false,
);

const SHARES: [Share; 2] = [
    ("detected", |run| run.verdict == Verdict::Detected, true),
    ("false_rollback", |run| run.verdict == Verdict::FalseRollback, false),
];

impl Arms<'_> {
    fn rows(&self) -> Vec<ComparisonRow> {
        let scenario = &self.results.scenario;
        let healthy = scenario.regressions[self.regression].healthy;
        let horizon_s = scenario.experiment.horizon.as_secs_f64();
        let confidence = scenario.experiment.confidence;
        let pairs = common_replications(
            runs_of(&self.results.outcomes, self.strategy_a, self.regression),
            runs_of(&self.results.outcomes, self.strategy_b, self.regression),
        );
        let applies = |faulty_only: bool| !(faulty_only && healthy);
        let known = FIGURES.iter().chain(scenario.quality.as_ref().map(|_| &WRONG));
        let figures = known.filter(|figure| applies(figure.3)).map(|&(metric, unit, read, _)| {
            let values: Vec<(f64, f64)> =
                pairs.iter().map(|(a, b)| (read(a, horizon_s), read(b, horizon_s))).collect();
            let paired = figures(&values, confidence);
            self.row((metric, unit), paired, IntervalMethod::StudentT)
        });
        let shares = SHARES.iter().filter(|share| applies(share.2)).map(|&(metric, read, _)| {
            let values: Vec<(bool, bool)> = pairs.iter().map(|(a, b)| (read(a), read(b))).collect();
            let paired = shares(&values, confidence);
            self.row((metric, "ratio"), paired, IntervalMethod::PairedScore)
        });
        figures.chain(shares).collect()
    }

    fn row(
        &self,
        (metric, unit): (&'static str, &'static str),
        paired: Option<PairedDifference>,
        interval: IntervalMethod,
    ) -> ComparisonRow {
        ComparisonRow {
            regression: self.regression,
            strategy_a: self.strategy_a,
            strategy_b: self.strategy_b,
            metric,
            unit,
            paired,
            interval,
            p_adjusted: None,
            note: paired.map_or("no common replications", note_of),
        }
    }
}

fn note_of(paired: PairedDifference) -> &'static str {
    match paired {
        PairedDifference { n: 1, .. } => "one replication has no spread",
        PairedDifference { pairing_gain: None, .. } => "all differences are equal",
        PairedDifference { pairing_gain: Some(gain), .. } if gain < 1.0 => "pairing did not help",
        _ => "",
    }
}

/// The runs of the same replications, of two lists in order of replication.
fn common_replications<'a>(a: &'a [Outcome], b: &'a [Outcome]) -> Vec<(&'a Outcome, &'a Outcome)> {
    a.iter()
        .filter_map(|run| {
            let at = b.binary_search_by_key(&run.replication, |other| other.replication).ok()?;
            Some((run, &b[at]))
        })
        .collect()
}
