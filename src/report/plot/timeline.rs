//! One run of each strategy under a regression: who took the traffic, who failed, and when it was noticed.

use super::axis::Scale;
use super::drawing::{Drawing, Point, Stroke};
use super::page::{MARGIN, Page, WIDTH};
use super::panel::Panel;
use super::style::{BLUE, GREEN, PURPLE, VERMILLION, font};
use crate::experiment::Results;
use crate::experiment::summary::runs_of;
use crate::report::number::{duration, percent, plain};
use crate::simulation::outcome::{End, Outcome};
use crate::simulation::record::{FleetInterval, IntervalRow, RunRecord};
use crate::stats::{real, real_len};
use crate::time::SimTime;

const LABELS: f64 = 52.0;
const SHARE_HEIGHT: f64 = 44.0;
const RATE_HEIGHT: f64 = 74.0;
/// At most so much of the warm-up is shown \[min\].
const HISTORY_MIN: f64 = 10.0;
const ALARM: Stroke = Stroke { colour: VERMILLION, width: 1.6, dash: None };
const BACK: Stroke = Stroke { colour: PURPLE, width: 1.6, dash: Some((4.0, 3.0)) };
const MIRROR: Stroke = Stroke { colour: GREEN, width: 1.2, dash: Some((2.0, 2.0)) };

/// The figure of a regression; `None` without records of it.
pub(super) fn draw(results: &Results, regression: usize) -> Option<Drawing> {
    let strategies = 0..results.scenario.strategies.len();
    let shown: Vec<(&RunRecord, &Outcome)> =
        strategies.filter_map(|strategy| median(results, strategy, regression)).collect();
    if shown.is_empty() {
        return None;
    }
    let mut page = Page::new(
        &format!("A typical run: {}", results.scenario.regressions[regression].name),
        "For each strategy the run with the median number of attributable failures. Above: the share of the \
         live traffic on green; below: the share of requests that failed, by fleet.",
    );
    legend(&mut page, &shown);
    let highest = shown
        .iter()
        .flat_map(|(record, _)| &record.intervals)
        .flat_map(|interval| [interval.blue, interval.green, interval.shadow])
        .filter_map(|fleet| error_rate(&fleet))
        .fold(0.0_f64, f64::max);
    let rates = Scale::linear(0.0, highest.max(0.001));
    let columns = if shown.len() > 3 { 2 } else { 1 };
    let width = (WIDTH - 2.0 * MARGIN) / real_len(columns);
    for row in shown.chunks(columns) {
        let top = page.y + 34.0;
        for (column, run) in row.iter().enumerate() {
            let left = MARGIN + width * real_len(column) + LABELS;
            let panels = panels((left, top), width - LABELS - 16.0, rates, run.0);
            one_run(&mut page.drawing, results, panels, *run);
        }
        page.y = top + SHARE_HEIGHT + RATE_HEIGHT + 50.0;
    }
    Some(page.finish(results, "One run each: no intervals."))
}

/// The record of the arm's median run, and what the run came to.
fn median(results: &Results, strategy: usize, regression: usize) -> Option<(&RunRecord, &Outcome)> {
    let runs = runs_of(&results.outcomes, strategy, regression);
    let mut order: Vec<&Outcome> = runs.iter().collect();
    order.sort_by_key(|run| (run.to_horizon.attributable, run.replication));
    let of_arm =
        |record: &&RunRecord| (record.strategy, record.regression) == (strategy, regression);
    let middle = order.get(order.len().checked_sub(1)? / 2)?.replication;
    let mut records = results.records.iter().filter(of_arm);
    let first = records.next()?;
    let record = std::iter::once(first).chain(records).find(|record| record.replication == middle);
    let record = record.unwrap_or(first);
    let outcome = runs.iter().find(|run| run.replication == record.replication)?;
    Some((record, outcome))
}

