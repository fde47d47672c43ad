//! Each strategy under each regression, in figures with intervals.
//!
//! - Shares have Wilson's interval.
//! - Times to something that may never happen have their quantiles over **all** runs asked, a run
//!   in which it never happened counting as +∞, with the distribution-free interval of order
//!   statistics; the share of such runs stands beside them, and the figures over the other runs
//!   (`_given_reached`) are conditional on it. A mean over survivors alone would flatter an alarm
//!   that is rarely right.
//! - Figures that every run has: the mean, quantiles with the interval of order statistics, and the mean
//!   over the runs in which an alarm was acted on (`mean_given_alarm`). Means have an interval that knows
//!   which runs were cut short ([`crate::stats::humps`]). What a shadow test compares has a `pooled` mean
//!   besides, over the requests of all runs.

pub mod metric;
pub mod moments;

use self::metric::{Figure, Kind, Metric, Moment, Told, metrics};
use crate::experiment::Results;
use crate::experiment::spill::SpillError;
use crate::experiment::telling::Telling;
use crate::experiment::view::View;
use crate::scenario::Scenario;
use crate::simulation::outcome::Outcome;
use crate::stats::humps::{Estimate, LEAST, Lack, Method, mixture};
use crate::stats::proportion::wilson;
use crate::stats::quantile::Sorted;
use crate::stats::{Interval, real, real_len};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// The quantiles reported of everything.
pub const QUANTILES: [(&str, f64); 4] = [("q50", 0.5), ("q90", 0.9), ("q95", 0.95), ("q99", 0.99)];

/// Every figure of an experiment, ordered by (strategy, regression, metric).
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    rows: Vec<SummaryRow>,
    tellings: BTreeMap<(usize, usize), Telling>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// Index among the scenario's strategies.
    pub strategy: usize,
    /// Index among the scenario's regressions.
    pub regression: usize,
    /// What was measured (the name of a [`Metric`]).
    pub metric: String,
    /// What was computed of it: `share`, `share_never`, `mean`, `q50`, …, with `_given_reached` or
    /// `_given_alarm` where it is conditional.
    pub statistic: String,
    /// Unit of the figure.
    pub unit: &'static str,
    /// How many runs it rests on.
    pub n: usize,
    /// The figure; `None` if it is not defined or not reached (the note says which).
    pub estimate: Option<f64>,
    /// Lower end of the interval, if there is one.
    pub low: Option<f64>,
    /// Upper end of the interval, if there is one.
    pub high: Option<f64>,
    /// How the interval was made.
    pub interval: IntervalMethod,
    /// What a reader must know besides.
    pub note: &'static str,
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalMethod {
    /// Wilson's score interval of a proportion.
    Wilson,
    /// The wider of Student's and Hall's interval of a mean, at each end.
    StudentHall,
    /// The interval of a mean over the two humps of its figure.
    Mixture,
    /// The distribution-free interval of a quantile.
    OrderStatistics,
    /// The hybrid score interval of a difference of paired proportions.
    PairedScore,
}

impl IntervalMethod {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::StudentHall => "student_hall",
            Self::Mixture => "mixture",
            Self::OrderStatistics => "order_statistics",
            Self::PairedScore => "paired_score",
        }
    }
}

impl From<Method> for IntervalMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::StudentHall => Self::StudentHall,
            Method::Mixture => Self::Mixture,
        }
    }
}

impl Summary {
    /// Summarises an experiment.
    pub fn of(results: &Results) -> Self {
        let Ok(summary) = Self::of_arms(&results.scenario, in_memory(&results.outcomes));
        summary
    }

    /// Summarises an experiment, wherever its outcomes are: one arm is in memory at a time.
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
        let metrics = metrics();
        let mut rows = Vec::new();
        let mut tellings = BTreeMap::new();
        for strategy in 0..scenario.strategies.len() {
            for (regression, release) in scenario.regressions.iter().enumerate() {
                let runs = &read(strategy, regression)?;
                let telling = (!release.healthy).then(|| Telling::of(runs));
                let confidence = scenario.experiment.confidence;
                let arm = Arm { strategy, regression, telling, runs, confidence };
                let of_metrics: Vec<_> =
                    metrics.par_iter().map(|metric| arm.rows(metric)).collect();
                rows.extend(of_metrics.into_iter().flatten());
                tellings.extend(telling.map(|telling| ((strategy, regression), telling)));
            }
        }
        Ok(Self { rows, tellings })
    }

    /// How a faulty release stands to the healthy one, as (strategy, regression); `None` of a good one.
    pub fn telling(&self, arm: (usize, usize)) -> Option<Telling> {
        self.tellings.get(&arm).copied()
    }

    /// All figures.
    pub fn rows(&self) -> &[SummaryRow] {
        &self.rows
    }

    /// One figure.
    pub fn find(&self, arm: (usize, usize), metric: &str, statistic: &str) -> Option<&SummaryRow> {
        let key = |row: &SummaryRow| (row.strategy, row.regression);
        let begin = self.rows.partition_point(|row| key(row) < arm);
        let of_arm = self.rows[begin..].iter().take_while(|row| key(row) == arm);
        of_arm.into_iter().find(|row| row.metric == metric && row.statistic == statistic)
    }
}

