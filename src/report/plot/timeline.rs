//! One run of each strategy under a regression: who took the traffic, who failed or was slow, and
//! when it was noticed.

mod run;

use self::run::{Strips, minutes};
use super::axis::Scale;
use super::drawing::{Drawing, Stroke};
use super::page::{MARGIN, Page, WIDTH};
use super::style::{BLUE, GREEN, PURPLE, VERMILLION, font};
use crate::experiment::median::median_replication;
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

/// A run that is shown.
type Shown<'a> = (&'a RunRecord, Outcome);

/// The figure of a regression; `None` without records of it.
pub(super) fn draw(results: View<'_>, regression: usize) -> Result<Option<Drawing>, RenderError> {
    let strategies = 0..results.scenario.strategies.len();
    let shown: Result<Vec<Option<Shown<'_>>>, RenderError> =
        strategies.map(|strategy| median(results, strategy, regression)).collect();
    let shown: Vec<Shown<'_>> = shown?.into_iter().flatten().collect();
    if shown.is_empty() {
        return Ok(None);
    }
    let mut page = Page::new(
        &format!("A typical run: {}", results.scenario.regressions[regression].name),
        "For each strategy the run with the median number of attributable failures: the share of \
         the live traffic on green, the share of requests that failed, and the 99th percentile of \
         the latency.",
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
        let top = page.y + 34.0;
        for (column, shown) in row.iter().enumerate() {
            let place = (MARGIN + width * real_len(column) + LABELS, top);
            let name = &results.scenario.strategies[shown.0.strategy].name;
            let panels = strips.panels(place, width - LABELS - 16.0);
            panels.draw(&mut page.drawing, name, shown);
        }
        page.y = top + strips.height() + 40.0;
    }
    let note = "One run each: no intervals; which ones is in timeline.csv.";
    Ok(Some(page.finish(results, note)))
}

/// The record of the arm's median run (or else the first of the arm), and what the run came to.
fn median(
    results: View<'_>,
    strategy: usize,
    regression: usize,
) -> Result<Option<Shown<'_>>, RenderError> {
    let of_arm =
        |record: &&RunRecord| (record.strategy, record.regression) == (strategy, regression);
    let records: Vec<&RunRecord> = results.records.iter().filter(of_arm).collect();
    // Where one run is recorded it is the median one, and its arm need not be searched for it.
    let runs = results.runs.arm(strategy, regression)?;
    let middle = if records.len() > 1 { median_replication(&runs) } else { None };
    let record = records.iter().find(|record| Some(record.replication) == middle);
    let Some(&record) = record.or(records.first()) else { return Ok(None) };
    let outcome = runs.iter().find(|run| run.replication == record.replication);
    Ok(outcome.map(|outcome| (record, outcome.clone())))
}

fn legend(page: &mut Page, shown: &[Shown<'_>]) {
    let mut entries = vec![
        ("blue", BLUE.line(1.6)),
        ("green", GREEN.line(1.6)),
        ("ALARM", ALARM),
        ("all traffic back on blue", BACK),
    ];
    if shown.iter().any(|(record, _)| record.intervals.iter().any(|row| row.mirror > 0.0)) {
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
fn shown_minutes(shown: &[Shown<'_>]) -> Scale {
    let first = shown.iter().filter_map(|(record, _)| record.intervals.first());
    let last = shown.iter().filter_map(|(record, _)| record.intervals.last());
    let low = first.map(|row| minutes(row.start)).fold(0.0, f64::min).max(-BEFORE_MIN);
    let high = last.map(|row| minutes(row.start)).fold(0.0, f64::max);
    let decided = |run: &Outcome| run.rolled_back_at.or(run.bake_ended_at).or(run.alarm_at);
    let decided: Option<Vec<SimTime>> = shown.iter().map(|(_, run)| decided(run)).collect();
    let end = decided.and_then(|times| times.into_iter().max()).map_or(high, minutes);
    Scale::exact(low, high.min(end + AFTER_MIN))
}

/// The highest value of any fleet in any run; `None` if there is none.
fn highest(shown: &[Shown<'_>], read: fn(&FleetInterval) -> Option<f64>) -> Option<f64> {
    let rows = shown.iter().flat_map(|(record, _)| &record.intervals);
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