fn legend(page: &mut Page, shown: &[(&RunRecord, &Outcome)]) {
    let mut entries = vec![
        ("blue fails", BLUE.line(1.6)),
        ("green fails", GREEN.line(1.6)),
        ("ALARM", ALARM),
        ("all traffic back on blue", BACK),
    ];
    let mirrors = |interval: &IntervalRow| interval.mirror > 0.0;
    if shown.iter().any(|(record, _)| record.intervals.iter().any(mirrors)) {
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

fn panels((left, top): Point, width: f64, rates: Scale, record: &RunRecord) -> (Panel, Panel) {
    let minutes = |interval: Option<&IntervalRow>| {
        interval.map_or(0.0, |interval| interval.start.as_secs_f64() / 60.0)
    };
    let from = minutes(record.intervals.first()).max(-HISTORY_MIN);
    let x = Scale::exact(from, minutes(record.intervals.last()));
    let share = Panel { left, top, width, height: SHARE_HEIGHT, x, y: Scale::exact(0.0, 1.0) };
    let rate = Panel { top: top + SHARE_HEIGHT + 10.0, height: RATE_HEIGHT, y: rates, ..share };
    (share, rate)
}

fn one_run(
    drawing: &mut Drawing,
    results: &Results,
    (share, rate): (Panel, Panel),
    (record, outcome): (&RunRecord, &Outcome),
) {
    let heading = font(13.0).bold();
    let name =
        heading.fitted(&results.scenario.strategies[record.strategy].name, share.width * 0.5);
    let story = story(outcome);
    drawing.text((share.left, share.top - 14.0), name.clone(), heading);
    let after = share.left + heading.width_of(&name) + 10.0;
    let type_ = font(11.0).grey();
    drawing.text((after, share.top - 14.0), type_.fitted(&story, share.right() - after), type_);

    share.x_grid(drawing);
    share.y_axis(drawing, percent, None);
    rate.y_axis(drawing, percent, None);
    rate.x_axis(drawing, |m| plain(m, 2), Some("minutes since the update was requested"));
    let shown: Vec<&IntervalRow> =
        record.intervals.iter().filter(|row| minutes(row.start) >= -HISTORY_MIN).collect();
    let steps = |read: fn(&IntervalRow) -> f64| -> Vec<Point> {
        let at = |row: &&IntervalRow, next: f64| {
            let (x, y) = share.at(minutes(row.start), read(row));
            [(x, y), (next, y)]
        };
        let ends = shown.iter().skip(1).map(|row| share.x_at(minutes(row.start)));
        let ends = ends.chain([share.right()]);
        shown.iter().zip(ends).flat_map(|(row, end)| at(row, end)).collect()
    };
    let mut area = vec![(share.left, share.bottom())];
    area.extend(steps(|row| row.share));
    area.push((share.right(), share.bottom()));
    drawing.area(area, GREEN.faded(0.35));
    if shown.iter().any(|row| row.mirror > 0.0) {
        drawing.line(steps(|row| row.mirror), MIRROR);
    }
    curve(drawing, &rate, &shown, (|row| row.blue, BLUE.line(1.5)));
    curve(drawing, &rate, &shown, (|row| row.green, GREEN.line(1.5)));
    curve(drawing, &rate, &shown, (|row| row.shadow, MIRROR));
    for (at, stroke) in [(outcome.alarm_at, ALARM), (outcome.rolled_back_at, BACK)] {
        if let Some(at) = at {
            let x = share.x_at(minutes(at));
            drawing.line([(x, share.top), (x, rate.bottom())], stroke);
        }
    }
}

/// The error rate over time; a line for each stretch with requests, a dot where it is one interval.
fn curve(
    drawing: &mut Drawing,
    panel: &Panel,
    rows: &[&IntervalRow],
    (fleet, stroke): (fn(&IntervalRow) -> FleetInterval, Stroke),
) {
    let points: Vec<Option<Point>> = rows
        .iter()
        .map(|row| Some(panel.at(minutes(row.start), error_rate(&fleet(row))?)))
        .collect();
    for stretch in points.split(Option::is_none) {
        let stretch: Vec<Point> = stretch.iter().flatten().copied().collect();
        match stretch.as_slice() {
            [] => {}
            [only] => drawing.disc(*only, 1.8, stroke.colour.solid()),
            _ => drawing.line(stretch, stroke),
        }
    }
}

fn error_rate(fleet: &FleetInterval) -> Option<f64> {
    let failed = real(fleet.failed_4xx + fleet.failed_5xx);
    (fleet.requests > 0).then(|| failed / real(fleet.requests))
}

fn minutes(at: SimTime) -> f64 {
    at.as_secs_f64() / 60.0
}

fn story(run: &Outcome) -> String {
    let replication = run.replication;
    let after = |at: SimTime| duration(at.as_secs_f64());
    match (run.alarm_at, run.rolled_back_at, run.end) {
        (Some(alarm), Some(back), _) => {
            format!(
                "ALARM at {}, back on blue at {} (run {replication})",
                after(alarm),
                after(back)
            )
        }
        (Some(alarm), None, End::Stopped) => {
            format!("stopped by ALARM at {} (run {replication})", after(alarm))
        }
        (Some(alarm), None, _) => format!("ALARM at {} (run {replication})", after(alarm)),
        (None, _, End::Promoted) => format!("promoted (run {replication})"),
        (None, _, End::Stopped) => format!("ended without ALARM (run {replication})"),
        (None, _, _) => format!("not done at the horizon (run {replication})"),
    }
}
