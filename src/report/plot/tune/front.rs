//! What speed costs: net harm of a faulty release against the time that a good one takes.

use super::super::axis::{Scale, count_label};
use super::super::drawing::{Drawing, Point};
use super::super::page::{MARGIN, Page, WIDTH};
use super::super::panel::Panel;
use super::super::style::look;
use super::{Entry, finish, legend, looks, mark_entries, marked, tried, tried_entry};
use crate::report::number::plain;
use crate::tuning::results::{Evaluated, TuneResults};

const PANEL_HEIGHT: f64 = 330.0;
const LABELS: f64 = 64.0;

pub(super) fn draw(results: &TuneResults) -> Option<Drawing> {
    let place = |one: &Evaluated| {
        let minutes = one.reported.full_traffic_s?.value / 60.0;
        Some((minutes, one.reported.harm?.value))
    };
    let all = results.candidates.iter().chain(&results.front);
    let all: Vec<(f64, f64)> =
        all.chain(marked(results).into_iter().flatten()).filter_map(place).collect();
    let least = |read: fn(&(f64, f64)) -> f64| all.iter().map(read).reduce(f64::min);
    let most = |read: fn(&(f64, f64)) -> f64| all.iter().map(read).reduce(f64::max);
    let (low, high) = (least(|at| at.0)?, most(|at| at.0)?);
    let slack = (0.05 * (high - low)).max(0.5);
    let mut page = Page::new(
        "What speed costs",
        "Mean net harm of a faulty release, weighted by the priors, against the mean time until a \
         good release has all traffic. Lower and further left is better; no policy within the limit on \
         false rollbacks is better in both than one of the front. The vertical scale is logarithmic with a \
         place for 0.",
    );
    let front = look(2);
    let mark = move |drawing: &mut Drawing, (x, y): Point| {
        drawing.line([(x - 12.0, y), (x + 12.0, y)], front.colour.line(1.8));
        front.mark(drawing, (x, y), 3.8);
    };
    let mut entries: Vec<Entry<'_>> = vec![tried_entry()];
    if !results.front.is_empty() {
        entries.push(("the front".to_owned(), Box::new(mark)));
    }
    entries.extend(mark_entries(results, |one| place(one).is_some()));
    legend(&mut page, &entries);
    let panel = Panel {
        left: MARGIN + LABELS,
        top: page.y + 8.0,
        width: WIDTH - 2.0 * MARGIN - LABELS - 18.0,
        height: PANEL_HEIGHT,
        x: Scale::exact((low - slack).max(0.0), high + slack),
        y: Scale::counts(least(|at| at.1)?, most(|at| at.1)?),
    };
    let drawing = &mut page.drawing;
    let unit = if results.spec.prices.of_harm() { "harm (USD)" } else { "requests harmed (net)" };
    panel.y_axis(drawing, count_label, Some(unit));
    let title = "minutes from the request of the update to full traffic";
    panel.x_axis(drawing, |minutes| plain(minutes, 2), Some(title));
    let at = |one: &Evaluated| place(one).map(|(x, y)| panel.at(x, y));
    for one in results.candidates.iter().filter_map(at) {
        tried(drawing, one);
    }
    let points: Vec<Point> = results.front.iter().filter_map(at).collect();
    if points.len() > 1 {
        drawing.line(stairs(&points), front.colour.line(1.8));
    }
    for point in points {
        front.mark(drawing, point, 3.8);
    }
    for (one, look) in marked(results).into_iter().zip(looks()).rev() {
        if let Some(point) = one.and_then(at) {
            look.mark(drawing, point, 6.0);
        }
    }
    page.y = panel.bottom() + 40.0;
    Some(finish(page, results, "Times are of the healthy releases that get so far."))
}

/// What is beaten by one of the points is above and right of these stairs.
fn stairs(points: &[Point]) -> Vec<Point> {
    let mut stairs = Vec::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        if let Some(&(_, before)) = index.checked_sub(1).and_then(|previous| points.get(previous)) {
            stairs.push((x, before));
        }
        stairs.push((x, y));
    }
    stairs
}