/// The runs of one strategy and regression, of outcomes ordered by (strategy, regression,
/// replication).
pub fn runs_of(outcomes: &[Outcome], strategy: usize, regression: usize) -> &[Outcome] {
    let arm = (strategy, regression);
    let begin = outcomes.partition_point(|run| (run.strategy, run.regression) < arm);
    let end = outcomes.partition_point(|run| (run.strategy, run.regression) <= arm);
    &outcomes[begin..end]
}

/// Gives the runs of an arm, of outcomes in that order; that cannot fail.
pub(super) fn in_memory<'a>(
    outcomes: &'a [Outcome],
) -> impl Fn(usize, usize) -> Result<Cow<'a, [Outcome]>, Infallible> {
    move |strategy, regression| Ok(Cow::Borrowed(runs_of(outcomes, strategy, regression)))
}

/// One strategy under one regression.
struct Arm<'a> {
    strategy: usize,
    regression: usize,
    /// Of a faulty release.
    telling: Option<Telling>,
    runs: &'a [Outcome],
    confidence: f64,
}

impl Arm<'_> {
    fn rows(&self, metric: &Metric) -> Vec<SummaryRow> {
        match metric.kind {
            Kind::Share(happened) => {
                let count = self.runs.iter().filter(|run| happened(run)).count();
                vec![self.share(metric, "share", count, self.runs.len())]
            }
            Kind::Told(told) => {
                self.telling.map_or_else(Vec::new, |telling| self.told(metric, told, telling))
            }
            Kind::Asked(happened) => {
                let asked: Vec<bool> = self.runs.iter().filter_map(happened).collect();
                let count = asked.iter().filter(|&&happened| happened).count();
                let row = || self.share(metric, "share", count, asked.len());
                if asked.is_empty() { Vec::new() } else { vec![row()] }
            }
            Kind::Time(moment) if moment.faulty_only && self.telling.is_none() => Vec::new(),
            Kind::Time(moment) => self.time(metric, moment),
            Kind::Figure(figure) => self.figure(metric, figure),
        }
    }

    fn told(&self, metric: &Metric, told: Told, telling: Telling) -> Vec<SummaryRow> {
        let share = |count: u64| {
            let whole = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
            self.share(metric, "share", whole(count), whole(telling.runs))
        };
        match told {
            Told::Earlier => {
                let p_value = (telling.runs > 0).then(|| telling.p_value());
                let row = self.row(metric, "sign_test_p", self.runs.len());
                let note = if p_value.is_none() { "no runs" } else { "" };
                vec![share(telling.earlier), SummaryRow { estimate: p_value, note, ..row }]
            }
            Told::Later => vec![share(telling.later)],
        }
    }

    fn time(&self, metric: &Metric, moment: Moment) -> Vec<SummaryRow> {
        let runs = self.runs.iter().filter(|run| (moment.among)(run));
        let asked: Vec<Option<f64>> = runs.clone().map(moment.of).collect();
        if asked.is_empty() && moment.optional {
            return Vec::new();
        }
        let reached = Sample::of(runs, moment.of);
        let never = asked.len() - reached.values.len();
        let mean = self.mean(metric, "mean_given_reached", &reached);
        let all = Sorted::new(asked.iter().map(|time| time.unwrap_or(f64::INFINITY)).collect());
        let reached = Sorted::new(reached.values);
        let mut rows = vec![self.share(metric, "share_never", never, asked.len())];
        for (name, q) in QUANTILES {
            rows.push(self.quantile(metric, name, &all, (q, all.inverse(q))));
        }
        rows.push(mean);
        for (name, q) in QUANTILES {
            let name = format!("{name}_given_reached");
            rows.push(self.quantile(metric, &name, &reached, (q, reached.inverse(q))));
        }
        rows
    }

    fn figure(&self, metric: &Metric, figure: Figure) -> Vec<SummaryRow> {
        let read = |run: &Outcome| figure.of(run);
        let sample = Sample::of(self.runs.iter(), read);
        if sample.values.is_empty() && figure.is_optional() {
            return Vec::new();
        }
        let alarmed = self.runs.iter().filter(|run| run.alarm_at.is_some());
        let given_alarm = Sample::of(alarmed, read);
        let mean = self.mean(metric, "mean", &sample);
        let mut rows = vec![sample.one_hump_said(mean)];
        let sorted = Sorted::new(sample.values);
        for (name, q) in QUANTILES {
            rows.push(self.quantile(metric, name, &sorted, (q, sorted.linear(q))));
        }
        rows.push(self.mean(metric, "mean_given_alarm", &given_alarm));
        rows.extend(self.pooled(metric, figure));
        rows
    }

    /// The mean over the requests of all runs, of a figure that is one over the requests of each: a mean over
    /// runs would count a test that stops early, by its bad luck, as much as one that goes on.
    ///
    /// It is a ratio of two means, Σwx ÷ Σw = r, and has the interval of the mean of its linear form
    /// r + (w ÷ w̄)(x − r) over the runs (Cochran, *Sampling Techniques*, 3rd ed., §6.3).
    fn pooled(&self, metric: &Metric, figure: Figure) -> Option<SummaryRow> {
        let weighed = |run: &Outcome| Some((figure.of(run)?, real(figure.requests(run)?)));
        let runs: Vec<(f64, f64)> = self.runs.iter().filter_map(weighed).collect();
        let all: f64 = runs.iter().map(|(_, weight)| weight).sum();
        if all <= 0.0 {
            return None;
        }
        let ratio = runs.iter().map(|(value, weight)| weight * value).sum::<f64>() / all;
        let each = all / real_len(runs.len());
        let linear = |run: &Outcome| {
            weighed(run).map(|(value, weight)| ratio + weight / each * (value - ratio))
        };
        Some(self.mean(metric, "pooled", &Sample::of(self.runs.iter(), linear)))
    }

    fn share(&self, metric: &Metric, statistic: &str, count: usize, of: usize) -> SummaryRow {
        let estimate = (of > 0).then(|| real_len(count) / real_len(of));
        let whole = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let interval = wilson(whole(count), whole(of), self.confidence);
        SummaryRow { unit: "ratio", ..self.row(metric, statistic, of) }.filled(
            estimate,
            interval,
            IntervalMethod::Wilson,
        )
    }

    fn mean(&self, metric: &Metric, statistic: &str, sample: &Sample) -> SummaryRow {
        let row = self.row(metric, statistic, sample.values.len());
        match mixture(&sample.values, &sample.cut_short, self.confidence) {
            Some(Estimate { mean, interval, method }) => {
                let is_small_hump = interval == Err(Lack::SmallHump);
                let row = row.filled(Some(mean), interval.ok(), method.into());
                if is_small_hump { SummaryRow { note: SMALL_HUMP, ..row } } else { row }
            }
            None => row.filled(None, None, IntervalMethod::StudentHall),
        }
    }

    fn quantile(
        &self,
        metric: &Metric,
        statistic: &str,
        sample: &Sorted,
        (q, estimate): (f64, Option<f64>),
    ) -> SummaryRow {
        let interval = sample.interval(q, self.confidence);
        let row = self.row(metric, statistic, sample.values().len());
        row.filled(estimate, interval, IntervalMethod::OrderStatistics)
    }

    fn row(&self, metric: &Metric, statistic: &str, n: usize) -> SummaryRow {
        SummaryRow {
            strategy: self.strategy,
            regression: self.regression,
            metric: metric.name.clone(),
            statistic: statistic.to_owned(),
            unit: metric.unit,
            n,
            estimate: None,
            low: None,
            high: None,
            interval: IntervalMethod::StudentHall,
            note: "",
        }
    }
}

