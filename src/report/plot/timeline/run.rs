//! One run as strips above each other: share, failures, latency.

use super::{ALARM, BACK, Example, MIRROR, failed_share, latency_ms};
use crate::experiment::median::ShownAs;
use crate::report::number::{duration, percent, plain};
use crate::report::plot::axis::{Scale, count_label};
use crate::report::plot::drawing::{Drawing, Point};
use crate::report::plot::panel::Panel;
use crate::report::plot::style::{BLUE, GREEN, font};
use crate::simulation::outcome::{End, Outcome};
use crate::simulation::record::{FleetInterval, IntervalRow};
use crate::stats::real;
use crate::time::SimTime;

const SHARE_HEIGHT: f64 = 44.0;
const STRIP_HEIGHT: f64 = 66.0;
const GAP: f64 = 17.0;

/// The scales that all runs of a figure share.
#[derive(Clone, Copy)]
pub(super) struct Strips {
    pub(super) minutes: Scale,
    pub(super) failed: Scale,
    /// Absent where nothing has a latency.
    pub(super) latency_ms: Option<Scale>,
}

/// The strips of one run.
pub(super) struct Panels {
    share: Panel,
    failed: Panel,
    latency: Option<Panel>,
}

pub(super) fn minutes(at: SimTime) -> f64 {
    at.as_secs_f64() / 60.0
}

impl Strips {
    pub(super) fn height(&self) -> f64 {
        let strip = GAP + STRIP_HEIGHT;
        SHARE_HEIGHT + strip + self.latency_ms.map_or(0.0, |_| strip)
    }

    pub(super) fn panels(&self, (left, top): Point, width: f64) -> Panels {
        let (height, y) = (SHARE_HEIGHT, Scale::exact(0.0, 1.0));
        let share = Panel { left, top, width, height, x: self.minutes, y };
        let below = |above: &Panel, y: Scale| Panel {
            top: above.bottom() + GAP,
            height: STRIP_HEIGHT,
            y,
            ..*above
        };
        let failed = below(&share, self.failed);
        let latency = self.latency_ms.map(|scale| below(&failed, scale));
        Panels { share, failed, latency }
    }
}

impl Panels {
    pub(super) fn draw(&self, drawing: &mut Drawing, name: &str, example: &Example<'_>) {
        let Example { record, outcome, shown_as } = example;
        self.heading(drawing, name, &format!("{}, {}", kind(outcome, *shown_as), story(outcome)));
        let (start, shown) = (self.share.x, &record.intervals);
        let shown: Vec<&IntervalRow> =
            shown.iter().filter(|row| start.covers(minutes(row.start))).collect();
        self.shares(drawing, &shown);
        let last = self.latency.as_ref().unwrap_or(&self.failed);
        self.failed.x_grid(drawing);
        last.x_axis(drawing, |m| plain(m, 2), Some("minutes since the update was requested"));
        self.failed.y_axis(drawing, percent, Some("failed"));
        curves(drawing, &self.failed, &shown, failed_share);
        if let Some(latency) = &self.latency {
            latency.y_axis(drawing, count_label, Some("p99 (ms)"));
            curves(drawing, latency, &shown, latency_ms);
        }
        for (at, stroke) in [(outcome.alarm_at, ALARM), (outcome.rolled_back_at, BACK)] {
            if let Some(at) = at {
                let x = self.share.x_at(minutes(at));
                drawing.line([(x, self.share.top), (x, last.bottom())], stroke);
            }
        }
    }

    fn heading(&self, drawing: &mut Drawing, name: &str, story: &str) {
        let (bold, small) = (font(13.0).bold(), font(11.0).grey());
        let (left, width) = (self.share.left, self.share.width);
        drawing.text((left, self.share.top - 30.0), bold.fitted(name, width), bold);
        drawing.text((left, self.share.top - 14.0), small.fitted(story, width), small);
    }

