//! What safety costs: extra cost against blast radius, a cross of two intervals for each strategy.

use super::axis::{Scale, count_label};
use super::drawing::Drawing;
use super::page::{MARGIN, Page, WIDTH, level};
use super::panel::Panel;
use super::style::{font, look};
use crate::experiment::summary::{Summary, SummaryRow};
use crate::experiment::view::View;
use crate::report::number::plain;
use crate::stats::real_len;

const PANEL_HEIGHT: f64 = 220.0;
const LABELS: f64 = 60.0;
const COST: &str = "extra_cost_usd";
const HARM: &str = "faulty_green_requests_to_horizon";

pub(super) fn draw(results: View<'_>, summary: &Summary) -> Drawing {
    let mut page = Page::new(
        "What safety costs",
        "Mean extra cost of a release against the mean number of requests that a faulty green \
         served. Lower and further left is better.",
    );
    page.strategy_legend(results, false);
    let faulty: Vec<usize> = (0..results.scenario.regressions.len())
        .filter(|&regression| !results.scenario.regressions[regression].healthy)
        .collect();
    let columns = if faulty.len() > 1 { 2 } else { 1 };
    let column_width = (WIDTH - 2.0 * MARGIN) / real_len(columns);
    for row in faulty.chunks(columns) {
        let top = page.y + 34.0;
        for (column, &regression) in row.iter().enumerate() {
            let rows: Vec<Option<(&SummaryRow, &SummaryRow)>> =
                (0..results.scenario.strategies.len())
                    .map(|strategy| {
                        let find = |metric| summary.find((strategy, regression), metric, "mean");
                        Some((find(COST)?, find(HARM)?))
                    })
                    .collect();
            let panel = Panel {
                left: MARGIN + column_width * real_len(column) + LABELS,
                top,
                width: column_width - LABELS - 18.0,
                height: PANEL_HEIGHT,
                x: usd_scale(rows.iter().flatten().map(|row| row.0)),
                y: count_scale(rows.iter().flatten().map(|row| row.1)),
            };
            let heading = font(13.0).bold();
            let name = &results.scenario.regressions[regression].name;
            let place = (panel.left, top - 16.0);
            page.drawing.text(place, heading.fitted(name, panel.width), heading);
            panel.y_axis(&mut page.drawing, count_label, Some("requests served by a faulty green"));
            panel.x_axis(
                &mut page.drawing,
                |usd| plain(usd, 2),
                Some("extra cost (USD a release)"),
            );
            for (strategy, row) in rows.iter().enumerate() {
                if let Some((cost, harm)) = row {
                    cross(&mut page.drawing, &panel, strategy, (cost, harm));
                }
            }
        }
        page.y = top + PANEL_HEIGHT + 40.0;
    }
    let note = format!("Crosses: {} intervals of the two means.", level(results));
    page.finish(results, &note)
}

/// From 0, or below it where a rollout may save money, to all intervals.
fn usd_scale<'a>(rows: impl Iterator<Item = &'a SummaryRow> + Clone) -> Scale {
    let low = rows.clone().filter_map(|row| row.low.or(row.estimate)).fold(0.0, f64::min);
    let high = rows.filter_map(|row| row.high.or(row.estimate)).fold(0.0, f64::max);
    Scale::linear(low, high * 1.05)
}

fn count_scale<'a>(rows: impl Iterator<Item = &'a SummaryRow> + Clone) -> Scale {
    let low = rows.clone().filter_map(|row| row.low.or(row.estimate)).fold(f64::INFINITY, f64::min);
    let high = rows.filter_map(|row| row.high.or(row.estimate)).fold(0.0, f64::max);
    Scale::counts(if low.is_finite() { low } else { 0.0 }, high)
}

fn cross(
    drawing: &mut Drawing,
    panel: &Panel,
    strategy: usize,
    (cost, harm): (&SummaryRow, &SummaryRow),
) {
    let (Some(x), Some(y)) = (cost.estimate, harm.estimate) else { return };
    let stroke = look(strategy).colour.line(1.4);
    if let (Some(low), Some(high)) = (cost.low, cost.high) {
        drawing.line([panel.at(low, y), panel.at(high, y)], stroke);
    }
    if let (Some(low), Some(high)) = (harm.low, harm.high) {
        drawing.line([panel.at(x, low), panel.at(x, high)], stroke);
    }
    look(strategy).mark(drawing, panel.at(x, y), 4.6);
}
