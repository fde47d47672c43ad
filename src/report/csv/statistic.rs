//! `summary.csv` and `comparison.csv`: one row for each figure.

use super::{Table, number, optional, owned};
use crate::experiment::compare::{Comparison, ComparisonRow};
use crate::experiment::summary::{Summary, SummaryRow};
use crate::experiment::view::View;

pub(super) fn summary(results: View<'_>, summary: &Summary) -> Table {
    let scenario = &results.scenario;
    let header = [
        "strategy",
        "regression",
        "metric",
        "statistic",
        "unit",
        "n",
        "estimate",
        "low",
        "high",
        "interval",
        "confidence",
        "note",
    ];
    let row = |row: &SummaryRow| {
        let bounded = row.low.is_some() || row.high.is_some();
        vec![
            scenario.strategies[row.strategy].name.clone(),
            scenario.regressions[row.regression].name.clone(),
            row.metric.clone(),
            row.statistic.clone(),
            row.unit.to_owned(),
            row.n.to_string(),
            optional(row.estimate),
            optional(row.low),
            optional(row.high),
            if bounded { row.interval.name().to_owned() } else { String::new() },
            number(scenario.experiment.confidence),
            row.note.to_owned(),
        ]
    };
    Table { header: owned(&header), rows: summary.rows().iter().map(row).collect() }
}

pub(super) fn comparison(results: View<'_>, comparison: &Comparison) -> Table {
    let scenario = &results.scenario;
    let header = [
        "regression",
        "strategy_a",
        "strategy_b",
        "metric",
        "unit",
        "n",
        "mean_a",
        "mean_b",
        "difference",
        "low",
        "high",
        "interval",
        "confidence",
        "p_value",
        "p_holm",
        "family",
        "pairing_gain",
        "note",
    ];
    let row = |row: &ComparisonRow| {
        let paired = row.paired;
        let of = |read: fn(&crate::stats::paired::PairedDifference) -> Option<f64>| {
            optional(paired.as_ref().and_then(read))
        };
        let bounded = paired.is_some_and(|paired| paired.interval.is_some());
        vec![
            scenario.regressions[row.regression].name.clone(),
            scenario.strategies[row.strategy_a].name.clone(),
            scenario.strategies[row.strategy_b].name.clone(),
            row.metric.to_owned(),
            row.unit.to_owned(),
            paired.map_or(0, |paired| paired.n).to_string(),
            of(|paired| Some(paired.mean_a)),
            of(|paired| Some(paired.mean_b)),
            of(|paired| Some(paired.difference)),
            of(|paired| Some(paired.interval?.low)),
            of(|paired| Some(paired.interval?.high)),
            if bounded { row.interval.name().to_owned() } else { String::new() },
            number(scenario.experiment.confidence),
            of(|paired| paired.p_value),
            optional(row.p_adjusted),
            comparison.family().to_string(),
            of(|paired| paired.pairing_gain),
            row.note.to_owned(),
        ]
    };
    Table { header: owned(&header), rows: comparison.rows().iter().map(row).collect() }
}