/// What is said where there is no interval of a mean because a hump has fewer runs than [`LEAST`].
const SMALL_HUMP: &str = "fewer than 5 runs in a hump";
const _: () = assert!(LEAST == 5, "the note says so");

/// What is said of the interval of a mean of equal values, which has no width.
const ALL_EQUAL: &str = "all values are equal";

/// What is said of the interval of a mean that knows of one hump only.
const ONE_HUMP: &str = "all runs or none were cut short";

/// The values of a figure, and which of their runs were cut short.
struct Sample {
    values: Vec<f64>,
    cut_short: Vec<bool>,
}

impl Sample {
    fn of<'a>(
        runs: impl Iterator<Item = &'a Outcome>,
        read: impl Fn(&Outcome) -> Option<f64>,
    ) -> Self {
        let known = runs.filter_map(|run| Some((read(run)?, moments::was_cut_short(run))));
        let (values, cut_short) = known.unzip();
        Self { values, cut_short }
    }

    /// The row of their mean, saying what its interval cannot know of.
    fn one_hump_said(&self, row: SummaryRow) -> SummaryRow {
        let is_one = self.cut_short.iter().all(|&cut_short| cut_short == self.cut_short[0]);
        let note = match (row.low, row.high) {
            (Some(low), Some(high)) if low >= high => ALL_EQUAL,
            (Some(_), Some(_)) if is_one => ONE_HUMP,
            _ => return row,
        };
        SummaryRow { note, ..row }
    }
}

impl SummaryRow {
    /// With its numbers; infinite ones become a note.
    fn filled(
        self,
        estimate: Option<f64>,
        interval: Option<Interval>,
        method: IntervalMethod,
    ) -> Self {
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        let note = match (estimate, interval) {
            (None, _) => "no runs",
            (Some(value), _) if value.is_infinite() => "not reached",
            (_, None) => "too few runs for an interval",
            (_, Some(Interval { high, .. })) if high.is_infinite() => "upper end open",
            (_, Some(Interval { low, .. })) if low.is_infinite() => "lower end open",
            _ => "",
        };
        Self {
            estimate: estimate.and_then(finite),
            low: interval.and_then(|interval| finite(interval.low)),
            high: interval.and_then(|interval| finite(interval.high)),
            interval: method,
            note,
            ..self
        }
    }
}
