//! A typical run of each strategy under a regression, and one that is caught where that is not typical: who
//! took the traffic, who failed or was slow, and when it was noticed.

mod run;

use self::run::{Strips, minutes};
use super::axis::Scale;
use super::drawing::{Drawing, Stroke};
use super::page::{MARGIN, Page, WIDTH};
use super::style::{BLUE, GREEN, PURPLE, VERMILLION, font};
use crate::experiment::median::{Shown, ShownAs};
use crate::experiment::view::View;
use crate::report::RenderError;
use crate::simulation::outcome::Outcome;
use crate::simulation::record::{FleetInterval, RunRecord};
use crate::stats::{real, real_len};
use crate::time::SimTime;

const LABELS: f64 = 58.0;
/// At most so much of the warm-up is shown \[min\].
const BEFORE_MIN: f64 = 10.0;
/// So much is shown after the last decision \[min\].
const AFTER_MIN: f64 = 10.0;
const ALARM: Stroke = Stroke { colour: VERMILLION, width: 1.6, dash: None };
const BACK: Stroke = Stroke { colour: PURPLE, width: 1.6, dash: Some((4.0, 3.0)) };
const MIRROR: Stroke = Stroke { colour: GREEN, width: 1.2, dash: Some((2.0, 2.0)) };

/// A run that is drawn.
struct Example<'a> {
    record: &'a RunRecord,
    outcome: Outcome,
    shown_as: ShownAs,
}

/// The figure of a regression; `None` without records of it.
pub(super) fn draw(results: View<'_>, regression: usize) -> Result<Option<Drawing>, RenderError> {
    let of_it = results.shown.iter().filter(|shown| shown.regression == regression);
    let shown: Result<Vec<Vec<Example<'_>>>, RenderError> =
        of_it.map(|shown| examples(results, shown)).collect();
    let shown: Vec<Example<'_>> = shown?.into_iter().flatten().collect();
    if shown.is_empty() {
        return Ok(None);
    }
    let mut page = Page::new(
        &format!("Typical runs: {}", results.scenario.regressions[regression].name),
        "For each strategy a run with its most frequent verdict, of those the one with the median net \
         harm; where runs are caught and that is not typical, one of those beside it. The share of the \
         live traffic on green, the share of requests that failed, and the 99th percentile of the \
         latency.",
    );
    legend(&mut page, &shown);
    let strips = Strips {
        minutes: shown_minutes(&shown),
        failed: Scale::linear(0.0, highest(&shown, failed_share).unwrap_or(0.0).max(0.001)),
        latency_ms: highest(&shown, latency_ms).map(|high| Scale::linear(0.0, high)),
    };
    let columns = if shown.len() > 3 { 2 } else { 1 };
    let width = (WIDTH - 2.0 * MARGIN) / real_len(columns);
    for row in shown.chunks(columns) {
        let top = page.y + 48.0;
        for (column, shown) in row.iter().enumerate() {
            let place = (MARGIN + width * real_len(column) + LABELS, top);
            let name = &results.scenario.strategies[shown.record.strategy].name;
            let panels = strips.panels(place, width - LABELS - 16.0);
            panels.draw(&mut page.drawing, name, shown);
        }
        page.y = top + strips.height() + 40.0;
    }
    let note = "One run each: no intervals; which ones is in timeline.csv.";
    Ok(Some(page.finish(results, note)))
}

/// The runs of an arm that are shown, as far as they are recorded, the typical one first.
fn examples<'a>(results: View<'a>, shown: &Shown) -> Result<Vec<Example<'a>>, RenderError> {
    let runs = results.runs.arm(shown.strategy, shown.regression)?;
    let example = |replication: u64| {
        let is_it = |record: &&RunRecord| {
            (record.strategy, record.regression) == (shown.strategy, shown.regression)
                && record.replication == replication
        };
        let record = results.records.iter().find(is_it)?;
        let outcome = runs.iter().find(|run| run.replication == replication)?.clone();
        Some(Example { record, outcome, shown_as: shown.shown_as(replication)? })
    };
    Ok(shown.replications().filter_map(example).collect())
}

fn legend(page: &mut Page, shown: &[Example<'_>]) {
    let mut entries = vec![
        ("blue", BLUE.line(1.6)),
        ("green", GREEN.line(1.6)),
        ("ALARM", ALARM),
        ("all traffic back on blue", BACK),
    ];
    if shown.iter().any(|shown| shown.record.intervals.iter().any(|row| row.mirror > 0.0)) {
        entries.push(("mirrored to green", MIRROR));
    }
    let type_ = font(12.0);
    page.y += 8.0;
    let mut x = MARGIN;
    page.drawing.rectangle((x, page.y - 6.0), (x + 26.0, page.y + 6.0), GREEN.faded(0.35));
    page.drawing.text((x + 33.0, page.y), "traffic on green", type_);
    x += 33.0 + type_.width_of("traffic on green") + 18.0;
    for (word, stroke) in entries {
        page.drawing.line([(x, page.y), (x + 26.0, page.y)], stroke);
        page.drawing.text((x + 33.0, page.y), word, type_);
        x += 33.0 + type_.width_of(word) + 18.0;
    }
    page.y += 8.0;
}

/// From the end of the warm-up until everything has been decided for a while.
fn shown_minutes(shown: &[Example<'_>]) -> Scale {
    let first = shown.iter().filter_map(|shown| shown.record.intervals.first());
    let last = shown.iter().filter_map(|shown| shown.record.intervals.last());
    let low = first.map(|row| minutes(row.start)).fold(0.0, f64::min).max(-BEFORE_MIN);
    let high = last.map(|row| minutes(row.start)).fold(0.0, f64::max);
    let decided = |run: &Outcome| run.rolled_back_at.or(run.bake_ended_at).or(run.alarm_at);
    let decided: Option<Vec<SimTime>> = shown.iter().map(|shown| decided(&shown.outcome)).collect();
    let end = decided.and_then(|times| times.into_iter().max()).map_or(high, minutes);
    Scale::exact(low, high.min(end + AFTER_MIN))
}

/// The highest value of any fleet in any run; `None` if there is none.
fn highest(shown: &[Example<'_>], read: fn(&FleetInterval) -> Option<f64>) -> Option<f64> {
    let rows = shown.iter().flat_map(|shown| &shown.record.intervals);
    let fleets = rows.flat_map(|row| [row.blue, row.green, row.shadow]);
    fleets.filter_map(|fleet| read(&fleet)).reduce(f64::max)
}

fn failed_share(fleet: &FleetInterval) -> Option<f64> {
    let failed = real(fleet.failed_4xx + fleet.failed_5xx);
    (fleet.requests > 0).then(|| failed / real(fleet.requests))
}

fn latency_ms(fleet: &FleetInterval) -> Option<f64> {
    fleet.latency_quantiles_s.map(|quantiles| quantiles[2] * 1000.0)
}
