//! What quiet costs: missed regressions against false rollbacks.

use super::super::axis::Scale;
use super::super::drawing::Drawing;
use super::super::page::Page;
use super::super::panel::Panel;
use super::super::style::{GREY, look};
use super::scan::Scan;
use super::{Entry, finish, heading, legend, mark_entries, marked, places, tried, tried_entry};
use crate::report::number::percent;
use crate::report::tune::figures::{rate, value};
use crate::tuning::results::{Evaluated, TuneResults};

const PANEL_HEIGHT: f64 = 230.0;
const LABELS: f64 = 58.0;
/// Shares are laid out in so many parts of a whole, so that a logarithm has a place for none.
const PARTS: f64 = 1000.0;

pub(super) fn draw(results: &TuneResults) -> Option<Drawing> {
    let scan = Scan::of(results);
    let releases = releases(results)?;
    let mut page = Page::new(
        "False rollbacks against missed regressions",
        "Each point is a policy; lower and further left is better. Logarithmic to the right, with a \
         place for 0. Dashed: the limits asked for.",
    );
    let curve = look(1).colour.line(1.8);
    let mut entries: Vec<Entry<'_>> = vec![tried_entry()];
    if let Some(scan) = scan.as_ref().filter(|scan| scan.tries.len() > 1) {
        let line = move |drawing: &mut Drawing, (x, y): (f64, f64)| {
            drawing.line([(x - 12.0, y), (x + 12.0, y)], curve);
        };
        entries.push((format!("{} at every threshold", scan.what()), Box::new(line)));
    }
    entries.extend(mark_entries(results, |_| true));
    legend(&mut page, &entries);
    for place in places(&mut page, releases.len(), PANEL_HEIGHT + 84.0) {
        let regression = releases[place.index];
        let panel = Panel {
            left: place.left + LABELS,
            top: place.top + 34.0,
            width: place.width - LABELS - 22.0,
            height: PANEL_HEIGHT,
            x: Scale::counts(0.0, PARTS),
            y: Scale::exact(0.0, 1.0),
        };
        let name = &results.expansion.scenario.regressions[regression].name;
        heading(&mut page.drawing, (panel.left, panel.top - 16.0), name, panel.width);
        panel.y_axis(&mut page.drawing, percent, Some("missed"));
        let title = "healthy releases rolled back";
        panel.x_axis(&mut page.drawing, |parts| rate(parts / PARTS), Some(title));
        limits(&mut page.drawing, &panel, results);
        let at = |one: &Evaluated| point(one, regression).map(|(x, y)| panel.at(x, y));
        for one in results.candidates.iter().filter_map(at) {
            tried(&mut page.drawing, one);
        }
        if let Some(scan) = &scan {
            let points: Vec<_> = scan.tries.iter().filter_map(|one| at(one)).collect();
            if points.len() > 1 {
                page.drawing.line(points, curve);
            }
        }
        for (one, look) in marked(results).into_iter().zip(super::looks()).rev() {
            if let Some(at) = one.and_then(at) {
                look.mark(&mut page.drawing, at, 5.6);
            }
        }
    }
    Some(finish(page, results, "Intervals are in candidates.csv and detections.csv."))
}

/// The regressions that were judged; `None` if there are none.
fn releases(results: &TuneResults) -> Option<Vec<usize>> {
    let any = results.candidates.first().or(marked(results).into_iter().flatten().next())?;
    let releases: Vec<usize> = any.reported.regressions.iter().map(|one| one.regression).collect();
    (!releases.is_empty()).then_some(releases)
}

fn point(one: &Evaluated, regression: usize) -> Option<(f64, f64)> {
    let found = one.reported.regressions.iter().find(|of| of.regression == regression)?;
    Some((value(&one.reported.false_rollback)? * PARTS, value(&found.missed)?))
}

fn limits(drawing: &mut Drawing, panel: &Panel, results: &TuneResults) {
    let mut stroke = GREY.line(1.2);
    stroke.dash = Some((5.0, 4.0));
    let x = panel.x_at(results.spec.max_false_rollback * PARTS);
    drawing.line([(x, panel.top), (x, panel.bottom())], stroke);
    if results.spec.max_missed < 1.0 {
        let (_, y) = panel.at(0.0, results.spec.max_missed);
        drawing.line([(panel.left, y), (panel.right(), y)], stroke);
    }
}