    /// What green served as an area, what was mirrored to it as a line; over each interval its
    /// mean, so a switch within one shows as a step in between.
    fn shares(&self, drawing: &mut Drawing, shown: &[&IntervalRow]) {
        let share = &self.share;
        share.x_grid(drawing);
        share.y_axis(drawing, percent, Some("share"));
        let steps = |read: fn(&IntervalRow) -> f64| -> Vec<Point> {
            let ends = shown.iter().skip(1).map(|row| share.x_at(minutes(row.start)));
            let step = |(row, end): (&&IntervalRow, f64)| {
                let (x, y) = share.at(minutes(row.start), read(row));
                [(x, y), (end, y)]
            };
            shown.iter().zip(ends.chain([share.right()])).flat_map(step).collect()
        };
        let mut area = vec![(share.left, share.bottom())];
        area.extend(steps(|row| served_share(row, row.green.requests)));
        area.push((share.right(), share.bottom()));
        drawing.area(area, GREEN.faded(0.35));
        if shown.iter().any(|row| row.mirror > 0.0) {
            drawing.line(steps(|row| served_share(row, row.shadow.requests)), MIRROR);
        }
    }
}

/// A measure of each fleet over time; a line for each stretch that has it, a dot where that is one
/// interval.
fn curves(
    drawing: &mut Drawing,
    panel: &Panel,
    rows: &[&IntervalRow],
    read: fn(&FleetInterval) -> Option<f64>,
) {
    let middle = half_interval_min(rows);
    let blue = rows.iter().map(|row| &row.blue).collect::<Vec<_>>();
    let green = rows.iter().map(|row| &row.green).collect();
    let shadow = rows.iter().map(|row| &row.shadow).collect();
    for (fleet, stroke) in [(blue, BLUE.line(1.5)), (green, GREEN.line(1.5)), (shadow, MIRROR)] {
        let points: Vec<Option<Point>> = rows
            .iter()
            .zip(fleet)
            .map(|(row, fleet)| Some(panel.at(minutes(row.start) + middle, read(fleet)?)))
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
}

/// How much of the live traffic so many requests are.
fn served_share(row: &IntervalRow, requests: u64) -> f64 {
    let live = row.blue.requests + row.green.requests;
    if live == 0 { 0.0 } else { real(requests) / real(live) }
}

fn half_interval_min(rows: &[&IntervalRow]) -> f64 {
    rows.windows(2).next().map_or(0.0, |two| minutes(two[1].start) - minutes(two[0].start)) / 2.0
}

/// Which run it is an example of, and its verdict.
fn kind(run: &Outcome, shown_as: ShownAs) -> String {
    match shown_as {
        ShownAs::Typical => format!("typical: {}", run.verdict.name().replace('_', " ")),
        ShownAs::Caught => "a caught run".to_owned(),
    }
}

fn story(run: &Outcome) -> String {
    let at = |time: SimTime| duration(time.as_secs_f64());
    match (run.alarm_at, run.rolled_back_at, run.end) {
        (Some(alarm), _, End::RollbackFailed) => {
            format!("ALARM {} → rollback failed", at(alarm))
        }
        (None, _, End::RollbackFailed) => "rollback failed".to_owned(),
        (_, Some(back), End::TimedOut) => format!("timed out → blue {}", at(back)),
        (_, None, End::TimedOut) => "timed out".to_owned(),
        (_, _, End::UpdateFailed) => "green could not be launched".to_owned(),
        (Some(alarm), Some(back), _) => format!("ALARM {} → blue {}", at(alarm), at(back)),
        (Some(alarm), None, End::Stopped) => format!("stopped by ALARM {}", at(alarm)),
        (Some(alarm), None, _) => format!("ALARM {}", at(alarm)),
        (None, _, End::Promoted) => "promoted".to_owned(),
        (None, _, End::Stopped) => "ended without ALARM".to_owned(),
        (None, _, _) => "not done at the horizon".to_owned(),
    }
}
