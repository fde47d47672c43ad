//! Strategies compared in pairs, over common replications.
//!
//! A replication has the same traffic and the same luck under every strategy, so each comparison is
//! of paired differences ([`crate::stats::paired`]). All p-values of an experiment are one family,
//! adjusted by Holm's method. Harm is compared net of what the same replication has without the deployment: a
//! count of the requests that fail here and not there would also count who of the waiting is unlucky. A time
//! to detect is restricted to the horizon: min(t, horizon), never
//! counting as the horizon, so that its mean exists and no run is left out.

use crate::experiment::Results;
use crate::experiment::spill::SpillError;
use crate::experiment::summary::metric::signed;
use crate::experiment::summary::{IntervalMethod, in_memory, moments};
use crate::experiment::view::View;
use crate::scenario::Scenario;
use crate::simulation::outcome::{Outcome, Verdict};
use crate::stats::holm::holm;
use crate::stats::humps::LEAST;
use crate::stats::paired::{PairedDifference, figures, shares};
use crate::stats::real;
use std::borrow::Cow;

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
        let Ok(comparison) = Self::of_arms(&results.scenario, in_memory(&results.outcomes));
        comparison
    }

    /// Compares every pair of strategies, wherever the outcomes are: what is compared of one regression is in
    /// memory at a time, and one arm besides.
    ///
    /// # Errors
    /// [`SpillError`] if the outcomes cannot be read.
    pub fn read(view: View<'_>) -> Result<Self, SpillError> {
        Self::of_arms(view.scenario, |strategy, regression| view.runs.arm(strategy, regression))
    }

    fn of_arms<'a, E>(
        scenario: &Scenario,
        read: impl Fn(usize, usize) -> Result<Cow<'a, [Outcome]>, E>,
    ) -> Result<Self, E> {
        let mut rows = Vec::new();
        for regression in 0..scenario.regressions.len() {
            let compared = Compared::new(scenario, regression);
            let columns: Result<Vec<Columns>, E> = (0..scenario.strategies.len())
                .map(|strategy| Ok(compared.columns(&read(strategy, regression)?)))
                .collect();
            let columns = columns?;
            for strategy_a in 0..columns.len() {
                for strategy_b in strategy_a + 1..columns.len() {
                    rows.extend(compared.rows(&columns, (strategy_a, strategy_b)));
                }
            }
        }
        let p_value = |row: &ComparisonRow| row.paired.and_then(|paired| paired.p_value);
        let family: Vec<f64> = rows.iter().filter_map(p_value).collect();
        let mut adjusted = holm(&family).into_iter();
        for row in &mut rows {
            row.p_adjusted = p_value(row).and_then(|_| adjusted.next());
        }
        Ok(Self { rows, family: family.len() })
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

/// A figure that is compared.
#[derive(Clone, Copy)]
struct Figure {
    metric: &'static str,
    unit: &'static str,
    /// Its value, given the horizon \[s\].
    of: fn(&Outcome, f64) -> f64,
    of_whom: OfWhom,
}

/// Which experiments a figure is compared in.
#[derive(Clone, Copy)]
enum OfWhom {
    /// All.
    All,
    /// Those with a limit to slow responses.
    Slow,
    /// Those with a model of the quality of answers.
    Quality,
    /// Those with users.
    Users,
    /// Those whose instances have known prices.
    Priced,
    /// All, of faulty releases only.
    Faulty,
}

type Share = (&'static str, fn(&Outcome) -> bool, bool);

const FIGURES: [Figure; 8] = [
    Figure {
        metric: "harmed_excess_to_horizon",
        unit: "requests",
        of: |run, _| signed(run.to_horizon.counts.harmed_excess()),
        of_whom: OfWhom::All,
    },
    Figure {
        metric: "excess_to_horizon",
        unit: "requests",
        of: |run, _| signed(run.to_horizon.counts.excess()),
        of_whom: OfWhom::All,
    },
    Figure {
        metric: "slow_excess_to_horizon",
        unit: "requests",
        of: |run, _| signed(run.to_horizon.counts.slow_excess()),
        of_whom: OfWhom::Slow,
    },
    Figure {
        metric: "wrong_excess_to_horizon",
        unit: "requests",
        of: |run, _| run.to_horizon.wrong.map_or(0.0, |wrong| signed(wrong.excess)),
        of_whom: OfWhom::Quality,
    },
    Figure {
        metric: "users_failed_excess_to_horizon",
        unit: "users",
        of: |run, _| run.to_horizon.users_failed_excess.unwrap_or(0.0),
        of_whom: OfWhom::Users,
    },
    Figure {
        metric: "faulty_green_requests_to_horizon",
        unit: "requests",
        of: |run, _| real(run.to_horizon.counts.faulty_green),
        of_whom: OfWhom::Faulty,
    },
    Figure {
        metric: "time_to_detect_restricted_s",
        unit: "s",
        of: |run, horizon_s| moments::time_to_detect_s(run).map_or(horizon_s, |t| t.min(horizon_s)),
        of_whom: OfWhom::Faulty,
    },
    Figure {
        metric: "extra_cost_usd",
        unit: "USD",
        of: |run, _| run.extra_cost.unwrap_or(0.0),
        of_whom: OfWhom::Priced,
    },
];

impl OfWhom {
    /// Whether such a figure is compared in this scenario, of a release that is `healthy` or not.
    fn is_in(self, scenario: &Scenario, healthy: bool) -> bool {
        match self {
            Self::All => true,
            Self::Slow => scenario.metrics.slow_over.is_some(),
            Self::Quality => scenario.quality.is_some(),
            Self::Users => scenario.users.is_some(),
            Self::Priced => scenario.prices_are_known(),
            Self::Faulty => !healthy,
        }
    }
}

const SHARES: [Share; 2] = [
    ("caught", |run| run.verdict == Verdict::Caught, true),
    ("false_rollback", |run| run.verdict == Verdict::FalseRollback, false),
];

/// What is compared under a regression.
struct Compared {
    regression: usize,
    horizon_s: f64,
    confidence: f64,
    figures: Vec<Figure>,
    shares: Vec<Share>,
}

/// The runs of an arm as far as they are compared, in order of replication.
struct Columns {
    replications: Vec<u64>,
    /// Which of them were cut short.
    cut_short: Vec<bool>,
    /// Of each figure.
    figures: Vec<Vec<f64>>,
    /// Of each share.
    shares: Vec<Vec<bool>>,
}

impl Compared {
    fn new(scenario: &Scenario, regression: usize) -> Self {
        let healthy = scenario.regressions[regression].healthy;
        let figures = FIGURES.into_iter().filter(|figure| figure.of_whom.is_in(scenario, healthy));
        Self {
            regression,
            horizon_s: scenario.experiment.horizon.as_secs_f64(),
            confidence: scenario.experiment.confidence,
            figures: figures.collect(),
            shares: SHARES.into_iter().filter(|share| !(share.2 && healthy)).collect(),
        }
    }

    fn columns(&self, runs: &[Outcome]) -> Columns {
        let figure =
            |figure: &Figure| runs.iter().map(|run| (figure.of)(run, self.horizon_s)).collect();
        let share = |share: &Share| runs.iter().map(share.1).collect();
        Columns {
            replications: runs.iter().map(|run| run.replication).collect(),
            cut_short: runs.iter().map(moments::was_cut_short).collect(),
            figures: self.figures.iter().map(figure).collect(),
            shares: self.shares.iter().map(share).collect(),
        }
    }

    fn rows(&self, columns: &[Columns], strategies: (usize, usize)) -> Vec<ComparisonRow> {
        let (a, b) = (&columns[strategies.0], &columns[strategies.1]);
        let pairs = common_replications(&a.replications, &b.replications);
        // Where one of two rollouts was cut short, they differ by much: these pairs are a hump of their own.
        let humps: Vec<bool> =
            pairs.iter().map(|&(at, to)| a.cut_short[at] != b.cut_short[to]).collect();
        let mut rows = Vec::new();
        for (index, &Figure { metric, unit, .. }) in self.figures.iter().enumerate() {
            let (a, b) = (&a.figures[index], &b.figures[index]);
            let values: Vec<(f64, f64)> = pairs.iter().map(|&(at, to)| (a[at], b[to])).collect();
            let paired = figures(&values, &humps, self.confidence);
            rows.push(self.row(strategies, (metric, unit), paired, IntervalMethod::StudentHall));
        }
        for (index, &(metric, ..)) in self.shares.iter().enumerate() {
            let (a, b) = (&a.shares[index], &b.shares[index]);
            let values: Vec<(bool, bool)> = pairs.iter().map(|&(at, to)| (a[at], b[to])).collect();
            let paired = shares(&values, self.confidence);
            rows.push(self.row(strategies, (metric, "ratio"), paired, IntervalMethod::PairedScore));
        }
        rows
    }

    fn row(
        &self,
        (strategy_a, strategy_b): (usize, usize),
        (metric, unit): (&'static str, &'static str),
        paired: Option<PairedDifference>,
        interval: IntervalMethod,
    ) -> ComparisonRow {
        ComparisonRow {
            regression: self.regression,
            strategy_a,
            strategy_b,
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
        PairedDifference { interval: None, n: ..LEAST, .. } => {
            "too few replications for an interval"
        }
        PairedDifference { interval: None, .. } => "fewer than 5 replications in a hump",
        PairedDifference { pairing_gain: None, .. } => "all differences are equal",
        PairedDifference { pairing_gain: Some(gain), .. } if gain < 1.0 => "pairing did not help",
        _ => "",
    }
}

/// Where the replications that two ascending lists share are in each.
fn common_replications(a: &[u64], b: &[u64]) -> Vec<(usize, usize)> {
    a.iter()
        .enumerate()
        .filter_map(|(at, replication)| Some((at, b.binary_search(replication).ok()?)))
        .collect()
}
